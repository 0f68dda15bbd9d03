"""A zone of each organisation: its serial, what it holds, and how it came to that from what it held before."""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Final

import msgspec
import structlog

from watchward.base.files import add_to, put_whole
from watchward.intel.lists.rpz import serial_after
from watchward.lists.view import Item, View, difference
from watchward.lists.zones import wire

log = structlog.get_logger()

_MOST_STEPS: Final = 500
"""Of so many editions back a resolver is told what changed; one that is further behind transfers the whole zone."""
_MOST_BYTES: Final = 16 << 20
FILE: Final = "zones.journal"


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """From one edition of a zone to the next.

    Args:
        before: the serial it had.
        after: the serial it has.
        gone: records that are no more.
        come: records that are new.
        holds: the sum of what it holds then, to be known again.

    """

    zone: str
    before: int
    after: int
    gone: tuple[bytes, ...]
    come: tuple[bytes, ...]
    holds: str


class Zone:
    """The zone of one organisation."""

    def __init__(self, name: str, view: View, steps: Iterable[Step], now: datetime) -> None:
        self.name = name
        self.view = view
        self._passes: Counter[bytes] = Counter()
        self._sum = 0
        for item in view:
            for record in self._placed(item):
                self._sum = _sum(self._sum, record, 1)
        self._steps = deque(_unbroken(steps), maxlen=_MOST_STEPS)
        last = self._steps[-1] if self._steps else None
        if last is None or last.holds != self.holds:  # it changed while nobody looked: how, nobody can say
            self._steps.clear()
            serial = serial_after(last.after if last else None, now)
            self._steps.append(
                Step(zone=name, before=serial, after=serial, gone=(), come=(), holds=self.holds),
            )
        self.new = last is None or last.holds != self.holds

    @property
    def serial(self) -> int:
        """The serial it has now."""
        return self._steps[-1].after

    @property
    def holds(self) -> str:
        """A sum of all that it holds."""
        return f"{self._sum:032x}"

    @property
    def steps(self) -> tuple[Step, ...]:
        """How it came to what it is."""
        return tuple(self._steps)

    def follow(self, view: View, now: datetime) -> Step | None:
        """Let it hold this list; return what that changed, where it changed any record."""
        gone_items, come_items = difference(self.view, view)
        self.view = view
        gone = {record for item in gone_items for record in self._removed(item)}
        come = {record for item in come_items for record in self._placed(item)}
        gone, come = gone - come, come - gone
        if not gone and not come:
            return None
        for record in gone:
            self._sum = _sum(self._sum, record, -1)
        for record in come:
            self._sum = _sum(self._sum, record, 1)
        step = Step(
            zone=self.name,
            before=self.serial,
            after=serial_after(self.serial, now),
            gone=tuple(sorted(gone)),
            come=tuple(sorted(come)),
            holds=self.holds,
        )
        self._steps.append(step)
        return step

    def whole(self) -> Iterator[tuple[int, bytes]]:
        """All of it, as it is sent."""
        view, serial = self.view, self.serial
        yield 2, wire.soa(serial) + wire.ns()
        for chunk in view.chunks:
            yield from wire.parcels(chunk)
        yield 1, wire.soa(serial)

    def since(self, serial: int) -> Iterator[tuple[int, bytes]] | None:
        """What changed since an edition, as it is sent; None where that is not known, or more than all of it."""
        if serial == self.serial:
            return iter([(1, wire.soa(serial))])
        steps = self.steps
        start = next((place for place, one in enumerate(steps) if one.before == serial and one.after != serial), None)
        if start is None:
            return None
        told = steps[start:]
        if sum(len(one.gone) + len(one.come) for one in told) > 2 * len(self.view):
            return None
        return self._told(told)

    def _told(self, steps: tuple[Step, ...]) -> Iterator[tuple[int, bytes]]:
        yield 1, wire.soa(steps[-1].after)
        for one in steps:
            yield from wire.packed([wire.soa(one.before), *one.gone], 8_000)
            yield from wire.packed([wire.soa(one.after), *one.come], 8_000)
        yield 1, wire.soa(steps[-1].after)

    def _placed(self, item: Item) -> Iterator[bytes]:
        """The records that a thing brings, which nothing else brought before."""
        for record in wire.records(item):
            if wire.passes(record):
                self._passes[record] += 1
                if self._passes[record] > 1:
                    continue
            yield record

    def _removed(self, item: Item) -> Iterator[bytes]:
        """The records that nothing brings any more without a thing."""
        for record in wire.records(item):
            if wire.passes(record):
                self._passes[record] -= 1
                if self._passes[record] > 0:
                    continue
                del self._passes[record]
            yield record


def _sum(before: int, record: bytes, sign: int) -> int:
    return (before + sign * int.from_bytes(blake2b(record, digest_size=16).digest())) % (1 << 128)


class Zones:
    """The zones of all organisations that have a control that reads one, with their past on disk."""

    def __init__(self, folder: Path, *, now: Callable[[], datetime]) -> None:
        self._file = folder / FILE
        self._now = now
        self._by_name: dict[str, Zone] = {}
        self._past: dict[str, list[Step]] = {}
        for step in _read(self._file):
            self._past.setdefault(step.zone, []).append(step)
        self._written = self._file.stat().st_size if self._file.exists() else 0

    def get(self, name: str) -> Zone | None:
        """A zone, by its name."""
        return self._by_name.get(name)

    def follow(self, wanted: dict[str, View]) -> list[Zone]:
        """Let these be the zones there are, and what each holds; return those that changed.

        When this returns, their serials are on disk: no serial ever stands for two contents.
        """
        now = self._now()
        steps: list[Step] = []
        changed: list[Zone] = []
        for name, view in wanted.items():
            zone = self._by_name.get(name)
            if zone is None:
                zone = self._by_name[name] = Zone(name, view, self._past.pop(name, ()), now)
                if zone.new:
                    changed.append(zone)
                    steps.append(zone.steps[-1])
            elif zone.view is not view and (step := zone.follow(view, now)) is not None:
                changed.append(zone)
                steps.append(step)
        for name in self._by_name.keys() - wanted.keys():  # its serial must outlive it, for when it comes back
            self._past[name] = list(self._by_name.pop(name).steps)
        if steps:
            self._keep(steps)
        return changed

    def _keep(self, steps: list[Step]) -> None:
        lines = msgspec.json.Encoder().encode_lines(steps)
        if self._written + len(lines) > _MOST_BYTES:
            every = [one for zone in self._by_name.values() for one in zone.steps[-50:]]
            gone = [one for past in self._past.values() for one in past[-1:]]
            lines = msgspec.json.Encoder().encode_lines([*gone, *every])
            put_whole(self._file, lines)
            self._written = len(lines)
            return
        if not self._file.exists():
            put_whole(self._file, b"")
        add_to(self._file, lines)
        self._written += len(lines)


def _unbroken(steps: Iterable[Step]) -> list[Step]:
    """The last steps, of which each begins where the one before it ended."""
    found: list[Step] = []
    for one in steps:
        if found and found[-1].after != one.before:
            found = []
        found.append(one)
    return found


def _read(file: Path) -> Iterator[Step]:
    """The steps in a file, but what a process that was killed left unfinished, which is cut off."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        return
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        put_whole(file, whole)
    decoder = msgspec.json.Decoder(Step)
    for line in whole.splitlines():
        try:
            yield decoder.decode(line)
        except msgspec.MsgspecError as error:
            log.warning("zones_journal_damaged", file=str(file), reason=str(error))
