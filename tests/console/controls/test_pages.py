"""The page of controls and the REST API: what somebody reads there is so of all controls, not of one page of them."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from console.controls.factories import a_control
from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import ORGANISATION_CYBER_LEAD
from watchward.console.config import current, use
from watchward.console.controls import api
from watchward.console.controls.models import Control
from watchward.lists.seen import FILE, Reading, Standing, Told

NOW = datetime.now(tz=UTC)


@pytest.fixture
def trust(tmp_path):
    """One in a node with a home of its own."""
    before = current()
    use(before.model_copy(update={"home": tmp_path, "keys": tmp_path}))
    yield OrganisationFactory()
    use(before)


@pytest.fixture
def lead(client, trust):
    """A cyber lead of it, signed in."""
    client.force_login(PostFactory(organisation=trust, role=ORGANISATION_CYBER_LEAD.key).user)
    return client


def _read(*, late):
    at = NOW - timedelta(hours=2 if late else 0)
    read = Reading(at=at, address="192.0.2.7", edition=9)
    return Standing(changed_at=NOW - timedelta(hours=1), blocks=3, reads={"zone": read})


@pytest.fixture
def behind(trust):
    """Sixty controls that read all, and one that did not, whose name comes last."""
    made = a_control(trust, name="Zuletzt")
    others = [
        Control(id=f"ctl-{n}", name=f"Firewall {n:02}", organisation=trust, organisation_path=trust.path,
                forms=["firewall"], created_at=NOW, created_by="test") for n in range(60)
    ]  # fmt: skip
    Control.objects.bulk_create(others)
    Control.objects.update(created_at=NOW - timedelta(days=3))
    standings = {one.pk: _read(late=one == made) for one in (made, *others)}
    folder = current().home / "lists"
    folder.mkdir()
    (folder / FILE).write_bytes(msgspec.json.encode(Told(at=NOW, edition=9, controls=standings)))
    return made


def test_a_control_that_is_behind_comes_first_and_is_counted_wherever_its_name_stands(lead, behind):
    first, second = (lead.get(f"/controls/?page={n}").content.decode() for n in (1, 2))

    assert "60 of 61 controls that may read hold all that is blocked now." in first
    assert first.index(behind.name) < first.index("Firewall 00")
    assert "60 of 61 controls" in second
    assert "Firewall 59" in second
    assert "Firewall 48" not in second


def test_a_script_is_told_of_it_however_many_there_are(lead, behind, monkeypatch):
    monkeypatch.setattr(api, "MOST", 5)

    told = lead.get("/api/v1/controls").json()

    assert told[0]["id"] == behind.pk
    assert len(told) == 5


@pytest.mark.parametrize("address", ["/controls/{}/renew/", "/api/v1/controls/{}/renew"])
def test_one_for_which_nothing_can_be_written_gets_no_new_secret_and_is_told_why(lead, trust, address):
    made = a_control(trust)
    Control.objects.update(forms=["explained"])

    answer = lead.post(address.format(made.pk), {}, content_type="application/json")

    assert answer.status_code == 400
    assert "Add a control of the make that it is" in answer.content.decode()
    made.refresh_from_db()
    assert len(made.digests) == 1
