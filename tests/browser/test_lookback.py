"""Looking back in a browser."""

import pytest

from console.factories import OrganisationFactory, UserFactory
from console.lakes import keep
from watchward.access.roles import ORGANISATION_CYBER_LEAD
from watchward.base.clock import SystemClock
from watchward.console.config import current, use
from watchward.node.lookback.process import do_next

RULE = """title: Office program starts a shell
logsource: {product: windows, category: process_creation}
detection:
  s: {Image|endswith: powershell.exe, ParentImage|endswith: winword.exe}
  condition: s
"""


@pytest.fixture
def trust(address, tmp_path):  # noqa: ARG001 - what is stored is what the server shows
    """A trust on two of whose devices Word started PowerShell."""
    before = current()
    use(before.model_copy(update={"lake": tmp_path / "lake"}))
    found = OrganisationFactory(code="XT1", name="Larkmere Hospitals Trust")
    for device in ("LM-WARD-7", "LM-XRAY-2"):
        names = [f"{device} {n}" for n in range(4)]
        shell = {"Image": "C:\\Windows\\System32\\powershell.exe", "ParentImage": "C:\\Office\\winword.exe"}
        keep(current().lake, *names, organisation="XT1", device=device, at=SystemClock().now(), **shell)
    yield found
    use(before)


def test_a_rule_looks_back_and_shows_what_it_would_have_found(page_for, passes, trust):
    page = page_for(ORGANISATION_CYBER_LEAD, trust, user=UserFactory())
    page.goto("/look-back/")
    passes(page, "look-back")
    page.get_by_label("The rule").fill(RULE)
    page.get_by_label("How many days back").fill("30")
    page.get_by_role("button", name="Look back").click()
    page.get_by_text("It waits for its turn").wait_for()
    passes(page, "look-back-waiting")

    assert do_next(current().lake, (), None, clock=SystemClock())

    page.reload()
    page.get_by_text("It would have raised 2 alerts").wait_for()
    passes(page, "look-back-found")
    page.goto("/look-back/")
    passes(page, "look-back-list")
