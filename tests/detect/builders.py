"""Valid and dull things for tests of detection."""

import textwrap
from datetime import UTC, datetime, timedelta
from pathlib import Path

from watchward.detect.document import parse
from watchward.detect.match import Match
from watchward.detect.rule import Level, Rule

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
