"""Why a rule matches an event, or does not: each part of its condition, and what the event has.

What is said here always agrees with `detect.reference`, part by part. A near miss is told by what is lacking: the
fewest comparisons that would have to come out otherwise.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import assert_never

from watchward.detect.reference import matches, meets, values
from watchward.detect.sigma.filters import Filter
from watchward.detect.sigma.ir import ANYWHERE, All, Condition, Leaf, Not, SameAs, Some
from watchward.detect.sigma.logsource import Triple, applies
from watchward.detect.sigma.rule import Rule


class Join(StrEnum):
    """How the parts of a condition are linked."""

    ALL = "all"
    ANY = "any"
    NOT = "not"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A detection by its name, and what it asks."""

    name: str
    condition: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Detections that the condition links; `said` is how its author put it, where that is shorter: `1 of filter_*`."""

    join: Join
    parts: tuple["Outline", ...]
    said: str = ""


Outline = Named | Linked
"""A rule's condition with the names in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One comparison with one event.

    Args:
        leaf: what the rule asks.
        holds: whether it is so.
        name: of the detection, where it is this comparison alone.
        there: whether the event has the field at all.
        values: what the event has: of several values those that meet it, if any does; of keywords no others.
        others: where two fields are compared, the values of the other one.

    """

    leaf: Leaf
    holds: bool
    there: bool
    values: tuple[str, ...]
    others: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Parts that are linked, with whether they hold together; `name` as for `Named`, `said` as for `Linked`."""

    join: Join
    parts: tuple["Explained", ...]
    holds: bool
    name: str = ""
    said: str = ""


Explained = Check | Group
"""A part of a condition, explained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Something that would have to be otherwise.

    Args:
        within: the names that lead there.
        checks: one of these is enough.
        wanted: whether it would have to hold, or not to hold.
        others: how many other ways there are, longer ones or as long.

    """

    within: tuple[str, ...]
    checks: tuple[Check, ...]
    wanted: bool
    others: int = 0


class Verdict(StrEnum):
    """How a rule and an event stand to each other."""

    MATCHED = "matched"
    HIDDEN = "hidden"
    NOT_MET = "not_met"
    OTHER_EVENTS = "other_events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hiding:
    """A filter that is for the rule, and what it makes of the event: where `part` holds, it hides it."""

    filter: Filter
    part: Explained


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """All that there is to say about one rule and one event.

    Args:
        source: the event's product, category and service.
        condition: the rule's own condition.
        filters: those that are for the rule.

    """

    rule: Rule
    source: Triple
    condition: Explained
    filters: tuple[Hiding, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What came of it; the first that is so, in the order in which it helps a reader."""
        if not applies(self.rule.logsource, *self.source):
            return Verdict.OTHER_EVENTS
        if not self.condition.holds:
            return Verdict.NOT_MET
        return Verdict.HIDDEN if self.hiders else Verdict.MATCHED

    @property
    def hiders(self) -> tuple[Hiding, ...]:
        """The filters that hide the event."""
        return tuple(one for one in self.filters if one.part.holds)

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What would have to be otherwise for the rule's own condition to hold; all of it."""
        return lacks(self.condition)


def why(
    rule: Rule,
    event: Mapping[str, str],
    *,
    source: Triple,
    outline: Outline | None = None,
    filters: Sequence[Filter] = (),
) -> Why:
    """How a rule and an event stand to each other.

    Args:
        rule: what is explained.
        event: its fields by Sigma name.
        source: its product, category and service.
        outline: the rule's condition with names and without filters; if not given, `rule.condition` as it is.
        filters: those that may hide the event, of which some may be for other rules.

    """
    outline = outline or Named(name="", condition=rule.condition)
    return Why(
        rule=rule,
        source=source,
        condition=explained(outline, event),
        filters=tuple(
            Hiding(filter=one, part=explained(Named(name="", condition=one.hidden), event))
            for one in filters
            if one.is_for(rule)
        ),
    )


def explained(outline: Outline, event: Mapping[str, str]) -> Explained:
    """Each part of a condition with whether an event meets it."""
    match outline:
        case Named(name=name, condition=condition):
            return _part(condition, event, name)
        case Linked(join=join, parts=parts, said=said):
            return _group(join, tuple(explained(part, event) for part in parts), said=said)
        case _:
            assert_never(outline)


def _part(condition: Condition, event: Mapping[str, str], name: str = "") -> Explained:
    match condition:
        case All(parts):
            return _group(Join.ALL, tuple(_part(part, event) for part in parts), name=name)
        case Some(parts):
            return _group(Join.ANY, tuple(_part(part, event) for part in parts), name=name)
        case Not(part):
            return _group(Join.NOT, (_part(part, event),), name=name)
        case _:
            return _check(condition, event, name)


def _group(join: Join, parts: tuple[Explained, ...], *, name: str = "", said: str = "") -> Group:
    found = [part.holds for part in parts]
    holds = {Join.ALL: all(found), Join.ANY: any(found), Join.NOT: not all(found)}[join]
    return Group(join=join, parts=parts, holds=holds, name=name, said=said)


def _check(leaf: Leaf, event: Mapping[str, str], name: str) -> Check:
    holds = matches(leaf, event)
    if leaf.field == ANYWHERE:
        met = tuple(value for value in values(event, ANYWHERE) if meets(leaf, value))
        return Check(leaf=leaf, holds=holds, there=bool(event), values=met, name=name)
    there = leaf.field in event
    found = tuple(values(event, leaf.field))
    if isinstance(leaf, SameAs):
        others = tuple(values(event, leaf.other))
        return Check(leaf=leaf, holds=holds, there=there, values=found, others=others, name=name)
    met = tuple(value for value in found if meets(leaf, value))
    return Check(leaf=leaf, holds=holds, there=there, values=met or found, name=name)


def lacks(part: Explained) -> tuple[Lack, ...]:
    """What would have to be otherwise for a part to hold: all of it, and no more than is needed."""
    return tuple(_lacking(part, wanted=True, within=()))


def _lacking(part: Explained, *, wanted: bool, within: tuple[str, ...]) -> Iterator[Lack]:
    if part.holds == wanted:
        return
    within = (*within, part.name) if part.name else within
    match part:
        case Check():
            yield Lack(within=within, checks=(part,), wanted=wanted)
        case Group(join=Join.NOT):
            yield from _lacking(part.parts[0], wanted=not wanted, within=within)
        case Group() if (part.join is Join.ALL) == wanted:
            for inner in part.parts:
                yield from _lacking(inner, wanted=wanted, within=within)
        case Group():
            yield from _nearest(part, wanted=wanted, within=within)


def _nearest(group: Group, *, wanted: bool, within: tuple[str, ...]) -> Sequence[Lack]:
    """What lacks to the nearest of some parts of which one is enough."""
    single = tuple(part for part in group.parts if isinstance(part, Check) and not part.name)
    together = single or not group.parts
    ways: list[tuple[Lack, ...]] = [(Lack(within=within, checks=single, wanted=wanted),)] if together else []
    ways += [tuple(_lacking(part, wanted=wanted, within=within)) for part in group.parts if part not in single]
    nearest = min(ways, key=len)
    last = replace(nearest[-1], others=nearest[-1].others + len(ways) - 1)
    return (*nearest[:-1], last)
