"""What others may wait for of intelligence."""

from typing import Final

from django.dispatch import Signal

indicators_told: Final = Signal()
"""The gateways are told of indicators that came, changed or ended: `stix_ids`, at `clock`. Not in a transaction."""

audiences_changed: Final = Signal()
"""Others than before may have some objects that were there already: `stix_ids`. Sent in that transaction."""
