"""What is told waits for those whom it is for, falls with its transaction, and is counted where it may not go."""

import json

import pytest
from django.db import transaction

from console.link.factories import PeerFactory
from console.link.kinds_of_tests import EVENT, STATE, event, state
from watchward.base.errors import BadInputError
from watchward.console.link import kinds, telling
from watchward.console.link.bell import Ear
from watchward.console.link.kinds import Kind, Way
from watchward.console.link.models import Letter, Passage, Peer, Queued


@pytest.fixture(autouse=True)
def _kinds():
    kinds.register(state())
    kinds.register(event())
    yield
    for name in (STATE, EVENT):
        kinds.forget(name)


def test_one_thing_for_many_is_kept_once(clock):
    children = [PeerFactory(), PeerFactory()]

    telling.tell(STATE, id="one", body={"says": "a"}, to=telling.children(), clock=clock)

    assert [(one.kind, one.envelope_id, json.loads(one.body)) for one in Letter.objects.all()] == [
        (STATE, "one", {"says": "a"})
    ]
    assert set(Queued.objects.values_list("peer", "event")) == {(child.pk, False) for child in children}


def test_a_node_without_links_tells_nobody(clock):
    telling.tell(STATE, id="one", body={}, to=[*telling.children(), *telling.parent()], clock=clock)

    assert not Letter.objects.exists()


def test_what_the_policy_does_not_let_out_is_counted_and_does_not_wait(clock):
    open_to, closed_to = PeerFactory(), PeerFactory(lets_out={EVENT: False})

    telling.tell(EVENT, id="one", body={"of": 1}, to=telling.children(), clock=clock)

    assert list(Queued.objects.values_list("peer", flat=True)) == [open_to.pk]
    withheld = Passage.objects.get()
    assert (withheld.peer, withheld.kind, withheld.fate, withheld.count) == (closed_to, EVENT, "withheld", 1)


def test_a_class_that_goes_up_is_not_told_downwards(clock):
    kinds.register(event(way=Way.UP))
    PeerFactory()

    with pytest.raises(ValueError, match="does not go to"):
        telling.tell(EVENT, id="one", body={}, to=telling.children(), clock=clock)


def test_an_ended_link_is_told_nothing(clock):
    PeerFactory(ended_at=clock.now())
    PeerFactory(way=Peer.Way.PARENT, organisation=None, ended_at=clock.now())

    assert not telling.children()
    assert not telling.parent()


def test_something_too_large_is_refused(clock):
    PeerFactory()

    with pytest.raises(BadInputError, match="links carry"):
        telling.tell(STATE, id="one", body={"a": "x" * (1 << 20)}, to=telling.children(), clock=clock)


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_is_woken_when_it_is_committed(clock):
    peer, ear = PeerFactory(), Ear()
    with transaction.atomic():
        telling.tell(STATE, id="one", body={}, to=[peer], clock=clock)
        assert ear.rung_for() == frozenset()
    assert ear.rung_for() is None  # the first look at a new bell: it may be for anybody

    with transaction.atomic():
        telling.tell(STATE, id="two", body={}, to=[peer], clock=clock)

    assert ear.rung_for() == {peer.pk}
    assert ear.rung_for() == frozenset()


def test_what_goes_up_can_be_withdrawn_or_is_no_class_of_data():
    with pytest.raises(ValueError, match="withdrawn by one command"):
        Kind(name="x", way=Way.UP, label="X", take=lambda *_: None)


def test_what_can_be_told_anew_can_be_dropped():
    with pytest.raises(ValueError, match="told anew and dropped"):
        Kind(name="x", way=Way.DOWN, label="X", take=lambda *_: None, holding=lambda _: iter(()))
