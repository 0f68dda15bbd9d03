"""Patterns as rules and correlations, with the times at which they count."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from watchward.detect.correlate import program
from watchward.detect.correlate.rule import Correlation
from watchward.detect.match import Matches
from watchward.detect.purposes import Purposes, purposes_of
from watchward.detect.sigma.rule import Rule
from watchward.intel.errors import PatternError
from watchward.intel.live.pattern import Pattern, Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """When the rules of a plan count, by their numbers: from `starts` on, and before `ends`."""

    starts: NDArray[np.datetime64]
    ends: NDArray[np.datetime64]

    @classmethod
    def of(cls, spans: Sequence[Span]) -> "Times":
        """The times of rules in their order."""
        starts, ends = (np.array([span[side] for span in spans], "datetime64[us]") for side in (0, 1))
        return cls(starts=starts, ends=ends)

    def within(self, batch: pa.RecordBatch, matches: Matches) -> Matches:
        """The matches of events of their time."""
        if not len(matches):
            return matches
        at = batch.column("observed_at").to_numpy(zero_copy_only=False)[matches.rows].astype("datetime64[us]")
        kept = (at >= self.starts[matches.rules]) & (at < self.ends[matches.rules])
        return Matches(rows=matches.rows[kept], rules=matches.rules[kept])


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """Some patterns as rules and correlations.

    Args:
        patterns: those that can be looked for.
        rules: all that they ask of single events, and `spans` when each of these counts.
        correlations: what they ask of several.
        silent: the ids of rules and correlations that only serve others, and `trial` those that are on trial.
        refused: why the others cannot be looked for, by their ids.

    """

    patterns: tuple[Pattern, ...]
    rules: tuple[Rule, ...]
    spans: tuple[Span, ...]
    correlations: tuple[Correlation, ...]
    silent: frozenset[str]
    trial: frozenset[str]
    refused: dict[str, PatternError]

    @property
    def times(self) -> Times:
        """When the rules count."""
        return Times.of(self.spans)

    @property
    def purposes(self) -> Purposes:
        """What the matches of the rules are for."""
        trial = frozenset(rule.digest for rule in self.rules if rule.id in self.trial and rule.id not in self.silent)
        return purposes_of(program.compile(self.correlations), silent=self.silent, trial=trial)


def compiled(patterns: Iterable[Pattern]) -> Compiled:
    """The rules and correlations of some patterns."""
    taken: list[Pattern] = []
    rules: list[Rule] = []
    spans: list[Span] = []
    correlations: list[Correlation] = []
    silent: set[str] = set()
    trial: set[str] = set()
    refused: dict[str, PatternError] = {}
    for one in patterns:
        try:
            found, span = one.compiled(), one.span()
        except PatternError as error:
            refused[one.id] = error
            continue
        taken.append(one)
        rules += found.rules
        spans += [span] * len(found.rules)
        correlations += found.correlations
        silent |= found.silent
        if one.trial:
            trial |= {*(each.id for each in found.rules), *(each.id for each in found.correlations)} - found.silent
    return Compiled(
        patterns=tuple(taken),
        rules=tuple(rules),
        spans=tuple(spans),
        correlations=tuple(correlations),
        silent=frozenset(silent),
        trial=frozenset(trial),
        refused=refused,
    )
