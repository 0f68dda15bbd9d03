"""Journal entries for tests: valid and dull unless told otherwise."""

from datetime import UTC, datetime

from watchward.detect.match import Match
from watchward.detect.sigma.rule import Level
from watchward.lake.journal import JournalEntry

MOMENT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def a_match(*, event_id: str = "0" * 32, rule_id: str = "rule-1", row: int = 0, **fields: str) -> Match:
    return Match(
        event_id=event_id,
        rule_id=rule_id,
        rule_title="A rule",
        level=Level.HIGH,
        organisation="ZZ1",
        device="ward-1",
        source="winlogbeat",
        observed_at=MOMENT,
        received_at=MOMENT,
        segment="2026-03-01/g1-000000000001.parquet",
        row=row,
        fields=fields or {"Image": "C:\\a.exe"},
    )


def an_entry(sequence: int, *, gateway: str = "g1", received_at: datetime = MOMENT, matches: int = 0) -> JournalEntry:
    return JournalEntry(
        gateway=gateway,
        sequence=sequence,
        segment=f"2026-03-01/{gateway}-{sequence:012d}.parquet",
        received_at=received_at,
        events=1,
        sources=[],
        devices=[],
        matches=[a_match(row=row) for row in range(matches)],
    )
