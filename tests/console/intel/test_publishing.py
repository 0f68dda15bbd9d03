"""What indicators look for reaches the gateways' folder as it is stored."""

import pytest

from console.factories import OrganisationFactory
from console.intel.factories import NODE, a_clock, a_collection, add, an_indicator
from watchward.console.config import current
from watchward.console.intel import actions, adapters
from watchward.console.intel.models import Unpublished
from watchward.console.intel.signals import indicators_told
from watchward.intel.exact.folder import kept
from watchward.lake import asking

LATER, LAST = "2026-03-01T00:00:00.000Z", "2026-03-02T00:00:00.000Z"


@pytest.fixture
def told(django_capture_on_commit_callbacks):
    """Do something, and say which values the gateways look for afterwards."""

    def does(work):
        with django_capture_on_commit_callbacks(execute=True):
            work()
        assert not Unpublished.objects.exists()
        return sorted(entry.observable.value for entry in kept(adapters.exact_folder()))

    return does


def test_an_indicator_is_looked_for_as_soon_as_it_is_stored(told):
    assert told(lambda: add(a_collection(), an_indicator("198.51.100.1"), an_indicator("198.51.100.2"))) == [
        "198.51.100.1",
        "198.51.100.2",
    ]


def test_what_is_new_is_looked_for_in_the_events_that_are_kept_and_what_was_known_is_not(told):
    collection, looks = a_collection(), current().home / "intel" / "looks"
    told(lambda: add(collection, an_indicator("198.51.100.1")))
    (first,) = asking.waiting(looks)
    asking.tried(first)

    told(lambda: add(collection, an_indicator("198.51.100.1", modified=LATER, confidence=90)))
    assert asking.waiting(looks) == [first]

    told(lambda: add(collection, an_indicator("198.51.100.2")))
    (second,) = set(asking.waiting(looks)) - {first}
    assert [one.observable.value for one in kept(asking.set_of(second))] == ["198.51.100.2"]


def test_its_entry_says_whose_it_is_how_sure_and_how_long(told):
    collection = a_collection(OrganisationFactory(code="QQ1"))
    told(lambda: add(collection, an_indicator(confidence=80, valid_until="2027-01-01T00:00:00Z")))

    (entry,) = kept(adapters.exact_folder())

    assert (entry.indicator, entry.title) == (an_indicator()["id"], "Address 198.51.100.1")
    assert (entry.source, entry.confidence, entry.since.year, entry.until.year) == ("QQ1", 80, 2026, 2027)


def test_what_is_revoked_is_looked_for_no_longer_and_again_when_it_is_meant_again(told):
    collection = a_collection()
    told(lambda: add(collection, an_indicator()))

    assert told(lambda: add(collection, an_indicator(modified=LATER, revoked=True))) == []
    assert told(lambda: add(collection, an_indicator(modified=LAST))) == ["198.51.100.1"]


def test_a_value_that_a_later_version_no_longer_has_is_looked_for_no_longer(told):
    collection = a_collection()
    told(lambda: add(collection, an_indicator()))

    changed = an_indicator(modified=LATER, pattern="[ipv4-addr:value = '203.0.113.5']")

    assert told(lambda: add(collection, changed)) == ["203.0.113.5"]


def test_what_is_taken_out_is_looked_for_no_longer(told):
    collection = a_collection()
    told(lambda: add(collection, an_indicator()))

    gone = told(
        lambda: actions.remove_object(by=NODE, collection=collection, stix_id=an_indicator()["id"], clock=a_clock())
    )

    assert gone == []


def test_what_one_organisation_revokes_is_looked_for_while_another_means_it(told):
    one, other = a_collection(), a_collection()
    told(lambda: add(one, an_indicator()))

    assert told(lambda: add(other, an_indicator(), an_indicator(modified=LATER, revoked=True))) == ["198.51.100.1"]
    assert told(lambda: add(one, an_indicator(modified=LATER, revoked=True))) == []


def test_what_could_not_be_told_is_told_by_the_worker():
    add(a_collection(), an_indicator())
    assert Unpublished.objects.count() == 1

    adapters.publish(clock=a_clock())

    assert [entry.observable.value for entry in kept(adapters.exact_folder())] == ["198.51.100.1"]


@pytest.mark.parametrize(("count", "first"), [(1, True), (adapters.FEW + 1, False)])
def test_policies_are_asked_of_a_few_before_the_files_are_written_and_of_many_afterwards(told, count, first):
    seen = []

    def hear(*, stix_ids, **_):
        seen.append((len(stix_ids), len(list(kept(adapters.exact_folder())))))

    indicators_told.connect(hear)
    try:
        told(lambda: add(a_collection(), *(an_indicator(f"198.51.{n // 250}.{n % 250}") for n in range(count))))
    finally:
        indicators_told.disconnect(hear)

    assert seen == [(count, 0 if first else count)]
