"""Files that people bring: STIX, events of MISP, or plain lists; each becomes objects of STIX in a collection."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

import msgspec

from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.intel import queries
from watchward.console.intel.actions import add_objects
from watchward.console.intel.bulk import chunks
from watchward.console.intel.guard import Doer, require_in_use, require_write
from watchward.console.intel.models import Collection, Source
from watchward.console.intel.storing import Stored
from watchward.intel import misp, plain
from watchward.intel.brought import Form, form_of
from watchward.intel.errors import IntelError
from watchward.intel.observable import Observable
from watchward.intel.stix import things
from watchward.intel.stix.identifiers import derived

_AT_ONCE: Final = 10_000
"""How many objects are stored in one transaction, so that others have their turn in between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that somebody brings.

    Args:
        raw: its text.
        name: what it is called, for the indicators made of a list.
        at: when it was last changed: since then what it lists holds.
        form: what it is; None where its text is to tell.

    """

    raw: bytes
    name: str
    at: datetime
    form: Form | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What became of a file.

    Args:
        form: what it is.
        stored: what became of its objects.
        unread: what could not be read, and why, in sentences.

    """

    form: Form
    stored: Stored = field(default_factory=Stored)
    unread: Sequence[str] = ()


def bring(*, by: Doer, collection: Collection, file: File, clock: Clock, source: Source | None = None) -> Brought:
    """Put what a file holds into a collection; what a list names that is there already stays as it is.

    Raises:
        NotAllowedError: they may not.
        BadInputError: the collection is retired, or it is none of STIX, an event of MISP, or a list that names
            anything.

    """
    require_write(by, collection)
    require_in_use(collection)
    form = file.form or _form(file)
    stored = Stored()
    texts, unread = _texts(form, file, collection, stored)
    for text, addressed in texts:
        done = add_objects(by=by, collection=collection, raw=text, source=source, addressed=addressed, clock=clock)
        stored.new += done.new
        stored.known += done.known
        stored.refused += done.refused
    if not stored.total:
        why = f" {unread[0]}" if unread else ""
        raise BadInputError(
            f"{file.name} holds nothing that can be used.{why}",
            advice="Bring STIX, MISP JSON, or a list with one address, name or digest a line.",
        )
    return Brought(form=form, stored=stored, unread=unread)


def _form(file: File) -> Form:
    try:
        return form_of(file.raw)
    except IntelError as error:
        raise BadInputError(f"{file.name} cannot be read. {error.message}", advice=error.advice) from None


_Texts: TypeAlias = Iterable[tuple[bytes, Sequence[str]]]
"""Texts, each with the sharing groups to which what it holds was sent."""


def _texts(form: Form, file: File, collection: Collection, stored: Stored) -> tuple[_Texts, list[str]]:
    """A file as texts of a bounded size, and what in it could not be read."""
    match form:
        case Form.STIX:
            return [(file.raw, ())], []
        case Form.MISP:
            taken = misp.read(file.raw)
            return _sent(taken.items), [f"{one.what}: {one.reason}" for one in taken.refused]
        case Form.LIST:
            listed = plain.read(file.raw)
            bad = [f"Line {one.number}: {one.reason} ({one.text!r})" for one in listed.bad]
            return ((text, ()) for text in _envelopes(_new_of(listed, file, collection, stored))), bad


def _sent(items: Iterable[misp.Item]) -> _Texts:
    """What an event of MISP holds, by the groups to which its parts were sent."""
    by_group: dict[tuple[str, ...], list[bytes]] = {}
    for one in items:
        by_group.setdefault(tuple(sorted(one.addressed)), []).append(msgspec.json.encode(dict(one.content)))
    for groups, said in by_group.items():
        for text in _envelopes(said):
            yield text, groups


def _new_of(listed: plain.PlainList, file: File, collection: Collection, stored: Stored) -> list[bytes]:
    """The indicators for what a list names that is not there yet; the same thing of the same list is the same one."""
    named = {derived("indicator", {"list": file.name, "kind": one.kind.value, "value": one.value}): one
             for one in listed.observables}  # fmt: skip
    there = queries.standing(collection, list(named))
    stored.known += there
    known = {one.stix_id for one in there}
    return [_indicator(key, one, file) for key, one in named.items() if key not in known]


def _indicator(identifier: str, thing: Observable, file: File) -> bytes:
    title = f"{thing.value[:150]} ({file.name})"
    said = things.indicator(
        identifier, thing, created=file.at, modified=file.at, name=title, indicator_types=["unknown"]
    )
    return msgspec.json.encode(said)


def _envelopes(objects: Sequence[bytes]) -> Iterator[bytes]:
    for some in chunks(objects, _AT_ONCE):
        yield b'{"objects":[' + b",".join(some) + b"]}"
