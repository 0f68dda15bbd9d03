"""A scan that several processes share finds and tells the same as one that a process does alone."""

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from detect.builders import rule_with
from watchward.detect.sigma.rule import LogSource
from watchward.node.scan.files import find
from watchward.node.scan.findings import findings
from watchward.node.scan.run import Scan
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.sources.text import PIECE

NOW = datetime(2026, 3, 1, tzinfo=UTC)
RULES = [
    replace(rule_with(detection), id=str(number), title=str(number), logsource=LogSource(product="windows"))
    for number, detection in enumerate(
        [
            "here:\n    EventID: 7\n    Data|contains: whoami\ncondition: here",
            "keywords:\n    - 'sekurlsa::'\ncondition: keywords",
            "here:\n    RecordNumber|endswith: '00'\ncondition: here",
        ]
    )
]


def an_event(number: int) -> bytes:
    data = {0: "run whoami", 1: "sekurlsa::logon", 2: "nothing"}[number % 3]
    event = {"Channel": "System", "EventID": 7 + number % 2, "Computer": f"W{number % 9}", "Data": data, "Odd": number}
    return json.dumps(event | {"Message": "m" * 900}).encode()


@pytest.fixture(scope="module")
def evidence(tmp_path_factory) -> Path:
    """Files of all kinds, one of several pieces, some of them broken."""
    folder = tmp_path_factory.mktemp("evidence")
    lines = [an_event(number) if number % 1000 else b"broken" for number in range(2 * PIECE // 1000)]
    (folder / "a.ndjson").write_bytes(b"\n".join(lines))
    whole = gzip.compress(b"\n".join(lines[:500]))
    (folder / "b.ndjson.gz").write_bytes(whole[:-20])
    (folder / "c.json").write_text(json.dumps([json.loads(an_event(number)) for number in range(1, 50)]))
    (folder / "d.evtx").write_bytes(b"no event log")
    (folder / "e.parquet").write_bytes(b"PAR1 and nothing more")
    (folder / "f.ndjson").write_bytes(an_event(3))
    (folder / "g.ndjson").write_bytes(b"")
    return folder


@pytest.fixture
def lake(evidence, tmp_path) -> Path:
    """Parquet files, one of several row groups."""
    lines = (evidence / "a.ndjson").read_bytes().splitlines()[1:9000]
    found = Decoder().decode_ndjson(b"\n".join(lines), Origin(organisation="QX9", source="s", received_at=NOW))
    table = pa.Table.from_batches([found.batch])
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=2000)
    pq.write_table(table.slice(0, 10), tmp_path / "b.parquet")
    return tmp_path


def told(folder: Path, processes: int):
    scan = Scan(RULES, organisation="QX9", processes=processes)
    files = find([folder]).files
    found = [one for part, matches in scan.run(files) for one in findings(part, matches, scan.rules)]
    return scan, found


def test_a_shared_scan_finds_and_tells_the_same_as_one_alone(evidence):
    alone, found_alone = told(evidence, 1)
    shared, found_shared = told(evidence, 3)
    assert len(found_alone) > 10_000
    assert found_shared == found_alone
    assert shared.account.bad == alone.account.bad
    assert shared.account.broken == alone.account.broken
    assert len(shared.account.broken) == 3
    assert shared.account.notes == alone.account.notes
    assert shared.measures.events == alone.measures.events


def test_the_row_groups_of_one_file_are_shared(lake):
    alone, found_alone = told(lake, 1)
    shared, found_shared = told(lake, 3)
    assert len(found_alone) > 4_000
    assert found_shared == found_alone
    assert shared.measures.events == alone.measures.events


def test_a_file_of_several_row_groups_that_holds_no_events_is_told_once(tmp_path):
    pq.write_table(pa.table({"x": range(9)}), tmp_path / "a.parquet", row_group_size=3)
    alone, _ = told(tmp_path, 1)
    shared, _ = told(tmp_path, 2)
    assert len(alone.account.broken) == 1
    assert shared.account.broken == alone.account.broken


def test_figures_of_a_shared_scan_add_up_over_its_processes(evidence):
    shared, _ = told(evidence, 2)
    assert shared.measures.decode_seconds > 0
    assert shared.measures.match_seconds > 0
    assert shared.measures.peak_rss_bytes > 0


def test_a_shared_scan_can_be_left_in_the_middle(evidence):
    scan = Scan(RULES, processes=2)
    parts = scan.run(find([evidence]).files)
    part, _ = next(parts)
    parts.close()
    assert part.path.name == "a.ndjson"
