"""The part of the actions that keeps what the newest indicators and sightings say, in columns."""

from collections.abc import Collection as Several
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from watchward.console.intel.bulk import MANY, Among, Row, at, chunks, insert, value_key
from watchward.console.intel.models import Indicator, IndicatorValue, Object, Sighting, Unpublished
from watchward.console.intel.projecting import IndicatorSaid, Projected, SightingSaid, projected
from watchward.intel import stix

_INDICATOR = (
    "object", "stix_id", "owner", "version", "name", "pattern", "pattern_type", "kinds", "exact", "valid_from",
    "valid_until", "confidence", "revoked", "joined", "unrun",
)  # fmt: skip
_SIGHTING = ("object", "stix_id", "owner", "version", "of", "count", "first_seen", "last_seen", "revoked")
_UNPUBLISHED = ("stix_id", "kind", "value")
Key = tuple[str, str]
"""An identifier and the code of the organisation that brought what has it."""


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest version of an object in one collection.

    Args:
        pk: its key in the table of objects.
        stix_id: its identifier.
        version: the moment of the version.
        says: what it says.
        owner: code of the organisation that brought it.

    """

    pk: int
    stix_id: str
    version: int
    says: Projected
    owner: str


def project(newest: Iterable[Newest]) -> None:
    """Let the columns say what these objects say, where no other collection holds a newer version."""
    indicators: dict[Key, Newest] = {}
    sightings: dict[Key, Newest] = {}
    for one in newest:
        if one.says.indicator:
            indicators[one.stix_id, one.owner] = one
        if one.says.sighting:
            sightings[one.stix_id, one.owner] = one
    if indicators:
        _indicators(indicators)
    if sightings:
        _sightings(sightings)


def forget(stix_ids: Several[str]) -> None:
    """Let the columns say nothing of some objects, before versions of them are taken out."""
    for some in chunks(stix_ids):
        _forget(list(Indicator.objects.filter(stix_id__in=some).values_list("pk", flat=True)))
        Sighting.objects.filter(stix_id__in=some).delete()


def project_left(stix_ids: Several[str]) -> None:
    """Let the columns say what is there still of some objects."""
    for some in chunks(stix_ids):
        project(_left(some))


def _left(stix_ids: list[str]) -> Iterable[Newest]:
    rows = Object.objects.filter(stix_id__in=stix_ids, current=True, type__in=["indicator", "sighting"])
    for one in rows.select_related("source__organisation").order_by("version"):
        says = projected(stix.read(bytes(one.raw)).objects[0])
        yield Newest(one.pk, one.stix_id, one.version, says, one.source.brought_by)


def _indicators(newest: dict[Key, Newest]) -> None:
    before = _before(Indicator.objects.all(), newest)
    taken = _later(newest, before)
    _forget([before[_key(one)][0] for one in taken if _key(one) in before])
    said = [(one, one.says.indicator) for one in taken if one.says.indicator]
    insert(Indicator, _INDICATOR, [_indicator_row(one, says) for one, says in said])
    values = [
        (one.pk, each.kind.value, each.value, value_key(each.value)) for one, says in said for each in says.values or ()
    ]
    insert(IndicatorValue, ("indicator", "kind", "value", "value_key"), values)
    told = [(one.stix_id, "" if says.values else Unpublished.PATTERN, "") for one, says in said if not says.unrun]
    insert(Unpublished, _UNPUBLISHED, told)


def _forget(keys: Sequence[int]) -> None:
    """Take some indicators out of the columns, and have the gateways told what they no longer look for."""
    for some in chunks(keys):
        values = IndicatorValue.objects.filter(indicator__in=some)
        insert(Unpublished, _UNPUBLISHED, list(values.values_list("indicator__stix_id", "kind", "value")))
        patterns = Indicator.objects.filter(pk__in=some, exact=False, unrun="").values_list("stix_id", flat=True)
        insert(Unpublished, _UNPUBLISHED, [(stix_id, Unpublished.PATTERN, "") for stix_id in patterns])
        values.delete()
        Indicator.objects.filter(pk__in=some).delete()


def _before(kept: QuerySet[Indicator] | QuerySet[Sighting], newest: Iterable[Key]) -> dict[Key, tuple[int, int]]:
    """The key and the version of what the columns say so far."""
    found: dict[Key, tuple[int, int]] = {}
    for some in chunks((stix_id for stix_id, _ in newest), MANY):
        rows = kept.filter(Among("stix_id", some)).values_list("stix_id", "owner", "pk", "version")
        found |= {(stix_id, owner): (pk, version) for stix_id, owner, pk, version in rows}
    return found


def _later(newest: dict[Key, Newest], before: dict[Key, tuple[int, int]]) -> list[Newest]:
    return [one for key, one in newest.items() if key not in before or before[key][1] < one.version]


def _key(one: Newest) -> Key:
    return one.stix_id, one.owner


def _indicator_row(one: Newest, says: IndicatorSaid) -> Row:
    kinds = ",".join(sorted({each.kind.value for each in says.values or ()}))
    return (
        one.pk,
        one.stix_id,
        one.owner,
        one.version,
        one.says.title,
        says.pattern,
        says.pattern_type,
        kinds[:200],
        bool(says.values),
        at(says.valid_from),
        at(says.valid_until),
        says.confidence,
        one.says.revoked,
        says.joined,
        says.unrun,
    )


def _sightings(newest: dict[Key, Newest]) -> None:
    before = _before(Sighting.objects.all(), newest)
    taken = _later(newest, before)
    for keys in chunks(before[_key(one)][0] for one in taken if _key(one) in before):
        Sighting.objects.filter(pk__in=keys).delete()
    insert(Sighting, _SIGHTING, [_sighting_row(one, one.says.sighting) for one in taken if one.says.sighting])
    _wake({one.says.sighting.of for one in taken if one.says.sighting})


def _wake(stix_ids: Iterable[str]) -> None:
    """Have it worked out anew whether indicators that had faded still have: they were seen (ADR 0260)."""
    faded = IndicatorValue.objects.filter(faded_at__isnull=False)
    for some in chunks(stix_ids) if faded.exists() else ():
        rows = faded.filter(indicator__stix_id__in=some).values_list("indicator__stix_id", flat=True).distinct()
        insert(Unpublished, _UNPUBLISHED, [(stix_id, "", "") for stix_id in rows])


def _sighting_row(one: Newest, says: SightingSaid) -> Row:
    return (
        one.pk,
        one.stix_id,
        one.owner,
        one.version,
        says.of,
        says.count,
        at(says.first_seen),
        at(says.last_seen),
        one.says.revoked,
    )
