"""Regular expressions from rules, with a bounded cost.

Every expression runs in RE2, whose time grows with the length of the value and never explodes. What RE2 cannot express
(looking around, back references) is refused when the rule is loaded (ADR 0011).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol, cast

import re2

from watchward.detect.errors import RuleError

LONGEST = 4096
"""The longest expression, in characters, that a rule may carry."""

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


class Pattern(Protocol):
    """A compiled expression."""

    groupindex: Mapping[str, int]

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
        return cast("Pattern", re2.compile(f"(?{flags}){pattern}" if flags else pattern, _OPTIONS))
    except re2.error as error:
        raise RuleError(
            f"the regular expression {pattern[:100]!r} cannot be run: {_words(error)}",
            advice="Correct it. Looking ahead or behind and back references are not supported, because their cost has "
            "no bound: say what must and must not be there as separate parts of the condition.",
        ) from error


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
