"""Nodes between which and in which things go wrong at random: afterwards nothing is lost, and nothing counts twice."""

import os
import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from console.intel.factories import NODE, a_sighting, an_indicator
from console.intel.nations import Place
from console.link.kinds_of_tests import STATE
from console.link.nodes import Node, Wire, child_of, empty_database, exchange, join
from watchward.base.clock import HeldClock
from watchward.console.intel import actions
from watchward.console.intel.models import Collection, Object, Sighting
from watchward.console.link import adapters, kinds
from watchward.console.link.client import LinkError
from watchward.console.link.models import Peer
from watchward.console.messages import Answer
from watchward.intel.markings import Tlp

BEGUN = datetime(2026, 2, 1, 9, tzinfo=UTC)
GREEN = {"object_marking_refs": [Tlp.GREEN.marking]}
STEPS = (
    "hold", "end", "happen", "share", "share", "revoke", "see", "take out", "speak", "speak", "speak", "speak",
    "put back", "back up", "clock",
)  # fmt: skip
FAULTS = int(os.environ.get("WATCHWARD_FAULTS", "60"))


@pytest.fixture
def made(tmp_path):
    """A maker of nodes."""
    if connection.vendor != "sqlite":
        pytest.skip("each node has a file of its own")
    empty = empty_database(tmp_path)

    def make(name, *, of=Node, **given):
        clock = HeldClock(at=datetime(2026, 3, 1, 9, tzinfo=UTC))
        return of(name, tmp_path / name, empty, clock, **given)

    return make


class Whole(Place):
    """A node that tells of its intelligence, and of what the tests hold and have happen."""

    def register(self):
        super().register()
        Node.register(self)

    def intelligence(self):
        """All that holds here, whoever brought it, with its very text."""
        with self.inside():
            held = Object.objects.filter(current=True).select_related("source__organisation")
            return {(one.source.brought_by, one.stix_id, bytes(one.raw)) for one in held}

    def seen(self):
        """How often the sightings that count here say that each indicator was seen, and at whom."""
        with self.inside():
            return sorted(Sighting.objects.filter(revoked=False).values_list("owner", "of", "count"))


class Faulty(Wire):
    """Carries messages badly: loses them or their answers, repeats old ones, gives old answers, cuts them."""

    def __init__(self, to, chance):
        super().__init__(to)
        self.chance = chance
        self.answers = []
        self.count = 0

    def __call__(self, sent, *, seconds):
        match self.chance.choice(["fine", "fine", "lost", "answer lost", "twice", "old first", "old answer", "half"]):
            case "lost":
                raise self.lost()
            case "answer lost":
                super().__call__(sent, seconds=seconds)
                raise self.lost()
            case "twice":
                self.count += 1
                super().__call__(sent, seconds=seconds)
            case "old first" if self.carried:
                self.count += 1
                super().__call__(self.chance.choice(self.carried), seconds=seconds)
            case "old answer" if self.answers:
                self.count += 1
                super().__call__(sent, seconds=seconds)
                return self.chance.choice(self.answers)
            case "half":
                self.count += 1
                answered = super().__call__(sent, seconds=seconds)
                return Answer(
                    status=answered.status,
                    headers=answered.headers,
                    body=answered.body[: self.chance.randrange(len(answered.body))],
                )
        answered = super().__call__(sent, seconds=seconds)
        self.answers.append(answered)
        return answered

    def lost(self):
        self.count += 1
        return LinkError("The message was lost.", advice="Try again.")


class Story:
    """Three nodes in a row, and what goes wrong with them."""

    def __init__(self, made, seed):
        self.chance = random.Random(seed)  # noqa: S311 - it draws faults
        self.nation, self.region, self.trust = (
            made(name, of=Whole, relays=name == "R1") for name in ("N1", "R1", "T1")
        )
        self.nodes = [self.nation, self.region, self.trust]
        join(self.region, self.nation)
        join(self.trust, self.region)
        self.faults = self.number = 0
        self.happened = set()
        self.places = {node.name: node.collection(node.name) for node in self.nodes}

    def step(self):
        match self.chance.choice(STEPS):
            case "hold":
                self.number += 1
                self.nation.hold(f"block-{self.chance.randrange(self.number)}", f"version {self.number}")
            case "end":
                self.nation.end(f"block-{self.chance.randrange(self.number + 1)}")
            case "happen":
                self.number += 1
                self.happened.add(f"seen-{self.number}")
                self.trust.happen(f"seen-{self.number}")
            case "share" | "revoke" | "see" as what:
                self.bring(self.chance.choice(self.nodes), what)
            case "take out":
                self.take_out(self.chance.choice(self.nodes))
            case "speak":
                self.speak(self.chance.choice([self.region, self.trust]))
            case "back up":
                self.chance.choice(self.nodes).back_up()
            case "put back":
                self.put_back(self.chance.choice(self.nodes))
            case "clock":
                node = self.chance.choice(self.nodes)
                node.clock.advance(timedelta(minutes=self.chance.randrange(-600, 600)))
                self.faults += 1

    def bring(self, node, what):
        """Bring an indicator in another version than ever before, or revoke it, or say that it was seen."""
        self.number += 1
        seen = an_indicator(f"198.51.100.{self.chance.randrange(9)}", **GREEN)
        if what == "see":
            seen = a_sighting(seen, count=self.number, **GREEN)
        else:
            modified = (BEGUN + timedelta(minutes=self.number)).isoformat().replace("+00:00", "Z")
            seen |= {"modified": modified, "revoked": what == "revoke", "description": f"{node.name} {self.number}"}
        node.put(self.places[node.name], seen)

    def take_out(self, node):
        with node.inside():
            place = Collection.objects.get(pk=self.places[node.name])
            names = sorted(place.held.values_list("stix_id", flat=True).distinct())
            if names:
                name = self.chance.choice(names)
                actions.remove_object(by=NODE, collection=place, stix_id=name, clock=node.clock)

    def speak(self, node):
        wire = Faulty(node.parent_at, self.chance)
        for _ in range(3):
            with node.inside():
                child = child_of(node, wire)
                for work in (child.say, lambda child=child: child.listen(wait=0)):
                    try:
                        work()
                    except (LinkError, ValueError):
                        wire.count += 1
                    except Exception as error:
                        if type(error).__name__ != "BadInputError":
                            raise
        self.faults += wire.count

    def put_back(self, node):
        if node.backups:
            node.put_back(self.chance.randrange(len(node.backups)))
            self.faults += 1

    def come_to_rest(self):
        """Let the nodes speak without faults until they have nothing more to say."""
        for _ in range(4):
            for node in (self.trust, self.region):
                exchange(node, times=200)


@pytest.mark.parametrize("seed", range(-(-FAULTS // 60)))
def test_whatever_fails_nothing_is_lost_and_nothing_counts_twice(made, seed):
    story = Story(made, seed)
    while story.faults < min(FAULTS, 60):
        story.step()
    story.come_to_rest()

    # What a node that was put back had not yet told is gone with its disk; what it still knows is known above.
    assert story.nation.holds() == story.region.holds() == story.trust.holds()
    assert story.nation.intelligence() == story.region.intelligence() == story.trust.intelligence()
    assert story.nation.seen() == story.region.seen() == story.trust.seen()
    assert story.nation.looks_for() == story.region.looks_for() == story.trust.looks_for()
    known = story.trust.happened()
    assert len(set(known)) == len(known)
    for above in (story.region, story.nation):
        there = above.happened()
        assert len(set(there)) == len(there)
        assert set(known) <= set(there) <= story.happened


def test_an_older_version_is_told_again_what_it_did_not_know_when_it_is_upgraded(made):
    parent, child = made("parent"), made("child")
    register = child.register
    child.register = lambda: kinds.forget(STATE)
    join(child, parent)
    parent.hold("block")
    exchange(child)
    assert not child.holds()

    child.register = register
    with child.inside():
        list(adapters.bound_all(clock=child.clock))
    exchange(child)

    assert {key for key, _ in child.holds()} == {"block"}


def test_another_parent_takes_the_place_of_the_first(made):
    old, new, child = made("old"), made("new"), made("child")
    old.hold("from the old")
    join(child, old)
    exchange(child)
    child.happen("unheard")
    new.hold("from the new")
    join(child, new)
    exchange(child)

    assert {key for key, _ in child.holds()} == {"from the new"}
    assert new.happened() == ["unheard"]


def test_what_outgrows_its_share_is_told_anew_and_events_are_not_lost(made):
    from watchward.console.link import speaking  # noqa: PLC0415

    parent, child = made("parent"), made("child")
    join(child, parent)
    exchange(child)
    for number in range(50):
        child.hold(f"posture-{number % 5}", f"reading {number}")
    child.happen("seen")
    with child.inside():
        given = speaking.bound(Peer.objects.get(), clock=child.clock, most_state=500)
    exchange(child)

    assert given.state == 50
    assert parent.holds() == child.holds()
    assert parent.happened() == ["seen"]
