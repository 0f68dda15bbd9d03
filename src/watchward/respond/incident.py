"""An incident: how serious it is, where it stands, and which step may follow which."""

from enum import IntEnum, StrEnum

from watchward.base.errors import BadInputError


class Severity(IntEnum):
    """How badly care is hurt, or would be; the numbers are stored."""

    LOW = 1
    MODERATE = 2
    SEVERE = 3
    CRITICAL = 4

    @property
    def label(self) -> str:
        """The word by which people call it."""
        return self.name.capitalize()

    @property
    def meaning(self) -> str:
        """When this is the one to choose."""
        return _MEANINGS[self]


_MEANINGS = {
    Severity.LOW: "No care is affected, and none will be soon.",
    Severity.MODERATE: "Staff work around it; patients notice delays at most.",
    Severity.SEVERE: "Care is displaced or delayed: appointments, tests or medicines.",
    Severity.CRITICAL: "Patients are or will be harmed, or several organisations cannot give care.",
}


class IncidentState(StrEnum):
    """Where an incident stands; the values are stored."""

    OPEN = "open"
    CONTAINED = "contained"
    RECOVERED = "recovered"
    CLOSED = "closed"

    @property
    def meaning(self) -> str:
        """What has been reached."""
        return _REACHED[self]


_REACHED = {
    IncidentState.OPEN: "It is still going on.",
    IncidentState.CONTAINED: "It spreads no further.",
    IncidentState.RECOVERED: "Care is given as before.",
    IncidentState.CLOSED: "Nothing is left to do.",
}

_FOLLOWS = {
    IncidentState.OPEN: (IncidentState.CONTAINED, IncidentState.RECOVERED, IncidentState.CLOSED),
    IncidentState.CONTAINED: (IncidentState.RECOVERED, IncidentState.CLOSED, IncidentState.OPEN),
    IncidentState.RECOVERED: (IncidentState.CLOSED, IncidentState.OPEN),
    IncidentState.CLOSED: (IncidentState.OPEN,),
}


def may_follow(state: IncidentState) -> tuple[IncidentState, ...]:
    """The states that may come next."""
    return _FOLLOWS[state]


def moved(state: IncidentState, to: IncidentState) -> IncidentState:
    """The state that an incident moves to.

    Raises:
        BadInputError: it cannot go there from where it stands.

    >>> moved(IncidentState.OPEN, IncidentState.CONTAINED).value
    'contained'

    """
    if to not in _FOLLOWS[state]:
        raise BadInputError(
            f"An incident that is {state} cannot become {to}.",
            advice="Look at it again: someone may have moved it a moment ago.",
        )
    return to
