"""What high severity alerts tell the rest of the console, within the transaction in which it happens."""

from django.dispatch import Signal

answered = Signal()
"""Something was said about answers. Sent with the `answers`, as they stand now, and `clock`."""
