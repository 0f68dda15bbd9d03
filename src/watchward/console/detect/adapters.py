"""Where the match journal becomes alerts, and loaded rules become rows. Only the projector calls this.

What is projected depends on the journal alone, not on how it is cut into transactions: an alert keeps the sum of its
events, the earliest and latest of their times, and the earliest `EVENTS_KEPT` of them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F

from watchward.base.clock import Clock
from watchward.console.detect import correlated_adapters
from watchward.console.detect.correlated_adapters import PROJECTOR, Moment
from watchward.console.detect.models import Alert, AlertEvent, AlertStep, Projection, Rule, Stake
from watchward.console.detect.ordering import Order, mark_of, order_for, stake_of
from watchward.console.estate.adapters import EstateProjection, importances
from watchward.console.estate.models import Device, Organisation
from watchward.console.estate.placing import organisations_of
from watchward.console.intel.met import UNTOLD, UNTOLD_TITLE, met
from watchward.console.normal.adapters import count_hidden
from watchward.console.rules.adapters import count_matches
from watchward.detect.alerts import alert as detected
from watchward.detect.alerts.alert import EVENTS_KEPT
from watchward.detect.alerts.triage import AlertState, CloseReason
from watchward.detect.correlate.told import Told
from watchward.detect.match import Match, Purpose
from watchward.estate.device import Importance
from watchward.harm.expected import at_stake
from watchward.lake.journal import JournalEntry, Position

_CHUNK: Final = 500
_PROJECTED: Final = (
    "count", "first_at", "last_at", "received_at", "received_last_at", "kept_until",
    "score", "likelihood", "stake", "state", "closed", "closed_reason", "closed_at", "revision",
)  # fmt: skip

Groups = dict[UUID, dict[str, Match]]
"""The matches of each alert, by their event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What one transaction projected."""

    entries: int = 0
    matches: int = 0
    alerts_new: int = 0
    alerts_changed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Where matches belong: organisations by code, devices by organisation and name, and which of them are marked."""

    organisations: Mapping[str, Organisation]
    devices: Mapping[tuple[str, str], UUID]
    marked: Mapping[UUID, Importance]

    def device(self, part: detected.Alert) -> UUID | None:
        return self.devices.get((part.organisation, part.device.casefold()))

    def importance(self, part: detected.Alert) -> Importance:
        device = self.device(part)
        return self.marked.get(device, Importance.NORMAL) if device else Importance.NORMAL


def position() -> Position:
    """How far the database has come in the journal."""
    kept = Projection.objects.filter(pk=1).values_list("position", flat=True).first()
    return Position.parse(kept or "")


def waited() -> datetime | None:
    """How far event time had come when findings were last kept, where all sources were silent."""
    return Projection.objects.filter(pk=1).values_list("waited", flat=True).first()


@transaction.atomic
def tell(told: Told, *, clock: Clock) -> int:
    """Keep what correlations found without anything having come; return how many alerts are new."""
    kept, _ = Projection.objects.select_for_update().get_or_create(pk=1)
    kept.revision += 1
    found = _correlated(kept, kept.received_at or clock.now(), told, clock=clock)
    kept.save()
    return found


@transaction.atomic
def apply(
    entries: Sequence[tuple[Position, JournalEntry]],
    *,
    clock: Clock,
    estate: EstateProjection | None = None,
    told: Told | None = None,
) -> Applied:
    """Project some entries of the journal, and the place that they lead to, in one transaction.

    Entries that were projected before are passed over, so that any of them may be given again.

    Args:
        entries: in the order of the journal, each with the position behind it.
        clock: tells when this is done.
        estate: keeps devices and sources; one for a projector's life remembers whom it knows.
        told: what these entries changed about the findings of correlations.

    """
    kept, _ = Projection.objects.select_for_update().get_or_create(pk=1)
    fresh, reached = _fresh(entries, Position.parse(kept.position))
    if not fresh:
        return Applied()
    kept.revision += 1
    new, changed = _projected(fresh, estate or EstateProjection(), revision=kept.revision)
    received_at = max(entry.received_at for entry in fresh)
    correlated = _correlated(kept, received_at, told, clock=clock) if told else 0
    done = Applied(
        entries=len(fresh),
        matches=sum(len(entry.matches) for entry in fresh),
        alerts_new=len(new) + correlated,
        alerts_changed=len(changed),
    )
    _advance(kept, fresh, reached, done, clock=clock)
    return done


def _projected(
    fresh: Sequence[JournalEntry], estate: EstateProjection, *, revision: int
) -> tuple[list[Alert], list[Alert]]:
    """Keep what entries say of devices, rules and alerts; return the alerts that are new, and those that changed."""
    places = _places(fresh, estate)
    matches = list(_as_markings_allow([match for entry in fresh for match in entry.matches], places.organisations))
    _ensure_rules(matches)
    count_matches(matches, places.organisations)
    count_hidden((entry.hidden, entry.received_at) for entry in fresh)
    groups = _grouped(match for match in matches if match.purpose is Purpose.ALERT)
    found = _found(groups)
    _leave_out_known(groups, found)
    order = _order(groups, found, places)
    new, changed = _merged(groups, found, places, revision=revision, order=order)
    Alert.objects.bulk_create(
        [*new, *changed], batch_size=_CHUNK, update_conflicts=True, unique_fields=["id"], update_fields=_PROJECTED
    )
    _keep_events(groups, {alert.pk: alert for alert in (*new, *changed)}, known=set(found))
    _say_looked_back(groups, new)
    return new, changed


def _say_looked_back(groups: Groups, new: Iterable[Alert]) -> None:
    """Say of alerts that are news of old events how they were found."""
    AlertStep.objects.bulk_create(
        AlertStep(
            alert=alert,
            at=max(match.received_at for match in groups[alert.pk].values()),
            by=None,
            by_name=PROJECTOR,
            text="Found by looking back over events that were kept",
        )
        for alert in new
        if all(match.looked_back for match in groups[alert.pk].values())
    )


def rescore(device: Device) -> None:
    """Order the alerts about a device anew, after someone said how much care depends on it."""
    about = Alert.objects.filter(known_device=device)
    about.update(importance=device.importance)
    mark = mark_of(device.importance)
    for key, stake in Stake.objects.in_bulk(set(about.order_by().values_list("stake", flat=True)) - {None}).items():
        about.filter(stake=key).update(score=F("likelihood") * at_stake(stake_of(stake), mark))


def _correlated(kept: Projection, received_at: datetime, told: Told, *, clock: Clock) -> int:
    """Keep what correlations found in what was received until then; return how many alerts are new."""
    kept.correlated_events = told.held
    kept.waited = told.waited
    if told.failed:
        kept.correlations_failed_at = clock.now()
    moment = Moment(received_at=received_at, now=clock.now(), revision=kept.revision)
    return correlated_adapters.keep(told, moment)


def _advance(
    kept: Projection, fresh: Sequence[JournalEntry], reached: Position, done: Applied, *, clock: Clock
) -> None:
    kept.position = str(reached)
    kept.entries += done.entries
    kept.events += sum(entry.events for entry in fresh)
    kept.matches += done.matches
    kept.received_at = max(entry.received_at for entry in fresh)
    kept.projected_at = clock.now()
    kept.save()


def _places(fresh: Sequence[JournalEntry], estate: EstateProjection) -> _Places:
    """Bring the estate up to date, and say where each match belongs."""
    codes = {match.organisation for entry in fresh for match in entry.matches}
    codes |= {seen.organisation for entry in fresh for seen in entry.devices}
    organisations = organisations_of(codes)
    devices = {key: seen.id for key, seen in estate.apply(fresh).items()}
    matched = {(match.organisation, match.device.casefold()) for entry in fresh for match in entry.matches}
    marked = importances(devices[key] for key in matched if key in devices)
    return _Places(organisations=organisations, devices=devices, marked=marked)


def _fresh(entries: Iterable[tuple[Position, JournalEntry]], reached: Position) -> tuple[list[JournalEntry], Position]:
    """The entries that are not projected yet, and the position behind them."""
    fresh = []
    for behind, entry in entries:
        place = reached.places.get(entry.gateway)
        if place is None or entry.sequence > place.sequence:
            fresh.append(entry)
            reached = reached.behind(entry.gateway, behind.places[entry.gateway])
    return fresh, reached


def _order(groups: Groups, found: Mapping[UUID, Alert], places: _Places) -> Order:
    """What orders the alerts that are new, or may open again; the others stay where they stand."""
    placed = [group for key, group in groups.items() if key not in found or found[key].closed]
    matches = [match for group in placed for match in group.values()]
    codes = {match.organisation for match in matches}
    return order_for([places.organisations[code] for code in sorted(codes)], {match.rule_id for match in matches})


def _grouped(matches: Iterable[Match]) -> Groups:
    groups: Groups = {}
    for match in matches:
        groups.setdefault(detected.alert_id(match), {}).setdefault(match.event_id, match)
    return groups


def _found(groups: Groups) -> dict[UUID, Alert]:
    """The alerts that exist already."""
    found: dict[UUID, Alert] = {}
    keys = list(groups)
    for start in range(0, len(keys), _CHUNK):
        found |= Alert.objects.select_for_update().in_bulk(keys[start : start + _CHUNK])
    return found


def _leave_out_known(groups: Groups, found: Mapping[UUID, Alert]) -> None:
    """Leave out events that their alert is made of already.

    A power cut can take away an entry after it was projected; its events are then sent, and journalled, once more.
    """
    small = [key for key, alert in found.items() if alert.count <= EVENTS_KEPT]
    times = [match.observed_at for key in small for match in groups[key].values()]
    for start in range(0, len(small), _CHUNK):
        near = AlertEvent.objects.filter(observed_at__range=(min(times), max(times)))
        events = near.filter(alert__in=small[start : start + _CHUNK])
        for key, event_id in events.order_by().values_list("alert_id", "event_id"):
            groups[key].pop(event_id, None)
    for key in [key for key, group in groups.items() if not group]:
        del groups[key]


def _merged(
    groups: Groups, found: Mapping[UUID, Alert], places: _Places, *, revision: int, order: Order
) -> tuple[list[Alert], list[Alert]]:
    """The alerts as they become: those that are new, and those that change."""
    new, changed = [], []
    for key, group in groups.items():
        part = detected.of_one(key, list(group.values()))
        received_last_at = max(match.received_at for match in group.values())
        if key in found:
            changed.append(_grown(found[key], part, received_last_at, revision=revision, order=order))
        else:
            alert = _new(part, received_last_at, places, revision=revision)
            order.place(alert)
            new.append(alert)
    return new, changed


def _new(part: detected.Alert, received_last_at: datetime, places: _Places, *, revision: int) -> Alert:
    organisation = places.organisations[part.organisation]
    return Alert(
        id=part.id,
        rule_id=part.rule_id,
        organisation=organisation,
        organisation_path=organisation.path,
        device=part.device[:255],
        known_device_id=places.device(part),
        level=part.level.rank,
        importance=places.importance(part),
        count=part.count,
        first_at=part.first_at,
        last_at=part.last_at,
        received_at=part.received_at,
        received_last_at=received_last_at,
        kept_until=_full_at(part.count, part.events[-1].observed_at),
        revision=revision,
    )


def _grown(alert: Alert, part: detected.Alert, received_last_at: datetime, *, revision: int, order: Order) -> Alert:
    """An alert with more of its events; one that was dealt with and happens again opens again."""
    alert.count += part.count
    alert.first_at = min(alert.first_at, part.first_at)
    alert.last_at = max(alert.last_at, part.last_at)
    alert.received_at = min(alert.received_at, part.received_at)
    alert.received_last_at = max(alert.received_last_at, received_last_at)
    if _happens_again(alert):
        AlertStep.objects.create(
            alert=alert,
            at=received_last_at,
            by=None,
            by_name=PROJECTOR,
            text="Opened again, because it happened again after it was closed",
        )
        alert.state, alert.closed, alert.closed_reason, alert.closed_at = AlertState.OPEN, False, "", None
        alert.revision = revision
        order.place(alert)
    return alert


def _happens_again(alert: Alert) -> bool:
    if not alert.closed or alert.closed_at is None:
        return False
    return not CloseReason(alert.closed_reason).stays_closed and alert.received_last_at > alert.closed_at


def _keep_events(groups: Groups, alerts: Mapping[UUID, Alert], *, known: set[UUID]) -> None:
    """Keep the earliest events of each alert, whatever the order in which they came."""
    rows: list[AlertEvent] = []
    crowded: list[Alert] = []
    for key, group in groups.items():
        alert = alerts[key]
        until = alert.kept_until if key in known else None
        early = sorted(group.values(), key=lambda match: (match.observed_at, match.event_id))[:EVENTS_KEPT]
        early = [match for match in early if until is None or match.observed_at <= until]
        rows += [_event(key, match) for match in early]
        if early and key in known and alert.count > EVENTS_KEPT:
            crowded.append(alert)
    AlertEvent.objects.bulk_create(rows, batch_size=_CHUNK, ignore_conflicts=True)
    for alert in crowded:
        _drop_later(alert)


def _drop_later(alert: Alert) -> None:
    """Keep no more than the earliest events, and remember up to when they reach."""
    times = list(alert.events.order_by("observed_at", "event_id").values_list("pk", "observed_at"))
    AlertEvent.objects.filter(pk__in=[pk for pk, _ in times[EVENTS_KEPT:]]).delete()
    alert.kept_until = _full_at(len(times), times[:EVENTS_KEPT][-1][1])
    alert.save(update_fields=["kept_until"])


def _full_at(count: int, latest: datetime) -> datetime | None:
    return latest if count >= EVENTS_KEPT else None


def _event(alert: UUID, match: Match) -> AlertEvent:
    return AlertEvent(
        alert_id=alert,
        event_id=match.event_id,
        observed_at=match.observed_at,
        source=match.source,
        segment=match.segment,
        row=match.row,
        fields=match.fields,
        context=match.context,
    )


def _as_markings_allow(matches: Sequence[Match], organisations: Mapping[str, Organisation]) -> Iterator[Match]:
    """Leave out what indicators found at organisations that may not have them; of those for a few, say no more."""
    known, raised = met({match.rule_id for match in matches}), dict[tuple[str, str], bool]()
    for match in matches:
        key = match.rule_id, match.organisation
        if key not in raised:
            raised[key] = known.may_be_raised(match.rule_id, organisations[match.organisation])
        if not raised[key]:
            continue
        yield (
            match
            if known.may_be_told(match.rule_id)
            else replace(match, rule_title=UNTOLD_TITLE, described=UNTOLD, author="")
        )


def _ensure_rules(matches: Iterable[Match]) -> None:
    """Make rows for rules that matched before they were described, and for indicators."""
    named = {match.rule_id: match for match in matches}
    known = set(Rule.objects.filter(pk__in=named).values_list("pk", flat=True))
    Rule.objects.bulk_create(
        Rule(
            id=key,
            title=match.rule_title[:300],
            level=match.level.rank,
            description=match.described,
            author=match.author,
            loaded=not match.described,  # an indicator is no rule that runs
        )
        for key, match in named.items()
        if key not in known
    )
