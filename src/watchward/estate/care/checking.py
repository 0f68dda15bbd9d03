"""Whether a map of care is sound: everything that is wrong with it, found at once."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from watchward.estate.care.circles import circles
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap, Place
from watchward.estate.care.service import Service, ServiceKind
from watchward.estate.care.system import System
from watchward.estate.care.trouble import CareMapError, Origin, Origins, Trouble, edge

MOST_DEPENDENCIES: Final = 2_000_000
"""A map with more is refused before it is looked at: England's 40,000 organisations have a quarter of it."""

LONGEST: Final = 120
"""Characters of an identifier."""

MOST_RECORDS: Final = 200_000_000
"""People's records in one system; England has 57 million people."""

MOST_HOURS: Final = 8_766.0
"""Hours that a buffer or the building up of manual working may take: a year."""

MOST_WEEKLY: Final = {
    ServiceKind.AMBULANCE_DISPATCH: 200_000,
    ServiceKind.CARE_HOME_MEDICATION: 50_000,
    ServiceKind.COMMUNITY: 500_000,
    ServiceKind.CRITICAL_CARE: 7_000,
    ServiceKind.ELECTIVE_ADMISSIONS: 50_000,
    ServiceKind.EMERGENCY_ADMISSIONS: 50_000,
    ServiceKind.EMERGENCY_DEPARTMENT: 100_000,
    ServiceKind.GP_APPOINTMENTS: 200_000,
    ServiceKind.HOME_CARE_VISITS: 1_000_000,
    ServiceKind.IMAGING: 200_000,
    ServiceKind.MATERNITY: 3_000,
    ServiceKind.MENTAL_HEALTH: 500_000,
    ServiceKind.OUTPATIENTS: 500_000,
    ServiceKind.PATHOLOGY: 20_000_000,
    ServiceKind.PHARMACY: 2_000_000,
    ServiceKind.THEATRES: 20_000,
    ServiceKind.URGENT_CARE_111: 1_000_000,
}
"""What one service cannot have in a week, in its kind's unit: about ten times the largest in England, where that is
known (the largest trust has 10,300 attendances), so that it catches a number of the wrong unit and no real one."""

MOST_TROUBLES: Final = 10_000
"""Whoever has so many things to correct corrects what they have in common, and tries again."""

_WHOLE: Final = 1 - 1e-6

_NAME_IT: Final = "Correct the identifier, or add the thing."


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found.

    Args:
        troubles: what is wrong; a map with any cannot be used.
        notes: what is allowed and worth knowing, such as things that depend on each other in a circle.

    """

    troubles: tuple[Trouble, ...] = ()
    notes: tuple[Trouble, ...] = ()


def check(care: CareMap, *, origins: Origins | None = None) -> Checked:
    """Everything that is wrong with a whole map, and what is worth knowing about it.

    Args:
        care: the map.
        origins: where its things were read.

    """
    if len(care.dependencies) > MOST_DEPENDENCIES:
        return Checked(troubles=(_too_many(care),))
    finding = _Finding(care=care, origins=origins or {})
    for part in (_identifiers, _places, _services, _systems, _equipment, _dependencies, _groups):
        part(finding)
    if finding.troubles:
        return Checked(troubles=tuple(finding.troubles))
    return Checked(notes=tuple(_circles(care)))


def unsound_numbers(care: CareMap, origins: Origins) -> tuple[Trouble, ...]:
    """What is wrong with the numbers of things, each by itself: what can be said before the map is whole."""
    finding = _Finding(care=care, origins=origins)
    for service in care.services:
        _activity(service, finding.say)
    for system in care.systems:
        _records(system, finding.say)
    for one in care.dependencies:
        if not _plain(one):
            _numbers(one, finding)
    return tuple(finding.troubles)


def require_sound(care: CareMap, *, origins: Origins | None = None) -> tuple[Trouble, ...]:
    """Refuse a map with anything wrong in it; what is worth knowing is returned.

    Raises:
        CareMapError: something is wrong; the error holds all of it.

    """
    found = check(care, origins=origins)
    if found.troubles:
        raise CareMapError(found.troubles)
    return found.notes


def _too_many(care: CareMap) -> Trouble:
    return Trouble(
        text=f"The map has {len(care.dependencies):,} dependencies; {MOST_DEPENDENCIES:,} are the most.",
        advice="Bring in one region at a time, and leave out devices that carry no system.",
    )


@dataclass(slots=True, kw_only=True)
class _Finding:
    """What one check has found so far."""

    care: CareMap
    origins: Mapping[str, Origin]
    known: set[str] = field(default_factory=set)
    troubles: list[Trouble] = field(default_factory=list)

    def say(self, thing: str, text: str, advice: str, *, column: str = "") -> None:
        """Keep one more thing that is wrong; nobody reads more than so many."""
        if len(self.troubles) >= MOST_TROUBLES:
            return
        self.troubles.append(
            Trouble(text=text, advice=advice, thing=thing, column=column, origin=self.origins.get(thing))
        )

    def organisation(self, thing: str, code: str, *, column: str = "organisation") -> None:
        """Keep that an organisation is not in the map, if it is not."""
        if code not in self.care.places:
            self.say(
                thing, f"There is no organisation {code!r}.", "Correct the code, or import it first.", column=column
            )


def _identifiers(finding: _Finding) -> None:
    for name in finding.care.identifiers():
        if name in finding.known:
            finding.say(name, f"{name!r} is the identifier of two things.", "Rename one of them.", column="id")
        if not name or len(name) > LONGEST or not name.isprintable() or name != name.strip() or " > " in name:
            finding.say(
                name,
                f"{name[:LONGEST]!r} cannot be an identifier.",
                f"Use 1 to {LONGEST} printable characters, such as RXX/patient_record.",
                column="id",
            )
        finding.known.add(name)


def _places(finding: _Finding) -> None:
    for place in finding.care.places.values():
        if place.site_of:
            finding.organisation(place.code, place.site_of, column="site_of")
    for code in _own_sites(finding.care.places):
        finding.say(code, f"{code} is a site of itself.", "Correct what it is a site of.", column="site_of")


def _own_sites(places: Mapping[str, Place]) -> Iterator[str]:
    for group in circles({code: (place.site_of,) for code, place in places.items() if place.site_of}):
        yield from group
    yield from (code for code, place in places.items() if place.site_of == code)


def _services(finding: _Finding) -> None:
    for service in finding.care.services:
        finding.organisation(service.id, service.organisation)
        _activity(service, finding.say)


def _activity(service: Service, say: Callable[..., None]) -> None:
    most = MOST_WEEKLY[service.kind]
    for column, value in (("weekly", service.weekly), ("low", service.low), ("high", service.high)):
        if not (isfinite(value) and value >= 0):
            say(service.id, f"{value} is no activity.", "Give a number from 0.", column=column)
            return
        if value > most:
            say(
                service.id,
                f"{value:,.0f} a week is more than any {service.kind.label.casefold()} has ({most:,}).",
                f"Give the number of one ordinary week, each counting one {service.kind.unit}.",
                column=column,
            )
            return
    if not service.low <= service.weekly <= service.high:
        say(
            service.id,
            f"low {service.low:g}, weekly {service.weekly:g} and high {service.high:g} are not in order.",
            "Give low ≤ weekly ≤ high; all three the same where it was counted.",
            column="low" if service.low > service.weekly else "high",
        )


def _systems(finding: _Finding) -> None:
    hosts = {supplier.id for supplier in finding.care.suppliers} | set(finding.care.places)
    for system in finding.care.systems:
        finding.organisation(system.id, system.organisation)
        if system.host and system.host not in hosts:
            text = f"It runs at {system.host!r}, which is neither an organisation nor a supplier."
            finding.say(system.id, text, _NAME_IT, column="host")
        _records(system, finding.say)


def _records(system: System, say: Callable[..., None]) -> None:
    seen = set()
    for sensitivity, count in system.records:
        column = f"records_{sensitivity}"
        if not 0 <= count <= MOST_RECORDS:
            advice = f"Give the number of people, from 0 to {MOST_RECORDS:,}."
            say(system.id, f"{count:,} people's records cannot be.", advice, column=column)
        if sensitivity in seen:
            say(system.id, f"Its {sensitivity} records are counted twice.", "Give one number.", column=column)
        seen.add(sensitivity)


def _equipment(finding: _Finding) -> None:
    for one in finding.care.equipment:
        finding.organisation(one.id, one.organisation)


def _dependencies(finding: _Finding) -> None:
    known, places, met = finding.known, finding.care.places, set()
    for one in finding.care.dependencies:
        pair = (one.consumer, one.provider)
        if pair in met:
            text = f"It is said twice that {one.consumer} needs {one.provider}."
            finding.say(edge(*pair), text, "Leave one of the two out.", column="provider")
        met.add(pair)
        if (
            one.consumer not in known
            or one.provider not in known
            or one.consumer in places
            or one.consumer == one.provider
        ):
            _ends(one, finding)
        if not _plain(one):
            _numbers(one, finding)


def _plain(one: Dependency) -> bool:
    """Whether a dependency leaves all its numbers to the parameter table, as most do."""
    return (
        one.share == 1.0
        and one.buffer_hours is None
        and one.floor is None
        and one.manual is None
        and one.manual_hours is None
    )


def _ends(one: Dependency, finding: _Finding) -> None:
    thing = edge(one.consumer, one.provider)
    for column, name in (("consumer", one.consumer), ("provider", one.provider)):
        if name not in finding.known:
            finding.say(thing, f"There is no {name!r} in the map.", _NAME_IT, column=column)
    if one.consumer in finding.care.places:
        advice = "Say which of its services or systems needs it; what belongs to it fails with it anyway."
        finding.say(thing, "An organisation cannot be a consumer.", advice, column="consumer")
    if one.consumer == one.provider:
        finding.say(thing, "It depends on itself.", "Leave this row out.", column="provider")


def _numbers(one: Dependency, finding: _Finding) -> None:
    thing = edge(one.consumer, one.provider)
    for column, value in (("floor", one.floor), ("manual", one.manual)):
        if value is not None and not 0 <= value <= 1:
            finding.say(thing, f"{value} is no share.", "Give a number from 0 to 1.", column=column)
    if one.floor is not None and one.manual is not None and one.manual < one.floor:
        text = f"Manual working ends at {one.manual:g}, below its beginning at {one.floor:g}."
        finding.say(thing, text, "Give a manual share that is not below the floor.", column="manual")
    if not 0 < one.share <= 1:
        advice = "Give a number above 0, up to 1; 1 where this provider alone is enough."
        finding.say(thing, f"{one.share} is no share of a need.", advice, column="share")
    if one.buffer_hours is not None and not 0 <= one.buffer_hours <= MOST_HOURS:
        advice = f"Give hours from 0 to {MOST_HOURS:,.0f}."
        finding.say(thing, f"{one.buffer_hours} hours are no buffer.", advice, column="buffer_hours")
    if one.manual_hours is not None and not 0 < one.manual_hours <= MOST_HOURS:
        advice = f"Give hours above 0, up to {MOST_HOURS:,.0f}."
        finding.say(thing, f"{one.manual_hours} hours are no time to get going.", advice, column="manual_hours")


def _groups(finding: _Finding) -> None:
    """Alternatives that together do not fill the need would leave the consumer short on the best of days."""
    filled: dict[tuple[str, str], float] = defaultdict(float)
    first: dict[tuple[str, str], Dependency] = {}
    for one in finding.care.dependencies:
        if one.group or one.share != 1.0:
            key = (one.consumer, one.group or f" {one.provider}")
            filled[key] += one.share
            first.setdefault(key, one)
    for key, share in filled.items():
        if 0 < share < _WHOLE:
            one = first[key]
            finding.say(
                edge(one.consumer, one.provider),
                f"The providers in {one.group or one.provider!r} fill only {share:g} of the need of {one.consumer}.",
                "Add the others of the group, or raise the shares so that they add up to 1 or more.",
                column="share",
            )


def _circles(care: CareMap) -> Iterator[Trouble]:
    needs: dict[str, list[str]] = defaultdict(list)
    for one in care.dependencies:
        needs[one.consumer].append(one.provider)
    for group in circles(needs):
        named = ", ".join(group[:5]) + (f" and {len(group) - 5} more" if len(group) > 5 else "")  # noqa: PLR2004
        yield Trouble(
            text=f"{named} depend on each other in a circle.",
            advice="That is allowed: each sees the others as they were an hour before.",
            thing=group[0],
        )
