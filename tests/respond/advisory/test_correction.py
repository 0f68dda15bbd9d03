from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from respond.advisory.builders import NOW, an_action, an_advisory, answers
from watchward.respond.advisory.answer import Standing, asked, due
from watchward.respond.advisory.content import Product
from watchward.respond.advisory.correction import Correction, compared, corrected, released

FAR = NOW + timedelta(days=365)
corrections = st.builds(Correction, actions=st.booleans(), products=st.booleans())


@given(answers(), st.text(max_size=20), st.text(max_size=20))
def test_other_words_ask_nobody_again(answer, what, plain):
    before = an_advisory()
    after = replace(before, what=what, plain=plain, title="Other words")

    assert corrected(answer, compared(before, after), at=FAR) == answer


@given(answers())
def test_the_same_actions_in_another_order_ask_nobody_again(answer):
    before = an_advisory(actions=(an_action("One"), an_action("Two")))
    after = replace(before, actions=before.actions[::-1])

    assert corrected(answer, compared(before, after), at=FAR) == answer


def test_other_actions_ask_those_again_who_did_what_was_asked_before():
    correction = compared(an_advisory(), an_advisory(actions=(an_action(days=3),)))
    again = {standing for standing in Standing if correction.asks_again(_an_answer(standing))}

    assert again == {Standing.DONE, Standing.RISK_ACCEPTED}


def test_other_products_ask_those_again_who_said_that_it_does_not_apply():
    correction = compared(an_advisory(), an_advisory(products=(Product(name="Bell 2", versions="all"),)))
    again = {standing for standing in Standing if correction.asks_again(_an_answer(standing))}

    assert again == {Standing.UNAFFECTED}


@given(answers(), corrections, st.integers(0, 90 * 24))
def test_nobody_who_is_late_gains_time_by_a_correction(answer, correction, hours):
    at = answer.said_at + timedelta(hours=hours)
    before, after = due(answer, act_by=FAR), due(corrected(answer, correction, at=at), act_by=FAR)

    assert before is None or before == after


@given(answers())
def test_nobody_owes_anything_after_a_withdrawal_and_what_was_closed_stays_as_it_was_said(answer):
    freed = released(answer, at=FAR)

    assert due(freed, act_by=FAR) is None
    assert freed.standing is (Standing.RELEASED if answer.standing.is_open else answer.standing)


def _an_answer(standing):
    return replace(asked(NOW), standing=standing)
