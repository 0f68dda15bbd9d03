"""Joining the node above in a browser: seen first, then joined; and what is said where it cannot be reached."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect

from console.factories import PostFactory
from console.link.factories import PeerFactory
from watchward.access.roles import ADMINISTRATOR, AUDITOR
from watchward.console.config import current, use
from watchward.console.link.models import Peer
from watchward.link.code import make


@pytest.fixture
def home(address, tmp_path):  # noqa: ARG001 - what is stored is what the server shows
    """A node in a home of its own."""
    before = current()
    use(before.model_copy(update={"home": tmp_path, "keys": tmp_path}))
    yield tmp_path
    use(before)


def _administrator(page_for):
    return page_for(AUDITOR, user=PostFactory(role=ADMINISTRATOR.key, organisation=None).user)


@pytest.mark.usefixtures("home")
def test_whom_a_code_leads_to_is_seen_before_anything_is_joined(page_for, passes):
    PeerFactory(way=Peer.Way.PARENT, name="The old region", organisation=None)
    until = datetime.now(tz=UTC) + timedelta(days=2)
    code = make("https://127.0.0.1:9", parent="0123456789abcdef" * 2, until=until).text
    page = _administrator(page_for)
    page.goto("/links/")
    page.get_by_role("link", name="Join the node above").click()
    passes(page, "link-join")
    page.get_by_label("The code").fill(code[:-3])
    page.get_by_role("button", name="Show whom it leads to").click()
    page.get_by_role("link", name="A part of the code is missing").wait_for()
    page.get_by_label("The code").fill(code)
    page.get_by_role("button", name="Show whom it leads to").click()
    seen = page.get_by_role("status")
    expect(seen).to_contain_text("https://127.0.0.1:9")
    expect(seen).to_contain_text("0123 4567 89ab cdef")
    expect(seen).to_contain_text("It takes the place of The old region")
    passes(page, "link-join-seen")
    page.get_by_role("button", name="Join it").click()
    page.get_by_role("link", name="could not be reached").wait_for()
    passes(page, "link-join-unreached")
    assert Peer.objects.get(ended_at=None).name == "The old region"


@pytest.mark.usefixtures("home")
def test_a_node_that_is_alone_is_led_to_joining_and_a_read_key_to_new_codes(page_for, passes):
    page = _administrator(page_for)
    page.goto("/links/")
    passes(page, "links-alone")
    page.get_by_role("button", name="Join the node above").click()
    expect(page.get_by_role("heading", name="Join the node above")).to_be_visible()
    page.goto("/links/key/")
    expect(page.get_by_role("main")).to_contain_text("changing it is not enough")
    passes(page, "link-key-advice")
