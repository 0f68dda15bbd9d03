"""What a node below may take of a node, and how far it can be taken back: it harms only itself (ADR 0244)."""

import json

import pytest
from django.db import connections, transaction
from django.test.utils import CaptureQueriesContext

from console.intel.factories import NODE, a_sighting, an_indicator, share
from console.intel.nations import envelopes, told
from console.link.factories import PeerFactory
from watchward.console.estate.models import Organisation
from watchward.console.intel import actions, adapters, audiences, for_whom, jobs, linking
from watchward.console.intel.models import Audience, Collection, Definition, Object, Sighting
from watchward.console.intel.senders import Sender
from watchward.console.link import actions as link_actions
from watchward.intel import markings, passing, stix
from watchward.intel.live import folder
from watchward.intel.markings import Tlp, group_marking
from watchward.intel.passing import MOST_CODES

GREEN = {"object_marking_refs": [Tlp.GREEN.marking]}
EARLIER, LATER = "2026-02-01T00:00:00.000Z", "2026-02-09T00:00:00.000Z"


def _withdraw(nation, code="T1"):
    region = nation["R1"]
    with region.inside():
        link_actions.withdraw_all(by=NODE, peer=region.peer(code), reason="Broken into.", clock=region.clock)


def _sent(*to, value="198.51.100.7", **given):
    return told(value=value, to=list(to), **{**GREEN, **given})


# For whom things are.


def test_a_child_names_so_many_different_addressees_and_no_more_and_is_told_so(nation, monkeypatch):
    monkeypatch.setattr(audiences, "MOST_OF_PEER", 2)
    assert nation.tell(_sent("T1"), _sent("S1", value="198.51.100.8")) == ""

    for owner in ("T1", "S1"):
        more = _sent("T1", "S1", value="198.51.100.9", owner=owner, channel=f"by{owner.lower()}")
        assert "more than 2 different audiences" in nation.tell(more)
    assert nation.tell(_sent("T1", value="198.51.100.10")) == ""
    assert nation.tell(_sent("T2", owner="T2"), by="T2") == ""


def test_what_a_child_names_is_short_all_together(nation, monkeypatch):
    monkeypatch.setattr(audiences, "MOST_CHARACTERS_OF_PEER", 150)
    assert nation.tell(_sent("T1")) == ""

    assert "longer than 150 characters" in nation.tell(_sent("T1", "S1", value="198.51.100.8"))


def test_one_thing_is_sent_to_so_many_organisations_and_no_more(nation):
    every = [f"A{number}" for number in range(MOST_CODES)]

    assert "has none of the organisations" in nation.tell(_sent(*every))
    assert "length <= 50000" in nation.tell(_sent(*every, "T1"))


def test_the_node_above_names_as_many_addressees_as_it_needs(nation, monkeypatch):
    for name in ("MOST_OF_PEER", "MOST_OF_ONE", "MOST_CHARACTERS_OF_PEER", "MOST_DEFINED"):
        monkeypatch.setattr(audiences, name, 1)
    several = [_sent(*to, value=f"198.51.100.{n}", owner="") for n, to in enumerate([["T1"], ["S1"], ["T1", "S1"]])]

    assert nation.tell(*several, to="T1", by="R1") == ""


def test_what_is_for_more_organisations_than_can_be_named_is_not_said_to_be_told(nation, monkeypatch):
    region = nation["R1"]
    place = region.collection("R1", opened=False)
    with region.inside():
        collection = Collection.objects.get(pk=place)
        for code in ("S1", "T2"):
            share(collection, Organisation.objects.get(code=code))
        audience = markings.Audience(owner="R1", level=Tlp.GREEN)
        assert for_whom.nodes_told(audience, collection) == for_whom.Nodes(told=3)
        monkeypatch.setattr(passing, "MOST_CODES", 0)
        assert for_whom.nodes_told(audience, collection) == for_whom.Nodes(too_many=3)


def test_what_is_for_thousands_whom_nothing_but_their_codes_says_goes_to_their_node_all_the_same(nation):
    region, trust = nation["R1"], nation["T2"]
    for node in (region, trust):
        with node.inside():
            _add_homes(5_200)
    place = region.collection("R1")
    with region.inside():
        members = Organisation.objects.filter(code__startswith="H").order_by("code")[:5_100]
        actions.change_group(by=NODE, name="Homes", members=members, clock=region.clock)
    group = group_marking("Homes")
    region.put(place, group, an_indicator(object_marking_refs=[group["id"], Tlp.GREEN.marking]))
    nation.rest()

    title = "Address 198.51.100.1"
    assert title in trust.may_have("H05099")
    assert title not in trust.may_have("H05100")
    assert title not in nation["T3"].titles()


def _add_homes(count):
    trust = Organisation.objects.get(code="T2")
    home = {"kind": "care_home", "parent": trust}
    codes = [f"H{number:05}" for number in range(count)]
    rows = [Organisation(code=one, name=one, path=f"{trust.path}{one}/", **home) for one in codes]
    Organisation.objects.bulk_create(rows)


def _audiences(node):
    with node.inside():
        return Audience.objects.count()


def test_for_whom_things_were_that_are_gone_is_forgotten(nation):
    nation["N1"].put(nation["N1"].collection("N1"), an_indicator(**GREEN))
    nation.rest()
    before = _audiences(nation["R1"])
    nation.tell(_sent("T1"), _sent("S1", value="198.51.100.8"))
    assert _audiences(nation["R1"]) == before + 2
    _withdraw(nation)
    assert _audiences(nation["R1"]) == before

    nation.tell(_sent("T2", owner="T2"), by="T2")
    gone = json.loads(_sent("T2", owner="T2")) | {"object": ""}
    nation.tell(json.dumps(gone).encode(), by="T2")
    with nation["R1"].inside():
        jobs.forget_audiences(clock=nation["R1"].clock)
    assert _audiences(nation["R1"]) == before


# Marking definitions.


def _marked(number, **given):
    group = group_marking(f"Group {number}")
    refs = [Tlp.GREEN.marking, group["id"]]
    return told(value=f"198.51.100.{number}", definitions=[group], to=["T1"], **{"object_marking_refs": refs, **given})


def _statement(group, words):
    """A definition under the identifier of a group's marking, which names no group."""
    said = {name: value for name, value in group_marking(group).items() if name != "extensions"}
    return {**said, "definition_type": "statement", "definition": {"statement": words}}


def _defined(node):
    with node.inside():
        return set(Definition.objects.values_list("stix_id", flat=True))


def test_a_child_defines_so_many_markings_and_no_more_and_is_told_so(nation, monkeypatch):
    monkeypatch.setattr(audiences, "MOST_DEFINED", 2)
    objects = [_marked(0), _marked(1), _marked(2)]
    as_objects = told(document=_statement("Group 3", "For imaging."), channel="d")

    assert "has defined" in nation.tell(*objects)
    assert "has defined" in nation.tell(as_objects)
    assert _defined(nation["R1"]) == {group_marking(f"Group {n}")["id"] for n in range(2)}
    assert nation.tell(_marked(3, owner="T2"), by="T2") == ""


@pytest.mark.parametrize("given", [{"pattern": 7}, {"modified": "yesterday"}, {"owner": "T3"}, {"red": True}])
def test_what_is_refused_defines_nothing(nation, given):
    if given.pop("red", False):
        given["object_marking_refs"] = [Tlp.RED.marking, group_marking("Group 1")["id"]]

    assert nation.tell(_marked(1, **given)) != ""
    assert _defined(nation["R1"]) == set()


def test_definitions_go_with_all_that_a_child_sent_but_for_those_that_another_brought_too(nation):
    nation.tell(_marked(1), _marked(2))
    nation.tell(_marked(2, owner="T2"), by="T2")
    _withdraw(nation)

    assert _defined(nation["R1"]) == {group_marking("Group 2")["id"]}


def test_a_definition_that_several_brought_goes_with_the_last_of_them(nation):
    region = nation["R1"]
    with region.inside():
        PeerFactory(name="T9", organisation=Organisation.objects.get(code="T2"))
    nation.tell(_marked(2))
    for by in ("T2", "T9"):
        nation.tell(_marked(2, owner="T2"), by=by)
    kept = {group_marking("Group 2")["id"]}

    _withdraw(nation)
    assert _defined(region) == kept
    _withdraw(nation, "T2")
    assert _defined(region) == kept
    _withdraw(nation, "T9")
    assert _defined(region) == set()


def test_so_many_who_vouch_for_a_definition_are_remembered_and_no_more(nation, monkeypatch):
    monkeypatch.setattr(audiences, "MOST_VOUCHING", 1)
    with nation["R1"].inside():
        PeerFactory(name="T9", organisation=Organisation.objects.get(code="T2"))
    for by, owner in (("T1", "T1"), ("T2", "T2"), ("T9", "T2")):
        nation.tell(_marked(2, owner=owner), by=by)
    with nation["R1"].inside():
        assert Definition.others.through.objects.count() == 1


def test_two_children_that_bring_each_others_definitions_are_free_of_nothing(nation, monkeypatch):
    monkeypatch.setattr(audiences, "MOST_DEFINED", 2)
    nation.tell(_marked(0), _marked(1))
    assert nation.tell(*(_marked(number, owner="T2") for number in range(2)), by="T2") == ""

    assert "has defined" in nation.tell(_marked(3))
    _withdraw(nation)
    assert len(_defined(nation["R1"])) == 2
    assert "has defined" in nation.tell(_marked(4, owner="T2"), by="T2")
    _withdraw(nation, "T2")
    assert _defined(nation["R1"]) == set()


def test_what_was_understood_by_a_definition_of_a_child_that_is_withdrawn_is_for_nobody_again(nation):
    """Somebody else's word on who may have our own things is worth no more than they are."""
    wide = _statement("Ours", "Everybody may have it.")
    region, refs = nation["R1"], {"object_marking_refs": [Tlp.GREEN.marking, wide["id"]]}
    region.put(region.collection("R1"), an_indicator("203.0.113.1", **refs))
    assert region.may_have("T4") == set()
    nation.tell(told(value="203.0.113.2", definitions=[wide], **refs))
    assert "Address 203.0.113.1" in region.may_have("T4")

    _withdraw(nation)
    assert region.may_have("T4") == set()
    with region.inside():
        (own,) = Object.objects.values_list("audience__key", flat=True)
        assert markings.Audience.of(own).unknown


def test_all_that_a_child_sent_is_withdrawn_though_there_is_room_for_no_more_audiences(nation, monkeypatch):
    wide = _statement("Ours", "Everybody may have it.")
    region, refs = nation["R1"], {"object_marking_refs": [Tlp.GREEN.marking, wide["id"]]}
    nation.tell(told(value="203.0.113.2", definitions=[wide], **refs))
    region.put(region.collection("R1"), an_indicator("203.0.113.1", **refs))
    assert "Address 203.0.113.1" in region.may_have("T4")
    for name in ("MOST", "MOST_OF_ONE"):
        monkeypatch.setattr(audiences, name, 1)

    _withdraw(nation)

    assert region.may_have("T4") == set()


def test_a_definition_that_another_put_there_meanwhile_stays_when_that_of_a_child_is_not_needed(nation):
    mine, theirs = (_statement("Ours", words) for words in ("For imaging.", "For theatres."))
    with nation["R1"].inside():
        Definition.objects.create(stix_id=theirs["id"], raw=json.dumps(theirs).encode())
        kept = linking._needed({mine["id"]: json.dumps(mine).encode()}, [], nation["R1"].peer("T1"))
    assert kept == frozenset()
    assert _defined(nation["R1"]) == {theirs["id"]}


def test_a_definition_that_travels_as_an_object_lets_those_have_what_waited_for_it(nation):
    group = group_marking("Imaging")
    region, refs = nation["R1"], {"object_marking_refs": [Tlp.GREEN.marking, group["id"]]}
    region.put(region.collection("R1"), an_indicator(**refs))
    assert region.may_have("T4") == set()

    nation.tell(told(document=_statement("Imaging", "For imaging.")))

    assert region.may_have("T4") >= {"Address 198.51.100.1"}


# What is told again, together, or in another's name.


def test_an_older_version_that_is_told_again_lets_nobody_have_the_newer(nation):
    nation.tell(_sent("T1", "S1", "T2", modified=EARLIER, description="wide"))
    nation.tell(_sent("T1", modified=LATER, description="narrow"))
    assert nation["R1"].may_have("T2") == set()
    nation.tell(_sent("T1", "S1", "T2", modified=EARLIER, description="wide"))

    with nation["R1"].inside():
        assert [json.loads(bytes(raw))["description"] for raw in Object.objects.values_list("raw", flat=True)] == [
            "wide"
        ]
    assert nation["R1"].may_have("T2") == {"Address 198.51.100.7"}


def test_what_is_told_of_one_thing_several_times_in_a_batch_ends_as_it_was_told_last(nation):
    gone = json.dumps(json.loads(_sent("T1")) | {"object": ""}).encode()

    nation.tell(_sent("T1"), gone, _sent("T2"), _sent("T1", modified=LATER), gone)
    assert nation["R1"].titles() == set()
    nation.tell(gone, _sent("T1", modified=LATER), gone, _sent("T2"))
    assert nation["R1"].may_have("T2") == {"Address 198.51.100.7"}


def test_one_for_which_there_is_no_room_takes_none_of_those_beside_it(nation, monkeypatch):
    monkeypatch.setattr(audiences, "MOST_OF_PEER", 1)
    levels = [Tlp.AMBER, Tlp.AMBER_STRICT, Tlp.AMBER]
    several = [told(value=f"198.51.100.{n}", object_marking_refs=[level.marking]) for n, level in enumerate(levels)]

    assert nation.tell(*several).count("different audiences") == 1
    assert nation["R1"].titles() == {"Address 198.51.100.0", "Address 198.51.100.2"}


def _cost(nation, which):
    """How many questions the database is asked for a batch in which each thing is of one of two channels."""
    bodies = [told(value=f"198.51.100.{n}", channel=f"c{one}", **GREEN) for n, one in enumerate(which)]
    with nation["R1"].inside(), transaction.atomic(), CaptureQueriesContext(connections["default"]) as asked:
        peer = nation["R1"].peer("T1")
        assert linking.take_many(envelopes(*bodies), peer, nation["R1"].clock.now()) == {}
        transaction.set_rollback(True)
    return len(asked)


def test_things_of_two_channels_by_turns_cost_what_they_cost_one_channel_after_the_other(nation):
    nation.tell(told(channel="c0", **GREEN), told(channel="c1", value="198.51.101.1", **GREEN))

    assert _cost(nation, [n % 2 for n in range(40)]) <= _cost(nation, [n // 20 for n in range(40)]) * 1.1


@pytest.mark.parametrize("count", [-1, 1 << 40, 1 << 63, 10**300, "many"])
def test_a_sighting_says_no_number_that_nobody_could_have_counted(nation, count):
    seen = a_sighting(an_indicator(), **GREEN)
    assert nation.tell(told(document={**seen, "count": count})) != ""
    assert nation.tell(told(document=seen)) == ""
    with nation["R1"].inside():
        assert list(Sighting.objects.values_list("owner", "count")) == [("T1", 3)]


def test_an_indicator_that_is_dated_forwards_begins_then_and_overtakes_no_other_senders(nation):
    pattern = {"pattern": "[process:command_line LIKE '%lapwing%']", **GREEN}
    forwards = {"modified": "9999-12-31T23:59:59.999Z", "valid_from": "9998-01-01T00:00:00Z", "revoked": False}
    nation.tell(told(value="ahead", **{**pattern, **forwards}))
    nation.tell(told(value="both", **{**pattern, **forwards, "revoked": True}))
    nation.tell(told(value="both", owner="T2", **pattern), by="T2")

    with nation["R1"].inside():
        looked_for = {one.title: one.starts for one in folder.read(adapters.patterns_folder())}
    assert looked_for.pop("Address ahead").year == 9998
    assert looked_for == {"Address both": None}


@pytest.mark.parametrize(
    "name", ["Place T3", "PLACE  T3", "Place\u200b T3", "Place-T3", "\uff30lace T3", "T3", " t3 ", "Place T4."]
)
def test_a_name_that_only_looks_other_than_anothers_is_theirs(nation, name):
    identity = {"type": "identity", "spec_version": "2.1", "name": name, "created": LATER, "modified": LATER,
                "id": "identity--00000000-0000-4000-8000-000000000001"}  # fmt: skip
    assert "speaks for Place T" in nation.tell(told(document=identity))
    assert nation.tell(told(document={**identity, "name": "Place T1"})) == ""


def test_the_registers_are_read_once_for_many_batches_that_name_somebody_and_anew_when_they_change(nation):
    identity = {"type": "identity", "spec_version": "2.1", "name": "Harbour", "created": LATER, "modified": LATER,
                "id": "identity--00000000-0000-4000-8000-000000000002"}  # fmt: skip
    one, region = stix.read(json.dumps(identity).encode()).objects[0], nation["R1"]

    def asked():
        with region.inside(), CaptureQueriesContext(connections["default"]) as questions:
            said = Sender(region.peer("T1")).claims(one)
        return said, sum('."path"' in each["sql"] and "estate_organisation" in each["sql"] for each in questions)

    with region.inside():
        audiences.changed()
    _, first = asked()
    assert asked() == ("", first - 1)
    with region.inside():
        Organisation.objects.filter(code="T3").update(name="Harbour")
        audiences.changed()
    assert asked() == ("Harbour", first)
