"""What-ifs that people keep: who sees them, what stays of the answer, and what is said when the map has changed."""

import json
from pathlib import Path

import pytest

from console.care.arranged import a_system, refine
from console.factories import PostFactory
from console.harm.areas import SUPPLIER, an_area, own_number_and_passed_question
from console.scenarios.factories import SavedScenarioFactory
from shapes import shape
from watchward.access.roles import AUDITOR, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import Service
from watchward.console.access.models import AuditEntry
from watchward.console.care.models import CareSupplier
from watchward.console.scenarios import actions
from watchward.console.scenarios.models import SavedScenario

GOLDEN = Path(__file__).parents[2] / "golden" / "harm"
ASKED = f"down={SUPPLIER}&hours=48&exposes=1"


@pytest.fixture
def area():
    return an_area()


@pytest.fixture
def lead(signed_in, area):
    """A regional lead of the board, signed in."""
    return signed_in(REGIONAL_LEAD, area[0])


def save(client, query=ASKED, name="Records supplier down", **given):
    answer = client.post(f"/harm/scenarios/save/?{query}", {"name": name, **given})
    assert answer.status_code == 302, answer.content.decode()
    return SavedScenario.objects.latest("pk")


def as_json(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_what_if_is_saved_with_its_answer_and_opened_again(lead, area):
    board, _, _ = area
    assert "Save it" in lead.get(f"/harm/what-if/?{ASKED}").text

    saved = save(lead, organisation=board.code, note="For the board in March")
    page = lead.get(f"/harm/scenarios/{saved.pk}/").text

    assert "Records supplier down" in page
    assert "For the board in March" in page
    assert "Neither the map of care nor the numbers behind harm have changed since" in page
    assert "GP appointments" in page
    assert "Records supplier down" in lead.get("/harm/scenarios/").text
    told = as_json(lead, f"/api/v1/harm/scenarios/{saved.pk}")
    assert told["now"]["total"] == told["found"]["total"]
    assert AuditEntry.objects.filter(event="scenario.saved").count() == 1


def test_what_it_came_to_stays_when_the_map_changes_and_both_are_said(lead, area):
    board, trust, _ = area
    saved = save(lead, f"down={trust.code}&hours=24", organisation=board.code)
    kept = saved.found

    refine(trust, a_system(trust))
    page = lead.get(f"/harm/scenarios/{saved.pk}/").text

    assert "The map of care has changed since it was saved" in page
    paper = lead.get(f"/harm/paper/?saved={saved.pk}&down_={SUPPLIER}&hours_=4").text
    assert "“Records supplier down”: the map of care has changed since it was saved" in paper
    told = as_json(lead, f"/api/v1/harm/scenarios/{saved.pk}")
    assert told["found"] == kept
    assert (told["other_map"], told["other_numbers"]) == (True, False)


@pytest.fixture
def told(lead, area):
    """What the API tells of saved what-ifs: the list, one of them, and one of which something has left the map."""
    board, _, (surgery, *_) = area
    saved = save(lead, f"down={surgery.code}&hours=6&exposes=1", organisation=board.code, note="For the board")
    told = {
        "saved-what-ifs": as_json(lead, "/api/v1/harm/scenarios"),
        "saved-what-if": as_json(lead, f"/api/v1/harm/scenarios/{saved.pk}"),
    }
    SavedScenario.objects.update(asked={**saved.asked, "down": ["supplier/gone"]})
    return told | {"saved-what-if-gone": as_json(lead, f"/api/v1/harm/scenarios/{saved.pk}")}


@pytest.mark.parametrize("case", ["saved-what-ifs", "saved-what-if", "saved-what-if-gone"])
def test_the_shape_of_saved_what_ifs_as_json_matches_the_golden_file(told, case):
    assert shape(told[case]) == json.loads((GOLDEN / f"{case}.json").read_text())


def test_the_json_of_a_saved_what_if_says_what_was_asked_and_what_it_came_to(told):
    one, gone = told["saved-what-if"], told["saved-what-if-gone"]

    assert one["asked"] == {"down": ["XEP0"], "hours": 6, "begins": 9, "exposes": True}
    assert (one["organisation"], one["note"], one["gone"]) == ("XE", "For the board", "")
    assert one["found"]["total"] == one["now"]["total"]
    assert one["harm"] == pytest.approx(one["found"]["total"]["harm"]["value"], rel=1e-3)
    assert (gone["now"], gone["other_map"], gone["other_numbers"]) == (None, True, False)
    assert "supplier/gone" in gone["gone"]


def test_a_record_that_this_version_wrote_opens_for_ever(lead, area):
    board, *_ = area
    kept = json.loads((GOLDEN / "saved-record.json").read_text())
    saved = SavedScenarioFactory(organisation=board, asked=kept["asked"], found=kept["found"], harm=kept["harm"])

    page = lead.get(f"/harm/scenarios/{saved.pk}/").text

    assert "changed since it was saved: then the answer was 0.013 (0.0054 to 0.044) severity-weighted patients" in page
    assert as_json(lead, f"/api/v1/harm/scenarios/{saved.pk}")["found"] == kept["found"]


def test_another_figure_is_told_apart_from_another_map(lead, area):
    board, trust, (surgery, *_) = area
    saved = save(lead, f"down={surgery.code}&hours=24", organisation=surgery.code)
    of_board = save(lead, organisation=board.code)

    own_number_and_passed_question(surgery)

    def told(one):
        found = as_json(lead, f"/api/v1/harm/scenarios/{one.pk}")
        return found["other_map"], found["other_numbers"]

    assert (told(saved), told(of_board)) == ((False, True), (False, False))
    page = lead.get(f"/harm/scenarios/{saved.pk}/").text
    assert "The numbers behind harm have changed since it was saved: then the answer was" in page
    refine(trust, a_system(trust))
    assert (told(saved), told(of_board)) == ((True, True), (True, False))
    assert "The map of care and the numbers behind harm have changed" in lead.get(f"/harm/scenarios/{saved.pk}/").text


def test_two_that_rest_on_different_numbers_say_so(lead, area):
    _, _, (surgery, other, _) = area
    both = f"{ASKED}&organisation={surgery.code}&" + ASKED.replace("=", "_=") + f"&organisation_={other.code}"
    compared, paper = f"/harm/what-if/compare/?{both}", f"/harm/paper/?{both}"
    assert "different numbers" not in lead.get(compared).text

    own_number_and_passed_question(surgery)

    assert "They rest on different numbers" in lead.get(compared).text
    assert "They rest on different numbers" in lead.get(paper).text


def test_what_somebody_deleted_meanwhile_is_neither_changed_nor_deleted_again(lead, area):
    saved = save(lead, organisation=area[0].code)
    node = {"by": Service(name="test"), "clock": SystemClock()}
    actions.delete_scenario(scenario=saved, **node)

    with pytest.raises(BadInputError, match="deleted"):
        actions.delete_scenario(scenario=saved, **node)
    with pytest.raises(BadInputError, match="deleted"):
        actions.change_scenario(scenario=saved, name="Other", note="", **node)
    assert AuditEntry.objects.filter(event="scenario.deleted").count() == 1


def test_what_has_left_the_map_is_said_and_the_answer_of_then_stays(lead, area):
    board, _, _ = area
    saved = save(lead, organisation=board.code)
    SavedScenario.objects.update(asked={**saved.asked, "down": ["supplier/gone"]})

    page = lead.get(f"/harm/scenarios/{saved.pk}/").text

    assert "It can no longer be worked out" in page
    assert "supplier/gone: is not on the map" in page
    assert as_json(lead, f"/api/v1/harm/scenarios/{saved.pk}")["now"] is None
    refused = lead.get(f"/harm/what-if/compare/?saved={saved.pk}&down_={SUPPLIER}")
    assert (refused.status_code, "cannot be worked out any more" in refused.text) == (400, True)


def names(client):
    return [one["name"] for one in as_json(client, "/api/v1/harm/scenarios")["items"]]


def test_whoever_sees_the_care_that_it_counts_sees_it_and_nobody_else(signed_in, lead, area):
    board, _, (surgery, other, _) = area
    whole = save(lead, organisation=board.code, name="Whole board")
    one = save(lead, f"{ASKED}&organisation={surgery.code}", organisation=surgery.code, name="One surgery")
    assert names(lead) == ["Whole board", "One surgery"]

    own = signed_in(ORGANISATION_CYBER_LEAD, surgery)
    assert names(own) == ["One surgery"]
    assert own.get(f"/harm/scenarios/{whole.pk}/").status_code == 404
    told = as_json(own, f"/api/v1/harm/scenarios/{one.pk}")
    assert {service["organisation"] for service in told["now"]["services"]} == {surgery.code}

    others = signed_in(ORGANISATION_CYBER_LEAD, other)
    assert names(others) == []
    for path in (f"scenarios/{one.pk}/", f"what-if/compare/?{ASKED}&saved_={one.pk}", f"paper/?saved={one.pk}"):
        assert others.get(f"/harm/{path}").status_code == 404
    for path in (f"scenarios/{one.pk}/delete/", f"scenarios/{one.pk}/change/"):
        assert others.post(f"/harm/{path}", {"name": "Mine"}).status_code == 404


def test_what_counts_the_whole_node_is_seen_by_those_who_see_all_of_it(signed_in, area):
    board, _, _ = area
    analyst = signed_in(NATIONAL_ANALYST, None)
    saved = save(analyst, organisation="", name="Everything")

    assert saved.organisation is None
    assert names(analyst) == ["Everything"]
    lead = signed_in(REGIONAL_LEAD, board)
    assert names(lead) == []
    assert lead.get(f"/harm/scenarios/{saved.pk}/").status_code == 404


def test_one_saves_only_where_one_may_and_only_what_that_place_has_or_needs(signed_in, area):
    board, trust, (surgery, *_) = area
    own = signed_in(ORGANISATION_CYBER_LEAD, surgery)
    for code in ("", trust.code, "NONE"):
        refused = own.post(f"/harm/scenarios/save/?{ASKED}", {"name": "Mine", "organisation": code})
        assert "for which you may save" in refused.text

    lead = signed_in(REGIONAL_LEAD, board)
    address = f"/harm/scenarios/save/?down={trust.code}&hours=4"
    foreign = lead.post(address, {"name": "Odd", "organisation": surgery.code})
    assert "is not on the map" in foreign.text
    nameless = lead.post(address, {"name": " ", "organisation": board.code})
    assert "Give it a name" in nameless.text
    assert SavedScenario.objects.count() == 0


def test_an_auditor_reads_saved_what_ifs_and_changes_none(signed_in, lead, area):
    board, _, _ = area
    saved = save(lead, organisation=board.code)
    auditor = signed_in(AUDITOR, board)

    page = auditor.get(f"/harm/scenarios/{saved.pk}/").text
    assert "Delete it" not in page
    assert "Save it" not in auditor.get(f"/harm/what-if/?{ASKED}").text
    assert auditor.post(f"/harm/scenarios/{saved.pk}/delete/").status_code == 403
    assert auditor.get(f"/harm/scenarios/save/?{ASKED}").status_code == 403


def test_one_is_renamed_and_deleted_and_the_log_tells_both(lead, area):
    board, _, _ = area
    saved = save(lead, organisation=board.code)

    assert "cannot be undone" in lead.get(f"/harm/scenarios/{saved.pk}/delete/").text
    lead.post(f"/harm/scenarios/{saved.pk}/change/", {"name": "Better name", "note": "Why"})
    assert "Better name" in lead.get("/harm/scenarios/").text
    lead.post(f"/harm/scenarios/{saved.pk}/delete/")

    assert "Nobody has saved a what-if yet" in lead.get("/harm/scenarios/").text
    changed, deleted = AuditEntry.objects.filter(event__in=["scenario.changed", "scenario.deleted"]).order_by("number")
    assert "Records supplier down" in changed.details
    assert (deleted.subject_name, SUPPLIER.partition("/")[2] in deleted.details) == ("Better name", True)


def test_any_two_are_compared_with_how_sure_it_is_and_whether_weighting_matters(lead, area):
    board, trust, _ = area
    one = save(lead, organisation=board.code, name="Supplier")
    two = save(lead, f"down={trust.code}&hours=48", organisation=board.code, name="Hospital")

    page = lead.get(f"/harm/what-if/compare/?saved={one.pk}&saved_={two.pk}").text
    present = lead.get(f"/harm/what-if/compare/?down={SUPPLIER}&hours=4&saved_={two.pk}").text
    same = lead.get(f"/harm/what-if/compare/?saved={one.pk}&saved_={one.pk}").text

    assert "“Hospital” would hurt patients more than “Supplier”" in page
    assert "That it is worse: more than 98% sure" in page
    assert "No other weighting that we tried would turn this round." in page
    assert "“Hospital” would hurt patients more than “Larkmere Practice Records, 4 hours”" in present
    assert "They count different patients" in present
    assert "Both would hurt patients alike" in same
    assert f"saved={one.pk}&amp;saved_={two.pk}" in lead.get(f"/harm/scenarios/?saved={one.pk}").text


def test_the_list_is_searched_by_name_note_organisation_and_maker(lead, area):
    board, _, (surgery, *_) = area
    save(lead, organisation=board.code, name="Winter plan", note="For the winter")
    save(lead, organisation=surgery.code, name="Spare line")

    for text, there, not_there in (("winter", "Winter plan", "Spare line"), ("spare surgery", "Spare line", "Winter")):
        page = lead.get(f"/harm/scenarios/?text={text}").text.partition("<main")[2]
        assert f">{there}</a>" in page
        assert f">{not_there}" not in page
    assert "No saved what-if that you may see has all of “nothing”" in lead.get("/harm/scenarios/?text=nothing").text


def test_the_api_saves_changes_and_deletes(lead, area):
    board, trust, _ = area
    body = {"name": "By script", "organisation": board.code, "down": [SUPPLIER], "hours": 24}

    made = lead.post("/api/v1/harm/scenarios", body, content_type="application/json").json()
    path = f"/api/v1/harm/scenarios/{made['id']}"
    assert made["organisation"] == board.code
    assert made["harm"] > 0
    assert lead.post(f"{path}/change", {"name": "Other"}, content_type="application/json").status_code == 204
    assert [one["name"] for one in as_json(lead, "/api/v1/harm/scenarios")["items"]] == ["Other"]
    assert lead.post(f"{path}/delete").status_code == 204
    assert lead.get(path).status_code == 404
    for wrong in ({"organisation": "NONE"}, {"down": ["none"]}, {"organisation": trust.code, "down": ["none"]}):
        answer = lead.post("/api/v1/harm/scenarios", body | wrong, content_type="application/json")
        assert answer.status_code == 404
    assert (
        lead.post("/api/v1/harm/scenarios", body | {"organisation": ""}, content_type="application/json").status_code
        == 403
    )


def test_a_paper_tells_all_that_a_board_needs_to_doubt_it(lead, area):
    board, _, _ = area
    saved = save(lead, organisation=board.code, note="May we buy a <second> link?")

    page = lead.get(f"/harm/paper/?saved={saved.pk}").text

    for said in (
        "Losing Larkmere Practice Records for 2 days would displace",
        "May we buy a &lt;second&gt; link?",
        "Sum, severity-weighted patients",
        "By other weightings that people hold",
        "Unknown is not zero",
        "are assumptions",
        f"Patients of {board.name}",
        "Map of care",
        "Numbers",
        "<svg",
    ):
        assert said in page, said
    assert "nhsuk-header" not in page


def test_a_paper_is_taken_away_as_one_file_that_needs_no_other(lead, area):
    board, trust, _ = area
    saved = save(lead, organisation=board.code)
    address = f"/harm/paper/?saved={saved.pk}&down_={trust.code}&hours_=4&organisation_={board.code}"

    file = lead.get(f"{address}&as=html")
    text = lead.get(f"{address}&as=md")

    assert file.headers["Content-Disposition"] == 'attachment; filename="what-if.html"'
    assert "<style>" in file.text
    assert "@page" in file.text
    for outside in ("stylesheet", "<script", 'src="', "url("):
        assert outside not in file.text
    assert text.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert text.text.startswith("# ")
    assert "| Weighting | First | Second | Which is worse |" in text.text
    assert lead.get("/harm/paper/?down=none&hours=4").status_code == 400
    assert "A paper for a board" in lead.get("/harm/paper/").text
    assert lead.get("/harm/paper/?saved=99999999999999999999").status_code == 404


def test_a_recovery_in_steps_is_saved_and_stands_in_the_paper(lead, area):
    saved = save(lead, f"down={SUPPLIER}@24:50&hours=48", organisation=area[0].code)

    page, paper = lead.get(f"/harm/scenarios/{saved.pk}/").text, lead.get(f"/harm/paper/?saved={saved.pk}").text

    assert "Larkmere Practice Records (50% back after 1 day)" in page
    assert "Larkmere Practice Records (50% back after 1 day)" in paper


def test_a_supplier_with_a_strange_name_does_no_harm_to_a_paper(lead, area):
    board, _, _ = area
    CareSupplier.objects.filter(pk=SUPPLIER).update(name="A | B <script>alert(1)</script>")
    PostFactory(role=REGIONAL_LEAD.key, organisation=board)

    address = f"/harm/paper/?{ASKED}"

    assert "<script>" not in lead.get(address).text
    assert "<script>" not in lead.get(f"{address}&as=html").text
    assert "<script>" not in lead.get(f"{address}&as=md").text
