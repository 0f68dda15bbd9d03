"""The parts of rules as arrays, ready for the loops in `detect.kernels`."""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import ip_network

import numpy as np

from watchward.detect.kernels.arrays import Anchors, Ints, Programs, Sown, Texts
from watchward.detect.plan.formula import HOLDS, Cost, Either, Formula, Program, anchors, suffices
from watchward.detect.plan.predicates import ROW, Parts, Question
from watchward.detect.sigma.ir import Absent, Condition, How, Leaf, Network, Number, Order, Text, TimePart
from watchward.detect.texts import automaton
from watchward.detect.texts.automaton import Automaton
from watchward.detect.texts.slow import Slow
from watchward.detect.texts.values import address, in_order, moment, number, part_of

_NEVER = Either(())
_FREQUENT = 0.3
"""Where its guard holds so often, a slow fact is asked together with others: a text of two characters is everywhere."""
_FEW_VALUES = frozenset(
    ("Channel", "EventID", "EventType", "Initiated", "IntegrityLevel", "LogonType", "Provider_Name")
)
"""Fields whose values repeat so much that even a whole one is no rare thing."""


@dataclass(kw_only=True)
class Column:
    """What is asked of the values of one field.

    Args:
        absent: the fact that there is none.
        careful: letters outside ASCII matter to some text.
        equal: the facts of a number, and `ordered` those of numbers that stand so to it.
        networks: as their authors wrote them, with their facts; `times` likewise.
        slow: the comparisons that are slow to make, by fact; the `frequent` ones must be made for many values.
        every: the fact that there is a value, or none: at which the predicates are looked that no other fact points at.

    """

    name: str
    absent: int
    careful: bool = False
    equal: dict[int | float, list[int]] = field(default_factory=dict)
    ordered: list[tuple[Order, int | float, int]] = field(default_factory=list)
    networks: list[tuple[str, int]] = field(default_factory=list)
    times: list[tuple[TimePart, int]] = field(default_factory=list)
    slow: dict[int, Leaf] = field(default_factory=dict)
    frequent: frozenset[int] = frozenset()
    every: int | None = None

    @cached_property
    def asking(self) -> Slow:
        """Makes the slow comparisons."""
        return Slow(self.slow, self.frequent.__contains__)

    @cached_property
    def _ranges(self) -> list[tuple[int, int, int, int]]:
        known = [(ip_network(cidr), fact) for cidr, fact in self.networks]
        return [(one.version, int(one.network_address), int(one.broadcast_address), fact) for one, fact in known]

    @property
    def reads_meaning(self) -> bool:
        """Whether a value is also read as a number, an address or a time."""
        return bool(self.equal or self.ordered or self.networks or self.times)

    def meanings(self, value: str) -> list[int]:
        """The facts that hold of a value as a number, an address or a time."""
        found: list[int] = []
        if (self.equal or self.ordered) and (count := number(value)) is not None:
            found += self.equal.get(count, ())
            found += [fact for order, bound, fact in self.ordered if in_order(count, order, bound)]
        if self.networks and (place := address(value)) is not None:
            version, at = place.version, int(place)
            found += [fact for kind, low, high, fact in self._ranges if kind == version and low <= at <= high]
        if self.times and (when := moment(value)) is not None:
            found += [fact for leaf, fact in self.times if part_of(when, leaf.part) == leaf.number]
        return found


@dataclass(kw_only=True)
class Tables:
    """What decides the predicates of each value, and what is asked of rows."""

    columns: tuple[Column, ...]
    sown: Sown
    fact_count: int
    anchors: Anchors
    programs: Programs
    """For each predicate, as its hopeful formula has it."""
    asks: Anchors
    """The slow facts of each predicate."""
    guards: Programs
    """For each fact, what must be so for it to be worth asking."""
    exact: Programs
    """For each predicate that asks for slow facts, its whole formula."""
    column_of: Ints
    """The column of each predicate."""
    expected: list[float]
    """How often each predicate is expected to hold, before any event was seen."""
    questions: list[Question]
    """The rules."""
    about_rows: dict[int, Condition]
    """What predicates ask of rows as wholes."""
    words: list[str]
    """What formulas of rules name as `~number`."""

    @cached_property
    def texts(self) -> Texts:
        """What is looked for in texts."""
        return automaton.grown(self.sown)

    def fields_of(self, slow: Collection[int]) -> list[str]:
        """The fields of some slow facts."""
        return [column.name for column in self.columns if not column.slow.keys().isdisjoint(slow)]


Crowds = Mapping[int, Automaton]
"""For the columns for which rules have texts too many for a tree, what looks for these."""


def build(parts: Parts) -> tuple[Tables, Crowds]:
    """The arrays for some parts."""
    rarity = [_rarity(leaf) for leaf in parts.facts]
    columns, automata = _columns(parts, rarity)
    found = [anchors(predicate.hopeful, rarity.__getitem__) for predicate in parts.predicates]
    pointing: list[Iterable[int]] = [anchor[1] if anchor else () for anchor in found]
    for number_, predicate in enumerate(parts.predicates):
        if predicate.eager:
            column = columns[predicate.column]
            if column.every is None:
                column.every = len(rarity)
                rarity.append(1.0)
            pointing[number_] = (column.every,)
    tables = Tables(
        columns=columns,
        sown=automaton.together(list(map(automaton.without_pieces, automata)), [column.every for column in columns]),
        fact_count=len(rarity),
        anchors=pointers(len(rarity), pointing),
        programs=programs([predicate.hopeful for predicate in parts.predicates], rarity.__getitem__),
        asks=listed([predicate.slow for predicate in parts.predicates]),
        guards=programs(
            [parts.guards.get(fact, _NEVER) for fact in range(len(rarity))], rarity.__getitem__, anchored=False
        ),
        exact=programs(
            [predicate.formula if predicate.slow else _NEVER for predicate in parts.predicates],
            rarity.__getitem__,
            anchored=False,
        ),
        column_of=np.array([predicate.column for predicate in parts.predicates], dtype=np.int32),
        expected=[anchor[0] if anchor else 1.0 for anchor in found],
        questions=parts.questions,
        about_rows={at: asked.condition for at, asked in enumerate(parts.predicates) if asked.column == ROW},
        words=parts.words,
    )
    return tables, {number_: each for number_, each in enumerate(automata) if each.is_crowded}


def programs(formulas: Iterable[Formula], cost: Cost, *, anchored: bool = True, begin: int = 0) -> Programs:
    """The programs of some formulas, their steps numbered from `begin` on.

    If `anchored`, each is to be run only where one of its anchors is so.
    """
    program = Program(begin)
    entry = [
        HOLDS if anchored and suffices(formula) and formula != _NEVER else program.add(formula, cost)
        for formula in formulas
    ]
    steps = program.steps
    return Programs(
        entry=_ints(entry),
        fact=_ints([step.fact for step in steps]),
        if_so=_ints([step.if_so for step in steps]),
        if_not=_ints([step.if_not for step in steps]),
    )


def extended(known: Programs, formulas: Mapping[int, Formula], cost: Cost) -> Programs:
    """Programs of which some, by their numbers, have another formula instead."""
    more = programs(formulas.values(), cost, begin=len(known.fact))
    entry = known.entry.copy()
    entry[list(formulas)] = more.entry
    return Programs(
        entry=entry,
        fact=np.concatenate([known.fact, more.fact]),
        if_so=np.concatenate([known.if_so, more.if_so]),
        if_not=np.concatenate([known.if_not, more.if_not]),
    )


def pointers(size: int, pointed: Sequence[Iterable[int]]) -> Anchors:
    """From each of `size` numbers to those whose `pointed` names it."""
    pairs = [(source, target) for target, sources in enumerate(pointed) for source in sources]
    sources, targets = _ints([pair[0] for pair in pairs]), _ints([pair[1] for pair in pairs])
    order = np.argsort(sources, kind="stable")
    first = np.searchsorted(sources[order], np.arange(size + 1)).astype(np.int32)
    return Anchors(first=first, points_at=targets[order])


def listed(lines: Sequence[Sequence[int]]) -> Anchors:
    """From each number to those in its line."""
    first = np.cumsum([0, *map(len, lines)]).astype(np.int32)
    return Anchors(first=first, points_at=_ints([number_ for line in lines for number_ in line]))


def _ints(numbers: Sequence[int]) -> Ints:
    return np.array(numbers, dtype=np.int32)


def _columns(parts: Parts, rarity: Sequence[float]) -> tuple[tuple[Column, ...], list[Automaton]]:
    absent = {leaf.field: fact for fact, leaf in enumerate(parts.facts) if isinstance(leaf, Absent)}
    columns = {name: Column(name=name, absent=absent[name]) for name in parts.fields}
    texts: dict[str, dict[Text, int]] = defaultdict(dict)
    for fact, leaf in enumerate(parts.facts):
        column = columns[leaf.field]
        if fact in parts.guards:
            column.slow[fact] = leaf
            continue
        match leaf:
            case Text():
                texts[leaf.field][leaf] = fact
            case Number(_, Order.EQUAL, bound):
                column.equal.setdefault(bound, []).append(fact)
            case Number(_, order, bound):
                column.ordered.append((order, bound, fact))
            case Network(_, cidr):
                column.networks.append((cidr, fact))
            case TimePart():
                column.times.append((leaf, fact))
            case _:
                pass
    automata = [automaton.build(texts[name]) for name in parts.fields]
    for name, built in zip(parts.fields, automata, strict=True):
        columns[name].careful = built.careful
    frequent = {
        fact
        for fact, guard in parts.guards.items()
        if (expected := anchors(guard, rarity.__getitem__)) is None or expected[0] >= _FREQUENT
    }
    for column in columns.values():
        column.frequent = frozenset(column.slow.keys() & frequent)
    return tuple(columns[name] for name in parts.fields), automata


def _rarity(leaf: Leaf) -> float:
    """How often a comparison may hold: a guess, by how much it asks for."""
    match leaf:
        case Text(name, how, text):
            base = 0.5 if how is How.CONTAINS else 0.2
            return max(0.1 if name in _FEW_VALUES else 0.0, base * math.exp2(-min(len(text), 30) / 3))
        case Number():
            return 0.1
        case Network() | TimePart():
            return 0.2
        case _:
            return 0.9
