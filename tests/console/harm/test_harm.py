"""What hurts most and what if, as the pages and the API tell it, and to whom."""

import re

import pytest

from console.care.arranged import NODE, a_system, refine
from console.harm.areas import SUPPLIER, a_report, an_area
from watchward.access.roles import NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.base.clock import SystemClock
from watchward.console.care import actions as care
from watchward.console.harm import adapters
from watchward.console.harm.models import WorkedOut
from watchward.harm.history.incidents import INCIDENTS


def as_json(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


@pytest.fixture
def area():
    return an_area()


@pytest.fixture
def ranked(area, monkeypatch):
    monkeypatch.setattr(adapters, "HOURS", (24,))
    adapters.work_out_rankings(clock=SystemClock())
    return area


@pytest.mark.usefixtures("ranked")
def test_the_ranking_of_the_node_says_what_hurts_most_and_how_sure_it_is(signed_in):
    client = signed_in(NATIONAL_ANALYST, None)

    found = as_json(client, "/api/v1/harm/ranking")["found"]
    page = client.get("/harm/").text

    assert found["ranking"][0]["id"] == "XET"
    assert found["single_points"][0]["id"] == SUPPLIER
    assert found["single_points"][0]["organisations"] == 3
    assert "Losing XE Hospital Trust for 1 day would hurt patients most" in page
    assert "4 of 4 organisations that give care (100%) have not confirmed what they depend on." in page
    assert "Larkmere Practice Records" in page


@pytest.mark.usefixtures("area")
def test_before_the_worker_has_ranked_the_page_teaches(signed_in):
    page = signed_in(NATIONAL_ANALYST, None).get("/harm/")

    assert (page.status_code, "Not worked out yet" in page.text) == (200, True)


def test_a_ranking_is_made_again_only_when_the_map_changes(ranked):
    _, trust, _ = ranked
    at = WorkedOut.objects.get(place="", hours=24).at

    assert adapters.work_out_rankings(clock=SystemClock()) == 0
    refine(trust, a_system(trust))
    assert adapters.work_out_rankings(clock=SystemClock()) == WorkedOut.objects.count()
    assert WorkedOut.objects.get(place="", hours=24).at > at


def test_a_page_says_that_the_map_has_changed_since(signed_in, ranked):
    _, trust, _ = ranked
    refine(trust, a_system(trust))

    assert "the map has changed since" in signed_in(NATIONAL_ANALYST, None).get("/harm/").text


def test_an_organisation_sees_its_own_ranking_and_nobody_elses(signed_in, ranked):
    board, trust, (surgery, other, _) = ranked
    client = signed_in(ORGANISATION_CYBER_LEAD, surgery)

    found = as_json(client, f"/api/v1/harm/ranking?organisation={surgery.code}")["found"]

    assert {one["thing"]["organisation"] for one in found["ranking"]} <= {surgery.code, ""}
    assert SUPPLIER in {one["id"] for one in found["ranking"]}
    assert all(one["organisations"] == 1 for one in found["ranking"])
    for code in (other.code, trust.code, board.code):
        assert client.get(f"/harm/?organisation={code}").status_code == 404
    assert client.get("/api/v1/harm/ranking").status_code == 404
    assert other.name not in client.get("/harm/").text


def test_a_what_if_shows_what_becomes_of_care_and_whom_it_hits(signed_in, area):
    board, _, _ = area
    client = signed_in(REGIONAL_LEAD, board)

    page = client.get(f"/harm/what-if/?down={SUPPLIER}&hours=48").text

    assert "Losing Larkmere Practice Records for 2 days would displace" in page
    assert "at 3 organisations that you may see" in page
    assert "GP appointments" in page
    assert "Death or lasting injury" in page
    assert "by hand saves" in page
    assert "Mended or replaced after" in page


def test_what_comes_back_in_steps_does_less_harm_and_is_said(signed_in, area):
    board, _, _ = area
    client = signed_in(REGIONAL_LEAD, board)
    asked = f"/harm/what-if/?down={SUPPLIER}&hours=96"

    page = client.get(f"{asked}&back=1d+50%25,+3d+100%25").text

    assert "Losing Larkmere Practice Records (50% back after 1 day, all back after 3 days) for 4 days would" in page
    assert f"down={SUPPLIER}%4024%3A50%2C72%3A100".replace("/", "%2F") in page
    whole, staged = (
        as_json(client, f"/api/v1/harm/what-if?hours=96&down={SUPPLIER}{back}")["total"]["harm"]["value"]
        for back in ("", "@24:50,72:100")
    )
    assert staged < whole


def test_a_recovery_that_makes_no_sense_keeps_all_that_was_typed(signed_in, area):
    board, _, _ = area
    client = signed_in(REGIONAL_LEAD, board)

    page = client.get(f"/harm/what-if/?down={SUPPLIER}&back=soon&hours=96&begins=Tue+10:00")

    assert page.status_code == 400
    assert "says not how a thing comes back" in page.text
    assert "Larkmere Practice Records" in page.text
    for typed in ("soon", "96", "Tue 10:00"):
        assert f'value="{typed}"' in page.text
    assert client.get(f"/api/v1/harm/what-if?hours=4&down={SUPPLIER}@4:300").status_code in {400, 422}


def test_somebody_sees_of_a_shared_supplier_only_their_own_patients(signed_in, area):
    _, _, (surgery, other, _) = area
    client = signed_in(ORGANISATION_CYBER_LEAD, surgery)

    mine = as_json(client, f"/api/v1/harm/what-if?down={SUPPLIER}&hours=24")
    whole = as_json(signed_in(NATIONAL_ANALYST, None), f"/api/v1/harm/what-if?down={SUPPLIER}&hours=24")

    assert [one["organisation"] for one in mine["services"]] == [surgery.code]
    assert mine["total"]["harm"]["value"] < whole["total"]["harm"]["value"] / 2
    assert mine["map"]["organisations"] == 1
    assert len(whole["services"]) == 3
    assert other.code in {one["organisation"] for one in whole["services"]}


def test_what_one_may_not_see_is_not_on_the_map_for_them(signed_in, area):
    _, trust, (surgery, _, _) = area
    client = signed_in(ORGANISATION_CYBER_LEAD, surgery)

    refused = client.get(f"/harm/what-if/?down={trust.code}")
    found = client.get("/harm/what-if/?text=hospital").text

    assert refused.status_code == 400
    assert "is not on the map that you may see" in refused.text
    assert trust.name not in found
    assert client.get(f"/api/v1/harm/what-if?hours=4&down={trust.code}").status_code == 404


def test_things_are_found_by_parts_of_their_names_and_of_their_organisations(signed_in, area):
    board, _, (surgery, *_) = area
    client = signed_in(REGIONAL_LEAD, board)

    page = client.get("/harm/what-if/?text=patient record surgery 0").text

    assert f"down={surgery.code}%2Fpatient_record" in page
    assert "is called “zzz”" in client.get("/harm/what-if/?text=zzz").text


@pytest.mark.parametrize(
    "wrong", ["hours=0", "hours=-1", "hours=1e9", "hours=9999", "hours=two", "begins=Never", "down=%00nothing"]
)
def test_nonsense_is_refused_in_words(signed_in, area, wrong):
    board, _, _ = area
    page = signed_in(REGIONAL_LEAD, board).get(f"/harm/what-if/?{wrong}&down=none")

    assert page.status_code == 400
    assert "There is a problem" in page.text or "error-summary" in page.text


def test_two_what_ifs_stand_side_by_side(signed_in, area):
    board, trust, _ = area
    client = signed_in(REGIONAL_LEAD, board)

    page = client.get(f"/harm/what-if/compare/?down={SUPPLIER}&hours=24&down_={trust.code}&hours_=48").text

    assert "Larkmere Practice Records" in page
    assert trust.name in page
    assert "2 days" in page


def test_a_what_if_may_count_the_patients_of_one_organisation_alone(signed_in, area):
    board, trust, (surgery, *_) = area
    client = signed_in(REGIONAL_LEAD, board)
    asked = f"down={SUPPLIER}&hours=24&exposes=1"

    one = as_json(client, f"/api/v1/harm/what-if?{asked}&organisation={surgery.code}")
    page = client.get(f"/harm/what-if/?{asked}&organisation={surgery.code}").text

    assert {service["organisation"] for service in one["services"]} == {surgery.code}
    assert f"at 1 organisation of {surgery.name}" in page
    own = signed_in(ORGANISATION_CYBER_LEAD, surgery)
    assert own.get(f"/harm/what-if/?{asked}&organisation={trust.code}").status_code == 404
    assert own.get(f"/api/v1/harm/what-if?{asked}&organisation={trust.code}").status_code == 404


def test_a_ranking_leads_to_the_what_if_of_the_same_figure(signed_in, ranked):
    board, _, (surgery, *_) = ranked
    client = signed_in(REGIONAL_LEAD, board)

    first = as_json(client, f"/api/v1/harm/ranking?organisation={surgery.code}")["found"]["ranking"][0]
    page = client.get(f"/harm/?organisation={surgery.code}").text
    href = re.search(r"/harm/what-if/(\?[^\"]+)", page)[1].replace("&amp;", "&")

    answer = as_json(client, f"/harm/what-if/table/{href}&as=json")
    assert answer["total"]["harm"] == pytest.approx(first["harm"], rel=1e-4)


def test_how_much_rests_on_maps_that_nobody_has_confirmed_is_said(signed_in, ranked):
    board, trust, _ = ranked
    client = signed_in(REGIONAL_LEAD, board)
    said = "of this harm lies at organisations whose map nobody has confirmed"

    ranking = client.get(f"/harm/?organisation={board.code}").text
    assert re.search(r"For (\d+) of these \1 losses, most of the harm lies at organisations whose map", ranking)
    assert f"All {said}" in client.get(f"/harm/what-if/?down={SUPPLIER}&hours=24").text
    assert as_json(client, f"/api/v1/harm/what-if?down={SUPPLIER}&hours=24")["unmapped"]["value"] == 1
    care.confirm(by=NODE, organisation=trust, reason="Looked at", clock=SystemClock())
    page = client.get(f"/harm/what-if/?down={trust.code}&hours=24").text
    assert "All of this harm lies at organisations that have confirmed what they depend on" in page


def test_the_numbers_that_move_an_answer_lead_to_their_rows(signed_in, area):
    board, _, _ = area
    client = signed_in(REGIONAL_LEAD, board)
    asked = f"?down={SUPPLIER}&hours=24"

    page = client.get(f"/harm/sensitivity/{asked}").text
    text, key = re.search(r"/harm/parameters/\?text=([a-z_/]+)#([a-z_/]+)", page).groups()

    assert "moves this answer most: between" in page
    assert f'id="{key}"' in client.get(f"/harm/parameters/?text={text}").text
    swings = as_json(client, f"/api/v1/harm/sensitivity{asked}")["swings"]
    assert swings == as_json(client, f"/harm/sensitivity/table/{asked}&as=json")["swings"]
    assert client.get(f"/harm/sensitivity/table/{asked}").text.startswith("key,basis,estimate,low,high")
    assert "Argue about the right number first" in client.get("/harm/sensitivity/").text
    assert client.get("/harm/sensitivity/?down=none").status_code == 400


def test_what_was_found_can_be_taken_away(signed_in, ranked):
    board, _, _ = ranked
    client = signed_in(REGIONAL_LEAD, board)

    table = client.get(f"/harm/what-if/table/?down={SUPPLIER}&hours=24").text.splitlines()
    ranking = client.get(f"/harm/ranking/?organisation={board.code}").text.splitlines()

    assert table[0].startswith("service,unit,displaced")
    assert table[1].startswith("gp_appointments,appointment,")
    assert ranking[0].startswith("place,id,sort,harm")
    assert as_json(client, f"/harm/what-if/table/?down={SUPPLIER}&hours=24&as=json")["hours"] == 24


def test_the_parameters_say_what_share_is_assumption_and_can_be_narrowed(signed_in, area):
    board, _, _ = area
    client = signed_in(REGIONAL_LEAD, board)

    assert "of the numbers behind harm are assumptions" in client.get("/harm/parameters/").text
    assert len(as_json(client, "/api/v1/harm/parameters")) > 500
    derived = client.get("/harm/parameters/?about=&basis=derived").text
    assert "<strong>Assumption.</strong>" not in derived


def test_the_model_set_against_history_is_shown_as_it_stands(signed_in, area, monkeypatch):
    board, _, _ = area
    client = signed_in(REGIONAL_LEAD, board)
    assert "Not worked out yet" in client.get("/harm/validation/").text

    monkeypatch.setattr(adapters, "validate", a_report)
    assert adapters.validate_model(clock=SystemClock())
    assert not adapters.validate_model(clock=SystemClock())

    page = client.get("/harm/validation/").text
    assert "0% of 1 published figures lie inside our 90% intervals" in page
    assert "We said too little" in page
    assert "Of 1 figures: 1 where we said too little." in page
    assert "What could not be tested" in page
    assert as_json(client, "/api/v1/harm/validation")["incidents"][0]["title"] == INCIDENTS[0].title
