"""What a node makes of what another told it: never for more than the sender said, nor than the marking lets."""

from hypothesis import assume, given
from hypothesis import strategies as st

from watchward.intel.markings import Audience, Groups, Tlp, may_receive, organisation_group
from watchward.intel.passing import EVERYBODY, Addressees, in_few_codes, is_for_everybody, may_travel, received

CODES = ["N1", "R1", "T1", "S1", "T2"]
ABOVE = {"N1": (), "R1": ("N1",), "T1": ("N1", "R1"), "S1": ("N1", "R1", "T1"), "T2": ("N1", "R1")}
codes = st.frozensets(st.sampled_from(CODES))
audiences = st.builds(
    Audience,
    owner=st.sampled_from(CODES),
    level=st.sampled_from(Tlp),
    groups=st.frozensets(st.sampled_from(["Imaging", "Empty"])),
    addressed=st.frozensets(st.sampled_from([*map(organisation_group, CODES), "sector"])),
    unknown=st.booleans(),
)
sent = st.builds(Addressees, codes=st.none() | codes, below=st.booleans())


def _readers(members, *, person=False):
    groups = Groups(members={"Imaging": members})
    return [groups.reader(code, above=ABOVE[code], person=person) for code in CODES]


@given(audiences, sent, codes, st.booleans())
def test_nobody_has_it_for_whom_the_sender_did_not_say_that_it_is(audience, to, members, person):
    for reader in _readers(members, person=person):
        if may_receive(received(audience, to, owner=""), reader) and to.codes is not None:
            assert to.codes & {reader.organisation, *(reader.above if to.below else ())}


@given(audiences, sent, codes)
def test_what_is_for_people_or_not_understood_reaches_no_machine(audience, to, members):
    if not may_travel(audience):
        assert not any(may_receive(received(audience, to, owner=""), reader) for reader in _readers(members))


@given(audiences, codes)
def test_sent_to_everybody_a_marking_still_keeps_to_its_groups(audience, members):
    for reader in _readers(members):
        if may_receive(received(audience, Addressees(), owner=""), reader):
            assert audience.groups <= reader.groups


@given(audiences, codes)
def test_what_is_for_everybody_is_received_by_everybody_who_has_joined(audience, members):
    if is_for_everybody(audience):
        assert all(may_receive(audience, reader) for reader in _readers(members))
        assert all(may_receive(received(audience, Addressees(), owner=""), one) for one in _readers(members))


@given(audiences, codes)
def test_sent_on_by_another_node_it_never_widens(audience, members):
    first = received(audience, Addressees(codes=frozenset({"T1"}), below=True), owner="")
    again = received(first, Addressees(codes=frozenset({"S1"})), owner="")
    had = {one.organisation for one in _readers(members) if may_receive(again, one)}
    assert had <= {"S1"}


BELOW_R1 = ("R1", "T1", "S1", "T2")


def _path(code):
    return "/" + "/".join([*ABOVE[code], code]) + "/"


def _count(top):
    return sum(_path(code).startswith(top) for code in BELOW_R1)


@given(audiences, codes, codes, st.booleans())
def test_whoever_may_have_it_at_the_sender_and_is_at_the_receiver_has_it_there_and_nobody_else(
    audience, members, readers, unmarked
):
    """`readers` may read where it is kept. The receiver stands for R1 and all below it, and knows no group."""
    assume(may_travel(audience) and not (unmarked and audience.groups))
    may = {one.organisation for one in _readers(members) if may_receive(audience, one)} & readers & {*BELOW_R1}
    to = in_few_codes(audience, map(_path, may), count=_count)
    if is_for_everybody(audience) and readers >= {*CODES}:
        may, to = {*BELOW_R1}, EVERYBODY
    if to is None:
        assert not may
        return
    # Of what is not marked the sender has agreed the level, and the receiver goes by what it is told (ADR 0242).
    marked = Audience(owner="", level=Tlp.AMBER if unmarked else audience.level, groups=audience.groups)
    there = received(marked, to, owner="")

    assert {one.organisation for one in _readers(frozenset()) if may_receive(there, one)} & {*BELOW_R1} == may


def test_what_is_for_the_owner_of_a_collection_goes_to_nobody_below_it_whom_only_the_receiver_knows():
    audience = Audience(owner="T2", level=Tlp.AMBER, addressed=frozenset({"keeper:T1"}))

    to = in_few_codes(audience, [_path("T1")], count=lambda _: 1)

    assert to == Addressees(codes=frozenset({"T1"}), below=False)


@given(audiences, codes)
def test_few_codes_name_nobody_twice(audience, some):
    to = in_few_codes(audience, map(_path, some & {*BELOW_R1}), count=_count)
    assert to is None or not to.below or not any(to.codes & {*ABOVE[code]} for code in to.codes)
