import pytest

from watchward.base.errors import BadInputError
from watchward.detect.alerts.triage import AlertState, CloseReason, Step, after, allowed


def test_an_alert_is_acknowledged_then_closed_then_reopened():
    state = after(AlertState.OPEN, Step.ACKNOWLEDGE)
    state = after(state, Step.CLOSE)

    assert after(state, Step.REOPEN) is AlertState.OPEN


@pytest.mark.parametrize("state", AlertState)
@pytest.mark.parametrize("step", Step)
def test_every_step_is_either_allowed_or_refused_with_advice(state, step):
    if step in allowed(state):
        assert after(state, step) is not state
    else:
        with pytest.raises(BadInputError, match="Look at the alert again"):
            after(state, step)


def test_only_what_was_real_and_dealt_with_opens_again_by_itself():
    assert [reason for reason in CloseReason if not reason.stays_closed] == [CloseReason.DEALT_WITH]


@pytest.mark.parametrize("reason", CloseReason)
def test_each_reason_says_what_it_means(reason):
    assert reason.label
    assert reason.meaning
