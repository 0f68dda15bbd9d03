"""Intelligence over links: what one node shares protects all whom its marking allows, and is taken back as fast."""

import pytest
from django.db import connection

from console.intel.factories import an_indicator
from console.intel.nations import Nation
from watchward.intel.markings import Tlp

GREEN = {"object_marking_refs": [Tlp.GREEN.marking]}


@pytest.fixture
def nation(tmp_path):
    if connection.vendor != "sqlite":
        pytest.skip("each node has a file of its own")
    return Nation(tmp_path)


def test_what_one_trust_shares_every_node_looks_for(nation):
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, an_indicator("198.51.100.7", **GREEN))
    nation.rest()

    assert {name: node.looks_for() for name, node in nation.nodes.items()} == {
        key: ["198.51.100.7"] for key in nation.nodes
    }
    assert nation["T1"].refusals(there=True) == []


def test_what_it_withdraws_no_node_looks_for_any_more(nation):
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, an_indicator("198.51.100.7", **GREEN))
    nation.rest()
    nation["T1"].put(place, an_indicator("198.51.100.7", modified="2026-02-09T00:00:00.000Z", revoked=True, **GREEN))
    nation.rest()

    assert {name: node.looks_for() for name, node in nation.nodes.items()} == {key: [] for key in nation.nodes}
