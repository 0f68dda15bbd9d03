"""Indicators that somebody wrote down: lists of plain values, STIX bundles, and events of MISP."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

import msgspec

from watchward.intel import misp, plain, stix
from watchward.intel.brought import Form, form_of
from watchward.intel.exact.entry import Entry
from watchward.intel.live.compiled import compiled
from watchward.intel.live.pattern import Pattern
from watchward.intel.observable import Observable
from watchward.intel.pattern import observables
from watchward.intel.stix import Refused, StixObject

_LISTED: Final = UUID("5e0c0b4e-6f3a-5d0e-9d1c-8b1d7d9a6a11")
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a file says.

    Args:
        entries: what it names outright.
        patterns: the indicators whose patterns ask for more than that.
        refused: what cannot be used, and why, in words; each begins with where it stands.
        passed_over: how many indicators ask for what cannot be looked for.

    """

    entries: tuple[Entry, ...]
    patterns: tuple[Pattern, ...] = ()
    refused: tuple[str, ...] = ()
    passed_over: int = 0


def read(raw: bytes, *, name: str) -> Written:
    """What a file says: a STIX bundle, a TAXII envelope or an object, events of MISP, or a plain list.

    Args:
        raw: its bytes.
        name: what the file is called; it stands for whoever shared a plain list.

    Raises:
        IntelError: it is JSON that is broken, or of another kind.

    """
    match form_of(raw):
        case Form.STIX:
            return _bundle(raw)
        case Form.MISP:
            return _events(raw)
        case Form.LIST:
            return _list(raw, name)


def _events(raw: bytes) -> Written:
    taken = misp.read(raw)
    found = _bundle(msgspec.json.encode({"objects": [dict(one.content) for one in taken.items]}))
    return replace(found, refused=(*(f"{one.what}: {one.reason}" for one in taken.refused), *found.refused))


def _list(raw: bytes, name: str) -> Written:
    found = plain.read(raw)
    entries = (
        Entry(observable=thing, indicator=_named(thing), title=_title(thing), source=name)
        for thing in found.observables
    )
    return Written(
        entries=tuple(entries), refused=tuple(f"line {one.number}: {one.reason} ({one.text!r})" for one in found.bad)
    )


def _named(thing: Observable) -> str:
    """The identifier of a thing in a list: the same thing has the same one in every list."""
    return f"indicator--{uuid5(_LISTED, f'{thing.kind.value} {thing.value}')}"


def _title(thing: Observable) -> str:
    return f"{thing.kind.value.replace('_', ' ')} {thing.value}"[:_LONGEST]


def _bundle(raw: bytes) -> Written:
    found = stix.read(raw)
    names = {one.id: str(one.content.get("name", "")) for one in found.objects if one.type == "identity"}
    several = [one for one in found.objects if one.type == "indicator" and not one.revoked]
    entries = [(one, list(_entries(one, names))) for one in several]
    asked = compiled(_pattern(one, names) for one, some in entries if not some)
    refused = [f"{_where(one)}{one.reason}" for one in found.refused]
    return Written(
        entries=tuple(entry for _, some in entries for entry in some),
        patterns=asked.patterns,
        refused=(*refused, *(f"{name}: {why.message}" for name, why in asked.refused.items())),
        passed_over=len(asked.refused),
    )


def _where(one: Refused) -> str:
    """Which object was refused; nothing where the whole of the text was."""
    return "" if one.position is None else f"object {one.position + 1} ({one.id or 'without id'}): "


def _pattern(one: StixObject, names: Mapping[str, str]) -> Pattern:
    """What one indicator asks for that is more than exact values."""
    said = one.content
    return Pattern(
        id=one.id,
        pattern=str(said.get("pattern", "")),
        pattern_type=str(said.get("pattern_type", "stix")),
        title=str(said.get("name") or said.get("pattern", ""))[:_LONGEST],
        confidence=_confidence(said),
        source=names.get(one.created_by or "", ""),
        since=_moment(said, "valid_from"),
        until=_moment(said, "valid_until"),
    )


def _entries(one: StixObject, names: Mapping[str, str]) -> Iterator[Entry]:
    """What one indicator names outright."""
    said = one.content
    for thing in sorted(observables(str(said.get("pattern", ""))) or (), key=lambda thing: (thing.kind, thing.value)):
        yield Entry(
            observable=thing,
            indicator=one.id,
            title=str(said.get("name") or _title(thing))[:_LONGEST],
            confidence=_confidence(said),
            source=names.get(one.created_by or "", ""),
            since=_moment(said, "valid_from"),
            until=_moment(said, "valid_until"),
        )


def _confidence(said: Mapping[str, object]) -> int | None:
    found = said.get("confidence")
    return found if isinstance(found, int) and 0 <= found <= 100 else None  # noqa: PLR2004 - of a hundred


def _moment(said: Mapping[str, object], name: str) -> datetime | None:
    try:
        return datetime.fromisoformat(str(said[name]))
    except (KeyError, ValueError):
        return None
