"""What may be read about rules, and who may read it. What was measured of the node is for those who see all of it."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Count, Q, QuerySet, Sum

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, Reach, reach
from watchward.console.config import current
from watchward.console.detect.models import LEVELS, Alert, Rule, RuleTechnique
from watchward.console.estate.models import Device
from watchward.console.rules.filters import Need, RuleFilter
from watchward.console.rules.models import RuleCost, RuleDay, RuleExample, RuleLife, RuleStep
from watchward.detect.alerts.triage import CloseReason
from watchward.detect.lives import sets
from watchward.detect.lives.lives import EARLIER, Standing
from watchward.detect.lives.trial import FEW_A_DAY, THOUSAND, Noise, Suggestion, counted_days, is_over, since, suggested
from watchward.detect.sigma import release
from watchward.detect.sigma.rule import Level
from watchward.gateway import state as gateway_state

PAGE: Final = 25
WEEK: Final = 7
"""The days over which rules in force are judged."""

SHOWN_DAYS: Final = 30
MOST_NEEDING: Final = 20
LEAST_EVENTS: Final = 10_000
"""With fewer events than these nobody can say that a rule matches everything."""

_LONG: Final = tuple(f"rule__{name}" for name in ("description", "author", "references", "tags", "falsepositives"))
"""What no list shows, and what takes long to read."""

LEAST_ALERTS_A_DAY: Final = 10 * FEW_A_DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRow:
    """A set of rules, and how many of its rules stand where; of one that was not brought in there is no note.

    Args:
        earlier: whether there was a release before, which can be brought back.

    """

    folder: str
    note: sets.Brought | None
    counts: Mapping[Standing, int]
    earlier: bool = False

    @property
    def rules(self) -> int:
        """How many rules of it are loaded."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage:
    """One page of a list of rules."""

    rows: Sequence[Rule]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages the list has; at least one."""
        return max(1, -(-self.total // PAGE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A rule on trial: what it would have raised where the viewer may see it, and what that suggests.

    `waits_for` has the titles of what a correlation reads that is on trial itself, so that its own trial shows little.
    """

    life: RuleLife
    noise: Noise
    suggestion: Suggestion
    waits_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Needing:
    """A rule that needs somebody, and why: a figure and what it is held against."""

    rule: Rule
    need: Need
    figure: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a rule cost and brought; `cost` is None for those who do not see the whole node.

    Args:
        matches: by day, the newest first; for those who do not see the whole node, of the events in their alerts.
        alerts: how many alerts it raised, and `waiting` how many of them wait.
        outcomes: how the others were closed.
        cost: seconds of processor time in the last week, the share of all matching, and of the events that it was asked
            about the share that it matched.

    """

    matches: Sequence[tuple[date, int]]
    alerts: int
    waiting: int
    outcomes: Mapping[CloseReason, int]
    cost: "Cost | None"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a rule cost in the last week."""

    seconds: float = 0.0
    share: float = 0.0
    events: int = 0
    matches: int = 0

    @property
    def matched(self) -> float:
        """The share of the events of its log source that it matched."""
        return self.matches / self.events if self.events else 0.0


def may_manage(viewer: Actor) -> bool:
    """Whether someone may decide about rules."""
    return reach(viewer, Permission.RULE_MANAGE).everything


def sees_all(viewer: Actor) -> bool:
    """Whether someone may see what was measured of the whole node."""
    return reach(viewer, Permission.RULE_VIEW).everything


def sees_alerts(viewer: Actor) -> bool:
    """Whether someone may see the alerts of any organisation."""
    found = reach(viewer, Permission.ALERT_VIEW)
    return found.everything or bool(found.paths)


def set_rows(viewer: Actor) -> list[SetRow]:
    """The sets of rules of this node, those that were brought in first."""
    site = current().rules
    notes = sets.brought(site)
    counts: dict[str, Counter[Standing]] = defaultdict(Counter)
    lives = _known(viewer).order_by().values_list("life__folder", "life__standing")
    for folder, standing, count in lives.annotate(n=Count("*")):
        counts[folder][Standing(standing)] = count
    folders = [*notes, *sorted(counts.keys() - notes.keys())]
    return [
        SetRow(
            folder=folder,
            note=notes.get(folder),
            counts=counts[folder],
            earlier=release.keeps_earlier(site, folder),
        )
        for folder in folders
    ]


def log_sources(viewer: Actor) -> list[str]:
    """The log sources that rules name, as the list names them."""
    found = _known(viewer).order_by().values_list("product", "category", "service").distinct()
    return sorted({name for parts in found if (name := "/".join(part for part in parts if part))})


def rule_page(viewer: Actor, asked: RuleFilter, now: datetime) -> RulePage:
    """One page of the rules that someone asked for, the most serious first, then by title."""
    found = _asked_for(viewer, asked, now)
    total = found.count()
    number = min(asked.page, max(1, -(-total // PAGE)))
    long = (name.removeprefix("rule__") for name in _LONG)
    rows = found.select_related("life").defer(*long).order_by("-level", "title", "id")
    return RulePage(rows=list(rows[(number - 1) * PAGE : number * PAGE]), total=total, number=number)


def asked_for(viewer: Actor, asked: RuleFilter, tried: Sequence[Trial], now: datetime) -> list[Trial]:
    """Those of some trials, in their order, that are on the page of a list that someone asked for."""
    wanted = set(_asked_for(viewer, asked, now).values_list("pk", flat=True))
    found = [one for one in tried if one.life.pk in wanted]
    number = min(asked.page, max(1, -(-len(found) // PAGE)))
    return found[(number - 1) * PAGE : number * PAGE]


def rule_visible_to(viewer: Actor, key: str) -> Rule | None:
    """One rule that this node runs or ran."""
    allowed = reach(viewer, Permission.RULE_VIEW)
    known = Rule.objects.filter(pk=key) if allowed.everything or allowed.paths else Rule.objects.none()
    return known.select_related("life").first()


def steps_of(rule: Rule) -> list[RuleStep]:
    """What was decided about a rule, newest first."""
    return list(rule.life_steps.all()[:100])


def account_of(viewer: Actor, rule: Rule, now: datetime) -> Account:
    """What a rule cost and brought, as far as someone may see it."""
    alerts = Alert.objects.filter(reach(viewer, Permission.ALERT_VIEW).q("organisation_path"), rule=rule).order_by()
    closed = dict(alerts.filter(closed=True).values_list("closed_reason").annotate(n=Count("*")))
    waiting = alerts.filter(closed=False).count()
    return Account(
        matches=_matches_by_day(rule, now) if sees_all(viewer) else _events_by_day(alerts, now),
        alerts=waiting + sum(closed.values()),
        waiting=waiting,
        outcomes={reason: closed[reason.value] for reason in CloseReason if reason.value in closed},
        cost=costs([rule.pk], now).get(rule.pk, Cost()) if sees_all(viewer) else None,
    )


def _matches_by_day(rule: Rule, now: datetime) -> list[tuple[date, int]]:
    days = RuleDay.objects.filter(rule=rule, organisation_path="", day__gte=since(now.date(), SHOWN_DAYS))
    return list(days.order_by("-day").values_list("day").annotate(n=Sum("matches")))


def _events_by_day(alerts: QuerySet[Alert], now: datetime) -> list[tuple[date, int]]:
    recent = alerts.filter(received_at__gte=now - timedelta(days=SHOWN_DAYS))
    days = recent.values_list("received_at__date").annotate(n=Sum("count")).order_by("-received_at__date")
    return list(days)


def costs(rules: Sequence[str] | None, now: datetime) -> dict[str, Cost]:
    """What some rules cost in the last week; without any named, all that cost anything."""
    rows = RuleCost.objects.filter(day__gte=since(now.date(), WEEK)).order_by()
    total = rows.filter(rule=None).aggregate(n=Sum("nanoseconds"))["n"] or 0
    mine = rows.exclude(rule=None) if rules is None else rows.filter(rule__in=rules)
    summed = mine.values_list("rule").annotate(Sum("nanoseconds"), Sum("events"), Sum("matches"))
    return {
        rule: Cost(seconds=spent / 1e9, share=spent / total if total else 0.0, events=events, matches=matches)
        for rule, spent, events, matches in summed
    }


def trials(viewer: Actor, now: datetime, *, rules: Sequence[str] | None = None) -> list[Trial]:
    """The rules on trial, the loudest first; or those of them that are named."""
    within = reach(viewer, Permission.RULE_VIEW)
    lives = RuleLife.objects.filter(standing=Standing.TRIAL.value, rule__loaded=True, serving=False)
    lives = lives.select_related("rule").defer(*_LONG) if within.everything or within.paths else lives.none()
    if rules is not None:
        lives = lives.filter(pk__in=rules)
    found = list(lives)
    counted, waits = _trial_counts(within, found), waiting(found)
    devices, most = watched_devices(viewer, now), current().rule_alerts_a_day
    told = []
    for life in found:
        matches, alerts = counted.get(life.pk, (0, 0))
        days = counted_days(life.standing_at or life.first_at, now)
        noise = Noise(matches=matches, alerts=alerts, days=days, devices=devices)
        wait = waits.get(life.pk, ())
        suggestion = suggested(noise, most=most, over=is_over(life.trial_until, now) and not wait)
        told.append(Trial(life=life, noise=noise, suggestion=suggestion, waits_for=wait))
    return sorted(told, key=lambda trial: (-trial.noise.alerts, -trial.life.rule.level, trial.life.rule.title))


def _trial_counts(within: Reach, lives: Sequence[RuleLife]) -> dict[str, tuple[int, int]]:
    """Matches and alerts of trials since they began: the node's sums, or those of the organisations within reach."""
    began = {life.pk: (life.standing_at or life.first_at).date() for life in lives}
    tried = RuleLife.objects.filter(standing=Standing.TRIAL.value).values("rule")
    rows = RuleDay.objects.filter(trial=True, rule__in=tried)
    there = Q(organisation_path="") if within.everything else within.q("organisation_path") & ~Q(organisation_path="")
    matches, alerts = Counter[str](), Counter[str]()
    for rule, day, count, told in rows.filter(there).values_list("rule", "day", "matches", "alerts"):
        if rule in began and day >= began[rule]:
            matches[rule] += count
            alerts[rule] += told
    return {rule: (matches[rule], alerts[rule]) for rule in matches}


def neighbours(rule: Rule) -> tuple[list[RuleLife], list[RuleLife]]:
    """What a correlation reads, and the correlations that read a rule, by title."""
    reads = _reads()
    by = [one for one, read in reads.items() if rule.pk in read]
    lives = RuleLife.objects.select_related("rule").filter(pk__in={*by, *reads.get(rule.pk, ())})
    found = sorted(lives, key=lambda life: life.rule.title)
    return [one for one in found if one.pk not in by], [one for one in found if one.pk in by]


def serving_on_trial(viewer: Actor) -> list[str]:
    """What is on trial although it only serves correlations by now."""
    found = RuleLife.objects.filter(standing=Standing.TRIAL.value, serving=True, rule__loaded=True)
    return list(found.values_list("pk", flat=True)) if may_manage(viewer) else []


def waiting(lives: Iterable[RuleLife]) -> dict[str, tuple[str, ...]]:
    """For the correlations among some lives that read what is on trial itself, directly or not, the titles of that.

    A rule of which a version is in force beside the one on trial is read by everybody.
    """
    asked = [life.pk for life in lives if life.correlation]
    if not asked:
        return {}
    tried = RuleLife.objects.filter(standing=Standing.TRIAL.value, serving=False, rule__loaded=True)
    silent = {life.pk: life.rule.title for life in tried.select_related("rule") if not has_earlier(life)}
    reads = _reads()
    waits = {one: tuple(sorted(silent[read] for read in _all_read(one, reads) if read in silent)) for one in asked}
    return {one: titles for one, titles in waits.items() if titles}


def readers_on_trial(rules: Collection[str]) -> list[RuleLife]:
    """The correlations on trial that read some of these rules, directly or through others."""
    reads = _reads()
    tried = RuleLife.objects.filter(standing=Standing.TRIAL.value, serving=False, correlation=True)
    return [life for life in tried if not _all_read(life.pk, reads).isdisjoint(rules)]


def readers(rule: Rule) -> list[str]:
    """The ids of the correlations that read a rule, directly or through others."""
    reads = _reads()
    return [one for one in reads if rule.pk in _all_read(one, reads)]


def has_earlier(life: RuleLife) -> bool:
    """Whether a version of a rule on trial is in force beside it."""
    return (current().rules / EARLIER.format(life.folder) / f"{life.pk}.yml").is_file()


def _reads() -> dict[str, list[str]]:
    return dict(RuleLife.objects.filter(correlation=True).values_list("pk", "reads"))


def _all_read(correlation: str, reads: Mapping[str, Sequence[str]]) -> set[str]:
    """All that a correlation reads, itself or through others."""
    found, left = set[str](), [correlation]
    while left:
        new = set(reads.get(left.pop(), ())) - found
        found |= new
        left += new
    return found


def organisations_in_trial(viewer: Actor, rule: Rule, limit: int = 10) -> list[tuple[str, str, int]]:
    """Where a rule on trial matched most: codes and names, as far as someone may see them."""
    within = reach(viewer, Permission.ALERT_VIEW).q("organisation_path")
    rows = RuleDay.objects.filter(within, rule=rule, trial=True).exclude(organisation=None).order_by()
    summed = rows.values_list("organisation__code", "organisation__name").annotate(n=Sum("matches"))
    return list(summed.order_by("-n", "organisation__name")[:limit])


def examples_of(viewer: Actor, rule: Rule, limit: int = 5) -> list[RuleExample]:
    """Some events that a rule on trial matched, as far as someone may see them."""
    within = reach(viewer, Permission.ALERT_VIEW).q("organisation_path")
    return list(RuleExample.objects.filter(within, rule=rule).select_related("organisation")[:limit])


def watched_devices(viewer: Actor, now: datetime) -> int:
    """The devices that sent anything in the last week, as far as someone may see them."""
    within = reach(viewer, Permission.RULE_VIEW).q("organisation_path")
    return Device.objects.filter(within, last_seen_at__gte=now - timedelta(days=WEEK)).count()


def needing(viewer: Actor, now: datetime, *, tried: Sequence[Trial] | None = None) -> list[Needing]:
    """The rules that need somebody: too loud, matching everything, costing too much, or tried for long enough.

    Args:
        viewer: who looks.
        now: the last week ends with this moment.
        tried: the rules on trial, for who has asked for them already.

    """
    tried = trials(viewer, now) if tried is None else tried
    found = [(one.life.pk, Need.DECIDE, one.noise.per_thousand) for one in tried if _waits(one, now)]
    if sees_all(viewer):
        found = [*_aside(), *_loud(viewer, now), *_dear(now), *found]
    rules = Rule.objects.defer(*(name.removeprefix("rule__") for name in _LONG)).in_bulk([key for key, _, _ in found])
    return [Needing(rule=rules[key], need=need, figure=figure) for key, need, figure in found if key in rules]


def _waits(trial: Trial, now: datetime) -> bool:
    if trial.waits_for:
        return trial.suggestion is Suggestion.OFF
    return trial.suggestion is not Suggestion.KEEP or is_over(trial.life.trial_until, now)


def _aside() -> list[tuple[str, Need, float]]:
    """The rules that some gateway set aside (ADR 0145), which it names by their titles."""
    titles = {rule.title for one in gateway_state.told(current().journal).values() for rule in one.aside}
    found = Rule.objects.filter(loaded=True, title__in=titles) if titles else Rule.objects.none()
    return [(rule, Need.ASIDE, 0.0) for rule in found.values_list("pk", flat=True)]


def _loud(viewer: Actor, now: datetime) -> list[tuple[str, Need, float]]:
    devices, most = watched_devices(viewer, now), current().rule_alerts_a_day
    days = RuleDay.objects.filter(trial=False, organisation_path="", day__gte=since(now.date(), WEEK))
    found = []
    summed = days.filter(rule__loaded=True).order_by().values_list("rule").annotate(n=Sum("alerts"))
    for rule, alerts in summed.filter(n__gt=LEAST_ALERTS_A_DAY * WEEK):
        a_day = alerts / WEEK
        if a_day * THOUSAND / max(1, devices) > most:
            found.append((rule, Need.LOUD, a_day * THOUSAND / max(1, devices)))
    return sorted(found, key=lambda one: -one[2])[:MOST_NEEDING]


def _dear(now: datetime) -> list[tuple[str, Need, float]]:
    found = []
    for rule, cost in costs(None, now).items():
        if 100 * cost.share > current().rule_time_percent:
            found.append((rule, Need.COSTLY, 100 * cost.share))
        if cost.events >= LEAST_EVENTS and 100 * cost.matched > current().rule_events_percent:
            found.append((rule, Need.EVERYTHING, 100 * cost.matched))
    return sorted(found, key=lambda one: -one[2])[:MOST_NEEDING]


def _known(viewer: Actor, *, loaded: bool = True) -> QuerySet[Rule]:
    """The rules that are loaded, or those that no longer are, for those who may see rules anywhere.

    Rules belong to no organisation.
    """
    allowed = reach(viewer, Permission.RULE_VIEW)
    known = Rule.objects.filter(loaded=loaded, life__isnull=False)
    return known if allowed.everything or allowed.paths else known.none()


def _asked_for(viewer: Actor, asked: RuleFilter, now: datetime) -> QuerySet[Rule]:
    found = _known(viewer, loaded=asked.need != Need.GONE)
    if asked.text:
        techniques = RuleTechnique.objects.filter(technique__istartswith=asked.text).values("rule")
        found = found.filter(Q(title__icontains=asked.text) | Q(pk=asked.text.lower()) | Q(pk__in=techniques))
    if asked.standing:
        found = found.filter(life__standing=asked.standing)
    if asked.level:
        found = found.filter(level=LEVELS.index(Level(asked.level)))
    if asked.folder:
        found = found.filter(life__folder=asked.folder)
    if asked.source:
        found = found.filter(_of_source(asked.source))
    return _needing(viewer, found, asked.need, now) if asked.need else found


def _of_source(source: str) -> Q:
    """Rules of a log source, as the list names it: what a rule does not give is left out there."""
    parts = source.split("/")
    wanted = Q(pk__in=[])
    for names in (("product", "category", "service"), ("product", "category"), ("product", "service"),
                  ("category", "service"), ("product",), ("category",), ("service",)):  # fmt: skip
        if len(names) == len(parts):
            rest = {name: "" for name in ("product", "category", "service") if name not in names}
            wanted |= Q(**dict(zip(names, parts, strict=True)), **rest)
    return wanted


def _needing(viewer: Actor, found: QuerySet[Rule], need: str, now: datetime) -> QuerySet[Rule]:
    if need == Need.GONE:
        return found
    if need != Need.SILENT:
        return found.filter(pk__in=[one.rule.pk for one in needing(viewer, now) if one.need == need])
    if not sees_all(viewer):
        return found.none()
    long_ago = now - timedelta(days=current().rule_silent_days)
    heard = RuleDay.objects.filter(day__gte=long_ago.date()).values("rule")
    old = found.filter(life__first_at__lt=long_ago, life__standing=Standing.FORCE.value, life__correlation=False)
    return old.exclude(pk__in=heard)
