"""`watchward rules`: which rules there are, which do not load and why, and new releases of them."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.detect.lives import sets
from watchward.detect.lives.lives import Standing
from watchward.detect.sigma import rules
from watchward.detect.sigma.pack import starter_pack
from watchward.detect.sigma.rule import LogSource, Refusal, Rejected, Rule
from watchward.detect.sigma.rules import Around, RuleSet
from watchward.node import config
from watchward.node.cli.home import existing, opened
from watchward.node.words import WIDTH_IN_A_PIPE, counted

if TYPE_CHECKING:
    from watchward.console.rules.actions import Imported

app = App(name="rules", help="Look at Sigma rules, check them, and bring in new releases of them.")
app.command("watchward.node.cli.coverage:coverage", name="coverage")
app.command("watchward.node.cli.look_back:look_back", name="look-back")
app.command("watchward.node.cli.explain:explain", name="explain")

FOUND_SOMETHING = 1
LENGTH_OF_ID = 36
MOST_NAMED = 50

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
    """List the rules that load, and the correlations, which look at several events together.

    Args:
        folders: rule folders or files; without any, those that the node runs.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    found = _load(folders, home)
    if as_json:
        sys.stdout.writelines(json.dumps(line) + "\n" for line in _lines(found))
        return
    table = Table("level", box=None, header_style="bold")
    for name in ("title", "log source"):
        table.add_column(name, overflow="fold")
    table.add_column("id", no_wrap=True, min_width=LENGTH_OF_ID)
    for rule in found.rules:
        table.add_row(rule.level.value, rule.title, _source(rule.logsource), rule.id)
    for rule in (one.as_rule() for one in found.correlations):
        table.add_row(rule.level.value, rule.title, "several events", rule.id)
    out = Console(highlight=False, markup=False)
    if not out.is_terminal:
        out.width = WIDTH_IN_A_PIPE
    out.print(table)
    serving = counted(len(found.silent), "of them only serves", "of them only serve")
    alone = f"; {serving} correlations" if found.silent else ""
    out.print(f"{counted(len(found.rules), 'rule')} and {counted(len(found.correlations), 'correlation')}{alone}")


@app.command
def update(  # noqa: PLR0913 - each is an option of the command
    archive: Path | None = None,
    *,
    previous: bool = False,
    as_set: Annotated[str, Parameter(name="--set")] = "",
    name: str = "",
    release: str = "",
    licence: str = "",
    in_force: Annotated[bool, Parameter(negative=())] = False,
    home: Path | None = None,
) -> None:
    """Bring in a release of Sigma rules that was downloaded, in place of the one before, which is kept.

    Rules that were not there before, or that detect something else now, run on trial first.

    Args:
        archive: the release: a .zip or .tar archive, or a folder.
        previous: bring back the release before instead.
        as_set: a short name, to bring in a further set beside the main one.
        name: what people call the set; without it the archive's name.
        release: the release as its maker names it; without it, what archive and rules say.
        licence: the licence of the rules; without it, what a licence file in the archive says.
        in_force: put what is new in force at once, without a trial.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    if previous == (archive is not None):
        raise BadInputError("Say what to bring in.", advice="Give an archive, or --previous for the release before.")
    said = sets.Said(folder=sets.folder_of(as_set), name=name, version=release, licence=licence, in_force=in_force)
    opened(home)
    if archive is None:
        _restore(said.folder)
    else:
        _bring(archive, said)


def _restore(folder: str) -> None:
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.rules import actions  # noqa: PLC0415

    found = actions.restore_rules(by=Service(name="watchward rules"), folder=folder, clock=SystemClock())
    _out().print(f"{found.name} {found.version} is back." if found else "The release before is back: no release.")


def _bring(archive: Path, said: sets.Said) -> None:
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.rules import actions  # noqa: PLC0415

    by = Service(name="watchward rules")
    done = actions.import_rules(by=by, archive=archive, said=said, clock=SystemClock())
    _out().print(
        f"{done.note.name} {done.note.version}: {counted(done.note.files, 'rule file')} in force or on trial. "
        f"{counted(done.rules, 'rule loads', 'rules load')}."
    )
    if done.rejected:
        does = counted(done.rejected, "does not load", "do not load")
        _out().print(f"{does}. To see why: watchward rules check")
    if done.new or done.changed:
        _out().print(
            f"On trial: {counted(done.new, 'new rule')} and {counted(done.changed, 'rule')} with another detection, "
            "whose versions before stay in force. The page Rules shows what they would raise."
        )
    _show_gone(done)


def _show_gone(done: "Imported") -> None:
    """Name the rules that a release dropped: what they found, nobody is told of any more."""
    if not done.gone:
        return
    _out().print(f"No longer there: {counted(len(done.gone), 'rule')} of the release before.")
    for one in done.gone[:MOST_NAMED]:
        _out().print(f"  {one.rule}  {one.title}")
    if more := done.gone[MOST_NAMED:]:
        _out().print(f"  and {len(more):,} more: the page Rules lists them all under “Are no longer there”.")


@app.command
def promote(rule: str, *, reason: str, home: Path | None = None) -> None:
    """Put a rule in force.

    Args:
        rule: its identifier.
        reason: why; it is kept with the rule.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    _decide(rule, Standing.FORCE, reason, home)


@app.command(name="try")
def try_(rule: str, *, reason: str, home: Path | None = None) -> None:
    """Put a rule on trial: what it matches is counted, and nobody is told.

    Args:
        rule: its identifier.
        reason: why; it is kept with the rule.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    _decide(rule, Standing.TRIAL, reason, home)


@app.command
def off(rule: str, *, reason: str, home: Path | None = None) -> None:
    """Switch a rule off.

    Args:
        rule: its identifier.
        reason: why; it is kept with the rule.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    _decide(rule, Standing.OFF, reason, home)


def _decide(rule: str, standing: Standing, reason: str, home: Path | None) -> None:
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.rules import actions  # noqa: PLC0415

    by = Service(name="watchward rules")
    done = actions.decide_rules(by=by, rules=[rule], standing=standing, reason=reason, clock=SystemClock())
    for life in done:
        _out().print(f"{life.rule.title}: {_STANDINGS[standing]}.")


_STANDINGS = {Standing.FORCE: "in force", Standing.TRIAL: "on trial", Standing.OFF: "switched off"}


def _load(folders: tuple[Path, ...], home: Path | None) -> RuleSet:
    """The rules of some folders, which may name those of the starter pack; without folders, those of the node."""
    layout = (existing(home) if home else config.load()).layout
    cache = layout.cache if layout.cache.is_dir() else None
    if not folders:
        return rules.load(list(layout.rule_folders), cache=cache)
    pack = rules.load([starter_pack()], cache=cache, learn=False).rules
    return rules.load(list(folders), cache=cache, learn=False, around=Around(rules=pack))


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
        for count, word in (
            (len(found.correlations), "correlation"),
            (len(found.filters), "filter"),
            (len(found.expired), "expired filter"),
        )
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


def _lines(found: RuleSet) -> Iterator[dict[str, object]]:
    """What `rules list --json` prints: rules, and then correlations with the ids of the rules that they read."""
    yield from ({**_line(rule), "serves": rule.id in found.silent} for rule in found.rules)
    for one in found.correlations:
        yield {**_line(one.as_rule()), "serves": one.id in found.silent, "reads": list(one.rules)}


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


def _source(source: LogSource) -> str:
    return "/".join(part for part in (source.product, source.category, source.service) if part)


def _out() -> Console:
    return Console(soft_wrap=True, highlight=False, markup=False)
