"""Links in a browser: who needs somebody, what left this node, and the withdrawal of all that a child sent."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from console.factories import OrganisationFactory
from console.hunts.factories import AnswerFactory
from console.link.factories import PeerFactory, a_head, a_parent, a_passage, a_refusal, an_invitation
from watchward.access.roles import NATIONAL_ANALYST
from watchward.console.access.models import Post
from watchward.console.config import current, use
from watchward.console.link.models import Passage, Peer

BACK = "The log went back from entry 893 to 650: put back to a backup, or cut off."


@pytest.fixture
def node(address, tmp_path):  # noqa: ARG001 - what is stored is what the server shows
    """A region with the nation above it and three trusts below: sound, away, with a changed log."""
    before = current()
    use(
        before.model_copy(
            update={"home": tmp_path, "keys": tmp_path / "keys", "public_url": "https://region.example:8443"}
        )
    )
    now = timezone.now()
    parent = a_parent(
        name="National operations centre", address="https://nation.example:8443", joined_at=now - timedelta(days=40),
        last_at=now, version="0.5.0", skew_seconds=0.2,
    )  # fmt: skip
    sound, away, changed = (
        PeerFactory(
            name=name,
            organisation=OrganisationFactory(code=code, name=name),
            joined_at=now - timedelta(days=30),
            last_at=now - silent,
            version="0.5.0",
            skew_seconds=skew,
        )
        for code, name, silent, skew in [
            ("XA", "Larkmere Hospitals Trust", timedelta(0), 1.0),
            ("XB", "Northern Vale Community Trust", timedelta(days=2), -3.0),
            ("XC", "Grey Heron Mental Health Trust", timedelta(0), 200.0),
        ]
    )
    for child in (sound, away, changed):
        for hours in range(5, 0, -1):
            a_head(child, number=900 - hours * 7, at=now - timedelta(hours=hours) + timedelta(minutes=40))
    a_head(changed, number=650, at=now, faults=BACK)
    a_passage(parent, "answer", count=3, size=912, why="Incident 12, ransomware at a hospital", day=now.date())
    a_passage(parent, "audit_head", count=24, size=18_400, day=now.date())
    a_passage(sound, "block", count=41, size=96_300, why="It steals passwords.", day=now.date())
    a_passage(
        away, "block", fate=Passage.Fate.WITHHELD, count=41, size=96_300, day=now.date(),
        why="this node's policy does not let it out",
    )  # fmt: skip
    a_passage(changed, "answer", fate=Passage.Fate.CAME, count=12, size=4_000, why="", day=now.date())
    a_passage(
        changed, "block_vote", fate=Passage.Fate.REFUSED, count=2, size=300, day=now.date(),
        why="Grey Heron Mental Health Trust does not speak for XA.",
    )  # fmt: skip
    a_refusal(changed, kind="block_vote", reason="Grey Heron Mental Health Trust does not speak for XA.", at=now)
    AnswerFactory(peer=changed, organisation=changed.organisation)
    an_invitation(name="Willow House", until=now + timedelta(days=2), made_at=now)
    PeerFactory(name="A trust that moved away", ended_at=now - timedelta(days=3))
    yield changed
    use(before)


def the_whole_node(page_for):
    page = page_for(NATIONAL_ANALYST)
    Post.objects.filter(role=NATIONAL_ANALYST.key).update(organisation=None)
    return page


def test_what_left_is_seen_and_a_child_that_was_broken_into_is_withdrawn(page_for, passes, node):
    page = the_whole_node(page_for)
    page.goto("/links/")
    page.get_by_text("2 of 4 linked nodes need somebody.").wait_for()
    passes(page, "links")
    page.get_by_role("link", name="What left this node").click()
    page.get_by_role("heading", name="What left this node").wait_for()
    passes(page, "links-left")
    page.get_by_label("What became of it").select_option("Withheld")
    page.get_by_role("button", name="Show").click()
    expect(page.locator("main table").first).to_contain_text("policy does not let it out")
    page.get_by_role("link", name="What came in").click()
    passes(page, "links-came")

    page.goto("/links/")
    page.get_by_role("link", name="Grey Heron Mental Health Trust").first.click()
    page.get_by_text("The log went back").first.wait_for()
    passes(page, "link")
    page.get_by_role("link", name="Withdraw all that it ever sent").press("Enter")
    page.get_by_label("Why?").fill("Broken into on Tuesday")
    passes(page, "link-withdraw")
    page.get_by_role("button", name="Withdraw all of it").press("Enter")
    page.get_by_text("Nothing more is taken from it.").wait_for()
    passes(page, "link-withdrawn")

    node.refresh_from_db()
    assert node.most_a_day == 0


def test_a_node_is_invited_and_a_link_is_ended(page_for, passes, node):
    page = the_whole_node(page_for)
    page.goto("/links/invite/")
    page.get_by_role("button", name="Make the code").click()
    page.get_by_role("link", name="Name the node, as people here know it").wait_for()
    passes(page, "link-invite-wrong")
    page.get_by_label("What is the node called here?").fill("Larkmere Hospitals Trust")
    page.get_by_label("Which organisation does it speak for?").fill("XA")
    page.get_by_role("button", name="Make the code").click()
    page.get_by_text("Copy it now").wait_for()
    passes(page, "link-code")

    page.goto(f"/links/{node.pk}/end/")
    passes(page, "link-end")
    page.get_by_label("Why?").fill("It moved to another region")
    page.get_by_role("button", name="End the link").click()
    page.get_by_text("The link with Grey Heron Mental Health Trust has ended.").wait_for()
    page.goto("/links/key/")
    passes(page, "link-key")
    page.get_by_role("button", name="Change the key").click()
    page.get_by_text("This node has a new key.").wait_for()

    assert Peer.objects.get(pk=node.pk).ended_at


def test_an_empty_page_of_links_teaches(page_for, passes, address):  # noqa: ARG001 - the server is there
    page = the_whole_node(page_for)
    page.goto("/links/")
    page.get_by_role("button", name="Join the node above").wait_for()
    passes(page, "links-empty")
    page.goto("/links/left/")
    passes(page, "links-left-empty")
