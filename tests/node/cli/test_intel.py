"""`watchward intel`, and `watchward scan --indicators`."""

import json

import pytest

from lake.batches import rows
from lake.journals import MOMENT
from watchward.intel.exact import folder
from watchward.intel.exact.written import read
from watchward.lake import asking, journal, segments
from watchward.lake.segments import Segment
from watchward.node.cli import main
from watchward.node.home import Home

EVENTS = [
    {"EventID": 22, "Channel": "Microsoft-Windows-Sysmon/Operational", "Computer": "ward-1", "QueryName": name}
    for name in ("www.evil.example", "good.example")
]

_UUID = "5f0c3c2e-0a1c-4b0a-9b1a-0123456789a{}"


@pytest.fixture
def feed(tmp_path):
    file = tmp_path / "feed.txt"
    file.write_text("# names\nevil[.]example\n198.51.100.0/24\nward 7\n")
    return file


@pytest.fixture
def events(tmp_path):
    file = tmp_path / "events.ndjson"
    file.write_text("\n".join(json.dumps(event | {"@timestamp": "2026-03-01T12:00:00Z"}) for event in EVENTS))
    return file


def test_a_file_is_checked_and_what_cannot_be_used_is_named(feed, capsys):
    assert main(["intel", "check", str(feed)]) == 0
    said = capsys.readouterr().out
    assert "2 indicators for 2 things: 1 domain, 1 network." in said
    assert "line 4" in said
    assert main(["intel", "check", str(feed), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["kinds"] == {"domain": 1, "network": 1}


def test_a_file_that_names_nothing_is_refused(tmp_path, capsys):
    file = tmp_path / "empty.txt"
    file.write_text("nothing here")
    assert main(["intel", "check", str(file)]) == 2
    assert "names nothing that can be looked for" in capsys.readouterr().err


def test_events_of_misp_are_checked_and_what_no_node_looks_for_is_said(tmp_path, capsys):
    file = tmp_path / "event.json"
    values = [("ip-dst", "203.0.113.77"), ("ip-dst", "192.168.1.1"), ("domain", "com")]
    said = [
        {"type": kind, "value": value, "to_ids": True, "uuid": _UUID.format(n)}
        for n, (kind, value) in enumerate(values)
    ]
    file.write_text(
        json.dumps({"Event": {"info": "Loader", "date": "2026-02-01", "uuid": _UUID.format(9), "Attribute": said}})
    )

    assert main(["intel", "check", str(file)]) == 0
    told = capsys.readouterr().out
    assert "3 indicators for 3 things: 1 domain, 2 ipv4." in told
    assert "2 things would be kept, and not looked for:" in told
    assert "192.168.1.1: 192.168.0.0/16 is for private use." in told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"type": "bundle",\n "objects": [{"type": "indi\n', "It is JSON that ends too early, at line 2, column 28."),
        ('{"objects": [}', "It begins as JSON and is none, at line 1, column 14: Expecting value."),
        ('{"objects": [{"type": "indicator"}]}', "object 1 (without id): id is missing or no text."),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path, capsys, text, why):
    file = tmp_path / "bad.json"
    file.write_text(text)
    assert main(["intel", "check", str(file)]) == 2
    told = capsys.readouterr().err
    assert why in told
    assert ".." not in told.replace(str(file), "")


@pytest.mark.parametrize("process", ["alone", "from a node"])
def test_a_scan_looks_for_indicators_besides_rules(feed, events, tmp_path, capsys, process):
    named = ["--indicators", str(feed)]
    if process == "from a node":
        home = Home(tmp_path / "home")
        home.create()
        folder.publish(home.indicators, read(feed.read_bytes(), name="feed.txt").entries)
        named = ["--home", str(home.path)]
    assert main(["scan", str(events), *named, "--json"]) == 0
    (found,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (found["rule_title"], found["fields"]) == ("domain evil.example", {"QueryName": "www.evil.example"})
    assert main(["scan", str(events), *named, "--min-level", "high", "--json"]) == 0
    assert capsys.readouterr().out == ""


def test_a_scan_of_the_lake_and_one_between_times_look_for_indicators_too(feed, tmp_path, capsys):
    lake = tmp_path / "lake"
    segments.write(lake, Segment.of("g1", 1, MOMENT), rows("a", "b", QueryName="evil.example"), for_good=True)
    scan = ["scan", str(lake), "--indicators", str(feed), "--format", "csv"]
    assert main(scan) == 0
    assert capsys.readouterr().out.count("domain evil.example") == 2
    assert main([*scan, "--from", "2026-03-01T12:00:01"]) == 0
    assert capsys.readouterr().out.count("domain evil.example") == 1


def test_a_node_looks_back_for_indicators_of_a_file(feed, tmp_path, capsys):
    home = Home(tmp_path / "home")
    home.create()
    segments.write(home.lake, Segment.of("g1", 1, MOMENT), rows("a", "b", QueryName="evil.example"))
    arguments = ["intel", "look-back", str(feed), "--home", str(home.path), "--days", "3650", "--json"]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out)["matches"] == 2
    entries = [entry for _, entry in journal.read(home.journal)]
    assert [len(entry.matches) for entry in entries] == [2]
    assert asking.waiting(home.looks) == []
