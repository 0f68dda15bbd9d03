"""Scanning what was taken out of Microsoft Defender: streamed, from an event hub, or exported from a hunt."""

import csv
import gzip
import io
import json
from pathlib import Path

import pytest

from watchward.detect.sigma import rules
from watchward.detect.sigma.pack import starter_pack
from watchward.node.scan.files import find
from watchward.node.scan.run import Scan

ROWS = [
    {
        "Timestamp": "Mar 2, 2026 8:00:01 AM",
        "DeviceId": "3f9a1c",
        "DeviceName": "ws-7.quorblemere.test",
        "ActionType": "NamedPipeEvent",
        "ReportId": str(number),
        "AdditionalFields": json.dumps(
            {"PipeName": r"\Device\NamedPipe\PSEXESVC" if number else r"\Device\NamedPipe\x"}
        ),
    }
    for number in range(3)
]
STREAMED = [
    {"time": "2026-03-02T08:03:00Z", "category": "AdvancedHunting-DeviceEvents", "properties": row} for row in ROWS
]


def as_csv() -> bytes:
    out = io.StringIO(newline="")
    written = csv.DictWriter(out, [*ROWS[0], "FolderPath"])
    written.writeheader()
    written.writerows(ROWS)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


FILES = {
    "exported.ndjson": "\n".join(map(json.dumps, ROWS)).encode(),
    "streamed.json": "\n".join(map(json.dumps, STREAMED)).encode(),
    "hub.json": "\n".join(json.dumps({"records": [one]}) for one in STREAMED).encode(),
    "message.json": json.dumps({"records": STREAMED}, indent=1).encode(),
    "exported.csv": as_csv(),
    "pressed.csv": gzip.compress(as_csv()),
}


@pytest.fixture(scope="module")
def scan() -> Scan:
    return Scan(rules.load([starter_pack()]).rules, processes=1)


@pytest.mark.parametrize("name", FILES)
def test_rows_of_a_hunt_are_scanned_in_each_shape_in_which_they_are_taken_out(name, tmp_path: Path, scan: Scan):
    (tmp_path / name).write_bytes(FILES[name])
    found = [
        (part.records[row], scan.rules[rule].title)
        for part, matches in scan.run(find([tmp_path / name]).files)
        for row, rule in zip(matches.rows, matches.rules, strict=True)
    ]
    title = "PsExec or a tool like it at work"
    assert [(int(record), one) for record, one in found if one == title] == [(1, title), (2, title)]


def test_a_table_in_a_folder_is_passed_over_for_it_may_be_anything(tmp_path: Path):
    (tmp_path / "rota.csv").write_bytes(as_csv())
    (tmp_path / "a.ndjson").write_bytes(b"{}")
    assert find([tmp_path]).passed_over == (tmp_path / "rota.csv",)


def test_a_table_that_cannot_be_read_is_named_and_stops_nothing(tmp_path: Path, scan: Scan):
    (tmp_path / "a.csv").write_bytes(as_csv() + b"\x00," + b"\n" + b'"' * 3)
    (tmp_path / "b.csv").write_bytes(b"")
    list(scan.run(find([tmp_path / "a.csv", tmp_path / "b.csv"]).files))
    assert not [broken for broken in scan.account.broken if "b.csv" in str(broken)]
