"""Regular expressions from rules, with a bounded cost.

Every expression runs in RE2, whose time grows with the length of the value and never explodes. What RE2 cannot express
(looking around, back references) is refused when the rule is loaded (ADR 0011).
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Protocol, cast

import re2

from watchward.detect.sigma.errors import RuleError

LONGEST = 4096
"""The longest expression, in characters, that a rule may carry."""

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


class Pattern(Protocol):
    """A compiled expression."""

    groupindex: Mapping[str, int]
    programsize: int

    def search(self, text: str | bytes) -> object | None:
        """The first place where it is found, or None."""

    def fullmatch(self, text: str | bytes) -> object | None:
        """Where it fits the whole text, or None."""


@lru_cache(maxsize=8192)
def compiled(pattern: str, flags: str = "") -> Pattern:
    """The expression, ready to search; `flags` is some of the letters `ims`.

    >>> compiled("(a+)+$", "i").search("A" * 50_000 + "!") is None
    True

    Raises:
        RuleError: RE2 cannot run it.

    """
    if len(pattern) > LONGEST:
        raise RuleError(
            f"a regular expression of {len(pattern)} characters is too long",
            advice=f"Keep it below {LONGEST} characters, or say it with `contains`, `startswith` and `endswith`.",
        )
    try:
        return cast("Pattern", re2.compile(_with(flags, pattern), _OPTIONS))
    except re2.error as error:
        raise RuleError(
            f"the regular expression {pattern[:100]!r} cannot be run: {_words(error)}",
            advice="Correct it. Looking ahead or behind and back references are not supported, because their cost has "
            "no bound: say what must and must not be there as separate parts of the condition.",
        ) from error


def size(pattern: str, flags: str = "") -> int:
    """How many instructions RE2 makes of an expression: many for counted repetitions, such as `.{1000}`."""
    return compiled(pattern, flags).programsize


class Together:
    """Several expressions that are looked for in one pass over a text, each a pattern and its flags; or just one.

    >>> Together([("a+", ""), ("B", "i"), ("^c", "")]).found(b"a cab")
    [0, 1]

    """

    def __init__(self, expressions: Sequence[tuple[str, str]]) -> None:
        self._expressions = tuple(expressions)
        self._match = _together(expressions) if len(expressions) > 1 else None

    def found(self, text: bytes | memoryview) -> list[int]:
        """The places, in the list of expressions, of those that are found in a text (UTF-8)."""
        if self._match is not None and (hits := self._match(text)):
            return [hit - 1 for hit in sorted(hits) if hit] if len(hits) > 1 else []
        text = bytes(text)
        return [at for at, expression in enumerate(self._expressions) if compiled(*expression).search(text) is not None]


def _together(expressions: Iterable[tuple[str, str]]) -> Callable[[bytes | memoryview], list[int]]:
    """Looks for several expressions at once, and for the empty one, which is everywhere.

    A set that has run out of memory finds nothing, and does not say so: the missing empty one tells.
    """
    together = re2.Set.SearchSet(_OPTIONS)
    for pattern, flags in (("", ""), *expressions):
        together.Add(_with(flags, pattern))
    together.Compile()
    match: Callable[[bytes | memoryview], list[int]] = together.Match
    return match


def _with(flags: str, pattern: str) -> str:
    return f"(?{flags}){pattern}" if flags else pattern


def _words(error: Exception) -> str:
    first = error.args[0] if error.args else ""
    return first.decode(errors="replace") if isinstance(first, bytes) else str(first)


_FLAGS = {re.IGNORECASE: "i", re.MULTILINE: "m", re.DOTALL: "s"}


class Engine:
    """The same expressions for pySigma, which checks each while it parses."""

    error = RuleError

    def compile(self, pattern: str, flags: int = 0) -> Any:
        """The expression, with flags as Python's `re` numbers them."""
        return compiled(pattern, "".join(letter for flag, letter in _FLAGS.items() if flags & flag))
