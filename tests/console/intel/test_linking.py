"""Intelligence over links: what one node shares protects all whom its marking allows, and is taken back as fast."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from console.intel import exits
from console.intel.exits import EVERYBODY, MARKED, allowed, mark_of
from console.intel.factories import NODE, a_collection, a_sighting, a_source, an_indicator, envelope, share
from console.intel.nations import told
from watchward.base.clock import HeldClock
from watchward.base.errors import BadInputError
from watchward.console.estate.models import Organisation
from watchward.console.intel import actions, for_whom, going, linking, standings
from watchward.console.intel.link_wire import KIND, Told
from watchward.console.intel.models import POLLED, Indicator, Object, Sighting, Source
from watchward.console.link import actions as link_actions
from watchward.console.link.models import Passage, Speaking
from watchward.console.protect import own_actions
from watchward.console.protect.models import AdoptionPolicy, Block, OfferAgain
from watchward.console.protect.offering import offer_left
from watchward.intel.markings import Tlp, organisation_group
from watchward.intel.passing import EVERYBODY as ALL
from watchward.intel.stix.telling import UNNAMED
from watchward.link.stream import Envelope
from watchward.respond.blocks.adopting import Policy

GREEN = {"object_marking_refs": [Tlp.GREEN.marking]}
LATER = "2026-02-09T00:00:00.000Z"
HERE = {"N1": EVERYBODY, "R1": {"R1", "T1", "S1", "T2"}, "R2": {"R2", "T3", "T4"}, "T1": {"T1", "S1"}, "T2": {"T2"},
        "T3": {"T3"}}  # fmt: skip
"""For which of the organisations of the table each node stands."""


def looked_for(nation):
    return {name: node.looks_for() for name, node in nation.nodes.items()}


def at_all(nation, *values):
    return {name: list(values) for name in nation.nodes}


def test_what_one_trust_shares_every_node_looks_for(nation):
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, an_indicator("198.51.100.7", **GREEN))
    nation.rest()

    assert looked_for(nation) == at_all(nation, "198.51.100.7")
    assert nation["T1"].refusals(there=True) == []


def test_what_it_withdraws_no_node_looks_for_any_more(nation):
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, an_indicator("198.51.100.7", **GREEN))
    nation.rest()
    nation["T1"].put(place, an_indicator("198.51.100.7", modified=LATER, revoked=True, **GREEN))
    nation.rest()
    assert looked_for(nation) == at_all(nation)

    nation["T1"].put(place, an_indicator("198.51.100.7", **GREEN))  # an older version, told late
    nation.rest()
    assert looked_for(nation) == at_all(nation)


def test_a_revocation_that_no_node_may_read_is_told_to_every_node_that_had_the_object(nation):
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, an_indicator("198.51.100.7", **GREEN))
    nation.rest()
    red = {"object_marking_refs": [Tlp.RED.marking], "description": "Seen on the burns unit."}
    nation["T1"].put(place, an_indicator("198.51.100.7", modified=LATER, revoked=True, **red))
    nation.rest()

    assert looked_for(nation) == at_all(nation)
    with nation["T3"].inside():
        gone = json.loads(bytes(Object.objects.get(current=True).raw))
    assert (gone["revoked"], gone.get("description")) == (True, None)


def test_what_it_takes_out_is_gone_everywhere(nation):
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, an_indicator("198.51.100.7", **GREEN))
    nation.rest()
    with nation["T1"].inside():
        one = Object.objects.get()
        actions.remove_object(by=NODE, collection=one.collection, stix_id=one.stix_id, clock=nation["T1"].clock)
    nation.rest()

    assert looked_for(nation) == at_all(nation)
    assert nation.titles() == {name: set() for name in nation.nodes}


def test_the_text_of_an_object_is_the_very_text_of_its_maker_everywhere(nation):
    odd = json.dumps(an_indicator("198.51.100.7", **GREEN, x_note="“é”\u2028 1.10")).replace('"x_note"', ' "x_note"')
    place = nation["T1"].collection("T1")
    with nation["T1"].inside():
        held = linking.Collection.objects.get(pk=place)
        actions.add_objects(by=NODE, collection=held, raw=odd.encode(), clock=nation["T1"].clock)
    nation.rest()

    with nation["T3"].inside():
        assert bytes(Object.objects.get().raw).decode() == odd


def test_all_that_a_child_ever_sent_is_withdrawn_there_and_everywhere(nation):
    for code in ("T1", "T2"):
        place = nation[code].collection(code)
        nation[code].put(place, *(an_indicator(f"198.51.10{code[1]}.{n}", **GREEN) for n in range(3)))
    nation.rest()
    with nation["R1"].inside():
        peer = nation["R1"].peer("T1")
        done = link_actions.withdraw_all(by=NODE, peer=peer, reason="Broken into.", clock=nation["R1"].clock)
    nation.rest()

    assert done == {"Indicators, sightings and what belongs to them": 3}
    left = [f"198.51.102.{n}" for n in range(3)]
    own = dict.fromkeys(nation.nodes, left) | {"T1": sorted([*left, *(f"198.51.101.{n}" for n in range(3))])}
    assert looked_for(nation) == own


def _left(nation, name):
    """How much intelligence left a node so far."""
    with nation[name].inside():
        return sum(Passage.objects.filter(kind=KIND, fate="left").values_list("count", flat=True))


@pytest.mark.parametrize("most", [20_000, 5])
def test_a_source_that_is_put_on_trial_and_believed_again_is_told_of_and_no_other(nation, monkeypatch, most):
    monkeypatch.setattr(going, "MOST_TOLD_AT_ONCE", most)
    for code in ("T1", "T2"):
        place = nation[code].collection(code)
        nation[code].put(place, *(an_indicator(f"198.51.10{code[1]}.{n}", **GREEN) for n in range(3)))
    nation.rest()
    region, others = nation["R1"], [f"198.51.102.{n}" for n in range(3)]
    because, told_before = {"because": "It sends what everybody visits.", "clock": region.clock}, _left(nation, "R1")
    with region.inside():
        doubted = Source.objects.get(owner="T1")
        standings.try_source(by=NODE, source=doubted, **because)
    nation.rest()
    for name in ("N1", "R2", "T2", "T3"):
        assert nation[name].looks_for() == others, name
    few = most > 5  # of more, all is told anew
    assert not few or _left(nation, "R1") == told_before + 2 * 3  # to the node above and to T2, and nothing to T1

    with region.inside():
        standings.believe_source(by=NODE, source=doubted, **because)
    nation.rest()
    assert looked_for(nation) == at_all(nation, *(f"198.51.101.{n}" for n in range(3)), *others)
    assert (_left(nation, "R1") == told_before + 4 * 3) is few


def test_a_child_that_is_trusted_again_starts_anew(nation):
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, an_indicator("198.51.100.7", **GREEN))
    nation.rest()
    with nation["R1"].inside():
        peer = nation["R1"].peer("T1")
        link_actions.withdraw_all(by=NODE, peer=peer, reason="Broken into.", clock=nation["R1"].clock)
        mended = {"reason": "Mended.", "clock": nation["R1"].clock}
        link_actions.limit(by=NODE, peer=peer, things=100_000, size=1 << 30, **mended)
        link_actions.ask_for_all(by=NODE, peer=peer, clock=nation["R1"].clock)
    nation.rest()

    assert looked_for(nation) == at_all(nation, "198.51.100.7")


def test_who_sighted_it_is_counted_at_every_node_for_the_organisation_that_did(nation):
    seen = an_indicator("198.51.100.7", **GREEN)
    for code in ("T1", "T2", "T3"):
        nation[code].put(nation[code].collection(code), seen, a_sighting(seen, **GREEN))
    nation.rest()

    for node in nation.nodes.values():
        with node.inside():
            assert set(Sighting.objects.filter(of=seen["id"]).values_list("owner", flat=True)) == {"T1", "T2", "T3"}


def test_one_of_two_who_brought_it_withdraws_it_and_the_others_word_counts(nation):
    for code in ("T1", "T3"):
        nation[code].put(nation[code].collection(code), an_indicator("198.51.100.7", **GREEN))
    nation.rest()
    with nation["T1"].inside():
        mine = linking.Collection.objects.get(organisation__code="T1", sources__peer=None).pk
    nation["T1"].put(mine, an_indicator("198.51.100.7", modified=LATER, revoked=True, **GREEN))
    nation.rest()

    assert looked_for(nation) == at_all(nation, "198.51.100.7")
    with nation["R2"].inside():
        told = dict(Indicator.objects.values_list("owner", "revoked"))
    assert told == {"T1": True, "T3": False}


def test_what_policies_elsewhere_blocked_by_it_is_lifted_when_it_is_withdrawn(nation):
    there = nation["T3"]
    with there.inside():
        policy = Policy(confidence=15, check_first=False)
        organisation = Organisation.objects.get(code="T3")
        own_actions.write_policy(by=NODE, organisation=organisation, policy=policy, clock=there.clock)
    evil = {"pattern": "[domain-name:value = 'evil.example']", "confidence": 90, **GREEN}
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, an_indicator("evil", **evil))
    nation.rest()
    with there.inside():
        assert list(Block.objects.values_list("value", "state", "source")) == [("evil.example", "in_force", "T1")]

    nation["T1"].put(place, an_indicator("evil", modified=LATER, revoked=True, **evil))
    nation.rest()
    with there.inside():
        assert list(Block.objects.values_list("value", "state")) == [("evil.example", "lifted")]


def test_who_may_have_it_only_since_it_was_told_anew_is_offered_it_at_once(nation):
    here, strict = nation["R1"], {"object_marking_refs": [Tlp.AMBER_STRICT.marking], "confidence": 90}
    with here.inside():
        policy, organisation = Policy(confidence=15, check_first=False), Organisation.objects.get(code="T2")
        own_actions.write_policy(by=NODE, organisation=organisation, policy=policy, clock=here.clock)
    assert nation.tell(told(to=["T1"], **strict)) == ""
    with here.inside():
        offer_left(clock=here.clock)
        assert not Block.objects.exists()

    assert nation.tell(told(to=["T1", "T2"], **strict)) == ""

    with here.inside():
        offer_left(clock=here.clock)
        assert list(Block.objects.values_list("value", "state")) == [("198.51.100.1", "in_force")]
        assert not OfferAgain.objects.exists()


# What markings let go, by each way.


def _bring_all(node, places):
    for number, (marking, given) in enumerate(MARKED.items()):
        for sent, place in places.items():
            value = f"198.51.{100 + sent}.{number}"
            node.put(place, an_indicator(value, name=mark_of(marking, sent), **given))


def _places(node, code, sent_to):
    return {
        sent: node.collection(
            code, f"Sent {sent}", unmarked=Tlp.AMBER_STRICT, addressed=[organisation_group(sent_to)] if sent else []
        )
        for sent in (False, True)
    }


def _with_groups(node, **members):
    with node.inside():
        for name, codes in members.items():
            named = Organisation.objects.filter(code__in=codes)
            actions.change_group(by=NODE, name=name, members=named, clock=node.clock)


def _definitions(node, place):
    node.put(place, exits._IMAGING, exits._EMPTY, exits._UNHEARD)


def by_link(code):
    """What an organisation may have at another node than that where it was brought."""
    return {key for key in allowed(code, person=False) if key[0] != "a marking that this node does not know"}


def _had(nation, name, code):
    return exits.marks_in(" ".join(nation[name].may_have(code)))


def _leaks(nation, expected):
    for name in ("R1", "R2", "T1", "T2", "T3"):
        for code in sorted(EVERYBODY):
            had, may = _had(nation, name, code), expected(name, code)
            yield from ((name, code, "may not", key) for key in had - allowed(code, person=False))
            if code in HERE[name]:
                yield from ((name, code, "lacks", key) for key in may - had)


@pytest.fixture
def brought_above(nation):
    """Something under every marking, that T1's people brought at the nation's node."""
    top = nation["N1"]
    _with_groups(top, Imaging=["T1", "T3"], Empty=[])
    places = _places(top, "T1", "T2")
    _definitions(top, places[False])
    _bring_all(top, places)
    nation.rest()
    return nation


def test_down_every_marking_goes_to_exactly_those_who_may_have_it(brought_above):
    leaks = _leaks(brought_above, lambda _name, code: by_link(code))

    assert list(leaks) == []


def test_a_node_is_told_of_nothing_that_none_of_its_own_may_have(brought_above):
    for name in ("R1", "R2", "T1", "T2", "T3"):
        held = exits.marks_in(" ".join(brought_above[name].titles()))
        assert held == set().union(*(by_link(code) for code in HERE[name])), name


def test_up_and_to_siblings_goes_what_the_node_above_may_have(nation):
    trust = nation["T1"]
    _with_groups(trust, Imaging=["T1", "T3"], Empty=[])
    places = _places(trust, "T1", "R1")
    _definitions(trust, places[False])
    _bring_all(trust, places)
    nation.rest()

    everybody = {(marking, sent) for marking in ("TLP:CLEAR", "TLP:GREEN", "TLP 1 WHITE", "TLP 1 GREEN")
                 for sent in (False, True)}  # fmt: skip
    to_region = {(name, True) for name in ("TLP:AMBER", "TLP:AMBER+STRICT", "TLP 1 AMBER", "no marking",
                                           "CLEAR with a part that is AMBER+STRICT")}  # fmt: skip
    served = {("TLP:AMBER", True), ("TLP 1 AMBER", True)}
    for name, codes in {"R1": {"R1"}, "N1": {"N1"}, "R2": {"R2", "T4"}, "T3": {"T3"}, "T2": {"T2"}}.items():
        for code in codes:
            may = everybody | (to_region if code == "R1" else served if code == "T2" else set())
            assert _had(nation, name, code) == may, (name, code)


def test_a_group_to_which_the_region_belongs_reaches_it_and_no_other(nation):
    _with_groups(nation["T1"], Imaging=["T1", "R1"])
    place = nation["T1"].collection("T1", addressed=["Imaging"])
    _definitions(nation["T1"], place)
    nation["T1"].put(place, an_indicator(**MARKED["GREEN and the group Imaging"]))
    nation.rest()

    (title,) = nation["T1"].titles()
    assert title in nation["R1"].may_have("R1")
    assert {name for name, titles in nation.titles().items() if title in titles} == {"T1", "R1"}
    assert not any(title in nation["R1"].may_have(code) for code in ("T2", "S2", "N1", "T4"))


@pytest.mark.parametrize("how", ["a group", "AMBER+STRICT", "no marking"])
def test_what_every_organisation_below_may_have_each_of_them_has_at_its_own_node(nation, how):
    below = ("R1", "T1", "S1", "T2", "S2")
    top = nation["N1"]
    _with_groups(top, Imaging=below)
    sent = [organisation_group(code) for code in below] if how == "AMBER+STRICT" else []
    place = top.collection("N1", opened=how != "no marking", unmarked=Tlp.GREEN, addressed=sent)
    _definitions(top, place)
    marking = {"a group": MARKED["GREEN and the group Imaging"], "AMBER+STRICT": MARKED["TLP:AMBER+STRICT"]}
    if how == "no marking":
        with top.inside():
            share(linking.Collection.objects.get(pk=place), Organisation.objects.get(code="R1"))
    top.put(place, an_indicator(**marking.get(how, {})))
    nation.rest()

    (title,) = top.titles()
    for name in ("R1", "T1", "T2"):
        assert {code for code in below if title in nation[name].may_have(code)} >= HERE[name], name
    assert not any(title in nation["R1"].may_have(code) for code in ("N1", "T3", "T4"))
    assert nation["R2"].titles() == set()


def test_a_leak_of_a_sender_who_forgets_markings_is_found(nation, monkeypatch):
    monkeypatch.setattr(for_whom.Deciding, "_down", lambda *_: ALL)
    top = nation["N1"]
    places = _places(top, "T1", "T2")
    _bring_all(top, places)
    nation.rest()

    leaks = list(_leaks(nation, lambda _name, _code: set()))

    assert leaks
    # Even so, what the marking says of groups and of people's eyes holds at the receiver.
    assert not {key[0] for *_, key in leaks} & {"TLP:RED", "TLP 1 RED", "a marking that this node does not know"}


def test_a_collection_that_is_not_open_to_all_goes_to_those_who_read_it(nation):
    kept = nation["N1"].collection("N1", opened=False)
    nation["N1"].put(kept, an_indicator(**GREEN))
    nation.rest()
    assert {name for name, titles in nation.titles().items() if titles} == {"N1"}

    with nation["N1"].inside():
        region, place = Organisation.objects.get(code="R2"), linking.Collection.objects.get(pk=kept)
        share = actions.Share(organisation=region)
        actions.share_collection(by=NODE, collection=place, share=share, clock=nation["N1"].clock)
    nation.rest()
    assert {name for name, titles in nation.titles().items() if titles} == {"N1", "R2", "T3"}


def test_a_trusts_own_collection_goes_to_those_over_it_alone(nation):
    place = nation["T1"].collection("T1", opened=False)
    nation["T1"].put(place, an_indicator(**GREEN))
    nation.rest()

    assert {name for name, titles in nation.titles().items() if titles} == {"T1", "R1", "N1"}


def _read_elsewhere(trust, kind, *, opened=False):
    place = trust.collection("T1", opened=opened)
    with trust.inside():
        into = linking.Collection.objects.get(pk=place)
        source, raw = a_source(into, kind=kind), envelope(an_indicator(**GREEN))
        actions.add_objects(by=NODE, collection=into, raw=raw, source=source, clock=trust.clock)


@pytest.mark.parametrize("kind", POLLED)
def test_what_a_node_reads_elsewhere_for_itself_stays_there(nation, kind):
    _read_elsewhere(nation["T1"], kind)
    nation.rest()

    assert {name for name, titles in nation.titles().items() if titles} == {"T1"}


def _upgrade(node):
    """Be upgraded from a version before this one."""
    with node.inside():
        for name in ("0011_vouching", "0012_lists_stay"):
            migrate = MigrationExecutor(connections["default"])
            migrate.migrate([("intel", name)])


def _epoch(node):
    with node.inside():
        return Speaking.objects.get(peer__way="parent").epoch


@pytest.mark.parametrize("kind", POLLED)
def test_what_earlier_versions_sent_up_of_it_is_taken_back_by_the_upgrade_once(nation, monkeypatch, kind):
    trust, epoch = nation["T1"], _epoch(nation["T1"])
    with monkeypatch.context() as earlier:
        earlier.setattr(for_whom, "POLLED", ())
        _read_elsewhere(trust, kind)
        nation.rest()
    assert {name for name, titles in nation.titles().items() if titles} == {"T1", "R1", "N1"}

    _upgrade(trust)
    nation.rest()
    assert {name for name, titles in nation.titles().items() if titles} == {"T1"}
    assert _epoch(trust) == epoch + 1
    with trust.inside():
        call_command("migrate", verbosity=0)
    nation.rest()
    assert _epoch(trust) == epoch + 1


def test_an_upgrade_tells_nothing_anew_where_no_such_thing_was_sent(nation):
    trust, epoch = nation["T1"], _epoch(nation["T1"])
    _read_elsewhere(trust, POLLED[0], opened=True)
    nation.rest()

    _upgrade(trust)
    nation.rest()

    assert _epoch(trust) == epoch
    assert nation["R1"].titles() == nation["T3"].titles() == {"Address 198.51.100.1"}


def test_what_is_marked_more_strictly_later_is_taken_from_those_who_may_not_have_it_now(nation):
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, an_indicator("198.51.100.7", **GREEN))
    nation.rest()
    strict = {"object_marking_refs": [Tlp.AMBER_STRICT.marking]}
    nation["T1"].put(place, an_indicator("198.51.100.7", modified=LATER, **strict))
    nation.rest()

    assert {name for name, values in looked_for(nation).items() if values} == {"T1"}


# What a hostile or broken node sends.


def _put_unnamed(nation, code, *objects):
    """Bring objects at a trust's node without its name, as a share of an alert does."""
    place = nation[code].collection(code)
    with nation[code].inside():
        held = linking.Collection.objects.get(pk=place)
        source = Source.objects.create(
            name="Shared from alerts, without a name", kind="files", organisation=held.organisation, collection=held,
            unnamed=True, created_at=nation[code].clock.now(), created_by="Test",
        )  # fmt: skip
        raw = json.dumps({"objects": list(objects)}).encode()
        actions.add_objects(by=NODE, collection=held, raw=raw, source=source, clock=nation[code].clock)


def test_who_shares_without_a_name_is_known_to_those_over_it_and_to_nobody_else(nation):
    _put_unnamed(nation, "T1", an_indicator("198.51.100.7", **GREEN))
    nation.rest()

    assert looked_for(nation) == at_all(nation, "198.51.100.7")
    owners = {}
    for name, node in nation.nodes.items():
        with node.inside():
            told = Object.objects.get().source
            owners[name] = (told.brought_by, told.unnamed)
            where = (told.collection.title, told.collection.organisation.code)
            assert name == "T1" or not any("T1" in each for each in where), name
    known = dict.fromkeys(("N1", "R1", "T1"), ("T1", True))
    assert owners == known | dict.fromkeys(("R2", "T2", "T3"), ("", True))


def test_one_unnamed_sender_cannot_revoke_what_another_shares(nation):
    _put_unnamed(nation, "T1", an_indicator("198.51.100.7", **GREEN))
    nation.rest()
    _put_unnamed(nation, "T2", an_indicator("198.51.100.7", modified=LATER, revoked=True, **GREEN))
    nation.rest()

    assert nation["T3"].looks_for() == ["198.51.100.7"]


def _take_out(nation, code):
    """Have a trust take all that it shares out again."""
    with nation[code].inside():
        for one in Object.objects.filter(source__peer=None):
            actions.remove_object(by=NODE, collection=one.collection, stix_id=one.stix_id, clock=nation[code].clock)


def test_one_unnamed_sender_who_takes_its_own_out_takes_nothing_of_anothers(nation):
    for code in ("T1", "T2"):
        _put_unnamed(nation, code, an_indicator("198.51.100.7", **GREEN))
        nation.rest()
    _take_out(nation, "T1")
    nation.rest()
    assert looked_for(nation) == at_all(nation, "198.51.100.7")

    _take_out(nation, "T2")
    nation.rest()
    assert looked_for(nation) == at_all(nation)


def test_of_unnamed_senders_the_version_of_another_holds_below_once_the_first_is_gone(nation):
    """Even where what goes was later, or says another thing of the same moment."""
    for code, description, modified in (("T1", "first", LATER), ("T2", "second", LATER), ("T2", "older", None)):
        value = "198.51.100.8" if modified is None else "198.51.100.7"
        given = {"description": description, **GREEN}
        _put_unnamed(nation, code, an_indicator(value, modified=modified or "2026-02-02T00:00:00.000Z", **given))
        nation.rest()
    _put_unnamed(nation, "T1", an_indicator("198.51.100.8", modified=LATER, **GREEN))
    nation.rest()
    _take_out(nation, "T1")
    nation.rest()

    for name in ("R2", "T3"):
        with nation[name].inside():
            texts = [json.loads(bytes(one)) for one in Object.objects.order_by("stix_id").values_list("raw", flat=True)]
            assert sorted(one["description"] for one in texts) == ["older", "second"], name


def _policy_at(node, code, percent):
    with node.inside():
        policy, organisation = Policy(confidence=percent, check_first=False), Organisation.objects.get(code=code)
        later = HeldClock(at=node.clock.now() + timedelta(minutes=1))  # written anew, it is offered all there is anew
        clock = later if AdoptionPolicy.objects.exists() else node.clock
        own_actions.write_policy(by=NODE, organisation=organisation, policy=policy, clock=clock)
        offer_left(clock=clock)


def _blocked_at(node):
    with node.inside():
        return list(Block.objects.order_by("pk").values_list("value", "state", "source"))


@pytest.mark.parametrize("node", ["R1", "R2", "T3"], ids=["where they are known", "elsewhere", "below"])
def test_two_who_share_the_same_without_a_name_are_believed_as_one(nation, node):
    """One is believed to 17% after these weeks, and two who are independent would be to 31%."""
    for code in ("T1", "T2"):
        _put_unnamed(nation, code, an_indicator("198.51.100.7", confidence=90, **GREEN))
        nation.rest()

    _policy_at(nation[node], node, 25)
    assert _blocked_at(nation[node]) == []
    _policy_at(nation[node], node, 15)
    assert _blocked_at(nation[node]) == [("198.51.100.7", "in_force", UNNAMED)]


@pytest.mark.parametrize("how", ["revokes", "takes it out"])
@pytest.mark.parametrize("node", ["R1", "T3"])
def test_a_block_on_what_two_shared_without_a_name_stands_all_the_while_when_the_first_withdraws(nation, node, how):
    _policy_at(nation[node], node, 15)
    for code in ("T1", "T2"):
        _put_unnamed(nation, code, an_indicator("198.51.100.7", confidence=90, **GREEN))
        nation.rest()

    if how == "revokes":
        _revoke(nation, "T1")
    else:
        _take_out(nation, "T1")
    nation.rest()
    assert _blocked_at(nation[node]) == [("198.51.100.7", "in_force", UNNAMED)]

    _take_out(nation, "T2")
    nation.rest()
    assert _blocked_at(nation[node]) == [("198.51.100.7", "lifted", UNNAMED)]


def _revoke(nation, code):
    """Have a trust revoke what it shares."""
    with nation[code].inside():
        held = Object.objects.select_related("source", "collection").get(source__peer=None)
        said = {**json.loads(bytes(held.raw)), "modified": LATER, "revoked": True}
        raw = json.dumps({"objects": [said]}).encode()
        given = {"by": NODE, "collection": held.collection, "source": held.source, "clock": nation[code].clock}
        actions.add_objects(raw=raw, **given)


def test_an_unnamed_sender_on_trial_or_withdrawn_suppresses_nothing_of_anothers(nation):
    for code in ("T1", "T2"):
        _put_unnamed(nation, code, an_indicator("198.51.100.7", **GREEN))
        nation.rest()
    region, because = nation["R1"], {"because": "It sends what everybody visits.", "clock": nation["R1"].clock}
    with region.inside():
        first = Source.objects.get(owner="T1", unnamed=True)
        standings.try_source(by=NODE, source=first, **because)
    nation.rest()
    assert nation["T2"].looks_for() == nation["T3"].looks_for() == ["198.51.100.7"]

    with region.inside():
        standings.withdraw_source(by=NODE, source=first, **because)
        while standings.take_back(clock=region.clock):
            pass
    nation.rest()
    assert nation["T2"].looks_for() == nation["T3"].looks_for() == ["198.51.100.7"]


@pytest.mark.parametrize(
    "first",
    [{"object_marking_refs": [Tlp.RED.marking]}, {"revoked": True, **GREEN}, {"description": '"' * 490_000, **GREEN}],
    ids=["for people alone", "revoked", "too long to travel"],
)
def test_what_an_unnamed_sender_brought_first_and_goes_to_nobody_suppresses_nothing_of_anothers(nation, first):
    top = nation["N1"]
    with top.inside():
        for code, given in (("T1", first), ("T2", GREEN)):
            place = a_collection(Organisation.objects.get(code=code), clock=top.clock)
            share(place, None)
            source = Source.objects.create(
                name="Shared from alerts, without a name", kind="files", organisation=place.organisation,
                collection=place, unnamed=True, created_at=top.clock.now(), created_by="Test",
            )  # fmt: skip
            raw = json.dumps({"objects": [an_indicator("198.51.100.7", **given)]}).encode()
            actions.add_objects(by=NODE, collection=place, raw=raw, source=source, clock=top.clock)
    nation.rest()

    assert nation["R2"].looks_for() == nation["T3"].looks_for() == ["198.51.100.7"]


def test_one_thing_that_nobody_understands_holds_up_no_other(nation, monkeypatch):
    real = linking.store

    def fails(collection, source, reading, **given):
        if any("198.51.100.2" in one.raw.decode() for one in reading.objects):
            raise ValueError("nobody thought of this")
        return real(collection, source, reading, **given)

    monkeypatch.setattr(linking, "store", fails)
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, *(an_indicator(f"198.51.100.{n}", **GREEN) for n in range(1, 4)))
    nation.rest()

    assert nation["R1"].looks_for() == ["198.51.100.1", "198.51.100.3"]
    assert nation["T1"].refusals(there=True) == ["it could not be understood (ValueError)"]


def test_a_child_may_send_so_much_a_day_and_no_more(nation):
    with nation["R1"].inside():
        link_actions.limit(
            by=NODE, peer=nation["R1"].peer("T1"), things=2, size=1 << 20, reason="Small.", clock=nation["R1"].clock
        )
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, *(an_indicator(f"198.51.100.{n}", **GREEN) for n in range(1, 5)))
    nation.rest()

    assert nation["R1"].looks_for() == ["198.51.100.1", "198.51.100.2"]
    assert len(nation["T1"].refusals(there=True)) == 2


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"owner": "T3"}, "does not stand for T3"),
        ({"owner": "R1"}, "does not stand for R1"),
        ({"owner": "NOWHERE"}, "does not stand for NOWHERE"),
        ({"owner": ""}, "does not stand for an organisation"),
        ({"object_marking_refs": [Tlp.RED.marking]}, "goes by no link"),
        ({"object_marking_refs": [exits.NOWHERE]}, "does not understand"),
        ({"pattern": 7}, "pattern"),
        ({"modified": "yesterday"}, "modified"),
        ({"to": ["NOWHERE"]}, "has none of the organisations"),
        ({"document": {"type": "bundle", "id": "bundle--1", "objects": [an_indicator()]}}, "not the one object"),
        (
            {"document": {"type": "identity", "spec_version": "2.1", "name": "Place T3", "created": LATER,
             "modified": LATER, "id": "identity--00000000-0000-4000-8000-000000000001"}},
            "speaks for Place T3",
        ),
    ],
)  # fmt: skip
def test_what_a_child_may_not_say_is_refused_with_the_reason(nation, given, reason):
    assert reason in nation.tell(told(**given))
    assert nation["R1"].titles() == set()


def test_a_sighting_at_somebody_else_is_refused(nation):
    them = {"type": "identity", "spec_version": "2.1", "id": "identity--00000000-0000-4000-8000-000000000003",
            "created": LATER, "modified": LATER, "name": "Place T3", **GREEN}  # fmt: skip
    nation["T3"].put(nation["T3"].collection("T3"), them)
    nation.rest()
    seen = a_sighting(an_indicator(), where_sighted_refs=[them["id"]], **GREEN)

    assert "speaks for Place T3" in nation.tell(told(document=seen))


def test_a_sender_is_told_why_something_is_refused(nation):
    nation["T1"].put(nation["T1"].collection("T1"), an_indicator(**GREEN))
    with nation["R1"].inside():
        Organisation.objects.filter(code="T1").update(path="/N1/R2/T1/")
        peer = nation["R1"].peer("T1")
        assert peer.organisation.path == "/N1/R2/T1/"
        Organisation.objects.filter(code="T1").update(code="T9")
    nation.rest()

    assert nation["T1"].refusals(there=True) == ["The node does not stand for T1."]


def test_a_child_has_so_many_channels_and_no_more(nation, monkeypatch):
    monkeypatch.setattr(linking, "MOST_CHANNELS", 2)
    for number in range(2):
        assert nation.tell(told(channel=f"c{number}")) == ""

    assert "2 channels" in nation.tell(told(channel="c2"))


def test_nobodys_version_overtakes_anothers(nation):
    for code in ("T1", "T3"):
        revoked = code == "T3"
        modified = LATER if revoked else "2026-02-01T00:00:00.000Z"
        place = nation[code].collection(code)
        nation[code].put(place, an_indicator("198.51.100.7", modified=modified, revoked=revoked, **GREEN))
    nation.rest()

    assert looked_for(nation) == at_all(nation, "198.51.100.7")


def test_a_parent_cannot_say_that_it_stands_for_one_of_our_own(nation):
    body = json.dumps({"parent": ["N1", "S1"], "child": "T1"}).encode()
    envelope = Envelope(kind="intel_place", id="place", made_at="x", body=body)
    with nation["T1"].inside(), pytest.raises(BadInputError, match="S1 is not above"):
        linking.take_place(envelope, nation["T1"].peer("R1"), nation["T1"].clock.now())


def test_what_waits_longer_than_a_message_is_names_its_object_and_stays(nation):
    place = nation["T1"].collection("T1")
    nation["T1"].put(place, an_indicator("198.51.100.7", description='"' * 490_000, **GREEN))
    nation["T1"].put(place, an_indicator("198.51.100.8", **GREEN))
    nation.rest()

    assert nation["R1"].looks_for() == ["198.51.100.8"]


def test_every_source_by_a_link_is_somebodys_and_stands_by_itself(nation):
    for code in ("T1", "T2"):
        nation[code].put(nation[code].collection(code), an_indicator(f"198.51.100.{code[1]}", **GREEN))
    nation.rest()

    with nation["T3"].inside():
        assert set(Source.objects.values_list("kind", "owner", "peer__name")) == {
            ("link", "T1", "r2.example"), ("link", "T2", "r2.example"),
        }  # fmt: skip
    assert Told(channel="c", stix_id="x").object == ""
