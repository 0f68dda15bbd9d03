"""`watchward rules coverage`: which rules can see anything in some telemetry."""

import csv
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.errors import BadInputError
from watchward.detect.sigma import rules
from watchward.detect.sigma.rule import LogSource
from watchward.detect.sigma.rules import RuleSet
from watchward.node import config
from watchward.node.cli.home import existing
from watchward.node.words import WIDTH_IN_A_PIPE, counted

if TYPE_CHECKING:
    from watchward.detect.coverage.matrix import Covered, Gain
    from watchward.node.coverage import Counted

MOST_LACKS = 3
GAINS = 8


def coverage(
    *events: Path,
    rules_in: Annotated[list[Path] | None, Parameter(name="--rules")] = None,
    home: Path | None = None,
    attack: Annotated[bool, Parameter(negative=())] = False,
    table: Annotated[Path | None, Parameter(name="--csv")] = None,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """Say which rules can see anything in some telemetry: those whose log source and fields are in it.

    Args:
        events: files and folders of events, as `watchward scan` takes them; without any, those that the node keeps.
        rules_in: rule folders or files; without any, those that the node runs.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        attack: tell it by tactic and technique of MITRE ATT&CK, and say what to send to see more.
        table: a file into which to write what is seen of each technique, as CSV.
        as_json: print one JSON object.

    """
    from watchward.node import coverage as seeing  # noqa: PLC0415 - loads all that decoding needs; --help does not

    found = _load(tuple(rules_in or ()), home)
    seen, broken = seeing.seen_in(events or [_kept(home)], found.rules)
    for fault in broken:
        print(fault, file=sys.stderr)  # noqa: T201 - errors go there
    if attack or table is not None:
        techniques, gains = seeing.by_technique(found, seen)
        if table is not None:
            _write(table, techniques)
        if as_json:
            print(json.dumps(_as_json(techniques, gains), indent=2))  # noqa: T201 - the output
        elif attack:
            _show_techniques(techniques, gains)
        return
    parts = seeing.counted(found.rules, seen.given())
    if as_json:
        by_source = [_counted(part) for part in parts]
        print(json.dumps({**seeing.totals(parts), "by_log_source": by_source}, indent=2))  # noqa: T201 - the output
        return
    _show_coverage(parts, seeing.totals(parts))


def _kept(home: Path | None) -> Path:
    """Where the node keeps events.

    Raises:
        BadInputError: it keeps none yet.

    """
    folder = existing(home).layout.lake / "events"
    if not any(folder.rglob("*.parquet")):
        raise BadInputError(
            "This node keeps no events yet, so that no rule sees anything.",
            advice="Let a computer send some (watchward source add), or give files of events.",
        )
    return folder


def _row(one: "Covered") -> dict[str, object]:
    return {
        "technique": one.technique.id,
        "name": one.technique.name,
        "tactics": list(one.tactics),
        "sight": one.sight.value,
        "rules": one.rules,
        "whole": one.whole,
        "part": one.partly,
    }


def _as_json(techniques: "Sequence[Covered]", gains: "Sequence[Gain]") -> dict[str, object]:
    more = [{"log_source": _source(one.source), "fields": list(one.fields), "rules": one.rules} for one in gains]
    return {"techniques": [_row(one) for one in techniques], "gains": more}


def _write(path: Path, techniques: "Sequence[Covered]") -> None:
    rows = [{**_row(one), "tactics": " ".join(one.tactics)} for one in techniques]
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ["technique", "name", "tactics", "sight", "rules", "whole", "part"])
            writer.writeheader()
            writer.writerows(rows)
    except OSError as error:
        raise BadInputError(
            f"{path} cannot be written: {error.strerror}.", advice="Give a file in a folder that is there."
        ) from error


def _show_techniques(techniques: "Sequence[Covered]", gains: "Sequence[Gain]") -> None:
    from watchward.detect.coverage.matrix import by_tactic  # noqa: PLC0415 - as above

    out = _out()
    for served in by_tactic(techniques):
        shown = Table("technique", "seen", "rules", "see", "in part", box=None, header_style="bold")
        for one in served.techniques:
            name = f"{one.technique.id} {one.technique.name}"
            shown.add_row(name, one.sight.value, f"{one.rules:,}", f"{one.whole:,}", f"{one.partly:,}")
        out.print(f"\n{served.tactic.name}: {served.tactic.plain}")
        out.print(shown)
    if gains:
        out.print("\nTo see more:")
    for more in gains[:GAINS]:
        out.print(f"  {more.said}" + ("" if more.fields else f" By {more.how}."))


def _counted(part: "Counted") -> dict[str, object]:
    return {
        "log_source": _source(part.source),
        "rules": part.reach.total(),
        "whole": part.whole,
        "part": part.partly,
        "no_events": part.blind,
        "missing": [{"fields": list(fields), "rules": count} for fields, count in part.missing.most_common()],
    }


def _show_coverage(parts: "Sequence[Counted]", totals: Mapping[str, int]) -> None:
    table = Table("log source", "rules", "see", "in part", "lack", box=None, header_style="bold")
    for part in parts:
        lacks = [f"{', '.join(fields)} ({count})" for fields, count in part.missing.most_common(MOST_LACKS)]
        lacks += [f"events ({part.blind})"] if part.blind else []
        figures = (part.reach.total(), part.whole, part.partly)
        table.add_row(_source(part.source) or "any", *(f"{figure:,}" for figure in figures), "; ".join(lacks))
    out = _out()
    out.print(table)
    out.print(
        f"{counted(totals.get('whole', 0), 'rule')} can see, {totals.get('part', 0):,} in part. "
        f"For want of fields {totals.get('no_fields', 0):,} cannot, "
        f"for want of events of their kind {totals.get('no_events', 0):,}."
    )


def _load(folders: tuple[Path, ...], home: Path | None) -> RuleSet:
    layout = (existing(home) if home else config.load()).layout
    cache = layout.cache if layout.cache.is_dir() else None
    return rules.load(list(folders or layout.rule_folders), cache=cache, learn=not folders)


def _source(source: LogSource) -> str:
    return "/".join(part for part in (source.product, source.category, source.service) if part)


def _out() -> Console:
    out = Console(highlight=False, markup=False)
    if not out.is_terminal:
        out.width = WIDTH_IN_A_PIPE
    return out
