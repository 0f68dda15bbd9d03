"""`watchward scan`, through the real command line."""

import csv
import gzip
import json
import os
import shutil
from pathlib import Path

import pytest
import zstandard

from watchward.detect.lives import lives
from watchward.detect.lives.lives import Standing
from watchward.detect.sigma import rules
from watchward.node.cli import main
from watchward.node.home import Home
from watchward.node.scan.written import _csv

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
    assert "2 matches of 1 rule in 3 events from 1 file, 1 record could not be read." in shown.out
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


@pytest.fixture
def node(tmp_path):
    """A node with the rules of the golden case, and its rules' ids by their titles."""
    home = Home(tmp_path / "node")
    home.create()
    shutil.copytree(SYSMON / "rules", home.rules / "own")
    return home, {rule.title: rule.id for rule in rules.load([home.rules]).rules}


def test_a_scan_for_a_node_leaves_out_what_is_off_or_on_trial_there_and_says_so(node, capsys):
    home, ids = node
    listed = next(name for name in ids if name.startswith("Account list"))
    assert scan(SYSMON / "events.ndjson", "--home", home.path) == 0
    assert listed in capsys.readouterr().out

    for standing, said in ((Standing.OFF, "1 switched off."), (Standing.TRIAL, "1 on trial.")):
        (home.rules / lives.FILE).write_text(lives.text_of({ids[listed]: standing}))
        assert scan(SYSMON / "events.ndjson", "--home", home.path) == 0
        shown = capsys.readouterr()
        assert listed not in shown.out
        assert f"Rules left out, as at this node: {said}" in shown.err
    assert scan(SYSMON / "events.ndjson", "--rules", SYSMON / "rules", "--home", home.path) == 0
    assert listed not in capsys.readouterr().out
    assert scan(SYSMON / "events.ndjson", "--rules", SYSMON / "rules") == 0
    assert listed in capsys.readouterr().out


def test_a_scan_for_a_node_that_is_not_there_says_so(tmp_path, capsys):
    assert scan(SYSMON / "events.ndjson", "--home", tmp_path / "nowhere") == 2
    assert "is not a node's home" in capsys.readouterr().err


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
        ([SYSMON / "events.ndjson", "--json", "--format", "ocsf"], "--json and --format ocsf exclude each other."),
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


@pytest.mark.parametrize("processes", ["alone", "shared"])
@pytest.mark.parametrize("compress", [gzip.compress, zstandard.compress])
def test_what_came_before_the_damage_of_a_compressed_file_is_looked_at(
    compress, processes, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("watchward.node.scan.run.processes_for", lambda _: {"alone": 1, "shared": 2}[processes])
    lines = [json.dumps({"EventID": 1, "Odd": os.urandom(50).hex()}).encode() for _ in range(2000)]
    (tmp_path / "a.ndjson.log").write_bytes(compress(b"\n".join(lines))[:-9000])
    stats = tmp_path / "stats.json"
    assert scan(tmp_path, "--rules", SYSMON / "rules", "--stats", stats) == 0
    assert "a.ndjson.log is damaged" in capsys.readouterr().err
    assert 0 < json.loads(stats.read_text())["events"] < 2000
    assert json.loads(stats.read_text())["bad_records"] == 0


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


def an_event(device, at, command="net user /domain"):
    return json.dumps(
        {
            "EventID": 1,
            "Channel": "Microsoft-Windows-Sysmon/Operational",
            "Hostname": device,
            "@timestamp": at,
            "Image": "C:\\Windows\\System32\\net.exe",
            "CommandLine": command,
        }
    )


@pytest.fixture
def two_files(tmp_path):
    """Events of two devices whose times lie across each other."""
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "a.ndjson").write_text(
        an_event("WARD-A", "2026-03-01T09:00:00Z") + "\n" + an_event("WARD-A", "2026-03-03T09:00:00Z") + "\n"
    )
    (folder / "b.ndjson").write_text(an_event("WARD-B", "2026-03-02T09:00:00Z", "net user\x1b[2J") + "\n")
    return folder


def test_a_time_line_follows_time_over_all_files_and_steers_no_terminal(two_files, capsys):
    assert scan(two_files, "--rules", SYSMON / "rules", "--format", "timeline") == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    assert "WARD-B" in lines[1]
    assert "net user\\x1b[2J" in lines[1]


def test_a_table_for_spreadsheets_is_written_beside_what_is_shown(two_files, tmp_path, capsys):
    assert scan(two_files, "--rules", SYSMON / "rules", "--format", "csv", "--output", tmp_path / "hits.csv") == 0

    rows = list(csv.DictReader((tmp_path / "hits.csv").read_text().splitlines()))
    assert [row["device"] for row in rows] == ["WARD-A", "WARD-B", "WARD-A"]
    assert rows[0]["rule"] == "Account list read from the command line"
    shown = capsys.readouterr().out
    assert "By level: medium 3 (1 rule)." in shown
    assert [line.split() for line in shown.splitlines() if line.startswith("WARD")] == [
        ["WARD-A", "2"],
        ["WARD-B", "1"],
    ]


@pytest.mark.parametrize(
    ("span", "count"),
    [
        (["--from", "2026-03-02"], 2),
        (["--to", "2026-03-02T09:00:00"], 1),
        (["--from", "2026-03-02", "--to", "2026-03-03"], 1),
        (["--from", "2026-03-02T10:00:00+01:00"], 2),
    ],
)
def test_only_the_span_of_time_that_was_asked_for_is_shown(two_files, span, count, capsys):
    scan(two_files, "--rules", SYSMON / "rules", "--json", *span)

    assert len(capsys.readouterr().out.splitlines()) == count


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        (["--tag", "T1087.001"], 3),
        (["--tag", "attack.t1087.001"], 3),
        (["--tag", "discovery"], 3),
        (["--without", "account list read from the command line"], 0),
    ],
)
def test_rules_are_chosen_by_tag_and_left_out_by_name(two_files, choice, count, capsys):
    scan(two_files, "--rules", SYSMON / "rules", "--json", *choice)

    assert len(capsys.readouterr().out.splitlines()) == count


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (["--tag", "t9999"], "There is no rule to look for"),
        (["--without", "no such rule"], "There is no rule 'no such rule' to leave out."),
        (["--output", "/nowhere/hits.csv"], "/nowhere/hits.csv cannot be written"),
    ],
)
def test_a_choice_that_cannot_be_is_said_with_advice(two_files, choice, message, capsys):
    assert scan(two_files, "--rules", SYSMON / "rules", *choice) == 2

    assert capsys.readouterr().err.startswith(message)


def test_a_cell_that_a_spreadsheet_would_run_is_made_text():
    assert _csv(["=1+1", "-x", "plain", 'say "no"']) == '\'=1+1,\'-x,plain,"say ""no"""\n'


@pytest.mark.parametrize("content", [b"", b"ElfFile\0 and no more"], ids=["empty", "truncated"])
def test_a_scan_that_could_read_nothing_is_not_taken_for_a_clean_one(content, tmp_path, capsys):
    (tmp_path / "log.evtx").write_bytes(content)

    assert scan(tmp_path / "log.evtx") == 2
    said = capsys.readouterr().err
    assert "log.evtx" in said
    assert "Nothing could be read, so nothing was looked at." in said


def test_a_folder_without_rules_is_said_to_be_one(tmp_path, capsys):
    assert scan(SYSMON / "events.ndjson", "--rules", tmp_path) == 2

    assert f"There is no rule in {tmp_path}." in capsys.readouterr().err


def test_rules_that_do_not_load_are_named_with_the_reason(tmp_path, capsys):
    (tmp_path / "bad.yml").write_text("title: x\nfoo: [\n")

    assert scan(SYSMON / "events.ndjson", "--rules", tmp_path) == 2

    said = capsys.readouterr().err
    assert "bad.yml:3: it is not YAML" in said
    assert f"watchward rules check {tmp_path}" in said
