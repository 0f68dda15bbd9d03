"""What rules can see in some files of telemetry, counted by log source: what `watchward rules coverage` prints."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from watchward.detect.coverage.arrivals import NAMED
from watchward.detect.coverage.matrix import Chart, Covered, Gain
from watchward.detect.coverage.sight import Given, Reach, Seen, needed_fields, sight
from watchward.detect.coverage.survey import Survey
from watchward.detect.sigma.rule import LogSource, Rule
from watchward.detect.sigma.rules import RuleSet
from watchward.node.scan.files import find
from watchward.node.scan.parts import Reading
from watchward.node.scan.stored import Stored
from watchward.telemetry.decode import Decoder


@dataclass(slots=True, kw_only=True)
class Counted:
    """How far the rules for one log source see.

    Args:
        source: the log source that they name.
        reach: how many see how far.
        blind: how many of those that see nothing lack events of their kind altogether.
        missing: for the others that do not see wholly, the fields that they lack, together, and how many lack them.

    """

    source: LogSource
    reach: Counter[Reach] = field(default_factory=Counter)
    blind: int = 0
    missing: Counter[tuple[str, ...]] = field(default_factory=Counter)

    @property
    def whole(self) -> int:
        """How many see wholly."""
        return self.reach[Reach.WHOLE]

    @property
    def partly(self) -> int:
        """How many see in part."""
        return self.reach[Reach.PART]


def seen_in(paths: Sequence[Path], rules: Iterable[Rule]) -> tuple[Seen, list[str]]:
    """What the events in some files give, and what could not be read, in words.

    Raises:
        BadInputError: a path is not there, or there is nothing to read.

    """
    asked = {name.partition(" (")[0] for rule in rules for name in needed_fields(rule)} | set(NAMED)
    reading = Reading(Decoder(unmapped=False), Stored(lambda _: asked, lambda _, __: False))
    seen = Seen()
    for part in reading.parts(find(paths).files):
        seen.add(part.batch)
    return seen, reading.account.broken


def counted(rules: Iterable[Rule], given: Sequence[Given]) -> list[Counted]:
    """How far rules see, by the log source that they name: those of most rules first."""
    found: dict[LogSource, Counted] = {}
    for rule in rules:
        one = found.setdefault(rule.logsource, Counted(source=rule.logsource))
        how = sight(rule, given)
        one.reach[how.reach] += 1
        one.blind += how.source is None
        if how.missing:
            one.missing[tuple(sorted(how.missing))] += 1
    return sorted(found.values(), key=lambda one: (-one.reach.total(), repr(one.source)))


def totals(parts: Iterable[Counted]) -> dict[str, int]:
    """How many rules see wholly, in part, not for want of fields, and not for want of events."""
    found: dict[str, int] = defaultdict(int)
    for one in parts:
        found["whole"] += one.whole
        found["part"] += one.partly
        found["no_fields"] += one.reach[Reach.NONE] - one.blind
        found["no_events"] += one.blind
    return dict(found)


def by_technique(found: RuleSet, seen: Seen) -> tuple[list[Covered], list[Gain]]:
    """What rules see of each technique, and what to send to see more."""
    survey = Survey(
        [one for one in found.rules if one.id not in found.silent],
        [one for one in found.correlations if one.id not in found.silent],
        [one for one in found.rules if one.id in found.silent],
    )
    tally = survey.of(seen.kinds())
    chart = Chart(survey.subjects)
    return chart.covered(tally), chart.gains(tally)
