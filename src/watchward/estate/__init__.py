"""Organisations and devices: what there is to protect, and what belongs to what."""
