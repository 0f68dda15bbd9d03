"""Correlations as plain lists, for a cache: safe to read, whoever wrote it."""

from dataclasses import fields
from pathlib import Path
from typing import Any, assert_never

from watchward.detect.correlate.rule import (
    Bound,
    Bounds,
    Correlation,
    Either,
    Every,
    Expression,
    Kind,
    Met,
    Relation,
    Without,
)
from watchward.detect.sigma.rule import Level

Plain = list[Any]

_APART = {"level", "kind", "condition", "path"}
_PLAIN = [field.name for field in fields(Correlation) if field.name not in _APART]
_TUPLES = {"references", "tags", "falsepositives", "rules", "group_by", "fields"}


def correlation_to_plain(found: Correlation) -> Plain:
    """A correlation; its file's path is not part of it."""
    named = {name: getattr(found, name) for name in _PLAIN}
    return ["correlation", named, found.level and found.level.value, found.kind.value, _condition(found.condition)]


def correlation_from_plain(plain: Plain, path: Path) -> Correlation:
    """What `correlation_to_plain` wrote, for a file at this path.

    Raises:
        ValueError, TypeError, KeyError or IndexError: it did not write this.

    """
    _, named, level, kind, condition = plain
    known: dict[str, Any] = {name: tuple(value) if name in _TUPLES else value for name, value in named.items()}
    return Correlation(
        **known,
        level=None if level is None else Level(level),
        kind=Kind(kind),
        condition=_condition_from(condition),
        path=path,
    )


def _condition(condition: Bounds | Expression) -> Plain:
    match condition:
        case Bounds(bounds):
            return ["bounds", *([bound.relation.value, bound.number] for bound in bounds)]
        case Met(rule):
            return ["met", rule]
        case Every(parts):
            return ["every", *map(_condition, parts)]
        case Either(parts):
            return ["either", *map(_condition, parts)]
        case Without(part):
            return ["without", _condition(part)]
        case _:
            assert_never(condition)


def _condition_from(plain: Plain) -> Bounds | Expression:
    kind, *rest = plain
    if kind == "bounds":
        return Bounds(tuple(Bound(Relation(relation), number) for relation, number in rest))
    return _expression_from(plain)


def _expression_from(plain: Plain) -> Expression:
    kind, *rest = plain
    match kind:
        case "met":
            return Met(rest[0])
        case "every":
            return Every(tuple(map(_expression_from, rest)))
        case "either":
            return Either(tuple(map(_expression_from, rest)))
        case "without":
            return Without(_expression_from(rest[0]))
        case _:
            raise ValueError(f"{kind} is no condition")
