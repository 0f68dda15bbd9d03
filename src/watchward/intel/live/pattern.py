"""One indicator whose pattern is more than exact values, and what it asks for."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

import numpy as np
from msgspec import Struct

from watchward.intel.exact.entry import level_of, said_of
from watchward.intel.pattern import About, Compiled, compile  # noqa: A004 - the contract

_KEPT: Final = 50_000
"""Compiled patterns that a process remembers: they come again with every change of the set."""

EARLIEST: Final = np.datetime64("0001-01-01", "us")
LATEST: Final = np.datetime64("9999-12-31", "us")
Span = tuple[np.datetime64, np.datetime64]
"""From which moment on, and until before which."""
ALWAYS: Final = (EARLIEST, LATEST)


class Pattern(Struct, frozen=True, kw_only=True):
    """An indicator to be looked for by its pattern.

    Args:
        id: what its matches are called by: the indicator's STIX id; where others have it too, with `#` and whose it is.
        pattern: what to look for, and `pattern_type` the language of it.
        title: what it is called.
        confidence: how sure it is, from 0 to 100; None where nobody says.
        source: of whom it is.
        since: from when on it held; events before it are of no less interest unless `starts` says so.
        starts: events before that do not match it, and those from `until` on do not.
        trial: its matches are counted, and nobody is told.
        joined: it joins several observations.
        brought: as `exact.entry.Entry` has it.

    """

    id: str
    pattern: str
    title: str
    pattern_type: str = "stix"
    confidence: int | None = None
    source: str = ""
    since: datetime | None = None
    starts: datetime | None = None
    until: datetime | None = None
    trial: bool = False
    joined: bool = False
    brought: str = ""

    @property
    def described(self) -> str:
        """What it says, in a sentence or two."""
        return said_of(
            f"pattern {self.pattern[:1_000]}", source=self.source, since=self.since, confidence=self.confidence
        )

    @property
    def about(self) -> About:
        """What its rules say of it."""
        return About(
            id=self.id,
            title=self.title,
            pattern_type=self.pattern_type,
            level=level_of(self.confidence),
            description=self.described,
            author=self.source,
        )

    def compiled(self) -> Compiled:
        """Its rules and correlations.

        Raises:
            PatternError: it cannot be looked for.

        """
        return _compiled(self.pattern, self.about)

    def span(self) -> Span:
        """When an event that matches it may have happened."""
        found = self.compiled()
        starts = [at for at in (self.starts, found.start) if at is not None]
        ends = [at for at in (self.until, found.stop) if at is not None]
        return moment(max(starts)) if starts else EARLIEST, moment(min(ends)) if ends else LATEST


@lru_cache(maxsize=_KEPT)
def _compiled(pattern: str, about: About) -> Compiled:
    return compile(pattern, about)


def moment(at: datetime) -> np.datetime64:
    """A moment for comparison with columns of them."""
    return np.datetime64(at.astimezone(UTC).replace(tzinfo=None), "us")
