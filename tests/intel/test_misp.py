"""What MISP says, as STIX, and never to more people than MISP meant."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.intel.markings import SECTOR, Groups, Tlp, marked, marking, may_receive, organisation_group, read
from watchward.intel.misp import MispError, due, manifest
from watchward.intel.misp import read as read_misp
from watchward.intel.stix import read as read_stix

EVENT = "5e1f3b9a-6a5c-4f1e-9c59-0a0a0a0a0a01"
GROUP = "5e1f3b9a-6a5c-4f1e-9c59-0a0a0a0a0a02"
MAKER = {"uuid": "5e1f3b9a-6a5c-4f1e-9c59-0a0a0a0a0a03", "name": "A response team"}


def an_attribute(number=1, **said):
    common = {"uuid": f"5e1f3b9a-6a5c-4f1e-9c59-{number:012d}", "type": "domain", "value": "evil[.]example"}
    return {**common, "to_ids": True, "timestamp": "1763800000", "distribution": "5", **said}


def an_event(*attributes, **said):
    common = {"uuid": EVENT, "info": "Fake invoices", "date": "2025-11-20", "timestamp": "1763800000", "Orgc": MAKER}
    return {"Event": {**common, "distribution": "3", "Attribute": list(attributes), **said}}


def taken(*events, **more):
    return read_misp(json.dumps(events[0] if len(events) == 1 else {"response": list(events)}).encode(), **more)


def of_type(found, type_):
    return [item.content for item in found.items if item.content["type"] == type_]


def audience_of(item, found):
    definitions = {one["id"]: marking(one) for one in of_type(found, "marking-definition")}
    return read(marked(item.content).all, definitions, owner="X", addressed=item.addressed, unmarked=Tlp.CLEAR)


def test_an_attribute_that_is_looked_for_becomes_an_indicator_of_its_own_identifier():
    found = taken(an_event(an_attribute(Tag=[{"name": "tlp:green"}, {"name": 'misp:confidence-level="unconfident"'}])))
    (indicator,) = of_type(found, "indicator")
    assert indicator["id"] == f"indicator--{an_attribute()['uuid']}"
    assert indicator["pattern"] == "[domain-name:value = 'evil.example']"
    assert indicator["object_marking_refs"] == [Tlp.GREEN.marking]
    assert indicator["created_by_ref"] == f"identity--{MAKER['uuid']}"
    assert (indicator["name"], indicator["confidence"]) == ("Fake invoices", 0)
    assert (indicator["created"], indicator["modified"]) == ("2025-11-20T00:00:00.000Z", "2025-11-22T08:26:40.000Z")


@pytest.mark.parametrize(
    ("type_", "value", "values"),
    [
        ("ip-dst", "198.51.100.7", {"198.51.100.7"}),
        ("ip-src", "2001:DB8::7", {"2001:db8::7"}),
        ("ip-dst", "198.51.100.0/24", {"198.51.100.0/24"}),
        ("ip-dst|port", "198.51.100.7|443", {"198.51.100.7"}),
        ("domain|ip", "evil.example|198.51.100.7", {"evil.example", "198.51.100.7"}),
        ("hostname|port", "c2.evil.example|8443", {"c2.evil.example"}),
        ("url", "hxxp://evil.example/it's", {"http://evil.example/it's"}),
        ("email-src", "jo@evil.example", {"jo@evil.example"}),
        ("filename|sha256", "a|" + "A" * 64, {"a" * 64}),
        ("filename", "invoice.hta", {"invoice.hta"}),
        ("mutex", r"Global\x", {r"Global\x"}),
        ("regkey|value", r"HKLM\Software\X|1", {r"hklm\software\x"}),
    ],
)
def test_each_type_is_looked_for_as_what_it_names(type_, value, values):
    found = taken(an_event(an_attribute(type=type_, value=value)))
    patterns = [one["pattern"] for one in of_type(found, "indicator")]
    assert not found.refused
    quoted = {re.search(r"= '(.*)'\]", pattern)[1] for pattern in patterns}
    assert {re.sub(r"\\(.)", r"\1", one) for one in quoted} == values


def test_what_is_only_seen_becomes_an_observable_and_nothing_looks_for_it():
    found = taken(an_event(an_attribute(to_ids=False)))
    assert of_type(found, "indicator") == []
    assert of_type(found, "domain-name")[0]["value"] == "evil.example"


def test_attributes_of_objects_are_taken_too_with_all_that_marks_them():
    thing = {"name": "file", "distribution": "1", "Attribute": [an_attribute(type="md5", value="0" * 32)]}
    found = taken(an_event(Object=[thing], Tag=[{"name": "tlp:clear"}]))
    (indicator,) = of_type(found, "indicator")
    assert set(indicator["object_marking_refs"]) == {Tlp.CLEAR.marking, Tlp.AMBER.marking}


def test_sightings_false_positives_and_ends_are_told():
    organisation = {"uuid": "5e1f3b9a-6a5c-4f1e-9c59-0a0a0a0a0a04", "name": "A Trust"}
    sightings = [
        {"type": "0", "date_sighting": "1763800100", "Organisation": organisation},
        {"type": "1", "date_sighting": "1763800200"},
        {"type": "2", "date_sighting": "1766000000"},
        {"type": "7"},
    ]
    found = taken(an_event(an_attribute(Sighting=sightings)))
    assert of_type(found, "sighting")[0]["where_sighted_refs"] == [f"identity--{organisation['uuid']}"]
    assert of_type(found, "opinion")[0]["opinion"] == "strongly-disagree"
    assert of_type(found, "indicator")[0]["valid_until"] == "2025-12-17T19:33:20.000Z"


def test_what_was_deleted_is_withdrawn():
    assert of_type(taken(an_event(an_attribute(deleted=True))), "indicator")[0]["revoked"] is True


GROUPS = Groups(members={"pathology": frozenset({"T1"})})
ANYBODY = [Groups().reader("T2"), GROUPS.reader("T1")]


@pytest.mark.parametrize(
    ("distribution", "group", "let_in"),
    [
        ("0", None, set()),
        ("1", None, set()),
        ("2", None, {"T1", "T2"}),
        ("3", None, {"T1", "T2"}),
        ("4", {"uuid": GROUP, "name": "anything"}, {"T1"}),
        ("4", {"uuid": EVENT, "name": "pathology"}, set()),
        ("4", {}, set()),
        ("4", None, set()),
        ("9", None, set()),
        (None, None, {"T1", "T2"}),
        ([], None, set()),
    ],
)
def test_distribution_lets_in_no_more_than_it_means(distribution, group, let_in):
    event = an_event(an_attribute(), distribution=distribution, SharingGroup=group)
    found = taken(event, groups={GROUP: "pathology"})
    for item in found.items:
        if item.content["type"] in ("indicator", "report"):
            audience = audience_of(item, found)
            assert {one.organisation for one in ANYBODY if may_receive(audience, one)} == let_in


def test_where_no_distribution_is_said_the_tag_decides():
    event = an_event(an_attribute(), Tag=[{"name": "tlp:green"}])
    del event["Event"]["distribution"], event["Event"]["Attribute"][0]["distribution"]
    (indicator,) = of_type(taken(event), "indicator")

    assert indicator["object_marking_refs"] == [Tlp.GREEN.marking]
    del event["Event"]["Tag"]
    assert "object_marking_refs" not in of_type(taken(event), "indicator")[0]


def test_a_tag_of_tlp_that_is_none_lets_nobody_in():
    found = taken(an_event(an_attribute(), Tag=[{"name": "tlp:ultraviolet"}]))
    everybody = Groups().reader("T1", above=["N"])
    assert SECTOR in everybody.groups
    assert organisation_group("T1") in everybody.groups
    assert not any(may_receive(audience_of(one, found), everybody) for one in found.items if "pattern" in one.content)


def test_what_cannot_be_used_is_told_and_disturbs_no_other():
    bad = [
        an_attribute(2, type="text", value="prose"),
        an_attribute(3, value="no domain at all"),
        an_attribute(4, type="domain|ip", value="one part"),
        an_attribute(5, value=["not", "text"]),
        {"type": "md5"},
    ]
    found = taken(an_event(an_attribute(), *bad), {"Event": {"uuid": "no identifier"}})
    assert len(of_type(found, "indicator")) == 1
    assert len(found.refused) == len(bad) + 1
    assert all(one.reason for one in found.refused)


@pytest.mark.parametrize("raw", [b"", b"7", b"{}", b'{"response": [1]}', b"[" * 5000, b"\xff"])
def test_what_is_no_event_is_refused(raw):
    with pytest.raises(MispError):
        read_misp(raw)


def test_a_manifest_offers_events_in_the_order_of_their_changes_and_no_paths():
    entries = {
        EVENT: {"info": "new", "timestamp": "1763800000"},
        GROUP: {"info": "old", "timestamp": 1700000000},
        "../../etc/passwd": {"info": "x", "timestamp": "1"},
        MAKER["uuid"]: {"info": "never changed"},
    }
    offered = manifest(json.dumps(entries).encode())
    assert [one.info for one in offered] == ["old", "new"]
    assert [one.info for one in due(offered, offered[-1].changed_at)] == ["new"]


def test_all_that_is_made_is_read_as_stix_without_a_complaint():
    sightings = [{"type": "0", "date_sighting": "1763800100"}, {"type": "1"}]
    attributes = [an_attribute(Sighting=sightings), an_attribute(2, type="md5", value="0" * 32, to_ids=False)]
    event = an_event(*attributes, distribution="4", SharingGroup={"uuid": GROUP}, Tag=[{"name": "tlp:amber"}])
    bundle = {"type": "bundle", "id": f"bundle--{EVENT}", "objects": [item.content for item in taken(event).items]}
    reading = read_stix(json.dumps(bundle).encode())
    assert [one.reason for one in reading.refused] == []
    assert {one.type for one in reading.objects} == {
        "marking-definition", "identity", "indicator", "file", "sighting", "opinion", "report",
    }  # fmt: skip


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from([EVENT, "ip-dst", "domain|ip"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "uuid", "type"]), inner),
    max_leaves=6,
)
fields = st.dictionaries(st.sampled_from([*an_attribute(), "Sighting", "Tag", "deleted"]), values)


@given(st.lists(fields.map(lambda said: {**an_attribute(), **said}), max_size=3), fields)
def test_any_event_is_read_and_what_it_says_wrongly_is_told(attributes, said):
    event = an_event(*attributes, **said)
    found = taken(event)
    kept = {item.content["id"] for item in found.items if item.content["type"] == "indicator"}
    assert len(kept) <= 2 * len(attributes)
    bundle = {"type": "bundle", "id": f"bundle--{EVENT}", "objects": [item.content for item in found.items]}
    assert read_stix(json.dumps(bundle).encode()).refused == ()
