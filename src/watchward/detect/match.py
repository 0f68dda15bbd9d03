"""Which event met which rule."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from watchward.detect.sigma.rule import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Matches:
    """The matches in one batch: the row `rows[i]` met the plan's rule number `rules[i]`; by row, then by rule."""

    rows: NDArray[np.int64]
    rules: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.rows)


class Purpose(StrEnum):
    """What a match is for."""

    ALERT = "alert"
    """It raises an alert, and correlations read it."""

    PART = "part"
    """It only serves correlations: its rule gives no alert of its own."""

    TRIAL = "trial"
    """Its rule is on trial: it is counted, raises no alert, and no correlation reads it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """One event that met one rule, as the match journal keeps it.

    Args:
        event_id: the event's identifier as 32 hexadecimal digits.
        segment: the segment of the lake in which the event is stored, and `row` its place there.
        fields: what the rule matched: the fields with their values.
        context: other fields of the event, those of which the sentence about it speaks; long values are cut short.
        carried: the values that correlations group by, count or hand on, whole.
        looked_back: it was found in an event that was kept before there was anything to match it.
        described: what is said of what matched, where no file of a rule says it: an indicator; and `author` of whom it
            is.

    """

    event_id: str
    rule_id: str
    rule_title: str
    level: Level
    organisation: str
    device: str
    source: str
    observed_at: datetime
    received_at: datetime
    segment: str
    row: int
    fields: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, str] = field(default_factory=dict)
    purpose: Purpose = Purpose.ALERT
    carried: Mapping[str, str] = field(default_factory=dict)
    looked_back: bool = False
    described: str = ""
    author: str = ""
