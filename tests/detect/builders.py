"""Valid and dull things for tests of detection."""

import dataclasses
import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa

from watchward.detect.match import Match
from watchward.detect.sigma.document import parse
from watchward.detect.sigma.ir import Condition
from watchward.detect.sigma.rule import Level, Rule

PROCESS = ("windows", "process_creation", "sysmon")
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def a_match(number: int = 1, *, after: timedelta = timedelta(0), **changes) -> Match:
    known = {
        "event_id": f"{number:032x}",
        "rule_id": "3f1c1d6e-0000-4000-8000-000000000001",
        "rule_title": "Backups Deleted",
        "level": Level.HIGH,
        "organisation": "XA1",
        "device": "WARD-7-PC",
        "source": "beats",
        "observed_at": NOON + after,
        "received_at": NOON + after + timedelta(seconds=1),
        "segment": "2026/03/01/a.parquet",
        "row": number,
        "fields": {},
    }
    return Match(**{**known, **changes})


RULE = """\
title: Backups Deleted
id: {id}
status: experimental
description: Shadow copies are deleted.
tags:
    - attack.impact
    - attack.t1490
logsource:
    product: windows
    category: process_creation
detection:
{detection}
level: high
falsepositives:
    - Unknown
"""


def rule_text(detection: str, *, id: str = "3f1c1d6e-0000-4000-8000-000000000001") -> str:  # noqa: A002
    return RULE.format(id=id, detection=textwrap.indent(detection, "    "))


def write_rule(path: Path, detection: str, **known: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(rule_text(detection, **known))
    return path


def rule_with(detection: str, **known: str) -> Rule:
    (found,) = parse(rule_text(detection, **known).encode(), Path("rule.yml"))
    assert isinstance(found, Rule), found
    return found


def a_batch(
    *events: dict[str, str], source: tuple[str | None, str | None, str | None] = PROCESS, **more
) -> pa.RecordBatch:
    """Events as a batch, each a mapping of fields to values; `more` are columns given whole."""
    count = len(events)
    names = list(dict.fromkeys(name for event in events for name in event))
    stamps = pa.array([NOON] * count, pa.timestamp("us", tz="UTC"))
    columns = {
        "event_id": pa.array([number.to_bytes(16, "big") for number in range(count)], pa.binary(16)),
        "observed_at": stamps,
        "received_at": stamps,
        **{name: a_column([text] * count) for name, text in ENVELOPE_TEXTS.items()},
        **{name: a_column([text] * count) for name, text in zip(SOURCE, source, strict=True)},
        **{name: a_column([event.get(name) for event in events]) for name in names},
        "unmapped": pa.nulls(count, pa.string()),
    }
    return pa.RecordBatch.from_pydict({**columns, **more})


SOURCE = ("product", "category", "service")
ENVELOPE_TEXTS = {"organisation": "XA1", "device": "WARD-7-PC", "source": "beats"}


def a_column(texts: list[str | None]) -> pa.DictionaryArray:
    return pa.array(texts, pa.string()).dictionary_encode()


def rule_of(condition: Condition, number: int = 0) -> Rule:
    rule = rule_with("s:\n  A: x\ncondition: s", id=f"r{number}")
    return dataclasses.replace(rule, condition=condition)
