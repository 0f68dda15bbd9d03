"""The pages on which correlations show what they found, and what they left out."""

from console.detect.correlating import Node, entry, failed
from console.detect.factories import RuleFactory
from console.detect.journals import MOMENT
from console.estate.factories import SourceFactory
from console.factories import PostFactory
from watchward.access.roles import AUDITOR, CARE_PROVIDER_MANAGER, ORGANISATION_CYBER_LEAD
from watchward.base.clock import HeldClock, SystemClock
from watchward.console.detect.models import Alert, GivenUp


def found(tmp_path):
    """What a correlation found on several devices, with rules that have names."""
    RuleFactory(id="failed", title="Sign-in failed", category="", service="security")
    RuleFactory(
        id="guessing", title="Password guessed on several devices", product="", category="", file="guessing.yml"
    )
    node = Node(tmp_path, HeldClock(at=MOMENT))
    fields = {"EventID": "4625", "TargetUserName": "j.okafor", "IpAddress": "10.2.0.7"}
    node.receives(entry(1, *(failed(n, n / 2, "j.okafor", device=f"WARD-{n % 4}", fields=fields) for n in range(14))))
    return Alert.objects.get()


def test_the_alert_of_a_correlation_is_usable_and_so_it_is_in_plain_words(page_for, passes, tmp_path):
    alert = found(tmp_path)
    page = page_for(ORGANISATION_CYBER_LEAD, alert.organisation)
    page.goto(f"/alerts/{alert.pk}/")
    page.get_by_text("The event store keeps nothing else").wait_for()
    passes(page, "alert-correlation")
    page.get_by_role("link", name="This is normal here").click()
    page.get_by_text("Several events together raised this alert").wait_for()
    passes(page, "normal-correlation")

    plain = page_for(CARE_PROVIDER_MANAGER, alert.organisation)
    plain.goto(f"/alerts/{alert.pk}/")
    passes(plain, "alert-correlation-plain")


def test_how_late_events_may_come_is_said_and_changed(page_for, passes):
    source = SourceFactory(late=7, late_at=SystemClock().now())
    page = page_for(ORGANISATION_CYBER_LEAD, source.organisation)
    page.goto(f"/sources/{source.pk}/")
    passes(page, "source-late")
    page.get_by_role("link", name="Change how late its events may come").click()
    page.get_by_label("How many minutes late?").fill("many")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Enter a whole number of minutes").wait_for()
    passes(page, "source-lateness")

    page.get_by_label("How many minutes late?").fill("300")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Up to 5 hours late").wait_for()


def test_the_page_of_the_node_says_what_correlations_left_out(page_for, passes):
    now = SystemClock().now()
    SourceFactory(name="Laptops of the community teams", late=1_204, late_at=now)
    GivenUp.objects.create(rule=RuleFactory(title="Many names tried").pk, groups=90_000, events=91_204, last_at=now)
    auditor = PostFactory(role=AUDITOR.key, organisation=None).user
    page = page_for(AUDITOR, user=auditor)
    page.goto("/node/")
    page.get_by_text("gave up 90,000 groups").wait_for()
    passes(page, "node-correlations")
