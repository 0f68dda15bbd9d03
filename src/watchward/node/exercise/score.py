"""How well an exercise's attacks were found, how soon, and how often the everyday was taken for one (ADR 0072).

A **step** of a story is found when an event of it matched a rule of the least level that counts, or of a higher one.
A step of which the organisation's sensors recorded nothing cannot be found, and is said apart. An **alert** is what the
console would show: repeats of one rule on one device within a span of time are one. It is false when none of its events
belongs to an attack.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from watchward.detect.alerts.alert import alert_id
from watchward.detect.match import Match
from watchward.detect.sigma.rule import Level
from watchward.node.exercise.moment import SECOND, microseconds
from watchward.node.exercise.stories import Step, Story


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """An event of an attack.

    Args:
        event_id: its identifier in the node.
        label: `story/performance/step`.
        organisation: where.
        at: when, in microseconds since 1970.

    """

    event_id: str
    label: str
    organisation: str
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundBy:
    """A rule that found a step."""

    rule_id: str
    title: str
    level: Level


@dataclass(frozen=True, slots=True, kw_only=True)
class StepScore:
    """What became of one step.

    Args:
        key: the step.
        name: what happened, in words.
        technique: the ATT&CK technique.
        impact: whether care suffered from then on.
        began_minutes: when its first event was, in minutes of the attackers' time after the story's first.
        recorded: how many events the sensors recorded.
        found_minutes: when the first event was that a rule matched, in the same minutes; None where none was.
        by: the rules, the most serious first.

    """

    key: str
    name: str
    technique: str
    impact: bool
    began_minutes: float
    recorded: int
    found_minutes: float | None
    by: tuple[FoundBy, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryScore:
    """What became of one performance of a story.

    Args:
        story: the story's key, and `title` what happened in words.
        performance: which one.
        organisation: to whom it happened.
        steps: its steps so far, in order.
        found_minutes: when anything of it was first found; None where nothing was.
        impact_minutes: when care first suffered; None where it did not come so far.

    """

    story: str
    title: str
    performance: int
    organisation: str
    steps: tuple[StepScore, ...]
    found_minutes: float | None
    impact_minutes: float | None

    @property
    def found_before_impact(self) -> bool:
        """Whether something was found while nobody was hurt yet."""
        if self.found_minutes is None:
            return False
        return self.impact_minutes is None or self.found_minutes < self.impact_minutes


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlerts:
    """Alerts of one level that no attack caused."""

    level: Level
    alerts: int
    per_1000_devices_a_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Which steps of the attacks were found and how soon, and how often everyday work was taken for an attack.

    Args:
        stories: every performance.
        steps_recorded: how many steps the sensors recorded anything of, and `steps_found` how many of these were found.
        stories_found_before_impact: how many performances were noticed before care suffered.
        everyday_events: how many everyday events were looked at, and `device_days` how many days of one device that is.
        false_alerts: the alerts that no attack caused, by level, the most serious first.
        false_per_1000_devices_a_day: those of the least level that counts or above.
        noisiest: the rules that caused most false alerts: title, level, alerts.
        seconds_to_match: the median from an event's own time to its arrival, where a node received it; else None.

    """

    stories: tuple[StoryScore, ...]
    steps_recorded: int
    steps_found: int
    stories_found_before_impact: int
    everyday_events: int
    device_days: float
    false_alerts: tuple[FalseAlerts, ...]
    false_per_1000_devices_a_day: float
    noisiest: tuple[tuple[str, Level, int], ...]
    seconds_to_match: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Everyday:
    """How much was everyday."""

    events: int
    device_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """By what is scored.

    Args:
        speed: how many times faster than in life the stories went.
        least: the lowest level of rule that counts as finding something.
        received: whether a node received the events as they happened, so that it means something how soon.

    """

    speed: float = 1.0
    least: Level = Level.LOW
    received: bool = True


def score(
    attacks: Sequence[Labelled],
    matches: Iterable[Match],
    *,
    stories: Mapping[str, Story],
    everyday: Everyday,
    terms: Terms,
) -> Score:
    """Score matches against what was really done.

    Args:
        attacks: the events of attacks.
        matches: every match, of attacks and of everyday events.
        stories: the stories by their keys.
        everyday: how much was everyday.
        terms: by what is scored.

    """
    all_matches = list(matches)
    by_event: dict[str, list[Match]] = {}
    for match in all_matches:
        by_event.setdefault(match.event_id, []).append(match)
    found = [_story(group, by_event, stories[group[0].label.split("/")[0]], terms) for group in _performances(attacks)]
    steps = [step for story in found for step in story.steps]
    false = _false_alerts(all_matches, {event.event_id for event in attacks})
    labelled = {event.event_id: event for event in attacks}
    delays = [_delay(match, labelled[match.event_id]) for match in all_matches if match.event_id in labelled]
    counted = sum(1 for match in false if match.level.rank >= terms.least.rank)
    return Score(
        stories=tuple(found),
        steps_recorded=sum(1 for step in steps if step.recorded),
        steps_found=sum(1 for step in steps if step.by),
        stories_found_before_impact=sum(story.found_before_impact for story in found),
        everyday_events=everyday.events,
        device_days=everyday.device_days,
        false_alerts=tuple(_of_level(false, level, everyday.device_days) for level in reversed(Level)),
        false_per_1000_devices_a_day=_rate(counted, everyday.device_days),
        noisiest=_noisiest(false),
        seconds_to_match=round(median(delays), 3) if delays and terms.received else None,
    )


def _performances(attacks: Sequence[Labelled]) -> list[list[Labelled]]:
    groups: dict[str, list[Labelled]] = {}
    for event in sorted(attacks, key=lambda event: event.at):
        groups.setdefault(event.label.rpartition("/")[0], []).append(event)
    return list(groups.values())


def _story(events: list[Labelled], by_event: Mapping[str, list[Match]], story: Story, terms: Terms) -> StoryScore:
    key, number, _ = events[0].label.split("/")
    start = events[0].at
    by_step: dict[str, list[Labelled]] = {}
    for event in events:
        by_step.setdefault(event.label.split("/")[2], []).append(event)
    so_far = (events[-1].at - start) * terms.speed / SECOND / 60
    reached = [step for step in story.steps if step.key in by_step or step.after <= so_far]
    since = _Since(start=start, terms=terms)
    steps = [_step(step, by_step.get(step.key, []), by_event, since) for step in reached]
    when_found = [step.found_minutes for step in steps if step.found_minutes is not None]
    return StoryScore(
        story=key,
        title=story.title,
        performance=int(number),
        organisation=events[0].organisation,
        steps=tuple(steps),
        found_minutes=min(when_found, default=None),
        impact_minutes=min((step.began_minutes for step in steps if step.impact), default=None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Since:
    """Counts the attackers' minutes since a story's first event."""

    start: int
    terms: Terms

    def minutes(self, at: int) -> float:
        return round((at - self.start) * self.terms.speed / SECOND / 60, 2)


def _step(step: Step, events: list[Labelled], by_event: Mapping[str, list[Match]], since: _Since) -> StepScore:

    hits = [
        (event, match)
        for event in events
        for match in by_event.get(event.event_id, [])
        if match.level.rank >= since.terms.least.rank
    ]
    rules = {
        match.rule_id: FoundBy(rule_id=match.rule_id, title=match.rule_title, level=match.level) for _, match in hits
    }
    return StepScore(
        key=step.key,
        name=step.name,
        technique=step.technique,
        impact=step.impact,
        began_minutes=since.minutes(events[0].at) if events else step.after,
        recorded=len(events),
        found_minutes=min((since.minutes(event.at) for event, _ in hits), default=None),
        by=tuple(sorted(rules.values(), key=lambda rule: (-rule.level.rank, rule.title))),
    )


def _false_alerts(matches: Iterable[Match], attacked: set[str]) -> list[Match]:
    """One match of each alert that has no event of an attack."""
    first: dict[object, Match] = {}
    true: set[object] = set()
    for match in matches:
        alert = alert_id(match)
        first.setdefault(alert, match)
        if match.event_id in attacked:
            true.add(alert)
    return [match for alert, match in first.items() if alert not in true]


def _of_level(false: list[Match], level: Level, device_days: float) -> FalseAlerts:
    count = sum(1 for match in false if match.level is level)
    return FalseAlerts(level=level, alerts=count, per_1000_devices_a_day=_rate(count, device_days))


def _rate(alerts: int, device_days: float) -> float:
    return round(alerts / device_days * 1000, 2) if device_days else 0.0


def _noisiest(false: list[Match]) -> tuple[tuple[str, Level, int], ...]:
    counts: dict[tuple[str, Level], int] = {}
    for match in false:
        counts[match.rule_title, match.level] = counts.get((match.rule_title, match.level), 0) + 1
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return tuple((title, level, count) for (title, level), count in ordered[:10])


def _delay(match: Match, event: Labelled) -> float:
    return (microseconds(match.received_at) - event.at) / SECOND
