"""The starter pack as its tests read it: each rule file with the events that it must and must not match."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

RULES = Path(__file__).parents[2] / "rules"
CASES = RULES / "tests"
TOGETHER = RULES / "together"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Written:
    """A rule file of the pack: where it stands, and what its author wrote."""

    path: Path
    rule: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.path.relative_to(RULES).with_suffix(""))

    @property
    def cases_path(self) -> Path:
        return CASES / f"{self.name}.json"

    def cases(self) -> dict[str, list[dict[str, str]]]:
        return json.loads(self.cases_path.read_text())

    def envelope(self) -> dict[str, str]:
        """The log source that an event has when this rule applies to it."""
        return dict(self.rule["logsource"])


def written() -> list[Written]:
    """Every rule of the pack that looks at single events, by name."""
    files = [path for path in sorted(RULES.rglob("*.yml")) if path.parent != TOGETHER]
    return [Written(path=path, rule=yaml.safe_load(path.read_text())) for path in files]


def together() -> list[Written]:
    """Every correlation of the pack, by name; the rules that only serve it stand below it in its file."""
    return [
        Written(path=path, rule=next(yaml.safe_load_all(path.read_text()))) for path in sorted(TOGETHER.glob("*.yml"))
    ]


def a_batch(events: list[dict[str, str]]) -> pa.RecordBatch:
    """Events, each with its log source and its fields, as one batch of telemetry."""
    sources = ["product", "category", "service"]
    fields = dict.fromkeys(name for event in events for name in event if name not in sources)
    noon = pa.array([NOON] * len(events), pa.timestamp("us", tz="UTC"))
    same = {name: _texts([name] * len(events)) for name in ("organisation", "device", "source")}
    own = {name: _texts([event.get(name) for event in events]) for name in (*sources, *fields)}
    ids = pa.array([number.to_bytes(16) for number in range(len(events))], pa.binary(16))
    columns = {"event_id": ids, "observed_at": noon, "received_at": noon, **same, **own}
    return pa.RecordBatch.from_pydict({**columns, "unmapped": pa.nulls(len(events), pa.string())})


def _texts(values: list[str | None]) -> pa.DictionaryArray:
    return pa.array(values, pa.string()).dictionary_encode()
