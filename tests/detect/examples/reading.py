"""A second, plain reading of Sigma rules, straight from their text, so that no fault of ours can hide behind itself.

It shares nothing with `watchward.detect`: not the parser, not the tree of terms, not the comparisons. It knows what the
published rules use, and says so (`UnreadableError`) where a rule uses more.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache, cached_property
from ipaddress import ip_address, ip_network
from itertools import product


class UnreadableError(Exception):
    """This reading does not know what a part of a rule means."""


class Wild(Enum):
    """A wildcard in a text."""

    MANY = "*"
    ONE = "?"

    __hash__ = object.__hash__  # texts are looked up often


Token = str | Wild
"""One character of a text, or a wildcard."""


@dataclass(frozen=True)
class Text:
    """A value that fits a text; without a field, one that holds it anywhere."""

    field: str | None
    tokens: tuple[Token, ...]
    cased: bool = False

    @cached_property
    def pieces(self) -> tuple[tuple[Token, ...], ...]:
        """What stands between its stars."""
        found: list[list[Token]] = [[]]
        for token in self.tokens:
            if token is Wild.MANY:
                found.append([])
            else:
                found[-1].append(token)
        return tuple(map(tuple, found))

    @cached_property
    def _expression(self) -> re.Pattern[str] | None:
        if Wild.ONE not in self.tokens:
            return None
        parts = [".*" if t is Wild.MANY else "." if t is Wild.ONE else re.escape(t) for t in self.tokens]
        return re.compile("".join(parts), re.DOTALL | (re.NOFLAG if self.cased else re.IGNORECASE))

    @cached_property
    def _runs(self) -> list[str]:
        return [self._cast("".join(map(str, piece))) for piece in self.pieces]

    def _cast(self, text: str) -> str:
        return text if self.cased else text.lower()

    def fits(self, value: str) -> bool:
        """Whether a value fits."""
        if self._expression is not None:
            return self._expression.fullmatch(value) is not None
        value = self._cast(value)
        first, *rest = self._runs
        if not rest:
            return value == first
        *middle, last = rest
        if not value.startswith(first):
            return False
        at = len(first)
        for run in middle:
            at = value.find(run, at)
            if at < 0:
                return False
            at += len(run)
        return value.endswith(last) and len(value) - len(last) >= at


@dataclass(frozen=True)
class Search:
    """A value in which a regular expression is found."""

    field: str
    pattern: str
    flags: str = ""

    @cached_property
    def expression(self) -> re.Pattern[str]:
        """The expression as Python has it; flags in the middle hold for all that follows, which is all there is."""
        given = "".join(re.findall(r"\(\?([ims]+)\)", self.pattern))
        bare = re.sub(r"\(\?[ims]+\)", "", self.pattern)
        flags = "".join(sorted(set(given + self.flags)))
        try:
            return re.compile(f"(?{flags}){bare}" if flags else bare, re.ASCII)
        except re.error as error:
            raise UnreadableError(f"Python does not take the expression {self.pattern!r}: {error}") from error

    def fits(self, value: str) -> bool:
        """Whether it is found."""
        return self.expression.search(value) is not None


@dataclass(frozen=True)
class Number:
    """A value that is a number and stands so to this one."""

    field: str
    order: str
    number: float

    def fits(self, value: str) -> bool:
        """Whether it does."""
        try:
            found = float(value) if "." in value else int(value)
        except ValueError:
            return False
        return {
            "eq": found == self.number,
            "lt": found < self.number,
            "lte": found <= self.number,
            "gt": found > self.number,
            "gte": found >= self.number,
        }[self.order]


@dataclass(frozen=True)
class Within:
    """A value that is an address of a network."""

    field: str
    network: str

    def fits(self, value: str) -> bool:
        """Whether it is one."""
        try:
            return ip_address(value) in ip_network(self.network)
        except ValueError:
            return False


@dataclass(frozen=True)
class There:
    """A field that is there."""

    field: str


@dataclass(frozen=True)
class Same:
    """Two fields with one value."""

    field: str
    other: str


Ask = Text | Search | Number | Within | There | Same


@dataclass(frozen=True)
class Node:
    """`and`, `or` or `not` of some parts."""

    word: str
    parts: tuple["Formula", ...]

    @cached_property
    def asks(self) -> Mapping["Ask", None]:
        """Its comparisons, each once."""
        return {ask: None for part in self.parts for ask in asks(part)}


Formula = Ask | Node
Event = dict[str, str]


def asks(formula: Formula) -> Mapping[Ask, None]:
    """Every comparison of a formula, each once."""
    return formula.asks if isinstance(formula, Node) else {formula: None}


def holds(formula: Formula, event: Event) -> bool:  # noqa: PLR0911 - a line for each kind
    """Whether a formula holds for an event."""
    match formula:
        case Node("and", parts):
            return all(holds(part, event) for part in parts)
        case Node("or", parts):
            return any(holds(part, event) for part in parts)
        case Node(_, (part,)):
            return not holds(part, event)
        case There(field):
            return field in event
        case Same(field, other):
            return field in event and other in event and event[field].lower() == event[other].lower()
        case Text(None):
            return any(formula.fits(value) for value in event.values())
        case _:
            return formula.field in event and formula.fits(event[formula.field])


# --- from a rule's text --------------------------------------------------------------------------------------------

Own = Mapping[str, Sequence[str]]
"""What the site's placeholders stand for."""


def read(detection: Mapping[str, object], own: Own) -> Formula:
    """What a `detection` section asks."""
    parts = {str(name): _part(part, own) for name, part in detection.items() if name != "condition"}
    given = detection["condition"]
    conditions = given if isinstance(given, list) else [given]
    return _joined("or", [_Condition(str(one), parts).formula() for one in conditions])


def _joined(word: str, parts: Sequence[Formula]) -> Formula:
    return parts[0] if len(parts) == 1 else Node(word, tuple(parts))


def _part(part: object, own: Own) -> Formula:
    match part:
        case dict():
            return _joined("and", [_item(str(key), value, own) for key, value in part.items()])
        case list():
            return _joined("or", [_part(item, own) for item in part])
        case _:
            return _item("", part, own)


def _item(key: str, given: object, own: Own) -> Formula:
    field, *modifiers = key.split("|")
    values = given if isinstance(given, list) else [given]
    word = "and" if "all" in modifiers else "or"
    modifiers = [one for one in modifiers if one != "all"]
    return _joined(word, [_value(field or None, modifiers, value, own) for value in values])


def _value(field: str | None, modifiers: list[str], value: object, own: Own) -> Formula:  # noqa: PLR0911
    match modifiers:
        case ["re", *flags]:
            return Search(_named(field), str(value), "".join(flags))
        case ["cidr"]:
            return Within(_named(field), str(value))
        case ["exists"]:
            there = There(_named(field))
            return there if value is True else Node("not", (there,))
        case ["fieldref"]:
            return Same(_named(field), str(value))
        case ["lt" | "lte" | "gt" | "gte" as order]:
            return Number(_named(field), order, float(str(value)))
    if value is None:
        return Node("not", (There(_named(field)),))
    if isinstance(value, int | float) and not isinstance(value, bool) and not modifiers and field:
        return Number(field, "eq", value)
    text = str(value).lower() if isinstance(value, bool) else str(value)
    texts = _placed(text, own) if "expand" in modifiers else [text]
    tokens = [_tokens(one) for one in texts]
    for modifier in modifiers:
        tokens = [made for one in tokens for made in _changed(one, modifier)]
    if field is None:
        tokens = [(Wild.MANY, *one, Wild.MANY) for one in tokens]
    return _joined("or", [Text(field, one, "cased" in modifiers) for one in tokens])


def _named(field: str | None) -> str:
    if field is None:
        raise UnreadableError("a keyword with such a modifier")
    return field


def _placed(text: str, own: Own) -> list[str]:
    parts = re.split(r"%([^%]+)%", text)
    choices = [own[part] if place % 2 else [part] for place, part in enumerate(parts)]
    return ["".join(one) for one in product(*choices)]


@cache
def _tokens(text: str) -> tuple[Token, ...]:
    r"""The characters of a text: a backslash takes the meaning of `*`, `?` and of another one, and is plain else."""
    found = re.findall(r"\\[\\*?]|.", text, re.DOTALL)
    return tuple(Wild(one) if one in {"*", "?"} else one[-1] for one in found)


def _changed(tokens: tuple[Token, ...], modifier: str) -> list[tuple[Token, ...]]:  # noqa: PLR0911 - a line for each
    match modifier:
        case "contains":
            return [(Wild.MANY, *tokens, Wild.MANY)]
        case "startswith":
            return [(*tokens, Wild.MANY)]
        case "endswith":
            return [(Wild.MANY, *tokens)]
        case "cased" | "expand":
            return [tokens]
        case "windash":
            return _dashed(tokens)
        case "wide" | "utf16le":
            return [tuple(one for token in tokens for one in (str(token), "\0"))]
        case "base64":
            return [tuple(base64.b64encode(_bytes(tokens)).decode())]
        case "base64offset":
            return [_offset(_bytes(tokens), offset) for offset in range(3)]
        case _:
            raise UnreadableError(f"the modifier {modifier}")


def _dashed(tokens: tuple[Token, ...]) -> list[tuple[Token, ...]]:
    """With every dash at the beginning of a word (ADR 0111)."""
    text = "".join(token if isinstance(token, str) else "\ue000" for token in tokens)
    places = [found.start() for found in re.finditer(r"(?<!\w)[-/\u2013\u2014\u2015](?=\w)", text)]
    made = []
    for dashes in product("-/\u2013\u2014\u2015", repeat=len(places)):
        one = list(tokens)
        for place, dash in zip(places, dashes, strict=True):
            one[place] = dash
        made.append(tuple(one))
    return made


def _bytes(tokens: tuple[Token, ...]) -> bytes:
    return "".join(map(str, tokens)).encode()


def _offset(content: bytes, offset: int) -> tuple[Token, ...]:
    """The part of the content's Base64 that is the same whatever stands around it, `offset` bytes into a group."""
    text = base64.b64encode(b"\0" * offset + content).decode().rstrip("=")
    first = (offset * 8 + 5) // 6
    return tuple(text[first : (offset + len(content)) * 8 // 6])


class _Condition:
    """A condition's words, read from left to right."""

    def __init__(self, text: str, parts: Mapping[str, Formula]) -> None:
        self._words = re.findall(r"[()]|[^\s()]+", text)
        self._parts = parts
        self._at = 0

    def formula(self) -> Formula:
        """What they mean."""
        found = self._either()
        if self._at < len(self._words):
            raise UnreadableError(f"a condition with {self._words[self._at]!r}")
        return found

    def _next(self) -> str:
        return self._words[self._at].lower() if self._at < len(self._words) else ""

    def _take(self) -> str:
        self._at += 1
        return self._words[self._at - 1]

    def _either(self) -> Formula:
        found = [self._every()]
        while self._next() == "or":
            self._take()
            found.append(self._every())
        return _joined("or", found)

    def _every(self) -> Formula:
        found = [self._one()]
        while self._next() == "and":
            self._take()
            found.append(self._one())
        return _joined("and", found)

    def _one(self) -> Formula:
        word = self._take()
        if word.lower() == "not":
            return Node("not", (self._one(),))
        if word == "(":
            found = self._either()
            self._take()
            return found
        if word.lower() in {"1", "any", "all"} and self._next() == "of":
            self._take()
            pattern = self._take().lower()
            return _joined("and" if word.lower() == "all" else "or", self._named(pattern))
        return self._parts[word]

    def _named(self, pattern: str) -> list[Formula]:
        if pattern == "them":
            return [part for name, part in self._parts.items() if not name.startswith("_")]
        fitting = re.compile(re.escape(pattern).replace(r"\*", ".*"))
        return [part for name, part in self._parts.items() if fitting.fullmatch(name.lower())]
