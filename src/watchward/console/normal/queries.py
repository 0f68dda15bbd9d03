"""What may be read about filters that people make, who may make them for whom, and what one would have hidden."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.db.models import Q, QuerySet

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, Reach, reach
from watchward.console.config import current
from watchward.console.detect.models import Alert, AlertCorrelation, AlertEvent, Rule
from watchward.console.detect.queries import is_outside
from watchward.console.estate.models import Organisation
from watchward.console.normal.models import Normal
from watchward.console.rules.queries import readers
from watchward.detect.alerts.triage import CloseReason
from watchward.detect.reference import matches
from watchward.detect.sigma.ir import All, Condition, fields
from watchward.detect.sigma.normal import Asks, proposed
from watchward.lake import events as lake
from watchward.telemetry.batch import items
from watchward.telemetry.masking import masked_event

MOST_LOOKED_AT: Final = 1_000
"""Past alerts of the rule that are looked at; those of true attacks besides."""

MOST_LOOKED_UP: Final = 200
"""Events of which the alert does not keep what the filter asks, and which are looked up in the event store."""

_CUT: Final = 1_000
"""Characters from which on a value that the rule did not match may have been cut short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a filter may hold: `key` names it in a form, `label` for people.

    Without an organisation it holds everywhere.
    """

    key: str
    label: str
    organisation: Organisation | None
    below: bool
    device: str = ""

    def alerts(self, rule: Rule) -> Q:
        """The alerts there that are made of what a rule finds: its own, and those of correlations that read it.

        Whatever a correlation found may have happened on several devices, so that its events are asked, not its alert.
        """
        own = Q(rule=rule, device__iexact=self.device) if self.device else Q(rule=rule)
        found = own | Q(rule__in=readers(rule))
        if self.organisation is None:
            return found
        if self.below:
            return found & Reach(paths=(self.organisation.path,)).q("organisation_path")
        return found & Q(organisation=self.organisation)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What a filter made of an alert may be for: a rule that its events met, and the earliest of those events."""

    rule: Rule
    event: AlertEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A past alert that a filter would have changed.

    Args:
        met: of the events that are kept of it, so many would have been hidden, and `known` is how many were looked at;
            of a true attack none may be known any more, which is no reason to pass it over.
        attack: why it counts as a true attack; empty where it does not.

    """

    alert: Alert
    met: int
    known: int
    attack: str

    @property
    def whole(self) -> bool:
        """Whether nothing of it would have been left, as far as is kept."""
        return 0 < self.met == self.known


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a filter would have hidden.

    Args:
        hits: true attacks first, then the newest.
        looked_at: how many alerts of the rule were looked at, of `total` that lie in its scope.
        unknown: how many of them no longer say enough.

    """

    hits: Sequence[Hit]
    looked_at: int
    total: int
    unknown: int

    @property
    def attacks(self) -> list[Hit]:
        """Those that were true attacks, and those attacks of which it can no longer be told."""
        return [hit for hit in self.hits if hit.attack]

    @property
    def everything(self) -> bool:
        """Whether nothing would have been left of all, and more than one, that the rule has ever raised there."""
        return 1 < self.total == self.looked_at == len(self.whole)

    @property
    def whole(self) -> list[Hit]:
        """Those of which nothing would have been left."""
        return [hit for hit in self.hits if hit.whole]


def normals_visible_to(viewer: Actor) -> QuerySet[Normal]:
    """The filters that hide anything of what the viewer may see: made there, below, above or for everywhere."""
    where = reach(viewer, Permission.RULE_VIEW)
    found = Normal.objects.select_related("rule", "organisation", "alert")
    if where.everything:
        return found
    if not where.paths:
        return found.none()
    above = {prefix for path in where.paths for prefix in _prefixes(path)}
    reaching = Q(organisation=None) | Q(organisation_path__in=above, below=True)
    return found.filter(where.q("organisation_path") | reaching)


def normals_in_force(viewer: Actor, today: date) -> list[Normal]:
    """Those that hide something today, those that end first before the others."""
    return list(normals_visible_to(viewer).filter(ended_at=None, expires_on__gt=today)[:500])


def normals_over(viewer: Actor, today: date, limit: int = 100) -> list[Normal]:
    """Those that were ended or have expired, the latest first."""
    over = ~Q(ended_at=None) | Q(expires_on__lte=today)
    return list(normals_visible_to(viewer).filter(over).order_by("-expires_on", "id")[:limit])


def normal_visible_to(viewer: Actor, key: UUID) -> Normal | None:
    """One filter, if it concerns the viewer."""
    return normals_visible_to(viewer).filter(pk=key).first()


def may_end(viewer: Actor, normal: Normal) -> bool:
    """Whether someone may end a filter: who may make one for the same scope."""
    where = reach(viewer, Permission.RULE_TUNE)
    return where.everything or (normal.organisation is not None and normal.organisation_path in where)


def subjects(alert: Alert) -> list[Subject]:
    """For what a filter made of an alert may be: its rule, or for a correlation each rule that its events met."""
    first: dict[str, AlertEvent] = {}
    for event in alert.events.all():
        for key in event.rules or (alert.rule_id,):
            first.setdefault(key, event)
    rules = Rule.objects.in_bulk(list(first))
    return [Subject(rule=rules[key], event=event) for key, event in first.items() if key in rules]


def places(viewer: Actor, alert: Alert, subject: Subject | None) -> list[Place]:
    """Where a filter made of an alert may hold: never beyond what its author may see and tune."""
    device = (subject and subject.event.device) or alert.device
    tunes, sees = reach(viewer, Permission.RULE_TUNE), reach(viewer, Permission.ALERT_VIEW)
    here = alert.organisation
    above = Organisation.objects.filter(path__in=_prefixes(here.path)).order_by("-path")
    allowed = [one for one in above if one.path in tunes and one.path in sees]
    if here not in allowed:
        return []
    found = [
        Place(
            key="device", label=f"Only {device} at {here.name}", organisation=here, below=False,
            device=device,
        ),
        Place(key="here", label=f"All devices of {here.name}", organisation=here, below=False),
    ]  # fmt: skip
    found += [
        Place(key=f"below:{one.code}", label=f"{one.name} and everything below it", organisation=one, below=True)
        for one in sorted(allowed, key=lambda one: -len(one.path))
    ]
    if tunes.everything and sees.everything:
        found.append(Place(key="everywhere", label="Every organisation of this node", organisation=None, below=True))
    return found


def proposal(viewer: Actor, alert: Alert, subject: Subject | None) -> tuple[Asks, ...]:
    """What a filter could ask: what the rule matched in its earliest event, and by what a correlation groups.

    From outside an organisation, a text in which something is hidden from the reader is not offered.
    """
    if subject is None:
        return ()
    correlation = AlertCorrelation.objects.filter(alert=alert).first()
    context = subject.event.context
    grouped = {name: context[name] for name, _ in (correlation.group if correlation else ()) if name in context}
    offered = subject.event.fields | grouped
    single = {name: items(text)[0] for name, text in offered.items() if not name.startswith("@")}
    masked = masked_event(single) if is_outside(viewer, alert.organisation) else single
    return proposed(single, unfit=[name for name, text in single.items() if masked[name] != text])


def preview(alert: Alert, rule: Rule, hidden: Condition, place: Place) -> Preview:
    """Which past alerts a filter for a rule would have hidden or taken events from, those of true attacks first."""
    within = Alert.objects.filter(place.alerts(rule))
    attacks = within.filter(Q(closed_reason=CloseReason.DEALT_WITH) | Q(incident_link__isnull=False))
    chosen = _some(attacks) | _some(within) | {alert.pk: alert}
    looked_up = _LookUp()
    asked = sorted(fields(hidden))
    hits, unknown = [], 0
    events = _events(chosen)
    for key, one in chosen.items():
        kept = events.get(key, ())
        # Of a correlation, events that met other rules stay whatever this filter hides; they tell nothing of the rest.
        mine = [event for event in kept if rule.pk in (event.rules or (one.rule_id,))]
        told = (looked_up.meets(hidden, asked, one, event) for event in mine)
        known = [met for met in told if met is not None]
        untold = not known and (bool(mine) or not kept)
        unknown += untold
        attack = _attack(one)
        if any(known) or (attack and untold):
            others = len(kept) - len(mine) if known else 0
            hits.append(Hit(alert=one, met=sum(known), known=len(known) + others, attack=attack))
    hits.sort(key=lambda hit: (not hit.attack, -hit.alert.last_at.timestamp()))
    return Preview(hits=hits, looked_at=len(chosen), total=within.count(), unknown=unknown)


def _some(alerts: QuerySet[Alert]) -> dict[UUID, Alert]:
    chosen = alerts.select_related("organisation", "rule", "stake", "incident_link__incident").order_by(
        "-last_at", "id"
    )
    return {one.pk: one for one in chosen[:MOST_LOOKED_AT]}


def _events(alerts: Mapping[UUID, Alert]) -> dict[UUID, list[AlertEvent]]:
    found: dict[UUID, list[AlertEvent]] = {}
    keys = list(alerts)
    for start in range(0, len(keys), 500):
        for event in AlertEvent.objects.filter(alert__in=keys[start : start + 500]).order_by("observed_at"):
            found.setdefault(event.alert_id, []).append(event)
    return found


def _attack(alert: Alert) -> str:
    link = getattr(alert, "incident_link", None)
    if link is not None:
        return f"It belongs to the incident “{link.incident.title}”."
    return "It was closed as real and dealt with." if alert.closed_reason == CloseReason.DEALT_WITH else ""


class _LookUp:
    """Says whether a filter hides an event of an alert; what the alert does not keep is looked up, so many times."""

    def __init__(self) -> None:
        self._left = MOST_LOOKED_UP

    def meets(self, hidden: Condition, asked: Iterable[str], alert: Alert, event: AlertEvent) -> bool | None:
        """Whether it is hidden; None where that cannot be told any more."""
        known = {name: text for name, text in event.context.items() if len(text) < _CUT} | event.fields
        known |= {"@device": event.device or alert.device, "@organisation": alert.organisation.code}
        if any(fields(part) <= known.keys() and not matches(part, known) for part in _parts(hidden)):
            return False
        if any(name not in known for name in asked):
            whole = self._whole(event)
            if whole is None:
                return None
            known |= whole
        return matches(hidden, known)

    def _whole(self, event: AlertEvent) -> Mapping[str, str] | None:
        if not self._left:
            return None
        self._left -= 1
        found = lake.fetch(current().lake, event_id=event.event_id, segment=event.segment, row=event.row)
        return None if found is None else found.fields


def _parts(hidden: Condition) -> Sequence[Condition]:
    """What all must be so for an event to be hidden."""
    return hidden.parts if isinstance(hidden, All) else (hidden,)


def _prefixes(path: str) -> list[str]:
    parts = path.strip("/").split("/")
    return ["/" + "/".join(parts[:count]) + "/" for count in range(1, len(parts) + 1)]
