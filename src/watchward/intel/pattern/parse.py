"""The patterning language of STIX 2.1 (and 2.0), from text to `syntax`: by hand, in time that grows with the length."""

import base64
import re
from collections.abc import Callable
from typing import Final, NamedTuple, NoReturn, TypeVar

from watchward.intel.errors import PatternError
from watchward.intel.pattern.syntax import (
    KEYWORDS,
    AllOf,
    Between,
    Compare,
    Either,
    Every,
    Exists,
    Expression,
    Moment,
    Observed,
    OneOf,
    Operator,
    Path,
    Repeats,
    Sequence,
    Test,
    Value,
    Within,
)
from watchward.intel.stix.timestamps import moment

LONGEST: Final = 1_000_000
"""Characters of a pattern: as many as an object may have bytes."""

_DEEPEST: Final = 60
_TOKEN: Final = re.compile(
    r"(?P<space>(?:\s|/\*.*?\*/|//[^\n\r]*)+)"
    r"|(?P<moment>t'\d{4}-(?:0[1-9]|1[012])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:(?:[0-5]\d|60)(?:\.\d+)?Z')"
    r"|(?P<hex>h'(?:[0-9a-fA-F]{2})*')"
    r"|(?P<binary>b'(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)')"
    r"|(?P<text>'[^'\\]*(?:\\['\\][^'\\]*)*')"
    r"|(?P<float>[+-]?\d*\.\d+)"
    r"|(?P<int>[+-]?(?:0|[1-9]\d*))"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<mark>==|!=|<>|<=|>=|[=<>()\[\]:.,*])",
    re.ASCII | re.DOTALL,
)
_MARKS: Final = {"==": Operator.EQUAL, "<>": Operator.UNEQUAL} | {
    operator.value: operator for operator in Operator if not operator.value.isalpha()
}
_ORDERS: Final = {Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST}
_TEXTUAL: Final = {Operator.LIKE, Operator.MATCHES, Operator.SUBSET, Operator.SUPERSET}
_LONGEST_NUMBER: Final = 40


_Part = TypeVar("_Part")
_Whole = TypeVar("_Whole")


class _Token(NamedTuple):
    kind: str
    text: str
    at: int


def parse(pattern: str) -> Expression:
    """What a pattern asks for.

    Raises:
        PatternError: it is no pattern, is too long, or is nested too deeply.

    """
    if len(pattern) > LONGEST:
        raise PatternError(
            f"A pattern of {len(pattern):,} characters is too long.",
            advice=f"Split it into several indicators of {LONGEST:,} characters at most.",
        )
    reader = _Reader(_tokens(pattern))
    found = reader.sequence(0)
    reader.ends()
    return found


def _tokens(pattern: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(pattern):
        token = _TOKEN.match(pattern, at)
        if token is None:
            _fail(f"cannot be read from {pattern[at : at + 30]!r} on")
        kind = str(token.lastgroup)
        if kind != "space":
            found.append(_Token(kind, token.group(), at))
        at = token.end()
    return found


def _fail(problem: str) -> NoReturn:
    raise PatternError(
        f"The pattern {problem}.", advice="Write it as STIX 2.1 says, such as [ipv4-addr:value = '198.51.100.7']."
    )


class _Reader:
    """Reads tokens from left to right."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def sequence(self, depth: int) -> Expression:
        """Expressions joined by FOLLOWEDBY, which binds least."""
        return self._joined("FOLLOWEDBY", self._choice, Sequence, depth)

    def _choice(self, depth: int) -> Expression:
        return self._joined("OR", self._all, OneOf, depth)

    def _all(self, depth: int) -> Expression:
        return self._joined("AND", self._qualified, AllOf, depth)

    def _joined(
        self, word: str, part: Callable[[int], _Part], whole: Callable[[tuple[_Part, ...]], _Whole], depth: int
    ) -> _Part | _Whole:
        parts = [part(depth)]
        while self._takes(word):
            parts.append(part(depth))
        return parts[0] if len(parts) == 1 else whole(tuple(parts))

    def _qualified(self, depth: int) -> Expression:
        if depth > _DEEPEST:
            _fail("is nested too deeply")
        if self._takes("["):
            found: Expression = Observed(self._test(depth + 1))
            self._need("]")
        else:
            self._need("(")
            found = self.sequence(depth + 1)
            self._need(")")
        while (qualified := self._qualifier(found)) is not None:
            found = qualified
            depth += 1
            if depth > _DEEPEST:
                _fail("is nested too deeply")
        return found

    def _qualifier(self, part: Expression) -> Expression | None:
        if self._takes("WITHIN"):
            seconds = self._number("float", "int")
            self._need("SECONDS")
            return Within(part, seconds)
        if self._takes("REPEATS"):
            times = int(self._number("int"))
            self._need("TIMES")
            return Repeats(part, times)
        if self._takes("START"):
            start = self._moment()
            self._need("STOP")
            return Between(part, start, self._moment())
        return None

    def _number(self, *kinds: str) -> float:
        token = self._next()
        if token.kind not in kinds or token.text.startswith("-") or len(token.text) > _LONGEST_NUMBER:
            _fail(f"has {token.text!r} where a number should stand")
        return float(token.text) if token.kind == "float" else int(token.text)

    def _moment(self) -> str:
        token = self._next()
        if token.kind != "moment":
            _fail(f"has {token.text!r} where a time such as t'2026-03-01T09:00:00Z' should stand")
        return _time(token.text)

    def _test(self, depth: int) -> Test:
        return self._joined("OR", self._both, Either, depth)

    def _both(self, depth: int) -> Test:
        return self._joined("AND", self._comparison, Every, depth)

    def _comparison(self, depth: int) -> Test:
        if depth > _DEEPEST:
            _fail("is nested too deeply")
        if self._takes("("):
            inner = self._test(depth + 1)
            self._need(")")
            return inner
        negated = self._takes("NOT")
        if self._takes("EXISTS"):
            return Exists(self._path(), negated)
        if negated:
            _fail("has NOT before something else than EXISTS")
        path = self._path()
        negated = self._takes("NOT")
        operator = self._operator()
        return Compare(path, operator, self._values(operator), negated)

    def _operator(self) -> Operator:
        token = self._next()
        found = _MARKS.get(token.text) if token.kind == "mark" else None
        if found is None and token.kind == "word" and token.text in set(Operator):
            found = Operator(token.text)
        if found is None:
            _fail(f"has {token.text!r} where a comparison should stand")
        return found

    def _values(self, operator: Operator) -> tuple[Value, ...]:
        if operator is not Operator.IN:
            value = self._value()
            if operator in _TEXTUAL and not isinstance(value, str):
                _fail(f"has no text behind {operator}")
            if operator in _ORDERS and isinstance(value, bool):
                _fail(f"has a truth value behind {operator}")
            return (value,)
        self._need("(")
        values: list[Value] = []
        while not self._takes(")"):
            if values:
                self._need(",")
            values.append(self._value())
        return tuple(values)

    def _value(self) -> Value:  # noqa: PLR0911 - one line for each kind of constant
        token = self._next()
        match token.kind:
            case "text":
                return _text(token.text)
            case "int" if len(token.text) <= _LONGEST_NUMBER:
                return int(token.text)
            case "float" if len(token.text) <= _LONGEST_NUMBER:
                return float(token.text)
            case "moment":
                return Moment(_time(token.text))
            case "hex":
                return bytes.fromhex(token.text[2:-1])
            case "binary":
                return base64.b64decode(token.text[2:-1])
            case "word" if token.text in {"true", "false"}:
                return token.text == "true"
            case _:
                _fail(f"has {token.text[:40]!r} where a constant should stand")

    def _path(self) -> Path:
        type_ = self._next()
        if type_.kind != "word" or type_.text in KEYWORDS:
            _fail(f"has {type_.text[:40]!r} where the type of an object should stand")
        self._need(":")
        steps: list[str | int] = [self._name()]
        while True:
            if self._takes("."):
                steps.append(self._name())
            elif self._takes("["):
                steps.append(-1 if self._takes("*") else int(self._number("int")))
                self._need("]")
            else:
                return Path(type_.text, tuple(steps))

    def _name(self) -> str:
        token = self._next()
        if token.kind == "text":
            return _text(token.text)
        if token.kind != "word" or "-" in token.text or token.text in KEYWORDS:
            _fail(f"has {token.text[:40]!r} where the name of a property should stand")
        return token.text

    def ends(self) -> None:
        """Check that nothing is left."""
        if self._at < len(self._tokens):
            _fail(f"has {self._tokens[self._at].text[:40]!r} where it should have ended")

    def _next(self) -> _Token:
        if self._at >= len(self._tokens):
            _fail("is cut off")
        self._at += 1
        return self._tokens[self._at - 1]

    def _takes(self, text: str) -> bool:
        here = self._tokens[self._at] if self._at < len(self._tokens) else None
        taken = here is not None and here.text == text and here.kind in {"word", "mark"}
        self._at += taken
        return taken

    def _need(self, text: str) -> None:
        if not self._takes(text):
            found = self._tokens[self._at].text[:40] if self._at < len(self._tokens) else None
            _fail(f"lacks {text!r} before {found!r}" if found else f"lacks {text!r} at its end")


_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)


def _text(token: str) -> str:
    return _ESCAPE.sub(r"\1", token[1:-1])


def _time(token: str) -> str:
    text = token[2:-1]
    try:
        moment(text)
    except ValueError:
        _fail(f"has a time that there is not: {text[:40]!r}")
    return text
