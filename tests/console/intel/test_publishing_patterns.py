"""Patterns that are more than exact values reach the gateways' folder as they are stored, and leave it as they end."""

import pytest

from console.factories import OrganisationFactory
from console.intel.factories import NODE, a_clock, a_collection, add, an_indicator
from watchward.console.config import current
from watchward.console.intel import actions, adapters
from watchward.console.intel.models import Indicator, Quarantined, Unpublished
from watchward.intel.exact.folder import kept
from watchward.intel.live import folder
from watchward.lake import asking

LATER, LAST = "2026-03-01T00:00:00.000Z", "2026-03-02T00:00:00.000Z"
LINE = "[process:command_line LIKE '%lapwing%']"
OTHER = "[process:command_line LIKE '%plover%']"
JOINED = f"({LINE} FOLLOWEDBY {OTHER}) WITHIN 60 SECONDS"


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """Do something, and say which patterns the gateways look for afterwards."""

    def does(work):
        with django_capture_on_commit_callbacks(execute=True):
            work()
        assert not Unpublished.objects.exists()
        return sorted(one.pattern for one in folder.read(adapters.patterns_folder()))

    return does


def a_pattern(pattern=LINE, **given):
    return an_indicator(pattern=pattern, name="Campaign Lapwing", **given)


def test_a_pattern_is_looked_for_as_soon_as_it_is_stored_with_all_that_is_said_of_it(told):
    collection = a_collection(OrganisationFactory(code="QQ1"))
    told(lambda: add(collection, a_pattern(confidence=80, valid_until="2027-01-01T00:00:00Z")))

    (one,) = folder.read(adapters.patterns_folder())

    assert (one.id, one.title, one.source, one.confidence) == (an_indicator()["id"], "Campaign Lapwing", "QQ1", 80)
    assert (one.since.year, one.starts, one.until.year, one.joined) == (2026, None, 2027, False)


def test_a_pattern_whose_time_lies_ahead_begins_then(told):
    told(lambda: add(a_collection(), a_pattern(valid_from="2026-06-01T00:00:00Z")))
    (one,) = folder.read(adapters.patterns_folder())
    assert one.starts.month == 6


def test_it_says_whether_it_joins_several_observations(told):
    told(lambda: add(a_collection(), a_pattern(JOINED)))
    assert [one.joined for one in folder.read(adapters.patterns_folder())] == [True]


def test_what_is_revoked_changed_or_taken_out_is_looked_for_no_longer(told):
    collection = a_collection()
    assert told(lambda: add(collection, a_pattern())) == [LINE]
    assert told(lambda: add(collection, a_pattern(OTHER, modified=LATER))) == [OTHER]
    assert told(lambda: add(collection, a_pattern(OTHER, modified=LAST, revoked=True))) == []
    again = "2026-03-03T00:00:00.000Z"
    assert told(lambda: add(collection, a_pattern(modified=again))) == [LINE]
    stix_id = an_indicator()["id"]
    given = {"by": NODE, "collection": collection, "stix_id": stix_id, "clock": a_clock()}
    assert told(lambda: actions.remove_object(**given)) == []


def test_a_pattern_that_becomes_an_exact_value_is_looked_for_as_one(told):
    collection = a_collection()
    told(lambda: add(collection, a_pattern()))
    assert told(lambda: add(collection, an_indicator(modified=LATER))) == []
    assert [one.observable.value for one in kept(adapters.exact_folder())] == ["198.51.100.1"]


def test_what_one_organisation_says_by_an_identifier_takes_nothing_from_what_another_does(told):
    one, other = a_collection(OrganisationFactory(code="QQ1")), a_collection(OrganisationFactory(code="QQ2"))
    told(lambda: add(one, a_pattern()))
    assert told(lambda: add(other, a_pattern(OTHER))) == [LINE, OTHER]
    assert told(lambda: add(other, a_pattern(OTHER, modified=LATER, revoked=True))) == [LINE]


def test_a_pattern_that_no_telemetry_shows_is_kept_and_says_why_nothing_is_looked_for(told):
    assert told(lambda: add(a_collection(), a_pattern("[artifact:payload_bin LIKE 'x%']"))) == []
    assert "no telemetry shows" in Indicator.objects.get().unrun


def test_a_pattern_that_would_cost_too_much_is_refused_and_its_sender_told():
    slow = a_pattern("[process:command_line MATCHES '[ab].{50}[cd].{450}z']")
    done = add(a_collection(), slow)
    (refused,) = done.refused
    assert "would cost too much in every event" in refused.message
    assert "would cost too much" in Quarantined.objects.get().reason
    assert not Indicator.objects.exists()


def test_what_is_new_is_looked_for_in_the_events_that_are_kept_and_what_was_known_is_not(told):
    collection, looks = a_collection(), current().home / "intel" / "looks"
    told(lambda: add(collection, a_pattern()))
    (first,) = asking.waiting(looks)
    assert [one.pattern for one in folder.read(asking.patterns_of(first))] == [LINE]
    asking.tried(first)

    told(lambda: add(collection, a_pattern(modified=LATER, confidence=90)))
    assert asking.waiting(looks) == [first]


def test_everything_can_be_told_anew(told):
    told(lambda: add(a_collection(), a_pattern(), an_indicator("203.0.113.9")))
    folder.publish(adapters.patterns_folder(), [])
    (adapters.exact_folder() / "current.json").unlink()

    adapters.publish_all(clock=a_clock())

    assert [one.pattern for one in folder.read(adapters.patterns_folder())] == [LINE]
    assert [one.observable.value for one in kept(adapters.exact_folder())] == ["203.0.113.9"]


def test_more_than_there_is_room_for_is_said_of_the_indicators_that_have_none(told, monkeypatch):
    monkeypatch.setattr(folder, "MOST", 1)
    second = an_indicator("203.0.113.9", pattern=OTHER)
    assert len(told(lambda: add(a_collection(), a_pattern(), second))) == 1
    assert [bool(one.unrun) for one in Indicator.objects.order_by("unrun")] == [False, True]
