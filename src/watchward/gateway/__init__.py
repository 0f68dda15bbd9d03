"""Servers that receive telemetry, and answer only when it is on disk."""
