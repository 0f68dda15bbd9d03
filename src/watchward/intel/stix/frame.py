"""From the bytes of a bundle, an envelope or one object to the bytes of each object, none of them changed.

What stands in a whole that is sound is found quickly. Where the whole cannot be read, its objects are found by their
brackets alone, so that one bad object does not take the others with it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType

_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)|[{}\[\]]', re.DOTALL)
_TOKEN_OR_COMMA: Final = re.compile(_TOKEN.pattern + rb"|,", re.DOTALL)
_LIST_FOLLOWS: Final = re.compile(rb"[ \t\r\n]*:[ \t\r\n]*\[")
_OBJECTS: Final = b'"objects"'
_MARK: Final = b"\xef\xbb\xbf"


class FrameError(Exception):
    """The whole cannot be read."""


class _Outside(Struct):
    """What is said around the objects."""

    type: Any = UNSET
    objects: Raw | UnsetType = UNSET
    spec_version: Any = None
    more: Any = None
    next: Any = None


_outside: Final = msgspec.json.Decoder(_Outside)
_list: Final = msgspec.json.Decoder(list[Raw])


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The objects that stand in a whole, and what it says of them all.

    Args:
        objects: their bytes.
        spec_version: what the whole says for those that say nothing, as bundles of STIX 2.0 do.

    """

    objects: tuple[bytes, ...]
    spec_version: str | None = None
    more: bool = False
    next: str | None = None


def frame(raw: bytes) -> Frame:
    """What stands in a whole.

    Raises:
        FrameError: it is no bundle, envelope or object.

    """
    raw = raw.removeprefix(_MARK).strip()
    try:
        outside = _outside.decode(raw)
        several = None if isinstance(outside.objects, UnsetType) else _several(outside.objects)
        if raw.count(_OBJECTS) > 1 and several is not None:
            _only_one(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        return _by_brackets(raw, error)
    if outside.type not in ("bundle", UNSET):
        return Frame(objects=(raw,))
    if several is None and outside.type is UNSET and raw.strip(b"{} \t\r\n"):
        return Frame(objects=(raw,))
    return _told(outside, several or ())


def _several(objects: Raw) -> tuple[bytes, ...] | None:
    return tuple(map(bytes, _list.decode(objects))) if bytes(memoryview(objects)[:1]) == b"[" else None


def _told(outside: _Outside, objects: tuple[bytes, ...]) -> Frame:
    version, following = outside.spec_version, outside.next
    return Frame(
        objects=objects,
        spec_version=version if isinstance(version, str) else None,
        more=outside.more is True,
        next=following if isinstance(following, str) else None,
    )


def _by_brackets(raw: bytes, error: Exception) -> Frame:
    """The objects of a whole that cannot be read, if what stands around them can."""
    spans = list(_lists(raw))
    if len(spans) != 1:
        raise FrameError(_words(error)) from None
    start, end = spans[0]
    try:
        outside = _outside.decode(raw[:start] + b"[]" + raw[end:])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise FrameError(_words(error)) from None
    if outside.type not in ("bundle", UNSET):
        return Frame(objects=(raw,))
    return _told(outside, tuple(_elements(raw, start + 1, end - 1)))


def _only_one(raw: bytes) -> None:
    if len(list(_lists(raw))) > 1:
        raise FrameError("It has two lists of objects.")


def _lists(raw: bytes) -> Iterator[tuple[int, int]]:
    """Where each list of objects of the whole begins and ends."""
    depth, start = 0, -1
    for token in _TOKEN.finditer(raw):
        first = raw[token.start()]
        if first in b"{[":
            depth += 1
        elif first in b"}]":
            depth -= 1
            if depth == 1 and start >= 0:
                yield start, token.end()
                start = -1
        elif depth == 1 and token.group() == _OBJECTS and (opening := _LIST_FOLLOWS.match(raw, token.end())):
            start = opening.end() - 1


def _elements(raw: bytes, start: int, end: int) -> Iterator[bytes]:
    """What stands between the commas of a list."""
    depth, begin = 0, start
    for token in _TOKEN_OR_COMMA.finditer(raw, start, end):
        first = raw[token.start()]
        if first in b"{[":
            depth += 1
        elif first in b"}]":
            depth -= 1
        elif first in b"," and depth == 0:
            yield raw[begin : token.start()].strip()
            begin = token.end()
    if last := raw[begin:end].strip():
        yield last


def _words(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "It is nested too deeply."
    if isinstance(error, UnicodeDecodeError):
        return "It is not UTF-8."
    return f"{str(error).rstrip('.')}."
