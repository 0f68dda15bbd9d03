"""Controls in a browser: added with what to write into them, seen to be behind, renewed and disabled."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from playwright.sync_api import expect

from console.controls.factories import a_control
from console.factories import OrganisationFactory
from watchward.access.roles import CARE_PROVIDER_MANAGER, ORGANISATION_CYBER_LEAD
from watchward.console.config import current, use
from watchward.console.controls.models import Control
from watchward.lists.forms import Family
from watchward.lists.seen import FILE, Reading, Standing, Told


@pytest.fixture
def trust(address, tmp_path):  # noqa: ARG001 - what is stored is what the server shows
    """A trust, in a home of its own."""
    before = current()
    use(before.model_copy(update={"home": tmp_path, "keys": tmp_path}))
    yield OrganisationFactory(code="XT", name="Larkmere Hospitals Trust")
    use(before)


def _told(**standings):
    """What the server of lists tells of controls: minutes since the list changed, and since it was read."""
    now = datetime.now(tz=UTC)
    held = {
        key: Standing(
            changed_at=now - timedelta(minutes=changed),
            blocks=1204,
            reads={
                "firewall/domains": Reading(
                    at=now - timedelta(minutes=read), address="192.0.2.7", edition=9, entries=801
                )
            },
        )
        for key, (changed, read) in standings.items()
    }
    folder = current().home / "lists"
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_bytes(msgspec.json.encode(Told(at=now, edition=9, controls=held)))


def test_a_control_is_added_and_its_page_says_whether_it_blocks_anything(page_for, passes, trust):
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/controls/")
    passes(page, "controls-none")
    page.get_by_role("button", name="Add a control").click()
    expect(page.get_by_label("Organisation code")).to_have_value("XT")
    page.get_by_label("What is it called?").fill("Resolver of the main site")
    page.get_by_label("Unbound").check()
    page.get_by_role("button", name="Make its key").click()
    page.get_by_role("link", name="only its addresses tell who asks").wait_for()
    passes(page, "control-new-wrong")
    page.get_by_label("From which addresses").fill("192.0.2.1")
    page.get_by_role("button", name="Make its key").click()
    expect(page.locator("#configuration")).to_contain_text("primary: 127.0.0.1@5346")
    passes(page, "control-made")
    page.get_by_role("button", name="I have copied it").click()
    expect(page.get_by_role("main")).to_contain_text("It has never read its list")
    passes(page, "control-unread")


def test_controls_that_are_behind_come_first_and_a_secret_is_renewed(page_for, passes, trust):
    behind, current_one = (
        a_control(trust, name="Proxy", form=Family.SQUID),
        a_control(trust, name="A firewall", form=Family.FIREWALL),
    )
    Control.objects.update(created_at=datetime.now(tz=UTC) - timedelta(days=3))
    _told(**{behind.pk: (45, 90), current_one.pk: (45, 2)})
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto("/controls/")
    expect(page.get_by_role("main")).to_contain_text("1 of 2 controls that may read hold all that is blocked now.")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Proxy")
    passes(page, "controls")
    page.get_by_role("link", name="Proxy").click()
    passes(page, "control")
    page.get_by_role("button", name="Make a new secret").click()
    passes(page, "control-renew")
    page.get_by_role("button", name="Make it, and show").click()
    expect(page.locator("#configuration")).to_contain_text(behind.pk)
    passes(page, "control-renewed")
    page.get_by_role("button", name="I have copied it").click()
    page.get_by_role("link", name="Let it read no more").click()
    passes(page, "control-disable")
    page.get_by_role("button", name="Let it read no more").click()
    expect(page.get_by_role("main")).to_contain_text("It may read nothing")
    page.get_by_role("button", name="Let it read again").click()
    expect(page.get_by_role("alert")).to_contain_text("may read its list again")
    assert len(Control.objects.get(pk=behind.pk).digests) == 2


def test_a_care_home_manager_may_look_and_change_nothing(page_for, passes, trust):
    a_control(trust)
    page = page_for(CARE_PROVIDER_MANAGER, trust)
    page.goto("/controls/")
    page.get_by_role("link", name="The resolver").click()
    expect(page.get_by_role("main")).not_to_contain_text("What you can do")
    passes(page, "control-seen")
