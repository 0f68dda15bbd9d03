"""What people say is normal here: a Sigma filter made of an alert's own fields, with reason, scope and expiry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

import yaml

from watchward.base.errors import BadInputError
from watchward.detect.sigma.document import parse
from watchward.detect.sigma.filters import Filter
from watchward.detect.sigma.ir import How
from watchward.detect.sigma.rule import LogSource

FOLDER: Final = "normal-here"
"""Where in a node's rule folder these filters are: one file each, which the console writes and takes away."""

DAYS: Final = 90
"""How long a filter is in force unless its author says otherwise."""

MOST_DAYS: Final = 366
"""The longest: whoever still holds it normal in a year looks at it again."""

LONGEST_TEXT: Final = 2_000
"""Characters of one text that a filter asks for."""

_MODIFIERS: Final = {How.EQUALS: "", How.CONTAINS: "|contains", How.STARTS: "|startswith", How.ENDS: "|endswith"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asks:
    """One thing that a filter asks of an event: this field equals, contains, starts or ends with this text."""

    field: str
    how: How
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a filter is in force.

    Args:
        organisations: by code; none: everywhere.
        device: by the name that its events have; empty: all devices.

    """

    organisations: tuple[str, ...] = ()
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Normal:
    """What somebody says is normal.

    Args:
        rule: the id of the one rule that it is for.
        made_on: the day on which they said so; from `expires` on it is out of force.

    """

    id: UUID
    title: str
    rule: str
    logsource: LogSource
    asks: tuple[Asks, ...]
    scope: Scope
    author: str
    reason: str
    made_on: date
    expires: date


class _Quoted(str):
    """A text that is written in quotation marks, so that no reader of YAML takes it for anything else."""

    __slots__ = ()


class _Writer(yaml.SafeDumper):
    """Writes texts from people in quotation marks."""


def _as_quoted(writer: yaml.SafeDumper, text: str) -> yaml.Node:
    return writer.represent_scalar("tag:yaml.org,2002:str", str(text), style='"')


_Writer.add_representer(_Quoted, _as_quoted)


def text_of(normal: Normal) -> str:
    """The Sigma filter, as its file says it.

    Raises:
        BadInputError: it asks for nothing, or for a text that is empty or too long.

    """
    document = {
        "title": _Quoted(normal.title),
        "id": str(normal.id),
        "description": _Quoted(normal.reason),
        "author": _Quoted(normal.author),
        "date": _Quoted(normal.made_on.isoformat()),
        "expires": _Quoted(normal.expires.isoformat()),
        "logsource": _source(normal.logsource),
        "filter": {
            "rules": [_Quoted(normal.rule)],
            "selection": _selection(normal),
            "condition": "selection",
        },
    }
    return yaml.dump(document, Dumper=_Writer, sort_keys=False, allow_unicode=True, width=2**20)


def _source(source: LogSource) -> dict[str, str]:
    named = {"product": source.product, "category": source.category, "service": source.service}
    return {name: _Quoted(value) for name, value in named.items() if value}


def _selection(normal: Normal) -> dict[str, object]:
    if not normal.asks:
        raise BadInputError("The filter asks for nothing.", advice="Choose at least one field of the event.")
    found: dict[str, object] = {}
    for one in normal.asks:
        _check(one)
        name = f"{one.field}{_MODIFIERS[one.how]}"
        if name in found:
            raise BadInputError(f"It asks twice for {one.field}.", advice="Ask for one text of each field.")
        found[name] = _Quoted(escaped(one.text))
    if normal.scope.device:
        found["@device"] = _Quoted(escaped(normal.scope.device))
    if normal.scope.organisations:
        found["@organisation"] = [_Quoted(escaped(code)) for code in normal.scope.organisations]
    return found


def _check(one: Asks) -> None:
    if not one.field or "|" in one.field or one.field.startswith("@"):
        raise BadInputError(
            f"{one.field!r} is no field that a filter may ask for.",
            advice="Choose fields of the event; where the filter is in force is chosen apart from them.",
        )
    if not one.text and one.how is not How.EQUALS:
        raise BadInputError(f"The text for {one.field} is empty.", advice="Say which text is normal.")
    if len(one.text) > LONGEST_TEXT:
        raise BadInputError(
            f"The text for {one.field} has {len(one.text):,} characters.",
            advice=f"Choose a part of it: {LONGEST_TEXT:,} characters are the most.",
        )


def escaped(text: str) -> str:
    r"""A text as Sigma writes one in which nothing stands for anything else.

    >>> print(escaped(r"C:\a*.exe"))
    C:\\a\*.exe

    """
    return "".join(f"\\{one}" if one in "\\*?" else one for one in text)


def filter_in(text: str) -> Filter:
    """The filter that such a text is, as every reader of rules sees it.

    Raises:
        BadInputError: it is none, for example because it would be too long.

    """
    (found,) = parse(text.encode(), Path(FOLDER)) or (None,)
    if not isinstance(found, Filter):
        reason = getattr(found, "reason", "it is no filter")
        raise BadInputError(f"The filter cannot be made: {reason}.", advice="Ask for less, or for other texts.")
    return found


def proposed(fields: Mapping[str, str], unfit: Sequence[str] = ()) -> tuple[Asks, ...]:
    """What a filter could ask of an event that a rule matched: the whole value of each field; `unfit` are left out."""
    return tuple(
        Asks(field=name, how=How.EQUALS, text=text)
        for name, text in fields.items()
        if name not in unfit and len(text) <= LONGEST_TEXT
    )
