"""What a link refuses, and says why: other nodes, forgers, what was heard before, and more than may come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from console.link.nodes import Node, Wire, child_of, empty_database, exchange, join
from watchward.base.clock import HeldClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import Service
from watchward.console.link import actions, client, heads
from watchward.console.link.client import LinkError
from watchward.console.link.http import SIGNATURE
from watchward.console.link.models import Hearing, HeldHead, Passage, Peer, Refusal
from watchward.link.code import read

BY = Service(name="test")


@pytest.fixture
def made(tmp_path):
    """A maker of nodes."""
    if connection.vendor != "sqlite":
        pytest.skip("each node has a file of its own")
    empty = empty_database(tmp_path)

    def make(name):
        return Node(name, tmp_path / name, empty, HeldClock(at=datetime(2026, 3, 1, 9, tzinfo=UTC)))

    return make


@pytest.fixture
def pair(made):
    parent, child = made("parent"), made("child")
    join(child, parent)
    exchange(child)
    return parent, child


def test_a_code_is_good_for_one_node(made):
    parent, child, other = made("parent"), made("child"), made("other")
    text = join(child, parent)

    with other.inside(), pytest.raises(LinkError, match="used already"):
        client.join(read(text), Wire(parent), by="test", clock=other.clock)


def test_a_code_that_has_ended_is_refused_by_the_parents_clock(made):
    parent, child = made("parent"), made("child")
    join(made("another"), parent)
    with parent.inside():
        where = Peer.objects.get().organisation
        text = actions.invite(by=BY, name="x", organisation=where, clock=parent.clock).text
    parent.clock.advance(timedelta(days=4))

    with child.inside(), pytest.raises(LinkError, match="has ended"):
        client.join(read(text), Wire(parent), by="test", clock=child.clock)


def test_a_node_that_answers_in_the_parents_place_is_not_believed(made, pair):
    _, child = pair
    with child.inside(), pytest.raises(LinkError, match="for another node"):
        child_of(child, Wire(made("stranger"))).listen(wait=0)


def test_a_message_that_was_changed_on_its_way_is_refused(pair):
    parent, child = pair
    child.happen("seen")

    class Changing(Wire):
        def __call__(self, sent, *, seconds):
            return super().__call__(replace(sent, body=sent.body.replace(b"seen", b"sawn")), seconds=seconds)

    with child.inside(), pytest.raises(LinkError, match="does not carry the signature"):
        child_of(child, Changing(parent)).say()
    assert not parent.happened()


def test_an_answer_that_is_not_signed_by_the_parent_is_not_believed(pair):
    parent, child = pair

    class Forging(Wire):
        def __call__(self, sent, *, seconds):
            answered = super().__call__(sent, seconds=seconds)
            return replace(answered, headers={**answered.headers, SIGNATURE: "00" * 64})

    with child.inside(), pytest.raises(LinkError, match="is not the parent"):
        child_of(child, Forging(parent)).listen(wait=0)


def test_what_was_heard_before_changes_nothing(pair):
    parent, child = pair
    wire = Wire(parent)
    with child.inside():
        child_of(child, wire).listen(wait=0)
    old = list(wire.carried)
    child.happen("seen")
    exchange(child)
    parent.hold("block")
    exchange(child)
    with parent.inside():
        began = Peer.objects.get().speaking.began_at, Peer.objects.get().speaking.epoch

    answers = [wire(sent, seconds=1) for sent in [*old, *wire.carried]]

    assert {int(one.status) for one in answers} == {409}
    with parent.inside():
        assert (Peer.objects.get().speaking.began_at, Peer.objects.get().speaking.epoch) == began
    assert parent.happened() == ["seen"]


@pytest.mark.parametrize("epoch", [(1 << 31) - 1, 1 << 31, 1 << 62])
def test_a_child_that_claims_to_have_heard_what_no_stream_can_say_is_refused(pair, epoch):
    """The next epoch would be one that a database does not take, and all contact would end in an error."""
    parent, child = pair
    with parent.inside():
        began = Peer.objects.get().speaking.epoch
    with child.inside():
        Hearing.objects.update(epoch=epoch)
        with pytest.raises(LinkError, match="no message of a link"):
            child_of(child).listen(wait=0)
    with parent.inside():
        assert Peer.objects.get().speaking.epoch == began
    with child.inside():
        Hearing.objects.update(epoch=began)
    parent.hold("block")
    exchange(child)
    assert {key for key, _ in child.holds()} == {"block"}


def test_a_node_whose_link_was_ended_is_refused(pair):
    parent, child = pair
    with parent.inside():
        actions.end_link(by=BY, peer=Peer.objects.get(), reason="It left", clock=parent.clock)
    child.happen("seen")

    with child.inside(), pytest.raises(LinkError, match="its link was ended"):
        child_of(child).say()
    assert not parent.happened()


def test_more_than_a_child_may_send_is_refused_counted_and_told_to_it(pair):
    parent, child = pair
    with parent.inside():
        actions.limit(by=BY, peer=Peer.objects.get(), things=2, size=1000, reason="Too loud", clock=parent.clock)
    for number in range(5):
        child.happen(f"seen-{number}")
    exchange(child)

    assert len(parent.happened()) == 2
    with parent.inside():
        assert Passage.objects.get(fate="refused").count == 3
    with child.inside():
        assert Refusal.objects.filter(there=True).count() == 3


def test_a_child_that_was_away_has_room_for_the_days_that_it_was_and_no_more(pair):
    parent, child = pair
    with parent.inside():
        actions.limit(by=BY, peer=Peer.objects.get(), things=2, size=1000, reason="Too loud", clock=parent.clock)
    child.happen("before")
    exchange(child)
    for node in pair:
        node.clock.advance(timedelta(days=3))
    for number in range(9):
        child.happen(f"seen-{number}")
    exchange(child)

    assert len(parent.happened()) == 1 + 3 * 2


def test_a_node_that_says_again_where_its_audit_log_stands_is_heard_without_another_head(pair):
    parent, child = pair
    for _ in range(3):
        with child.inside():
            heads.send(clock=child.clock)
        exchange(child)
        for node in pair:
            node.clock.advance(timedelta(hours=1))

    with parent.inside():
        (held,) = HeldHead.objects.all()
        assert held.seen_at - held.came_at == timedelta(hours=2)
        assert not held.faults


def test_one_command_withdraws_all_that_a_child_ever_sent_and_nothing_more_comes(pair):
    parent, child = pair
    child.happen("false")
    child.hold("false block")
    parent.hold("its own")
    exchange(child)
    with parent.inside():
        done = actions.withdraw_all(by=BY, peer=Peer.objects.get(), reason="Broken into", clock=parent.clock)
    child.happen("false again")
    exchange(child)

    assert done == {"Things that hold": 1, "Things that happened": 1}
    assert not parent.happened()
    assert {key for key, _ in parent.holds()} == {"its own"}


def test_what_is_let_out_no_longer_is_dropped_there(pair):
    parent, child = pair
    parent.hold("block")
    exchange(child)
    with parent.inside():
        actions.set_policy(by=BY, peer=Peer.objects.get(), lets_out={"test_state": False}, clock=parent.clock)
    exchange(child)

    assert not child.holds()
    assert {key for key, _ in parent.holds()} == {"block"}


@pytest.mark.parametrize("which", ["parent", "child"])
def test_a_new_key_of_either_end_takes_over_without_a_word_lost(pair, which):
    parent, child = pair
    with {"parent": parent, "child": child}[which].inside():
        actions.change_key(by=BY, clock=parent.clock)
    parent.hold("block")
    child.happen("seen")
    for _ in range(2):
        exchange(child)

    assert {key for key, _ in child.holds()} == {"block"}
    assert parent.happened() == ["seen"]


def test_a_key_is_not_changed_again_before_every_peer_knows_the_last(pair):
    parent, _ = pair
    with parent.inside():
        actions.change_key(by=BY, clock=parent.clock)
        with pytest.raises(BadInputError, match="did not learn"):
            actions.change_key(by=BY, clock=parent.clock)


def test_a_childs_audit_log_that_was_put_back_or_rewritten_is_noticed_above(pair):
    parent, child = pair
    for number in range(2):
        with child.inside():
            if number:
                actions.change_key(by=BY, clock=child.clock)
            heads.send(clock=child.clock)
        exchange(child)
        child.back_up()
    with parent.inside():
        assert [one.faults for one in HeldHead.objects.all()] == ["", ""]

    child.put_back(0)
    child.clock.advance(timedelta(hours=1))
    with child.inside():
        actions.change_key(by=BY, clock=child.clock)
        heads.send(clock=child.clock)
    exchange(child)

    with parent.inside():
        assert "is not what it was" in HeldHead.objects.first().faults


def test_what_left_is_counted_by_class_day_and_reason(pair):
    _, child = pair
    child.happen("seen-1")
    child.happen("seen-2")
    exchange(child)

    with child.inside():
        left = Passage.objects.get(fate="left", kind="test_event")
        assert (left.count, left.size, left.day.isoformat()) == (2, 4, "2026-03-01")


def test_a_log_that_grew_again_after_it_was_put_back_is_noticed_above(pair):
    parent, child = pair
    child.back_up()
    _tell_head(child)
    child.put_back(0)
    for _ in range(2):
        with child.inside():
            actions.change_key(by=BY, clock=child.clock)
        exchange(child)
    _tell_head(child)

    with parent.inside():
        assert "nothing shows that the log goes on from there" in HeldHead.objects.first().faults


def test_a_link_is_ended_once(pair):
    parent, _ = pair
    with parent.inside():
        peer = Peer.objects.get()
        actions.end_link(by=BY, peer=peer, reason="no longer ours", clock=parent.clock)
        with pytest.raises(BadInputError, match="was ended before"):
            actions.end_link(by=BY, peer=peer, reason="again", clock=parent.clock)


def _tell_head(child):
    with child.inside():
        heads.send(clock=child.clock)
    exchange(child)
