"""Where findings of correlations become alerts. Only the projector calls this, within its transaction.

A finding is an alert under the finding's own identifier, as soon as it is told: provisional at first, and then final,
or withdrawn. To keep what is told twice changes nothing (ADR 0124).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import F

from watchward.console.detect.models import Alert, AlertCorrelation, AlertEvent, AlertStep, GivenUp, Rule
from watchward.console.detect.ordering import order_for
from watchward.console.estate.adapters import importances
from watchward.console.estate.models import Organisation, Source
from watchward.console.estate.placing import devices_named, organisations_of
from watchward.console.intel.met import UNTOLD, UNTOLD_TITLE, Met, met
from watchward.console.rules.adapters import count_findings
from watchward.detect.alerts.triage import AlertState, CloseReason
from watchward.detect.correlate.told import Said, Told
from watchward.detect.correlate.words import in_words
from watchward.detect.match import Match
from watchward.detect.sigma.rule import Level
from watchward.detect.texts.values import fold
from watchward.estate.device import Importance
from watchward.lake.journal import moment as moment_of
from watchward.lake.journal import storable

PROJECTOR: Final = "Watchward"
LONGEST_CONTEXT: Final = 1_000

UNKNOWN_DEVICE: Final = "an unknown device"
"""Where the journal no longer has the event."""

_CHUNK: Final = 500
_CHANGED: Final = (
    "provisional", "count", "first_at", "last_at", "received_at", "received_last_at", "device", "known_device",
    "importance", "score", "likelihood", "stake", "state", "closed", "closed_reason", "closed_at", "revision",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What holds for one transaction.

    Args:
        received_at: when the newest of its entries was received.
        now: when this is done.
        revision: the projection's count of changes.

    """

    received_at: datetime
    now: datetime
    revision: int


def keep(told: Told, moment: Moment) -> int:
    """Bring the alerts of correlations in line with what was told; return how many are new."""
    _count(told, moment)
    new = _keep_findings(told, moment)
    _withdraw(told.withdrawn, moment)
    if told.standing is not None:
        _settle(told.standing, moment)
    return new


def _keep_findings(told: Told, moment: Moment) -> int:
    new = 0
    for start in range(0, len(told.said), _CHUNK):
        new += _keep_some(told, told.said[start : start + _CHUNK], moment)
    return new


def _keep_some(told: Told, some: Sequence[Said], moment: Moment) -> int:
    known = Alert.objects.select_for_update().in_bulk([one.finding.id for one in some])
    some, marks = _as_markings_allow(some)
    # What is final stays as it is: it can only be told once more by a journal that was read again.
    some = [one for one in some if one.finding.id not in known or _may_change(known[one.finding.id])]
    _describe(some, marks)
    events = _Events(told, some)
    places = _Places(some, events)
    alerts = []
    for one in some:
        known_as = known.get(one.finding.id)
        alert = known_as or _new(one, places, moment)
        if known_as is not None:
            _open_again(alert, one, moment)
        _say(alert, one, events, places)
        alerts.append(alert)
    order = order_for(_where(alerts), {alert.rule_id for alert in alerts})
    for alert in alerts:
        order.place(alert)
    Alert.objects.bulk_create(
        alerts, batch_size=_CHUNK, update_conflicts=True, unique_fields=["id"], update_fields=_CHANGED
    )
    _keep_details(some, events, marks)
    events.save()
    return sum(one.finding.id not in known for one in some)


def _as_markings_allow(some: Sequence[Said]) -> tuple[Sequence[Said], Met]:
    """Leave out what patterns of indicators found at organisations that may not have them (ADR 0236)."""
    marks = met(one.correlation.id for one in some)
    places = organisations_of({one.finding.organisation for one in some})
    raised = [one for one in some if marks.may_be_raised(one.correlation.id, places[one.finding.organisation])]
    return raised, marks


def _where(alerts: Sequence[Alert]) -> list[Organisation]:
    return list(Organisation.objects.filter(pk__in={alert.organisation_id for alert in alerts}))


def _may_change(alert: Alert) -> bool:
    return alert.provisional or alert.closed_reason == CloseReason.WITHDRAWN


class _Events:
    """The events that some findings name: those that their alerts have already, and those that are new to them."""

    def __init__(self, told: Told, some: Sequence[Said]) -> None:
        self.kept: dict[UUID, dict[str, AlertEvent]] = {one.finding.id: {} for one in some}
        for event in AlertEvent.objects.filter(alert__in=list(self.kept)).order_by():
            self.kept[event.alert_id][event.event_id] = event
        self.new: dict[UUID, list[Match]] = {}
        self._gone: list[int] = []
        self._rows: list[AlertEvent] = []
        for one in some:
            self._add(told, one)

    def _add(self, told: Told, one: Said) -> None:
        finding, kept = one.finding, self.kept[one.finding.id]
        named = set(finding.event_ids)
        self._gone += [event.pk for event_id, event in kept.items() if event_id not in named]
        for event_id in kept.keys() - named:
            del kept[event_id]
        missing = [event_id for event_id in finding.event_ids if event_id not in kept]
        found = told.look(missing, one.reads) if missing else ()
        self.new[finding.id] = list(found)
        for match in found:
            if (event := kept.get(match.event_id)) is not None:
                event.rules.append(match.rule_id)
                event.fields = {**match.fields, **event.fields}
                continue
            kept[match.event_id] = event = _event(finding.id, match)
            self._rows.append(event)

    def of(self, alert: UUID) -> list[AlertEvent]:
        """The events of an alert that are known, in order of time."""
        return sorted(self.kept[alert].values(), key=lambda event: (event.observed_at, event.event_id))

    def save(self) -> None:
        """Write what is new, and leave out what the findings name no longer."""
        AlertEvent.objects.filter(pk__in=self._gone).delete()
        AlertEvent.objects.bulk_create(self._rows, batch_size=_CHUNK, ignore_conflicts=True)


def _event(alert: UUID, match: Match) -> AlertEvent:
    carried = {name: text[:LONGEST_CONTEXT] for name, text in match.carried.items() if name not in match.fields}
    return AlertEvent(
        alert_id=alert,
        event_id=match.event_id,
        observed_at=match.observed_at,
        source=match.source,
        segment=match.segment,
        row=match.row,
        fields=dict(match.fields),
        context={**match.context, **carried},
        device=match.device[:255],
        rules=[match.rule_id],
    )


class _Places:
    """Where findings belong: their organisations, and the device of the event that completed each."""

    def __init__(self, some: Sequence[Said], events: _Events) -> None:
        self._organisations: Mapping[str, Organisation] = organisations_of({one.finding.organisation for one in some})
        self._completing = {one.finding.id: _device(one, events.of(one.finding.id)) for one in some}
        keys = {(one.finding.organisation, self._completing[one.finding.id].casefold()) for one in some}
        self._devices = devices_named(keys)
        self._marked = importances(self._devices.values())

    def organisation(self, one: Said) -> Organisation:
        return self._organisations[one.finding.organisation]

    def name(self, one: Said) -> str:
        return self._completing[one.finding.id]

    def device(self, one: Said) -> UUID | None:
        return self._devices.get((one.finding.organisation, self.name(one).casefold()))

    def importance(self, one: Said) -> Importance:
        device = self.device(one)
        return self._marked.get(device, Importance.NORMAL) if device else Importance.NORMAL


def _device(one: Said, events: Sequence[AlertEvent]) -> str:
    """On which device the finding was completed: that of the last event that it needed."""
    held_at = moment_of(one.finding.at)
    needed = [event for event in events if event.observed_at <= held_at] or list(events)
    return (needed[-1].device if needed else "") or UNKNOWN_DEVICE


def _new(one: Said, places: _Places, moment: Moment) -> Alert:
    organisation, level = places.organisation(one), one.correlation.level or Level.MEDIUM
    return Alert(
        id=one.finding.id,
        rule_id=one.correlation.id,
        organisation=organisation,
        organisation_path=organisation.path,
        level=level.rank,
        received_at=moment.received_at,
        received_last_at=moment.received_at,
        revision=moment.revision,
    )


def _say(alert: Alert, one: Said, events: _Events, places: _Places) -> None:
    """Let an alert say what its finding says now."""
    finding, received = one.finding, [match.received_at for match in events.new[one.finding.id]]
    alert.provisional = not one.final
    alert.count = finding.events
    alert.first_at, alert.last_at = moment_of(finding.first_at), moment_of(finding.last_at)
    alert.received_at = min([alert.received_at, *received])
    alert.received_last_at = max([alert.received_last_at, *received])
    alert.device = places.name(one)
    alert.known_device_id = places.device(one)
    alert.importance = places.importance(one)


def _open_again(alert: Alert, one: Said, moment: Moment) -> None:
    """Open an alert that was closed, where what came since says that it must be looked at again."""
    grown = alert.closed_at is not None and moment.received_at > alert.closed_at and one.finding.events > alert.count
    if alert.closed_reason == CloseReason.WITHDRAWN:
        text = "Opened again, because it holds once more"
    elif alert.closed and grown and not CloseReason(alert.closed_reason).stays_closed:
        text = "Opened again, because it happened again after it was closed"
    else:
        return
    _note(alert, text, moment)
    alert.state, alert.closed, alert.closed_reason, alert.closed_at = AlertState.OPEN, False, "", None
    alert.revision = moment.revision


def _withdraw(gone: Sequence[UUID], moment: Moment) -> None:
    """Close what later events have undone; whoever works on it sees why."""
    for start in range(0, len(gone), _CHUNK):
        found = Alert.objects.select_for_update().filter(pk__in=gone[start : start + _CHUNK], provisional=True)
        for alert in found:
            _note(alert, "Withdrawn: events that came later show that it did not happen", moment)
            alert.provisional = False
            if not alert.closed:
                alert.state, alert.closed = AlertState.CLOSED, True
                alert.closed_reason, alert.closed_at = CloseReason.WITHDRAWN, moment.now
            alert.save(update_fields=["provisional", "state", "closed", "closed_reason", "closed_at"])


def _settle(standing: frozenset[UUID], moment: Moment) -> None:
    """Make final what nobody can change any more, because its correlation was changed or is no longer run."""
    for alert in Alert.objects.select_for_update().filter(provisional=True):
        if alert.pk not in standing:
            alert.provisional = False
            alert.save(update_fields=["provisional"])
            _note(alert, "Final as it stands: its correlation was changed since, or is no longer run", moment)


def _note(alert: Alert, text: str, moment: Moment) -> None:
    AlertStep.objects.create(alert=alert, at=moment.received_at, by=None, by_name=PROJECTOR, text=text)


def _keep_details(some: Sequence[Said], events: _Events, marks: Met) -> None:
    wanted = {rule for one in some for part in (one.correlation, *one.inner) for rule in part.rules}
    titles = dict(Rule.objects.filter(pk__in=wanted).values_list("pk", "title"))
    AlertCorrelation.objects.bulk_create(
        [
            AlertCorrelation(
                alert_id=one.finding.id,
                group=_group(one, events.of(one.finding.id)),
                asks=in_words(one.correlation, titles, one.inner) if marks.may_be_told(one.correlation.id) else UNTOLD,
                counted=list(one.correlation.fields),
                held_at=moment_of(one.finding.at),
                made_of=[str(made) for made in one.finding.made_of],
            )
            for one in some
        ],
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=["alert"],
        update_fields=["group", "made_of"],
    )


def _group(one: Said, events: Sequence[AlertEvent]) -> list[list[str]]:
    """The fields of the group with their values, as the earliest event wrote them.

    Correlations compare without letter case.
    """
    written = {
        fold(text): text for event in reversed(events) for text in (*event.context.values(), *event.fields.values())
    }
    pairs = zip(one.correlation.group_by, one.finding.group, strict=True)
    return [[name, storable(written.get(value, value))] for name, value in pairs]


def _describe(some: Sequence[Said], marks: Met) -> None:
    """Make rows for correlations that found something before they were described."""
    named = {one.correlation.id: one.correlation for one in some}
    known = set(Rule.objects.filter(pk__in=named).values_list("pk", flat=True))
    Rule.objects.bulk_create(
        Rule(
            id=key,
            title=one.title[:300] if marks.may_be_told(key) else UNTOLD_TITLE,
            level=(one.level or Level.MEDIUM).rank,
        )
        for key, one in named.items()
        if key not in known
    )


def _count(told: Told, moment: Moment) -> None:
    """Keep how many came too late of which source, what was given up, and what was found on trial."""
    for source, late in told.late.items():
        Source.objects.filter(pk=source).update(late=F("late") + late, late_at=moment.received_at)
    for rule, lost in told.given_up.items():
        row, _ = GivenUp.objects.get_or_create(rule=rule, defaults={"last_at": moment.received_at})
        row.groups, row.events, row.last_at = row.groups + lost.groups, row.events + lost.events, moment.received_at
        row.save()
    if told.tried:
        _describe(told.tried, met(one.correlation.id for one in told.tried))
        found = [one.finding for one in told.tried]
        count_findings(found, organisations_of({one.organisation for one in found}), moment.received_at.date())
