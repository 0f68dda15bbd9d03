"""A site's own figures in the place of the numbers behind harm: stored, shown, used, ended, and refused."""

import math
from html import unescape

import pytest
from django.db.models import ProtectedError
from django.test import Client

from console.care.arranged import a_system, refine
from console.detect.factories import AlertFactory
from console.factories import PostFactory
from console.harm.areas import an_area, large_maps
from watchward.access.roles import (
    ADMINISTRATOR,
    CARE_PROVIDER_MANAGER,
    CLINICAL_SAFETY_OFFICER,
    NATIONAL_ANALYST,
    ORGANISATION_CYBER_LEAD,
)
from watchward.base.clock import SystemClock
from watchward.console.access.guard import Service
from watchward.console.access.models import AuditEntry
from watchward.console.care import rows
from watchward.console.detect import stakes
from watchward.console.detect.models import Stake
from watchward.console.harm import actions, adapters, own, questions
from watchward.console.harm.models import OwnNumber, WorkedOut
from watchward.harm.parameters.overriding import Override
from watchward.harm.parameters.table import standard

NODE = Service(name="test")
KEY = "service/gp_appointments/by_loss"
PAGE = "/harm/parameters/"


def an_override(**changed):
    given = {"key": KEY, "value": 0.01, "low": 0.005, "high": 0.02, "by": "Dr Elm", "why": "Counted for six weeks"}
    return Override(**(given | changed))


def say(place, **changed):
    return actions.say_number(by=NODE, organisation=place, said=an_override(**changed), clock=SystemClock())


def as_json(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def area():
    return an_area()


def typed(**changed):
    given = {"at": "XEP0", "value": "1%", "low": "0.005", "high": "0.02", "reason": "Counted for six weeks"}
    return {"at": given["at"], **given, **changed}


def test_a_safety_officer_puts_a_figure_in_the_place_of_ours_and_the_page_says_who_and_why(signed_in, area):
    _, _, (surgery, *_) = area
    client = signed_in(CLINICAL_SAFETY_OFFICER, surgery)
    form = f"{PAGE}own/?key=service/gp_appointments/deferrable&organisation={surgery.code}"
    assert "Ours is" in client.get(form).text

    answer = client.post(form, typed(value="60%", low="50%", high="0.7"), follow=True)

    assert "Your figure holds at XE Surgery 0 from now on." in answer.text
    assert "0.6 (0.5 to 0.7)" in answer.text
    assert "Counted for six weeks" in answer.text
    stored = OwnNumber.objects.get()
    assert (stored.value, stored.organisation, stored.ended_at) == (0.6, surgery, None)
    entry = AuditEntry.objects.get(event="harm.number_said")
    assert "0.6 (0.5 to 0.7)" in str(entry.details)


def test_a_figure_holds_at_its_organisation_and_below_and_nowhere_else(area):
    board, trust, (surgery, other, _) = area
    say(board, value=0.02, low=0.01, high=0.04)
    say(surgery)

    values = {place.code: own.table_for(place).parameters[KEY].value for place in (board, trust, surgery, other)}

    assert values == {"XE": 0.02, "XET": 0.02, "XEP0": 0.01, "XEP1": 0.02}
    assert own.table_for(None) is standard()


def test_a_ranking_uses_the_figures_of_its_organisation_and_says_how_many(signed_in, area):
    _, _, (surgery, other, _) = area
    client = signed_in(NATIONAL_ANALYST, None)
    address = "/api/v1/harm/ranking?organisation={}"
    before = {one.code: as_json(client, address.format(one.code))["found"] for one in (surgery, other)}

    say(surgery, value=0.019)

    after = {one.code: as_json(client, address.format(one.code))["found"] for one in (surgery, other)}
    worst = {code: found["ranking"][0]["harm"]["value"] for code, found in before.items()}
    assert after[surgery.code]["ranking"][0]["harm"]["value"] > worst[surgery.code] * 1.3
    assert after[other.code]["ranking"][0]["harm"]["value"] == worst[other.code]
    assert [one["by"] for one in after[surgery.code]["own_numbers"]] == ["test"]
    page = client.get(f"/harm/?organisation={surgery.code}").text.replace("&#39;", "'")
    assert f"1 number is {surgery.name}'s own." in page


def test_a_what_if_of_one_organisation_uses_its_figures(signed_in, area):
    _, _, (surgery, other, _) = area
    address = f"/api/v1/harm/what-if?down={surgery.code}&hours=24"
    client = signed_in(ORGANISATION_CYBER_LEAD, surgery)
    before = as_json(client, address)

    say(surgery, value=0.019)
    say(other, value=0.0101)

    after = as_json(client, address)
    assert after["total"]["harm"]["value"] > before["total"]["harm"]["value"] * 1.3
    assert [one["value"] for one in after["own_numbers"]] == [0.019]


@pytest.mark.parametrize(
    ("of_the_node", "says"),
    [
        (False, "2 numbers are XE Surgery 0's own."),
        (True, "3 numbers are not ours: 1 is this node's own, 2 are XE Surgery 0's own."),
    ],
)
def test_alerts_what_ifs_and_papers_say_whose_own_the_numbers_are(signed_in, area, of_the_node, says):
    _, _, (surgery, *_) = area
    alert = AlertFactory(organisation=surgery)
    lead, analyst = signed_in(ORGANISATION_CYBER_LEAD, surgery), Client()
    analyst.force_login(PostFactory(role=NATIONAL_ANALYST.key, organisation=None).user)
    what_if = f"/harm/what-if/?down={surgery.code}&hours=24"
    assert "own." not in lead.get(what_if).text
    say(surgery)
    say(surgery, key="service/gp_appointments/catch_up", value=0.1, low=0.05, high=0.2)
    say(None, key="service/gp_appointments/catch_up", value=0.1, low=0.05, high=0.2)
    if of_the_node:
        say(None, key="service/gp_appointments/deferrable", value=0.6, low=0.5, high=0.7)
    assert "own." not in lead.get(f"/alerts/{alert.pk}/").text  # nothing is worked out for it yet
    stakes.work_out(surgery)

    link = '<a href="/harm/parameters/?organisation=XEP0">See which'
    for page in (lead.get(what_if), lead.get(f"/alerts/{alert.pk}/")):
        assert says in unescape(page.text)
        assert link in page.text
    assert says in unescape(lead.get(what_if.replace("what-if", "paper")).text)
    assert says in unescape(analyst.get(f"{what_if}&organisation=XEP0").text)
    of_all = unescape(analyst.get(what_if).text)
    assert "this node's own." in of_all
    assert "Surgery 0's own" not in of_all


def test_a_figure_renews_what_it_is_used_in_and_nothing_else(area, monkeypatch):
    board, _, (surgery, other, _) = area
    monkeypatch.setattr(adapters, "HOURS", (24,))
    for one in (surgery, other):
        stakes.work_out(one)
    before = {one.organisation.code: one.whole for one in Stake.objects.filter(device="")}
    assert adapters.work_out_rankings(clock=SystemClock()) == 3
    assert adapters.work_out_rankings(clock=SystemClock()) == 0

    number = say(surgery, value=0.019)

    now = {one.organisation.code: one.whole for one in Stake.objects.filter(device="")}
    assert now[surgery.code] > before[surgery.code] * 1.3
    assert now[other.code] == before[other.code]
    assert adapters.work_out_rankings(clock=SystemClock()) == 0
    say(board)
    assert adapters.work_out_rankings(clock=SystemClock()) == 1
    say(None)
    assert adapters.work_out_rankings(clock=SystemClock()) == 2  # the board's own holds there still
    assert WorkedOut.objects.count() == 3

    actions.end_number(by=NODE, number=number, reason="Counted wrongly", clock=SystemClock())
    for one in OwnNumber.objects.filter(ended_at=None):
        actions.end_number(by=NODE, number=one, reason="Counted wrongly", clock=SystemClock())
    assert Stake.objects.get(organisation=surgery, device="").whole == before[surgery.code]
    number.refresh_from_db()
    assert (number.ended_by, number.ended_reason) == ("test", "Counted wrongly")


def test_a_figure_never_lays_the_map_out_anew_and_is_used_at_once(area, monkeypatch, tmp_path, signed_in):
    _, trust, _ = area
    client = signed_in(NATIONAL_ANALYST, None)
    monkeypatch.setattr(adapters, "HOURS", (24,))
    address = "/api/v1/harm/what-if?down=XEP0&hours=24"
    with large_maps(monkeypatch, tmp_path):
        assert adapters.lay_out()
        adapters.work_out_rankings(clock=SystemClock())
        map_then, model = rows.version(), adapters.laid_out().model
        before = as_json(client, address)["total"]["harm"]["value"]

        say(None, value=0.019)

        assert (rows.version(), adapters.is_behind(), adapters.laid_out().stale) == (map_then, False, False)
        assert adapters.laid_out().model.graph is model.graph
        assert as_json(client, address)["total"]["harm"]["value"] > before * 1.3
        assert adapters.rankings_missing()
        ranking = as_json(client, "/api/v1/harm/ranking")
        assert (ranking["stale"], ranking["other_map"], ranking["other_numbers"]) == (True, False, True)
        assert "the numbers behind harm have changed since, and" in client.get("/harm/").text
        refine(trust, a_system(trust))
        assert "the map and the numbers behind harm have changed since, and" in client.get("/harm/").text
        adapters.lay_out()
        adapters.work_out_rankings(clock=SystemClock())
        assert not as_json(client, "/api/v1/harm/ranking")["stale"]
        assert not adapters.rankings_missing()


def test_a_figure_changes_what_the_questions_to_its_organisation_are_worth(area):
    _, _, (surgery, other, _) = area
    before = {one: questions.found_for(one).ranking[0] for one in (surgery, other)}

    say(surgery, value=0.019)

    assert questions.found_for(surgery).ranking[0][1] > before[surgery][1] * 1.3
    assert questions.found_for(other).ranking[0] == before[other]


def test_figures_outlive_the_account_of_whoever_said_them_and_keep_their_organisation(area):
    _, _, (surgery, *_) = area
    person = PostFactory(role=CLINICAL_SAFETY_OFFICER.key, organisation=surgery).user
    said = an_override()
    number = actions.say_number(by=person, organisation=surgery, said=said, clock=SystemClock())
    actions.end_number(by=person, number=number, reason="Counted again", clock=SystemClock())
    name = str(person)

    person.delete()

    number.refresh_from_db()
    assert (number.by, number.ended_by, number.reason) == (name, name, "Counted for six weeks")
    with pytest.raises(ProtectedError):
        surgery.delete()


def test_a_figure_of_the_node_holds_everywhere_and_stakes_follow(area):
    _, _, (surgery, *_) = area
    stakes.work_out(surgery)
    before = Stake.objects.get(organisation=surgery, device="").whole

    say(None, value=0.019)
    stakes.follow()

    assert Stake.objects.get(organisation=surgery, device="").whole > before * 1.3
    assert adapters.laid_out().model.table.parameters[KEY].value == 0.019


def test_another_figure_ends_the_one_before_and_both_are_kept(signed_in, area):
    _, _, (surgery, *_) = area
    say(surgery)
    say(surgery, value=0.015, why="Counted again")

    assert [one.value for one in OwnNumber.objects.filter(ended_at=None)] == [0.015]
    assert OwnNumber.objects.count() == 2
    client = signed_in(CLINICAL_SAFETY_OFFICER, surgery)
    page = client.get(f"{PAGE}own/?key={KEY}&organisation={surgery.code}").text
    assert "What was said before" in page
    assert "Counted for six weeks" in page


def test_a_figure_is_ended_on_its_page_and_ours_holds_again(signed_in, area):
    _, _, (surgery, *_) = area
    number = say(surgery)
    client = signed_in(CLINICAL_SAFETY_OFFICER, surgery)
    assert "holds again" in client.get(f"{PAGE}own/{number.pk}/end/").text

    page = client.post(f"{PAGE}own/{number.pk}/end/", {"reason": "A new count"}, follow=True).text

    assert "Our number holds again." in page
    assert own.table_for(surgery) is standard()
    assert client.post(f"{PAGE}own/{number.pk}/end/", {"reason": "Again"}).status_code == 404


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"value": "140%"}, "a share lies between 0 and 1"),
        ({"value": "much"}, "“much” is no number"),
        ({"low": "0.9"}, "must lie between the other two"),
        ({"reason": ""}, "Say in a few words how you know"),
        ({"low": "0", "value": "0.5", "high": "0.9"}, "one that is certain has three alike"),
        ({"value": "nan"}, "is no number"),
    ],
)
def test_a_figure_that_cannot_be_is_refused_in_words_and_nothing_is_kept(signed_in, area, wrong, words):
    _, _, (surgery, *_) = area
    client = signed_in(CLINICAL_SAFETY_OFFICER, surgery)
    form = f"{PAGE}own/?key=service/gp_appointments/deferrable&organisation={surgery.code}"

    page = client.post(form, typed(**({"value": "0.6", "low": "0.5", "high": "0.7"} | wrong))).text

    assert words in page
    assert not OwnNumber.objects.exists()


def test_by_api_a_figure_is_said_with_the_nearest_names_for_an_unknown_one(signed_in, area):
    _, _, (surgery, *_) = area
    client = signed_in(ORGANISATION_CYBER_LEAD, surgery)
    given = {"key": KEY, "value": 0.01, "low": 0.005, "high": 0.02, "reason": "Counted", "organisation": surgery.code}

    def post(**changed):
        return client.post("/api/v1/harm/parameters/own", given | changed, content_type="application/json")

    wrong = post(key="service/gp_apointments/by_loss")
    made = post()

    assert wrong.status_code == 400
    assert "service/gp_appointments/by_loss" in wrong.text
    assert made.json()["by"]
    assert len(as_json(client, f"/api/v1/harm/parameters/own?organisation={surgery.code}")) == 1
    here = {one["key"]: one for one in as_json(client, f"/api/v1/harm/parameters?organisation={surgery.code}")}
    assert (here[KEY]["value"], here[KEY]["basis"], here[KEY]["ours"]) == (
        0.01, "site", standard().parameters[KEY].value,
    )  # fmt: skip
    end = f"/api/v1/harm/parameters/own/{made.json()['id']}/end"
    assert client.post(end, {"reason": "Over"}, content_type="application/json").status_code == 200
    assert post(organisation="").status_code == 403
    assert post(organisation="XEP1").status_code == 404


def test_whoever_may_not_judge_harm_sees_figures_and_no_way_to_change_them(signed_in, area):
    _, _, (surgery, *_) = area
    number = say(surgery)
    client = signed_in(CARE_PROVIDER_MANAGER, surgery)

    page = client.get(f"{PAGE}?organisation={surgery.code}").text

    assert "Counted for six weeks" in page
    assert "Use your own figure" not in page.replace("choose “Use your own figure”", "")
    assert client.get(f"{PAGE}own/?key={KEY}").status_code == 403
    assert client.post(f"{PAGE}own/{number.pk}/end/", {"reason": "No"}).status_code == 403


def test_nobody_sees_the_figures_of_others(signed_in, area):
    _, _, (surgery, other, _) = area
    number = say(other, why="A secret reason")
    client = signed_in(CLINICAL_SAFETY_OFFICER, surgery)

    assert "A secret reason" not in client.get(PAGE).text
    assert client.get(f"{PAGE}?organisation={other.code}").status_code == 404
    assert client.get(f"{PAGE}own/{number.pk}/end/").status_code == 404


def test_numbers_are_found_by_words_and_come_in_pages(signed_in, area):
    board, _, _ = area
    client = signed_in(ADMINISTRATOR, board)

    first = client.get(f"{PAGE}?about=").text
    found = client.get(f"{PAGE}?text=gp+appointments+spare").text

    last = math.ceil(len(standard().parameters) / 15)
    assert f"Page 1 of {last}" in first
    assert f"Page 2 of {last}" in client.get(f"{PAGE}?page=2").text
    assert f"Page {last} of {last}" in client.get(f"{PAGE}?page=99").text
    assert "1 number with “gp appointments spare”" in found
    assert "No number fits" in client.get(f"{PAGE}?text=zzzz").text
    assert client.get(f"{PAGE}?page=x&basis=none&text=%00").status_code == 200


def test_a_figure_that_a_later_table_no_longer_has_stops_nothing(area):
    _, _, (surgery, *_) = area
    number = say(surgery)
    OwnNumber.objects.filter(pk=number.pk).update(key="service/gp_appointments/gone")
    say(surgery)

    assert own.table_for(surgery).parameters[KEY].value == 0.01


def test_whoever_sees_the_whole_node_sees_every_organisations_figures(signed_in, area):
    _, _, (surgery, *_) = area
    say(surgery)

    assert "Counted for six weeks" in signed_in(NATIONAL_ANALYST, None).get(PAGE).text
