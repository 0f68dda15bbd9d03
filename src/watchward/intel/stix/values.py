"""Whether the value of a property is what the specification asks for; each check says what is wrong, or None."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from watchward.intel.stix.identifiers import type_in
from watchward.intel.stix.timestamps import moment

Allows = Callable[[str], bool]
"""Whether objects of a type may be named there."""

_HEX: Final = re.compile(r"(?:[0-9a-fA-F]{2})+")
_DIGEST: Final[Mapping[str, int]] = {
    "MD5": 32, "SHA-1": 40, "SHA-256": 64, "SHA-512": 128, "SHA3-256": 64, "SHA3-512": 128,
}  # fmt: skip


def check(value: str, allows: Allows, allowed: str) -> Callable[[Any], str | None]:
    """The check for a kind of value, as the table names it."""
    match value:
        case "identifier":
            return partial(_identifier, allows=allows)
        case "identifiers":
            return partial(_identifiers, allows=allows)
        case "integer" | "number":
            lowest, _, highest = allowed.partition("..")
            return partial(
                _number,
                whole=value == "integer",
                lowest=float(lowest or "-inf"),
                highest=float(highest or "inf"),
            )
        case "string" if allowed:
            return partial(_one_of, words=frozenset(allowed.split()))
        case _:
            return _PLAIN[value]


def _string(value: Any) -> str | None:
    return None if type(value) is str else "is no text"


def _one_of(value: Any, words: frozenset[str]) -> str | None:
    if type(value) is str and value in words:
        return None
    return f"is not {' or '.join(sorted(words))}"


def _strings(value: Any) -> str | None:
    if type(value) is list and all(type(one) is str for one in value):
        return None
    return "is no list of texts"


def _boolean(value: Any) -> str | None:
    return None if type(value) is bool else "is neither true nor false"


def _number(value: Any, *, whole: bool, lowest: float, highest: float) -> str | None:
    if type(value) is not int and (whole or type(value) is not float):
        return "is no whole number" if whole else "is no number"
    if lowest <= value <= highest:
        return None
    return f"is not between {lowest:g} and {highest:g}"


def _timestamp(value: Any) -> str | None:
    if type(value) is not str:
        return "is no time"
    try:
        moment(value)
    except ValueError as error:
        return f"{value[:40]!r} cannot be used: {error}"
    return None


def _identifier(value: Any, *, allows: Allows) -> str | None:
    type_ = type_in(value) if type(value) is str else None
    if type_ is None:
        return "is no identifier such as indicator--0042a9f5-f053-4769-b3ef-9ad018dfa298"
    return None if allows(type_) else f"names a {type_}, which may not stand there"


def _identifiers(value: Any, *, allows: Allows) -> str | None:
    if type(value) is not list:
        return "is no list of identifiers"
    return next((problem for one in value if (problem := _identifier(one, allows=allows))), None)


def _object(value: Any) -> str | None:
    return None if type(value) is dict else "is no object"


def _objects(value: Any) -> str | None:
    if type(value) is list and all(type(one) is dict for one in value):
        return None
    return "is no list of objects"


def _hex(value: Any) -> str | None:
    return None if type(value) is str and _HEX.fullmatch(value) else "has not an even number of hexadecimal digits"


def _hashes(value: Any) -> str | None:
    if type(value) is not dict or not all(type(digest) is str for digest in value.values()):
        return "is no object that gives each algorithm its digest"
    for name, digest in value.items():
        digits = _DIGEST.get(name)
        if digits is not None and not (len(digest) == digits and _HEX.fullmatch(digest)):
            return f"has a {name} that has not {digits} hexadecimal digits"
    return None


def _with_texts(value: Any, *, names: tuple[str, ...]) -> str | None:
    if _objects(value) is None and all(type(one.get(name)) is str for one in value for name in names):
        return None
    return f"is no list of objects with {' and '.join(names)}"


def _markings(value: Any) -> str | None:
    if _objects(value) is not None:
        return "is no list of objects"
    for one in value:
        selectors, named = one.get("selectors"), one.get("marking_ref")
        if _strings(selectors) is not None or not selectors:
            return "has a marking without selectors"
        if named is None and type(one.get("lang")) is not str:
            return "has a marking that names no marking definition"
        if named is not None and (problem := _identifier(named, allows="marking-definition".__eq__)):
            return f"has a marking_ref that {problem}"
    return None


_PLAIN: Final[Mapping[str, Callable[[Any], str | None]]] = {
    "boolean": _boolean,
    "hashes": _hashes,
    "hex": _hex,
    "markings": _markings,
    "object": _object,
    "objects": _objects,
    "phases": partial(_with_texts, names=("kill_chain_name", "phase_name")),
    "references": partial(_with_texts, names=("source_name",)),
    "string": _string,
    "strings": _strings,
    "timestamp": _timestamp,
}
