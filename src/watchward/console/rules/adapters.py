"""Where loaded rules get their lives, decisions become the file that gateways read, and matches become counts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from django.db import transaction

from watchward.base.clock import Clock
from watchward.base.errors import BadSetupError
from watchward.base.files import put_whole, turn
from watchward.console.config import current
from watchward.console.detect.models import Rule
from watchward.console.estate.models import Organisation
from watchward.console.rules.models import Measured, RuleCost, RuleDay, RuleExample, RuleLife
from watchward.detect.alerts.alert import alert_id
from watchward.detect.correlate.finding import Finding
from watchward.detect.lives import distinct, lives, sets
from watchward.detect.lives.lives import Standing
from watchward.detect.match import Match, Purpose
from watchward.detect.sigma.rule import Rule as LoadedRule
from watchward.detect.sigma.rules import RuleSet
from watchward.gateway.measured import Measured as GatewayMeasured

_CHUNK: Final = 500
_ONCE: Final = ("rule", "day", "trial", "organisation_path")
_GROWING: Final = ("matches", "alerts", "would")
_LOADED: Final = ("folder", "file", "line", "status", "correlation", "serving", "reads")

MOST_ORGANISATIONS: Final = 200
"""For so many organisations at most a rule's trial is counted apart, each day; the sums are of all."""

KEEP_NAMES: Final = timedelta(days=7)
"""So long the alerts of a day are told apart, in 2 kB a rule: matches that come later count as matches alone."""

KEEP_COSTS: Final = timedelta(days=35)
KEEP_DAYS: Final = timedelta(days=400)
"""So long it is kept what rules cost, and what they matched, by day."""

EXAMPLES: Final = 20
"""So many examples are kept of a rule's trial."""

_Place = tuple[str, date, bool, str]
"""A rule, a day, whether on trial, and the path of an organisation; none for the node's sum."""


def keep_lives(found: RuleSet, *, site: Path, clock: Clock) -> None:
    """Keep where each loaded rule comes from; one that is seen for the first time is in force unless decided before.

    Args:
        found: all rules of the node, those that are off among them.
        site: the node's rules folder.
        clock: tells when.

    """
    known = {life.pk: life for life in RuleLife.objects.all()}
    plain = [*found.rules, *(one.as_rule() for one in found.correlations)]
    reads = {one.id: one.rules for one in found.correlations}
    rows = [_life(rule, site, clock.now(), reads.get(rule.id), serving=rule.id in found.silent) for rule in plain]
    changed = [row for row in rows if row.pk not in known or _said(known[row.pk]) != _said(row)]
    RuleLife.objects.bulk_create(
        changed, batch_size=_CHUNK, update_conflicts=True, unique_fields=["rule"], update_fields=_LOADED
    )
    # What waited for the site's own values was put on trial before it could be run.
    tried = [row.pk for row in changed if row.pk in known and not known[row.pk].file]
    until = clock.now() + timedelta(days=max(1, current().rule_trial_days))
    RuleLife.objects.filter(pk__in=tried, standing=Standing.TRIAL.value).update(
        standing_at=clock.now(), trial_until=until
    )


def _said(life: RuleLife) -> tuple[object, ...]:
    return tuple(getattr(life, name) for name in _LOADED)


def _life(rule: LoadedRule, site: Path, now: datetime, reads: Sequence[str] | None, *, serving: bool) -> RuleLife:
    folder = sets.set_of(rule.path, site)
    root = sets.root_of(folder, site)
    inside = rule.path.relative_to(root) if rule.path.is_relative_to(root) else Path(rule.path.name)
    return RuleLife(
        rule_id=rule.id,
        folder=folder,
        file=str(inside)[:500],
        line=rule.line,
        status=rule.status[:40],
        correlation=reads is not None,
        serving=serving,
        reads=list(reads or ()),
        first_at=now,
    )


def write_lives(site: Path) -> None:
    """Write the file that gateways read, as the database stands. No transaction may be open that can still fail."""
    with turn(site / f".{lives.FILE}.lock"):
        # Read in turn: of two writers, the later one must not bring back what the earlier one saw.
        decided = RuleLife.objects.exclude(standing=Standing.FORCE.value).values_list("rule_id", "standing")
        standings = {rule: Standing(standing) for rule, standing in decided}
        put_whole(site / lives.FILE, lives.text_of(standings).encode())


def count_matches(matches: Iterable[Match], organisations: Mapping[str, Organisation]) -> None:
    """Count what rules matched, by the day on which the events came; of trials keep a few examples too.

    Args:
        matches: those of some entries of the journal, none of which was counted before.
        organisations: those to which they belong, by their codes.

    """
    counts: dict[_Place, int] = defaultdict(int)
    names: dict[_Place, set[UUID]] = defaultdict(set)
    tried = dict[str, list[Match]]()
    for match in matches:
        trial = match.purpose is Purpose.TRIAL
        place = (match.rule_id, match.received_at.date(), trial, "")
        places = [place, (*place[:3], organisations[match.organisation].path)] if trial else [place]
        for one in places:
            counts[one] += 1
            if match.purpose is not Purpose.PART:
                names[one].add(alert_id(match))
        if trial:
            tried.setdefault(match.rule_id, []).append(match)
    if counts:
        _add(counts, names, {one.path: one for one in organisations.values()})
    if tried:
        _keep_examples(tried, organisations)


def count_findings(found: Iterable[Finding], organisations: Mapping[str, Organisation], received_on: date) -> None:
    """Count what correlations on trial found.

    Args:
        found: findings that are final, none of which was counted before.
        organisations: those to which they belong, by their codes.
        received_on: the day on which they were made certain.

    """
    counts: dict[_Place, int] = defaultdict(int)
    names: dict[_Place, set[UUID]] = defaultdict(set)
    for one in found:
        for path in ("", organisations[one.organisation].path):
            place = (one.correlation, received_on, True, path)
            counts[place] += 1
            names[place].add(one.id)
    if counts:
        _add(counts, names, {one.path: one for one in organisations.values()})


def _add(counts: Mapping[_Place, int], names: Mapping[_Place, set[UUID]], by_path: Mapping[str, Organisation]) -> None:
    found = {(row.rule_id, row.day, row.trial, row.organisation_path): row for row in _counted(counts)}
    room = defaultdict[tuple[str, date], int](lambda: MOST_ORGANISATIONS)
    for rule, day, _, path in found:
        room[rule, day] -= bool(path)
    rows = []
    for place, count in counts.items():
        rule, day, trial, path = place
        if path and place not in found:
            room[rule, day] -= 1
            if room[rule, day] < 0:
                continue
        row = found.get(place) or RuleDay(
            rule_id=rule, day=day, trial=trial, organisation=by_path.get(path), organisation_path=path
        )
        row.matches += count
        if row.would or not row.alerts:  # else the names of its alerts are forgotten, and their number stays
            row.would = distinct.merged(bytes(row.would), names.get(place, ()))
            row.alerts = distinct.count(row.would)
        rows.append(row)
    RuleDay.objects.bulk_create(
        rows,
        batch_size=_CHUNK,
        update_conflicts=True,
        unique_fields=_ONCE,
        update_fields=_GROWING,
    )


def _counted(counts: Mapping[_Place, int]) -> Iterator[RuleDay]:
    """The rows that may grow."""
    rules, days = sorted({place[0] for place in counts}), sorted({place[1] for place in counts})
    for begin in range(0, len(rules), _CHUNK):
        yield from RuleDay.objects.filter(rule__in=rules[begin : begin + _CHUNK], day__in=days)


def _keep_examples(tried: Mapping[str, list[Match]], organisations: Mapping[str, Organisation]) -> None:
    """Keep the events with the smallest names: as these are drawn evenly, that is choosing by lot."""
    for rule, matches in tried.items():
        kept = list(RuleExample.objects.filter(rule=rule).order_by("event_id").values_list("event_id", flat=True))
        known = set(kept)
        distinct_matches = {match.event_id: match for match in matches if match.event_id not in known}
        chosen = sorted([*kept, *distinct_matches])[:EXAMPLES]
        fresh = [_example(distinct_matches[name], organisations) for name in chosen if name not in known]
        if fresh:
            RuleExample.objects.filter(rule=rule, event_id__in=known - set(chosen)).delete()
            RuleExample.objects.bulk_create(fresh)


def _example(match: Match, organisations: Mapping[str, Organisation]) -> RuleExample:
    where = organisations[match.organisation]
    return RuleExample(
        rule_id=match.rule_id,
        event_id=match.event_id,
        organisation=where,
        organisation_path=where.path,
        device=match.device[:255],
        observed_at=match.observed_at,
        segment=match.segment,
        row=match.row,
        fields=dict(match.fields),
    )


@transaction.atomic
def take_measured(told: Mapping[str, GatewayMeasured], *, clock: Clock) -> None:
    """Add to this day's costs what gateways measured since they were last asked.

    A gateway that compiled its rules anew counts from the beginning.

    Args:
        told: what each gateway tells, by its name.
        clock: tells the day.

    """
    nanoseconds, events = 0, 0
    rules: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for gateway, now in told.items():
        kept = Measured.objects.filter(pk=gateway, since=now.since).first()
        before: Mapping[str, Sequence[int]] = kept.told if kept else {}
        sums = {"": (now.nanoseconds, now.events, 0)} | {
            rule: (one.nanoseconds, one.events, one.matches) for rule, one in now.rules.items()
        }
        for rule, figures in sums.items():
            new = [figure - past for figure, past in zip(figures, before.get(rule, (0, 0, 0)), strict=True)]
            if rule:
                rules[rule] = [mine + more for mine, more in zip(rules[rule], new, strict=True)]
            else:
                nanoseconds, events = nanoseconds + new[0], events + new[1]
        Measured.objects.update_or_create(pk=gateway, defaults={"since": now.since, "told": sums})
    _add_costs(rules, clock.now().date())
    if nanoseconds or events:
        whole, _ = RuleCost.objects.get_or_create(rule=None, day=clock.now().date())
        whole.nanoseconds, whole.events = whole.nanoseconds + nanoseconds, whole.events + events
        whole.save()


def _add_costs(rules: Mapping[str, Sequence[int]], day: date) -> None:
    changed = {rule: figures for rule, figures in rules.items() if any(figures)}
    known = set(Rule.objects.filter(pk__in=changed).values_list("pk", flat=True))
    rows = {row.rule_id: row for row in RuleCost.objects.filter(day=day, rule__in=known)}
    for rule in known:
        row = rows.setdefault(rule, RuleCost(rule_id=rule, day=day))
        spent, events, matches = changed[rule]
        row.nanoseconds, row.events, row.matches = row.nanoseconds + spent, row.events + events, row.matches + matches
    RuleCost.objects.bulk_create(
        rows.values(), batch_size=_CHUNK, update_conflicts=True, unique_fields=["day", "rule"],
        update_fields=["nanoseconds", "events", "matches"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What was forgotten, in rows.

    Args:
        names: days of which the names of alerts are no longer kept; how many they were still is.
        days: counts of rules' days, and of organisations in trials that are over.
        costs: what rules cost.
        examples: examples of trials that are over.

    """

    names: int
    days: int
    costs: int
    examples: int


def forget(today: date) -> Forgotten:
    """Forget what nobody asks for any more (ADR 0158)."""
    tried = RuleLife.objects.filter(standing=Standing.TRIAL.value).values("rule")
    over = RuleDay.objects.filter(trial=True).exclude(organisation_path="").exclude(rule__in=tried)
    old = RuleDay.objects.filter(day__lt=today - KEEP_DAYS)
    settled = RuleDay.objects.filter(day__lt=today - KEEP_NAMES).exclude(would=b"")
    return Forgotten(
        days=over.delete()[0] + old.delete()[0],
        names=settled.update(would=b""),
        costs=RuleCost.objects.filter(day__lt=today - KEEP_COSTS).delete()[0],
        examples=RuleExample.objects.exclude(rule__in=tried).delete()[0],
    )


def mend_lives(site: Path) -> bool:
    """Write the file that gateways read anew where it does not say what was decided; return whether it did not."""
    decided = RuleLife.objects.exclude(standing=Standing.FORCE.value).values_list("rule_id", "standing")
    wanted = {rule: Standing(standing) for rule, standing in decided}
    try:
        right = lives.read(site / lives.FILE).standings == wanted
    except BadSetupError:
        right = False
    if not right:
        write_lives(site)
    return not right
