"""The parameter table as it holds at an organisation: ours, with what the node and the organisation say instead.

What an organisation says holds for it and for all below it, wherever one of them is worked out by itself (ADR 0188).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final

import structlog

from watchward.console.estate.models import Organisation
from watchward.console.harm.models import OwnNumber
from watchward.harm.errors import ParameterError
from watchward.harm.parameters.overriding import Override, overridden
from watchward.harm.parameters.table import Basis, Table, standard

log = structlog.get_logger(__name__)

_KEPT: Final = 64


def standing(place: Organisation | None) -> tuple[OwnNumber, ...]:
    """What holds at an organisation in the place of ours: the node's, then of those above it, then its own."""
    rows = OwnNumber.objects.filter(ended_at=None).select_related("organisation")
    if place is None:
        return tuple(rows.filter(organisation=None).order_by("key"))
    above = place.path.strip("/").split("/")
    paths = ["", *("/" + "/".join(above[:count]) + "/" for count in range(1, len(above) + 1))]
    return tuple(rows.filter(organisation_path__in=paths).order_by("organisation_path", "key"))


def paths() -> tuple[str, ...]:
    """The paths of organisations that say numbers of their own: there and below, others hold than at the node."""
    rows = OwnNumber.objects.filter(ended_at=None).exclude(organisation=None)
    return tuple(rows.order_by().values_list("organisation_path", flat=True).distinct())


def whose(place: Organisation | None) -> dict[str, int]:
    """How many of the numbers that hold at an organisation whose own are, by name; an empty name is the whole node."""
    rows = standing(place)
    table = table_of(rows)
    nearest = {one.key: one.organisation.name if one.organisation else "" for one in rows}
    return dict(sorted(Counter(name for key, name in nearest.items() if _is_used(table, key)).items()))


def _is_used(table: Table, key: str) -> bool:
    used = table.parameters.get(key)
    return used is not None and used.basis is Basis.SITE


def said(rows: Iterable[OwnNumber]) -> tuple[Override, ...]:
    """Rows as what takes the place of parameters."""
    return tuple(
        Override(key=one.key, value=one.value, low=one.low, high=one.high, by=one.by, why=one.reason) for one in rows
    )


def table_for(place: Organisation | None) -> Table:
    """The parameters as they hold at an organisation; None for the whole node. The same ones are the same object."""
    return table_of(standing(place))


def table_of(rows: Iterable[OwnNumber]) -> Table:
    """The parameters with some rows in their place, as far as these fit."""
    return _table(said(rows))


def digest(table: Table) -> str:
    """A name for numbers and weightings as they stand: others have another name."""
    return sha256(repr((table.parameters, table.weightings)).encode()).hexdigest()


def digest_for(place: Organisation | None) -> str:
    """A name for the parameters as they hold at an organisation; None for the whole node."""
    return _digest(said(standing(place)))


def digests(places: Sequence[Organisation | None]) -> list[str]:
    """The same for many, in one question to the database."""
    rows = list(OwnNumber.objects.filter(ended_at=None).order_by("organisation_path", "key"))
    return [_digest(said(one for one in rows if _reaches(one, place))) for place in places]


def _reaches(row: OwnNumber, place: Organisation | None) -> bool:
    """Whether a figure holds at an organisation: it is of the node, of one above, or its own."""
    return not row.organisation_path or (place is not None and place.path.startswith(row.organisation_path))


@lru_cache(maxsize=_KEPT)
def _digest(overrides: tuple[Override, ...]) -> str:
    return digest(_table(overrides))


@lru_cache(maxsize=_KEPT)
def _table(overrides: tuple[Override, ...]) -> Table:
    table = standard()
    try:
        return overridden(table, overrides) if overrides else table
    except ParameterError:
        return _as_far_as_they_fit(table, overrides)


def _as_far_as_they_fit(table: Table, overrides: Iterable[Override]) -> Table:
    """A later version of ours may have no such parameter, or those of several places may not go together."""
    for one in overrides:
        try:
            table = overridden(table, [one])
        except ParameterError as error:
            log.warning("own_number_left_out", parameter=one.key, reason=error.message)
    return table
