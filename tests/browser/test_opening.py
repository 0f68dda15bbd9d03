"""Collections and sharing groups in a browser: made, opened to others with what that widens, and retired."""

import pytest
from playwright.sync_api import expect

from console.factories import OrganisationFactory, PostFactory
from console.intel.factories import a_collection, a_group, add, an_indicator
from watchward.access.roles import AUDITOR, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.console.config import current, use
from watchward.console.intel.models import Collection, Grant, Group
from watchward.intel.markings import Tlp, group_marking


@pytest.fixture
def trust(address, tmp_path):  # noqa: ARG001 - what is stored is what the server shows
    """A trust below a board, with a collection of twelve objects that nobody else reads."""
    before = current()
    use(before.model_copy(update={"home": tmp_path, "keys": tmp_path / "keys"}))
    board = OrganisationFactory(code="XB", name="Northern Vale Care Board")
    trust = OrganisationFactory(code="XT", name="Larkmere Hospitals Trust", parent=board)
    OrganisationFactory(code="XN", name="Ashcombe Hospitals Trust", parent=board)
    found = a_collection(trust, title="What our scanners met")
    marks = [Tlp.GREEN, Tlp.GREEN, Tlp.AMBER_STRICT]
    add(found, *[an_indicator(f"198.51.100.{n}", object_marking_refs=[marks[n % 3].marking]) for n in range(12)])
    yield trust
    use(before)


def test_a_collection_is_made_opened_and_retired_by_someone_who_saw_what_that_does(page_for, passes, trust):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/intelligence/")
    page.get_by_role("button", name="Make a collection").click()
    passes(page, "collection-new")
    page.get_by_label("Organisation code").fill("xt")
    page.get_by_label("What is it called?").fill("Seen in theatres")
    page.get_by_role("button", name="Make the collection").click()
    expect(page.get_by_role("alert")).to_contain_text("Nobody else reads it until you open it")

    page.goto(f"/intelligence/collections/{Collection.objects.get(title='What our scanners met').pk}/")
    passes(page, "collection-closed")
    page.get_by_role("button", name="Open it to others").click()
    page.get_by_label("Its code").fill("XN")
    page.get_by_role("button", name="Show what it would do").click()
    expect(page.get_by_role("status")).to_contain_text("Ashcombe Hospitals Trust gains sight of 8 objects")
    expect(page.get_by_role("status")).to_contain_text("4 objects stay hidden from them by markings")
    passes(page, "collection-open")
    assert not Grant.objects.exists()
    page.get_by_role("button", name="Do it").click()
    expect(page.get_by_role("alert")).to_contain_text("Ashcombe Hospitals Trust")
    passes(page, "collection-opened")

    page.get_by_role("link", name="Retire this collection").click()
    page.get_by_label("Why?").fill("The scanners are gone.")
    passes(page, "collection-retire")
    page.get_by_role("button", name="Retire it").click()
    expect(page.get_by_role("main")).to_contain_text("it is offered nowhere")
    passes(page, "collection-retired")
    assert not Grant.objects.exists()


def test_a_sharing_group_is_formed_and_says_when_it_shares_with_nobody(page_for, passes, trust):
    a_group("Radiology", trust)
    marked = an_indicator("203.0.113.9", object_marking_refs=[Tlp.GREEN.marking, group_marking("Radiology")["id"]])
    add(Collection.objects.get(), group_marking("Radiology"), marked)
    a_group("Theatres")
    page = page_for(NATIONAL_ANALYST, trust.parent)
    page.goto("/intelligence/groups/")
    expect(page.get_by_role("main")).to_contain_text("Radiology")
    expect(page.get_by_role("button", name="Form a group")).to_have_count(0)

    analyst = PostFactory(role=NATIONAL_ANALYST.key, organisation=None).user
    node = page_for(AUDITOR, user=analyst)
    node.goto("/intelligence/groups/")
    passes(node, "groups")
    node.get_by_role("link", name="Theatres").click()
    expect(node.get_by_role("main")).to_contain_text("It shares with nobody")
    passes(node, "group-empty")
    node.goto("/intelligence/groups/")
    node.get_by_role("link", name="Radiology").click()
    passes(node, "group")
    node.get_by_role("button", name="Change who belongs to it").click()
    node.get_by_label("Who belongs to it?").fill("XT\nXB\nXX")
    node.get_by_role("button", name="Show what it would do").click()
    node.get_by_role("link", name="No open organisation has the code XX").wait_for()
    node.get_by_label("Who belongs to it?").fill("XT\nXB")
    node.get_by_role("button", name="Show what it would do").click()
    expect(node.get_by_role("status")).to_contain_text("Northern Vale Care Board gains sight of 1 object.")
    passes(node, "group-change")
    node.get_by_role("button", name="Do it").click()
    expect(node.get_by_role("main")).to_contain_text("Northern Vale Care Board")
    assert {one.code for one in Group.objects.get(name="Radiology").members.all()} == {"XT", "XB"}
