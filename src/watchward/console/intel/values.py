"""The values that indicators name, with all that decides whether they are looked for: light, because there are many."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import QuerySet

from watchward.console.intel.models import IndicatorValue
from watchward.intel.observable import Kind, Observable

_INDICATOR: Final = ("stix_id", "version", "confidence", "revoked", "name", "owner", "valid_from", "valid_until")
_SOURCE: Final = ("pk", "reliability", "unnamed")
_COLUMNS: Final = (
    "kind", "value", "pk", "value_key", "faded_at", *(f"indicator__{one}" for one in _INDICATOR),
    *(f"indicator__object__source__{one}" for one in _SOURCE),
)  # fmt: skip


class Value(NamedTuple):
    """Something that an indicator names, what the indicator says of it, and who brought that."""

    thing: Observable
    pk: int
    value_key: str
    faded_at: datetime | None
    stix_id: str
    version: int
    confidence: int | None
    revoked: bool
    name: str
    owner: str
    valid_from: datetime
    valid_until: datetime | None
    source: int
    reliability: str
    unnamed: bool


def values_in(rows: QuerySet[IndicatorValue]) -> Iterator[Value]:
    """Them, read in one question."""
    for kind, value, *others in rows.values_list(*_COLUMNS):
        yield Value(Observable(Kind(kind), value), *others)
