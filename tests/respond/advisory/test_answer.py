from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respond.advisory.builders import NOW, answers, moments
from watchward.base.errors import BadInputError
from watchward.respond.advisory.answer import Clock, Standing, Step, Terms, after, asked, due, may_say, needs_note

FAR = NOW + timedelta(days=365)


def _said(answer, steps, at):
    for number, step in enumerate(steps):
        if step in may_say(answer.standing):
            answer = after(answer, step, at=at + timedelta(hours=number))
    return answer


def test_a_first_answer_is_due_within_48_hours():
    found = due(asked(NOW), act_by=FAR)

    assert (found.clock, found.by) == (Clock.ANSWER, NOW + timedelta(hours=48))


def test_after_the_first_answer_word_is_due_every_three_days():
    looking = after(asked(NOW), Step.ACKNOWLEDGE, at=NOW + timedelta(hours=5))

    found = due(looking, act_by=FAR)

    assert (found.clock, found.by) == (Clock.UPDATE, NOW + timedelta(hours=5, days=3))


def test_when_the_day_of_the_actions_comes_first_it_is_what_is_due():
    found = due(asked(NOW), act_by=NOW + timedelta(hours=24))

    assert (found.clock, found.by) == (Clock.ACT, NOW + timedelta(hours=24))


@pytest.mark.parametrize("step", [Step.FINISH, Step.NOT_CONCERNED, Step.ACCEPT_RISK])
def test_nothing_is_due_once_it_is_closed(step):
    assert due(after(asked(NOW), step, at=NOW), act_by=FAR) is None


def test_help_that_was_asked_for_is_wanted_until_the_answer_is_closed():
    helped = _said(asked(NOW), [Step.ASK_HELP, Step.UPDATE, Step.APPLY], NOW)

    assert helped.wants_help
    assert not after(helped, Step.FINISH, at=NOW).wants_help


def test_to_carry_a_risk_needs_words_and_a_small_organisation_needs_none_to_say_that_it_is_not_concerned():
    assert needs_note(Step.ACCEPT_RISK, small=True)
    assert needs_note(Step.NOT_CONCERNED, small=False)
    assert not needs_note(Step.NOT_CONCERNED, small=True)
    assert not needs_note(Step.FINISH, small=False)


@given(answers(), st.sampled_from(Step))
def test_what_may_not_be_said_is_refused_with_what_stands_there(answer, step):
    if step in may_say(answer.standing):
        assert after(answer, step, at=answer.said_at).standing is not Standing.ASKED
        return
    with pytest.raises(BadInputError, match=answer.standing.label):
        after(answer, step, at=answer.said_at)


@given(answers(), moments, st.integers(1, 96), st.integers(1, 10))
def test_nothing_is_due_after_the_actions_are_and_only_open_answers_owe_anything(answer, act_by, hours, days):
    terms = Terms(answer=timedelta(hours=hours), update=timedelta(days=days))

    found = due(answer, act_by=act_by, terms=terms)

    assert (found is not None) == answer.standing.is_open
    assert found is None or found.by <= act_by


@given(answers(), moments)
def test_a_later_day_for_the_actions_never_makes_anybody_late_earlier(answer, act_by):
    sooner, later = due(answer, act_by=act_by), due(answer, act_by=act_by + timedelta(days=1))

    assert sooner is None or sooner.by <= later.by


@given(st.lists(st.sampled_from(Step), max_size=12))
def test_whatever_is_said_an_organisation_that_has_spoken_never_counts_as_silent(steps):
    answer = _said(asked(NOW), steps, NOW)

    spoken = any(step in may_say(Standing.ASKED) for step in steps)
    assert (answer.standing is Standing.ASKED) == (not spoken)
    assert not (answer.wants_help and not answer.standing.is_open)


@given(answers(standings=(Standing.UNAFFECTED, Standing.DONE, Standing.RISK_ACCEPTED)))
def test_every_answer_can_be_taken_back_and_is_then_open(answer):
    assert after(answer, Step.REOPEN, at=answer.said_at).standing.is_open
