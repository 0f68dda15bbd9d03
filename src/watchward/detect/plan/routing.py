"""Which rules are looked at in the rows of a log source, and where: decided by what is rare in the telemetry itself."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import exp2

import numpy as np

from watchward.detect.kernels.arrays import Ints, Longs, Programs, Routes
from watchward.detect.plan.formula import Fact, Formula, Unknown, anchors, facts, replaced
from watchward.detect.plan.predicates import Parts
from watchward.detect.plan.tables import Tables, extended, programs
from watchward.detect.sigma.logsource import Triple, applies
from watchward.detect.sigma.rule import LogSource, Rule
from watchward.detect.texts.keywords import Keywords

Anchor = frozenset[int] | None
"""The predicates, and words as `~number`, at which a rule is looked; None where it is looked at in every row."""

_OFTEN = 1e-3
"""A rule that is looked at in so great a part of all rows is worth a new choice of where to look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What is known of the ways from values to rules before any event was seen.

    Args:
        formulas: the rules over predicates and words.
        searched: the same with words left open.
        readers: the rules of each log source that some rule names.
        reads: the columns that each rule reads.

    """

    formulas: tuple[Formula, ...]
    searched: tuple[Formula, ...]
    readers: Mapping[LogSource, tuple[int, ...]]
    reads: tuple[frozenset[int], ...]
    words: tuple[str, ...]
    column_of: Ints
    cost: tuple[float, ...]
    anchors: tuple[Anchor, ...]
    programs: Programs


def start(rules: Sequence[Rule], parts: Parts, tables: Tables) -> Start:
    """The ways of some rules, before any event was seen."""
    formulas = tuple(question.hopeful for question in parts.questions)
    searched = tuple(replaced(formula, _without_words) for formula in formulas) if parts.words else formulas
    readers: dict[LogSource, list[int]] = defaultdict(list)
    for number, rule in enumerate(rules):
        readers[rule.logsource].append(number)
    cost = _cost(tables.expected, parts.words)
    return Start(
        formulas=formulas,
        searched=searched,
        readers={source: tuple(numbers) for source, numbers in readers.items()},
        reads=tuple(frozenset(parts.predicates[fact].column for fact in facts(formula)) for formula in searched),
        words=tuple(parts.words),
        column_of=tables.column_of,
        cost=tables.expected,
        anchors=tuple(_anchor(formula, cost) for formula in formulas),
        programs=programs(searched, tables.expected.__getitem__),
    )


class Router:
    """The ways from values to rules, one set for each log source that was met: one thread's own."""

    def __init__(self, known: Start) -> None:
        self._known = known
        self._costs = np.array(known.cost, dtype=np.float64)
        self._anchors = list(known.anchors)
        self.programs: Programs = known.programs
        self.hits: Longs = np.zeros(len(known.cost), dtype=np.int64)
        self._numbers: dict[Triple, int] = {}
        self._names: list[Triple] = []
        self._sources: list[Ints] = []
        self._reads: list[frozenset[int]] = []
        self._lines: list[_Line] = []
        self._waiting: Mapping[LogSource, Mapping[int, Sequence[str]]] = {}
        self.keywords = Keywords({})
        self._routes: Routes | None = None
        self._lay()

    def source(self, product: str | None, category: str | None, service: str | None) -> int:
        """The number of a log source, or -1 where no rule reads it."""
        name = (product, category, service)
        if name not in self._numbers:
            reading = [rules for source, rules in self._known.readers.items() if applies(source, *name)]
            self._numbers[name] = len(self._sources) if reading else -1
            if reading:
                self._names.append(name)
                rules = sorted(chain.from_iterable(reading))
                self._sources.append(np.array(rules, dtype=np.int32))
                self._reads.append(frozenset().union(*(self._known.reads[rule] for rule in rules)))
                self._routes = None
        return self._numbers[name]

    @property
    def names(self) -> Sequence[Triple]:
        """What the numbers of log sources mean."""
        return self._names

    def rethink(self, rows: int) -> None:
        """Choose anew, by what was met, where the rules are looked for that are looked at often."""
        met = self.hits > 0
        self._costs[met] = self.hits[met] / rows
        looks = np.bincount(self._pair_rule, weights=self.hits[self._pair_fact], minlength=len(self._anchors))
        often = np.flatnonzero(looks > _OFTEN * rows).tolist()
        costs = self._costs.tolist()
        cost = _cost(costs, self._known.words)
        for rule in often:
            self._anchors[rule] = _anchor(self._known.formulas[rule], cost)
        searched = {rule: self._known.searched[rule] for rule in often}
        self.programs = extended(self.programs, searched, costs.__getitem__)
        self._lay()

    def _lay(self) -> None:
        """Lay out the anchors as pairs of rules and predicates, and the rules that wait for words."""
        waiting: dict[LogSource, dict[int, list[str]]] = defaultdict(dict)
        for source, rules in self._known.readers.items() if self._known.words else ():
            for rule in rules:
                if sought := [self._known.words[~fact] for fact in self._anchors[rule] or () if fact < 0]:
                    waiting[source][rule] = sought
        if waiting != self._waiting:
            self._waiting, self.keywords = waiting, Keywords(waiting)
        pairs = [(rule, fact) for rule, anchor in enumerate(self._anchors) for fact in anchor or () if fact >= 0]
        self._pair_rule: Ints = np.array([pair[0] for pair in pairs], dtype=np.int32)
        self._pair_fact: Ints = np.array([pair[1] for pair in pairs], dtype=np.int32)
        self._always = np.array([anchor is None for anchor in self._anchors], dtype=bool)
        self._lines = []
        self._routes = None

    @property
    def routes(self) -> Routes:
        """The ways of all log sources that were met, as arrays."""
        if self._routes is None:
            self._lines += [self._line(rules) for rules in self._sources[len(self._lines) :]]
            self._routes = self._together()
        return self._routes

    def _line(self, rules: Ints) -> "_Line":
        reads = np.zeros(len(self._anchors), dtype=bool)
        reads[rules] = True
        chosen = np.flatnonzero(reads[self._pair_rule])
        pointing = self._pair_fact[chosen]
        order = np.argsort(pointing, kind="stable")
        return _Line(
            always=rules[self._always[rules]],
            columns=np.unique(self._known.column_of[pointing]),
            first=np.searchsorted(pointing[order], np.arange(len(self._costs) + 1)).astype(np.int32),
            points_at=self._pair_rule[chosen[order]],
        )

    def _together(self) -> Routes:
        lines = self._lines
        begins = np.cumsum([0, *(len(line.points_at) for line in lines)])
        first = [line.first + np.int32(begin) for line, begin in zip(lines, begins, strict=False)]
        return Routes(
            *_ragged([line.always for line in lines]),
            *_ragged([line.columns for line in lines]),
            np.array(first, dtype=np.int32).reshape(len(first), len(self._costs) + 1),
            _ragged([line.points_at for line in lines])[1],
            *_ragged([np.array(sorted(its), dtype=np.int32) for its in self._reads[: len(lines)]]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """The ways of one log source, as `Routes` has them for all."""

    always: Ints
    columns: Ints
    first: Ints
    points_at: Ints


def _ragged(lines: Sequence[Ints]) -> tuple[Ints, Ints]:
    first = np.cumsum([0, *map(len, lines)]).astype(np.int32)
    return first, np.concatenate([np.empty(0, dtype=np.int32), *lines])


def _cost(costs: Sequence[float], words: Sequence[str]) -> Callable[[int], float]:
    """How often each predicate is met, and each word by its length."""
    return lambda fact: costs[fact] if fact >= 0 else exp2(-len(words[~fact]))


def _anchor(formula: Formula, cost: Callable[[int], float]) -> Anchor:
    found = anchors(formula, cost)
    return None if found is None else found[1]


def _without_words(fact: Fact) -> Formula:
    return fact if fact.number >= 0 else Unknown()
