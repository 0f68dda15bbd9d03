"""A list in a form, of chunks that are each rendered once."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
import structlog

from watchward.base.files import put_whole
from watchward.lists.forms import Edition, Form, fingerprint
from watchward.lists.pieces import Piece, gzipped, piece, tag
from watchward.lists.view import View

log = structlog.get_logger()

_FILE: Final = "rendered.msgpack"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """A list in a form, as it is served.

    Args:
        form: the form.
        pieces: it.
        tag: its name: the same for the same.
        entries: how many blocks it holds.

    """

    form: Form
    pieces: tuple[Piece, ...]
    tag: str
    entries: int

    def gzipped(self) -> bytes:
        """It, as a gzip file."""
        return gzipped(self.pieces)

    def plain(self) -> Iterator[bytes]:
        """It as it is, piece by piece."""
        return (one.content for one in self.pieces)

    @property
    def length(self) -> int:
        """Its bytes as it is."""
        return sum(one.length for one in self.pieces)


class Renderings:
    """What was rendered of chunks, in memory and, from one start to the next, on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, dict[bytes, Piece]] = {}

    def recall(self) -> None:
        """Read what the process before this one rendered, if the forms are still the same."""
        try:
            kept = msgspec.msgpack.decode((self._folder / _FILE).read_bytes(), type=_Kept)
        except FileNotFoundError:
            return
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("renderings_unreadable", folder=str(self._folder), reason=str(error))
            return
        if kept.fingerprint == fingerprint():
            self._kept = kept.forms

    def forget(self) -> None:
        """Let go of what was recalled and not asked for."""
        self._kept = {}

    def keep(self, views: Iterable[View]) -> None:
        """Write what is rendered of some lists, for the next start."""
        forms: dict[str, dict[bytes, Piece]] = {}
        for chunk in {id(chunk): chunk for view in views for chunk in view.chunks}.values():
            for name, made in chunk.made.items():
                if isinstance(made, Piece):
                    forms.setdefault(name, {})[chunk.digest] = made
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        put_whole(self._folder / _FILE, msgspec.msgpack.encode(_Kept(fingerprint=fingerprint(), forms=forms)))

    async def content(self, view: View, form: Form, edition: Edition) -> Content:
        """A list in a form; others are served meanwhile, where much is to be rendered."""
        pieces: list[Piece] = []
        between = piece(form.between) if form.between else None
        async for one in self._pieces(view, form):
            if one.length:
                if between and pieces:
                    pieces.append(between)
                pieces.append(one)
        name = tag(pieces)
        head = piece(form.head(Edition(zone=edition.zone, serial=edition.serial, tag=name)))
        whole = (head, *pieces, *((piece(form.tail),) if form.tail else ()))
        return Content(form=form, pieces=whole, tag=tag(whole), entries=sum(one.entries for one in pieces))

    async def _pieces(self, view: View, form: Form) -> AsyncIterator[Piece]:
        recalled = self._kept.get(form.name, {})
        for chunk in view.chunks:
            made = chunk.made.get(form.name)
            if not isinstance(made, Piece):
                made = recalled.get(chunk.digest) if recalled else None
                if made is None:
                    made = piece(*form.render(chunk.items))
                    await asyncio.sleep(0)
                chunk.made[form.name] = made
            yield made


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    fingerprint: str
    forms: dict[str, dict[bytes, Piece]]
