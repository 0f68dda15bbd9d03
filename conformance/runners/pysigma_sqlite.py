"""The runner of pySigma with its SQLite backend (`pip install pysigma-backend-sqlite`).

Events become rows of a table as the backend's documentation asks: objects flattened, texts in columns that ignore case,
truth values as `true` and `false`, and a column with all values for keywords. Rules are run on the events of their log
source alone; the choice is the runner's, as SQL makes none. Placeholders are pySigma's value lists.
"""

import json
import re
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sigma.backends.sqlite import sqliteBackend
from sigma.backends.sqlite.runtime import ensure_fields, execute_plan
from sigma.collection import SigmaCollection
from sigma.exceptions import SigmaError, SigmaFeatureNotSupportedByBackendError
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import ValueListPlaceholderTransformation

OPTIONS = {
    "timestamp_field": "_time",
    "timestamp_format": "unix",
    "event_id_field": "_id",
    "fulltext_field": "_text",
    "observation_end": 4_000_000_000,
}
"""The end is far away, because a case's stream of events has ended."""

PARTS = ("product", "category", "service")
LARGEST = 2**63


def answer(asked: dict[str, Any]) -> dict[str, Any]:
    """What the backend's SQL makes of a case."""
    if asked.get("needs"):
        return {"unsupported": ", ".join(asked["needs"])}
    if any(isinstance(value, list) for event in asked["events"] for _, value in flat(event["fields"])):
        return {"unsupported": "lists in events"}
    pipeline = ProcessingPipeline(
        items=[ProcessingItem(ValueListPlaceholderTransformation())],
        vars={name: [_placed(value) for value in values] for name, values in asked["placeholders"].items()},
    )
    backend = sqliteBackend(pipeline, **OPTIONS)
    try:
        collection = SigmaCollection.from_yaml("\n---\n".join(asked["rules"]))
        told = backend.convert(collection, "zircolite")
        entries = json.loads(told) if isinstance(told, str) else told
        return _run(entries, asked["events"])
    except (SigmaFeatureNotSupportedByBackendError, NotImplementedError) as error:
        return {"unsupported": str(error)}
    except SigmaError as error:
        return {"refused": str(error)}
    except Exception as error:  # noqa: BLE001 - whatever else ends a conversion is no answer about the rule's meaning
        return {"refused": f"{type(error).__name__}: {error}"}


def _placed(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else str(value)


def _run(entries: Iterable[Any], events: list[dict[str, Any]]) -> dict[str, Any]:
    matches: dict[str, list[int]] = {}
    groups: dict[str, list[dict[str, Any]]] = {}
    for entry in (json.loads(one) if isinstance(one, str) else one for one in entries):
        if entry.get("correlation"):
            if len({json.dumps(event["logsource"], sort_keys=True) for event in events}) > 1:
                return {"unsupported": "correlations over several log sources, which need a pipeline"}
            database = _database(events, events)
            rows, _ = execute_plan(database, entry["correlation_plan"], include_events=False)
            groups[entry["id"]] = [row["group_keys"] for row in rows]
            continue
        mine = [event for event in events if _reads(entry.get("logsource", {}), event["logsource"])]
        database = _database(mine, events)
        ensure_fields(database, {"logs": entry["required_fields"]})
        found = set(matches.get(entry["id"], ()))  # several conditions are several entries
        for statement in entry["rule"]:
            found.update(int(row["_id"]) for row in database.execute(statement))
        matches[entry["id"]] = sorted(found)
    return {"matches": matches, "groups": groups}


def _reads(wanted: dict[str, str], source: dict[str, str]) -> bool:
    return all(wanted.get(part) in (None, source.get(part)) for part in PARTS)


def _database(rows: list[dict[str, Any]], events: list[dict[str, Any]]) -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.row_factory = sqlite3.Row
    database.create_function(
        "regexp", 2, lambda pattern, value: value is not None and bool(re.search(pattern, str(value)))
    )
    values: dict[str, list[Any]] = {}
    for event in events:
        for name, value in flat(event["fields"]):
            values.setdefault(name.lower(), [name]).append(value)
    columns = ["_id INTEGER", "_time REAL", "_text TEXT COLLATE NOCASE"]
    columns += [f"{_quoted(name)} {_type(found)}" for name, *found in values.values()]
    database.execute(f"CREATE TABLE logs ({', '.join(columns)})")
    for event in rows:
        cells = {name: _cell(value) for name, value in flat(event["fields"])}
        text = "\n".join(str(cell) for cell in cells.values() if cell is not None)
        cells |= {"_id": _place(events, event), "_time": _seconds(event), "_text": text}
        names = ", ".join(_quoted(name) for name in cells)
        database.execute(f"INSERT INTO logs ({names}) VALUES ({', '.join('?' * len(cells))})", list(cells.values()))  # noqa: S608 - names are quoted
    return database


def _place(events: list[dict[str, Any]], event: dict[str, Any]) -> int:
    return next(number for number, other in enumerate(events) if other is event)


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _type(values: Iterable[Any]) -> str:
    kinds = {type(value) for value in values if value is not None}
    if kinds == {int}:
        return "INTEGER"
    return "REAL" if kinds and kinds <= {int, float} else "TEXT COLLATE NOCASE"


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) and not -LARGEST <= value < LARGEST else value


def _seconds(event: dict[str, Any]) -> float | None:
    return datetime.fromisoformat(event["time"]).timestamp() if "time" in event else None


def flat(fields: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Each value of an event with its dotted name."""
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def main() -> None:
    """Answer each line until there are no more."""
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps({"id": asked["id"], **answer(asked)}, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
