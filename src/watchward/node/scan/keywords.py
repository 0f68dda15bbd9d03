"""Rules that look for keywords in any value of an event, at little cost.

To ask every value of every event is slow, and almost all events hold no keyword of any rule. So the bytes of their
documents are looked through for the keywords' atoms (`telemetry.atoms`). Where no atom of a rule stands, none of its
keywords does, and the rule is what it is with every keyword false: that is matched together with all other rules. The
few other events are decoded again with all their fields, and matched with the rules of which they hold an atom.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from watchward.detect import ir, plan
from watchward.detect.ir import ANYWHERE, All, Condition, Not, Some, Text, Wildcard
from watchward.detect.logsource import applies
from watchward.detect.match import Matches
from watchward.detect.rule import Rule
from watchward.node.scan.parts import Part
from watchward.telemetry.atoms import MARKS, Atoms, atom_of
from watchward.telemetry.batch import UNMAPPED, field_names
from watchward.telemetry.body import padded
from watchward.telemetry.decode import Decoder
from watchward.telemetry.kernels.tables import Array
from watchward.telemetry.registry import Registry

_FALSE = Some(parts=())
_SOURCE = ("product", "category", "service")


def without_keywords(rules: Sequence[Rule]) -> list[Rule]:
    """The rules as they are for an event that holds none of their keywords."""
    return [replace(rule, condition=_without(rule.condition)) if _has_keywords(rule) else rule for rule in rules]


def _has_keywords(rule: Rule) -> bool:
    return ANYWHERE in ir.fields(rule.condition)


def _without(condition: Condition) -> Condition:
    match condition:
        case All(parts):
            return All(parts=tuple(_without(part) for part in parts))
        case Some(parts):
            return Some(parts=tuple(_without(part) for part in parts))
        case Not(part):
            return Not(part=_without(part))
        case _:
            return _FALSE if condition.field == ANYWHERE else condition


def _atoms(rule: Rule) -> set[str] | None:
    """Atoms one of which stands wherever one of the rule's keywords does; None where a keyword has no atom."""
    found: set[str] = set()
    for leaf in ir.leaves(rule.condition):
        if leaf.field != ANYWHERE:
            continue
        texts = [leaf.text] if isinstance(leaf, Text) else []
        if isinstance(leaf, Wildcard):
            texts = [text for run in leaf.pieces for text in run]
        atoms = [atom for text in texts if (atom := atom_of(text)) is not None]
        if not atoms:
            return None
        found.add(max(atoms, key=len))
    return found


class Keywords:
    """The rules with keywords among some rules, ready to be matched with the few events that hold them."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.numbers = np.array([number for number, rule in enumerate(rules) if _has_keywords(rule)], np.int32)
        self._rules = [rules[number] for number in self.numbers]
        self._plan = plan.compile(self._rules)
        self._decoder = Decoder(Registry.standard().with_fields(self._plan.fields))
        marks: dict[str, int] = {}
        self._sure = 0  # the marks of rules that must be asked of every event of their log source
        for place, rule in enumerate(self._rules):
            atoms = _atoms(rule)
            self._sure |= 0 if atoms is not None else 1 << (place % MARKS)
            for atom in atoms or ():
                marks.setdefault(atom, 0)
                marks[atom] |= 1 << (place % MARKS)
        self._looks_for = Atoms(marks)
        self._applying: dict[tuple[str | None, ...], int] = {}

    def matched(self, part: Part, found: Matches) -> Matches:
        """The matches of `found` and those that keywords add, for the events of one part."""
        rows = self._suspects(part)
        if not len(rows):
            return found
        batch, places = self._whole(part, rows)
        more = self._plan.match(batch)
        part.whole.update((int(places[row]), (batch, row)) for row in more.rows.tolist())
        kept = ~(np.isin(found.rows, rows) & np.isin(found.rules, self.numbers))
        all_rows = np.concatenate([found.rows[kept], places[more.rows]])
        all_rules = np.concatenate([found.rules[kept], self.numbers[more.rules]])
        order = np.lexsort((all_rules, all_rows))
        return Matches(rows=all_rows[order], rules=all_rules[order])

    def _whole(self, part: Part, rows: Array) -> tuple[pa.RecordBatch, Array]:
        """Some events of a part with all their fields, and the row of each in the part."""
        if part.decoded is None or part.decoded.body is None:
            return part.batch.take(pa.array(rows)), rows
        body = part.decoded.body
        again = self._decoder.decode_documents([body.document(row) for row in rows.tolist()], body.origin)
        return again.batch, rows[again.positions]

    def _suspects(self, part: Part) -> Array:
        """The events that may hold a keyword of a rule for their log source."""
        if not self._rules:
            return np.empty(0, np.int64)
        if part.decoded is None or part.decoded.body is None:
            marks = self._marks_within(part.batch)
        else:
            body = part.decoded.body
            marks = self._looks_for.within(body.data, body.starts, body.ends)
            marks[part.decoded.hiding] = np.uint64((1 << MARKS) - 1)
        return np.flatnonzero((marks | np.uint64(self._sure)) & self._applying_to(part.batch))

    def _marks_within(self, batch: pa.RecordBatch) -> Array:
        """The marks of the atoms in each event's values: each distinct value is looked through once."""
        marks = np.zeros(batch.num_rows, np.uint64)
        for name in (*field_names(batch), UNMAPPED.name):
            if (place := batch.schema.get_field_index(name)) < 0:
                continue
            column = batch.column(place)
            column = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
            texts = column.dictionary.cast(pa.large_string())
            offsets = np.frombuffer(texts.buffers()[1], np.int64)[texts.offset : texts.offset + len(texts) + 1]
            data = padded(texts.buffers()[2] or b"")
            found = np.append(self._looks_for.within(data, offsets[:-1], offsets[1:]), np.uint64(0))
            marks |= found[column.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
        return marks

    def _applying_to(self, batch: pa.RecordBatch) -> Array:
        """For each event the marks of the rules for its log source."""
        parts = [batch.column(name) for name in _SOURCE]
        parts = [part if pa.types.is_dictionary(part.type) else part.dictionary_encode() for part in parts]
        codes = np.zeros(batch.num_rows, np.int64)
        for part in parts:
            codes = codes * (len(part.dictionary) + 1) + part.indices.fill_null(-1).to_numpy(zero_copy_only=False) + 1
        _, firsts, which = np.unique(codes, return_index=True, return_inverse=True)
        named = [tuple(part[int(row)].as_py() for part in parts) for row in firsts]
        return np.array([self._marks_of(name) for name in named], np.uint64)[which]

    def _marks_of(self, source: tuple[str | None, ...]) -> int:
        if source not in self._applying:
            product, category, service = source
            self._applying[source] = sum(
                {
                    1 << (place % MARKS)
                    for place, rule in enumerate(self._rules)
                    if applies(rule.logsource, product=product, category=category, service=service)
                }
            )
        return self._applying[source]
