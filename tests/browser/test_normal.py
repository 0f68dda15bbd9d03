"""From an alert to what is normal here, with a gateway that receives the events: hidden from then on, and counted."""

import time

import pytest

from console.factories import OrganisationFactory
from console.respond.factories import IncidentFactory
from detect.builders import write_rule
from gateway.gateways import GatewayProcess, an_event, bulk_of, write_sources
from watchward.access.roles import ORGANISATION_CYBER_LEAD
from watchward.base.clock import SystemClock
from watchward.console.config import current, use
from watchward.console.detect.adapters import apply, position
from watchward.console.detect.models import Alert
from watchward.console.detect.rule_adapters import describe_rules
from watchward.console.normal.models import Normal
from watchward.console.respond.models import IncidentAlert
from watchward.detect.sigma.rules import load
from watchward.lake import journal
from watchward.node.home import Home

DETECTION = (
    "selection_program:\n  Image|endswith: '\\vssadmin.exe'\n"
    "selection_command:\n  CommandLine|contains: [delete, resize]\n"
    "filter_main:\n  User: SYSTEM\ncondition: all of selection_* and not 1 of filter_*"
)
NIGHTLY = {"Image": r"C:\Windows\System32\vssadmin.exe", "CommandLine": "vssadmin delete shadows /for=E: /quiet"}
ATTACK = {"Image": r"C:\Windows\System32\vssadmin.exe", "CommandLine": "vssadmin delete shadows /all"}
PATIENCE_SECONDS = 240
"""No test is about speed, and a machine may be busy: only what never comes should fail."""


def ours():
    """The alerts of the test's own rule: the pack has rules about this too."""
    return Alert.objects.filter(rule__title="Backups Deleted")


class _Node:
    """A home with one rule, a gateway on it, and the console's database as its projection."""

    def __init__(self, home: Home) -> None:
        write_sources(home, "ZZ1")
        write_rule(home.rules / "backups.yml", DETECTION)
        self.home, self.sent, self.gateway = home, 0, GatewayProcess(home=home, tls=False)
        self.gateway.start()

    def receive(self, fields: dict[str, str], device: str = "SRV-BACKUP-01") -> None:
        """Send one event, and project what the gateway makes of it."""
        self.sent += 1
        with self.gateway.client() as client:
            answer = client.post("/_bulk", content=bulk_of([an_event(self.sent, device=device, **fields)]))
        assert answer.status_code == 200
        apply(list(journal.read(self.home.journal, position())), clock=SystemClock())

    def until_hidden(self) -> int:
        """Send the nightly event again and again until it raises nothing more; how many were sent in all."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            before = sum(ours().values_list("count", flat=True))
            self.receive(NIGHTLY)
            if sum(ours().values_list("count", flat=True)) == before:
                return self.sent
            time.sleep(1)
        raise AssertionError(self.gateway.log)


@pytest.fixture
def node(tmp_path, transactional_db):  # noqa: ARG001 - committed, so that the server sees it
    home = Home(tmp_path / "home")
    home.create()
    before = current()
    use(before.model_copy(update={"home": home.path, "rules": home.rules, "lake": home.lake, "journal": home.journal}))
    describe_rules(load([write_rule(home.rules / "backups.yml", DETECTION)]).rules)
    running = _Node(home)
    yield running
    running.gateway.end()
    use(before)


@pytest.fixture
def trust(transactional_db):  # noqa: ARG001 - committed, so that the server sees it
    return OrganisationFactory(name="Fernmoor Hospitals Trust", code="ZZ1")


def test_what_is_said_to_be_normal_raises_nothing_more_and_everything_else_still_does(node, trust, page_for, passes):
    node.receive(NIGHTLY)
    (alert,) = ours()
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto(f"/alerts/{alert.pk}/")
    page.get_by_text("The rule matched because all of this was so").wait_for()
    passes(page, "alert-why")

    page.get_by_role("link", name="This is normal here").click()
    passes(page, "normal")
    page.get_by_label("Image", exact=True).uncheck()
    page.get_by_label("Why is it normal?").fill("The nightly backup removes its own old copies")
    page.get_by_role("button", name="Show what it would have hidden").click()
    page.get_by_role("heading", name="It would have hidden 1 alert").wait_for()
    page.get_by_label("Also close the 1 open alert").check()
    passes(page, "normal-preview")
    page.get_by_role("button", name="Save: this is normal here").click()
    page.get_by_text("The gateways take it in").or_(page.get_by_text("the gateways take it in")).wait_for()
    passes(page, "normal-saved")

    node.until_hidden()
    alert.refresh_from_db()
    assert (alert.closed, alert.closed_reason) == (True, "expected")
    assert Normal.objects.get().hidden >= 1
    node.receive(ATTACK)
    node.receive(NIGHTLY, device="WS-0417")
    assert ours().filter(device="WS-0417").count() == 1
    assert ours().filter(device="SRV-BACKUP-01", count__gt=alert.count).exists()
    page.goto("/normal/")
    page.get_by_text("so far, last on").wait_for()
    passes(page, "normal-list")


def test_what_would_have_hidden_an_incident_is_not_hidden_quietly(node, trust, page_for, passes):
    node.receive(NIGHTLY)
    node.receive(NIGHTLY, device="SRV-BACKUP-02")
    alert, attack = ours().order_by("device")
    IncidentAlert.objects.create(
        incident=IncidentFactory(organisation=trust, title="Backups deleted in the night"),
        alert=attack,
        joined_at=SystemClock().now(),
    )
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto(f"/alerts/{alert.pk}/normal/")
    page.get_by_label("All devices of Fernmoor Hospitals Trust").check()
    page.get_by_label("Why is it normal?").fill("Backup")
    page.get_by_role("button", name="Show what it would have hidden").click()
    page.get_by_role("button", name="Save: this is normal here").click()

    page.get_by_text("It would have hidden 1 alert of a true attack").first.wait_for()
    assert not Normal.objects.exists()
    passes(page, "normal-refused")
    page.get_by_label("If it must hide this all the same: why?").fill("The incident was our own test")
    page.get_by_role("button", name="Save: this is normal here").click()
    page.get_by_text("It was made although it would have hidden a true attack").wait_for()
    assert Normal.objects.get().in_spite == "The incident was our own test"


def test_why_another_rule_did_not_match_is_explained_on_a_usable_page(node, trust, page_for, passes):
    node.receive(NIGHTLY)
    other = write_rule(
        node.home.rules / "other.yml",
        "selection:\n  CommandLine|contains: '-enc'\ncondition: selection",
        id="22222222-0000-4000-8000-000000000002",
    )
    other.write_text(other.read_text().replace("title: Backups Deleted", "title: Hidden command"))
    describe_rules(load([node.home.rules]).rules)
    page = page_for(ORGANISATION_CYBER_LEAD, trust)
    page.goto(f"/alerts/{ours().get().pk}/")
    page.get_by_label("Why did another rule not match this event?").fill("hidden command")
    page.get_by_role("button", name="Explain").click()

    page.get_by_text("The rule does not match this event: one thing is missing.").wait_for()
    passes(page, "why-not")
