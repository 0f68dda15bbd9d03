"""Indicators with patterns in a scan: alone, joined, in their time, from files and from a node."""

import json
from datetime import UTC, datetime

import pytest

from gateway.gateways import an_event
from intel.builders import an_id
from intel.live.builders import a_pattern
from watchward.intel.live import folder
from watchward.node.cli import main
from watchward.node.home import Home

LINE = "[process:command_line LIKE '%lapwing%']"
OTHER = "[process:command_line LIKE '%plover%']"


def an_indicator(number, pattern, **given):
    stamp = "2026-01-01T00:00:00.000Z"
    return {
        "type": "indicator", "spec_version": "2.1", "id": an_id("indicator", number), "created": stamp,
        "modified": stamp, "valid_from": stamp, "pattern": pattern, "pattern_type": "stix",
        "name": f"Campaign {number}", **given,
    }  # fmt: skip


@pytest.fixture
def events(tmp_path):
    """Two events, a lapwing and a plover, at noon on the first of March."""
    file = tmp_path / "events.ndjson"
    lines = [
        an_event(number, CommandLine=line) | {"@timestamp": f"2026-03-01T12:00:0{number}.000Z"}
        for number, line in enumerate(("a lapwing", "a plover"), start=1)
    ]
    file.write_text("".join(json.dumps(one) + "\n" for one in lines))
    return file


def scanned(capsys, *asked):
    """What a scan finds of our campaigns."""
    main(["scan", *map(str, asked), "--format", "json", "--min-level", "informational"])
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return sorted({one["rule_title"] for one in found if one["rule_title"].startswith("Campaign")})


def test_patterns_of_a_file_are_found_alone_and_joined_and_only_in_their_time(events, tmp_path, capsys):
    bundle = tmp_path / "bundle.json"
    objects = [
        an_indicator(1, LINE),
        an_indicator(2, f"({LINE} FOLLOWEDBY {OTHER}) WITHIN 60 SECONDS"),
        an_indicator(3, f"({OTHER} FOLLOWEDBY [process:command_line LIKE '%curlew%']) WITHIN 60 SECONDS"),
        an_indicator(4, LINE, valid_until="2026-02-01T00:00:00Z"),
        an_indicator(5, f"{LINE} START t'2026-02-01T00:00:00Z' STOP t'2026-02-02T00:00:00Z'"),
        an_indicator(6, "[process:command_line LIKE '%plover%' AND process:name = 'notepad.exe']"),
    ]
    bundle.write_text(json.dumps({"type": "bundle", "id": an_id("bundle"), "objects": objects}))
    assert scanned(capsys, events, "--indicators", bundle) == ["Campaign 1", "Campaign 2", "Campaign 6"]


def test_patterns_that_a_node_looks_for_are_found_but_not_what_is_on_trial_there(events, tmp_path, capsys):
    home = Home(tmp_path / "home")
    home.create()
    ended = datetime(2026, 1, 1, tzinfo=UTC)
    folder.publish(
        home.patterns,
        [a_pattern(LINE), a_pattern(OTHER, number=2, trial=True), a_pattern(OTHER, number=3, until=ended)],
    )
    assert scanned(capsys, events, "--home", home.path) == ["Campaign 1"]
