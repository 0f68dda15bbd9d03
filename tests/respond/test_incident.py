import pytest

from watchward.base.errors import BadInputError
from watchward.respond.incident import IncidentState, Severity, may_follow, moved


def test_every_state_can_be_left_and_a_closed_incident_only_opens_again():
    assert all(may_follow(state) for state in IncidentState)
    assert may_follow(IncidentState.CLOSED) == (IncidentState.OPEN,)


def test_a_step_that_does_not_follow_is_refused():
    with pytest.raises(BadInputError, match="closed cannot become contained"):
        moved(IncidentState.CLOSED, IncidentState.CONTAINED)


def test_every_severity_says_when_to_choose_it():
    assert all(severity.meaning and severity.label for severity in Severity)
