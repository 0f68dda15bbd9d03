"""The pages of blocks: what comes first, what is asked of whom, and in which words."""

from datetime import UTC, datetime, timedelta

import pytest

from console.care.arranged import bring
from console.factories import OrganisationFactory, PostFactory
from console.protect.factories import a_wish, an_analyst
from console.protect.test_checking import a_laboratory, visits
from watchward.access.roles import CARE_PROVIDER_MANAGER
from watchward.base.clock import SystemClock
from watchward.console.access.guard import Service
from watchward.console.protect import actions, own_actions
from watchward.console.protect.checking import check_waiting

NOW = SystemClock()
NODE = Service(name="Test")
YESTERDAY = datetime.now(UTC) - timedelta(days=1)


@pytest.fixture
def trust():
    """A trust on whose map a server carries the laboratory."""
    place = OrganisationFactory(code="ZZ1")
    bring([place], a_laboratory("ZZ1"), whole=True)
    return place


def proposed(place):
    block = actions.propose_block(by=NODE, wanted=a_wish(place), clock=NOW)
    check_waiting(clock=NOW)
    return block


def shown(client, block, query=""):
    return client.get(f"/blocks/{block.pk}/{query}").content.decode()


def test_a_block_that_may_stop_care_says_so_first_and_asks_whoever_decides_to_accept_it(client, trust):
    visits(trust, "LAB1.trust.internal", at=YESTERDAY)
    block = proposed(trust)
    client.force_login(an_analyst(trust))

    page = shown(client, block)
    refused = client.post(f"/blocks/{block.pk}/decide/", {"step": "agree", "why": "Seen."})
    agreed = client.post(f"/blocks/{block.pk}/decide/", {"step": "agree", "why": "Paper will do.", "accepted": "yes"})

    assert "1 device that carries care contacted it, and may stop working without it: Laboratory system." in page
    assert page.index("This may stop care") < page.index('id="decide"') < page.index('id="care"')
    assert (refused.status_code, agreed.status_code) == (400, 302)
    assert "To go on all the same, say that you accept that, and why." in refused.content.decode()
    assert "Before them: 1 device had contacted it, 1 that carries care, as looked for" in shown(client, block)


def test_a_block_names_ten_devices_and_the_others_on_pages_of_their_own(client, trust):
    for number in range(60):
        visits(trust, f"WS-{number:02}", at=YESTERDAY)
    visits(trust, "LAB1.trust.internal", at=YESTERDAY)
    block = proposed(trust)
    client.force_login(an_analyst(trust))

    first, everything, rest = (shown(client, block, one) for one in ("", "?devices=all", "?devices=all&page=2"))

    assert ["LAB1.trust.internal" in one for one in (first, everything, rest)] == [True, True, False]
    assert [one.count(">WS-") for one in (first, everything, rest)] == [9, 49, 11]
    assert "Show all 61 that are named" in first
    assert "Show all" not in everything


def test_an_emergency_says_until_when_it_holds_and_asks_others_alone_to_review_it(client, trust):
    by, block = an_analyst(trust), proposed(trust)
    actions.enforce_in_emergency(by=by, block=block, why="It spreads now.", clock=NOW)

    client.force_login(by)
    own = shown(client, block)
    client.force_login(an_analyst(trust))
    others = shown(client, block)

    assert "if somebody else keeps it" in own
    assert ("Reviewed: keep it" in own, "Reviewed: keep it" in others) == (False, True)
    assert " checked" not in others
    assert "Before them: no device had contacted it, as looked for" in others


def test_a_block_that_nobody_would_try_first_leads_to_where_that_is_said(client):
    region = OrganisationFactory(kind="region")
    OrganisationFactory()
    block = proposed(region)
    client.force_login(an_analyst(region))

    assert 'href="/blocks/policies/#canary"' in shown(client, block)
    own_actions.choose_canary(by=NODE, organisation=OrganisationFactory(parent=region), member=True, clock=NOW)
    assert "#canary" not in shown(client, block)


@pytest.mark.parametrize("page", ["/blocks/new/", "/blocks/exceptions/"])
def test_forms_have_the_code_of_whoever_has_one_organisation(client, page):
    place = OrganisationFactory(code="ZZ7")
    OrganisationFactory(parent=place, kind="trust_site")
    client.force_login(an_analyst(place))

    assert 'value="ZZ7"' in client.get(page).content.decode()
    assert 'value="ZZ7"' not in client.get(f"{page}?organisation=").content.decode()


def test_a_care_home_manager_is_offered_nothing_that_is_not_theirs(client):
    client.force_login(PostFactory(role=CARE_PROVIDER_MANAGER.key).user)
    theirs = client.get("/blocks/").content.decode()
    client.force_login(an_analyst())
    all_of_it = client.get("/blocks/").content.decode()

    for one in ('href="/blocks/policies/"', 'href="/blocks/switch/"', "Open an indicator under"):
        assert (one in theirs, one in all_of_it) == (False, True)
