"""What correlations find in a whole stream: slow, plain, and by definition right. The evaluator must agree with it.

It sees every match at once, in order of time, and follows ADR 0120 sentence by sentence.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isnan
from typing import assert_never
from uuid import UUID

from watchward.detect.correlate.finding import EVENTS_NAMED, Finding, finding_id
from watchward.detect.correlate.keys import group_key
from watchward.detect.correlate.numbers import amount, percentile, total
from watchward.detect.correlate.rule import Bounds, Correlation, Either, Every, Expression, Kind, Met, Without
from watchward.detect.texts.values import fold


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One event that met one rule.

    Args:
        at: the event's own time, in microseconds since 1970.
        rule: the id of the rule, or of a correlation that held at this event.
        fields: what the event says, by Sigma name.
        counted_as: as what it is counted: the event, or the finding of the correlation.

    """

    at: int
    event_id: str
    rule: str
    organisation: str = ""
    fields: Mapping[str, str]
    counted_as: str = ""


def findings(correlations: Sequence[Correlation], seen: Iterable[Seen]) -> list[Finding]:
    """All that correlations (each after those that it reads) find in a stream that has ended."""
    held: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        held[one.rule].append(one)
    found = []
    for correlation in correlations:
        for group in _groups(correlation, held).values():
            for finding, moments in _firings(correlation, group):
                found.append(finding)
                held[correlation.id].extend(_standing(correlation, finding, moments, group))
    return found


def _groups(correlation: Correlation, held: Mapping[str, list[Seen]]) -> dict[tuple[str, ...], list[Seen]]:
    """The events that count, by organisation and values, in order of time."""
    groups: dict[tuple[str, ...], list[Seen]] = defaultdict(list)
    for rule in correlation.rules:
        for one in held[rule]:
            values = _values(correlation, one)
            if values is not None:
                key = (one.organisation, *map(fold, values[: len(correlation.group_by)]))
                groups[key].append(one)
    for group in groups.values():
        group.sort(key=lambda one: (one.at, one.event_id))
    return groups


def _values(correlation: Correlation, one: Seen) -> list[str] | None:
    """The values of the fields that count, those of the groups first; None where the event does not count."""
    wanted = correlation.wanted(one.rule)
    if any(name not in one.fields for name in wanted):
        return None
    values = [one.fields[name] for name in wanted]
    return None if correlation.is_numeric and isnan(amount(values[-1])) else values


def _firings(correlation: Correlation, group: Sequence[Seen]) -> Iterator[tuple[Finding, list[int]]]:
    """What is found in one group, each with the moments at which it held."""
    waiting: list[int] = []
    for moment in _moments(correlation, group):
        if waiting and moment > waiting[0] + correlation.timespan:
            yield _finding(correlation, group, waiting), waiting
            waiting = []
        waiting.append(moment)
    if waiting:
        yield _finding(correlation, group, waiting), waiting


def _moments(correlation: Correlation, group: Sequence[Seen]) -> Iterator[int]:
    """The times at which the condition holds."""
    times = sorted({one.at for one in group})
    for place, moment in enumerate(times):
        window = [one for one in group if moment - correlation.timespan <= one.at <= moment]
        could_grow = place + 1 < len(times) and times[place + 1] <= window[0].at + correlation.timespan
        if (correlation.is_open or not could_grow) and _holds(correlation, window):
            yield moment


def _holds(correlation: Correlation, window: Sequence[Seen]) -> bool:
    condition = correlation.condition
    if correlation.kind is Kind.TEMPORAL_ORDERED:
        return _in_order(correlation, window)
    if not isinstance(condition, Bounds):
        present = {one.rule for one in window}
        return _met(condition, present, present)
    return condition.hold(_measure(correlation, window))


def _measure(correlation: Correlation, window: Sequence[Seen]) -> float:  # noqa: PLR0911 - one line for each kind
    match correlation.kind:
        case Kind.EVENT_COUNT:
            return len({one.counted_as or one.event_id for one in window})
        case Kind.VALUE_COUNT:
            return len({tuple(map(fold, _counted(correlation, one))) for one in window})
        case Kind.TEMPORAL | Kind.TEMPORAL_ORDERED:
            return len({one.rule for one in window})
        case Kind.VALUE_SUM:
            return total(_amounts(correlation, window))
        case Kind.VALUE_AVG:
            amounts = _amounts(correlation, window)
            return total(amounts) / len(amounts)
        case Kind.VALUE_PERCENTILE | Kind.VALUE_MEDIAN:
            return percentile(sorted(_amounts(correlation, window)), correlation.percentile)
        case Kind.VALUE_MAX:
            return max(_amounts(correlation, window))
        case Kind.VALUE_MIN:
            return min(_amounts(correlation, window))
        case _:
            assert_never(correlation.kind)


def _counted(correlation: Correlation, one: Seen) -> tuple[str, ...]:
    return tuple(one.fields[correlation.field_of(name, one.rule)] for name in correlation.fields)


def _amounts(correlation: Correlation, window: Sequence[Seen]) -> list[float]:
    """The numbers of a window: one of each event, that of the rule that stands first; of several, the least."""
    given: dict[str, tuple[int, float]] = {}
    for one in window:
        number = (correlation.rules.index(one.rule), amount(_counted(correlation, one)[0]))
        given[one.event_id] = min(number, given.get(one.event_id, number))
    return [number for _, number in given.values()]


def _met(expression: Expression, wanted: set[str], denied: set[str]) -> bool:
    """Whether a condition holds where these rules were met; those after a `not` are looked for among the second."""
    match expression:
        case Met(rule):
            return rule in wanted
        case Every(parts):
            return all(_met(part, wanted, denied) for part in parts)
        case Either(parts):
            return any(_met(part, wanted, denied) for part in parts)
        case Without(part):
            return not _met(part, denied, wanted)
        case _:
            assert_never(expression)


def _in_order(correlation: Correlation, window: Sequence[Seen]) -> bool:
    """Whether some of the rules were met in their order, and these are enough."""
    rules, condition = correlation.rules, correlation.condition
    present = {one.rule for one in window}
    enough_before: list[set[str]] = []
    for count in range(len(rules) + 1):
        for some in combinations(rules, count):
            if any(less <= set(some) for less in enough_before):
                continue
            enough = condition.hold(count) if isinstance(condition, Bounds) else _met(condition, set(some), present)
            if not enough:
                continue
            if _follows(some, window, None):
                return True
            enough_before.append(set(some))
    return False


def _follows(rules: Sequence[str], window: Sequence[Seen], before: Seen | None) -> bool:
    """Whether events of these rules, in this order, come after an event."""
    if not rules:
        return True
    return any(
        _follows(rules[1:], window, one)
        for one in window
        if one.rule == rules[0] and (before is None or (one.at >= before.at and one.event_id != before.event_id))
    )


def _finding(correlation: Correlation, group: Sequence[Seen], moments: Sequence[int]) -> Finding:
    window = [one for one in group if moments[0] - correlation.timespan <= one.at <= moments[-1]]
    completing = next(one for one in window if one.at == moments[0])
    values = tuple((_values(correlation, completing) or [])[: len(correlation.group_by)])
    event_ids = list(dict.fromkeys(one.event_id for one in window))
    named = set(event_ids[:EVENTS_NAMED])
    made_of = {UUID(one.counted_as) for one in window if one.counted_as and one.event_id in named}
    return Finding(
        id=finding_id(correlation.id, group_key(completing.organisation, values), moments[0]),
        correlation=correlation.id,
        organisation=completing.organisation,
        group=tuple(map(fold, values)),
        first_at=window[0].at,
        at=moments[0],
        last_at=moments[-1],
        events=len(event_ids),
        event_ids=tuple(event_ids[:EVENTS_NAMED]),
        made_of=tuple(sorted(made_of)),
    )


def _standing(
    correlation: Correlation, finding: Finding, moments: Sequence[int], group: Sequence[Seen]
) -> Iterator[Seen]:
    """A finding as what other correlations read: it stands at each event at whose moment it held."""
    for one in group:
        if one.at in moments:
            yield Seen(
                at=one.at,
                event_id=one.event_id,
                rule=finding.correlation,
                organisation=one.organisation,
                fields={**one.fields, **_aliased(correlation, one)},
                counted_as=str(finding.id),
            )


def _aliased(correlation: Correlation, one: Seen) -> dict[str, str]:
    """The values that an event has under the correlation's aliases."""
    names = {alias: correlation.field_of(alias, one.rule) for alias in correlation.aliases}
    return {alias: one.fields[name] for alias, name in names.items() if name in one.fields}
