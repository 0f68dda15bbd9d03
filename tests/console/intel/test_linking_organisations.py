"""A node that joined before it had its organisations says so at both ends, and misses nothing once they are there."""

import pytest

from console.intel.factories import NODE, an_indicator
from watchward.console.estate.actions import import_organisations
from watchward.console.estate.models import Organisation
from watchward.console.link import presenters, queries
from watchward.console.link.models import Peer
from watchward.estate.organisation import OrganisationKind, OrganisationRecord
from watchward.intel.markings import Tlp


@pytest.fixture
def bare(nation):
    """A trust's node whose register is empty, to which something was told that another trust had shared."""
    with nation["T3"].inside():
        for one in Organisation.objects.order_by("-path"):
            one.delete()
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, an_indicator("198.51.100.7", object_marking_refs=[Tlp.GREEN.marking]))
    nation.rest()
    nation.rest()
    return nation["T3"]


def wrong(node, *, way):
    """What is wrong with a link of a node, in words."""
    with node.inside():
        peers = [Peer.objects.get(way=way)]
        found = list(presenters.described(peers, now=node.clock.now()))
    return " ".join(f"{one.what} {one.advice}" for link in found for one in link.wrong)


def test_the_node_itself_says_which_organisation_it_lacks_and_what_to_do(bare):
    assert bare.looks_for() == []
    assert "speaks for T3, and has no such organisation" in wrong(bare, way="parent")
    assert "watchward estate import" in wrong(bare, way="parent")


@pytest.mark.usefixtures("bare")
def test_the_node_above_is_told_that_what_it_tells_is_refused_there_and_why(nation):
    said = wrong(nation["R2"], way="child")

    assert "1 of the things that it was told today was refused there" in said
    assert "This node has none of the organisations" in said


def test_what_was_refused_comes_by_itself_once_the_organisations_are_imported(bare, nation):
    with bare.inside():
        record = OrganisationRecord(code="T3", name="Place T3", kind=OrganisationKind.TRUST)
        import_organisations(by=NODE, records=[record], clock=bare.clock)
        assert "has no such organisation" not in wrong(bare, way="parent")
    nation.rest()

    assert bare.looks_for() == ["198.51.100.7"]
    assert list(queries.refusals_visible_to(NODE, there=False)) == []
