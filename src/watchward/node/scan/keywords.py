"""Rules that look for keywords in any value of an event, at little cost.

To ask every value of every event is slow, and almost all events hold no keyword of any rule. So the bytes of their
documents are looked through for the keywords' atoms (`telemetry.atoms`). Where no atom of a rule stands, none of its
keywords does, and the rule is what it is with every keyword false: that is matched together with all other rules. The
few other events are decoded again with all their fields, and matched with the rules of which they hold an atom.
"""

from collections.abc import Container, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from watchward.detect.columns import log_sources
from watchward.detect.match import Matches
from watchward.detect.plan import plan
from watchward.detect.sigma import ir
from watchward.detect.sigma.ir import ANYWHERE, All, Condition, Not, Some, Text, Wildcard
from watchward.detect.sigma.logsource import Triple, applies
from watchward.detect.sigma.rule import Rule
from watchward.detect.texts.keywords import word_of
from watchward.detect.texts.traces import SHORTEST, Sought, Trace
from watchward.node.scan.parts import Part
from watchward.telemetry.atoms import MARKS, Atoms, atom_of, hiding
from watchward.telemetry.batch import UNMAPPED, field_names, some
from watchward.telemetry.decode import Decoder
from watchward.telemetry.kernels.tables import Array
from watchward.telemetry.registry import Registry

_FALSE = Some(parts=())
_ALL = np.uint64((1 << MARKS) - 1)


def without_keywords(rules: Sequence[Rule], reads: Sequence[Container[str]]) -> list[Rule]:
    """The rules, each with the fields that it reads, as they are for an event that holds none of their keywords."""
    return [
        replace(rule, condition=_without(rule.condition)) if ANYWHERE in names else rule
        for rule, names in zip(rules, reads, strict=True)
    ]


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
    """The rules with keywords among some rules, ready to be matched with the few events that hold them.

    Args:
        rules: all of them, and `reads` the fields of each.
        cache: a folder in which laid-out plans are kept.

    """

    def __init__(self, rules: Sequence[Rule], reads: Sequence[Container[str]], *, cache: Path | None = None) -> None:
        self.numbers = np.array([number for number, names in enumerate(reads) if ANYWHERE in names], np.int32)
        self._rules = [rules[number] for number in self.numbers]
        self._plan = plan.compile(self._rules, cache=cache)
        self._decoder = Decoder(Registry.standard().with_fields(self._plan.fields))
        self._atoms = [_atoms(rule) for rule in self._rules]
        self._sure = sum({_mark(place) for place, atoms in enumerate(self._atoms) if atoms is None})
        self._looking: dict[int, Atoms] = {}
        self._sought: dict[Triple, Sought | None] = {}
        self._applying: dict[Triple, int] = {}

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

    def may_be_in(self, source: Triple, trace: Trace | None) -> bool:
        """Whether events of a log source may hold keywords, by the trace that they left; None where they left none."""
        if source not in self._sought:
            rules = (rule for rule in self._rules if applies(rule.logsource, *source))
            leaves = (leaf for rule in rules for leaf in ir.leaves(rule.condition))
            words = [word_of(leaf) for leaf in leaves if leaf.field == ANYWHERE]
            self._sought[source] = Sought(words) if all(len(word) >= SHORTEST for word in words) else None
        sought = self._sought[source]
        return sought is None or sought.may_be_in(trace)

    def _whole(self, part: Part, rows: Array) -> tuple[pa.RecordBatch, Array]:
        """Some events of a part with all their fields, and the row of each in the part."""
        if part.decoded is None or part.decoded.body is None:
            return some(part.batch, rows), rows
        body = part.decoded.body
        again = self._decoder.decode_documents([body.document(row) for row in rows.tolist()], body.origin)
        return again.batch, rows[again.positions]

    def _suspects(self, part: Part) -> Array:
        """The events that may hold a keyword of a rule for their log source."""
        applying = self._applying_to(part)
        asked = int(np.bitwise_or.reduce(applying))
        if not asked:
            return np.empty(0, np.int64)
        atoms = self._looks_for(asked)
        if part.decoded is None or part.decoded.body is None:
            marks = np.zeros(len(applying), np.uint64)
            rows = np.flatnonzero(applying)
            marks[rows] = _marks_within(part.batch if len(rows) == len(marks) else some(part.batch, rows), atoms)
        else:
            body = part.decoded.body
            ends = np.where(applying, body.ends, body.starts)
            marks, hidden = atoms.within(body.data, body.starts, ends)
            marks[part.decoded.hiding | hidden] = _ALL
        return np.flatnonzero((marks | np.uint64(self._sure)) & applying)

    def _looks_for(self, asked: int) -> Atoms:
        """The atoms of just these rules, each with their marks: the fewer and longer they are, the less is read."""
        if asked not in self._looking:
            marks: dict[str, int] = {}
            for place, atoms in enumerate(self._atoms):
                for atom in (atoms or ()) if asked & _mark(place) else ():
                    marks[atom] = marks.get(atom, 0) | _mark(place)
            self._looking[asked] = Atoms(marks)
        return self._looking[asked]

    def _applying_to(self, part: Part) -> Array:
        """For each event the marks of the rules for its log source, unless its events are known to hold no keywords."""
        if part.keywords is not None and not part.keywords:
            return np.zeros(part.batch.num_rows, np.uint64)
        sources, local = log_sources(part.batch)
        marks = [
            self._marks_of(source) if part.keywords is None or source in part.keywords else 0 for source in sources
        ]
        found: Array = np.array(marks, np.uint64)[local]
        return found

    def _marks_of(self, source: Triple) -> int:
        if source not in self._applying:
            product, category, service = source
            self._applying[source] = sum(
                {
                    _mark(place)
                    for place, rule in enumerate(self._rules)
                    if applies(rule.logsource, product=product, category=category, service=service)
                }
            )
        return self._applying[source]


def _mark(place: int) -> int:
    """The mark of a rule; where there are many rules with keywords, some share one."""
    return 1 << (place % MARKS)


def _marks_within(batch: pa.RecordBatch, atoms: Atoms) -> Array:
    """The marks of the atoms in each event's values: each text of a dictionary is looked through once."""
    marks = np.zeros(batch.num_rows, np.uint64)
    for name in (*field_names(batch), UNMAPPED.name):
        if (place := batch.schema.get_field_index(name)) < 0:
            continue
        column = batch.column(place)
        coded = pa.types.is_dictionary(column.type)
        data, starts, ends = _texts(column.dictionary if coded else column)
        found, hidden = atoms.within(data, starts, ends)
        found[hidden] = _ALL
        if name == UNMAPPED.name:
            found[hiding(data, starts, ends)] = _ALL
        if found.any():
            marks |= (
                np.append(found, np.uint64(0))[column.indices.fill_null(-1).to_numpy(zero_copy_only=False)]
                if coded
                else found
            )
    return marks


def _texts(values: pa.StringArray) -> tuple[Array, Array, Array]:
    """The bytes of some texts, and where each begins and ends; null is empty."""
    offsets_type = np.int64 if pa.types.is_large_string(values.type) else np.int32
    _, offsets, data = values.buffers()
    bounds = np.frombuffer(offsets, offsets_type)[values.offset : values.offset + len(values) + 1].astype(np.int64)
    return np.frombuffer(data or b"", np.uint8), bounds[:-1], bounds[1:]
