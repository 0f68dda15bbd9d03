"""Rules compiled for columns of events."""
