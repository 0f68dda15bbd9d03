"""What rules can see: a rule is of use only where the fields that it needs arrive.

What arrives is told by the events themselves (`Seen`), so that a page can say it of the data of an organisation, and a
table of the documented rows of a product.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from watchward.detect.ir import ANYWHERE, Absent, All, Condition, Leaf, Not, SameAs, Some, Text
from watchward.detect.logsource import Triple, applies
from watchward.detect.reference import meets
from watchward.detect.rule import Rule
from watchward.telemetry.batch import field_names, field_of, items

HASHES = "Hashes"
"""The field in which Sysmon puts hashes of several kinds: each kind is needed, and given, by itself."""

NUMBER = "EventID"
"""The field by which many logs number what their events tell."""

NAMED = (NUMBER, "EventType")
"""Fields whose values say what an event is: an event that never has the wanted one does not give the field."""

_KIND = re.compile(r"\*?(\w+)=")
_KINDS = re.compile(r"(\w+)=")
_Of = tuple[str | None, str | None, str | None, str | None]


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


def sight(rule: Rule, given: Iterable[Given]) -> Sight:
    """How far a rule sees with what some events give.

    What one kind of event lacks another may have, for another part of the rule: missing is what all lack that can meet
    its condition, or, where none can, what the nearest lacks.
    """
    applying = [one for one in given if applies(rule.logsource, *one.source)]
    lacks = {one.source: _missing(rule.condition, one) for one in reversed(applying)}
    able = [one for one in applying if _possible(rule.condition, one, holds=True)]
    if able:
        missing = frozenset.intersection(*(_missing(rule.condition, one) for one in able))
        return Sight(reach=Reach.PART if missing else Reach.WHOLE, source=able[0].source, missing=missing)
    nearest = min(lacks, key=lambda source: len(lacks[source]), default=None)
    return Sight(reach=Reach.NONE, source=nearest, missing=lacks[nearest] if nearest else frozenset())


def _needs(leaf: Leaf) -> frozenset[str]:
    """What a comparison reads."""
    if leaf.field == ANYWHERE:
        return frozenset()
    if isinstance(leaf, SameAs):
        return frozenset({leaf.field, leaf.other})
    if leaf.field == HASHES and isinstance(leaf, Text) and (kind := _KIND.match(leaf.text)):
        return frozenset({_hash(kind[1])})
    return frozenset({leaf.field})


def _hash(kind: str) -> str:
    return f"{HASHES} ({kind.upper()})"


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
    """What events give, batch after batch."""

    _fields: dict[_Of, set[str]] = field(default_factory=lambda: defaultdict(set))
    _values: dict[_Of, dict[str, set[str]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(set)))

    def add(self, batch: pa.RecordBatch) -> None:
        """Take note of a batch."""
        columns = [_texts(batch, name) for name in ("product", "category", "service", NUMBER)]
        found = pa.table([*columns, pa.array(np.arange(batch.num_rows))], names=["p", "c", "s", "n", "row"])
        for kind in found.group_by(["p", "c", "s", "n"]).aggregate([("row", "list")]).to_pylist():
            self._add((kind["p"], kind["c"], kind["s"], kind["n"]), batch.take(pa.array(kind["row_list"])))

    def _add(self, of: _Of, batch: pa.RecordBatch) -> None:
        fields = self._fields[of]
        for column in field_names(batch):
            if batch[column].null_count == batch.num_rows:
                continue
            name = field_of(column)
            fields.add(name)
            if name in (*NAMED, HASHES):
                texts = {item for text in pc.unique(_texts(batch, column)).to_pylist() if text for item in items(text)}
                if name == HASHES:
                    fields |= {_hash(kind) for text in texts for kind in _KINDS.findall(text)}
                else:
                    self._values[of][name] |= texts

    def given(self) -> tuple[Given, ...]:
        """What the events so far give."""
        return tuple(
            Given(
                source=of[:3],
                fields=frozenset(self._fields[of]),
                values={name: frozenset(texts) for name, texts in self._values[of].items()},
            )
            for of in sorted(self._fields, key=lambda of: tuple(part or "" for part in of))
        )


def _texts(batch: pa.RecordBatch, column: str) -> pa.Array:
    if column not in batch.schema.names:
        return pa.nulls(batch.num_rows, pa.string())
    return batch[column].cast(pa.string())
