"""What the estate tells the rest of the console, within the transaction in which it happens."""

from django.dispatch import Signal

device_marked = Signal()
"""Someone said how much care depends on a device. Sent with `device` and `clock`."""

organisations_imported = Signal()
"""Organisations were imported, and some of them are new, changed or elsewhere. Sent with the `codes` of those."""
