"""What a step of correlations came to, for whoever keeps alerts."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from watchward.detect.correlate.bound import GivenUp
from watchward.detect.correlate.engine import Outcome
from watchward.detect.correlate.finding import Finding
from watchward.detect.correlate.rule import Correlation
from watchward.detect.match import Match

Look = Callable[[Sequence[str], Sequence[str]], Sequence[Match]]
"""The matches of some events (by identifier) with some rules (by id), as far as they are still there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A finding with the correlation that says it; `final` where it will not change.

    `reads` are the ids of all rules whose events it may name, those that it reads through other correlations as well;
    `inner` are these correlations, as far as it reads them itself.
    """

    finding: Finding
    correlation: Correlation
    reads: Sequence[str]
    final: bool
    inner: Sequence[Correlation] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What some entries of the journal changed about the findings of correlations.

    Args:
        said: findings that are new, have changed, or have become final; each once.
        tried: findings of correlations on trial, once they are final.
        withdrawn: provisional findings that no longer hold.
        standing: every finding that is provisional; None where it need not be asked.
        late: how many matches came too late to count, by source.
        given_up: what was given up for want of memory, by correlation id.
        held: how many events are held.
        failed: whether a fault made the correlations begin anew.
        waited: how far event time has come because all sources are silent; None where events brought it there.
        look: finds the matches of events.

    """

    said: Sequence[Said] = ()
    tried: Sequence[Said] = ()
    withdrawn: Sequence[UUID] = ()
    standing: frozenset[UUID] | None = None
    late: Mapping[str, int] = field(default_factory=dict)
    given_up: Mapping[str, GivenUp] = field(default_factory=dict)
    held: int = 0
    failed: bool = False
    waited: datetime | None = None
    look: Look = lambda _events, _rules: ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """What several steps came to, one after the other: of each finding only what was said last."""

    provisional: Mapping[UUID, Finding]
    final: Mapping[UUID, Finding]
    withdrawn: frozenset[UUID]
    late: Mapping[str, int]
    given_up: Mapping[str, GivenUp]


def total(outcomes: Sequence[Outcome]) -> Sum:
    """The steps as one."""
    provisional: dict[UUID, Finding] = {}
    final: dict[UUID, Finding] = {}
    withdrawn: set[UUID] = set()
    late: Counter[str] = Counter()
    given_up: dict[str, GivenUp] = {}
    for one in outcomes:
        late.update(one.late)
        for correlation, lost in one.given_up.items():
            given_up[correlation] = given_up.get(correlation, GivenUp()) + lost
        for gone in one.withdrawn:
            provisional.pop(gone, None)
            withdrawn.add(gone)
        for finding in one.provisional:
            provisional[finding.id] = finding
            withdrawn.discard(finding.id)
        for finding in one.final:
            final[finding.id] = finding
            provisional.pop(finding.id, None)
            withdrawn.discard(finding.id)
    return Sum(provisional=provisional, final=final, withdrawn=frozenset(withdrawn), late=dict(late), given_up=given_up)
