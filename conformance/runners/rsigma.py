"""The runner of RSigma: `python conformance/runners/rsigma.py [PATH-OF-RSIGMA]`, by its command line.

Each event is given to `rsigma engine eval` by itself, with its log source, so that what matches is known by its number.
Where a case has correlations, all its events are given at once, with their times in the field `timestamp`.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

RSIGMA = sys.argv[1] if len(sys.argv) > 1 else "rsigma"
PARTS = ("product", "category", "service")


class RefusedError(Exception):
    """A rule is not taken."""


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """What RSigma makes of a case."""
    if asked.get("needs"):
        return {"unsupported": ", ".join(asked["needs"])}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "rules").mkdir()
        (place / "rules" / "rules.yml").write_text("\n---\n".join(asked["rules"]), encoding="utf-8")
        options = ["--rules", str(place / "rules")]
        if asked["placeholders"]:
            options += ["--pipeline", str(_pipeline(place / "site.yml", asked["placeholders"]))]
        try:
            return _run(asked, options)
        except RefusedError as error:
            return {"refused": str(error)}


def _pipeline(path: Path, placeholders: dict[str, Any]) -> Path:
    steps = [{"id": "site", "type": "value_placeholders"}]
    known = {"name": "site", "priority": 10, "vars": placeholders, "transformations": steps}
    path.write_text(yaml.safe_dump(known), encoding="utf-8")
    return path


def _run(asked: dict[str, Any], options: list[str]) -> dict[str, Any]:
    correlated = any("correlation" in text for text in asked["rules"])
    matches: dict[str, list[int]] = {}
    groups: dict[str, list[dict[str, Any]]] = {}
    for number, event in enumerate(asked["events"] or [{"fields": {}, "logsource": {}}]):
        source = ",".join(f"{part}={event['logsource'][part]}" for part in PARTS if part in event["logsource"])
        routing = ["--logsource-routing", *(["--event-logsource", source] if source else [])]
        for found in _eval([*options, *routing], [event["fields"]]):
            if "correlation_type" not in found:
                matches.setdefault(found["rule_id"], []).append(number)
    if correlated and asked["events"]:
        mixed = len({json.dumps(event["logsource"], sort_keys=True) for event in asked["events"]}) > 1
        events = [_timed(event, mixed=mixed) for event in asked["events"]]
        routing = ["--logsource-routing"] if mixed else []
        for found in _eval([*options, *routing, "--timestamp-field", "timestamp"], events):
            if "correlation_type" in found:
                groups.setdefault(found["rule_id"], []).append(dict(found["group_key"]))
    return {"matches": matches, "groups": groups}


def _timed(event: dict[str, Any], *, mixed: bool) -> dict[str, Any]:
    return {**event["fields"], "timestamp": event["time"], **(event["logsource"] if mixed else {})}


def _eval(options: list[str], events: list[dict[str, Any]]) -> list[dict[str, Any]]:
    body = "".join(json.dumps(event) + "\n" for event in events)
    done = subprocess.run(
        [RSIGMA, "engine", "eval", "--no-detections", "--output-format", "ndjson", "--input-format", "json", *options],
        input=body,
        capture_output=True,
        text=True,
        check=False,
    )
    told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode or "parse error" in done.stderr or "Error" in done.stderr:
        raise RefusedError(done.stderr.strip()[-300:])
    return told


def main() -> None:
    """Answer each line until there are no more."""
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps({"id": asked["id"], **answer(asked)}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
