"""Accounts, roles held over organisations, sign-in, and the record of what was done."""
