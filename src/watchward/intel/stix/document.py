"""The bytes of one object as what they say, where JSON leaves no doubt of that."""

import json
import re
from itertools import repeat
from typing import Any, Final

import msgspec

from watchward.intel.stix.objects import Limits

HIGHEST: Final = 2**53 - 1
"""The greatest whole number that every reader of JSON keeps."""

_NAMES: Final = re.compile(rb'"[ \t\r\n]*:')
_NAMING: Final = ("_ref", "refs")
_decoder: Final = msgspec.json.Decoder()


class DocumentError(Exception):
    """The bytes cannot be read as one object."""


class Document:
    """What an object says, and what was seen on the way through it.

    Args:
        content: its properties.
        references: what it names in properties that end with `_ref` or `_refs`, at any depth.

    """

    __slots__ = ("content", "references")

    def __init__(self, content: dict[str, Any], references: list[str]) -> None:
        self.content = content
        self.references = references


def document(raw: bytes, limits: Limits) -> Document:
    """What one object says.

    Raises:
        DocumentError: it is too large, too deep, no JSON, no object, or can be read in two ways.

    """
    if len(raw) > limits.object_bytes:
        raise DocumentError(f"It has {len(raw):,} bytes; {limits.object_bytes:,} are the most.")
    content = _decoded(raw)
    if not isinstance(content, dict):
        raise DocumentError("It is no object.")
    names, references = _walk(content, limits)
    if len(_NAMES.findall(raw)) != names:  # a text may look like a name as well: look closely
        _refuse_repeated_names(raw)
    if len(references) > limits.references:
        raise DocumentError(f"It names {len(references):,} other objects; {limits.references:,} are the most.")
    return Document(content, references)


def _decoded(raw: bytes) -> Any:
    try:
        return _decoder.decode(raw)
    except RecursionError:
        raise DocumentError("It is nested too deeply.") from None
    except UnicodeDecodeError:
        raise DocumentError("It is not UTF-8.") from None
    except msgspec.ValidationError:
        raise DocumentError("It has a number that is too great.") from None
    except msgspec.DecodeError as error:
        raise DocumentError(f"{str(error).rstrip('.')}.") from None


def _walk(content: dict[str, Any], limits: Limits) -> tuple[int, list[str]]:
    """How many names there are at any depth, and what is referred to."""
    names, references = 0, list[str]()
    level: list[Any] = [content]
    for _ in range(limits.depth):
        below: list[Any] = []
        for node in level:
            named = type(node) is dict
            names += len(node) if named else 0
            for name, value in node.items() if named else zip(repeat(""), node, strict=False):
                kind = type(value)
                if kind is dict or kind is list:
                    below.append(value)
                elif kind is int and not -HIGHEST <= value <= HIGHEST:
                    raise DocumentError("It has a number that is too great.")
                if name[-4:] in _NAMING:
                    references.extend(one for one in (value if kind is list else (value,)) if type(one) is str)
        if not below:
            return names, references
        level = below
    raise DocumentError(f"It is nested deeper than {limits.depth} levels.")


def _refuse_repeated_names(raw: bytes) -> None:
    json.loads(raw, object_pairs_hook=_without_repeated)


def _without_repeated(pairs: list[tuple[str, Any]]) -> None:
    names: set[str] = set()
    for name, _ in pairs:
        if name in names:
            raise DocumentError(f"It says {name[:100]!r} twice.")
        names.add(name)
