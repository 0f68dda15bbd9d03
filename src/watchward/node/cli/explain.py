"""`watchward rules explain`: why a rule matches an event, or does not."""

import json
from pathlib import Path
from typing import Annotated, Final

from cyclopts import Parameter
from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from watchward.base.errors import BadInputError
from watchward.detect.explain import account, phrasing
from watchward.detect.explain.account import Line
from watchward.detect.explain.why import Verdict
from watchward.detect.sigma.rule import Rule
from watchward.node import config
from watchward.node.cli.home import existing
from watchward.node.explaining import Answer, Answers, answers, asked_for
from watchward.node.words import WIDTH_IN_A_PIPE, counted

EXPLAINED: Final = 3
"""Events that are explained unless more are asked for."""

_COLOURS: Final = {
    Verdict.MATCHED: "bold green",
    Verdict.HIDDEN: "bold yellow",
    Verdict.NOT_MET: "bold red",
    Verdict.OTHER_EVENTS: "bold red",
}
_WORDS: Final = {
    Verdict.MATCHED: "matched",
    Verdict.HIDDEN: "hidden by a filter",
    Verdict.NOT_MET: "not matched",
    Verdict.OTHER_EVENTS: "of a kind that the rule does not read",
}
_INDENT: Final = 3


def explain(  # noqa: PLR0913 - the options of a command
    rule: str,
    *,
    event: Annotated[list[str], Parameter(allow_leading_hyphen=True)],
    rules: list[Path] | None = None,
    home: Path | None = None,
    most: int = EXPLAINED,
    as_json: Annotated[bool, Parameter(name="--json", negative=())] = False,
) -> None:
    """Say why a rule matches an event or does not: each part of its condition, and what the event has.

    Args:
        rule: its id, its whole title, or its file.
        event: files of events as `watchward scan` takes them, or - for standard input.
        rules: rule folders or files; without any, those that the node runs.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        most: of more events, those that come nearest to a match are explained; all are counted.
        as_json: print one JSON object.

    """
    if most < 1:
        raise BadInputError("No event would be explained.", advice="Give --most a number from 1.")
    layout = (existing(home) if home else config.load()).layout
    asked = asked_for(rule, rules or layout.rule_folders, cache=layout.cache if layout.cache.is_dir() else None)
    found = answers(asked, event, most=most)
    if as_json:
        print(json.dumps(_plain(asked.rule, found), indent=2))  # noqa: T201 - this is the command's output
    else:
        _show(asked.rule, found)


def _show(rule: Rule, found: Answers) -> None:
    out = Console(highlight=False, markup=False, emoji=False)
    if not out.is_terminal:
        out.width = WIDTH_IN_A_PIPE
    out.print(Text(rule.title, "bold"))
    source = phrasing.source_words(rule.logsource)
    out.print(Text(f"{rule.level}, for {source}, {rule.path}:{rule.line}", "dim"))
    for answer in found.nearest:
        _show_answer(out, answer)
    out.print()
    for fault in found.broken:
        out.print(Text(fault, "yellow"))
    verdicts = ", ".join(f"{found.verdicts[one]:,} {_WORDS[one]}" for one in Verdict if found.verdicts[one])
    out.print(f"{counted(found.verdicts.total(), 'event')}{f': {verdicts}' if verdicts else ''}.")
    if found.verdicts.total() > len(found.nearest):
        out.print(f"Above are the {len(found.nearest):,} nearest to a match; for more: --most.")


def _show_answer(out: Console, answer: Answer) -> None:
    found = answer.why
    out.print()
    place = f"{answer.path}, event {answer.number:,}"
    kind = phrasing.source_words(found.source)
    out.print(
        Text(f"{place} · {answer.observed_at:%Y-%m-%d %H:%M:%S} UTC · {answer.device or 'no device'} · {kind}", "dim")
    )
    out.print(Text(account.headline(found), _COLOURS[found.verdict]))
    for line in account.lines(found.condition):
        _show_line(out, line)
    for hiding in found.filters:
        out.print(
            Text(f"The filter “{hiding.filter.title}” {'hides it' if hiding.part.holds else 'does not hide it'}:")
        )
        for line in account.lines(hiding.part):
            _show_line(out, line)
    if found.verdict is not Verdict.MATCHED and found.lacks:
        out.print(Text("For a match it would need:", "bold"))
        for lack in found.lacks:
            out.print(Padding(Text(f"- {account.lacking(lack)}"), (0, 0, 0, 2), expand=False))


def _show_line(out: Console, line: Line) -> None:
    mark = Text("yes " if line.good else "no  ", "green" if line.good else "red")
    name = Text(f"{line.name}: " if line.name else "", "bold")
    asked = Text.assemble(mark, name, Text(line.text))
    if line.seen:
        asked.append(f"  ({line.seen})", "dim")
    out.print(Padding(asked, (0, 0, 0, 2 + _INDENT * line.depth), expand=False))


def _plain(rule: Rule, found: Answers) -> dict[str, object]:
    return {
        "rule": {"id": rule.id, "title": rule.title, "level": rule.level, "file": str(rule.path), "line": rule.line},
        "events": found.verdicts.total(),
        "verdicts": {verdict.value: found.verdicts[verdict] for verdict in Verdict},
        "not_read": found.broken,
        "explained": [_answer(one) for one in found.nearest],
    }


def _answer(answer: Answer) -> dict[str, object]:
    return {
        "file": answer.path,
        "event": answer.number,
        "observed_at": answer.observed_at.isoformat(),
        "device": answer.device,
        **account.as_plain(answer.why),
    }
