"""The published rules on real recordings: the plan against the plain evaluator."""

import os
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
import zstandard

from detect.examples.exercise import folders
from watchward.detect.events import event_at
from watchward.detect.plan import plan
from watchward.detect.reference import matches
from watchward.detect.sigma import rules
from watchward.detect.sigma.logsource import applies
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.registry import Registry

SAMPLE = int(os.environ.get("AGREEMENT_EVENTS", "30"))
"""So many events that some rule meets, and as many at random; `make agreement` takes more."""

READ = 100_000_000
EVERY = 7
SOURCE = ("product", "category", "service")


def sample_of(file: Path) -> bytes:
    """Every seventh line of the beginning."""
    with file.open("rb") as stream:
        text = zstandard.ZstdDecompressor().stream_reader(stream).read(READ)
    return b"\n".join(text.splitlines()[:-1:EVERY])


@pytest.mark.shared
def test_the_plan_agrees_with_the_reference_on_published_rules_and_recorded_events(shared_data: Path):
    loaded = rules.load(folders(shared_data / "sigma")).rules
    compiled = plan.compile(loaded)
    origin = Origin(organisation="XA1", source="test", received_at=datetime(2026, 1, 1, tzinfo=UTC))
    decoder = Decoder(Registry.standard().with_fields(compiled.fields))
    batch = decoder.decode_ndjson(sample_of(shared_data / "telemetry" / "windows-events.ndjson.zst"), origin).batch
    found = compiled.match(batch)
    chance = random.Random(7)  # noqa: S311 - a sample, not a secret
    hit = sorted(set(found.rows.tolist()))
    rows = {*chance.sample(hit, min(SAMPLE, len(hit))), *chance.sample(range(batch.num_rows), SAMPLE)}
    expected = {
        (row, number)
        for row in rows
        for event, source in [(event_at(batch, row), [batch.column(name)[row].as_py() for name in SOURCE])]
        for number, rule in enumerate(loaded)
        if applies(rule.logsource, *source) and matches(rule.condition, event)
    }

    assert len(hit) > 15
    assert {pair for pair in zip(found.rows.tolist(), found.rules.tolist(), strict=True) if pair[0] in rows} == expected
