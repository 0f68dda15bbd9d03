import pytest
from playwright.sync_api import expect

from console.detect.factories import MOMENT, AlertEventFactory, AlertFactory, RuleFactory
from console.factories import OrganisationFactory
from watchward.access.roles import BOARD_MEMBER, CARE_PROVIDER_MANAGER, ORGANISATION_CYBER_LEAD
from watchward.console.detect.models import Alert, Projection
from watchward.detect.sigma.rule import Level

TITLES = {
    Level.CRITICAL: "Copies for recovery deleted",
    Level.HIGH: "Office program starts a script",
    Level.MEDIUM: "Many sign-ins with wrong passwords",
}


@pytest.fixture
def trust(transactional_db):  # noqa: ARG001 - committed, so that the server sees it
    return OrganisationFactory(name="Fernmoor Hospitals Trust", code="FM1")


@pytest.fixture(autouse=True)
def alerts(trust, request):
    Projection.objects.create(pk=1, revision=1)
    made = []
    if "nothing" in request.node.name:
        return made
    for level, title in TITLES.items():
        rule = RuleFactory(title=title, level=level.rank)
        alert = AlertFactory(organisation=trust, rule=rule, device=f"FM1-WS-{level.rank}", count=level.rank)
        AlertEventFactory(alert=alert)
        made.append(alert)
    return made


def test_the_list_of_alerts_is_usable_on_a_desk_and_on_a_phone(page_for, passes, trust, alerts):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/alerts/")

    assert page.locator(".ww-alerts__title").all_inner_texts() == [alert.rule.title for alert in alerts]
    passes(page, "alerts")


def test_a_list_with_nothing_in_it_and_one_in_plain_words_are_usable(page_for, passes, trust):
    page = page_for(CARE_PROVIDER_MANAGER, trust)
    page.goto("/alerts/")
    passes(page, "alerts-none")

    AlertFactory(organisation=trust)
    page.reload()
    passes(page, "alerts-plain")


def test_one_alert_and_its_closing_are_usable(page_for, passes, trust, alerts):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto(f"/alerts/{alerts[0].pk}/")
    page.get_by_text("The event store keeps nothing else").wait_for()
    passes(page, "alert")

    page.get_by_role("button", name="Close…").click()
    passes(page, "alert-close")


def test_an_alert_is_found_understood_and_closed_with_the_keyboard_alone(page_for, trust, alerts):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/alerts/")

    reach(page, "a.ww-alerts__title")
    page.keyboard.press("Enter")
    page.wait_for_url("**/alerts/*/")
    reach(page, '.ww-next a[href$="/close/"]')
    page.keyboard.press("Enter")
    page.wait_for_url("**/close/")
    reach(page, "#reason")
    page.keyboard.press("Space")
    reach(page, "form button.nhsuk-button")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/alerts/{alerts[0].pk}/")

    assert Alert.objects.get(pk=alerts[0].pk).closed_reason == "dealt_with"
    assert "You closed 1 alert" in page.inner_text("main")


def reach(page, selector):
    """Press Tab until what is meant has the focus."""
    for _ in range(80):
        if page.evaluate("selector => document.activeElement?.matches(`main ${selector}`)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with the Tab key")


def test_new_alerts_are_announced_and_shown_when_the_reader_asks(page_for, trust):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/alerts/")
    before = page.locator(".ww-alerts__title").all_inner_texts()

    late = RuleFactory(title="Something new", level=Level.CRITICAL.rank)
    AlertFactory(organisation=trust, rule=late, revision=2, last_at=MOMENT.replace(hour=9))
    Projection.objects.update(revision=2)
    page.get_by_text("1 new alert").wait_for()

    assert page.locator(".ww-news__text").get_attribute("aria-live") == "polite"
    assert page.locator(".ww-alerts__title").all_inner_texts() == before
    page.get_by_role("link", name="Show", exact=True).click()
    page.get_by_role("link", name="Something new").wait_for()


def test_the_pages_work_without_scripts(chromium, address, page_for, trust, alerts):
    cookies = page_for(ORGANISATION_CYBER_LEAD, trust).context.cookies()
    context = chromium.new_context(base_url=address, java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()

    page.goto("/alerts/?level=critical")
    page.locator(".ww-alerts__title").first.click()
    page.get_by_role("button", name="I am looking at this").click()
    page.get_by_role("link", name="Show what it did").click()

    assert "nothing else" in page.inner_text("main")
    assert Alert.objects.get(pk=alerts[0].pk).state == "acknowledged"
    context.close()


def test_the_hunt_page_is_usable(page_for, passes, trust):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/hunt/")
    passes(page, "hunt")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_text("Say why you are looking.").wait_for()
    passes(page, "hunt-error")


def test_the_overview_and_the_report_are_usable(page_for, passes, trust):
    page = page_for(BOARD_MEMBER, trust)
    page.goto("/")
    passes(page, "overview")

    page = page_for(CARE_PROVIDER_MANAGER, trust)
    page.goto("/report/")
    passes(page, "report")


def test_tokens_are_made_on_a_usable_page(page_for, passes, trust):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/account/tokens/")
    page.get_by_label("What will use it").fill("Export")
    page.get_by_role("button", name="Make the token").click()
    page.get_by_text("Copy it now").wait_for()
    passes(page, "tokens")


def test_all_alerts_of_a_page_are_ticked_by_one_click_and_unticked_by_another(page_for):
    trust = OrganisationFactory()
    for _ in range(3):
        AlertFactory(organisation=trust)
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/alerts/")

    page.get_by_role("button", name="Tick all on this page").click()
    expect(page.locator("input[name=alert]:checked")).to_have_count(3)
    page.get_by_role("button", name="Untick all").click()
    expect(page.locator("input[name=alert]:checked")).to_have_count(0)
