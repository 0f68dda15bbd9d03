"""What mutations begin with: our own rules, the conformance suite's questions, and the events of our golden files."""

import json
from functools import cache
from pathlib import Path

from conformance.suite import FOLDER, driver

PROJECT = FOLDER.parent


@cache
def rule_files() -> list[bytes]:
    """Rules, correlations and filters."""
    asked = [case.request() for case in driver.load()]
    ours = [path.read_bytes() for path in sorted((PROJECT / "src").rglob("starter/**/*.yml"))]
    return [*("\n---\n".join(one["rules"]).encode() for one in asked), *ours]


@cache
def questions() -> list[tuple[bytes, list[dict[str, object]]]]:
    """Rules of the suite, each with its events."""
    asked = [case.request() for case in driver.load()]
    return [("\n---\n".join(one["rules"]).encode(), [event["fields"] for event in one["events"]]) for one in asked]


@cache
def event_lines() -> list[bytes]:
    """Events as shippers send them, some lines at a time."""
    found = []
    for path in sorted((PROJECT / "tests" / "golden").rglob("*.ndjson")):
        lines = path.read_bytes().splitlines()
        found += [b"\n".join(lines[begin : begin + 3]) for begin in range(0, min(len(lines), 60), 3)]
    plain = [json.dumps(event).encode() for _, events in questions()[::5] for event in events]
    return [*found, *plain]


@cache
def bulk_bodies() -> list[bytes]:
    """Requests of Elastic's shippers."""
    head = b'{"create":{"_index":"logs","_id":"7"}}\n'
    lines = [line for text in event_lines()[:40] for line in text.splitlines()]
    return [b"".join(head + line + b"\n" for line in lines[at : at + 3]) for at in range(0, len(lines), 3)]


@cache
def sheets() -> list[bytes]:
    """Tables as people export them."""
    return [
        b'\xef\xbb\xbfTimestamp,DeviceName,ProcessCommandLine\r\n"2026-03-01T10:00:00Z",w7,"a ""b"", c"\r\n',
        b"EventID,Channel,Message\n4625,Security,\n,,\n1,2,3,4,5\n",
    ]


def event_logs(shared: Path) -> list[bytes]:
    """Recordings; there are none of our own."""
    return [path.read_bytes() for path in sorted((shared / "sigma" / "regression").rglob("*.evtx"))[:12]]
