"""Permissions and roles: who may do what, over which organisations. Pure; the account is in `console.access`."""
