"""What one node tells another arrives in order, once in effect, whatever fails between them and to them."""

import copy
import json
from dataclasses import dataclass, field, replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from watchward.link import stream
from watchward.link.stream import Batch, BeginAnew, Envelope, Heard, Position, Sent


def envelope(name, kind="sighting", body=b"{}"):
    return Envelope(kind=kind, id=name, made_at="2026-11-22T09:00:00Z", body=body)


@dataclass
class Teller:
    """A sender's database: what holds there, and its stream."""

    holding: dict[str, None] = field(default_factory=dict)
    sent: Sent = field(default_factory=Sent)
    queue: list = field(default_factory=list)

    def say(self, kind, name):
        self.sent = self.sent.saying(said := envelope(name, kind))
        self.queue.append((self.sent.last, said))

    def answered(self, have):
        match stream.told(self.sent, [place for place, _ in self.queue], have):
            case BeginAnew(sent=sent):
                self.sent, self.queue = sent, []
                for name in self.holding:
                    self.say("holds", name)
                self.say("complete", json.dumps(list(self.holding)))
            case heard:
                self.sent = heard.sent
                self.queue = [one for one in self.queue if one[0].seq > self.sent.acknowledged.seq]

    def batch(self, most=3):
        return stream.batch(self.sent, self.queue, most=most, most_bytes=1000)


@dataclass
class Hearer:
    """A receiver's database: what it was told, which places of the stream were given effect, and where it stands."""

    holding: dict[str, None] = field(default_factory=dict)
    effects: list[tuple[int, int]] = field(default_factory=list)
    at: Position = field(default_factory=Position)

    def hear(self, batch):
        heard, new = stream.hear(batch, self.at)
        for place, told in new:
            self.at = place
            self.effects.append((place.epoch, place.seq))
            match told.kind:
                case "holds":
                    self.holding[told.id] = None
                case "ends":
                    self.holding.pop(told.id, None)
                case "complete":
                    self.holding = {name: None for name in self.holding if name in json.loads(told.id)}
        return heard


class Between(RuleBasedStateMachine):
    """Two nodes, and a network that loses, repeats, delays and reorders."""

    def __init__(self):
        super().__init__()
        self.teller, self.hearer = Teller(), Hearer()
        self.backups = {"teller": [], "hearer": []}
        self.batches, self.answers = [], []
        self.count = 0

    @rule()
    def something_happens(self):
        self.count += 1
        self.teller.holding[f"fact-{self.count}"] = None
        self.teller.say("holds", f"fact-{self.count}")

    @precondition(lambda self: self.teller.holding)
    @rule(data=st.data())
    def something_is_withdrawn(self, data):
        name = data.draw(st.sampled_from(list(self.teller.holding)))
        del self.teller.holding[name]
        self.teller.say("ends", name)

    @rule(most=st.integers(1, 5))
    def a_batch_is_sent(self, most):
        self.batches.append(self.teller.batch(most))

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def some_batch_arrives(self, data):
        """Any that was ever sent: late, again, or out of order."""
        self.hearer.hear(data.draw(st.sampled_from(self.batches)))
        self.answers.append(self.hearer.at)

    @precondition(lambda self: self.batches)
    @rule(data=st.data())
    def half_a_batch_arrives(self, data):
        whole = data.draw(st.sampled_from(self.batches))
        half = whole.envelopes[: len(whole.envelopes) // 2]
        self.hearer.hear(replace(whole, envelopes=half))

    @precondition(lambda self: self.answers)
    @rule(data=st.data())
    def some_answer_arrives(self, data):
        self.teller.answered(data.draw(st.sampled_from(self.answers)))

    @rule(which=st.sampled_from(["teller", "hearer"]))
    def a_backup_is_made(self, which):
        self.backups[which].append(copy.deepcopy(getattr(self, which)))

    @rule(which=st.sampled_from(["teller", "hearer"]), data=st.data())
    def an_end_is_put_back(self, which, data):
        if self.backups[which]:
            setattr(self, which, copy.deepcopy(data.draw(st.sampled_from(self.backups[which]))))

    @invariant()
    def each_place_is_given_effect_once_and_in_order(self):
        for before, after in pairwise([(0, 0), *self.hearer.effects]):
            assert after == (before[0], before[1] + 1) or (after[0] > before[0] and after[1] == 1)

    @invariant()
    def the_queue_holds_just_what_is_not_acknowledged(self):
        sent = self.teller.sent
        assert [place.seq for place, _ in self.teller.queue] == list(
            range(sent.acknowledged.seq + 1, sent.last.seq + 1)
        )

    def teardown(self):
        """Whatever happened: once the two can speak, they agree, and soon."""
        for _ in range(3 * self.count + 20):
            self.hearer.hear(self.teller.batch())
            self.teller.answered(self.hearer.at)
        assert set(self.hearer.holding) == set(self.teller.holding)
        assert self.teller.queue == []
        assert self.hearer.at == self.teller.sent.last


Between.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestTheTwoAgreeWhateverHappened = Between.TestCase


def said(names):
    sent = Sent()
    queue = []
    for name in names:
        sent = sent.saying(one := envelope(name))
        queue.append((sent.last, one))
    return sent, queue


@given(st.lists(st.text(min_size=1, max_size=5), max_size=8), st.integers(0, 8))
def test_a_receiver_takes_just_what_it_has_not_heard(names, heard):
    sent, queue = said(names)
    have = ([Position()] + [place for place, _ in queue])[min(heard, len(queue))]

    answer, new = stream.hear(Batch(after=Position(), envelopes=tuple(one for _, one in queue)), have)

    assert answer is Heard.TAKEN
    assert [one.id for _, one in new] == names[have.seq :]
    assert (new[-1][0] if new else have) == sent.last


def test_what_follows_a_gap_waits_until_the_gap_is_told():
    _, queue = said("abc")
    later = Batch(after=queue[1][0], envelopes=(queue[2][1],))

    assert stream.hear(later, Position()) == (Heard.GAP, [])
    assert stream.hear(replace(later, after=replace(later.after, epoch=2)), Position()) == (Heard.GAP, [])


def test_a_stream_of_the_same_length_that_says_otherwise_is_not_taken_for_the_same():
    sent, queue = said("abc")
    _, other = said("xyz")
    have = queue[1][0]

    heard, new = stream.hear(Batch(after=Position(), envelopes=tuple(one for _, one in other)), have)
    assert (heard, new) == (Heard.FORKED, [])
    decided = stream.told(sent, queue, other[1][0])
    assert isinstance(decided, BeginAnew)
    assert decided.sent.last == Position(epoch=2)


def test_what_an_epoch_said_before_it_ended_is_heard_no_more():
    _, queue = said("ab")

    assert stream.hear(Batch(after=Position(), envelopes=(queue[0][1],)), Position(epoch=2, seq=0))[0] is Heard.STALE


def test_a_batch_keeps_to_its_limits_but_always_tells_something():
    sent, queue = said("abcdef")
    big = [(place, replace(one, body=b"x" * 400)) for place, one in queue]

    assert len(stream.batch(sent, queue, most=4, most_bytes=1000).envelopes) == 4
    assert len(stream.batch(sent, big, most=9, most_bytes=1000).envelopes) == 2
    assert len(stream.batch(sent, big, most=9, most_bytes=1).envelopes) == 1
    assert stream.batch(sent, [], most=9, most_bytes=1).envelopes == ()


@given(st.tuples(st.text(), st.text(), st.text(), st.binary()), st.tuples(st.text(), st.text(), st.text(), st.binary()))
def test_parts_of_an_envelope_are_not_mistaken_for_each_other(one, other):
    first, second = (
        Position().after(Envelope(kind=kind, id=name, made_at=at, body=body)) for kind, name, at, body in (one, other)
    )
    assert (first == second) == (one == other)
