"""Organisations and, in time, their devices and sources, as the node stores and shows them."""
