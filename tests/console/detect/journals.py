"""Journals for the tests of the projection: small, and full of repeats."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from watchward.lake.journal import JournalEntry, Match, Writer

MOMENT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def a_match(number: int = 0, **changes):
    dull = Match(
        event_id=f"{number:032x}",
        rule_id="rule-1",
        rule_title=f"Title of {changes.get('rule_id', 'rule-1')}",
        level="high",
        organisation="X001",
        device="WS-1",
        source="source-1",
        observed_at=MOMENT,
        received_at=MOMENT,
        segment="2026-03-01/g1-000000000001.parquet",
        row=number,
        fields={"Image": r"C:\Windows\mshta.exe"},
    )
    return replace(dull, **changes)


def an_entry(sequence: int, *matches: Match, gateway="g1", received_at=MOMENT):
    return JournalEntry(
        gateway=gateway,
        sequence=sequence,
        segment="2026-03-01/g1-000000000001.parquet",
        received_at=received_at,
        events=len(matches) + 5,
        sources=[],
        devices=[],
        matches=list(matches),
    )


def write(folder, *entries: JournalEntry):
    """Append entries to the journal, each to the folder of its gateway."""
    for entry in entries:
        writer = Writer(folder / entry.gateway)
        writer.append(entry)
        writer.close()


@st.composite
def batches_of_matches(draw):
    """What a gateway might append: batches of matches on few rules and devices, in any order of time."""
    sizes = draw(st.lists(st.integers(0, 6), min_size=1, max_size=8))
    number = iter(range(1000))
    return [
        [
            a_match(
                next(number),
                rule_id=draw(st.sampled_from(["rule-1", "rule-2"])),
                device=draw(st.sampled_from(["WS-1", "WS-2"])),
                observed_at=MOMENT + timedelta(minutes=draw(st.integers(0, 1000))),
                received_at=MOMENT + timedelta(seconds=position),
            )
            for _ in range(size)
        ]
        for position, size in enumerate(sizes)
    ]
