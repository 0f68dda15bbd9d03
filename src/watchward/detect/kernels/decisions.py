"""Formulas decided: predicates for values, rules for rows."""

import numpy as np

from watchward.detect.kernels.arrays import Anchors, Bytes, Ints, Known, Longs, Programs, Routes, Values
from watchward.telemetry.kernels.compiled import loop


@loop
def decide(first: Longs, facts: Ints, anchors: Anchors, programs: Programs, left: Ints, right: Ints) -> int:
    """Which predicates hold of which values, as pairs in the order of the values.

    Only those are looked at of whose anchors a fact holds.
    """
    begins, points_at = anchors.first, anchors.points_at
    entry, asked, if_so, if_not = programs.entry, programs.fact, programs.if_so, programs.if_not
    size, room = 0, len(left)
    fact_seen = np.full(len(begins) - 1, -1, dtype=np.int32)
    seen = np.full(len(entry), -1, dtype=np.int32)
    for value in range(len(first) - 1):
        for at in range(first[value], first[value + 1]):
            fact_seen[facts[at]] = value
        for at in range(first[value], first[value + 1]):
            fact = facts[at]
            for place in range(begins[fact], begins[fact + 1]):
                predicate = points_at[place]
                if seen[predicate] == value:
                    continue
                seen[predicate] = value
                step = entry[predicate]
                while step >= 0:
                    step = if_so[step] if fact_seen[asked[step]] == value else if_not[step]
                if step == -1:
                    if size < room:
                        left[size], right[size] = value, predicate
                    size += 1
    return size


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


@loop
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


@loop
def rule_holds(rule: int, row: int, batch: Values, known: Known, programs: Programs, column_of: Ints) -> bool:
    """Whether a row meets a rule, by its program."""
    step = programs.entry[rule]
    while step >= 0:
        predicate = programs.fact[step]
        column = column_of[predicate]
        slot = batch.slots[column]
        value = batch.nulls[column] if slot < 0 else batch.numbers[slot, row]
        so = contains_number(known.predicates, known.first[value], known.end[value], predicate)
        step = programs.if_so[step] if so else programs.if_not[step]
    return bool(step == -1)


@loop
def hold_predicate(predicate: int, column: int, rows: Ints, batch: Values, known: Known, out: Bytes) -> None:
    """In which of some rows a predicate of one column holds."""
    slot = batch.slots[column]
    for place in range(len(rows)):
        value = batch.nulls[column] if slot < 0 else batch.numbers[slot, rows[place]]
        out[place] = contains_number(known.predicates, known.first[value], known.end[value], predicate)


@loop
def match(
    batch: Values,
    known: Known,
    routes: Routes,
    programs: Programs,
    column_of: Ints,
    hits: Longs,
    looks: Longs,
    left: Ints,
    right: Ints,
) -> int:
    """Which rows meet which rules, as pairs by row.

    For each row: first the rules that need no anchor, then those at which the values of its columns point. `hits`
    counts how often each predicate was met, which tells the rare from the frequent; `looks` how often each rule was
    looked at, which tells the costly from the cheap.
    """
    numbers, slots, nulls, sources = batch.numbers, batch.slots, batch.nulls, batch.sources
    value_first, value_end, predicates = known.first, known.end, known.predicates
    route, points_at = routes.first, routes.points_at
    size, room = 0, len(left)
    seen = np.full(len(programs.entry), -1, dtype=np.int32)
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
            column = routes.columns[place]
            slot = slots[column]
            value = nulls[column] if slot < 0 else numbers[slot, row]
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
