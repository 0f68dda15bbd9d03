"""A template as its file says it."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from watchward.estate.care.service import ServiceKind, Week
from watchward.estate.care.system import Sensitivity, SystemKind
from watchward.estate.care.templates.kind import TemplateKind
from watchward.estate.care.templates.measure import Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """A number that nobody has counted: likely this, below `low` and above `high` with 5 chances in 100 each."""

    low: float
    value: float
    high: float
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """A service as a template has it: how much of it there is for each unit of a measure, the best measure first."""

    name: str
    kind: ServiceKind
    week: Week
    by: Mapping[Measure, Range]


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemLine:
    """A system as a template has it; `records` for each unit of scale."""

    name: str
    kind: SystemKind
    records: tuple[tuple[Sensitivity, float], ...]
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """That one thing of a template needs another; `outside`: something elsewhere, where somebody says which."""

    consumer: str
    provider: str
    group: str = ""
    outside: bool = False


@dataclass(frozen=True, kw_only=True)
class Template:
    """What an organisation of one kind gives and needs.

    Args:
        kind: which kind.
        title: the kind in words.
        measure: what tells its size best.
        size: its usual size, in that measure.
        services: what it gives.
        systems: what it runs on.
        needs: what depends on what.

    """

    kind: TemplateKind
    title: str
    measure: Measure
    size: Range
    services: tuple[ServiceLine, ...]
    systems: tuple[SystemLine, ...]
    needs: tuple[Need, ...]

    def outsiders(self) -> tuple[str, ...]:
        """What it may need from elsewhere, by its name in `outside`."""
        return tuple(dict.fromkeys(need.provider for need in self.needs if need.outside))


@cache
def read(kind: TemplateKind) -> Template:
    """The template of one kind."""
    text = files("watchward.estate.care.templates").joinpath(f"{kind}.toml").read_text(encoding="utf-8")
    document = tomllib.loads(text)
    scale = document["scale"]
    return Template(
        kind=kind,
        title=document["title"],
        measure=Measure(scale["measure"]),
        size=_range(scale["range"], scale["source"]),
        services=tuple(_service(line) for line in document["service"]),
        systems=tuple(_system(line) for line in document["system"]),
        needs=tuple(_needs(document)),
    )


def _range(numbers: list[float], source: str) -> Range:
    low, value, high = numbers
    return Range(low=low, value=value, high=high, source=source)


def _service(line: Mapping[str, Any]) -> ServiceLine:
    return ServiceLine(
        name=line.get("name", line["kind"]),
        kind=ServiceKind(line["kind"]),
        week=Week(line["week"]),
        by={Measure(name): _range(by["ratio"], by["source"]) for name, by in line["by"].items()},
    )


def _system(line: Mapping[str, Any]) -> SystemLine:
    records = dict(line.get("records", {}))
    source = records.pop("source", "")
    return SystemLine(
        name=line.get("name", line["kind"]),
        kind=SystemKind(line["kind"]),
        records=tuple((Sensitivity(name), float(number)) for name, number in records.items()),
        source=source,
    )


def _needs(document: Mapping[str, Any]) -> Iterator[Need]:
    for line in (*document["service"], *document["system"]):
        consumer = line.get("name", line["kind"])
        yield from (Need(consumer=consumer, provider=name) for name in line.get("needs", ()))
        yield from (Need(consumer=consumer, provider=name, outside=True) for name in line.get("outside", ()))
    for choice in document.get("alternatives", ()):
        for provider in choice["providers"]:
            yield Need(consumer=choice["consumer"], provider=provider, group=choice["group"])
