"""Two and three nodes with their own databases: what one tells has its effect at the others, and is undone there."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from console.link.nodes import Node, empty_database, exchange, join
from watchward.base.clock import HeldClock


@pytest.fixture
def made(tmp_path):
    """A maker of nodes."""
    if connection.vendor != "sqlite":
        pytest.skip("each node has a file of its own")
    empty = empty_database(tmp_path)

    def make(name, **given):
        clock = HeldClock(at=datetime(2026, 3, 1, 9, tzinfo=UTC))
        return Node(name, tmp_path / name, empty, clock, **given)

    return make


@pytest.fixture
def pair(made):
    parent, child = made("parent"), made("child")
    join(child, parent)
    return parent, child


def test_what_held_before_the_link_and_what_holds_since_is_known_below(made):
    parent, child = made("parent"), made("child")
    parent.hold("before")
    join(child, parent)
    exchange(child)
    parent.hold("since")
    exchange(child)

    assert {key for key, _ in child.holds()} == {"before", "since"}


def test_what_happens_below_is_known_above_once(pair):
    parent, child = pair
    child.happen("seen-1")
    child.happen("seen-2")
    exchange(child)
    exchange(child)

    assert parent.happened() == ["seen-1", "seen-2"]


def test_what_ends_above_ends_below(pair):
    parent, child = pair
    parent.hold("block")
    exchange(child)
    parent.end("block")
    exchange(child)

    assert not child.holds()


def test_it_passes_through_a_region_both_ways(made):
    nation, region, trust = made("nation"), made("region", relays=True), made("trust")
    join(region, nation)
    join(trust, region)
    exchange(region)
    exchange(trust)
    nation.hold("block")
    trust.happen("seen")
    for node in (region, trust, region):
        exchange(node)

    assert {key for key, _ in trust.holds()} == {"block"}
    assert nation.happened() == ["seen"]


def test_a_week_of_outage_ends_with_everything_told_once_and_in_order(pair):
    parent, child = pair
    exchange(child)
    for day in range(7):
        for node in pair:
            node.clock.advance(timedelta(days=1))
        parent.hold(f"day-{day}")
        child.happen(f"seen-{day}")
    parent.end("day-0")
    exchange(child)

    assert {key for key, _ in child.holds()} == {f"day-{day}" for day in range(1, 7)}
    assert parent.happened() == [f"seen-{day}" for day in range(7)]
