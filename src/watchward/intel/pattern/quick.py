"""The patterns that nearly all indicators have, read quickly: one exact value, or any of some."""

import re
from functools import lru_cache
from typing import Final

from watchward.intel.errors import ObservableError, PatternError
from watchward.intel.observable import Kind, Observable, observable
from watchward.intel.pattern.parse import LONGEST, parse
from watchward.intel.pattern.paths import kinds_at
from watchward.intel.pattern.syntax import Compare, Either, Expression, Observed, OneOf, Operator, Test

_PATH: Final = r"([a-z0-9-]+:[A-Za-z0-9_.'\[\]*-]+)"
_TEXT: Final = r"'([^'\\]*(?:\\['\\][^'\\]*)*)'"
_LINK: Final = re.compile(rf"\s*+(\[)?+\s*+{_PATH}\s*+=\s*+{_TEXT}\s*+(\])?+\s*+(OR\b)?", re.ASCII)
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


def observables(pattern: str) -> frozenset[Observable] | None:
    """The exact values of which a pattern asks for any one; None where it asks for anything else.

    >>> observables("[domain-name:value = 'Evil.example' OR ipv4-addr:value IN ('198.51.100.7')]") == {
    ...     Observable(Kind.DOMAIN, "evil.example"), Observable(Kind.IPV4, "198.51.100.7")}
    True

    """
    found = _chain(pattern) if len(pattern) <= LONGEST else None
    if found is not None:
        return found
    try:
        return _of(parse(pattern))
    except PatternError:
        return None


def _chain(pattern: str) -> frozenset[Observable] | None:
    """The values of equalities joined by OR, without parentheses; None where a pattern is anything else."""
    found: list[Observable] = []
    at, inside = 0, False
    while (link := _LINK.match(pattern, at)) is not None:
        opens, path, text, closes, more = link.groups()
        kinds = _kinds(path)
        one = exact(kinds, _ESCAPE.sub(r"\1", text) if "\\" in text else text) if kinds else None
        if one is None or (opens is None) is not inside:
            return None
        found.append(one)
        at, inside = link.end(), closes is None
        if more is None:
            return None if inside or at < len(pattern) else frozenset(found)
    return None


def exact(kinds: tuple[Kind, ...], text: str) -> Observable | None:
    """The thing of one of these kinds that a text names."""
    for kind in kinds:
        try:
            return observable(kind, text)
        except ObservableError:
            continue
    return None


@lru_cache(maxsize=1024)
def _kinds(path: str) -> tuple[Kind, ...]:
    try:
        expression = parse(f"[{path} = '']")
    except PatternError:
        return ()
    return (
        kinds_at(expression.test.path)
        if isinstance(expression, Observed) and isinstance(expression.test, Compare)
        else ()
    )


def _of(expression: Expression) -> frozenset[Observable] | None:
    match expression:
        case Observed(test):
            return _of_test(test)
        case OneOf(parts):
            return _together([_of(part) for part in parts])
        case _:
            return None


def _of_test(test: Test) -> frozenset[Observable] | None:
    match test:
        case Compare(path, Operator.EQUAL | Operator.IN, values, False):
            kinds = kinds_at(path)
            found = [exact(kinds, value) if isinstance(value, str) else None for value in values]
            return _together([None if one is None else frozenset((one,)) for one in found])
        case Either(parts):
            return _together([_of_test(part) for part in parts])
        case _:
            return None


def _together(several: list[frozenset[Observable] | None]) -> frozenset[Observable] | None:
    known = [one for one in several if one is not None]
    return frozenset[Observable]().union(*known) if known and len(known) == len(several) else None
