"""Formulas decided: predicates for values, rules for rows."""

import numpy as np

from watchward.detect.kernels.arrays import Anchors, Bytes, Ints, Known, Longs, Programs, Routes, Values
from watchward.detect.kernels.fields import number_of
from watchward.telemetry.kernels.compiled import inlined, inner_loop, loop


@loop
def to_ask(
    first: Longs, facts: Ints, at: Ints, predicates: Ints, asks: Anchors, guards: Programs, left: Ints, right: Ints
) -> int:
    """Which slow facts must be asked of which values for predicates to be decided: pairs, each once.

    Asked are the facts that `asks` names for the predicate, whose program in `guards` holds: `at` has values in order,
    and with each one of `predicates`. The facts that are so of a value lie in `facts` from `first` on.
    """
    size, room = 0, len(left)
    fact_seen = np.full(len(guards.entry), -1, dtype=np.int32)
    asked_seen = np.full(len(guards.entry), -1, dtype=np.int32)
    value = np.int32(-1)
    for pair in range(len(at)):
        if at[pair] != value:
            value = at[pair]
            for place in range(first[value], first[value + 1]):
                fact_seen[facts[place]] = value
        predicate = predicates[pair]
        for way in range(asks.first[predicate], asks.first[predicate + 1]):
            fact = asks.points_at[way]
            if asked_seen[fact] == value:
                continue
            asked_seen[fact] = value
            step = guards.entry[fact]
            while step >= 0:
                step = guards.if_so[step] if fact_seen[guards.fact[step]] == value else guards.if_not[step]
            if step == -1:
                if size < room:
                    left[size], right[size] = value, fact
                size += 1
    return size


@loop
def hold(first: Longs, facts: Ints, at: Ints, predicates: Ints, programs: Programs, count: int, out: Bytes) -> None:
    """Whether predicates hold of values, when all facts are known; there are `count` kinds of fact."""
    fact_seen = np.full(count, -1, dtype=np.int32)
    value = np.int32(-1)
    for pair in range(len(at)):
        if at[pair] != value:
            value = at[pair]
            for place in range(first[value], first[value + 1]):
                fact_seen[facts[place]] = value
        step = programs.entry[predicates[pair]]
        while step >= 0:
            step = programs.if_so[step] if fact_seen[programs.fact[step]] == value else programs.if_not[step]
        out[pair] = step == -1


@inlined
def contains_number(numbers: Ints, begin: int, end: int, wanted: int) -> bool:
    """Whether a sorted stretch of numbers holds one."""
    while end - begin > 8:  # from here on, looking at each is quicker
        middle = (begin + end) // 2
        if numbers[middle] <= wanted:
            begin = middle
        else:
            end = middle
    for at in range(begin, end):  # numba has no any() of a generator
        if numbers[at] == wanted:
            return True
    return False


@inlined
def rule_holds(rule: int, row: int, batch: Values, known: Known, programs: Programs, column_of: Ints) -> bool:
    """Whether a row meets a rule, by its program."""
    step = programs.entry[rule]
    while step >= 0:
        predicate = programs.fact[step]
        value = number_of(batch, column_of[predicate], row)
        so = contains_number(known.predicates, known.first[value], known.end[value], predicate)
        step = programs.if_so[step] if so else programs.if_not[step]
    return bool(step == -1)


@inner_loop
def hold_predicate(predicate: int, column: int, rows: Ints, batch: Values, known: Known, out: Bytes) -> None:
    """In which of some rows a predicate of one column holds."""
    for place in range(len(rows)):
        value = number_of(batch, column, rows[place])
        out[place] = contains_number(known.predicates, known.first[value], known.end[value], predicate)


@inner_loop
def match(
    batch: Values,
    known: Known,
    routes: Routes,
    programs: Programs,
    column_of: Ints,
    hits: Longs,
    looks: Longs,
    seen: Ints,
    left: Ints,
    right: Ints,
) -> int:
    """Which rows meet which rules, as pairs by row.

    For each row: first the rules that need no anchor, then those at which the values of its columns point. `hits`
    counts how often each predicate was met, which tells the rare from the frequent; `looks` how often each rule was
    looked at, which tells the costly from the cheap. `seen` has a place for each rule.
    """
    sources = batch.sources
    value_first, value_end, predicates = known.first, known.end, known.predicates
    route, points_at = routes.first, routes.points_at
    size, room = 0, len(left)
    for rule in range(len(seen)):
        seen[rule] = -1
    for row in range(len(sources)):
        source = sources[row]
        if source < 0:
            continue
        for place in range(routes.always_first[source], routes.always_first[source + 1]):
            rule = routes.always[place]
            looks[rule] += 1
            if rule_holds(rule, row, batch, known, programs, column_of):
                if size < room:
                    left[size], right[size] = row, rule
                size += 1
        for place in range(routes.column_first[source], routes.column_first[source + 1]):
            value = number_of(batch, routes.columns[place], row)
            for at in range(value_first[value], value_end[value]):
                predicate = predicates[at]
                hits[predicate] += 1
                for candidate in range(route[source, predicate], route[source, predicate + 1]):
                    rule = points_at[candidate]
                    if seen[rule] == row:
                        continue
                    seen[rule] = row
                    looks[rule] += 1
                    if rule_holds(rule, row, batch, known, programs, column_of):
                        if size < room:
                            left[size], right[size] = row, rule
                        size += 1
    return size
