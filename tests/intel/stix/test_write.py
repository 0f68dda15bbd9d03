"""Objects of our own: sound here, elsewhere and by the published schemas, and the same when said again."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import stix2

from intel.builders import an_id
from watchward.intel.stix import read
from watchward.intel.stix.write import (
    Authorship,
    bundle,
    course_of_action,
    identity,
    indicator,
    note,
    relationship,
    sighting,
    statement,
    to_bytes,
    withdrawn,
)

NINE = datetime(2026, 3, 1, 9, tzinfo=UTC)
WARD = identity("A hospital", code="XA1", said=Authorship(by=None, created=NINE))
SAID = Authorship(by=WARD["id"], created=NINE, markings=[an_id("marking-definition")])
SEEN = indicator("[domain-name:value = 'evil.example']", name="Evil", valid_from=NINE, said=SAID, confidence=70)
COURSE = course_of_action("Close the door", "Block it at the edge.", said=SAID)
OURS = {
    "identity": WARD,
    "indicator": SEEN,
    "sighting": sighting(SEEN["id"], where=WARD["id"], first_seen=NINE, last_seen=NINE, count=3, said=SAID),
    "relationship": relationship(COURSE["id"], "mitigates", SEEN["id"], said=SAID),
    "note": note("Seen on Monday", about=[SEEN["id"]], said=SAID),
    "course-of-action": COURSE,
    "marking-definition": statement("Not beyond the board", name="Board", said=SAID),
    "withdrawn": withdrawn(SEEN, at=NINE + timedelta(hours=1)),
}


@pytest.mark.parametrize("name", OURS)
def test_what_is_written_is_sound_here_and_elsewhere(name):
    raw = to_bytes(OURS[name])
    (found,) = read(raw).objects
    assert found.raw == raw
    assert stix2.parse(json.loads(raw), version="2.1").id == found.id


@pytest.mark.shared
@pytest.mark.parametrize("name", OURS)
def test_what_is_written_fits_the_published_schemas(name, schemas):
    assert schemas.problems(json.loads(to_bytes(OURS[name]))) == []


def test_what_is_said_again_later_is_a_new_version_of_the_same_object():
    later = Authorship(by=SAID.by, created=NINE, modified=NINE + timedelta(hours=1))
    again = sighting(SEEN["id"], where=WARD["id"], first_seen=NINE, last_seen=later.modified, count=9, said=later)
    assert again["id"] == OURS["sighting"]["id"]
    assert again["modified"] > OURS["sighting"]["modified"]


def test_what_somebody_else_says_is_another_object():
    other = Authorship(by=an_id("identity"), created=NINE)
    assert indicator(SEEN["pattern"], name="Evil", valid_from=NINE, said=other)["id"] != SEEN["id"]


def test_a_bundle_holds_objects_to_the_byte_and_is_the_same_each_time():
    raws = [to_bytes(one) for one in OURS.values()]
    whole = bundle(raws)
    assert whole == bundle(raws)
    assert [one.raw for one in read(whole).objects] == raws
    assert json.loads(bundle([])).keys() == {"type", "id"}
