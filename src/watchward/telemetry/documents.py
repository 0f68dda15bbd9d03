r"""One foreign document in; its values by dotted path out.

Of a path that is given twice the last value counts. What is no JSON object is refused with a reason.

>>> flat(b'{"a": {"b": 1}, "a.b": 2, "c": []}')
{'a.b': 2, 'c': []}

"""

import codecs
import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

from watchward.telemetry.values import Value, compact_json

MAX_DEPTH = 64
"""How deep objects and lists may nest; a deeper document is refused."""

MAX_RECORD = 8 * 1024 * 1024
"""The longest document, in bytes; a longer one is refused, for no log writes such events."""

MAX_NUMBER = 4_000
"""The longest number, in digits; a longer one is refused."""


class UnreadableError(Exception):
    """The document cannot be read; the message is the reason, in words for a person."""


class Members(list[tuple[str, Any]]):
    """An object's members in order, repeated names included."""


def _constant(name: str) -> float:
    raise UnreadableError(f"{name} is no JSON value")


def _fraction(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits


def _integer(digits: str) -> int:
    if len(digits) > MAX_NUMBER:
        raise UnreadableError(f"a number has more than {MAX_NUMBER} digits")
    return int(digits)


_decoder = json.JSONDecoder(
    object_pairs_hook=Members, parse_constant=_constant, parse_int=_integer, parse_float=_fraction
)


def decoded(line: bytes) -> str:
    """The text of a line: UTF-8, or where it is not that, the Windows code page that old agents write."""
    line = line.removeprefix(codecs.BOM_UTF8)
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def is_utf8(line: bytes) -> bool:
    """Whether a line is UTF-8."""
    try:
        line.decode()
    except UnicodeDecodeError:
        return False
    return True


def members(line: bytes) -> Members:
    """The document's members; raises UnreadableError where it is no JSON object of bearable size."""
    if len(line) > MAX_RECORD:
        raise UnreadableError(f"the record is longer than {MAX_RECORD // 2**20} MiB")
    try:
        document = _decoder.decode(decoded(line))
    except json.JSONDecodeError as error:
        nul = "; it holds NUL bytes" if b"\x00" in line else ""
        raise UnreadableError(f"not JSON: {error.msg} at character {error.pos + 1}{nul}") from error
    except RecursionError as error:
        raise UnreadableError(f"nested more than {MAX_DEPTH} deep") from error
    if not isinstance(document, Members):
        raise UnreadableError("not a JSON object")
    if too_deep(document):
        raise UnreadableError(f"nested more than {MAX_DEPTH} deep")
    return document


def too_deep(document: Members) -> bool:
    """Whether objects and lists nest deeper than is allowed."""
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return False
    return True


def _inside(outer: Any) -> list[Any]:
    values = [value for _, value in outer] if isinstance(outer, Members) else outer
    return [value for value in values if isinstance(value, list)]


def flat(line: bytes) -> dict[str, Value]:
    """The document's values by path."""
    return dict(leaves(members(line)))


def leaves(document: Members, prefix: str = "") -> Iterator[tuple[str, Value]]:
    """Each value with its path, in the document's order; an empty object is a value."""
    for name, value in document:
        path = f"{prefix}{name}"
        if isinstance(value, Members) and value:
            yield from leaves(value, f"{path}.")
        else:
            yield path, plain(value)


def plain(value: Any) -> Value:
    """A parsed value as plain dictionaries and lists."""
    if isinstance(value, Members):
        return {name: plain(inner) for name, inner in value}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value  # type: ignore[no-any-return]  # what is neither object nor list is a scalar


def encoded(values: Mapping[str, Value]) -> str | None:
    """Values by path as the JSON text of `unmapped`; None where there are none."""
    return compact_json(dict(values)) if values else None
