"""What rules can see: a rule is of use only where the fields that it needs arrive.

What arrives is told by the events themselves (`Seen`), so that a page can say it of the data of an organisation, and a
table of the documented rows of a product.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import pyarrow as pa

from watchward.detect.coverage.arrivals import HASHES, Arrivals, Kind, arrivals, hash_kind
from watchward.detect.reference import meets
from watchward.detect.sigma.ir import ANYWHERE, Absent, All, Condition, Leaf, Not, SameAs, Some, Text
from watchward.detect.sigma.logsource import Triple, applies
from watchward.detect.sigma.rule import Rule

_KIND = re.compile(r"\*?(\w+)=")


class Reach(IntEnum):
    """How much of a rule some events can make match."""

    NONE = 0
    """They never meet its condition."""
    PART = 1
    """They meet its condition in one way, and lack a field for another."""
    WHOLE = 2
    """They have every field that it needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What events of one kind give: of one log source and, where they are numbered by what they tell, one number.

    Args:
        source: their product, category and service.
        fields: the fields that any of them has; of `Hashes` also each kind, as `Hashes (MD5)`.
        values: for the fields in `NAMED` all values that they have.

    """

    source: Triple
    fields: frozenset[str]
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def answers(self, leaf: Leaf) -> bool:
        """Whether any of these events could meet a comparison."""
        if not _needs(leaf) <= self.fields:
            return False
        values = self.values.get(leaf.field)
        return values is None or any(meets(leaf, value) for value in values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """How far a rule sees.

    Args:
        reach: how much of it can match.
        source: by the events of which log source; None where none of them is of the kind that it reads.
        missing: the fields that it needs and that these do not give.

    """

    reach: Reach
    source: Triple | None
    missing: frozenset[str]


def needed_fields(rule: Rule) -> frozenset[str]:
    """The fields that an event must have for any part of a rule's condition to hold, filters left out.

    Of hashes each kind is needed by itself: `Hashes (IMPHASH)`.
    """
    return frozenset(name for leaf in _needed(rule.condition, holds=True) for name in _needs(leaf))


@dataclass(frozen=True, slots=True, kw_only=True)
class Angle:
    """How a rule stands to events of one kind: whether they can meet its condition, and which needed fields lack."""

    source: Triple
    able: bool
    missing: frozenset[str]


def angle(rule: Rule, given: Given) -> Angle | None:
    """How a rule stands to events of one kind; None where it does not read them."""
    if not applies(rule.logsource, *given.source):
        return None
    able = _possible(rule.condition, given, holds=True)
    return Angle(source=given.source, able=able, missing=_missing(rule.condition, given))


def sight(rule: Rule, given: Iterable[Given]) -> Sight:
    """How far a rule sees with what some events give.

    What one kind of event lacks another may have, for another part of the rule: missing is what all lack that can meet
    its condition, or, where none can, what the nearest lacks.
    """
    angles = [found for one in given if (found := angle(rule, one))]
    able = [one for one in angles if one.able]
    if able:
        missing = frozenset.intersection(*(one.missing for one in able))
        return Sight(reach=Reach.PART if missing else Reach.WHOLE, source=able[0].source, missing=missing)
    nearest = min(angles, key=lambda one: len(one.missing), default=None)
    return Sight(
        reach=Reach.NONE,
        source=nearest.source if nearest else None,
        missing=nearest.missing if nearest else frozenset(),
    )


def _needs(leaf: Leaf) -> frozenset[str]:
    """What a comparison reads."""
    if leaf.field == ANYWHERE:
        return frozenset()
    if isinstance(leaf, SameAs):
        return frozenset({leaf.field, leaf.other})
    if leaf.field == HASHES and isinstance(leaf, Text) and (kind := _KIND.match(leaf.text)):
        return frozenset({hash_kind(kind[1])})
    return frozenset({leaf.field})


def _needed(condition: Condition, *, holds: bool) -> Iterator[Leaf]:
    """The comparisons that need a field so that the condition holds, or does not."""
    match condition:
        case All(parts) | Some(parts):
            for part in parts:
                yield from _needed(part, holds=holds)
        case Not(part):
            yield from _needed(part, holds=not holds)
        case Absent():
            if not holds:
                yield condition
        case _:
            if holds:
                yield condition


def _possible(condition: Condition, given: Given, *, holds: bool) -> bool:
    """Whether a condition can hold, or not hold, for any event with what is given."""
    match condition:
        case All(parts) | Some(parts):
            found = (_possible(part, given, holds=holds) for part in parts)
            return all(found) if isinstance(condition, All) == holds else any(found)
        case Not(part):
            return _possible(part, given, holds=not holds)
        case Absent(name):
            return holds or name in given.fields
        case _:
            return not holds or given.answers(condition)


def _missing(condition: Condition, given: Given) -> frozenset[str]:
    """The needed fields with which no comparison can be met."""
    met: dict[str, bool] = defaultdict(bool)
    for leaf in _needed(condition, holds=True):
        answered = leaf.field in given.fields if isinstance(leaf, Absent) else given.answers(leaf)
        for name in _needs(leaf):
            met[name] |= answered or (name in given.fields and name not in given.values)
    return frozenset(name for name, any_met in met.items() if not any_met)


@dataclass(slots=True)
class Seen:
    """What events give, batch after batch, whoever sent them."""

    _arrivals: Arrivals = field(default_factory=Arrivals)

    def add(self, batch: pa.RecordBatch) -> None:
        """Take note of a batch."""
        self._arrivals.add(arrivals(batch))

    def kinds(self) -> list[Kind]:
        """The kinds of the events so far."""
        return [one.kind for one in self._arrivals]

    def given(self) -> tuple[Given, ...]:
        """What the events so far give."""
        return given_by(self.kinds())


def given_by(kinds: Iterable[Kind]) -> tuple[Given, ...]:
    """What events of some kinds give, those of one kind together."""
    found: dict[object, Kind] = {}
    for kind in kinds:
        found[kind.key] = found[kind.key] + kind if kind.key in found else kind
    ordered = sorted(found.values(), key=lambda kind: tuple(part or "" for part in kind.key))
    return tuple(Given(source=kind.source, fields=kind.fields, values=kind.values()) for kind in ordered)
