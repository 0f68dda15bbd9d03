from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from respond.advisory.builders import NOW, an_action, an_advisory, asked_kinds, kinds
from watchward.base.errors import BadInputError
from watchward.estate.organisation import OrganisationKind
from watchward.respond.advisory.answer import Standing, Step, may_say
from watchward.respond.advisory.content import NUMBER, SMALL, Product, Whom, checked, next_number
from watchward.respond.advisory.speaking import Voice, may_answer_for


def test_an_alert_that_says_all_it_should_may_be_issued():
    assert checked(an_advisory(), now=NOW) == an_advisory()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"number": "42"}, "The number is letters"),
        ({"title": " "}, "The title"),
        ({"what": ""}, "What is wrong"),
        ({"plain": "Words " * 200}, "The plain words take"),
        ({"plain": "Mend cve-2026-12345 now"}, "name a CVE"),
        ({"cves": ("CVE-1",)}, "CVE-1 is no number"),
        ({"actions": ()}, "things to be done"),
        ({"actions": (an_action(" "),)}, "Each thing to do"),
        ({"actions": (an_action(days=-1),)}, "before now"),
        ({"products": (Product(name=""),)}, "Each product has a name"),
        ({"products": (Product(name="A"),) * 21}, "more than 20 products"),
        ({"whom": Whom(area="ENG", kinds=frozenset())}, "no kind of organisation"),
        ({"whom": Whom(area="ENG", kinds=frozenset({OrganisationKind.REGION}))}, "cannot be asked"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_an_alert_that_says_too_little_or_too_much_is_refused_with_what_is_wrong(change, said):
    with pytest.raises(BadInputError, match=said):
        checked(an_advisory(**change), now=NOW)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(BadInputError, match=r"The title.*CVE-1 is no number"):
        checked(replace(an_advisory(), title="", cves=("CVE-1",)), now=NOW)


@given(st.from_regex(r"[A-Z]{1,6}", fullmatch=True), st.frozensets(st.from_regex(NUMBER, fullmatch=True)))
def test_a_next_number_is_one_that_nobody_has_used(prefix, used):
    assert next_number(prefix, used) not in used


@given(kinds, st.sampled_from(Voice), st.sampled_from(Standing), st.sampled_from(Step))
def test_nobody_speaks_for_a_large_organisation_or_over_its_own_word(kind, spoke, standing, step):
    if may_answer_for(kind, spoke, standing, step):
        assert kind in SMALL
        assert spoke is not Voice.OWN
        assert step in may_say(standing)
        assert step not in {Step.ACCEPT_RISK, Step.ASK_HELP, Step.REOPEN}


@given(asked_kinds)
def test_a_small_organisation_that_is_silent_can_be_answered_for(kind):
    answered = may_answer_for(kind, Voice.NOBODY, Standing.ASKED, Step.FINISH)

    assert answered == (kind in SMALL)
