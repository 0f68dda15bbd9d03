"""Rules and conditions as plain lists, for a cache: safe to read, whoever wrote it."""

from collections.abc import Callable
from dataclasses import astuple, fields
from datetime import date
from pathlib import Path
from typing import Any, assert_never

from watchward.detect.correlate.rule import Correlation
from watchward.detect.correlate.wire import correlation_from_plain, correlation_to_plain
from watchward.detect.sigma.filters import Filter
from watchward.detect.sigma.ir import (
    Absent,
    All,
    Condition,
    How,
    Network,
    Not,
    Number,
    Order,
    Part,
    Regex,
    SameAs,
    Some,
    Text,
    TimePart,
    Wildcard,
)
from watchward.detect.sigma.rule import Level, LogSource, Refusal, Rejected, Rule

Plain = list[Any]
"""What msgspec writes and reads without a schema."""


def to_plain(condition: Condition) -> Plain:
    """A condition as nested lists, each beginning with the kind of the term."""
    match condition:
        case All(parts):
            return ["all", *map(to_plain, parts)]
        case Some(parts):
            return ["some", *map(to_plain, parts)]
        case Not(part):
            return ["not", to_plain(part)]
        case Text():
            return ["text", condition.field, condition.how.value, condition.text, condition.cased]
        case Wildcard() | Regex() | Network() | Number() | TimePart() | SameAs() | Absent():
            return [_NAMES[type(condition)], *astuple(condition)]
        case _:
            assert_never(condition)


def from_plain(plain: Plain) -> Condition:
    """The condition that `to_plain` wrote.

    Raises:
        ValueError, TypeError, KeyError or IndexError: it did not write this.

    """
    kind, *rest = plain
    return _READERS[kind](rest)


_HOWS = {how.value: how for how in How}
_READERS: dict[str, Callable[[Plain], Condition]] = {
    "all": lambda rest: All(tuple(map(from_plain, rest))),
    "some": lambda rest: Some(tuple(map(from_plain, rest))),
    "not": lambda rest: Not(from_plain(rest[0])),
    "text": lambda rest: Text(rest[0], _HOWS[rest[1]], rest[2], rest[3]),
    "wildcard": lambda rest: Wildcard(rest[0], tuple(map(tuple, rest[1])), rest[2]),
    "regex": lambda rest: Regex(*rest),
    "network": lambda rest: Network(*rest),
    "number": lambda rest: Number(rest[0], Order(rest[1]), rest[2]),
    "time": lambda rest: TimePart(rest[0], Part(rest[1]), rest[2]),
    "same": lambda rest: SameAs(*rest),
    "absent": lambda rest: Absent(*rest),
}
_NAMES: dict[type, str] = {
    Wildcard: "wildcard",
    Regex: "regex",
    Network: "network",
    Number: "number",
    TimePart: "time",
    SameAs: "same",
    Absent: "absent",
}

_RULE = [field.name for field in fields(Rule) if field.name not in {"path", "condition", "logsource", "level"}]
_FILTER = ["id", "title", "description", "author", "rules", "line", "digest"]
_TUPLES = {"references", "tags", "falsepositives", "fields"}


Parsed = Rule | Correlation | Filter | Rejected


def rule_to_plain(found: Parsed) -> Plain:
    """One rule of a file, or why it did not load; the file's path is not part of it."""
    match found:
        case Correlation():
            return correlation_to_plain(found)
        case Filter():
            expires = found.expires.isoformat() if found.expires else None
            named = {**{name: getattr(found, name) for name in _FILTER}, "expires": expires}
            return ["filter", named, _source(found.logsource), to_plain(found.hidden)]
        case Rejected(line=line, kind=kind, reason=reason, advice=advice):
            return ["rejected", line, kind.value, reason, advice]
        case Rule():
            return [
                "rule",
                {name: getattr(found, name) for name in _RULE},
                found.level.value,
                _source(found.logsource),
                to_plain(found.condition),
            ]
        case _:
            assert_never(found)


def _source(source: LogSource) -> list[str | None]:
    return [source.product, source.category, source.service]


def rule_from_plain(plain: Plain, path: Path) -> Parsed:
    """What `rule_to_plain` wrote, for a file at this path.

    Raises:
        ValueError, TypeError, KeyError or IndexError: it did not write this.

    """
    if plain[0] == "rejected":
        _, line, kind, reason, advice = plain
        return Rejected(path=path, line=line, kind=Refusal(kind), reason=reason, advice=advice)
    if plain[0] == "correlation":
        return correlation_from_plain(plain, path)
    if plain[0] == "filter":
        return _filter_from_plain(plain, path)
    _, named, level, (product, category, service), condition = plain
    texts: dict[str, Any] = {name: tuple(value) if name in _TUPLES else value for name, value in named.items()}
    return Rule(
        **texts,
        level=Level(level),
        logsource=LogSource(product=product, category=category, service=service),
        path=path,
        condition=from_plain(condition),
    )


def _filter_from_plain(plain: Plain, path: Path) -> Filter:
    _, named, (product, category, service), hidden = plain
    expires = named["expires"]
    return Filter(
        **{**named, "rules": tuple(named["rules"]), "expires": date.fromisoformat(expires) if expires else None},
        logsource=LogSource(product=product, category=category, service=service),
        hidden=from_plain(hidden),
        path=path,
    )
