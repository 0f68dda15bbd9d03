"""What the journal says of devices and sources, brought into the database: the projector calls this.

Call it within the projector's transaction, with each entry once. Repeating an entry changes nothing about devices; the
counts of sources rely on the projector's place in the journal.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from django.db import connection, transaction
from django.db.models import F

from watchward.console.config import current
from watchward.console.estate.arrivals import Arrivals
from watchward.console.estate.models import BadRecord, Device, DeviceAlias, Organisation, Source, SourceTally
from watchward.estate.device import (
    IDENTIFYING,
    Alias,
    AliasKind,
    Holding,
    Importance,
    Mark,
    Sighting,
    aliases_of,
    see,
)
from watchward.lake.journal import DeviceSeen, JournalEntry
from watchward.telemetry.masking import masked_text

log = structlog.get_logger(__name__)

ALIAS_GRAIN: Final = timedelta(hours=1)
"""How exactly the end of an alias is kept: what widens it by less is not written."""

DEVICE_GRAIN: Final = timedelta(minutes=1)
"""How exactly it is kept when a device was last seen."""

SPAN: Final = timedelta(minutes=10)
"""The span of one tally of a source."""

TALLIES_KEPT: Final = timedelta(days=7)
"""How long the tallies of sources are kept; their totals stay for good."""

SAMPLES_KEPT: Final = 50
"""How many records that could not be read are kept of each source: the latest."""

_BATCH: Final = 400
_REMEMBERED: Final = 200_000

Key = tuple[str, str]
"""The code of an organisation, and the name that a device claims there (case does not matter)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenDevice:
    """The device that a claimed name meant."""

    id: UUID
    name: str


def importances(devices: Iterable[UUID]) -> dict[UUID, Importance]:
    """How important each of some devices is marked; those that are not in it are normal.

    Asked afresh each time, because people mark devices while the projector runs.
    """
    found: dict[UUID, Importance] = {}
    wanted = sorted(set(devices))
    for start in range(0, len(wanted), _BATCH):
        marked = Device.objects.filter(pk__in=wanted[start : start + _BATCH]).exclude(importance=Importance.NORMAL)
        found |= {key: Importance(value) for key, value in marked.values_list("pk", "importance")}
    return found


FirstMark = Callable[[str], Mark | None]


def no_mark(_name: str) -> Mark | None:
    """Nothing is known of a device that nobody has marked."""
    return None


@dataclass(slots=True)
class _Memory:
    """What was stored of a device when it was last written, so that a talkative one costs next to nothing."""

    device: SeenDevice
    aliases: frozenset[Alias]
    first_at: datetime
    aliases_at: datetime
    seen_at: datetime

    def knows(self, sighting: Sighting) -> bool:
        """Whether a sighting says nothing new about the device's names."""
        return (
            sighting.aliases <= self.aliases
            and sighting.first_at >= self.first_at
            and sighting.last_at < self.aliases_at + ALIAS_GRAIN
        )


@dataclass(slots=True)
class EstateProjection:
    """Keeps devices and sources in line with the journal. One for a projector's life: it remembers whom it knows.

    It remembers only what is committed, so that a transaction that is rolled back leaves nothing behind.

    Args:
        first_mark: the mark of a device that is seen for the first time, by its name; people may change it later.

    """

    first_mark: FirstMark = no_mark
    new_devices_a_day: int = field(default_factory=lambda: current().new_devices_a_day)
    _memory: dict[Key, _Memory] = field(default_factory=dict)
    _received_on: date = date.min
    _refused: set[Key] = field(default_factory=set)

    def forget(self) -> None:
        """Drop what is remembered: whoever is not sure what was committed calls this."""
        self._memory.clear()
        self._refused.clear()

    def apply(self, entries: Sequence[JournalEntry]) -> dict[Key, SeenDevice]:
        """Bring devices and sources up to date.

        Returns:
            The device behind each claimed name, by organisation code and the name in lower case.

        """
        self._count(entries)
        today = max((entry.received_at.astimezone(UTC).date() for entry in entries), default=self._received_on)
        if today != self._received_on:
            self._received_on = today
            self._refused.clear()
        return self.see_devices([seen for entry in entries for seen in entry.devices])

    def see_devices(self, seen: Iterable[DeviceSeen]) -> dict[Key, SeenDevice]:
        """Find or make the device of each sighting, and keep its names with their times."""
        sightings = _joined(seen)
        found: dict[Key, SeenDevice] = {}
        unsettled: dict[Key, Sighting] = {}
        later: dict[UUID, datetime] = {}
        for key, sighting in sightings.items():
            if key in self._refused:
                continue
            known = self._memory.get(key)
            if known is None or not known.knows(sighting):
                unsettled[key] = sighting
                continue
            found[key] = known.device
            if sighting.last_at >= known.seen_at + DEVICE_GRAIN:
                later[known.device.id] = sighting.last_at
                transaction.on_commit(partial(setattr, known, "seen_at", sighting.last_at))
        _seen_later(later)
        if unsettled:
            found |= self._settle(unsettled)
        return found

    def _settle(self, sightings: Mapping[Key, Sighting]) -> dict[Key, SeenDevice]:
        organisations = _organisations({code for code, _ in sightings})
        arrivals = Arrivals(day=self._received_on, limit=self.new_devices_a_day)
        placed = [sighting for key, sighting in sightings.items() if key[0] in organisations]
        state = _State.load(placed, organisations, arrivals)
        state.first_mark = self.first_mark
        refused: set[Key] = set()
        found: dict[Key, SeenDevice] = {}
        for key, sighting in sorted(sightings.items(), key=lambda item: item[1].first_at):
            organisation = organisations.get(key[0])
            if organisation is None:
                log.warning("device_of_unknown_organisation", organisation=key[0])
                continue
            seen = state.see(sighting, organisation)
            match seen:
                case Device():
                    found[key] = SeenDevice(id=seen.id, name=seen.name)
                case Refused():
                    refused.add(key)
                case None:
                    pass
        state.save()
        transaction.on_commit(partial(self._remember, found, sightings, refused))
        return found

    def _remember(
        self, found: Mapping[Key, SeenDevice], sightings: Mapping[Key, Sighting], refused: Iterable[Key]
    ) -> None:
        if len(self._refused) > _REMEMBERED:
            self._refused.clear()
        self._refused.update(refused)
        if len(self._memory) + len(found) > _REMEMBERED:
            self._memory.clear()
        for key, device in found.items():
            first, last = sightings[key].first_at, sightings[key].last_at
            self._memory[key] = _Memory(device, sightings[key].aliases, first, aliases_at=last, seen_at=last)

    def _count(self, entries: Sequence[JournalEntry]) -> None:
        """Add what each source sent to its counts and to the tally of that time."""
        totals: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        spans: dict[tuple[str, datetime], list[int]] = defaultdict(lambda: [0, 0, 0])
        sent_at: dict[str, datetime] = {}
        observed_at: dict[str, datetime] = {}
        for entry in entries:
            start = _span(entry.received_at)
            for seen in entry.sources:
                for counts in (totals[seen.source], spans[seen.source, start]):
                    counts[0] += seen.events
                    counts[1] += seen.duplicates
                    counts[2] += seen.bad
                sent_at[seen.source] = max(sent_at.get(seen.source, entry.received_at), entry.received_at)
                if seen.last_observed_at is not None:
                    observed_at[seen.source] = seen.last_observed_at
        known = set(Source.objects.filter(pk__in=list(totals)).values_list("pk", flat=True))
        for source in sorted(known):
            events, duplicates, bad = totals[source]
            changes = {"last_observed_at": observed_at[source]} if source in observed_at else {}
            Source.objects.filter(pk=source).update(
                last_sent_at=sent_at[source],
                events=F("events") + events,
                duplicates=F("duplicates") + duplicates,
                bad=F("bad") + bad,
                **changes,
            )
        _tally({key: counts for key, counts in spans.items() if key[0] in known})
        _keep_samples(entries, known)


def _organisations(codes: set[str]) -> dict[str, Organisation]:
    """Those that exist, read afresh: an import may have moved them."""
    found: dict[str, Organisation] = {}
    listed = sorted(codes)
    for start in range(0, len(listed), _BATCH):
        for organisation in Organisation.objects.filter(code__in=listed[start : start + _BATCH]):
            found[organisation.code] = organisation
    return found


def _tally(spans: Mapping[tuple[str, datetime], Sequence[int]]) -> None:
    for (source, start), (events, duplicates, bad) in spans.items():
        tally, _ = SourceTally.objects.get_or_create(source_id=source, start=start)
        SourceTally.objects.filter(pk=tally.pk).update(
            events=F("events") + events, duplicates=F("duplicates") + duplicates, bad=F("bad") + bad
        )


def drop_old_tallies(now: datetime) -> None:
    """Drop the tallies that are older than they are kept."""
    SourceTally.objects.filter(start__lt=now - TALLIES_KEPT).delete()


def _keep_samples(entries: Sequence[JournalEntry], known: set[str]) -> None:
    """Keep the latest records that could not be read, so that whoever runs a source sees what is wrong with it."""
    rows = [
        BadRecord(
            source_id=seen.source,
            received_at=entry.received_at,
            reason=masked_text(sample.reason)[:300],
            raw=masked_text(sample.raw)[:500],
        )
        for entry in entries
        for seen in entry.sources
        if seen.source in known
        for sample in seen.samples
    ]
    BadRecord.objects.bulk_create(rows, batch_size=_BATCH)
    for source in {row.source_id for row in rows}:
        kept = BadRecord.objects.filter(source=source).values_list("pk", flat=True)[:SAMPLES_KEPT]
        BadRecord.objects.filter(source=source).exclude(pk__in=list(kept)).delete()


def _span(at: datetime) -> datetime:
    return at.replace(minute=at.minute - at.minute % int(SPAN.total_seconds() // 60), second=0, microsecond=0)


def _joined(seen: Iterable[DeviceSeen]) -> dict[Key, Sighting]:
    """One sighting for each name at each organisation, from the first to the last moment."""
    found: dict[Key, Sighting] = {}
    for device in seen:
        key = (device.organisation, device.name.casefold())
        aliases = aliases_of(device.name, device.aliases)
        before = found.get(key)
        if before is not None:
            aliases |= before.aliases
        found[key] = Sighting(
            organisation=device.organisation,
            name=device.name,
            aliases=aliases,
            first_at=min(device.first_observed_at, before.first_at) if before else device.first_observed_at,
            last_at=max(device.last_observed_at, before.last_at) if before else device.last_observed_at,
            source=device.source,
        )
    return found


def _seen_later(moments: Mapping[UUID, datetime]) -> None:
    """Keep when devices were last seen: one prepared statement for all of them."""
    if not moments:
        return
    key, seen = Device._meta.pk, Device._meta.get_field("last_seen_at")
    table = connection.ops.quote_name(Device._meta.db_table)
    rows = [
        (seen.get_db_prep_save(at, connection), key.get_db_prep_save(device, connection))
        for device, at in sorted(moments.items())
    ]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET last_seen_at = %s WHERE id = %s", rows)  # noqa: S608 - a quoted name


class Refused:
    """What becomes of a device that would be one more than its source may bring in a day."""


@dataclass(slots=True)
class _State:
    """The stored devices that some sightings might mean, and what the sightings change about them."""

    arrivals: Arrivals
    devices: dict[UUID, Device]
    holdings: dict[UUID, dict[Alias, Holding]]
    holders: dict[tuple[int, Alias], set[UUID]]
    changed_devices: dict[UUID, Device] = field(default_factory=dict)
    changed_aliases: dict[tuple[UUID, Alias], Holding] = field(default_factory=dict)
    first_mark: FirstMark = no_mark

    @classmethod
    def load(
        cls, sightings: Sequence[Sighting], organisations: Mapping[str, Organisation], arrivals: Arrivals
    ) -> "_State":
        """Read every device that has one of the names, with all its aliases."""
        kinds = [kind.value for kind in IDENTIFYING]
        wanted: dict[int, set[str]] = defaultdict(set)
        for sighting in sightings:
            names = {alias.value for alias in sighting.aliases if alias.kind in IDENTIFYING}
            wanted[organisations[sighting.organisation].pk] |= names
        candidates: set[UUID] = set()
        for organisation, values in wanted.items():
            listed = sorted(values)
            for start in range(0, len(listed), _BATCH):
                holding = DeviceAlias.objects.filter(
                    organisation_id=organisation, value__in=listed[start : start + _BATCH], kind__in=kinds
                )
                candidates.update(holding.values_list("device_id", flat=True))
        state = cls(arrivals=arrivals, devices={}, holdings=defaultdict(dict), holders=defaultdict(set))
        state._read(sorted(candidates))
        return state

    def _read(self, candidates: Sequence[UUID]) -> None:
        for start in range(0, len(candidates), _BATCH):
            chunk = candidates[start : start + _BATCH]
            self.devices |= Device.objects.in_bulk(chunk)
            rows = DeviceAlias.objects.filter(device_id__in=chunk)
            fields = ("device_id", "organisation_id", "kind", "value", "valid_from", "valid_until")
            for device, organisation, kind, value, first, last in rows.values_list(*fields):
                holding = Holding(
                    device=device, alias=Alias(AliasKind(kind), value), valid_from=first, valid_until=last
                )
                self._hold(organisation, holding)

    def _hold(self, organisation: int, holding: Holding) -> None:
        self.holdings[holding.device][holding.alias] = holding
        if holding.alias.kind in IDENTIFYING:
            self.holders[organisation, holding.alias].add(holding.device)

    def see(self, sighting: Sighting, organisation: Organisation) -> Device | Refused | None:
        """The device of one sighting, with what it changes noted; none where the sighting names none."""
        candidates = {device for alias in sighting.aliases for device in self.holders.get((organisation.pk, alias), ())}
        held = [holding for device in sorted(candidates) for holding in self.holdings[device].values()]
        found, changed = see(sighting, held)
        if found is None:
            return None
        if found not in self.devices and not self.arrivals.admit(sighting.source):
            return Refused()
        for holding in changed:
            before = self.holdings[found].get(holding.alias)
            self._hold(organisation.pk, holding)
            if before is None or _worth_writing(before, holding):
                self.changed_aliases[found, holding.alias] = holding
        return self._note(found, sighting, organisation)

    def _note(self, key: UUID, sighting: Sighting, organisation: Organisation) -> Device:
        device = self.devices.get(key)
        address = next((a.value for a in sorted(sighting.aliases) if a.kind is AliasKind.IP), "")
        if device is None:
            device = Device(
                id=key,
                organisation=organisation,
                organisation_path=organisation.path,
                name=sighting.name[:255],
                address=address,
                first_seen_at=sighting.first_at,
                last_seen_at=sighting.last_at,
            )
            if mark := self.first_mark(device.name):
                device.importance, device.marked_at = mark.importance.value, sighting.first_at
                device.marked_reason, device.marked_by = mark.reason[:300], mark.by[:200]
            self.devices[key] = self.changed_devices[key] = device
            return device
        newer = sighting.last_at >= device.last_seen_at + DEVICE_GRAIN
        renamed = sighting.last_at >= device.last_seen_at and sighting.name[:255] != device.name
        if newer or renamed or sighting.first_at < device.first_seen_at:
            if sighting.last_at >= device.last_seen_at:
                device.name, device.address = sighting.name[:255], address or device.address
            device.first_seen_at = min(device.first_seen_at, sighting.first_at)
            device.last_seen_at = max(device.last_seen_at, sighting.last_at)
            self.changed_devices[key] = device
        return device

    def save(self) -> None:
        """Write what changed."""
        self.arrivals.save()
        Device.objects.bulk_create(
            self.changed_devices.values(),
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["id"],
            update_fields=["name", "address", "first_seen_at", "last_seen_at"],
        )
        DeviceAlias.objects.bulk_create(
            [
                DeviceAlias(
                    device_id=device,
                    organisation_id=self.devices[device].organisation_id,
                    kind=alias.kind.value,
                    value=alias.value,
                    valid_from=holding.valid_from,
                    valid_until=holding.valid_until,
                )
                for (device, alias), holding in self.changed_aliases.items()
            ],
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["device", "kind", "value"],
            update_fields=["valid_from", "valid_until"],
        )


def _worth_writing(before: Holding, after: Holding) -> bool:
    """Whether an alias became true for so much longer that it is written down.

    A device that talks all the time would otherwise rewrite all its names all the time.
    """
    return after.valid_until - before.valid_until >= ALIAS_GRAIN or before.valid_from - after.valid_from >= ALIAS_GRAIN
