import ipaddress
import json
import re
from datetime import UTC, datetime

import pytest

from watchward.base.errors import BadInputError
from watchward.node.exercise.activity import compile_lines
from watchward.node.exercise.moment import microseconds
from watchward.node.exercise.sector import SIZES, Sector, Sensor, Size
from watchward.node.exercise.sensors.scene import Scene, SceneError
from watchward.node.exercise.stories import Stage, all_stories, find
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin

SECTOR = Sector(SIZES["default"])
START = microseconds(datetime(2026, 3, 2, 10, tzinfo=UTC))
STORIES = pytest.mark.parametrize("story", all_stories().values(), ids=all_stories())


def watched_by(story, sensor):
    for number in range(40):
        events = story.perform(SECTOR, Stage(start=START, number=number))
        if events[0].site.sensor is sensor:
            return events
    pytest.fail("no performance at such an organisation")


@STORIES
def test_every_step_of_a_story_yields_events_where_sysmon_watches(story):
    steps = {event.label.split("/")[2] for event in watched_by(story, Sensor.SYSMON)}

    assert steps == {step.key for step in story.steps}


@STORIES
def test_a_story_cites_its_sources_and_says_what_it_means_for_patients(story):
    assert story.told_from
    assert all(re.search(r"20\d\d", source) for source in story.told_from)
    assert [step for step in story.steps if step.impact]
    assert all(step.consequence.endswith(".") for step in story.steps if step.impact)
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", step.technique) for step in story.steps)
    assert [step.after for step in story.steps] == sorted(step.after for step in story.steps)


@STORIES
@pytest.mark.parametrize("sensor", [Sensor.SYSMON, Sensor.NXLOG], ids=str)
def test_the_events_of_a_story_decode_without_a_bad_record(story, sensor):
    events = watched_by(story, sensor)
    origin = Origin(organisation="X-T1", source="s", received_at=datetime(2026, 3, 2, 18, tzinfo=UTC))

    decoded = Decoder().decode_documents([event.document.encode() for event in events], origin)

    assert decoded.bad == []
    assert len(set(decoded.batch.column("event_id").to_pylist())) == len(events)
    assert None not in decoded.batch.column("product").to_pylist()
    assert "linux" not in {row["product"] for row in decoded.batch.to_pylist() if not row["service"]}


@STORIES
def test_a_story_is_the_same_for_the_same_seed_and_faster_at_a_higher_speed(story):
    once = story.perform(SECTOR, Stage(start=START))
    again = story.perform(SECTOR, Stage(start=START))
    fast = story.perform(SECTOR, Stage(start=START, speed=60))

    assert [event.document for event in once] == [event.document for event in again]
    assert fast[-1].at - START == pytest.approx((once[-1].at - START) / 60, rel=0.01)


@STORIES
def test_every_address_of_a_story_is_one(story):
    text = "\n".join(event.document for event in story.perform(SECTOR, Stage(start=START)))

    written = set(re.findall(r"(?<![\d.\w])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", text))
    addresses = {one for one in written if not one.startswith("4.")}  # Defender's platform has a version of four parts

    assert addresses
    assert all(ipaddress.ip_address(one) for one in addresses)


def test_a_label_never_stands_in_a_document():
    for story in all_stories().values():
        for event in story.perform(SECTOR, Stage(start=START)):
            assert event.label not in event.document
            assert story.key not in event.document


def test_the_persons_and_devices_of_a_story_stay_the_same_from_step_to_step():
    events = watched_by(all_stories()["phishing_to_ransomware"], Sensor.SYSMON)
    first = [json.loads(e.document) for e in events if e.label.endswith(("/opens-spreadsheet", "/implant", "/stays"))]

    assert len({document["host"]["hostname"] for document in first}) == 1
    started = {d["winlog"]["event_data"].get("User") for d in first if d["event"]["code"] == "1"}
    assert len(started) == 1


def test_an_unknown_story_is_refused_with_the_known_ones():
    with pytest.raises(BadInputError, match="phishing_to_ransomware"):
        find(["the_great_escape"])


def test_a_story_needs_an_organisation_of_its_kind():
    sector = Sector(Size(trusts=0, devices=4_000))

    with pytest.raises(BadInputError, match="the sector has none"):
        all_stories()["worm"].perform(sector, Stage(start=START))


@pytest.mark.parametrize(
    ("doing", "reason"),
    [({"dance": "wildly"}, "nothing knows"), ({"service": "x"}, "lacks"), ({"end": "ghost"}, "no process is called")],
    ids=["verb", "part", "process"],
)
def test_a_story_that_no_sensor_understands_is_refused(doing, reason):
    with pytest.raises(SceneError, match=reason):
        compile_lines([doing], Scene(sensor=Sensor.SYSMON, where="a test"))
