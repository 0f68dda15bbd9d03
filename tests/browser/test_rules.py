import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from console.detect.factories import AlertFactory
from console.detect.journals import a_match
from console.estate.factories import DeviceFactory
from console.factories import OrganisationFactory, PostFactory
from console.rules.releases import a_rule, identifier
from watchward.access.roles import NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.console.config import current, use
from watchward.console.rules.adapters import count_matches
from watchward.console.rules.models import RuleCost, RuleDay, RuleLife
from watchward.detect.alerts.triage import AlertState, CloseReason
from watchward.detect.match import Purpose

NOW = datetime.now(tz=UTC)


@pytest.fixture
def site(tmp_path, settings):
    before = current()
    (tmp_path / "rules").mkdir()
    (tmp_path / "cache").mkdir()
    use(before.model_copy(update={"rules": tmp_path / "rules", "cache": tmp_path / "cache", "home": tmp_path}))
    settings.WATCHWARD = current()
    yield tmp_path
    use(before)


def a_zip(path, rules):
    with zipfile.ZipFile(path, "w") as archive:
        for number, (value, title) in rules.items():
            archive.writestr(f"rules/{number}.yml", a_rule(number, value, title))
        archive.writestr("rules/LICENSE", "Detection Rule License (DRL) 1.1")
    return path


FIRST = {
    1: ("vssadmin", "Shadow copies deleted by a command line"),
    2: ("rundll32", "Library run from a user's folder"),
    3: ("procdump", "Memory of the log-on service written to disk"),
}
SECOND = FIRST | {
    2: ("regsvr32", "Library run from a user's folder"),
    4: ("certutil", "Download by the certificate tool"),
    5: ("whoami", "Account asks who it is"),
}


def bring(page, path):
    page.goto("/rules/bring/")
    page.get_by_label("Archive").set_input_files(path)
    page.get_by_role("button", name="Bring in").click()
    page.get_by_role("heading", name="Rules", exact=True).wait_for()


@pytest.mark.usefixtures("address")
def test_a_release_is_tried_before_it_is_in_force(page_for, passes, site):
    trust = OrganisationFactory(code="XT", name="Larkmere Hospitals Trust")
    for number in range(40):
        DeviceFactory(organisation=trust, name=f"LM-WS-{number:03}", last_seen_at=NOW)
    analyst = PostFactory(role=NATIONAL_ANALYST.key, organisation=None, user__name="Ada Ashworth").user
    page = page_for(NATIONAL_ANALYST, user=analyst)
    bring(page, a_zip(site / "sigma-r2026-10-01.zip", FIRST))
    expect(page.locator("main")).to_contain_text("3 rules load.")
    expect(page.get_by_role("button", name="Take it out again")).to_have_count(1)
    bring(page, a_zip(site / "sigma-r2026-11-01.zip", SECOND))
    expect(page.locator("main")).to_contain_text("2 new rules and 1 changed rule run on trial")
    _happened(trust)
    page.goto("/rules/")
    passes(page, "rules")
    expect(page.get_by_role("table", name="Rules on trial")).to_contain_text("Library run from a user's folder")

    page.get_by_role("link", name="Library run from a user's folder").first.click()
    expect(page.locator("main")).to_contain_text("+        CommandLine|contains: regsvr32")
    passes(page, "rule-on-trial")

    page.get_by_label("be off").check()
    page.get_by_label("Because").fill("Our software distribution does this all day")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("main")).to_contain_text("1 rule is off.")
    expect(page.locator("main")).to_contain_text("Our software distribution does this all day")

    page.goto("/rules/")
    page.get_by_role("button", name="Put the quiet one in force").click()
    expect(page.get_by_role("button", name="Put the quiet one in force")).to_have_count(0)
    assert RuleLife.objects.get(pk=identifier(4)).standing == "force"

    page.goto("/rules/")
    page.get_by_role("searchbox").fill("shadow")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("link", name="Shadow copies deleted by a command line").click()
    passes(page, "rule")


def _happened(trust):
    """A month's matches: one rule that is quiet, one that is loud, and one in force with its alerts."""
    RuleLife.objects.filter(standing="trial").update(standing_at=NOW - timedelta(days=15))
    RuleLife.objects.filter(pk=identifier(4)).update(trial_until=NOW - timedelta(days=1))
    loud = [
        a_match(
            number,
            rule_id=identifier(2),
            organisation="XT",
            device=f"LM-WS-{number % 40:03}",
            observed_at=NOW - timedelta(hours=number % 340),
            received_at=NOW - timedelta(hours=number % 340),
            purpose=Purpose.TRIAL,
            fields={"CommandLine": f"regsvr32.exe /s C:\\Deploy\\package-{number}.dll"},
        )
        for number in range(900)
    ]
    quiet = [a_match(1_000, rule_id=identifier(4), organisation="XT", received_at=NOW, purpose=Purpose.TRIAL)]
    count_matches([*loud, *quiet], {"XT": trust})
    rule = RuleLife.objects.get(pk=identifier(1)).rule
    for day in range(14):
        at = NOW - timedelta(days=day)
        RuleDay.objects.create(rule=rule, day=at.date(), trial=False, matches=3 + day * 7 % 5)
        RuleCost.objects.create(rule=None, day=at.date(), nanoseconds=40_000_000_000, events=9_000_000)
        RuleCost.objects.create(rule=rule, day=at.date(), nanoseconds=6_000_000_000, events=800_000, matches=4)
    AlertFactory(rule=rule, organisation=trust)
    for number, reason in enumerate((CloseReason.EXPECTED, CloseReason.EXPECTED, CloseReason.DEALT_WITH)):
        AlertFactory(
            rule=rule, organisation=trust, device=f"WS-{number}", state=AlertState.CLOSED, closed=True,
            closed_reason=reason.value, closed_at=NOW,
        )  # fmt: skip


@pytest.mark.usefixtures("address")
def test_a_trusts_own_lead_reads_about_rules_and_decides_nothing(page_for, passes, site):
    page = page_for(ORGANISATION_CYBER_LEAD)
    assert site.is_dir()
    page.goto("/rules/")
    passes(page, "rules-empty")

    expect(page.get_by_role("link", name="Bring in a set")).to_have_count(0)
