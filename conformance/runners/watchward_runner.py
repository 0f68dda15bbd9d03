"""Watchward's runner: `python conformance/runners/watchward_runner.py plan|reference`.

`plan` decodes the events and matches them as a gateway does; `reference` asks the slow evaluator about each of them.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from watchward.detect import plan, reference
from watchward.detect.document import parse
from watchward.detect.events import event_at
from watchward.detect.logsource import applies
from watchward.detect.rule import Refusal, Rejected, Rule
from watchward.telemetry.batch import FIELD
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.registry import Registry

ORIGIN = Origin(organisation="XA1", source="conformance", received_at=datetime(2026, 3, 2, 12, tzinfo=UTC))
UNSUPPORTED = {Refusal.CORRELATION: "correlations", Refusal.PLACEHOLDER: "placeholders"}


def answer(asked: dict[str, Any], evaluator: str) -> dict[str, Any]:
    """What one of our evaluators makes of a case."""
    loaded = [one for text in asked["rules"] for one in parse(text.encode(), Path("rule.yml"))]
    for one in loaded:
        if isinstance(one, Rejected):
            if one.kind in UNSUPPORTED and (one.kind is not Refusal.PLACEHOLDER or asked["placeholders"]):
                return {"unsupported": UNSUPPORTED[one.kind]}
            if one.reason.startswith("it is a filter"):
                return {"unsupported": "filters"}
            return {"refused": one.reason}
    rules = [one for one in loaded if isinstance(one, Rule)]
    compiled = plan.compile(rules)
    batch = _batch(asked["events"], compiled)
    found: dict[str, list[int]] = {rule.id: [] for rule in rules}
    if evaluator == "plan":
        matches = compiled.match(batch)
        pairs = zip(matches.rows.tolist(), matches.rules.tolist(), strict=True)
    else:
        pairs = (
            (row, number)
            for row, event in enumerate(asked["events"])
            for number, rule in enumerate(rules)
            if _reads(rule, event["logsource"]) and reference.matches(rule.condition, event_at(batch, row))
        )
    for row, number in pairs:
        found[rules[number].id].append(row)
    return {"matches": found}


def _reads(rule: Rule, source: dict[str, str]) -> bool:
    return applies(rule.logsource, source.get("product"), source.get("category"), source.get("service"))


def _batch(events: list[dict[str, Any]], compiled: plan.Plan) -> pa.RecordBatch:
    decoder = Decoder(Registry.standard().with_fields(compiled.fields))
    body = b"".join(json.dumps(event["fields"]).encode() + b"\n" for event in events)
    decoded = decoder.decode_ndjson(body, ORIGIN)
    if decoded.bad:
        raise ValueError(decoded.bad[0].reason)
    batch = decoded.batch
    for part in ("product", "category", "service"):
        texts = pa.array([event["logsource"].get(part) for event in events], pa.string())
        index = batch.schema.get_field_index(part)
        batch = batch.set_column(index, pa.field(part, FIELD), texts.dictionary_encode())
    return batch


def main() -> None:
    """Answer each line until there are no more."""
    evaluator = sys.argv[1]
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps({"id": asked["id"], **answer(asked, evaluator)}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
