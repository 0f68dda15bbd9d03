"""What a gateway's rules cost and matched since they were compiled, told to its own node in a small file."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec
import numpy as np
import pyarrow as pa
import structlog

from watchward.detect.columns import log_sources
from watchward.detect.match import Matches
from watchward.detect.plan.plan import Plan
from watchward.detect.sigma.logsource import Triple, applies

log = structlog.get_logger()

FILE = "measured.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMeasured:
    """One rule since it was compiled.

    Args:
        nanoseconds: of processor time spent on it alone.
        events: those of its log source, and `matches` those that met it.

    """

    nanoseconds: int
    events: int
    matches: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """All rules of a gateway since they were compiled.

    Args:
        since: when that was.
        nanoseconds: of processor time that all matching took, for `events` events.
        rules: by their ids, those that cost or matched anything.

    """

    since: datetime
    nanoseconds: int
    events: int
    rules: dict[str, RuleMeasured]


@dataclass(slots=True, kw_only=True)
class Meter:
    """Counts what a plan matches; one thread writes, another reads, and sums that are a batch old do no harm."""

    plan: Plan
    since: datetime
    _sources: Counter[Triple] = field(default_factory=Counter)
    _matches: Counter[int] = field(default_factory=Counter)

    def count(self, batch: pa.RecordBatch, found: Matches) -> None:
        """Count a batch and its matches."""
        named, local = log_sources(batch)
        for number, count in zip(*np.unique(local, return_counts=True), strict=True):
            self._sources[named[number]] += int(count)
        numbers, counts = np.unique(found.rules, return_counts=True)
        self._matches.update(dict(zip(numbers.tolist(), counts.tolist(), strict=True)))

    def told(self) -> Measured:
        """The sums so far; of a rule on trial beside its earlier version, those of both."""
        events, nanoseconds = self.plan.spent()
        costs = self.plan.costs()
        matches = Counter[str]()
        for number, count in dict(self._matches).items():
            matches[self.plan.rules[number].id] += count
        asked = self._asked()
        return Measured(
            since=self.since,
            nanoseconds=nanoseconds,
            events=events,
            rules={
                rule: RuleMeasured(nanoseconds=cost, events=asked[rule], matches=matches[rule])
                for rule, cost in costs.items()
                if cost or matches[rule]
            },
        )

    def _asked(self) -> Mapping[str, int]:
        """How many events each rule was asked about: those of its log source."""
        sources = dict(self._sources)
        return {
            rule.id: sum(count for source, count in sources.items() if applies(rule.logsource, *source))
            for rule in self.plan.rules
        }


def write(folder: Path, measured: Measured) -> None:
    """Tell the node; a disk that refuses it is no reason to stop receiving."""
    draft = folder / f"{FILE}.new"
    try:
        draft.write_bytes(msgspec.json.encode(measured))
        draft.replace(folder / FILE)
    except OSError as error:
        log.warning("measured_not_told", file=str(folder / FILE), reason=str(error))


def told(journals: Path) -> dict[str, Measured]:
    """What each gateway of a node told last, by its name."""
    found = {}
    for file in sorted(journals.glob(f"*/{FILE}")):
        try:
            found[file.parent.name] = msgspec.json.decode(file.read_bytes(), type=Measured)
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("measured_unreadable", file=str(file), reason=str(error))
    return found
