"""What a rule asks, and what an event has instead, in words for people."""

from collections.abc import Sequence
from typing import Final, assert_never

from watchward.detect.explain.why import Check
from watchward.detect.sigma.ir import (
    ANYWHERE,
    Absent,
    How,
    Leaf,
    Network,
    Number,
    Order,
    Regex,
    SameAs,
    Text,
    TimePart,
    Wildcard,
)
from watchward.detect.sigma.rule import LogSource
from watchward.detect.texts.values import fold
from watchward.telemetry.batch import OF_ENVELOPE

LONGEST: Final = 160
"""Characters of a value that are quoted; of a longer one the part that matters."""

_MOST_VALUES: Final = 3
_BEFORE: Final = 40
_HOW: Final = {
    How.EQUALS: ("is", "is not"),
    How.CONTAINS: ("contains", "does not contain"),
    How.STARTS: ("starts with", "does not start with"),
    How.ENDS: ("ends with", "does not end with"),
}
_ORDER: Final = {
    Order.EQUAL: ("is", "is not"),
    Order.LESS: ("is less than", "is not less than"),
    Order.AT_MOST: ("is at most", "is more than"),
    Order.MORE: ("is more than", "is at most"),
    Order.AT_LEAST: ("is at least", "is less than"),
}


def subject(leaf: Leaf) -> str:
    """What a comparison is about.

    >>> subject(Absent("User")), subject(Text("", How.CONTAINS, "x"))
    ('User', 'some value')

    """
    if isinstance(leaf, TimePart):
        return f"the {leaf.part} of {leaf.field} (UTC)"
    return "some value" if leaf.field == ANYWHERE else field_words(leaf.field)


def field_words(name: str) -> str:
    """What a field is called; what the envelope says needs no name.

    >>> field_words("@device"), field_words("Image")
    ('the device', 'Image')

    """
    return f"the {OF_ENVELOPE[name]}" if name in OF_ENVELOPE else name


def verb(leaf: Leaf, *, wanted: bool = True) -> str:  # noqa: PLR0911 - one line for each kind of comparison
    """How it is compared, as it follows on the subject; `wanted` is false where a rule asks that it does not hold."""
    match leaf:
        case Text(how=how):
            how = How.CONTAINS if leaf.field == ANYWHERE and how is How.EQUALS else how
            return _HOW[how][not wanted]
        case Wildcard():
            return "fits" if wanted else "does not fit"
        case Regex():
            return "has" if wanted else "does not have"
        case Network():
            return "lies in the network" if wanted else "does not lie in the network"
        case Number(order=order):
            return _ORDER[order][not wanted]
        case TimePart():
            return "is" if wanted else "is not"
        case SameAs():
            return _same(leaf)[not wanted]
        case Absent():
            return "is missing" if wanted else "is there"
        case _:
            assert_never(leaf)


def _same(leaf: SameAs) -> tuple[str, str]:
    match leaf.starts, leaf.ends:
        case (True, True):
            return "contains the value of", "does not contain the value of"
        case (True, False):
            return "starts with the value of", "does not start with the value of"
        case (False, True):
            return "ends with the value of", "does not end with the value of"
        case _:
            return "is the same as", "is not the same as"


def sought(leaf: Leaf) -> str:  # noqa: PLR0911 - one line for each kind of comparison
    """What it is compared with; nothing where a field is asked to be missing.

    >>> sought(Text("A", How.ENDS, ".exe")), sought(Wildcard("A", (("a", "b"), ("c",)))), sought(SameAs("A", "B"))
    ("'.exe'", "'a?b*c'", 'B')

    """
    match leaf:
        case Text(text=text, cased=cased):
            return f"{quoted(text)}{_CASED if cased else ''}"
        case Wildcard(pieces=pieces, cased=cased):
            return f"{quoted('*'.join('?'.join(piece) for piece in pieces))}{_CASED if cased else ''}"
        case Regex(pattern=pattern, flags=flags):
            return f"/{pattern}/{flags}"
        case Network(cidr=cidr):
            return cidr
        case Number(number=number):
            return f"{number:g}" if number == int(number) and abs(number) < 10**6 else str(number)
        case TimePart(number=number):
            return str(number)
        case SameAs(other=other):
            return other
        case Absent():
            return ""
        case _:
            assert_never(leaf)


_CASED: Final = " (in this letter case)"


def asked(leaf: Leaf, *, wanted: bool = True) -> str:
    """What a rule asks, in one phrase.

    >>> asked(Text("CommandLine", How.CONTAINS, "-enc")), asked(Absent("User"), wanted=False)
    ("CommandLine contains '-enc'", 'User is there')

    """
    return " ".join(part for part in (subject(leaf), verb(leaf, wanted=wanted), sought(leaf)) if part)


def seen(check: Check) -> str:
    """What the event has.

    >>> seen(Check(leaf=Text("A", How.CONTAINS, "x"), holds=False, there=False, values=()))
    'the event has no A'

    """
    leaf = check.leaf
    if leaf.field == ANYWHERE:
        return f"the event has {_listed(check.values, leaf)}" if check.holds else "nothing in the event does"
    if not check.there:
        return f"the event has no {leaf.field}"
    if check.values in {(), ("",)}:
        return f"the event has {leaf.field} without a value"
    return f"the event has {_listed(check.values, leaf)}{_compared(check)}"


def _compared(check: Check) -> str:
    if not isinstance(check.leaf, SameAs):
        return ""
    other = check.leaf.other
    return f", and {other} {_listed(check.others, check.leaf)}" if check.others else f", and no {other}"


def _listed(values: Sequence[str], leaf: Leaf) -> str:
    shown = [quoted(excerpt(value, leaf)) for value in values[:_MOST_VALUES]]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f" and {more:,} more values" if more else "")


def excerpt(value: str, leaf: Leaf) -> str:
    """A value, or of a long one the part where a text that is looked for stands."""
    if len(value) <= LONGEST:
        return value
    place = fold(value).find(fold(leaf.text)) if isinstance(leaf, Text) else -1
    start = max(0, min(place - _BEFORE, len(value) - LONGEST)) if place > _BEFORE else 0
    part = value[start : start + LONGEST]
    return f"{'…' if start else ''}{part}{'…' if start + LONGEST < len(value) else ''}"


def quoted(text: str) -> str:
    r"""A text in quotation marks, with what cannot be seen written out.

    >>> print(quoted(chr(233) + chr(7)))
    'é\x07'

    """
    shown = "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
    return f"'{shown}'"


def source_words(source: LogSource | tuple[str | None, str | None, str | None]) -> str:
    """A log source in one word.

    >>> source_words(("windows", "process_creation", None))
    'windows/process_creation'

    """
    parts = (source.product, source.category, source.service) if isinstance(source, LogSource) else source
    return "/".join(part for part in parts if part) or "no known kind"
