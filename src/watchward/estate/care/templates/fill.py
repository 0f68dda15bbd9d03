"""A template, made the map of one organisation."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from math import exp, hypot, log

from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap
from watchward.estate.care.service import Service
from watchward.estate.care.system import Sensitivity, System
from watchward.estate.care.templates.document import Need, Range, ServiceLine, SystemLine, Template, read
from watchward.estate.care.templates.kind import TemplateKind
from watchward.estate.care.templates.measure import Measure


@dataclass(frozen=True, kw_only=True)
class Arrangement:
    """What is known of an organisation whose map is a template.

    Args:
        template: which template fits it.
        measures: what is known of its size; nothing known leaves the kind's usual size, with its wide range.
        hosts: where its systems run, by their names in the template: the code of an organisation or supplier.
        outside: what stands elsewhere in place of something of the template, by its name there: the identifier of a
            service or system of another organisation, such as the laboratory that works for a trust.

    """

    template: TemplateKind
    measures: Mapping[Measure, float] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, str] = field(default_factory=dict)


def template(arrangement: Arrangement, *, organisation: str) -> CareMap:
    """The part of the map that one organisation's template makes: services, systems and dependencies, and no place.

    A service whose activity was counted as none is left out, and so is what nothing else needs then.

    Args:
        arrangement: what is known of the organisation.
        organisation: its code, with which all identifiers begin.

    """
    document = read(arrangement.template)
    activity = {line.name: _activity(line, document, arrangement) for line in document.services}
    idle = frozenset(name for name, found in activity.items() if found.value == 0)
    kept = _kept(document.kind, frozenset(arrangement.outside), idle)
    size = arrangement.measures.get(document.measure, document.size.value)
    prefix, hosts, outside = f"{organisation}/", arrangement.hosts, arrangement.outside
    return CareMap(
        services=tuple(_service(line, activity[line.name], organisation) for line in kept.services),
        systems=tuple(
            System(
                id=prefix + line.name,
                organisation=organisation,
                kind=line.kind,
                host=hosts.get(line.name, ""),
                records=_records(line, size),
            )
            for line in kept.systems
        ),
        dependencies=tuple(
            Dependency(
                consumer=prefix + need.consumer,
                provider=outside[need.provider] if need.provider in outside else prefix + need.provider,
                group=need.group,
            )
            for need in kept.needs
        ),
    )


def names(arrangement: Arrangement) -> frozenset[str]:
    """What the services and systems are called that one organisation's template makes."""
    care = template(arrangement, organisation="")
    return frozenset(one.id.removeprefix("/") for things in (care.services, care.systems) for one in things)


def _service(line: ServiceLine, found: Range, organisation: str) -> Service:
    return Service(
        id=f"{organisation}/{line.name}",
        organisation=organisation,
        kind=line.kind,
        weekly=found.value,
        low=found.low,
        high=found.high,
        week=line.week,
    )


def _records(line: SystemLine, size: float) -> tuple[tuple[Sensitivity, int], ...]:
    return tuple((sensitivity, round(number * size)) for sensitivity, number in line.records)


def _activity(line: ServiceLine, document: Template, arrangement: Arrangement) -> Range:
    """The week's activity of a service, by the best measure that is known, else by the kind's usual size."""
    for measure, ratio in line.by.items():
        count = arrangement.measures.get(measure)
        if count is not None:
            return _times(ratio, count)
    return _usual(document.kind, line.name)


def _times(ratio: Range, count: float) -> Range:
    return Range(low=ratio.low * count, value=ratio.value * count, high=ratio.high * count, source=ratio.source)


@cache
def _usual(kind: TemplateKind, name: str) -> Range:
    """The activity of a service where nothing is known: both the size and the ratio are uncertain, independently."""
    document = read(kind)
    line = next(line for line in document.services if line.name == name)
    ratio, size = line.by[document.measure], document.size
    value = ratio.value * size.value
    down = hypot(log(ratio.value / ratio.low), log(size.value / size.low))
    up = hypot(log(ratio.high / ratio.value), log(size.high / size.value))
    return Range(low=value * exp(-down), value=value, high=value * exp(up), source=f"{size.source}; {ratio.source}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kept:
    """What is left of a template when some of it stands elsewhere or is not there."""

    services: tuple[ServiceLine, ...]
    systems: tuple[SystemLine, ...]
    needs: tuple[Need, ...]


@lru_cache(maxsize=1000)
def _kept(kind: TemplateKind, outside: frozenset[str], idle: frozenset[str]) -> _Kept:
    document = read(kind)
    gone = set(outside | idle)
    gone |= set(_unneeded(document, gone))
    return _Kept(
        services=tuple(line for line in document.services if line.name not in gone),
        systems=tuple(line for line in document.systems if line.name not in gone),
        needs=tuple(need for need in document.needs if _stays(need, gone, outside)),
    )


def _unneeded(document: Template, gone: set[str]) -> Iterator[str]:
    """The systems that something needed, and nothing of what stays needs."""
    wanted = {need.provider for need in document.needs}
    systems = {line.name for line in document.systems}
    staying = (systems | {line.name for line in document.services}) - gone
    while True:
        needed = {need.provider for need in document.needs if need.consumer in staying}
        left = (systems & staying & wanted) - needed
        if not left:
            return
        staying -= left
        yield from left


def _stays(need: Need, gone: set[str], outside: frozenset[str]) -> bool:
    if need.consumer in gone:
        return False
    return need.provider in outside or (not need.outside and need.provider not in gone)
