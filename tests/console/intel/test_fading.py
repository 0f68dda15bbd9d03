"""What is hardly believed any more is not looked for, says so, and is looked for again when somebody sees it."""

from datetime import timedelta
from functools import partial

import pytest

from console.factories import PostFactory
from console.intel.factories import MOMENT, NODE, a_collection, a_sighting, add, an_indicator
from console.opened import page
from watchward.access.roles import NATIONAL_ANALYST
from watchward.base.clock import HeldClock
from watchward.console.config import current, use
from watchward.console.intel import adapters, fading, standings
from watchward.console.intel.models import Indicator, Source
from watchward.intel.exact.folder import kept
from watchward.intel.trust import Reliability

pytestmark = pytest.mark.django_db
FRESH = {"modified": "2026-03-01T00:00:00.000Z"}
PAST = {"created": "2025-02-01T00:00:00.000Z", "modified": "2025-02-01T00:00:00.000Z"}
OLD, LATER = HeldClock(at=MOMENT + timedelta(days=59)), HeldClock(at=MOMENT + timedelta(days=60, hours=1))


@pytest.fixture
def configured():
    before = current()
    yield lambda **given: use(before.model_copy(update=given))
    use(before)


def looked_for(clock, *, rounds=2):
    """What the gateways look for, once the worker has been round."""
    for _ in range(rounds):
        fading.look_over(clock=clock)
    adapters.publish(clock=clock)
    return sorted(entry.observable.value for entry in kept(adapters.exact_folder()))


def test_an_indicator_is_looked_for_until_it_is_hardly_believed():
    add(a_collection(), an_indicator(**FRESH), an_indicator("198.51.100.2", modified="2026-03-20T00:00:00.000Z"))

    assert looked_for(HeldClock(at=MOMENT)) == ["198.51.100.1", "198.51.100.2"]
    assert looked_for(OLD) == ["198.51.100.2"]


def test_what_has_faded_already_when_it_comes_is_not_looked_for():
    add(a_collection(), an_indicator(**PAST))

    adapters.publish(clock=HeldClock(at=MOMENT))

    assert looked_for(HeldClock(at=MOMENT), rounds=0) == []


def test_what_has_faded_is_looked_for_again_when_somebody_sees_it():
    collection = a_collection()
    add(collection, an_indicator(**FRESH))
    assert looked_for(OLD) == []

    add(a_collection(), a_sighting(an_indicator(), last_seen="2026-04-28T08:00:00Z"))

    assert looked_for(OLD, rounds=0) == ["198.51.100.1"]


def test_what_has_faded_is_looked_for_again_by_all_who_named_it_when_another_names_it():
    add(a_collection(), an_indicator(**FRESH))
    assert looked_for(OLD) == []

    again = {"id": "indicator--5f4dcc3b-5aa7-4cd6-9d83-27deb882cf99", "modified": "2026-04-28T08:00:00.000Z"}
    add(a_collection(), an_indicator(**again))
    adapters.publish(clock=OLD)

    named = {entry.indicator for entry in kept(adapters.exact_folder())}
    assert named == {an_indicator()["id"], again["id"]}


def test_a_source_that_proves_right_keeps_what_it_named_longer():
    add(a_collection(), an_indicator(**FRESH))
    assert looked_for(HeldClock(at=MOMENT + timedelta(days=55))) == []

    why = {"because": "It was right.", "clock": OLD}
    standings.rate_source(by=NODE, source=Source.objects.get(), reliability=Reliability.A, **why)

    assert looked_for(HeldClock(at=MOMENT + timedelta(days=55))) == ["198.51.100.1"]


def test_two_sources_that_change_places_are_believed_anew_at_once():
    soon = HeldClock(at=MOMENT + timedelta(days=55))
    add(a_collection(), an_indicator(**FRESH))
    add(a_collection(), an_indicator("198.51.100.2", **FRESH))
    first, second = Source.objects.order_by("pk")
    rate = partial(standings.rate_source, by=NODE, because="So far.", clock=OLD)
    rate(source=first, reliability=Reliability.A)
    assert looked_for(soon) == ["198.51.100.1"]

    rate(source=first, reliability=Reliability.F)
    rate(source=second, reliability=Reliability.A)

    assert looked_for(soon) == ["198.51.100.2"]


def test_everything_is_looked_for_where_the_node_says_so(configured):
    add(a_collection(), an_indicator(**PAST))
    assert looked_for(OLD) == []

    configured(faded_below=0)

    assert looked_for(OLD) == ["198.51.100.1"]


def test_nothing_is_told_anew_where_nothing_faded():
    add(a_collection(), an_indicator(**FRESH))
    looked_for(HeldClock(at=MOMENT))
    before = {path: path.stat().st_mtime_ns for path in adapters.exact_folder().iterdir()}

    looked_for(HeldClock(at=MOMENT + timedelta(hours=7)))

    assert {path: path.stat().st_mtime_ns for path in adapters.exact_folder().iterdir()} == before


def test_the_page_says_what_has_faded_and_what_brings_it_back(client):
    add(a_collection(), an_indicator(**PAST))
    adapters.publish(clock=LATER)
    client.force_login(PostFactory(role=NATIONAL_ANALYST.key, organisation=None).user)

    shown = page(client, f"/intelligence/objects/{Indicator.objects.get().pk}/")

    assert "Faded" in shown
    assert "looked for again when somebody sees them, or another organisation names them" in shown
