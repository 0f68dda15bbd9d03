"""The few questions to an organisation: asked, answered into its map, put aside, and what that changes."""

import pytest

from console.care.arranged import arrange
from console.factories import OrganisationFactory
from console.harm.areas import an_area
from watchward.access.roles import AUDITOR, CARE_PROVIDER_MANAGER, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.console.access.models import AuditEntry
from watchward.console.care import adapters as maps
from watchward.console.care.models import CareDependency, KnownSize
from watchward.console.harm import questions
from watchward.console.harm.models import PassedQuestion
from watchward.estate.care.system import Supplier
from watchward.estate.care.templates import Measure
from watchward.estate.organisation import OrganisationKind

PAGE = "/organisations/X-H1/care/questions/"
API = "/api/v1/organisations/X-H1/care/questions"
FLOOR = "floor X-H1/care_home_medication > X-H1/care_planning"
TELEPHONE = "second X-H1/telephony"
HOST = "host X-H1/care_planning"


@pytest.fixture
def home():
    board = OrganisationFactory(code="X-B1", name="Larkmere Care Board", kind=OrganisationKind.ICB)
    return OrganisationFactory(code="X-H1", name="Elm House", kind=OrganisationKind.CARE_HOME, parent=board)


@pytest.fixture
def manager(signed_in, home):
    return signed_in(CARE_PROVIDER_MANAGER, home)


def answer(client, key, value, **more):
    return client.post(PAGE, {"key": key, "value": value, **more}, follow=True)


def test_a_manager_is_asked_one_thing_in_plain_words_with_why(manager):
    page = manager.get(PAGE).text

    assert "How many residents do you have?" in page
    assert "we take it to be 28 (8 to 70)" in page
    assert "What we would ask next" in page
    assert "I do not know" in page
    assert "What would hurt patients most now" in page


def test_an_answer_is_kept_and_what_it_changed_is_said_and_the_next_question_comes(manager, home):
    page = answer(manager, "size residents", "80").text

    assert "Saved. Losing Elm House for a day is now taken to cost" in page
    assert KnownSize.objects.get(organisation=home, measure=Measure.RESIDENTS).value == 80
    assert "How many residents do you have?" not in page
    assert not maps.part_of(home).own
    assert AuditEntry.objects.filter(event="care.arranged").exists()


def test_an_answer_moves_a_thing_in_the_ranking_and_the_page_says_from_where_to_where(manager, home):
    before = [thing for thing, _ in questions.found_for(home).ranking]

    page = answer(manager, "floor X-H1/care_home_medication > X-H1/workstations", "0.02").text

    after = [thing for thing, _ in questions.found_for(home).ranking]
    assert before.index("X-H1/workstations") > after.index("X-H1/workstations")
    assert "Your answer moved the computers from 5th to" in page
    stored = CareDependency.objects.get(consumer="X-H1/care_home_medication", provider="X-H1/workstations")
    assert stored.floor == 0.02
    assert stored.reason.startswith("Asked: If the computers stopped working, how much of the medication rounds")
    assert stored.reason.endswith("Answer: Nothing, or next to nothing")
    assert AuditEntry.objects.filter(event="care.refined").exists()


def test_what_nobody_knows_is_put_aside_and_may_be_asked_again(manager, home):
    page = manager.post(PAGE, {"key": "size residents", "unknown": "1"}, follow=True).text

    assert "Kept: nobody knows yet." in page
    assert "Put aside" in page
    assert not maps.part_of(home).own
    assert "residents" not in {one.key for one in questions.found_for(home).questions}
    entry = AuditEntry.objects.get(event="care.question_passed")
    assert "How many residents" in entry.subject_name

    again = manager.post(f"{PAGE}again/", {"key": "size residents"}, follow=True).text
    assert "How many residents do you have?" in again
    assert not PassedQuestion.objects.exists()


def test_a_second_line_becomes_an_alternative_and_no_second_line_is_kept(manager, home):
    answer(manager, "second X-H1/network", "no")
    page = answer(manager, TELEPHONE, "yes").text

    care = maps.part_of(home).care
    assert {one.id for one in care.systems} >= {"X-H1/telephony", "X-H1/telephony_second"}
    assert {one.group for one in care.dependencies if one.provider.startswith("X-H1/telephony")} == {
        "telephony or second"
    }
    assert "Losing the telephone system would not hurt anybody any more." in page
    assert PassedQuestion.objects.get().answer == "no"


def test_a_company_is_found_by_its_name_or_added(manager, home):
    arrange(
        OrganisationFactory(code="X-H2", kind=OrganisationKind.CARE_HOME),
        suppliers=[Supplier(id="supplier/elm-records", name="Elm Records")],
    )

    answer(manager, HOST, "other", name="ELM records Ltd")
    answer(manager, "host X-H1/telephony", "other", name="Bell Lines")

    hosts = {one.id: one.host for one in maps.part_of(home).care.systems}
    assert hosts["X-H1/care_planning"] == "supplier/elm-records"
    assert hosts["X-H1/telephony"] == "supplier/bell-lines"
    assert not maps.part_of(home).own


def test_a_size_that_is_told_after_the_map_became_its_own_still_counts(manager, home):
    answer(manager, FLOOR, "0.5")
    answer(manager, "size residents", "10")

    services = maps.part_of(home).care.services
    assert maps.part_of(home).own
    assert [one.weekly for one in services] == [240]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"key": "size residents", "value": "lots"}, "“lots” is no number that can be."),
        ({"key": "size residents", "value": ""}, "Choose an answer."),
        ({"key": FLOOR, "value": "0.3"}, "is none of the answers"),
        ({"key": HOST, "value": "other", "name": " "}, "Which company is it?"),
    ],
)
def test_an_answer_that_is_none_is_refused_in_words_and_the_question_stays(manager, home, given, words):
    page = manager.post(PAGE, given)

    assert page.status_code == 400
    assert words in page.text
    assert not maps.part_of(home).own


def test_a_question_about_what_is_not_on_the_map_is_not_there(manager):
    assert manager.post(PAGE, {"key": "host X-H9/network", "value": "here"}).status_code == 404
    assert manager.get(f"{PAGE}?ask=nonsense").status_code == 200


def test_whoever_may_only_look_sees_the_question_and_cannot_answer(signed_in, home):
    client = signed_in(AUDITOR, home)

    page = client.get(PAGE).text

    assert "How many residents do you have?" in page
    assert "Save and go on" not in page
    assert answer(client, "size residents", "80").status_code == 403


@pytest.mark.usefixtures("home")
def test_another_organisations_questions_are_not_there(signed_in):
    other = OrganisationFactory(code="X-H2", kind=OrganisationKind.CARE_HOME)

    assert signed_in(CARE_PROVIDER_MANAGER, other).get(PAGE).status_code == 404


def test_an_organisation_that_gives_no_care_is_taught_what_would_be_here(signed_in, home):
    page = signed_in(NATIONAL_ANALYST, None).get(f"/organisations/{home.parent.code}/care/questions/").text

    assert "Nobody has said what care it gives." in page


def test_the_map_and_the_ranking_lead_to_the_questions(signed_in):
    _, _, (surgery, *_) = an_area()
    client = signed_in(ORGANISATION_CYBER_LEAD, surgery)

    for page in (f"/organisations/{surgery.code}/care/", f"/harm/?organisation={surgery.code}"):
        assert f"/organisations/{surgery.code}/care/questions/" in client.get(page).text


def test_by_api_questions_come_with_choices_and_answers_lead_to_the_next(manager):
    first = manager.get(API).json()["questions"][0]
    assert (first["key"], first["taken"]["value"], first["choices"]) == ("size residents", 28, {})

    after = manager.post(API, {"key": first["key"], "value": "40"}, content_type="application/json").json()

    assert first["key"] not in {one["key"] for one in after["questions"]}
    assert after["ranking"][0]["id"] == "X-H1"
    worths = [one["worth"] for one in after["questions"]]
    assert worths == sorted(worths, reverse=True)
