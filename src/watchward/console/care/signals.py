"""What the map of care tells the rest of the console, within the transaction in which it happens."""

from django.dispatch import Signal

map_changed = Signal()
"""Maps of organisations are other ones than before. Sent with `organisations`."""
