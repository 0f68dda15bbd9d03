"""What people do with an alert: its states, why one may be closed, and which step may follow which."""

from enum import StrEnum
from typing import Final

from watchward.base.errors import BadInputError


class AlertState(StrEnum):
    """Where an alert stands."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


class CloseReason(StrEnum):
    """Why an alert needs no more work."""

    DEALT_WITH = "dealt_with"
    EXPECTED = "expected"
    FALSE_ALARM = "false_alarm"
    TEST = "test"
    DUPLICATE = "duplicate"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        """As people choose it."""
        return _REASONS[self][0]

    @property
    def meaning(self) -> str:
        """When this is the reason to choose."""
        return _REASONS[self][1]

    @property
    def is_for_people(self) -> bool:
        """Whether people choose it; the other is the projector's."""
        return self is not CloseReason.WITHDRAWN

    @property
    def stays_closed(self) -> bool:
        """Whether the alert stays closed when the same thing happens again.

        What was real and has been dealt with must not come back unseen; what was expected or never real may.
        """
        return self is not CloseReason.DEALT_WITH


_REASONS: Final = {
    CloseReason.DEALT_WITH: ("It was real and is dealt with", "If it happens again, the alert opens again by itself."),
    CloseReason.EXPECTED: ("It was expected work", "Someone who may do this did it: maintenance, or a known program."),
    CloseReason.FALSE_ALARM: ("It was a false alarm", "Nothing like what the rule looks for happened."),
    CloseReason.TEST: ("It was a test or an exercise", "It was done on purpose to see whether it would be noticed."),
    CloseReason.DUPLICATE: ("Another alert covers it", "The work goes on there."),
    CloseReason.WITHDRAWN: (
        "Events that came later undid it",
        "A correlation withdrew what it had said.",
    ),
}


class Step(StrEnum):
    """What a person can do to an alert's state."""

    ACKNOWLEDGE = "acknowledge"
    CLOSE = "close"
    REOPEN = "reopen"


_FOLLOWS: Final = {
    (AlertState.OPEN, Step.ACKNOWLEDGE): AlertState.ACKNOWLEDGED,
    (AlertState.OPEN, Step.CLOSE): AlertState.CLOSED,
    (AlertState.ACKNOWLEDGED, Step.CLOSE): AlertState.CLOSED,
    (AlertState.ACKNOWLEDGED, Step.REOPEN): AlertState.OPEN,
    (AlertState.CLOSED, Step.REOPEN): AlertState.OPEN,
}


def after(state: AlertState, step: Step) -> AlertState:
    """The state that a step leads to.

    Raises:
        BadInputError: the alert stands where this step cannot be taken.

    >>> after(AlertState.OPEN, Step.ACKNOWLEDGE).value
    'acknowledged'

    """
    reached = _FOLLOWS.get((state, step))
    if reached is None:
        raise BadInputError(
            f"This alert is {state}, so it cannot be {_DONE[step]}.",
            advice="Look at the alert again: someone may have changed it a moment ago.",
        )
    return reached


_DONE: Final = {Step.ACKNOWLEDGE: "acknowledged", Step.CLOSE: "closed", Step.REOPEN: "reopened"}


def allowed(state: AlertState) -> tuple[Step, ...]:
    """The steps that can be taken from a state."""
    return tuple(step for (origin, step) in _FOLLOWS if origin is state)
