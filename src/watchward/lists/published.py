"""What is blocked now, on disk: whoever decides writes it here, and the server of lists notices within milliseconds.

A base holds everything, and a journal beside it each change since, one line a change, whole and flushed to disk before
the writer goes on. `current.json` names the two that count and is replaced as a whole (ADR 0229).
"""

import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final

import msgspec

from watchward.base.errors import BadSetupError
from watchward.base.files import add_to, put_whole, turn
from watchward.intel.lists.block import Block
from watchward.intel.observable import Observable

CURRENT: Final = "current.json"
_LOCK: Final = "turn.lock"
_SMALL: Final = 1 << 20
"""A journal of fewer bytes is not worth a new base."""


def alone(code: str) -> str:
    """What stands in `Placed.where` for an organisation without those below it."""
    return f"{code} alone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A block, and where it holds.

    Args:
        id: what it is known by to whoever decides; a block that is told again under it takes its place.
        block: what is blocked, why, since and until when.
        where: codes of the organisations for which it holds, each with all below it or, by `alone`, without those;
            none: all that this node serves.

    """

    id: str
    block: Block
    where: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Excepted:
    """What an organisation wants to reach although it is blocked.

    Args:
        id: what it is known by to whoever decides.
        organisation: the code of the organisation, for which it holds with all below it.
        observable: the thing: with a name all under it, with a network all in it.
        reason: why, in words of whoever decided.
        until: until when; None while nobody says.

    """

    id: str
    organisation: str
    observable: Observable
    reason: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """Everything that is decided now.

    Args:
        blocks: what is blocked.
        exceptions: what organisations have excepted.
        own_domains: names of the sector itself, which are never blocked, whoever decided it.
        own_networks: likewise its networks.

    """

    blocks: tuple[Placed, ...] = ()
    exceptions: tuple[Excepted, ...] = ()
    own_domains: tuple[str, ...] = ()
    own_networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed at once.

    Args:
        edition: its number; each is one more than the last.
        changed: blocks that are new or another.
        lifted: ids of blocks that are no more.
        excepted: exceptions that are new or another.
        ended: ids of exceptions that are no more.

    """

    edition: int
    changed: tuple[Placed, ...] = ()
    lifted: tuple[str, ...] = ()
    excepted: tuple[Excepted, ...] = ()
    ended: tuple[str, ...] = ()


class _Current(msgspec.Struct, frozen=True, kw_only=True):
    version: int = 1
    base: str
    journal: str


class _Numbered(msgspec.Struct, frozen=True):
    edition: int


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    """The first line of a base; the records follow, one a line."""

    edition: int
    blocks: int
    exceptions: int
    own_domains: tuple[str, ...]
    own_networks: tuple[str, ...]


_CHANGE: Final = msgspec.json.Decoder(Change)
_PLACED: Final = msgspec.json.Decoder(Placed)
_EXCEPTED: Final = msgspec.json.Decoder(Excepted)
_ENCODER: Final = msgspec.json.Encoder()


def publish(folder: Path, publication: Publication) -> int:
    """Make this everything that is decided; return the number of the edition.

    When this returns it is on disk, and the server of lists notices it at once. Only what differs from before costs
    anything, there and at the controls: publishing the same again changes nothing for them.
    """
    with turn(folder / _LOCK):
        named = _named(folder)
        edition = 1 + (_last_edition(folder, named) if named else 0)
        _write_base(folder, publication, edition)
        return edition


def append(
    folder: Path,
    *,
    changed: Iterable[Placed] = (),
    lifted: Iterable[str] = (),
    excepted: Iterable[Excepted] = (),
    ended: Iterable[str] = (),
) -> int:
    """Add a change to what is decided; return the number of the edition that holds it.

    When this returns it is on disk. Where the same id is both lifted and changed, it is there afterwards. To be called
    once the decision itself is committed, in the order of decisions.

    Args:
        folder: where this is kept (`home.lists`).
        changed: blocks that are new or another.
        lifted: ids of blocks that are no more; unknown ones do no harm.
        excepted: exceptions that are new or another.
        ended: ids of exceptions that are no more.

    """
    with turn(folder / _LOCK):
        named = _named(folder) or _write_base(folder, Publication(), 0)
        journal = folder / named.journal
        edition = 1 + _last_edition(folder, named)
        change = Change(
            edition=edition,
            changed=tuple(changed),
            lifted=tuple(lifted),
            excepted=tuple(excepted),
            ended=tuple(ended),
        )
        add_to(journal, _ENCODER.encode(change) + b"\n")
        if journal.stat().st_size > max(_SMALL, (folder / named.base).stat().st_size // 2):
            _write_base(folder, read(folder), edition)
        return edition


def read(folder: Path) -> Publication:
    """Everything that is decided now.

    Raises:
        BadSetupError: it is damaged.

    """
    return Reader(folder).everything()[1]


def own(folder: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names and the networks of the sector itself, as they were published; none where nothing was.

    Raises:
        BadSetupError: it is damaged.

    """
    named = _named(folder)
    try:
        with (folder / named.base).open("rb") if named else BytesIO() as file:
            head = msgspec.json.decode(file.readline(), type=_Head) if named else None
    except FileNotFoundError:  # another base took its place meanwhile: whoever asks asks again
        head = None
    return (head.own_domains, head.own_networks) if head else ((), ())


class Reader:
    """Reads what is decided: everything at first, and then what changes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._named: _Current | None = None
        self._version: tuple[int, int] | None = None
        self._offset = 0

    def moved(self) -> bool:
        """Whether another base counts than the one that was read: then everything has to be read."""
        return _version(self._folder / CURRENT) != self._version

    def everything(self) -> tuple[int, Publication]:
        """The number of the newest edition, and everything that is decided in it; what comes later is in `news`.

        Raises:
            BadSetupError: it is damaged.

        """
        while True:
            self._version = _version(self._folder / CURRENT)
            self._named, self._offset = _named(self._folder), 0
            if self._named is None:
                return 0, Publication()
            try:
                edition, publication = _read_base(self._folder / self._named.base)
                changes = list(self.news())
            except FileNotFoundError:  # another base took its place meanwhile
                if not self.moved():
                    raise _damaged(self._folder / CURRENT, "what it names is missing") from None
                continue
            return changes[-1].edition if changes else edition, _after(publication, changes)

    def news(self) -> Iterator[Change]:
        """The changes since everything, or the last change, was read.

        Raises:
            BadSetupError: they are damaged.

        """
        if self._named is None:
            return
        path = self._folder / self._named.journal
        with path.open("rb") as file:
            file.seek(self._offset)
            for line in file:
                if not line.endswith(b"\n"):  # it is still being written
                    return
                try:
                    change = _CHANGE.decode(line)
                except msgspec.MsgspecError as error:
                    raise _damaged(path, str(error)) from error
                self._offset += len(line)
                yield change


def _after(before: Publication, changes: list[Change]) -> Publication:
    if not changes:
        return before
    blocks = {one.id: one for one in before.blocks}
    exceptions = {one.id: one for one in before.exceptions}
    for change in changes:
        for key in change.lifted:
            blocks.pop(key, None)
        for key in change.ended:
            exceptions.pop(key, None)
        blocks.update((one.id, one) for one in change.changed)
        exceptions.update((one.id, one) for one in change.excepted)
    return Publication(
        blocks=tuple(blocks.values()),
        exceptions=tuple(exceptions.values()),
        own_domains=before.own_domains,
        own_networks=before.own_networks,
    )


def _version(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def _named(folder: Path) -> _Current | None:
    path = folder / CURRENT
    try:
        return msgspec.json.decode(path.read_bytes(), type=_Current)
    except FileNotFoundError:
        return None
    except msgspec.MsgspecError as error:
        raise _damaged(path, str(error)) from error


def _damaged(path: Path, why: str) -> BadSetupError:
    return BadSetupError(
        f"{path} is damaged: {why}.",
        advice="Remove current.json beside it, and have the blocks published again: watchward protect publish.",
    )


def _read_base(path: Path) -> tuple[int, Publication]:
    with path.open("rb") as file:
        try:
            head = msgspec.json.decode(file.readline(), type=_Head)
            blocks = tuple(_PLACED.decode(file.readline()) for _ in range(head.blocks))
            exceptions = tuple(_EXCEPTED.decode(file.readline()) for _ in range(head.exceptions))
        except msgspec.MsgspecError as error:
            raise _damaged(path, str(error)) from error
    return head.edition, Publication(
        blocks=blocks, exceptions=exceptions, own_domains=head.own_domains, own_networks=head.own_networks
    )


def _write_base(folder: Path, publication: Publication, edition: int) -> _Current:
    """Put a base with an empty journal in the place of those before."""
    name = secrets.token_hex(8)
    named = _Current(base=f"{name}.base", journal=f"{name}.journal")
    blocks = {one.id: one for one in publication.blocks}
    exceptions = {one.id: one for one in publication.exceptions}
    head = _Head(
        edition=edition,
        blocks=len(blocks),
        exceptions=len(exceptions),
        own_domains=publication.own_domains,
        own_networks=publication.own_networks,
    )
    put_whole(folder / named.base, _ENCODER.encode_lines([head, *blocks.values(), *exceptions.values()]))
    put_whole(folder / named.journal, b"")
    put_whole(folder / CURRENT, _ENCODER.encode(named))
    for old in (*folder.glob("*.base"), *folder.glob("*.journal")):
        if old.name not in (named.base, named.journal):
            old.unlink(missing_ok=True)
    return named


def _last_edition(folder: Path, named: _Current) -> int:
    """The number of the newest edition: of the journal's last whole line, else of the base."""
    path = folder / named.journal
    try:
        last = _last_line(path)
        if not last:
            path = folder / named.base
            with path.open("rb") as file:
                last = file.readline()
        return msgspec.json.decode(last, type=_Numbered).edition
    except (msgspec.MsgspecError, FileNotFoundError) as error:
        raise _damaged(path, str(error)) from error


def _last_line(path: Path) -> bytes:
    """The last whole line of a file; what a writer that was killed left of another is cut off."""
    with path.open("r+b") as file:
        start = end = file.seek(0, os.SEEK_END)
        found = b""
        while True:
            body, newline, torn = found.rpartition(b"\n")
            if not start or b"\n" in body:
                break
            start = max(0, end - max(4096, 2 * len(found)))
            file.seek(start)
            found = file.read(end - start)
        if torn:
            file.truncate(end - len(torn))
        return body.rpartition(b"\n")[2] if newline else b""
