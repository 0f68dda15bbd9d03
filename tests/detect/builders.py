"""Valid and dull things for tests of detection."""

from datetime import UTC, datetime, timedelta

from watchward.detect.match import Match
from watchward.detect.rule import Level

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
