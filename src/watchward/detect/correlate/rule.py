"""What a Sigma correlation asks of the matches of other rules, as a small closed set of typed terms."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import assert_never

from watchward.detect.sigma.ir import Some
from watchward.detect.sigma.rule import Level, LogSource, Rule


class Kind(StrEnum):
    """What is counted or compared; the values are Sigma's."""

    EVENT_COUNT = "event_count"
    VALUE_COUNT = "value_count"
    TEMPORAL = "temporal"
    TEMPORAL_ORDERED = "temporal_ordered"
    VALUE_SUM = "value_sum"
    VALUE_AVG = "value_avg"
    VALUE_PERCENTILE = "value_percentile"
    VALUE_MEDIAN = "value_median"
    VALUE_MAX = "value_max"
    VALUE_MIN = "value_min"


class Relation(StrEnum):
    """How a count stands to a number; the values are Sigma's."""

    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    EQ = "eq"
    NEQ = "neq"


@dataclass(frozen=True, slots=True)
class Bound:
    """What is counted stands so to this number."""

    relation: Relation
    number: float

    def holds(self, value: float) -> bool:
        """Whether a value stands so."""
        match self.relation:
            case Relation.GT:
                return value > self.number
            case Relation.GTE:
                return value >= self.number
            case Relation.LT:
                return value < self.number
            case Relation.LTE:
                return value <= self.number
            case Relation.EQ:
                return value == self.number
            case Relation.NEQ:
                return value != self.number


@dataclass(frozen=True, slots=True)
class Bounds:
    """All of these hold: one bound, or the two of a range."""

    bounds: tuple[Bound, ...]

    def hold(self, value: float) -> bool:
        """Whether they all do."""
        return all(bound.holds(value) for bound in self.bounds)


@dataclass(frozen=True, slots=True)
class Met:
    """The window has an event that met this rule (named as the author did, by its id once it is resolved)."""

    rule: str


@dataclass(frozen=True, slots=True)
class Every:
    """Each part holds."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Without:
    """The part does not hold."""

    part: "Expression"


Expression = Met | Every | Either | Without
"""A boolean condition over rules."""


def rules_of(expression: Expression) -> Iterator[str]:
    """The rules that a condition speaks of, in the order in which it does."""
    match expression:
        case Met(rule):
            yield rule
        case Every(parts) | Either(parts):
            for part in parts:
                yield from rules_of(part)
        case Without(part):
            yield from rules_of(part)
        case _:
            assert_never(expression)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """One Sigma correlation.

    Args:
        id: the author's identifier, or one derived from the text where the author gave none.
        name: by which other correlations may call it; empty where it has none.
        level: the author's; where it is None, the highest of its rules'.
        kind: what is counted or compared.
        rules: the rules whose matches it reads, in the author's order: named as the author did, by id once resolved.
        group_by: fields or aliases; each combination of their values is counted by itself.
        timespan: of a window, in microseconds.
        condition: when it fires.
        fields: whose values are counted or compared; several are counted together.
        percentile: which one is compared, from 0 to 100.
        aliases: for each alias, the field that it is in the events of each rule.
        generate: whether rules of its own file give alerts of their own as well.
        path: the file that it came from, and `line` where in that file it begins.
        digest: the SHA-256 (hex) of its file's bytes and its place among the rules of that file.

    """

    id: str
    title: str
    name: str = ""
    level: Level | None = None
    status: str = ""
    description: str = ""
    author: str = ""
    references: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    kind: Kind
    rules: tuple[str, ...]
    group_by: tuple[str, ...] = ()
    timespan: int
    condition: Bounds | Expression
    fields: tuple[str, ...] = ()
    percentile: float = 50.0
    aliases: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    generate: bool = False
    path: Path
    line: int
    digest: str

    def as_rule(self) -> Rule:
        """What is said of it, as a rule says it; it reads no events by itself."""
        return Rule(
            id=self.id,
            title=self.title,
            name=self.name,
            level=self.level or Level.MEDIUM,
            status=self.status,
            description=self.description,
            author=self.author,
            references=self.references,
            tags=self.tags,
            falsepositives=self.falsepositives,
            fields=self.group_by,
            logsource=LogSource(),
            path=self.path,
            line=self.line,
            condition=Some(()),
            digest=self.digest,
        )

    def field_of(self, name: str, rule: str) -> str:
        """The field that a name in `group_by` or `fields` is in the events of one of its rules."""
        return self.aliases.get(name, {}).get(rule, name)

    def wanted(self, rule: str) -> tuple[str, ...]:
        """The fields without which an event of one of its rules does not count: the groups', then the counted."""
        return tuple(self.field_of(name, rule) for name in (*self.group_by, *self.fields))

    @property
    def is_temporal(self) -> bool:
        """Whether it asks which rules were met, rather than how often or with what values."""
        return self.kind in {Kind.TEMPORAL, Kind.TEMPORAL_ORDERED}

    @property
    def is_numeric(self) -> bool:
        """Whether it calculates with numbers."""
        return self.kind not in {Kind.EVENT_COUNT, Kind.VALUE_COUNT, Kind.TEMPORAL, Kind.TEMPORAL_ORDERED}

    @property
    def is_open(self) -> bool:
        """Whether further events cannot undo its condition, so that it is asked at every event (ADR 0120)."""
        if not isinstance(self.condition, Bounds):
            return not _denies(self.condition)
        relations = {bound.relation for bound in self.condition.bounds}
        if self.kind is Kind.VALUE_MIN:
            return relations <= {Relation.LT, Relation.LTE}
        return relations <= {Relation.GT, Relation.GTE} and self.kind in _GROWING


_GROWING = {
    *(Kind.EVENT_COUNT, Kind.VALUE_COUNT, Kind.VALUE_SUM, Kind.VALUE_MAX),
    *(Kind.TEMPORAL, Kind.TEMPORAL_ORDERED),
}


def _denies(expression: Expression) -> bool:
    match expression:
        case Met():
            return False
        case Every(parts) | Either(parts):
            return any(map(_denies, parts))
        case Without():
            return True
        case _:
            assert_never(expression)
