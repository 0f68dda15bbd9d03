"""Reading STIX: what is sound comes through unchanged, what is not is refused with its reasons and disturbs nothing."""

import csv
import json
import warnings
from datetime import UTC, datetime

import pytest
import stix2
from hypothesis import given
from hypothesis import strategies as st

from intel.builders import EARLY, LATE, LEAST, OBSERVABLES, a_bundle, an_id, an_object, raw_of
from watchward.intel.stix import Limits, read

SMALL = Limits(bundle_bytes=100_000, object_bytes=5_000, depth=8, references=20)
BAD = {
    "what is nested deeply": b'{"type": "x", "a": ' + b"[" * 3000 + b"]" * 3000 + b"}",
    "what is nested a little too deeply": raw_of(an_object(x=[[[[[[[[[[1]]]]]]]]]])),
    "what is long": raw_of(an_object(description="a" * 6000)),
    "a huge whole number": b'{"type": "x-a", "n": 123456789012345678901234567890}',
    "a number of thousands of digits": b'{"type": "x-a", "n": 1' + b"0" * 4000 + b"}",
    "a number beyond floating point": b'{"type": "x-a", "n": 1e999}',
    "a number that is none": b'{"type": "x-a", "n": NaN}',
    "infinity": b'{"type": "x-a", "n": -Infinity}',
    "a name twice": b'{"type": "x-a", "id": "a", "type": "x-b"}',
    "a name twice within": raw_of(an_object())[:-1] + b', "x": {"a" :1, "a": 2}}',
    "a name twice in two spellings": b'{"type": "x-a", "i\\u0064": 1, "id": 2}',
    "half a character": raw_of(an_object())[:-1] + b', "x": "\\ud800"}',
    "bytes that are no text": raw_of(an_object())[:-1] + b', "x": "\xff"}',
    "a control character": raw_of(an_object())[:-1] + b', "x": "\n"}',
    "no JSON": b"{type: indicator}",
    "a list": b"[1, 2]",
    "a number": b"5",
    "an empty object": b"{}",
    "too many references": raw_of(an_object("report", object_refs=[an_id("campaign", n) for n in range(21)])),
    "a bundle": raw_of({"type": "bundle", "id": an_id("bundle")}),
    "an id that is none": raw_of(an_object(id="indicator--1")),
    "an id of another type": raw_of(an_object(id=an_id("malware"))),
    "a version of the specification that is not there": raw_of(an_object(spec_version="3.0")),
}


def wrong(type_="indicator", **more):
    """Why an object is refused; empty where it is not."""
    reading = read(raw_of(an_object(type_, **more)))
    return " ".join(one.reason for one in reading.refused)


@pytest.mark.parametrize("type_", LEAST)
def test_the_least_of_every_type_is_read_unchanged(type_):
    raw = raw_of(an_object(type_))
    (found,) = read(raw).objects
    assert (found.raw, found.type, found.id, found.spec_version) == (raw, type_, an_id(type_), "2.1")
    assert (found.version is None) == (type_ in OBSERVABLES)


@pytest.mark.parametrize("type_", LEAST)
def test_what_a_type_must_say_is_asked_for_all_at_once(type_):
    whole = an_object(type_)
    must = {name for name in set(whole) - {"type", "id", "spec_version"} if wrong(type_=type_, **{name: None})}
    bare = {name: whole[name] for name in ("type", "id", "spec_version")}
    reasons = [one.reason for one in read(raw_of(bare)).refused]
    assert all(name in reasons[0] for name in must)
    assert bool(reasons) == bool(must)


@pytest.mark.parametrize("type_", LEAST)
def test_what_an_independent_reader_misses_is_missed_here_too(type_):
    whole = an_object(type_)
    for name in whole:
        lacking = {key: value for key, value in whole.items() if key != name}
        assert accepted_elsewhere(lacking) or read(raw_of(lacking)).refused, name


@pytest.mark.parametrize("type_", LEAST)
def test_an_independent_reader_takes_what_is_taken_here(type_):
    assert accepted_elsewhere(an_object(type_))


def accepted_elsewhere(content):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            stix2.parse(content, allow_custom=False, version="2.1")
        except (stix2.exceptions.STIXError, ValueError):
            return False
    return True


@pytest.mark.parametrize(("more", "reason"), [
    ({"valid_until": EARLY}, "valid_until is not after valid_from"),
    ({"modified": "2026-02-01T00:00:00Z"}, "modified is before created"),
    ({"created": "2026-03-01"}, "created '2026-03-01' cannot be used"),
    ({"created": "2026-02-30T00:00:00Z"}, "it is no time that there is"),
    ({"created": "2026-03-01T09:00:00+01:00"}, "it is no time such as"),
    ({"confidence": 101}, "confidence is not between 0 and 100"),
    ({"confidence": True}, "confidence is no whole number"),
    ({"revoked": "yes"}, "revoked is neither true nor false"),
    ({"labels": "a"}, "labels is no list of texts"),
    ({"created_by_ref": an_id("malware")}, "created_by_ref names a malware"),
    ({"object_marking_refs": [an_id("identity")]}, "object_marking_refs names a identity"),
    ({"object_marking_refs": ["TLP:RED"]}, "object_marking_refs is no identifier"),
    ({"granular_markings": [{"marking_ref": an_id("marking-definition")}]}, "without selectors"),
    ({"external_references": [{"url": "https://example.invalid"}]}, "external_references is no list of objects with"),
    ({"kill_chain_phases": [{"phase_name": "x"}]}, "kill_chain_phases is no list of objects with"),
    ({"type_": "relationship", "source_ref": an_id("sighting")}, "source_ref names a sighting"),
    ({"type_": "relationship", "start_time": LATE, "stop_time": EARLY}, "stop_time is not after start_time"),
    ({"type_": "sighting", "where_sighted_refs": [an_id("malware")]}, "where_sighted_refs names a malware"),
    ({"type_": "sighting", "sighting_of_ref": an_id("ipv4-addr")}, "sighting_of_ref names a ipv4-addr"),
    ({"type_": "opinion", "opinion": "perhaps"}, "opinion is not agree or"),
    ({"type_": "file", "hashes": {"SHA-256": "00"}}, "hashes has a SHA-256 that has not 64"),
    ({"type_": "malware", "is_family": True}, "is_family is true, and name is missing"),
    ({"type_": "location", "country": None}, "it has none of region, country, latitude"),
    ({"type_": "location", "latitude": 91, "longitude": 0}, "latitude is not between -90 and 90"),
    ({"type_": "artifact", "url": "https://example.invalid", "hashes": {}}, "it has both payload_bin and url"),
    ({"type_": "marking-definition", "object_marking_refs": [an_id("marking-definition")]}, "It is marked with itself"),
])  # fmt: skip
def test_what_is_wrong_is_said(more, reason):
    assert reason in wrong(**more)


def test_everything_that_is_wrong_is_said_at_once():
    reasons = wrong(pattern=None, valid_from="soon", confidence=-1, labels=[1], created_by_ref="me")
    assert all(
        name in reasons for name in ("pattern is missing", "valid_from", "confidence", "labels", "created_by_ref")
    )


@pytest.mark.parametrize("name", BAD)
def test_a_bad_object_is_refused_with_a_reason_and_disturbs_nothing_else(name):
    good = [an_object(), an_object("campaign", x_ward=[{"ü": 1.5}, None])]
    reading = read(a_bundle(good[0], BAD[name], good[1]), SMALL)
    assert [one.content for one in reading.objects] == good
    (refused,) = reading.refused
    assert refused.position == 1
    assert refused.reason.endswith(".")
    assert [one.position for one in reading.objects] == [0, 2]


@given(st.lists(st.sampled_from([*BAD.values(), *(raw_of(an_object("indicator", n)) for n in "abc")]), max_size=8))
def test_whatever_stands_beside_it_a_sound_object_is_read(raws):
    reading = read(a_bundle(*raws), SMALL)
    sound = dict.fromkeys(raw for raw in raws if raw not in BAD.values())
    assert [one.raw for one in reading.objects] == list(sound)
    assert len(reading.objects) + len(reading.refused) + len(reading.repeats) == len(raws)


@given(
    st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | st.text('{}[]":,\\ objectsin1', max_size=60).map(str.encode)
)
def test_no_bytes_do_harm(raw):
    reading = read(raw, SMALL)
    assert all(one.reason for one in reading.refused)


@given(st.integers(0, 400))
def test_a_bundle_that_was_cut_off_is_refused_whole(length):
    whole = a_bundle(an_object(), an_object("campaign"))
    reading = read(whole[:length])
    assert not reading.objects
    assert [one.position for one in reading.refused] in ([None], [0], [])


plain_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
)
json_values = st.recursive(
    plain_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)  # fmt: skip


@given(
    st.dictionaries(st.text("abcx_", min_size=1, max_size=8).map(lambda name: "x_" + name), json_values, max_size=4),
    st.booleans(),
)
def test_custom_content_is_kept_to_the_byte(custom, spaced):
    content = {**an_object("x-ward", spec_version="2.1"), **custom}
    raw = json.dumps(content, indent=2 if spaced else None, ensure_ascii=spaced).encode("utf-8", "replace")
    (found,) = read(a_bundle(an_object(), raw)).objects[1:]
    assert found.raw == raw


def test_text_that_looks_like_names_is_no_repeated_name():
    (found,) = read(raw_of(an_object(description='":', name='a": "b": ', x=[": ", '"']))).objects
    assert found.content["description"] == '":'


def test_times_keep_every_digit_and_are_never_rounded():
    (found,) = read(raw_of(an_object(modified="2026-03-01T09:00:00.99999999900Z"))).objects
    assert found.modified == datetime(2026, 3, 1, 9, 0, 0, 999_999, tzinfo=UTC)
    assert found.version_text == "2026-03-01T09:00:00.999999999Z"


def test_versions_that_differ_beyond_the_microsecond_are_two():
    times = ("2026-03-01T09:00:00.1234561Z", "2026-03-01T09:00:00.1234562Z")
    assert len(read(a_bundle(*(an_object(modified=time) for time in times))).objects) == 2


def test_an_object_that_stands_there_twice_is_read_once():
    reading = read(a_bundle(an_object(), an_object("campaign"), an_object()))
    assert (len(reading.objects), reading.repeats, reading.refused) == (2, (2,), ())


def test_of_two_objects_under_one_version_the_second_is_refused():
    reading = read(a_bundle(an_object(), an_object(description="otherwise")))
    assert [one.position for one in reading.refused] == [1]
    assert reading.refused[0].id == an_id("indicator")


def test_relationships_in_a_circle_are_read_like_any_other():
    here, there = an_id("relationship", "a"), an_id("relationship", "b")
    reading = read(a_bundle(
        an_object("campaign", object_marking_refs=[an_id("marking-definition")]),
        an_object("relationship", "a", source_ref=an_id("campaign"), target_ref=an_id("campaign")),
        an_object("note", "a", object_refs=[an_id("note", "b"), here]),
        an_object("note", "b", object_refs=[an_id("note", "a"), there]),
    ))  # fmt: skip
    assert len(reading.objects) == 4


def test_what_an_object_refers_to_is_told_apart_from_who_made_it_and_its_markings():
    marking, part = an_id("marking-definition", 1), an_id("marking-definition", 2)
    (found,) = read(raw_of(an_object(
        "report", object_refs=[an_id("campaign"), an_id("malware"), an_id("campaign")],
        created_by_ref=an_id("identity"),
        object_marking_refs=[marking], granular_markings=[{"marking_ref": part, "selectors": ["name"]}],
        extensions={"x-ward-ext": {"seen_at_ref": an_id("location")}},
    ))).objects  # fmt: skip
    assert found.references == (an_id("campaign"), an_id("malware"), an_id("location"))
    assert (found.created_by, found.markings, found.granular) == (an_id("identity"), (marking,), (part,))


def test_an_envelope_says_whether_there_is_more():
    reading = read(b'{"more": true, "next": "17", "objects": [' + raw_of(an_object()) + b"]}")
    assert (len(reading.objects), reading.more, reading.next) == (1, True, "17")
    assert read(b"{}").objects == ()


def test_a_bundle_of_the_older_version_is_read_as_it():
    old = an_object(spec_version=None, pattern_type=None, labels=["malicious-activity"])
    reading = read(a_bundle(old, spec_version="2.0"))
    assert [one.spec_version for one in reading.objects] == ["2.0"]
    del old["labels"]
    assert "labels is missing" in read(a_bundle(old, spec_version="2.0")).refused[0].reason


def test_what_is_too_large_is_not_looked_into():
    reading = read(a_bundle(an_object()), Limits(bundle_bytes=100))
    assert reading.refused[0].position is None


def test_two_lists_of_objects_are_refused():
    whole = a_bundle(an_object())
    assert "two lists" in read(whole[:-1] + b', "objects": [' + raw_of(an_object("campaign")) + b"]}").refused[0].reason


@pytest.mark.shared
def test_the_published_schemas_ask_for_the_same_properties(schemas):
    for type_ in LEAST:
        whole = an_object(type_)
        assert schemas.problems(whole) == []
        for name in set(whole) - {"spec_version"}:  # without which it follows the older version
            lacking = {key: value for key, value in whole.items() if key != name}
            asked = bool(schemas.problems(lacking))
            assert not asked or read(raw_of(lacking)).refused, (type_, name)


@pytest.mark.shared
def test_published_examples_are_read_whole(shared_data):
    folder = shared_data / "open" / "intel" / "stix21" / "examples"
    for row in csv.DictReader((folder / "index.csv").read_text().splitlines()):
        reading = read((folder / row["file"]).read_bytes())
        assert (len(reading.objects), reading.refused) == (int(row["objects"]), ()), row["file"]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["enterprise-attack.lean.stix20.json", "ics-attack-18.1.stix21.json"])
def test_a_published_knowledge_base_is_read_whole_and_as_others_read_it(shared_data, name):
    raw = (shared_data / "open" / "intel" / "attack" / name).read_bytes()
    objects = json.loads(raw)["objects"]
    reading = read(raw)
    assert reading.refused == ()
    assert [one.content for one in reading.objects] == objects
    for one in reading.objects[:: len(objects) // 300]:
        elsewhere = stix2.parse(one.content, allow_custom=True, version=one.spec_version)
        if not isinstance(elsewhere, dict):
            assert (elsewhere.get("modified"), elsewhere.id) == (one.modified, one.id)
