"""What the things of a map are called in the parameter table, and what takes what along when it fails."""

from collections import Counter
from collections.abc import Iterator

from watchward.estate.care.map import CareMap
from watchward.estate.care.service import Service
from watchward.harm.errors import MapError

ORGANISATION, SUPPLIER, EQUIPMENT = "organisation", "supplier", "equipment"


def kinds(care: CareMap) -> dict[str, str]:
    """The kind of everything that can fail, by identifier, as the parameter table calls it."""
    found = dict.fromkeys(care.places, ORGANISATION)
    found |= {one.id: one.kind.value for one in care.services}
    found |= {one.id: one.kind.value for one in care.systems}
    found |= {one.id: SUPPLIER for one in care.suppliers}
    found |= {one.id: EQUIPMENT for one in care.equipment}
    return found


def carried(care: CareMap) -> Iterator[tuple[str, str]]:
    """Pairs of a thing and one that it takes along when it fails."""
    for place in care.places.values():
        if place.site_of:
            yield place.site_of, place.code
    for belonging in (care.services, care.systems, care.equipment):
        yield from ((one.organisation, one.id) for one in belonging)
    yield from ((one.host, one.id) for one in care.systems if one.host)


def activity_of(care: CareMap, service: Service) -> str:
    """The name of what a service's activity is drawn with: its kind at its kind of organisation."""
    return f"activity/{care.places[service.organisation].kind}/{service.kind}"


def check(care: CareMap) -> None:
    """Raise `MapError` where the map names what is not there: `estate.care.checking` says more, and earlier."""
    listed = list(care.identifiers())
    known = set(listed)
    counted = Counter(listed) if len(known) < len(listed) else Counter()
    problems = [f"{one}: names {count} things" for one, count in counted.items() if count > 1]
    problems += [
        f"{dependency.consumer} needs {dependency.provider}: there is no {one}"
        for dependency in care.dependencies
        for one in (dependency.consumer, dependency.provider)
        if one not in known
    ]
    problems += [
        f"{thing}: belongs to or runs at {taker}, which is not on the map"
        for taker, thing in carried(care)
        if taker not in known
    ]
    if problems:
        raise MapError(problems)
