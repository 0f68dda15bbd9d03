"""Which rules are looked at in the rows of a log source, and where: decided by what is rare in the telemetry itself."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from math import exp2
from typing import NamedTuple

import numpy as np

from watchward.detect.kernels.arrays import Anchors, Bytes, Ints, Longs, Programs, Routes
from watchward.detect.plan.formula import Fact, Formula, Unknown, anchors, facts, replaced
from watchward.detect.plan.tables import Tables, extended, listed, programs
from watchward.detect.sigma.logsource import Triple, applies
from watchward.detect.sigma.rule import LogSource, Rule
from watchward.detect.texts.keywords import Keywords

_OFTEN = 1e-3
"""A rule that is looked at in so great a part of all rows is worth a new choice of where to look at it."""


class Pairs(NamedTuple):
    """Rules with the predicates, and words as `~number`, at which they are looked; in the order of the rules."""

    rule: Ints
    fact: Ints


@dataclass(frozen=True, kw_only=True)
class Start:
    """What is known of the ways from values to rules before any event was seen.

    Args:
        anchors: where rules are looked at; `always` (by rule) those that are in every row.
        reads: the columns that each rule reads.
        programs: the rules over predicates, with words left open.

    """

    anchors: Pairs
    always: Bytes
    reads: Anchors
    programs: Programs


def start(tables: Tables) -> Start:
    """The ways of the rules of some tables, before any event was seen."""
    formulas = [question.hopeful for question in tables.questions]
    searched = [replaced(formula, _without_words) for formula in formulas] if tables.words else formulas
    columns = [sorted({int(tables.column_of[fact]) for fact in facts(formula)}) for formula in searched]
    found = _anchors(range(len(formulas)), formulas, _cost(tables.expected, tables.words))
    return Start(
        anchors=found[0],
        always=found[1],
        reads=listed(columns),
        programs=programs(searched, tables.expected.__getitem__),
    )


class Router:
    """The ways from values to rules, one set for each log source that was met: one thread's own.

    Args:
        rules: the rules, `tables` what is asked of values for them, and `known` what `start` found.

    """

    def __init__(self, rules: Sequence[Rule], tables: Tables, known: Start) -> None:
        self._tables = tables
        self._known = known
        self._readers: dict[LogSource, list[int]] = defaultdict(list)
        for number, rule in enumerate(rules):
            self._readers[rule.logsource].append(number)
        self._costs = np.array(tables.expected, dtype=np.float64)
        self._pairs, self._always = known.anchors, known.always
        self.programs: Programs = known.programs
        self.hits: Longs = np.zeros(len(self._costs), dtype=np.int64)
        self._numbers: dict[Triple, int] = {}
        self._names: list[Triple] = []
        self._sources: list[Ints] = []
        self._reads: list[Ints] = []
        self._lines: list[_Line] = []
        self._waiting: Mapping[LogSource, Mapping[int, Sequence[str]]] = {}
        self.keywords = Keywords({})
        self._routes: Routes | None = None
        self._lay()

    def source(self, product: str | None, category: str | None, service: str | None) -> int:
        """The number of a log source, or -1 where no rule reads it."""
        name = (product, category, service)
        if name not in self._numbers:
            reading = [rules for source, rules in self._readers.items() if applies(source, *name)]
            self._numbers[name] = len(self._sources) if reading else -1
            if reading:
                self._names.append(name)
                rules = sorted(chain.from_iterable(reading))
                self._sources.append(np.array(rules, dtype=np.int32))
                self._reads.append(np.unique(np.concatenate([self._known.reads.of(rule) for rule in rules])))
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
        found = self._found
        looks = np.bincount(found.rule, weights=self.hits[found.fact], minlength=len(self._always))
        often = np.flatnonzero(looks > _OFTEN * rows).tolist()
        costs = self._costs.tolist()
        formulas = [self._tables.questions[rule].hopeful for rule in often]
        pairs, always = _anchors(often, formulas, _cost(costs, self._tables.words))
        kept = np.isin(self._pairs.rule, often, invert=True)
        rule, fact = (np.append(line[kept], more) for line, more in zip(self._pairs, pairs, strict=True))
        order = np.argsort(rule, kind="stable")
        self._pairs = Pairs(rule[order], fact[order])
        self._always = self._always.copy()
        self._always[often] = always
        searched = {rule: replaced(formula, _without_words) for rule, formula in zip(often, formulas, strict=True)}
        self.programs = extended(self.programs, searched, costs.__getitem__)
        self._lay()

    def _lay(self) -> None:
        """Lay out the anchors, and the rules that wait for words."""
        is_word = self._pairs.fact < 0
        self._found = Pairs(self._pairs.rule[~is_word], self._pairs.fact[~is_word])
        sought: dict[int, list[str]] = defaultdict(list)
        for rule, fact in zip(self._pairs.rule[is_word].tolist(), self._pairs.fact[is_word].tolist(), strict=True):
            sought[rule].append(self._tables.words[~fact])
        waiting = {
            source: those
            for source, rules in self._readers.items()
            if (those := {rule: sought[rule] for rule in rules if rule in sought})
        }
        if waiting != self._waiting:
            self._waiting, self.keywords = waiting, Keywords(waiting)
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
        reads = np.zeros(len(self._always), dtype=bool)
        reads[rules] = True
        chosen = np.flatnonzero(reads[self._found.rule])
        pointing = self._found.fact[chosen]
        order = np.argsort(pointing, kind="stable")
        return _Line(
            always=rules[self._always[rules] != 0],
            columns=np.unique(self._tables.column_of[pointing]),
            first=np.searchsorted(pointing[order], np.arange(len(self._costs) + 1)).astype(np.int32),
            points_at=self._found.rule[chosen[order]],
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
            *_ragged(self._reads[: len(lines)]),
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


def _anchors(rules: Iterable[int], formulas: Sequence[Formula], cost: Callable[[int], float]) -> tuple[Pairs, Bytes]:
    """Where some rules are looked at, and which of them in every row."""
    found = [anchors(formula, cost) for formula in formulas]
    pairs = [(rule, fact) for rule, one in zip(rules, found, strict=True) if one for fact in one[1]]
    line = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    always = np.array([one is None for one in found], dtype=np.uint8)
    return Pairs(line[:, 0].copy(), line[:, 1].copy()), always


def _without_words(fact: Fact) -> Formula:
    return fact if fact.number >= 0 else Unknown()
