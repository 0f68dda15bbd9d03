"""Sources that are doubted: how much they may bring, what stops when they are on trial, and taking back all of it."""

from datetime import timedelta

import pytest

from console.detect.factories import AlertFactory, RuleFactory
from console.factories import OrganisationFactory
from console.intel.factories import MOMENT, NODE, a_clock, a_collection, a_key, a_source, add, an_indicator, share
from watchward.base.audit import AuditEvent
from watchward.base.clock import HeldClock
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.models import AuditEntry
from watchward.console.intel import adapters, polling, standings
from watchward.console.intel.models import Indicator, Object, Quarantined, Source
from watchward.intel.exact.folder import kept
from watchward.intel.exact.sets import ExactSets
from watchward.intel.exact.standing import Standings

LATER = "2026-03-01T00:00:00.000Z"
WHY = "It sends what everybody visits."


@pytest.fixture
def after_commit(django_capture_on_commit_callbacks):
    """Do something, with all that follows when it is kept."""

    def does(work):
        with django_capture_on_commit_callbacks(execute=True):
            return work()

    return does


def looked_for():
    return sorted(entry.observable.value for entry in kept(adapters.exact_folder()))


def the_source():
    return Source.objects.select_related("organisation", "client").get()


def test_a_source_may_bring_so_many_new_objects_in_an_hour_and_is_told_so():
    collection = a_collection()
    add(collection, an_indicator("198.51.100.1"))
    Source.objects.update(hourly=3)
    done = add(collection, *(an_indicator(f"198.51.100.{number}") for number in range(2, 6)))
    assert (len(done.new), len(done.refused)) == (2, 2)
    assert "has brought 3 new objects in this hour" in done.refused[0].message
    assert Quarantined.objects.count() == 2
    an_hour_later = HeldClock(at=MOMENT + timedelta(hours=1))
    assert len(add(collection, an_indicator("198.51.100.9"), clock=an_hour_later).new) == 1


def test_a_server_that_has_brought_as_much_as_it_may_is_read_again_in_the_next_hour():
    source = a_source()
    Source.objects.filter(pk=source.pk).update(hour=MOMENT, hour_new=100_000)
    source.refresh_from_db()
    polling.poll(source, clock=HeldClock(at=MOMENT + timedelta(minutes=10)))
    source.refresh_from_db()
    assert source.next_at == MOMENT + timedelta(hours=1)
    assert "has brought 100,000 new objects" in source.error


def test_what_a_source_on_trial_brought_is_said_to_be_so_and_no_longer_when_it_is_believed(after_commit):
    after_commit(lambda: add(a_collection(), an_indicator()))
    source = the_source()
    after_commit(lambda: standings.try_source(by=NODE, source=source, because=WHY, clock=a_clock()))
    (entry,) = kept(adapters.exact_folder())
    assert entry.brought == str(source.pk)
    assert Standings(adapters.exact_folder()).now.trial == {str(source.pk)}
    assert Standings(adapters.patterns_folder()).now.trial == {str(source.pk)}
    after_commit(lambda: standings.believe_source(by=NODE, source=source, because="Mended.", clock=a_clock()))
    assert not Standings(adapters.exact_folder()).now
    events = list(AuditEntry.objects.order_by("pk").values_list("event", flat=True))[-2:]
    assert events == [AuditEvent.INTEL_SOURCE_TRIED, AuditEvent.INTEL_SOURCE_BELIEVED]


def test_what_a_source_and_another_brought_counts_while_one_of_them_is_believed(after_commit):
    one, other = a_collection(OrganisationFactory(code="QQ1")), a_collection(OrganisationFactory(code="QQ2"))
    after_commit(lambda: add(one, an_indicator()))
    after_commit(lambda: add(other, an_indicator()))
    first, second = Source.objects.select_related("organisation", "client").order_by("pk")
    (entry,) = kept(adapters.exact_folder())
    assert set(entry.brought.split(",")) == {str(first.pk), str(second.pk)}
    after_commit(lambda: standings.withdraw_source(by=NODE, source=first, because=WHY, clock=a_clock()))
    while after_commit(lambda: standings.take_back(clock=a_clock())):
        pass
    assert looked_for() == ["198.51.100.1"]
    assert Indicator.objects.get().owner == "QQ2"


def test_all_that_a_source_ever_sent_is_taken_back_and_nothing_more_is_taken_from_it(after_commit):
    collection = a_collection()
    key = a_key(collection)
    after_commit(lambda: add(collection, an_indicator("203.0.113.1")))
    after_commit(lambda: add(collection, an_indicator("198.51.100.1"), an_indicator("198.51.100.2"), by=key.client))
    source = Source.objects.select_related("organisation", "client").get(client=key.client)

    after_commit(lambda: standings.withdraw_source(by=NODE, source=source, because=WHY, clock=a_clock()))

    sets = ExactSets.open(adapters.exact_folder())
    assert len(sets) == 3  # nothing was written anew yet, and still what it brought counts no longer
    assert Standings(adapters.exact_folder()).now.withdrawn == {str(source.pk)}
    while after_commit(lambda: standings.take_back(clock=a_clock())):
        pass
    assert looked_for() == ["203.0.113.1"]
    assert not Object.objects.filter(source=source).exists()
    with pytest.raises(NotAllowedError):
        add(collection, an_indicator("198.51.100.3"), by=key.client)


def test_an_earlier_version_that_another_brought_counts_again_when_a_later_one_is_taken_back(after_commit):
    collection, other = a_collection(), OrganisationFactory()
    key = a_key(collection, organisation=collection.organisation)
    after_commit(lambda: add(collection, an_indicator()))
    changed = an_indicator(modified=LATER, pattern="[ipv4-addr:value = '203.0.113.5']")
    share(collection, other)
    after_commit(lambda: add(collection, changed, by=key.client))
    assert looked_for() == ["203.0.113.5"]
    source = Source.objects.select_related("organisation", "client").get(client=key.client)
    after_commit(lambda: standings.withdraw_source(by=NODE, source=source, because=WHY, clock=a_clock()))
    while after_commit(lambda: standings.take_back(clock=a_clock())):
        pass
    assert looked_for() == ["198.51.100.1"]
    assert Object.objects.get().current


def _noting(order, name, work):
    def noting(*given, **more):
        order.append(name)
        return work(*given, **more)

    return noting


@pytest.mark.parametrize("do", [standings.try_source, standings.believe_source, standings.withdraw_source])
def test_collections_are_held_before_all_else_and_the_record_comes_last(do, monkeypatch):
    """As whoever adds to a collection does; the other way round, each of the two would wait for the other."""
    add(a_collection(), an_indicator())
    source, order = the_source(), []
    if do is standings.believe_source:
        standings.try_source(by=NODE, source=source, because="So many.", clock=a_clock())
    steps = [(standings, "locked"), (Source, "save"), (standings.going, "tell_standing"), (standings, "record")]
    for place, name in steps:
        monkeypatch.setattr(place, name, _noting(order, name, getattr(place, name)))

    do(by=NODE, source=source, because="Enough.", clock=a_clock())

    told = [] if do is standings.withdraw_source else ["tell_standing"]
    assert order == ["locked", "save", *told, "record"]


def test_doubting_needs_a_reason():
    add(a_collection(), an_indicator())
    for act in (standings.try_source, standings.withdraw_source):
        with pytest.raises(BadInputError, match="A reason is needed"):
            act(by=NODE, source=the_source(), because=" ", clock=a_clock())


def met(indicators, organisations):
    """Alerts of some indicators, at some organisations in turn."""
    for number, one in enumerate(indicators):
        rule = RuleFactory(id=one["id"])
        where = organisations[number % len(organisations)]
        AlertFactory(rule=rule, organisation=where, received_last_at=MOMENT)


def test_a_source_of_which_many_new_indicators_are_met_at_many_organisations_is_put_on_trial(after_commit):
    indicators = [an_indicator(f"198.51.100.{number}") for number in range(standings.MANY_INDICATORS)]
    add(a_collection(), *indicators)
    met(indicators, [OrganisationFactory() for _ in range(standings.MANY_ORGANISATIONS)])
    after_commit(lambda: standings.doubt_floods(clock=a_clock()))
    source = the_source()
    assert source.trial_because == "50 of its new indicators were met at 5 organisations within 10 minutes."
    assert Standings(adapters.exact_folder()).now.trial == {str(source.pk)}


def test_one_indicator_that_is_met_everywhere_puts_nothing_on_trial():
    indicators = [an_indicator(f"198.51.100.{number}") for number in range(standings.MANY_INDICATORS - 1)]
    add(a_collection(), *indicators)
    met(indicators, [OrganisationFactory() for _ in range(standings.MANY_ORGANISATIONS)])
    standings.doubt_floods(clock=a_clock())
    assert the_source().trial_since is None
