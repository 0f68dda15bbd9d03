"""Texts that must be in a value before a slow comparison with it can succeed."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import assert_never

from watchward.detect.sigma.ir import (
    Absent,
    All,
    Condition,
    How,
    Leaf,
    Network,
    Not,
    Number,
    Regex,
    SameAs,
    Some,
    Text,
    TimePart,
    Wildcard,
)
from watchward.detect.texts.values import fold

NOTHING = All(())
"""Requires nothing: it always holds."""

_TELLING = 2
"""A text of so many characters says enough for single characters beside it not to be looked for."""

_QUANTIFIER = re.compile(r"(?:([?*])|(\+)|\{(\d*)(?:,\d*)?\})\??")
_GROUP = re.compile(r"\?(?:P?<\w+>|[imsU-]*:)")
_FLAGS = re.compile(r"\?[imsU-]+\)")


def required(leaf: Leaf) -> Condition:
    """Quick comparisons, in any letter case, without which this slow one fails: texts, in `All` and `Some`."""
    match leaf:
        case Text(field, how, text, True):
            return Text(field, how, fold(text))
        case Wildcard(field, pieces):
            longest = max(chain.from_iterable(pieces), key=len)
            return Text(field, How.CONTAINS, fold(longest)) if longest else NOTHING
        case Regex(field, pattern):
            return literals(field, pattern)
        case Text() | Network() | Number() | TimePart() | SameAs() | Absent():
            return NOTHING
        case _:
            assert_never(leaf)


def certain(condition: Condition) -> Iterator[Text]:
    """The texts that a required condition asks for whatever else is so."""
    match condition:
        case All(parts):
            yield from chain.from_iterable(map(certain, parts))
        case Text():
            yield condition
        case _:
            return


def literals(field: str, pattern: str) -> Condition:
    r"""The texts that every match of an expression contains; `NOTHING` where none can be told.

    >>> [text.text for text in certain(literals("F", r"\\[0-9a-f]{8}\.tmp$"))]
    ['.tmp']
    >>> literals("F", "a|b") == literals("F", "ab*|") == NOTHING
    True

    """
    reader = _Reader(field, pattern)
    try:
        found = reader.choice()
    except (_UnreadError, IndexError):
        return NOTHING
    return found if reader.at == len(pattern) else NOTHING


class _Reader:
    """Reads an expression from left to right, as RE2 does, for the texts that no choice in it can skip."""

    def __init__(self, field: str, pattern: str) -> None:
        self._field = field
        self._pattern = pattern
        self.at = 0

    def choice(self) -> Condition:
        """What an alternation requires, up to its end or that of its group."""
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        if len(branches) == 1:
            return branches[0]
        telling = all(any(len(text.text) >= _TELLING for text in _texts(branch)) for branch in branches)
        return Some(tuple(dict.fromkeys(branches))) if telling else NOTHING

    def _sequence(self) -> Condition:
        runs, groups = [""], list[Condition]()
        while self.at < len(self._pattern) and self._pattern[self.at] not in "|)":
            char, group = self._atom()
            skippable, repeated = self._quantifier()
            if char and not skippable:
                runs[-1] += char
            if not char or skippable or repeated:  # what follows need not stand beside this
                runs.append("")
            if not skippable and group != NOTHING:
                groups.append(group)
        return self._together(runs, groups)

    def _together(self, runs: Sequence[str], groups: Sequence[Condition]) -> Condition:
        texts = list(dict.fromkeys(fold(run) for run in runs if run))
        long = [text for text in texts if len(text) >= _TELLING]
        parts: list[Condition] = [Text(self._field, How.CONTAINS, text) for text in long or ([] if groups else texts)]
        parts += groups
        return parts[0] if len(parts) == 1 else All(tuple(parts))

    def _atom(self) -> tuple[str, Condition]:
        """The character that must stand here (or ""), and what a group here requires."""
        char = self._next()
        match char:
            case "(":
                return "", self._group()
            case "[":
                return self._class(), NOTHING
            case "." | "^" | "$":
                return "", NOTHING
            case "*" | "+" | "?":
                raise _UnreadError
            case "\\":
                return self._escape(), NOTHING
            case _:
                return char, NOTHING

    def _group(self) -> Condition:
        if flags := _FLAGS.match(self._pattern, self.at):
            self.at = flags.end()
            return NOTHING
        if opening := _GROUP.match(self._pattern, self.at):
            self.at = opening.end()
        elif self._pattern.startswith("?", self.at):
            raise _UnreadError
        found = self.choice()
        if not self._take(")"):
            raise _UnreadError
        return found

    def _escape(self) -> str:
        char = self._next()
        if not char.isalnum():
            return char
        if char not in "dDsSwWbBAzntrfv":
            raise _UnreadError
        return ""

    def _class(self) -> str:
        """The one character, whatever its case, that a class such as `[Rr]` stands for, else ""."""
        begin = self.at
        self._take("^")
        self._take("]")
        while not self._take("]"):
            if self._pattern.startswith("[:", self.at):
                self.at = self._pattern.index(":]", self.at) + 1
            self.at += 1 + (self._pattern[self.at] == "\\")
        inside = self._pattern[begin : self.at - 1]
        return inside[0] if inside.isalpha() and len(set(map(fold, inside))) == 1 else ""

    def _quantifier(self) -> tuple[bool, bool]:
        """Read a quantifier, if one stands here: whether it allows for none, and whether it allows for several."""
        found = _QUANTIFIER.match(self._pattern, self.at)
        if found is None:
            return False, False
        self.at = found.end()
        if _QUANTIFIER.match(self._pattern, self.at):
            raise _UnreadError
        mark, plus, least = found.groups()
        return mark is not None or (plus is None and not (least or "").strip("0")), True

    def _next(self) -> str:
        self.at += 1
        return self._pattern[self.at - 1]

    def _take(self, char: str) -> bool:
        taken = self._pattern.startswith(char, self.at)
        self.at += taken
        return taken


def _texts(condition: Condition) -> Iterator[Text]:
    match condition:
        case All(parts) | Some(parts):
            yield from chain.from_iterable(map(_texts, parts))
        case Text():
            yield condition
        case Not() | Wildcard() | Regex() | Network() | Number() | TimePart() | SameAs() | Absent():
            return
        case _:
            assert_never(condition)


class _UnreadError(Exception):
    """The expression uses what the reader does not follow; then nothing is said to be required."""
