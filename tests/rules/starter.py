"""The starter pack as its tests read it: each rule file with the events that it must and must not match."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

RULES = Path(__file__).parents[2] / "rules"
CASES = RULES / "tests"


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
    """Every rule of the pack, by name."""
    return [Written(path=path, rule=yaml.safe_load(path.read_text())) for path in sorted(RULES.rglob("*.yml"))]
