"""What becomes of the documented rows of each product; `python -m tests.telemetry.test_golden` writes them anew."""

import json
from pathlib import Path

import pytest

from telemetry.builders import an_origin
from watchward.telemetry.decode import Decoder
from watchward.telemetry.registry import table

GOLDEN = Path(__file__).parent.parent / "golden" / "telemetry"
CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())
"""A folder each: events.ndjson as they are sent, and rows.ndjson as they are kept."""

ABOUT_THE_DELIVERY = ("organisation", "received_at", "source")


def kept(body: bytes) -> str:
    """The rows as text, a line each, without what the delivery adds."""
    lines = []
    for row in Decoder().decode_ndjson(body, an_origin()).batch.to_pylist():
        plain = {name: value for name, value in row.items() if value is not None and name not in ABOUT_THE_DELIVERY}
        plain |= {"event_id": row["event_id"].hex(), "observed_at": row["observed_at"].isoformat()}
        if "unmapped" in plain:
            plain["unmapped"] = json.loads(row["unmapped"])
        lines.append(json.dumps(plain, ensure_ascii=False, sort_keys=True, indent=1))
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_documented_events_of_a_product_become_the_rows_that_they_should(case):
    assert kept((case / "events.ndjson").read_bytes()) == (case / "rows.json").read_text(encoding="utf-8")


def test_defender_cases_have_the_documented_columns_of_their_tables_and_every_action():
    columns: dict[str, set[str]] = {}
    for row in table("defender_columns"):
        columns.setdefault(row["table"], set()).add(row["column"])
    actions = set()
    for name, wanted in columns.items():
        for line in (GOLDEN / name / "events.ndjson").read_text(encoding="utf-8").splitlines():
            event = json.loads(line)
            assert event["category"] == f"AdvancedHunting-{name}"
            assert event["properties"].keys() == wanted
            actions.add((name, event["properties"].get("ActionType")))
    assert actions == {(row["table"], row["action"]) for row in table("defender_actions")} | {("AlertEvidence", None)}


if __name__ == "__main__":
    for each in CASES:
        (each / "rows.json").write_text(kept((each / "events.ndjson").read_bytes()), encoding="utf-8")
