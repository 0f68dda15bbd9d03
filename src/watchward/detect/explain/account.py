"""Why a rule matches an event or does not, as lines that a terminal and a page show alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final

from watchward.detect.explain.phrasing import asked, seen, sought, source_words, subject, verb
from watchward.detect.explain.why import Check, Explained, Group, Join, Lack, Verdict, Why

MOST_ALTERNATIVES: Final = 5
"""Of many texts of which none was found, so many are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One part of a condition.

    Args:
        depth: how deep it lies within others, from 0.
        good: whether it is as the rule wants it.
        text: what the rule wants; what it wants not to be is said so.
        name: of a detection, where it has one.
        seen: what the event has; empty for what stands above other lines.

    """

    depth: int
    good: bool
    text: str
    name: str = ""
    seen: str = ""


def lines(part: Explained) -> tuple[Line, ...]:
    """A condition as lines, each part before those that it is made of, without alternatives that were not needed."""
    return tuple(_lines(part, depth=0, wanted=True, name=""))


def _lines(part: Explained, *, depth: int, wanted: bool, name: str) -> Iterator[Line]:
    name = name or _named(part, wanted)
    match part:
        case Check():
            text = asked(part.leaf, wanted=wanted)
            yield Line(depth=depth, good=part.holds == wanted, text=text, name=name, seen=seen(part))
        case Group(join=Join.NOT):
            yield from _lines(part.parts[0], depth=depth, wanted=not wanted, name=_not(name) if name else "")
        case Group():
            below = list(_below(part, depth=depth + 1, wanted=wanted))
            if len(part.parts) == 1 or len(below) == 1:
                yield from (replace(line, depth=line.depth - 1, name=line.name or name) for line in below)
                return
            yield Line(depth=depth, good=part.holds == wanted, text=_linked(part, wanted=wanted), name=name)
            yield from below


def _named(part: Explained, wanted: bool) -> str:  # noqa: FBT001 - read where it is called
    name = part.name or (part.said if isinstance(part, Group) else "")
    return name if wanted or not name else _not(name)


def _not(name: str) -> str:
    return name.removeprefix("not ") if name.startswith("not ") else f"not {name}"


def _linked(group: Group, *, wanted: bool) -> str:
    """How its parts are linked, once negations have moved into them."""
    if not group.parts:
        return "nothing is asked"
    return "all of these" if (group.join is Join.ALL) == wanted else "at least one of these"


def _below(group: Group, *, depth: int, wanted: bool) -> Iterator[Line]:
    one_is_enough = (group.join is Join.ANY) == wanted
    shown: Sequence[Explained] = group.parts
    if one_is_enough and group.holds == wanted:
        shown = [part for part in group.parts if part.holds == wanted]
    for alike, parts in groupby(shown, key=lambda part: _kind(part) if group.join is Join.ANY else id(part)):
        together = list(parts)
        if alike is not None and all(isinstance(part, Check) for part in together):
            yield from _alternatives([part for part in together if isinstance(part, Check)], depth=depth, wanted=wanted)
        else:
            for part in together:
                yield from _lines(part, depth=depth, wanted=wanted, name="")


def _kind(part: Explained) -> object:
    """Comparisons of one kind stand in one line: the same field compared in the same way."""
    return (subject(part.leaf), verb(part.leaf)) if isinstance(part, Check) and not part.name else None


def _alternatives(checks: Sequence[Check], *, depth: int, wanted: bool) -> Iterator[Line]:
    """Those that hold one by one, the others together."""
    for check in checks:
        if check.holds:
            yield from _lines(check, depth=depth, wanted=wanted, name="")
    others = [check for check in checks if not check.holds]
    if len(others) == 1:
        yield from _lines(others[0], depth=depth, wanted=wanted, name="")
    elif others:
        text = f"{subject(others[0].leaf)} {verb(others[0].leaf)} {'any' if wanted else 'none'} of {_listed(others)}"
        yield Line(depth=depth, good=not wanted, text=text, seen=seen(others[0]))


def _listed(checks: Sequence[Check]) -> str:
    texts = list(dict.fromkeys(sought(check.leaf) for check in checks))
    more = len(texts) - MOST_ALTERNATIVES
    return ", ".join(texts[:MOST_ALTERNATIVES]) + (f" and {more:,} more" if more > 0 else "")


def lacking(lack: Lack) -> str:
    """One thing that would have to be otherwise, in a sentence without its end."""
    if not lack.checks:
        return _path(lack) + "nothing could be otherwise: this part asks for nothing"
    told = _path(lack) + "; or ".join(_told(lack))
    if lack.others == 1:
        return f"{told} (or another way)"
    return f"{told} (or one of {lack.others:,} other ways)" if lack.others else told


def _path(lack: Lack) -> str:
    return "".join(f"{name} → " for name in lack.within)


def _told(lack: Lack) -> Iterator[str]:
    key = lambda check: (subject(check.leaf), verb(check.leaf))  # noqa: E731
    for _, alike in groupby(lack.checks, key=key):
        checks = list(alike)
        if len(checks) == 1 or not lack.wanted:
            yield from (f"{asked(check.leaf, wanted=lack.wanted)}: {seen(check)}" for check in checks)
        else:
            yield f"{subject(checks[0].leaf)} {verb(checks[0].leaf)} any of {_listed(checks)}: {seen(checks[0])}"


def headline(found: Why) -> str:
    """What came of it, in a sentence."""
    match found.verdict:
        case Verdict.MATCHED:
            return "The rule matches this event."
        case Verdict.HIDDEN:
            names = " and ".join(f"“{one.filter.title}”" for one in found.hiders)
            return f"The rule would match this event, but the filter {names} hides it."
        case Verdict.OTHER_EVENTS:
            rule, event = source_words(found.rule.logsource), source_words(found.source)
            return f"The rule does not read events like this one: it is for {rule}, and this is {event}."
        case Verdict.NOT_MET:
            count = len(found.lacks)
            missing = "one thing is" if count == 1 else f"{count:,} things are"
            return f"The rule does not match this event: {missing} missing."


def as_plain(found: Why) -> dict[str, object]:
    """An explanation as JSON has it."""
    product, category, service = found.source
    return {
        "verdict": found.verdict,
        "said": headline(found),
        "log_source": {"product": product, "category": category, "service": service},
        "condition": _part(found.condition),
        "filters": [
            {"id": one.filter.id, "title": one.filter.title, "hides": one.part.holds, "condition": _part(one.part)}
            for one in found.filters
        ],
        "missing": [lacking(lack) for lack in found.lacks],
    }


def _part(part: Explained) -> dict[str, object]:
    match part:
        case Check(leaf=leaf):
            return {
                "name": part.name,
                "asks": asked(leaf),
                "field": leaf.field or None,
                "holds": part.holds,
                "there": part.there,
                "values": list(part.values),
            }
        case Group():
            return {
                "name": part.name,
                "join": part.join,
                "holds": part.holds,
                "parts": [_part(one) for one in part.parts],
            }
