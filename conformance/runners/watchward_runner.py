"""Watchward's runner: `python conformance/runners/watchward_runner.py plan|reference`.

`plan` decodes the events, matches them as a gateway does, and correlates them as a node does; `reference` asks the slow
evaluators of single events and of correlations.
"""

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from watchward.detect import reference
from watchward.detect.correlate import program
from watchward.detect.correlate.engine import Correlator
from watchward.detect.correlate.finding import Finding
from watchward.detect.correlate.marks import FOREVER, Lateness
from watchward.detect.correlate.matched import Matched, halves
from watchward.detect.correlate.reference import Seen, findings
from watchward.detect.correlate.rule import Correlation
from watchward.detect.events import event_at
from watchward.detect.plan import plan
from watchward.detect.sigma import placeholders, rules
from watchward.detect.sigma.logsource import applies
from watchward.detect.sigma.rule import Refusal, Rule
from watchward.detect.sigma.rules import RuleSet
from watchward.telemetry.batch import FIELD
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin
from watchward.telemetry.registry import Registry

ORIGIN = Origin(organisation="XA1", source="conformance", received_at=datetime(2026, 3, 2, 12, tzinfo=UTC))


def answer(asked: dict[str, Any], evaluator: str) -> dict[str, Any]:
    """What one of our evaluators makes of a case."""
    found = _loaded(asked["rules"], asked["placeholders"])
    refused = [one for one in found.rejected if one.kind is not Refusal.FILTER]
    if refused:
        return {"refused": refused[0].reason}
    compiled = plan.compile(found.rules)
    read = {name for one in found.correlations for rule in one.rules for name in one.wanted(rule)}
    batch = _batch(asked["events"], {*compiled.fields, *read})
    pairs = list(_planned(compiled, batch) if evaluator == "plan" else _asked(found.rules, asked["events"], batch))
    if not found.correlations:
        return {"matches": _matches(found, pairs)}
    seen = [
        Seen(at=_microseconds(asked["events"][row]["time"]), event_id=f"{row:032x}", rule=rule.id, fields=fields)
        for row, rule in pairs
        for fields in [event_at(batch, row)]
    ]
    if "lateness" in asked:
        correlated = _as_they_come(found.correlations, seen, asked, evaluator)
    else:
        correlated = _whole(found.correlations, seen) if evaluator == "plan" else findings(found.correlations, seen)
    return {"matches": _matches(found, pairs), "groups": _groups(found, correlated)}


def _loaded(texts: Iterable[str], own: dict[str, list[Any]]) -> RuleSet:
    with tempfile.TemporaryDirectory() as folder:
        if own:
            Path(folder, placeholders.FILE).write_text(json.dumps(own), encoding="utf-8")
        Path(folder, "rules.yml").write_text("\n---\n".join(texts), encoding="utf-8")
        return rules.load([Path(folder)])


def _planned(compiled: plan.Plan, batch: pa.RecordBatch) -> Iterator[tuple[int, Rule]]:
    found = compiled.match(batch)
    for row, number in zip(found.rows.tolist(), found.rules.tolist(), strict=True):
        yield row, compiled.rules[number]


def _asked(loaded: Iterable[Rule], events: list[dict[str, Any]], batch: pa.RecordBatch) -> Iterator[tuple[int, Rule]]:
    for row, event in enumerate(events):
        source = (event["logsource"].get(part) for part in ("product", "category", "service"))
        triple = tuple(source)
        for rule in loaded:
            if applies(rule.logsource, *triple) and reference.matches(rule.condition, event_at(batch, row)):
                yield row, rule


def _matches(found: RuleSet, pairs: Iterable[tuple[int, Rule]]) -> dict[str, list[int]]:
    told: dict[str, list[int]] = {rule.id: [] for rule in found.rules if rule.id not in found.silent}
    for row, rule in pairs:
        if rule.id in told:
            told[rule.id].append(row)
    return told


def _as_they_come(
    correlations: Sequence[Correlation], seen: Sequence[Seen], asked: dict[str, Any], evaluator: str
) -> Sequence[Finding]:
    """What is certain in the end where each event comes by itself, some late."""
    lateness = timedelta(seconds=asked["lateness"])
    times = [(_microseconds(event["time"]), _microseconds(event["arrives"])) for event in asked["events"]]
    if evaluator == "reference":  # it knows no arrivals: what comes too late is left out, and the rest is there whole
        high, kept = 0, set()
        for row, (at, arrives) in enumerate(times):
            kept |= {f"{row:032x}"} if at >= high - lateness // timedelta(microseconds=1) else set()
            high = max(high, at if at <= arrives else 0)
        return findings(correlations, [one for one in seen if one.event_id in kept])
    correlator = Correlator(program.compile(correlations), lateness=Lateness(usual=lateness))
    final = list[Finding]()
    for row, (at, arrives) in enumerate(times):
        mine = [one for one in seen if one.event_id == f"{row:032x}"]
        if mine:
            final += correlator.take(_matched(mine, arrives)).final
        if at <= arrives:
            final += correlator.reach(at).final
    return [*final, *correlator.end().final]


def _whole(correlations: Sequence[Correlation], seen: Sequence[Seen]) -> Sequence[Finding]:
    return Correlator(program.compile(correlations)).whole(_matched(seen, FOREVER))


def _matched(seen: Sequence[Seen], received_at: int) -> Matched:
    rule_ids = sorted({one.rule for one in seen})
    names = sorted({name for one in seen for name in one.fields})
    return Matched(
        at=np.array([one.at for one in seen], dtype=np.int64),
        event_ids=halves([bytes.fromhex(one.event_id) for one in seen]),
        rules=np.array([rule_ids.index(one.rule) for one in seen], dtype=np.int32),
        rule_ids=rule_ids,
        received_at=received_at,
        organisations=pa.array([one.organisation for one in seen], pa.string()),
        sources=pa.array(["conformance"] * len(seen), pa.string()),
        fields={name: pa.array([one.fields.get(name) for one in seen], pa.string()) for name in names},
    )


def _groups(found: RuleSet, correlated: Iterable[Finding]) -> dict[str, list[dict[str, str]]]:
    told: dict[str, list[dict[str, str]]] = {one.id: [] for one in found.correlations}
    names = {one.id: one.group_by for one in found.correlations}
    for finding in correlated:
        told[finding.correlation].append(dict(zip(names[finding.correlation], finding.group, strict=True)))
    return told


def _microseconds(time: str) -> int:
    return round(datetime.fromisoformat(time).timestamp() * 1_000_000)


def _batch(events: list[dict[str, Any]], fields: Iterable[str]) -> pa.RecordBatch:
    decoder = Decoder(Registry.standard().with_fields(name for name in fields if name))
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
