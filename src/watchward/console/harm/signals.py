"""What patient harm tells the rest of the console, within the transaction in which it happens."""

from django.dispatch import Signal

numbers_changed = Signal()
"""Parameters are other ones than before. Sent with `place`: at an organisation and below it; None: everywhere."""
