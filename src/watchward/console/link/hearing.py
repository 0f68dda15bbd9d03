"""The hearing end of a stream: each thing gets its effect once, with the place in the stream, in one transaction.

Whatever a batch holds, and in whatever order, rows are locked in one: that of the stream, what its classes hold before
anything has its effect (collections), what each thing needs, and the end of the audit log (ADR 0270).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, takewhile
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Max, Sum

from watchward.base.clock import Clock
from watchward.base.errors import WatchwardError
from watchward.console.access.audit import recorded_last
from watchward.console.link import kinds
from watchward.console.link.kinds import COMPLETE, FOR_NOBODY_HERE, Kind
from watchward.console.link.models import Hearing, Passage, Peer, Refusal, Told
from watchward.console.link.passing import count
from watchward.link import stream
from watchward.link.standing import KEPT_REFUSALS
from watchward.link.stream import NOTHING, Batch, Envelope, Heard, Position

log = structlog.get_logger(__name__)

MOST_DAYS_AT_ONCE = 8
"""A child that was away has room for as many days of what it may send, at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a receiver answers: where it stands then, and what it did not take."""

    have: Position
    heard: Heard
    refused: Sequence[tuple[str, str, str]] = ()


def stands(peer: Peer) -> Position:
    """Where this node stands in what a peer tells."""
    found = Hearing.objects.filter(peer=peer).first()
    return found.place if found else Position()


@transaction.atomic
@recorded_last()
def take(peer: Peer, batch: Batch, *, clock: Clock) -> Taken:
    """Give effect to what is new in a batch."""
    Hearing.objects.get_or_create(peer=peer)
    hearing = Hearing.objects.select_for_update().get(peer=peer)
    heard, new = stream.hear(batch, hearing.place)
    if not new or not Peer.objects.filter(pk=peer.pk, ended_at=None).exists():
        return Taken(have=hearing.place, heard=heard)
    _hold(peer, [one for _, one in new])
    work = _Work(peer=peer, hearing=hearing, now=clock.now())
    for _, several in groupby(new, key=lambda one: one[1].kind):
        places, envelopes = zip(*several, strict=True)
        if places[0].epoch != hearing.epoch:
            hearing.complete_at = None
        hearing.place = places[-1]
        work.give_effect_to_all(envelopes)
    hearing.save()
    work.keep()
    return Taken(have=hearing.place, heard=heard, refused=tuple(work.refused))


def _hold(peer: Peer, envelopes: Sequence[Envelope]) -> None:
    """Lock first what must be locked before anything else that a batch may need."""
    told: dict[str, list[str]] = {}
    for one in envelopes:
        told.setdefault(one.kind, []).append(one.id)
    for kind in kinds.all_kinds():
        if kind.hold and kind.may_come_from(peer) and (kind.name in told or COMPLETE in told):
            kind.hold(peer, None if COMPLETE in told else told[kind.name])


@transaction.atomic
def ask_anew(peer: Peer) -> None:
    """Have a peer tell all that holds once more: it finds that this node no longer has what it had acknowledged."""
    Hearing.objects.filter(peer=peer).update(seq=0, digest=NOTHING, complete_at=None, unknown=[])


@transaction.atomic
def ask_for_what_was_for_nobody(**_: Any) -> None:
    """Have told anew what was refused while nobody whom it is for was known here: organisations came since."""
    missed = Refusal.objects.filter(there=False, reason=FOR_NOBODY_HERE)
    for peer in Peer.objects.filter(pk__in=missed.values("peer"), ended_at=None):
        ask_anew(peer)
    missed.delete()


def ask_for_what_was_unknown() -> list[Peer]:
    """Have told anew, by those who told it, what an older version of this program did not know."""
    found = []
    for hearing in Hearing.objects.select_related("peer").exclude(unknown=[]):
        if any(kinds.named(name) for name in hearing.unknown):
            ask_anew(hearing.peer)
            found.append(hearing.peer)
    return found


@dataclass(slots=True, kw_only=True)
class _Work:
    """One batch being given effect."""

    peer: Peer
    hearing: Hearing
    now: datetime
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    _amounts: dict[Passage.Fate, dict[tuple[str, str], tuple[int, int]]] = field(default_factory=dict)
    _room: tuple[int, int] | None = None

    def give_effect_to_all(self, envelopes: Sequence[Envelope]) -> None:
        """Give some things of one class their effect: together, where that class can."""
        kind = kinds.named(envelopes[0].kind)
        if len(envelopes) > 1 and kind and kind.take_many and kind.may_come_from(self.peer):
            self._note_told(envelopes)
            self._let_in_many(kind, envelopes)
        else:
            for one in envelopes:
                self.give_effect(one)

    def give_effect(self, envelope: Envelope) -> None:
        """Give one thing its effect, or say why not."""
        if envelope.kind == COMPLETE:
            self._complete(envelope)
            return
        kind = kinds.named(envelope.kind)
        if kind is None:
            self.hearing.unknown = sorted({*self.hearing.unknown, envelope.kind})
            self._count(Passage.Fate.UNKNOWN, envelope)
        elif not kind.may_come_from(self.peer):
            self._refuse(envelope, "this class of data does not travel that way")
        elif not self._is_known(kind, envelope):
            self._let_in(kind, envelope)

    def _let_in(self, kind: Kind, envelope: Envelope) -> None:
        if not self._has_room(envelope):
            most, size = self.peer.most_a_day, self.peer.most_bytes_a_day
            self._refuse(envelope, f"more than {most:,} things or {size:,} bytes came in one day")
            self._forget_event(kind, envelope)
            return
        if self._guarded(envelope, lambda: kind.take(envelope, self.peer, self.now)):
            self._count(Passage.Fate.CAME, envelope)
        else:
            self._forget_event(kind, envelope)

    def _let_in_many(self, kind: Kind, envelopes: Sequence[Envelope]) -> None:
        """The same for many; if one of them is not understood, each is tried by itself."""
        assert kind.take_many is not None
        room = self._room
        some = list(takewhile(self._has_room, envelopes))
        try:
            with transaction.atomic():
                refused = kind.take_many(some, self.peer, self.now)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("link_things_taken_one_by_one", peer=str(self.peer), kind=kind.name, count=len(some))
            self._room = room
            for one in envelopes:
                self._let_in(kind, one)
            return
        for one in some:
            if one.id in refused:
                self._refuse(one, refused[one.id])
            else:
                self._count(Passage.Fate.CAME, one)
        for one in envelopes[len(some) :]:
            self._let_in(kind, one)

    def _note_told(self, envelopes: Sequence[Envelope]) -> None:
        """Note what was told in this epoch, of what is state."""
        if self.hearing.complete_at is None:
            names = {one.id: one.kind for one in envelopes}
            rows = (
                Told(peer=self.peer, kind=kind, envelope_id=name, epoch=self.hearing.epoch, at=self.now)
                for name, kind in names.items()
            )
            Told.objects.bulk_create(
                rows,
                batch_size=100,
                update_conflicts=True,
                unique_fields=["peer", "kind", "envelope_id"],
                update_fields=["epoch", "at"],
            )

    def _forget_event(self, kind: Kind, envelope: Envelope) -> None:
        """Let an event be told again, when what was against it is no longer so."""
        if kind.is_event:
            Told.objects.filter(peer=self.peer, kind=kind.name, envelope_id=envelope.id).delete()

    def _guarded(self, envelope: Envelope, effect: Callable[[], None]) -> bool:
        """Whether something had its effect; what a sender got wrong is refused, and holds up nothing else."""
        try:
            with transaction.atomic():
                effect()
        except WatchwardError as error:
            self._refuse(envelope, error.message)
        except (OperationalError, InterfaceError):
            raise  # the database's trouble, and not the sender's: the whole batch is tried again
        except Exception as error:
            # Whatever it was, it must not hold up all that comes after it.
            log.exception("link_thing_not_understood", peer=str(self.peer), kind=envelope.kind, id=envelope.id)
            self._refuse(envelope, f"it could not be understood ({type(error).__name__})")
        else:
            return True
        return False

    def _is_known(self, kind: Kind, envelope: Envelope) -> bool:
        """Whether it is an event that had its effect before; and note what was told."""
        if not kind.is_event and self.hearing.complete_at is not None:
            return False
        told, new = Told.objects.update_or_create(
            peer=self.peer,
            kind=envelope.kind,
            envelope_id=envelope.id,
            defaults={"epoch": self.hearing.epoch, "at": self.now},
        )
        return kind.is_event and not new and bool(told.pk)

    def _complete(self, envelope: Envelope) -> None:
        """All that holds was told: what was told before and not again holds no longer."""
        if self._guarded(envelope, lambda: self._drop(json.loads(envelope.body)["kinds"])):
            self.hearing.complete_at = self.now

    def _drop(self, names: Sequence[str]) -> None:
        for kind in (found for name in names if (found := kinds.named(name))):
            if kind.drop and kind.may_come_from(self.peer):
                told = Told.objects.filter(peer=self.peer, kind=kind.name)
                in_epoch = told.filter(epoch=self.hearing.epoch).values_list("envelope_id", flat=True)
                kind.drop(self.peer, frozenset(in_epoch))
                told.delete()

    def _has_room(self, envelope: Envelope) -> bool:
        """Whether a child may send as much in one day. A parent is not limited: all its children need what it tells.

        A child from which nothing came for some days has room for as many: what waited comes on the day on which the
        two can speak again, and is no more than it might have sent meanwhile.
        """
        if self.peer.is_parent:
            return True
        if self._room is None:
            today = self.now.date()
            came = Passage.objects.filter(peer=self.peer, fate=Passage.Fate.CAME)
            so_far = came.filter(day=today).aggregate(things=Sum("count"), size=Sum("size"))
            last = came.filter(day__lt=today).aggregate(last=Max("day"))["last"] or self.peer.joined_at.date()
            days = min(max((today - last).days, 1), MOST_DAYS_AT_ONCE)
            self._room = (
                days * self.peer.most_a_day - (so_far["things"] or 0),
                days * self.peer.most_bytes_a_day - (so_far["size"] or 0),
            )
        things, size = self._room[0] - 1, self._room[1] - len(envelope.body)
        if things < 0 or size < 0:
            return False
        self._room = (things, size)
        return True

    def _refuse(self, envelope: Envelope, reason: str) -> None:
        self.refused.append((envelope.kind, envelope.id, reason))
        self._count(Passage.Fate.REFUSED, envelope, why=reason[:200])

    def _count(self, fate: Passage.Fate, envelope: Envelope, *, why: str = "") -> None:
        amounts = self._amounts.setdefault(fate, {})
        things, size = amounts.get((envelope.kind, why), (0, 0))
        amounts[envelope.kind, why] = (things + 1, size + len(envelope.body))

    def keep(self) -> None:
        """Keep what was counted, and what was refused."""
        for fate, amounts in self._amounts.items():
            count(self.peer, fate, amounts, at=self.now)
        keep_refusals(self.peer, self.refused, at=self.now, there=False)


def keep_refusals(peer: Peer, refused: Sequence[tuple[str, str, str]], *, at: datetime, there: bool) -> None:
    """Keep the latest of what was not taken, here or there."""
    if not refused:
        return
    Refusal.objects.bulk_create(
        Refusal(peer=peer, kind=kind[:40], envelope_id=key[:200], reason=reason[:500], at=at, there=there)
        for kind, key, reason in refused[-KEPT_REFUSALS:]
    )
    kept = Refusal.objects.filter(peer=peer, there=there).order_by("-id")
    last = next(iter(kept.values_list("pk", flat=True)[KEPT_REFUSALS : KEPT_REFUSALS + 1]), None)
    if last is not None:
        Refusal.objects.filter(peer=peer, there=there, pk__lte=last).delete()
