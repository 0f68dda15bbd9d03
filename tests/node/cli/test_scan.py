"""`watchward scan`, through the real command line."""

import gzip
import json
import os
from pathlib import Path

import pytest

from watchward.node.cli import main

GOLDEN = Path(__file__).parents[2] / "golden" / "scan"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
SYSMON = GOLDEN / "sysmon"


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))


def scan(*arguments: object) -> int:
    return main(["scan", *map(str, arguments)])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_what_scan_prints_as_json_matches_the_golden_file(case, capsys, monkeypatch):
    monkeypatch.chdir(case)
    assert scan("events.ndjson", "--rules", "rules", "--json") == 0
    assert capsys.readouterr().out == (case / "matches.ndjson").read_text()


def test_the_table_names_rules_with_counts_and_times(capsys):
    assert scan(SYSMON / "events.ndjson", "--rules", SYSMON / "rules") == 0
    shown = capsys.readouterr()
    (line,) = [line for line in shown.out.splitlines() if "Account list" in line]
    assert line.split() == [
        *["medium", "Account", "list", "read", "from", "the", "command", "line", "2"],
        *["2026-03-01", "09:00:00", "2026-03-01", "09:00:00"],
    ]
    assert "2 matches of 1 rules in 3 events from 1 files, 1 records could not be read." in shown.out
    assert "not JSON" in shown.err
    assert "(the first at 3)" in shown.err


def test_the_figures_are_written_as_asked(tmp_path):
    stats = tmp_path / "stats.json"
    scan(SYSMON / "events.ndjson", "--rules", SYSMON / "rules", "--stats", stats)
    figures = json.loads(stats.read_text())
    assert figures.keys() == {
        "events", "bad_records", "seconds", "events_per_second", "decode_seconds", "match_seconds", "compile_seconds",
        "rules_loaded", "rules_rejected", "peak_rss_bytes",
    }  # fmt: skip
    assert (figures["events"], figures["bad_records"], figures["rules_loaded"]) == (3, 1, 2)


def test_the_exit_code_says_whether_something_serious_was_found():
    events, rules = SYSMON / "events.ndjson", SYSMON / "rules"
    assert scan(events, "--rules", rules, "--fail-on", "medium") == 1
    assert scan(events, "--rules", rules, "--fail-on", "high") == 0


def test_rules_below_the_level_are_left_out(capsys):
    scan(SYSMON / "events.ndjson", "--rules", SYSMON / "rules", "--min-level", "high", "--json")
    assert capsys.readouterr().out == ""


def test_without_rules_the_starter_pack_is_used(capsys):
    assert scan(SYSMON / "events.ndjson") == 0
    assert "3 events" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Say what to scan."),
        (["nowhere.evtx"], "There is no file or folder nowhere.evtx."),
        ([SYSMON / "events.ndjson", "--rules", "nowhere"], "There is no rule folder nowhere."),
        ([SYSMON / "rules"], "There is nothing to scan."),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_done_is_said_with_advice(arguments, message, capsys):
    assert scan(*arguments) == 2
    first, advice = capsys.readouterr().err.splitlines()[:2]
    assert first == message
    assert advice


def test_a_file_that_cannot_be_read_never_stops_the_rest(tmp_path, capsys):
    (tmp_path / "a.evtx").write_bytes(b"no event log")
    (tmp_path / "b.evtx").write_bytes(b"")
    (tmp_path / "c.parquet").write_bytes(b"PAR1 and nothing more")
    (tmp_path / "d.ndjson.gz").write_bytes(gzip.compress(b'{"EventID":1}\n' * 9)[:-20])
    (tmp_path / "e.ndjson").symlink_to(tmp_path / "gone")
    (tmp_path / "f.txt").write_text("notes")
    os.link(SYSMON / "events.ndjson", tmp_path / "z.ndjson")
    assert scan(tmp_path, "--rules", SYSMON / "rules", "--json") == 0
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 2
    assert "a.evtx is no event log that can be read" in shown.err
    assert "c.parquet cannot be read" in shown.err
    assert "d.ndjson.gz is damaged" in shown.err
    assert "f.txt" in shown.err


@pytest.mark.shared
def test_the_good_records_of_a_damaged_event_log_are_kept(shared_data, tmp_path, capsys):
    recordings = (shared_data / "evtx").rglob("*.evtx")
    whole = max(recordings, key=lambda path: path.stat().st_size).read_bytes()
    chunk = 4096 + 65536
    damaged = whole[:chunk] + b"\xff" * 512 + whole[chunk + 512 :]
    (tmp_path / "whole.evtx").write_bytes(whole)
    (tmp_path / "damaged.evtx").write_bytes(damaged)
    (tmp_path / "short.evtx").write_bytes(whole[: len(whole) // 3])
    counts = {}
    for path in sorted(tmp_path.glob("*.evtx")):
        scan(path, "--rules", SYSMON / "rules", "--stats", tmp_path / "stats.json")
        figures = json.loads((tmp_path / "stats.json").read_text())
        counts[path.stem] = figures["events"], figures["bad_records"]
    assert 0 < counts["damaged"][0] < counts["whole"][0]
    assert counts["damaged"][1] == 1
    assert counts["short"][0] > 0
    assert "Failed to parse chunk" in capsys.readouterr().err


def test_a_rule_may_read_a_field_that_has_the_name_of_an_envelope_column(tmp_path, capsys):
    (tmp_path / "rule.yml").write_text(
        "title: Sign-in\nid: 6f6cf1f5-4f6e-4a36-9d8e-1a7e5a9c0003\nlevel: low\n"
        "logsource: {product: azure, service: signinlogs}\n"
        "detection:\n  selection:\n    category: SignInLogs\n  condition: selection\n"
    )
    (tmp_path / "events.ndjson").write_text('{"category":"SignInLogs","resultType":"0"}\n{"category":"AuditLogs"}\n')
    scan(tmp_path / "events.ndjson", "--rules", tmp_path / "rule.yml", "--json")
    (line,) = capsys.readouterr().out.splitlines()
    assert json.loads(line)["fields"] == {"category": "SignInLogs"}
