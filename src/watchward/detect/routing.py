"""Which rules are looked at in the rows of a log source, and where: decided by what is rare in the telemetry itself."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import exp2

import numpy as np

from watchward.detect.formula import Fact, Formula, Unknown, anchors, facts, replaced
from watchward.detect.kernels.arrays import Ints, Longs, Programs, Routes
from watchward.detect.keywords import Keywords
from watchward.detect.logsource import Triple, applies
from watchward.detect.predicates import Parts
from watchward.detect.rule import LogSource, Rule
from watchward.detect.tables import Tables, pointers, programs


class Router:
    """The ways from values to rules, one set for each log source that was met."""

    def __init__(self, rules: Sequence[Rule], parts: Parts, tables: Tables) -> None:
        self._rules = rules
        self._whole = [question.hopeful for question in parts.questions]
        self._formulas = [replaced(formula, _without_words) for formula in self._whole]
        self._reads = [
            frozenset(parts.predicates[fact].column for fact in facts(formula)) for formula in self._formulas
        ]
        self._column_of = tables.column_of
        self._words = parts.words
        self._cost = np.array(tables.expected, dtype=np.float64)
        self._numbers: dict[Triple, int] = {}
        self._sources: list[list[int]] = []
        self._routes: Routes | None = None
        self._names: list[Triple] = []
        self._columns: dict[frozenset[int], list[int]] = {}
        self.hits: Longs = np.zeros(len(parts.predicates), dtype=np.int64)
        self._anchor()

    def source(self, product: str | None, category: str | None, service: str | None) -> int:
        """The number of a log source, or -1 where no rule reads it."""
        name = (product, category, service)
        if name not in self._numbers:
            rules = [number for number, rule in enumerate(self._rules) if applies(rule.logsource, *name)]
            self._numbers[name] = len(self._sources) if rules else -1
            if rules:
                self._names.append(name)
                self._sources.append(rules)
                self._routes = None
        return self._numbers[name]

    def names_of(self, sources: Iterable[int]) -> dict[int, Triple]:
        """What the numbers of some log sources mean."""
        return {source: self._names[source] for source in sources}

    def columns_of(self, sources: frozenset[int]) -> list[int]:
        """The columns that the rules of some log sources read."""
        if sources not in self._columns:
            asked = {rule for source in sources for rule in self._sources[source]}
            self._columns[sources] = sorted({column for rule in asked for column in self._reads[rule]})
        return self._columns[sources]

    def rethink(self, rows: int) -> None:
        """Choose anew, by what was met, where each rule is looked for."""
        met = self.hits > 0
        self._cost[met] = self.hits[met] / rows
        self._anchor()

    def _anchor(self) -> None:
        costs = self._cost.tolist()
        by_length = [exp2(-len(word)) for word in self._words]
        found = [
            anchors(formula, lambda fact: by_length[~fact] if fact < 0 else costs[fact]) for formula in self._whole
        ]
        waiting: dict[LogSource, dict[int, list[str]]] = defaultdict(dict)
        self._anchors: list[frozenset[int] | None] = []
        for number, anchor in enumerate(found):
            pointing = None if anchor is None else anchor[1]
            self._anchors.append(None if pointing is None else frozenset(fact for fact in pointing if fact >= 0))
            if sought := [self._words[~fact] for fact in pointing or () if fact < 0]:
                waiting[self._rules[number].logsource][number] = sought
        self.keywords = Keywords(waiting)
        self.programs: Programs = programs(self._formulas, costs.__getitem__)
        self._routes = None

    @property
    def routes(self) -> Routes:
        """The ways of all log sources that were met, as arrays."""
        if self._routes is None:
            self._routes = self._laid_out()
        return self._routes

    def _laid_out(self) -> Routes:
        size = len(self._cost)
        first, points_at, always, columns = [], [], [], []
        at = 0
        for rules in self._sources:
            chosen = [self._anchors[rule] for rule in rules]
            ways = pointers(size, [anchor or () for anchor in chosen])
            first.append(ways.first + at)
            points_at.append(np.array(rules, dtype=np.int32)[ways.points_at])
            at += len(ways.points_at)
            always.append([rule for rule, anchor in zip(rules, chosen, strict=True) if anchor is None])
            columns.append(sorted({int(self._column_of[fact]) for anchor in chosen if anchor for fact in anchor}))
        return Routes(
            *_ragged(always),
            *_ragged(columns),
            np.array(first, dtype=np.int32).reshape(len(first), size + 1),
            np.concatenate([np.empty(0, dtype=np.int32), *points_at]),
        )


def _ragged(lines: Sequence[Sequence[int]]) -> tuple[Ints, Ints]:
    first = np.cumsum([0, *map(len, lines)]).astype(np.int32)
    return first, np.array([number for line in lines for number in line], dtype=np.int32)


def _without_words(fact: Fact) -> Formula:
    return fact if fact.number >= 0 else Unknown()
