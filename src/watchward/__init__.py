"""Watchward: the software with which a health and care system defends itself as one."""
