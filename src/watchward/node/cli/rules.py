"""`watchward rules`: which rules there are, which do not load and why, and new releases of them."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.errors import BadInputError
from watchward.detect import release, rules
from watchward.detect.rule import Refusal, Rejected, Rule
from watchward.detect.rules import RuleSet
from watchward.node import config
from watchward.node.cli.home import existing
from watchward.node.words import WIDTH_IN_A_PIPE, counted

app = App(name="rules", help="Look at Sigma rules, check them, and bring in new releases of them.")

FOUND_SOMETHING = 1
LENGTH_OF_ID = 36

AsJson = Annotated[bool, Parameter(name="--json", negative=())]


@app.command
def check(
    *folders: Path,
    home: Path | None = None,
    as_json: AsJson = False,
    fail_on_rejected: Annotated[bool, Parameter(negative=())] = False,
) -> int:
    """Say which rules load, and for each that does not, where it is, why, and what to do.

    Args:
        folders: rule folders or files; without any, those that the node runs.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.
        fail_on_rejected: end with exit code 1 when a rule is rejected.

    """
    found = _load(folders, home)
    if as_json:
        print(json.dumps(_report(found), indent=2))  # noqa: T201 - this is the command's output
    else:
        _show_rejected(found)
    return FOUND_SOMETHING if fail_on_rejected and found.rejected else 0


@app.command(name="list")
def list_(*folders: Path, home: Path | None = None, as_json: AsJson = False) -> None:
    """List the rules that load.

    Args:
        folders: rule folders or files; without any, those that the node runs.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    found = _load(folders, home).rules
    if as_json:
        sys.stdout.writelines(json.dumps(_line(rule)) + "\n" for rule in found)
        return
    table = Table("level", box=None, header_style="bold")
    for name in ("title", "log source"):
        table.add_column(name, overflow="fold")
    table.add_column("id", no_wrap=True, min_width=LENGTH_OF_ID)
    for rule in found:
        table.add_row(rule.level.value, rule.title, _source(rule), rule.id)
    out = Console(highlight=False, markup=False)
    if not out.is_terminal:
        out.width = WIDTH_IN_A_PIPE
    out.print(table)
    out.print(counted(len(found), "rule"))


@app.command
def update(archive: Path | None = None, *, previous: bool = False, home: Path | None = None) -> None:
    """Bring in a release of Sigma rules that was downloaded from SigmaHQ, in place of the one before, which is kept.

    Args:
        archive: the release: a .zip or .tar archive, or a folder.
        previous: bring back the release before instead.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    into = existing(home).layout.rules
    if previous == (archive is not None):
        raise BadInputError("Say what to bring in.", advice="Give an archive, or --previous for the release before.")
    taken = release.take(archive, into=into) if archive else release.put_back(into)
    found = rules.load([taken.folder])
    _out().print(
        f"{taken.files:,} rule files are now in {taken.folder}: {len(found.rules):,} rules load, "
        f"{len(found.rejected):,} do not. To see why: watchward rules check {taken.folder}"
    )


def _load(folders: tuple[Path, ...], home: Path | None) -> RuleSet:
    layout = (existing(home) if home else config.load()).layout
    return rules.load(list(folders or layout.rule_folders), cache=layout.cache if layout.cache.is_dir() else None)


def _report(found: RuleSet) -> dict[str, object]:
    kinds = Counter(one.kind for one in found.rejected)
    return {
        "rules_loaded": len(found.rules),
        "correlations_loaded": len(found.correlations),
        "filters_loaded": len(found.filters),
        "rules_rejected": [
            {"file": str(one.path), "line": one.line, "kind": one.kind, "reason": one.reason, "advice": one.advice}
            for one in found.rejected
        ],
        "rejected_by_kind": {kind.value: kinds[kind] for kind in Refusal},
    }


def _show_rejected(found: RuleSet) -> None:
    out = _out()
    for one in found.rejected:
        out.print(f"{one.path}:{one.line}: {one.reason}\n    {one.advice}")
    loads = "rule loads" if len(found.rules) == 1 else "rules load"
    does = "does" if len(found.rejected) == 1 else "do"
    also = [
        counted(count, word)
        for count, word in ((len(found.correlations), "correlation"), (len(found.filters), "filter"))
        if count
    ]
    if also:
        out.print(f"Besides the rules, {' and '.join(also)}.")
    out.print(f"{len(found.rules):,} {loads}, {len(found.rejected):,} {does} not{_kinds(found.rejected)}.")


def _kinds(rejected: tuple[Rejected, ...]) -> str:
    kinds = Counter(one.kind for one in rejected)
    return f" ({', '.join(counted(count, *_WORDS[kind]) for kind, count in kinds.items())})" if kinds else ""


_WORDS = {
    Refusal.BROKEN: ("broken", "broken"),
    Refusal.CORRELATION: ("correlation", "correlations"),
    Refusal.DUPLICATE: ("copy of another", "copies of another"),
    Refusal.FILTER: ("filter that hides nothing", "filters that hide nothing"),
    Refusal.PLACEHOLDER: ("waiting for the site's own values", "waiting for the site's own values"),
}


def _line(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "title": rule.title,
        "level": rule.level,
        "status": rule.status,
        "logsource": {
            name: value for name in ("product", "category", "service") if (value := getattr(rule.logsource, name))
        },
        "tags": list(rule.tags),
        "file": str(rule.path),
    }


def _source(rule: Rule) -> str:
    source = rule.logsource
    return "/".join(part for part in (source.product, source.category, source.service) if part)


def _out() -> Console:
    return Console(soft_wrap=True, highlight=False, markup=False)
