"""Who may receive what, by its markings."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.base.errors import BadInputError
from watchward.intel.markings import (
    ANYONE,
    SECTOR,
    STANDARD,
    Audience,
    Groups,
    Marking,
    Tlp,
    admitted,
    group_marking,
    keeper_group,
    marked,
    marking,
    may_hold,
    may_receive,
    organisation_group,
    read,
    refusal,
    tlp_marking,
)

GROUPS = Groups(
    members={"pathology": frozenset({"T1", "T2"}), "mental health": frozenset({"T2"}), "empty": frozenset()},
)
# T1 and T2 are Trusts under the region R; C is a care home that T1 serves.
T1 = GROUPS.reader("T1", above=["R", "N"])
T2 = GROUPS.reader("T2", above=["R", "N"])
CARE_HOME = GROUPS.reader("C", above=["T1", "R", "N"])
REGION = GROUPS.reader("R", above=["N"])
T1_PERSON = GROUPS.reader("T1", above=["R", "N"], person=True)
EVERYBODY = [ANYONE, T1, T2, CARE_HOME, REGION, T1_PERSON]

PATHOLOGY = marking(group_marking("pathology"))
MENTAL = marking(group_marking("mental health"))
EMPTY = marking(group_marking("empty"))
STRANGE = marking(group_marking("never heard of"))
UNKNOWN = Marking(id="marking-definition--1", unknown=("the extension x",))
TERMS = Marking(id="marking-definition--2", statements=("Copyright of its maker.",))
DEFINITIONS = {one.id: one for one in (PATHOLOGY, MENTAL, EMPTY, STRANGE, UNKNOWN, TERMS)}

markings = st.sampled_from([*STANDARD, *DEFINITIONS, "marking-definition--nowhere"])
owners = st.sampled_from(["T1", "T2", "R", "N", "X"])
addresses = st.sets(st.sampled_from([SECTOR, "pathology", "empty", "nowhere", "", organisation_group("T2")]))
audiences = st.builds(
    lambda marks, owner, addressed: read(marks, DEFINITIONS, owner=owner, addressed=addressed),
    st.lists(markings, max_size=4),
    owners,
    addresses,
)


def admits(audience):
    return {place for place, reader in enumerate(EVERYBODY) if may_receive(audience, reader)}


def audience(*names, owner="T1", addressed=()):
    return read(names, DEFINITIONS, owner=owner, addressed=addressed)


@pytest.mark.parametrize(
    ("level", "let_in"),
    [
        (Tlp.CLEAR, [ANYONE, T1, T2, CARE_HOME, REGION, T1_PERSON]),
        (Tlp.GREEN, [T1, T2, CARE_HOME, REGION, T1_PERSON]),
        (Tlp.AMBER, [T1, CARE_HOME, T1_PERSON]),
        (Tlp.AMBER_STRICT, [T1, T1_PERSON]),
        (Tlp.RED, [T1_PERSON]),
    ],
)
def test_each_level_lets_in_those_whom_it_names_and_no_others(level, let_in):
    assert [reader for reader in EVERYBODY if may_receive(audience(level.marking), reader)] == let_in


def test_amber_sent_to_another_reaches_it_and_those_whom_it_serves_and_strict_reaches_it_alone():
    sent = {"owner": "T2", "addressed": [organisation_group("T1")]}
    assert may_receive(audience(Tlp.AMBER.marking, **sent), CARE_HOME)
    assert may_receive(audience(Tlp.AMBER_STRICT.marking, **sent), T1)
    assert not may_receive(audience(Tlp.AMBER_STRICT.marking, **sent), CARE_HOME)
    assert not may_receive(audience(Tlp.AMBER.marking, **sent), REGION)


def test_amber_sent_to_the_sector_reaches_all_who_have_joined_and_nobody_else():
    sent = audience(Tlp.AMBER_STRICT.marking, owner="X", addressed=[SECTOR])
    assert all(may_receive(sent, reader) for reader in EVERYBODY if reader is not ANYONE)
    assert not may_receive(sent, ANYONE)


def test_a_group_lets_in_its_members_alone_and_two_groups_those_who_are_in_both():
    assert admits(audience(Tlp.GREEN.marking, PATHOLOGY.id, owner="X")) == {1, 2, 5}
    assert admits(audience(Tlp.CLEAR.marking, PATHOLOGY.id, owner="X")) == {1, 2, 5}
    assert admits(audience(Tlp.GREEN.marking, PATHOLOGY.id, MENTAL.id, owner="X")) == {2}


@pytest.mark.parametrize("mark", [UNKNOWN.id, EMPTY.id, STRANGE.id, "marking-definition--nowhere"])
def test_what_is_unknown_or_empty_is_shared_with_nobody_but_its_owner(mark):
    assert admits(audience(Tlp.CLEAR.marking, mark)) == {1, 5}
    assert admits(audience(Tlp.CLEAR.marking, mark, owner="X", addressed=[SECTOR])) == set()


def test_no_register_makes_anybody_a_member_of_a_group_that_is_not_its_own_to_give():
    others = [organisation_group("T2"), keeper_group("T2"), ""]
    register = Groups(members=dict.fromkeys(others, frozenset({"T1"})))
    assert register.reader("T1", above=["N1"]).groups == {SECTOR, organisation_group("T1"), keeper_group("T1")}
    assert keeper_group("N1") not in register.reader("T1", above=["N1"]).groups_above


def test_what_carries_no_level_is_as_strict_as_was_agreed_with_its_source():
    assert admits(audience()) == {1, 5}
    assert may_receive(read([], {}, owner="X", unmarked=Tlp.CLEAR), ANYONE)


def test_a_statement_keeps_nobody_out():
    assert admits(audience(Tlp.CLEAR.marking, TERMS.id)) == admits(audience(Tlp.CLEAR.marking))


@given(audiences, markings, st.data())
def test_a_further_marking_never_lets_anyone_in(before, mark, data):
    marks = [data.draw(st.sampled_from([*STANDARD])), *data.draw(st.lists(markings, max_size=3))]
    first = read(marks, DEFINITIONS, owner=before.owner, addressed=before.addressed)
    further = read([*marks, mark], DEFINITIONS, owner=before.owner, addressed=before.addressed)
    assert admits(further) <= admits(first)


@given(st.lists(st.sampled_from(list(Tlp)), min_size=1), owners, addresses)
def test_of_several_levels_the_strictest_counts(levels, owner, addressed):
    several = read([level.marking for level in levels], {}, owner=owner, addressed=addressed)
    assert several == read([max(levels).marking], {}, owner=owner, addressed=addressed)


@given(st.sampled_from(list(Tlp)), st.sampled_from(list(Tlp)), owners, addresses)
def test_a_stricter_level_lets_in_no_more(one, other, owner, addressed):
    wide, strict = sorted([one, other])
    assert admits(read([strict.marking], {}, owner=owner, addressed=addressed)) <= admits(
        read([wide.marking], {}, owner=owner, addressed=addressed),
    )


@given(audiences)
def test_a_key_stands_for_the_same_readers(audience):
    assert admits(Audience.of(audience.key)) == admits(audience)
    assert Audience.of(audience.key).key == audience.key
    for reader in EVERYBODY:
        assert admitted([audience.key], reader) == ({audience.key} if may_receive(audience, reader) else set())


@given(audiences, audiences)
def test_what_is_within_another_audience_is_for_nobody_whom_that_leaves_out(one, other):
    assert one.is_within(one)
    if one.is_within(other):
        assert admits(one) <= admits(other)


@given(audiences)
def test_who_is_refused_is_told_why(audience):
    for reader in EVERYBODY:
        assert (refusal(audience, reader) is None) == may_receive(audience, reader)


def test_what_everybody_may_see_has_one_key_whoever_owns_it():
    assert audience(Tlp.GREEN.marking, owner="T1").key == audience(Tlp.GREEN.marking, owner="T2").key


def test_a_node_holds_what_one_of_its_organisations_may_receive():
    amber = audience(Tlp.AMBER.marking)
    assert may_hold(amber, [T2, CARE_HOME])
    assert not may_hold(amber, [T2, REGION])
    assert not may_hold(amber, [])


def test_a_standard_definition_means_what_it_means_whatever_a_sender_writes_in_it():
    forged = {**tlp_marking(Tlp.RED), "extensions": tlp_marking(Tlp.CLEAR)["extensions"]}
    assert marking(forged).level is Tlp.RED
    assert read([Tlp.RED.marking], {Tlp.RED.marking: Marking(id="x", level=Tlp.CLEAR)}, owner="T1").level is Tlp.RED


@pytest.mark.parametrize("level", list(Tlp))
def test_a_level_under_a_marking_of_someones_own_is_understood(level):
    own = {**tlp_marking(level), "id": "marking-definition--3"}
    assert marking(own) == Marking(id="marking-definition--3", level=level)
    old = {"id": "marking-definition--3", "definition_type": "TLP", "definition": {"TLP": level.text}}
    assert marking(old) == Marking(id="marking-definition--3", level=level)


@pytest.mark.parametrize(
    "definition",
    [
        {},
        {"id": 7},
        {"id": "m"},
        {"id": "m", "definition_type": "iep", "definition": {"name": "x"}},
        {"id": "m", "definition_type": "tlp", "definition": {"tlp": "ultraviolet"}},
        {"id": "m", "definition_type": "tlp"},
        {"id": "m", "definition_type": "statement", "definition": {"statement": ["x"]}},
        {"id": "m", "definition_type": "statement", "definition": {"statement": "x"}, "extensions": {"other": {}}},
        {"id": "m", "extensions": []},
        {"id": "m", "extensions": {"extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d": None}},
        {**group_marking("x"), "extensions": {next(iter(group_marking("x")["extensions"])): {"sharing_group": "  "}}},
    ],
)
def test_a_definition_that_is_not_wholly_understood_is_unknown(definition):
    assert marking(definition).unknown


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@given(json_values, json_values, json_values)
def test_any_document_is_read_and_what_is_not_understood_shares_with_nobody(kind, body, extensions):
    found = marking({"id": "m", "definition_type": kind, "definition": body, "extensions": extensions})
    assert found.unknown or found.level is not None or found.statements or found.groups


def test_a_group_has_one_marking_at_every_node_and_no_group_has_none():
    assert group_marking(" pathology ") == group_marking("pathology")
    assert group_marking("pathology")["id"] != group_marking("mental health")["id"]
    with pytest.raises(BadInputError, match="without a name"):
        group_marking("  ")


def test_a_marking_of_a_part_counts_for_the_whole_and_says_which_part():
    document = {
        "object_marking_refs": [Tlp.GREEN.marking],
        "granular_markings": [
            {"lang": "fr", "selectors": ["name"]},
            {"marking_ref": Tlp.RED.marking, "selectors": ["description"]},
        ],
    }
    found = marked(document)
    assert found.parts == ((Tlp.RED.marking, ("description",)),)
    assert read(found.all, {}, owner="T1").level is Tlp.RED


@given(json_values, json_values)
def test_markings_that_cannot_be_read_share_with_nobody(refs, granular):
    found = marked({"object_marking_refs": refs, "granular_markings": granular})
    nobody = read([*found.all, Tlp.CLEAR.marking], {}, owner="X").unknown
    assert nobody or (refs == [] and all(set(part) >= {"lang"} for part in granular))


def test_the_published_levels_are_known_by_their_identifiers(shared_data):
    example = json.loads((shared_data / "open/intel/stix21/examples/interop-objectmarking-test.json").read_text())
    # The example carries TLP:RED and one whose definition is nowhere.
    assert read(marked(example).all, {}, owner="X") == Audience(owner="X", level=Tlp.RED, unknown=True)
