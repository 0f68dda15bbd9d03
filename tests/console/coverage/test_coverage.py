"""What rules can see, as the pages and the API tell it."""

import json
from datetime import timedelta

import pytest

from console.coverage.surveys import SURVEYED_AT, a_survey, write_rules
from console.factories import OrganisationFactory
from console.lakes import keep
from watchward.access.roles import BOARD_MEMBER, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.base.clock import HeldClock
from watchward.console.config import current, use
from watchward.console.coverage import adapters
from watchward.console.coverage.models import Arriving, Seeing, Survey, Tallied
from watchward.console.estate.models import Organisation
from watchward.detect.coverage.arrivals import Kind
from watchward.detect.lives import lives
from watchward.detect.lives.lives import Standing
from watchward.estate.organisation import OrganisationKind


@pytest.fixture(autouse=True)
def _own_lake(tmp_path):
    before = current()
    use(before.model_copy(update={"lake": tmp_path / "lake", "home": tmp_path}))
    yield
    use(before)


@pytest.fixture
def area():
    icb = OrganisationFactory(code="XE", name="Larkmere Care Board", kind=OrganisationKind.ICB)
    trusts = [OrganisationFactory(code=code, name=f"{code} Trust", parent=icb) for code in ("XT1", "XT2", "XT3")]
    keep(current().lake, "a", organisation="XT1", Image="a.exe", CommandLine="a")
    keep(current().lake, "b", organisation="XT2", Image="a.exe")
    return icb, trusts


def as_json(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_rule_whose_log_source_nobody_sends_is_not_coverage(signed_in, area):
    icb, _ = area
    a_survey()
    client = signed_in(REGIONAL_LEAD, icb)
    rules = {one["title"]: one for one in as_json(client, "/api/v1/coverage/techniques/T1059.001")}

    assert (rules["Odd Image"]["whole_at"], rules["Odd Image"]["sight"]) == (2, "seen")
    assert (rules["Odd CommandLine"]["whole_at"], rules["Odd CommandLine"]["fieldless_at"]) == (1, 1)
    assert rules["Odd CommandLine"]["lacking"] == ["CommandLine"]
    assert rules["Odd ScriptBlockText"]["sight"] == "not seen"
    assert "do not send PowerShell script blocks" in rules["Odd ScriptBlockText"]["why"]


def test_what_to_send_says_how_many_rules_it_would_let_see_and_where(signed_in, area):
    icb, _ = area
    a_survey()
    found = as_json(signed_in(REGIONAL_LEAD, icb), "/api/v1/coverage")
    gains = [(one["category"], one["fields"], one["rules"], one["organisations"]) for one in found["gains"]]

    assert gains == [("ps_script", [], 1, 2), ("process_creation", ["CommandLine"], 1, 1)]
    assert (found["organisations"], found["rules"]) == (2, 3)


def test_an_organisation_stands_for_all_below_it_and_nobody_sees_beyond_their_reach(signed_in, area):
    _, (one, other, silent) = area
    a_survey()
    client = signed_in(ORGANISATION_CYBER_LEAD, other)

    assert as_json(client, "/api/v1/coverage")["organisations"] == 1
    assert as_json(client, "/api/v1/coverage?organisation=XT2")["organisations"] == 1
    assert client.get(f"/api/v1/coverage?organisation={one.code}").status_code == 404
    assert client.get(f"/coverage/?organisation={silent.code}").status_code == 404
    assert "XT1" not in client.get("/coverage/table.csv").text


def test_the_page_says_what_is_seen_and_what_to_send(signed_in, area):
    icb, _ = area
    a_survey()
    page = signed_in(NATIONAL_ANALYST, icb).get("/coverage/").text

    assert "Of 3 rules in force, 2 can see" in page
    assert "Sending PowerShell script blocks at 2 organisations lets 1 more rule see." in page
    assert "T1059 Command and Scripting Interpreter" in page


def test_the_page_of_a_technique_leads_to_its_kinds_and_says_why_rules_do_not_see(signed_in, area):
    icb, _ = area
    a_survey()
    client = signed_in(NATIONAL_ANALYST, icb)
    page = client.get("/coverage/techniques/T1059/").text

    assert "T1059.001" in page
    assert "sends Windows process starts without CommandLine" in page
    assert client.get("/coverage/techniques/T1490/").status_code == 404


def test_the_table_has_a_line_for_each_organisation_that_sends(signed_in, area):
    icb, _ = area
    a_survey()
    lines = signed_in(NATIONAL_ANALYST, icb).get("/coverage/table.csv").text.splitlines()

    assert lines[0].startswith("organisation,name,T1059 ")
    assert [line.split(",")[0] for line in lines[1:]] == ["XT1", "XT2"]
    assert lines[1].endswith("seen,seen")


def test_no_name_in_the_table_is_a_formula_to_a_spreadsheet(signed_in, area):
    icb, trusts = area
    Organisation.objects.filter(pk=trusts[0].pk).update(name='=HYPERLINK("https://evil.example")')
    a_survey()
    table = signed_in(NATIONAL_ANALYST, icb).get("/coverage/table.csv").text

    assert "XT1,\"'=HYPERLINK(" in table


def test_the_layer_names_techniques_with_their_scores(signed_in, area):
    icb, _ = area
    a_survey()
    layer = json.loads(signed_in(NATIONAL_ANALYST, icb).get("/coverage/layer.json").content)

    assert layer["domain"] == "enterprise-attack"
    assert {(one["techniqueID"], one["score"]) for one in layer["techniques"]} == {("T1059", 100), ("T1059.001", 100)}


def test_before_a_survey_the_page_says_what_will_be_there(signed_in):
    page = signed_in(NATIONAL_ANALYST, OrganisationFactory()).get("/coverage/").text

    assert "Not worked out yet" in page


def test_a_board_member_may_not_see_it(signed_in):
    assert signed_in(BOARD_MEMBER, OrganisationFactory()).get("/coverage/").status_code == 403


def test_what_no_longer_comes_is_not_coverage_after_a_week(signed_in, area):
    icb, _ = area
    a_survey()
    clock = HeldClock(at=SURVEYED_AT + timedelta(days=8))
    keep(current().lake, "c", organisation="XT1", at=clock.now(), Image="a.exe")
    a_survey(clock=clock)
    found = as_json(signed_in(REGIONAL_LEAD, icb), "/api/v1/coverage")

    assert found["organisations"] == 1
    assert [one["fields"] for one in found["gains"]] == [[], ["CommandLine"]]
    assert Arriving.objects.count() == 1


@pytest.mark.usefixtures("area")
def test_a_survey_is_done_again_only_when_rules_or_arrivals_changed(tmp_path, clock):
    folders = [write_rules(tmp_path / "rules")]
    adapters.note_arrivals(current().lake, clock=clock)

    assert adapters.survey(folders, cache=None, clock=clock)
    (folders[0] / ".lock").touch()
    assert not adapters.survey(folders, cache=None, clock=clock)
    (folders[0] / "Image.yml").unlink()
    assert adapters.survey(folders, cache=None, clock=clock)
    keep(current().lake, "d", organisation="XT3", Image="a.exe")
    assert adapters.note_arrivals(current().lake, clock=clock) == 1
    assert adapters.survey(folders, cache=None, clock=clock)
    assert Seeing.objects.exclude(own=None).count() == 3


@pytest.mark.usefixtures("area")
def test_rules_on_trial_or_off_are_not_coverage(signed_in, tmp_path, clock):
    folder = write_rules(tmp_path / "rules")
    standings = {f"3f1c1d6e-0000-4000-8000-{n:012}": how for n, how in ((1, Standing.TRIAL), (2, Standing.OFF))}
    (folder / lives.FILE).write_text(lives.text_of(standings))
    adapters.note_arrivals(current().lake, clock=clock)
    adapters.survey([folder], cache=None, clock=clock)
    found = as_json(signed_in(NATIONAL_ANALYST, None), "/api/v1/coverage")

    assert (found["rules"], found["rules_on_trial"], found["rules_off"]) == (1, 1, 1)
    assert "1 rule on trial and 1 rule switched off" in signed_in(NATIONAL_ANALYST, None).get("/coverage/").text


@pytest.mark.usefixtures("area")
def test_organisations_that_send_alike_share_what_they_see_and_nothing_unused_stays(tmp_path, clock):
    keep(current().lake, "c", organisation="XT3", Image="a.exe")
    folders = [write_rules(tmp_path / "rules")]
    adapters.note_arrivals(current().lake, clock=clock)
    adapters.survey(folders, cache=None, clock=clock)

    assert Seeing.objects.get(organisation__code="XT2").own_id == Seeing.objects.get(organisation__code="XT3").own_id
    assert Tallied.objects.count() == 3  # one for each way of sending, and that of the area


@pytest.mark.usefixtures("area")
def test_each_segment_is_noted_once_and_a_source_can_invent_only_so_many_kinds(clock):
    assert adapters.note_arrivals(current().lake, clock=clock) == 2
    assert adapters.note_arrivals(current().lake, clock=clock) == 0
    assert Survey.objects.get(pk=1).places == {"g1": 2}
    ledger = adapters.Ledger()
    ledger.note((Kind(product=None, category=None, service=None, number=str(n)) for n in range(3000)), clock.now())

    assert len(list(ledger.kinds(clock.now()))) == 2000
