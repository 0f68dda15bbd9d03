"""One thing that was looked at to see whether the node is well."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How serious a finding is."""

    GOOD = "good"
    LOOK = "look"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Args:
        about: what was looked at.
        state: how it is.
        found: what was found, in one sentence.
        advice: what to do; empty where all is well.

    """

    about: str
    state: State
    found: str
    advice: str = ""
