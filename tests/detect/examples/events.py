"""Events for a rule: some that it must match, and some that differ from these by little."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from zlib import crc32

from detect.examples.making import near, values_for
from detect.examples.reading import Ask, Event, Formula, Node, Number, Same, Search, Text, There, Within, asks, holds

MOST_TARGETS = 10
"""So many of a rule's comparisons are each given an event of their own."""

TRIES = 12
ENOUGH = 4

Demand = tuple[Ask, bool]
"""A comparison that must hold, or must not."""


@dataclass(frozen=True)
class Example:
    """An event, and whether the rule must match it by its plain reading."""

    event: tuple[tuple[str, str], ...]
    matches: bool
    what: str


def examples(formula: Formula, name: str) -> list[Example]:
    """Events for one rule; the same for the same name."""
    chance = random.Random(crc32(name.encode()))  # noqa: S311 - a reproducible choice
    known = asks(formula)
    targets = list(known) if len(known) <= MOST_TARGETS else chance.sample(list(known), MOST_TARGETS)
    found: dict[tuple[tuple[str, str], ...], str] = {}
    models = []
    for target in [None, *targets]:
        made = _model(formula, target, chance)
        if made is not None:
            models.append(made)
            found.setdefault(_plain(made[0]), "made")
    for number, (event, demands) in enumerate(models):
        for other, what in _variations(event, demands, chance, few=number > 0):
            found.setdefault(_plain(other), what)
    for target in targets:
        for event in _hidden(formula, target, chance):
            found.setdefault(_plain(event), "a part that was left out")
    return [Example(event, holds(formula, dict(event)), what) for event, what in found.items()]


def _plain(event: Event) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(event.items()))


def _model(formula: Formula, target: Ask | None, chance: random.Random) -> tuple[Event, list[Demand]] | None:
    """An event that meets a formula, by a way through it that asks for the target where one does."""
    for attempt in range(TRIES):
        demands = _demands(formula, target, chance if attempt else None)
        for event in _events(demands, formula, chance):
            if holds(formula, event):
                return event, demands
    return None


def _hidden(formula: Formula, target: Ask, chance: random.Random) -> Iterator[Event]:
    """Events that would be met but for what a `not` around the target leaves out."""
    if not any(target in asks(part) for part in _denied(formula)):
        return
    for attempt in range(3):
        demands = _demands(formula, target, chance if attempt else None, turned=True)
        event = next(_events(demands, None, chance), None)
        if event is not None:
            yield event
            return


def _denied(formula: Formula) -> Iterator[Formula]:
    if isinstance(formula, Node):
        for part in formula.parts:
            if formula.word == "not":
                yield part
            else:
                yield from _denied(part)


def _demands(
    formula: Formula,
    target: Ask | None,
    chance: random.Random | None,
    *,
    wanted: bool = True,
    turned: bool = False,
) -> list[Demand]:
    """What one way to make a formula hold (or not) asks; `turned`: what a `not` around the target denies is asked."""
    match formula:
        case Node("not", (part,)):
            inside = target is not None and target in asks(part)
            kept = wanted if turned and inside else not wanted
            return _demands(part, target, chance, wanted=kept, turned=turned and not inside)
        case Node(word, parts) if (word == "and") == wanted:
            return [one for part in parts for one in _demands(part, target, chance, wanted=wanted, turned=turned)]
        case Node(_, parts):
            part = _chosen(parts, target, chance)
            return _demands(part, target, chance, wanted=wanted, turned=turned)
        case _:
            return [(formula, wanted)]


def _chosen(parts: Sequence[Formula], target: Ask | None, chance: random.Random | None) -> Formula:
    for part in parts:
        if target is not None and target in asks(part):
            return part
    return chance.choice(parts) if chance else parts[0]


def _events(demands: Sequence[Demand], formula: Formula | None, chance: random.Random) -> Iterator[Event]:
    """Events that meet some demands; several, since what fills the gaps may be what the formula leaves out."""
    by_field: dict[str, list[Demand]] = {}
    for ask, wanted in demands:
        by_field.setdefault(ask.field or _room(demands), []).append((ask, wanted))
    choices = {field: _values(mine, chance) for field, mine in by_field.items()}
    if any(not values for values in choices.values()):
        return
    for attempt in range(max(map(len, choices.values()), default=1)):
        event = {field: value for field, values in choices.items() if (value := values[attempt % len(values)])[0]}
        plain = {field: text for field, (_, text) in event.items()}
        for ask, wanted in demands:
            if isinstance(ask, Same):
                plain.setdefault(ask.field, "zq")
                plain[ask.other] = plain[ask.field] if wanted else f"{plain[ask.field]}7"
        if formula is not None or all(holds(ask, plain) == wanted for ask, wanted in demands):
            yield plain


def _room(demands: Sequence[Demand]) -> str:
    """A field for keywords, which stand anywhere: one that nothing else is asked of."""
    taken = {ask.field for ask, _ in demands}
    return next(name for name in ("Message", "Payload", "Details", "Remarks") if name not in taken)


def _values(demands: Sequence[Demand], chance: random.Random) -> list[tuple[bool, str]]:
    """Some values that meet what is demanded of one field, each with whether the field is there at all."""
    wanted = [ask for ask, yes in demands if yes and not isinstance(ask, There | Same)]
    there = [yes for ask, yes in demands if isinstance(ask, There)]
    found = []
    if not wanted and True not in there:
        found.append((False, ""))
    if False not in there:
        checked = [(ask, yes) for ask, yes in demands if not isinstance(ask, There | Same)]
        seen = set()
        for value in values_for(wanted, chance):
            if value not in seen and all(ask.fits(value) == yes for ask, yes in checked):
                found.append((True, value))
            if len(found) == ENOUGH:
                break
            seen.add(value)
    return found


def _variations(
    event: Event, demands: Sequence[Demand], chance: random.Random, *, few: bool
) -> Iterator[tuple[Event, str]]:
    """Events that differ from one in one field, or in letter case; a `few` of them where others were varied enough."""
    yield {field: value.swapcase() for field, value in event.items()}, "the other letter case"
    for ask, wanted in demands:
        field = ask.field or _room(demands)
        if field not in event or not wanted:
            continue
        if not few:
            yield {name: value for name, value in event.items() if name != field}, "without a field"
        changed = list(dict.fromkeys(near(ask, event[field], chance)))
        for value in changed if not few else changed[:2]:
            yield {**event, field: value}, _WORDS[type(ask)]


_WORDS: dict[type[Ask], str] = {
    Text: "a text that is a little different",
    Search: "a text near an expression",
    Number: "a number near by",
    Within: "an address at the edge of a network",
}
