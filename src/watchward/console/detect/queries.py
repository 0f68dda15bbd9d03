"""What may be read about alerts, rules and hunts, and who may read it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Max, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from watchward.access.permissions import Permission
from watchward.access.roles import CARE_PROVIDER_MANAGER, roles_granting
from watchward.console.access.guard import Actor, Reach, Service, reach
from watchward.console.access.models import Post, User
from watchward.console.detect import news
from watchward.console.detect.filters import AlertFilter, Order, Standing
from watchward.console.detect.models import (
    Alert,
    AlertCorrelation,
    AlertEvent,
    AlertStep,
    Projection,
    Rule,
    RuleTechnique,
    SavedHunt,
)
from watchward.console.detect.ordering import records_of
from watchward.console.estate.models import Organisation
from watchward.detect.alerts import alert as detected
from watchward.detect.alerts.triage import AlertState
from watchward.detect.sigma.rule import Level
from watchward.estate.organisation import OrganisationKind
from watchward.harm.expected import Record

PAGE: Final = 25
"""Alerts on one page of a list."""

MOST_WALKED: Final = 40 * PAGE
"""A narrowed list that is no longer is found and counted in one walk; whole pages, so that none is half found."""

_ORDERS: Final = {Order.PRIORITY: ("-score", "-last_at", "id"), Order.NEWEST: ("-last_at", "id")}
_SERIOUS: Final = (Level.CRITICAL, Level.HIGH)
_STATES: Final = {
    Standing.WAITING: (AlertState.OPEN, AlertState.ACKNOWLEDGED),
    Standing.OPEN: (AlertState.OPEN,),
    Standing.ACKNOWLEDGED: (AlertState.ACKNOWLEDGED,),
    Standing.CLOSED: (AlertState.CLOSED,),
}
_ABOVE: Final = frozenset(
    {
        OrganisationKind.NATION,
        OrganisationKind.NATIONAL_BODY,
        OrganisationKind.REGION,
        OrganisationKind.ICB,
        OrganisationKind.SUB_ICB,
        OrganisationKind.PCN,
    }
)
"""Organisations that watch over others: their staff look at those from outside (ADR 0060)."""

_ORGANISATIONS_SEARCHED: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPage:
    """One page of a list of alerts, and how many there are of each level in the whole list."""

    alerts: Sequence[Alert]
    total: int
    by_level: dict[Level, int]
    number: int
    revision: int

    @property
    def pages(self) -> int:
        """How many pages the list has; at least one."""
        return max(1, -(-self.total // PAGE))

    @property
    def mark(self) -> str:
        """How far the list is up to date, for asking later what is new; it tells nothing else."""
        return news.sealed(self.revision)


def alerts_visible_to(viewer: Actor) -> QuerySet[Alert]:
    """The alerts of the organisations whose alerts the viewer may see."""
    return Alert.objects.filter(reach(viewer, Permission.ALERT_VIEW).q("organisation_path"))


def alert_page(viewer: Actor, asked: AlertFilter) -> AlertPage:
    """One page of the alerts that someone asked for."""
    revision = projection().revision
    found = _filtered(viewer, asked)
    ordered = found.order_by(*_ORDERS[asked.order])
    first, counts = ([], _in_scope(viewer, asked)) if asked.only_scope else _walk(found, ordered)
    total = sum(counts.values())
    number = min(asked.page, max(1, -(-total // PAGE)))
    start, end = (number - 1) * PAGE, number * PAGE
    chosen = first[start:end]
    if not chosen and total > len(first):
        chosen = list(ordered.values_list("id", flat=True)[start:end])
    return AlertPage(
        alerts=_in_order(chosen),
        total=total,
        by_level=counts,
        number=number,
        revision=revision,
    )


def newer_than(viewer: Actor, asked: AlertFilter, revision: int) -> int:
    """How many alerts of a list appeared, or opened again, since a revision."""
    if projection().revision <= revision:
        return 0
    return _filtered(viewer, asked).filter(revision__gt=revision).count()


def alert_visible_to(viewer: Actor, key: UUID) -> Alert | None:
    """One alert, if the viewer may see it."""
    return alerts_visible_to(viewer).filter(pk=key).select_related("rule", "organisation", "assignee", "stake").first()


def alerts_by_key(viewer: Actor, keys: Sequence[UUID]) -> list[Alert]:
    """Some alerts, of those that the viewer may see, most important first."""
    found = alerts_visible_to(viewer).filter(pk__in=keys).select_related("rule", "organisation", "assignee", "stake")
    return list(found.order_by(*_ORDERS[Order.PRIORITY]))


def events_of(alert: Alert, limit: int = 20) -> list[AlertEvent]:
    """The earliest events that made an alert."""
    return list(alert.events.all()[:limit])


def rule_met(alert: Alert, event: AlertEvent) -> Rule:
    """The rule that an event of an alert met: the alert's own, unless a correlation raised it."""
    return (Rule.objects.filter(pk__in=event.rules[:1]).first() if event.rules else None) or alert.rule


def correlation_of(viewer: Actor, alert: Alert) -> tuple[AlertCorrelation, dict[str, Rule], list[Alert]] | None:
    """What a correlation found: with the rules that its events met, and the alerts of other correlations that it read.

    None where no correlation raised the alert.
    """
    found = AlertCorrelation.objects.filter(alert=alert).first()
    if found is None:
        return None
    met = {rule for rules in alert.events.values_list("rules", flat=True) for rule in rules}
    made_of = alerts_visible_to(viewer).filter(pk__in=found.made_of).select_related("rule").order_by("first_at")
    return found, Rule.objects.in_bulk(sorted(met)), list(made_of)


def as_detected(alert: Alert) -> detected.Alert:
    """An alert as detection itself knows it, for whatever turns it into another shape."""
    return detected.Alert(
        id=alert.pk,
        rule_id=alert.rule_id,
        rule_title=alert.rule.title,
        level=alert.named_level,
        organisation=alert.organisation.code,
        device=alert.device,
        count=alert.count,
        first_at=alert.first_at,
        last_at=alert.last_at,
        received_at=alert.received_at,
        events=tuple(
            detected.AlertEvent(observed_at=one.observed_at, event_id=one.event_id, segment=one.segment, row=one.row)
            for one in events_of(alert, limit=detected.EVENTS_KEPT)
        ),
    )


def record_of(alert: Alert) -> Record:
    """What became of the alerts of its rule that people of this node have closed."""
    return records_of([alert.rule_id]).get(alert.rule_id, Record())


def steps_of(alert: Alert) -> list[AlertStep]:
    """What was done about an alert, newest first."""
    return list(alert.steps.select_related("by"))


def others_touched(viewer: Actor, alert: Alert, limit: int = 10) -> tuple[list[Alert], int]:
    """The other alerts of the same rule that the viewer may see and nobody has closed, and how many there are."""
    others = alerts_visible_to(viewer).filter(rule_id=alert.rule_id, closed=False).exclude(pk=alert.pk)
    shown = others.order_by("-last_at").select_related("organisation", "rule", "assignee", "stake")
    return list(shown[:limit]), others.count()


def same_device(viewer: Actor, alert: Alert, limit: int = 6) -> list[Alert]:
    """The other alerts about the same device: those that wait first, the most important of them first."""
    found = alerts_visible_to(viewer).filter(organisation=alert.organisation, device=alert.device).exclude(pk=alert.pk)
    shown = found.select_related("rule", "organisation", "assignee", "stake")
    return list(shown.order_by("closed", "-score", "-last_at")[:limit])


def is_outside(viewer: Actor, organisation: Organisation) -> bool:
    """Whether someone looks at an organisation from outside: by no role held at it, or at what it is a part of."""
    if isinstance(viewer, Service):
        return False
    held = Post.objects.filter(user=viewer, organisation__path__in=_prefixes(organisation.path))
    return not held.exclude(organisation__kind__in=_ABOVE).exists()


def may_handle(viewer: Actor, alert: Alert) -> bool:
    """Whether someone may change where an alert stands."""
    return alert.organisation_path in reach(viewer, Permission.ALERT_HANDLE)


def may_tune(viewer: Actor, alert: Alert) -> bool:
    """Whether someone may say that what an alert shows is normal; of a report by a person there is nothing to say."""
    return bool(alert.rule.file) and alert.organisation_path in reach(viewer, Permission.RULE_TUNE)


def may_hunt(viewer: Actor) -> bool:
    """Whether someone may ask the events of any organisation."""
    found = reach(viewer, Permission.HUNT_RUN)
    return found.everything or bool(found.paths)


def hunts_from_outside(viewer: Actor) -> bool:
    """Whether someone's hunts reach organisations at which they look from outside."""
    if isinstance(viewer, Service):
        return False
    posts = Post.objects.filter(user=viewer, role__in=roles_granting(Permission.HUNT_RUN))
    return posts.filter(Q(organisation=None) | Q(organisation__kind__in=_ABOVE)).exists()


def prefers_plain_words(viewer: User) -> bool:
    """Whether someone looks after an organisation without an IT team, and holds no other role."""
    roles = set(Post.objects.filter(user=viewer).values_list("role", flat=True))
    return roles == {CARE_PROVIDER_MANAGER.key}


def people_who_may_handle(alert: Alert) -> list[User]:
    """Those to whom an alert may be given."""
    above = _prefixes(alert.organisation_path)
    held = Post.objects.filter(Q(organisation__path__in=above) | Q(organisation=None)).filter(
        role__in=roles_granting(Permission.ALERT_HANDLE)
    )
    return list(User.objects.filter(is_active=True, pk__in=held.values("user")).order_by("name"))


@dataclass(frozen=True, kw_only=True)
class WorstPlace:
    """An organisation with alerts that wait.

    Args:
        organisation: it.
        harm: the most that is expected of one of them, in severity-weighted patients.
        critical: how many are critical.
        high: how many are high.

    """

    organisation: Organisation
    harm: float
    critical: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """How an area stands: numbers only, for those who answer for it.

    Args:
        waiting: how many alerts wait, by level.
        unseen: how many of them nobody has acknowledged, by level.
        stale: how many unacknowledged critical ones have waited longer than a day.
        worst: the organisations at which most harm is expected of an alert that waits.

    """

    waiting: dict[Level, int]
    unseen: dict[Level, int]
    stale: int
    closed_in_week: int
    worst: Sequence[WorstPlace]


def overview(viewer: Actor, now: datetime) -> Overview:
    """How the organisations that someone may see stand."""
    where = reach(viewer, Permission.ORGANISATION_VIEW)
    alerts = Alert.objects.filter(where.q("organisation_path")).order_by()
    critical = alerts.filter(state=AlertState.OPEN, level=Level.CRITICAL.rank)
    return Overview(
        waiting=_by_level(alerts.filter(state__in=_STATES[Standing.WAITING])),
        unseen=_by_level(alerts.filter(state=AlertState.OPEN)),
        stale=critical.filter(received_at__lt=now - timedelta(days=1)).count(),
        closed_in_week=alerts.filter(closed=True, closed_at__gte=now - timedelta(days=7)).count(),
        worst=_worst(alerts.filter(closed=False)),
    )


def _worst(alerts: QuerySet[Alert], limit: int = 10) -> list[WorstPlace]:
    """Organisations in the order of the list of alerts; those of one share what is at stake, so that sums would lie."""
    harm = alerts.values_list("organisation_path").annotate(harm=Max("score")).order_by("-harm", "organisation_path")
    worst = dict(harm[:limit])
    counted = alerts.filter(organisation_path__in=list(worst), level__in=[level.rank for level in _SERIOUS])
    counts = {
        (path, level): count
        for path, level, count in counted.values_list("organisation_path", "level").annotate(n=Count("*"))
    }
    places = {one.path: one for one in Organisation.objects.filter(path__in=list(worst))}
    return [
        WorstPlace(
            organisation=places[path],
            harm=harm,
            critical=counts.get((path, Level.CRITICAL.rank), 0),
            high=counts.get((path, Level.HIGH.rank), 0),
        )
        for path, harm in worst.items()
        if path in places
    ]


def organisations_to_report_for(viewer: Actor, limit: int = 50) -> list[Organisation]:
    """Where someone may report that something is odd: where their roles are held, or the tops of the tree."""
    if isinstance(viewer, Service):
        return []
    held = Post.objects.filter(user=viewer, role__in=roles_granting(Permission.ALERT_VIEW))
    if held.filter(organisation=None).exists():
        return list(Organisation.objects.filter(parent=None).order_by("name")[:limit])
    return list(Organisation.objects.filter(pk__in=held.values("organisation")).order_by("name")[:limit])


def rules_known(viewer: Actor) -> QuerySet[Rule]:
    """The rules, for anyone who may see rules or alerts somewhere; rules belong to no organisation."""
    seen = [reach(viewer, permission) for permission in (Permission.RULE_VIEW, Permission.ALERT_VIEW)]
    allowed = any(found.everything or found.paths for found in seen)
    return Rule.objects.all() if allowed else Rule.objects.none()


def rules_called(viewer: Actor, name: str, limit: int = 10) -> list[Rule]:
    """The rules that somebody means: the one with this id or title, else those whose title has these words."""
    known = rules_known(viewer).filter(loaded=True)
    exact = list(known.filter(Q(pk=name) | Q(title__iexact=name))[:limit])
    return exact or list(known.filter(title__icontains=name)[:limit])


def projection() -> Projection:
    """How far the projector has come."""
    return Projection.objects.filter(pk=1).first() or Projection()


def saved_hunts(viewer: User) -> QuerySet[SavedHunt]:
    """The hunts that someone keeps."""
    return SavedHunt.objects.filter(owner=viewer)


def _filtered(viewer: Actor, asked: AlertFilter) -> QuerySet[Alert]:
    """The alerts of a list, found along the index that is in the list's order."""
    found = _walked(Alert.objects.all())
    found = found.filter(reach(viewer, Permission.ALERT_VIEW).q("place"), _standing(asked.standing))
    if asked.levels:
        found = found.filter(level__in=[level.rank for level in asked.levels])
    if asked.organisation:
        found = found.filter(_within(asked.organisation, "place"))
    if asked.rule:
        found = found.filter(rule=asked.rule)
    if asked.technique:
        found = found.filter(rule__in=_rules_with(asked.technique))
    if asked.device:
        found = found.filter(device__iexact=asked.device)
    if asked.assignee == "nobody":
        found = found.filter(assignee=None)
    elif asked.assignee == "me" and isinstance(viewer, User):
        found = found.filter(assignee=viewer)
    return found.filter(_text(asked.text)) if asked.text else found


def _standing(standing: Standing) -> Q:
    match standing:
        case Standing.WAITING:
            return Q(closed=False)
        case Standing.CLOSED:
            return Q(closed=True)
        case Standing.OPEN | Standing.ACKNOWLEDGED:
            return Q(closed=False, state=standing.value)


def _walked(alerts: QuerySet[Alert]) -> QuerySet[Alert]:
    """Alerts with their organisation's path as `place`.

    Once it has statistics, SQLite would look for the path in the index made for counting, and then sort all it found.
    It cannot look for an expression, so it walks along the list's own index, which holds the path too.
    """
    place = Coalesce("organisation_path", Value("")) if connection.vendor == "sqlite" else F("organisation_path")
    return alerts.alias(place=place)


def _within(code: str, field: str) -> Q:
    """At an organisation or below it; nowhere when there is no such organisation."""
    paths = Organisation.objects.filter(code=code).values_list("path", flat=True)
    return Reach(paths=tuple(paths)).q(field)


def _rules_with(technique: str) -> QuerySet[RuleTechnique, Any]:
    wanted = Q(technique=technique) | Q(technique__startswith=f"{technique}.")
    return RuleTechnique.objects.filter(wanted).values("rule")


def _text(text: str) -> Q:
    """Alerts that a word may mean: by rule, by device, or by organisation."""
    rules = Rule.objects.filter(title__icontains=text).order_by().values("pk")
    named = Organisation.objects.filter(Q(name__icontains=text) | Q(code__iexact=text)).order_by()
    organisations = list(named.values_list("pk", flat=True)[:_ORGANISATIONS_SEARCHED])
    return Q(device__icontains=text) | Q(rule__in=rules) | Q(organisation__in=organisations)


def _in_scope(viewer: Actor, asked: AlertFilter) -> dict[Level, int]:
    """How many alerts of each level, where nothing but the organisation and where alerts stand narrows the list."""
    # State and level are named although they exclude nothing: only so do databases count in the index made for it.
    found = alerts_visible_to(viewer).filter(state__in=_STATES[asked.standing])
    found = found.filter(level__in=[level.rank for level in asked.levels or Level])
    if asked.organisation:
        found = found.filter(_within(asked.organisation, "organisation_path"))
    return _by_level(found)


def _by_level(alerts: QuerySet[Alert]) -> dict[Level, int]:
    totals = Counter[int]()
    levels = alerts.filter(level__in=[level.rank for level in Level]).order_by()
    for row in levels.values("state", "level").annotate(n=Count("*")):
        totals[row["level"]] += row["n"]
    return {level: totals[level.rank] for level in Level}


def _walk(found: QuerySet[Alert], ordered: QuerySet[Alert]) -> tuple[list[UUID], dict[Level, int]]:
    """The first alerts of a narrowed list, and how many of each level the whole list has."""
    walked = list(ordered.values_list("id", "level")[: MOST_WALKED + 1])
    first = [key for key, _ in walked[:MOST_WALKED]]
    if len(walked) > MOST_WALKED:
        return first, _scanned(found)
    totals = Counter(level for _, level in walked)
    return first, {level: totals[level.rank] for level in Level}


def _scanned(found: QuerySet[Alert]) -> dict[Level, int]:
    """How many alerts of each level, in one walk along the index of the list."""
    totals = found.order_by().aggregate(
        **{level.value: Count("level", filter=Q(level=level.rank)) for level in Level},
    )
    return {level: totals[level.value] for level in Level}


def _in_order(ids: Sequence[UUID]) -> list[Alert]:
    found = Alert.objects.filter(pk__in=ids).select_related("rule", "organisation", "assignee", "stake").in_bulk()
    return [found[key] for key in ids if key in found]


def _prefixes(path: str) -> list[str]:
    """The paths of an organisation and of all above it."""
    codes = path.strip("/").split("/")
    return ["/" + "/".join(codes[: n + 1]) + "/" for n in range(len(codes))]
