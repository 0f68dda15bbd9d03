"""A boolean condition over rules, from its text.

pySigma reads these too, but not with rules named by UUID; the grammar is four lines: `or` joins terms, `and` joins
factors, `not` denies one, and parentheses group.
"""

import re

from watchward.detect.correlate.rule import Either, Every, Expression, Met, Without
from watchward.detect.sigma.errors import CorrelationError

LONGEST = 4000
"""Characters."""

_TOKEN = re.compile(r"\s*([()]|[\w.:-]+)")
_DEEPEST = 40
_WORDS = {"and", "or", "not"}
_ADVICE = "Join names of rules with `and`, `or`, `not` and parentheses: `rule_a and (rule_b or not rule_c)`."


def expression_of(text: str) -> Expression:
    """What a condition says.

    Raises:
        CorrelationError: it cannot be read.

    """
    if len(text) > LONGEST:
        raise _error(f"the condition has {len(text):,} characters")
    tokens: list[str] = []
    at = 0
    text = text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise _error(f"the condition cannot be read from {text[at : at + 20]!r} on")
        tokens.append(found.group(1))
        at = found.end()
    reader = _Reader(tokens)
    expression = reader.choice(0)
    if reader.next is not None:
        raise _error(f"the condition has {reader.next!r} where it should have ended")
    return expression


def _error(message: str) -> CorrelationError:
    return CorrelationError(message, advice=_ADVICE, within=("correlation", "condition"))


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def next(self) -> str | None:
        """The token that comes, or None at the end."""
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _takes(self, word: str) -> bool:
        if self.next is None or self.next.lower() != word:
            return False
        self._at += 1
        return True

    def choice(self, depth: int) -> Expression:
        """Terms joined by `or`."""
        parts = [self._term(depth)]
        while self._takes("or"):
            parts.append(self._term(depth))
        return parts[0] if len(parts) == 1 else Either(tuple(parts))

    def _term(self, depth: int) -> Expression:
        parts = [self._factor(depth)]
        while self._takes("and"):
            parts.append(self._factor(depth))
        return parts[0] if len(parts) == 1 else Every(tuple(parts))

    def _factor(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            raise _error("the condition is nested too deeply")
        if self._takes("not"):
            return Without(self._factor(depth + 1))
        if self._takes("("):
            inner = self.choice(depth + 1)
            if not self._takes(")"):
                raise _error("the condition lacks a closing parenthesis")
            return inner
        name = self.next
        if name is None or name == ")" or name.lower() in _WORDS:
            raise _error(
                f"the condition lacks the name of a rule before {name!r}" if name else "the condition is cut off"
            )
        self._at += 1
        return Met(name)
