"""Text that must be in a value before a slow comparison with it can succeed."""

from typing import assert_never

from watchward.detect.ir import Absent, How, Leaf, Network, Number, Regex, SameAs, Text, TimePart, Wildcard
from watchward.detect.values import fold

SHORTEST = 1
"""Even one character spares most of the work when it is as rare as a backtick."""


def required(leaf: Leaf) -> Text | None:
    """A quick comparison, in any letter case, without which this slow one fails; None where there is none."""
    match leaf:
        case Text(field, how, text, True):
            return Text(field, how, fold(text))
        case Wildcard(field, pieces):
            return _contains(field, max((run for piece in pieces for run in piece), key=len))
        case Regex(field, pattern):
            return _contains(field, longest_literal(pattern))
        case Text() | Network() | Number() | TimePart() | SameAs() | Absent():
            return None
        case _:
            assert_never(leaf)


def _contains(field: str, text: str) -> Text | None:
    return Text(field, How.CONTAINS, fold(text)) if len(text) >= SHORTEST else None


def longest_literal(pattern: str) -> str:
    r"""The longest text that every match of an expression contains; empty where none can be told.

    >>> longest_literal(r"\\[0-9a-f]{8}\.tmp$"), longest_literal("(?i)ab?(cd)+"), longest_literal("a|b")
    ('.tmp', 'cd', '')

    """
    return _Reader(pattern).longest()


class _Reader:
    """Walks an expression from left to right and collects the literal runs that no choice can skip."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern
        self.at = 0
        self.runs: list[str] = [""]

    def longest(self) -> str:
        """The longest run; empty where the expression uses what this does not read."""
        try:
            while self.at < len(self.pattern):
                self._next()
        except (_UnreadError, IndexError):
            return ""
        return max(self.runs, key=len)

    def _next(self) -> None:
        char = self.pattern[self.at]
        self.at += 1
        match char:
            case "|" | "#":
                raise _UnreadError
            case "[":
                self._skip_class()
                self._break()
                self._optional()
            case "(":
                self._group()
            case "." | "^" | "$":
                self._break()
                self._optional()
            case "\\":
                self._escape()
            case _:
                self._literal(char)

    def _literal(self, char: str) -> None:
        before = self.at
        skippable = self._optional()
        if skippable:
            self._break()
            return
        self.runs[-1] += char
        if self.at != before:  # repeated: what follows need not stand beside this one
            self._break()

    def _escape(self) -> None:
        char = self.pattern[self.at]
        self.at += 1
        if not char.isalnum():
            self._literal(char)
        elif char in "dDsSwWbBAzntrfv":
            self._break()
            self._optional()
        else:
            raise _UnreadError

    def _optional(self) -> bool:
        """Read a quantifier, if one stands here; whether it allows for none."""
        rest = self.pattern[self.at : self.at + 1]
        skippable = rest in {"?", "*"} and bool(rest)
        if rest in {"?", "*", "+"} and rest:
            self.at += 1
        elif rest == "{":
            end = self.pattern.find("}", self.at)
            bounds = self.pattern[self.at + 1 : end]
            if end < 0 or not bounds.replace(",", "").isdigit():
                raise _UnreadError
            skippable = bounds.partition(",")[0].strip("0") == ""
            self.at = end + 1
        else:
            return False
        if self.pattern[self.at : self.at + 1] == "?":  # lazy
            self.at += 1
        return skippable

    def _break(self) -> None:
        self.runs.append("")

    def _skip_class(self) -> None:
        self.at += self.pattern[self.at] == "^"
        self.at += self.pattern[self.at] == "]"
        while self.pattern[self.at] != "]":
            if self.pattern.startswith("[:", self.at):
                self.at = self.pattern.index(":]", self.at) + 1
            self.at += 1 + (self.pattern[self.at] == "\\")
        self.at += 1

    def _group(self) -> None:
        begin = self.at
        self._skip_group()
        inside = self.pattern[begin : self.at - 1]
        skippable = self._optional()
        self._break()
        if inside.startswith("?"):
            head, colon, inside = inside.partition(":")
            if not colon or not set(head) <= set("?ims-"):  # flags for what follows, a name, or what RE2 lacks
                return
        if not skippable:
            self.runs.append(longest_literal(inside))
            self._break()

    def _skip_group(self) -> None:
        depth = 1
        while depth:
            char = self.pattern[self.at]
            self.at += 1
            match char:
                case "\\":
                    self.at += 1
                case "[":
                    self._skip_class()
                case "(":
                    depth += 1
                case ")":
                    depth -= 1
                case _:
                    pass


class _UnreadError(Exception):
    """The expression uses what the reader does not follow; then nothing is said to be required."""
