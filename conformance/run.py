#!/usr/bin/env python3
"""Run Sigma engines on the conformance suite and show where they disagree with the specification.

Needs Python 3.9 or later and PyYAML, nothing else. An engine takes part through a *runner*: a command that reads one
JSON object a line on standard input and answers each with one line on standard output (see README.md).

    python conformance/run.py NAME="COMMAND" [NAME="COMMAND" …]
"""

from __future__ import annotations

import argparse
import json
import queue
import re
import shlex
import subprocess
import sys
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Iterator

import yaml

HERE = Path(__file__).parent
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=timezone.utc)
"""When second 0 of a case is: a Monday morning, on a full hour."""

LOGSOURCE = {"category": "conformance"}
"""The log source of rules and events that name none."""

ID_SPACE = uuid.UUID("7d1f0a52-8a49-4b57-9f0e-2b8d9a3b6c10")
CASE_KEYS = {
    "because",
    *("cites", "basis", "columns", "placeholders"),
    *("item", "detection", "detection_text", "rule", "rules", "correlation", "filter", "logsource"),
    *("events", "match", "miss", "either", "refused", "expect", "or_expect", "fires", "quiet", "alone", "lateness"),
}
FILE_KEYS = {"title", "cites", "basis", "base", "columns", "cases"}
_START = 6
"""How many times as long as any other the first answer may take, because a runner must start."""

OUTCOMES = ("agrees", "disagrees", "refuses", "unsupported", "fails")


class SuiteError(Exception):
    """A case file is not what README.md says."""


@dataclass
class Case:
    """One question to an engine, written out in full.

    Args:
        id: group, family and name, such as `modifiers/contains/anywhere`.
        because: why the expected result is right, in a sentence.
        cites: the places of the specification that decide it.
        basis: `specification`, `extension` or `convention` (see README.md).
        rules: complete Sigma documents, each as YAML text.
        events: what happened: each with `fields`, and with `time` and `logsource`.
        placeholders: the values of the site, by placeholder.
        lateness: how many seconds late events may come; None where all come at once, in their order.
        wanted: per rule identifier, what must be reported and what may be; None where the rules must be refused.
        otherwise: the same for a second reading that the specification permits, if there is one.
        may_refuse: refusing the rules is right as well.
    """

    id: str
    because: str
    cites: list[str]
    basis: str
    rules: list[str]
    events: list[dict[str, Any]]
    placeholders: dict[str, list[Any]] = field(default_factory=dict)
    lateness: float | None = None
    wanted: dict[str, Wanted] | None = None
    otherwise: dict[str, Wanted] | None = None
    may_refuse: bool = False

    @property
    def group(self) -> str:
        """The first part of its identifier."""
        return self.id.split("/")[0]

    def request(self) -> dict[str, Any]:
        """What a runner is told."""
        asked = {"id": self.id, "rules": self.rules, "events": self.events, "placeholders": self.placeholders}
        return asked if self.lateness is None else {**asked, "needs": ["lateness"], "lateness": self.lateness}


@dataclass
class Wanted:
    """What a rule must report (`must`), and what it may report besides (`may`).

    A detection rule reports the numbers of events, a correlation groups: each as the JSON text of its fields.
    """

    kind: str
    must: set[Any]
    may: set[Any] = field(default_factory=set)


# --- reading the case files ------------------------------------------------------------------------------------------


def load(folder: Path = HERE / "cases") -> list[Case]:
    """Every case of the suite, in the order of the files."""
    cases = [case for path in sorted(folder.rglob("*.yml")) for case in _family(path, folder)]
    if not cases:
        raise SuiteError(f"there is no case below {folder}")
    return cases


def _family(path: Path, folder: Path) -> Iterator[Case]:
    name = path.relative_to(folder).with_suffix("").as_posix()
    family = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    if unknown := set(family) - FILE_KEYS:
        raise SuiteError(f"{path}: unknown keys {sorted(unknown)}")
    for slug, given in family["cases"].items():
        if unknown := set(given) - CASE_KEYS:
            raise SuiteError(f"{path}: case {slug}: unknown keys {sorted(unknown)}")
        try:
            yield _case(f"{name}/{slug}", given, family)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SuiteError(f"{path}: case {slug}: {error!r}") from error


def _case(identifier: str, given: dict[str, Any], family: dict[str, Any]) -> Case:
    documents = _documents(identifier, given, family)
    columns = given.get("columns", family.get("columns"))
    listed = [_event(one, columns) for one in given.get("events", [])]
    judged = [[_event(one, columns) for one in given.get(key, [])] for key in ("match", "miss", "either")]
    if not listed and "fires" not in given:
        listed = [event for part in judged for event in part]
    cites = given.get("cites", family.get("cites"))
    case = Case(
        id=identifier,
        because=given["because"],
        cites=cites if isinstance(cites, list) else [cites],
        basis=given.get("basis", family.get("basis", "specification")),
        rules=[text for _, text in documents],
        events=listed,
        placeholders=given.get("placeholders", {}),
        lateness=given.get("lateness"),
    )
    case.may_refuse = given.get("refused") == "allowed"
    if given.get("refused") is not True:
        plain = [document for document, _ in documents]
        case.wanted = _wanted(given, plain, [len(part) for part in judged])
        if "or_expect" in given:
            case.otherwise = _expected(given["or_expect"], plain)
    return case


def _documents(identifier: str, given: dict[str, Any], family: dict[str, Any]) -> list[tuple[dict[str, Any], str]]:
    """The rules of a case as documents and as text: what the file has in common first, then its own."""
    plain = [*family.get("base", []), *given.get("rules", [])]
    own = {key: given[key] for key in ("item", "detection", "logsource") if key in given}
    if own.keys() & {"item", "detection"}:
        plain.append({"name": "rule", **own})
    if "rule" in given:
        plain.append({"name": "rule", "as is": True, **given["rule"]})
    if "filter" in given:
        plain.append(
            {
                "name": "filter",
                "filter": given["filter"],
                **({"logsource": given["logsource"]} if "logsource" in given else {}),
            }
        )
    if "correlation" in given:
        plain.append({"name": "correlation", "correlation": given["correlation"]})
    found = [_document(identifier, one) for one in plain]
    pairs = [(one, yaml.safe_dump(one, sort_keys=False, allow_unicode=True, width=1000)) for one in found]
    if "detection_text" in given:
        head = _document(identifier, {"name": "rule", "detection": {}})
        del head["detection"]
        text = yaml.safe_dump(head, sort_keys=False) + "detection:\n" + _indented(given["detection_text"])
        pairs.append((head, text))
    return pairs


def _indented(text: str) -> str:
    return "".join(f"    {line}\n" for line in text.splitlines())


def _document(identifier: str, given: dict[str, Any]) -> dict[str, Any]:
    given = dict(given)
    name = given.get("name", "rule")
    known: dict[str, Any] = {"title": f"{identifier} {name}", "id": str(uuid.uuid5(ID_SPACE, f"{identifier} {name}"))}
    if given.pop("as is", False):
        given.pop("name")
        return {"id": known["id"], **given}
    if "correlation" not in given:
        known["logsource"] = LOGSOURCE
    if "item" in given:
        given["detection"] = {"selection": given.pop("item"), "condition": "selection"}
    return {**known, **given}


def _event(given: Any, columns: list[str] | None) -> dict[str, Any]:
    """An event written out: a list follows the columns, a mapping names its fields, anything else is field `A`."""
    if isinstance(given, list) and columns:
        given = {name: value for name, value in zip(columns, given) if value is not None}
    elif not isinstance(given, dict):
        given = {"A": given}
    fields = {name: value for name, value in given.items() if not name.startswith("$")}
    event: dict[str, Any] = {"fields": fields, "logsource": given.get("$from", LOGSOURCE)}
    if "$at" in given:
        event["time"] = _time(given["$at"])
    if "$arrives" in given:
        event["arrives"] = _time(given["$arrives"])
    return event


def _time(seconds: float) -> str:
    when = BEGIN + timedelta(seconds=seconds)
    return when.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _wanted(given: dict[str, Any], documents: list[dict[str, Any]], sizes: list[int]) -> dict[str, Wanted]:
    by_name = {one.get("name", one.get("title")): one for one in documents}
    wanted: dict[str, Wanted] = {}
    if "fires" in given:
        fires, either = given["fires"], given.get("either", [])
        named = fires if isinstance(fires, dict) else {_last_correlation(documents): fires}
        maybe = either if isinstance(either, dict) else dict.fromkeys(named, either)
        for name, groups in named.items():
            rule = by_name[name]
            wanted[rule["id"]] = Wanted("groups", _groups(rule, groups), _groups(rule, maybe.get(name, [])))
        for name, numbers in given.get("alone", {}).items():
            wanted[by_name[name]["id"]] = Wanted("matches", set(numbers))
    elif "expect" in given:
        wanted = _expected(given["expect"], documents)
    else:
        match, miss, _ = sizes
        rule = next(one for one in reversed(documents) if "filter" not in one)
        must, may = set(range(match)), set(range(match + miss, sum(sizes)))
        wanted[rule["id"]] = Wanted("matches", must, may)
    return wanted


def _expected(given: dict[str, list[int]], documents: list[dict[str, Any]]) -> dict[str, Wanted]:
    identifiers = {one.get("name", one.get("title")): one["id"] for one in documents}
    return {identifiers[name]: Wanted("matches", set(numbers)) for name, numbers in given.items()}


def _last_correlation(documents: list[dict[str, Any]]) -> str:
    return next(one["name"] for one in reversed(documents) if "correlation" in one)


def _groups(rule: dict[str, Any], given: Any) -> set[str]:
    """Groups as JSON texts: a value or a list of values stands for the fields of `group-by`, `true` for all events."""
    if given is True:
        return {"{}"}
    if given is False:
        return set()
    names = rule["correlation"].get("group-by", [])
    names = [names] if isinstance(names, str) else names
    groups = [one if isinstance(one, list) else [one] for one in given]
    return {group_text(dict(zip(names, one))) for one in groups}


def group_text(group: dict[str, Any]) -> str:
    """A group, its values as text, in one way of writing."""
    return json.dumps({name: _plain(value) for name, value in group.items()}, sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


# --- asking a runner -------------------------------------------------------------------------------------------


class Runner:
    """An engine's runner, started again where it has died or does not answer in time."""

    def __init__(self, command: str, patience: float) -> None:
        self._command = command
        self._patience = patience
        self._process: subprocess.Popen[str] | None = None
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._answered = False

    def ask(self, case: Case) -> dict[str, Any]:
        """The runner's answer, or `{"failed": why}`."""
        process = self._running()
        try:
            process.stdin.write(json.dumps(case.request(), ensure_ascii=False) + "\n")
            process.stdin.flush()
            line = self._answers.get(timeout=self._patience * (1 if self._answered else _START))
            self._answered = True
        except queue.Empty:
            self.close()
            return {"failed": f"no answer within {self._patience:.0f} seconds"}
        except OSError as error:
            self.close()
            return {"failed": f"it cannot be asked: {error}"}
        if line is None:
            self.close()
            return {"failed": "it ended without an answer"}
        try:
            answer = json.loads(line)
        except ValueError:
            return {"failed": f"its answer is no JSON: {line[:200]!r}"}
        if not isinstance(answer, dict) or answer.get("id") != case.id:
            self.close()
            return {"failed": f"its answer is for another case: {line[:200]!r}"}
        return answer

    def _running(self) -> subprocess.Popen[str]:
        if self._process is not None and self._process.poll() is not None:
            self.close()
        if self._process is None:
            self._process = subprocess.Popen(
                shlex.split(self._command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                encoding="utf-8",
            )
            self._answers = queue.Queue()
            self._answered = False
            self._pump = threading.Thread(target=_pump, args=(self._process.stdout, self._answers), daemon=True)
            self._pump.start()
        return self._process

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            process.stdin.close()
            process.wait(timeout=2)
        except (OSError, subprocess.TimeoutExpired):
            process.kill()
            process.wait()
        self._pump.join()
        process.stdout.close()


def _pump(lines: Any, answers: queue.Queue[str | None]) -> None:
    for line in lines:
        answers.put(line)
    answers.put(None)


@dataclass
class Verdict:
    """What became of one case: one of `OUTCOMES`, with words where it does not agree."""

    case: Case
    outcome: str
    words: str = ""


def judge(case: Case, answer: dict[str, Any]) -> Verdict:
    """Compare an answer with what is expected."""
    if "failed" in answer:
        return Verdict(case, "fails", str(answer["failed"]))
    if "unsupported" in answer:
        return Verdict(case, "unsupported", str(answer["unsupported"]))
    if "refused" in answer:
        right = case.wanted is None or case.may_refuse
        return Verdict(case, "agrees" if right else "refuses", "" if right else str(answer["refused"]))
    if case.wanted is None:
        return Verdict(case, "disagrees", "the rule must be refused, and was taken")
    readings = [reading for reading in (case.wanted, case.otherwise) if reading is not None]
    told = [
        [line for rule, wanted in reading.items() for line in _differences(case, rule, wanted, answer)]
        for reading in readings
    ]
    words = told[0] if all(told) else []
    return Verdict(case, "disagrees" if words else "agrees", "; ".join(words))


def _differences(case: Case, rule: str, wanted: Wanted, answer: dict[str, Any]) -> Iterator[str]:
    found = answer.get(wanted.kind, {}).get(rule, [])
    shown = {group_text(one) for one in found} if wanted.kind == "groups" else set(found)
    for one in sorted(wanted.must - shown, key=str):
        yield f"misses {_words(case, wanted.kind, one)}"
    for one in sorted(shown - wanted.must - wanted.may, key=str):
        yield f"reports {_words(case, wanted.kind, one)}"


def _words(case: Case, kind: str, one: Any) -> str:
    if kind == "groups":
        return f"group {one}"
    fields = json.dumps(case.events[one]["fields"], ensure_ascii=False) if one < len(case.events) else "?"
    return f"event {one} {fields[:300]}"


# --- telling ---------------------------------------------------------------------------------------------------


def table(cases: list[Case], results: dict[str, list[Verdict]]) -> str:
    """A Markdown table: per group of cases, how many an engine agrees with."""
    groups = list(dict.fromkeys(case.group for case in cases))
    lines = ["| group | cases | " + " | ".join(results) + " |", "|---|--:|" + "--:|" * len(results)]
    for group in [*groups, None]:
        size = sum(case.group == group or group is None for case in cases)
        cells = [
            _cell(Counter(one.outcome for one in verdicts if group in (None, one.case.group)))
            for verdicts in results.values()
        ]
        lines.append(f"| {group or '**all**'} | {size} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(counts: Counter[str]) -> str:
    if not counts:
        return "not installed"
    rest = [f"{counts[name]} {word}" for name, word in SHORT.items() if counts[name]]
    return str(counts["agrees"]) + (f" ({', '.join(rest)})" if rest else "")


SHORT = {"disagrees": "wrong", "refuses": "refused", "unsupported": "unsupported", "fails": "failed"}


def run(cases: list[Case], runners: dict[str, str], patience: float) -> dict[str, list[Verdict]]:
    """Ask every runner every case."""
    results: dict[str, list[Verdict]] = {}
    for name, command in runners.items():
        runner = Runner(command, patience)
        results[name] = [judge(case, runner.ask(case)) for case in cases]
        runner.close()
    return results


def main() -> int:
    """Run from a command line; 1 where an engine disagrees with a case or fails, else 0."""
    parser = argparse.ArgumentParser(description="Run Sigma engines on the conformance suite.")
    parser.add_argument("runners", nargs="*", metavar="NAME=COMMAND", help="an engine and the command that runs it")
    parser.add_argument("--only", action="append", metavar="PATTERN", help="only cases such as 'modifiers/re/*'")
    parser.add_argument(
        "--patience", type=float, default=120, metavar="SECONDS", help="the time that one case may take"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every verdict there, one JSON object a line")
    parser.add_argument("--write-cases", action="store_true", help="print the cases as the runners are asked them")
    parser.add_argument("--quiet", action="store_true", help="print the table alone, not each disagreement")
    arguments = parser.parse_args()
    cases = [case for case in load() if not arguments.only or any(fnmatch(case.id, one) for one in arguments.only)]
    if arguments.write_cases:
        for case in cases:
            print(json.dumps(case.request(), ensure_ascii=False))
        return 0
    runners = dict(one.split("=", 1) if re.match(r"[\w-]+=", one) else (one, one) for one in arguments.runners)
    results = run(cases, runners, arguments.patience)
    if not arguments.quiet:
        for name, verdicts in results.items():
            for verdict in verdicts:
                if verdict.outcome != "agrees":
                    print(f"{name}: {verdict.outcome}: {verdict.case.id}: {verdict.words}\n    {verdict.case.because}")
        print()
    print(table(cases, results))
    if arguments.json:
        arguments.json.write_text("".join(_line(name, one) for name, found in results.items() for one in found))
    return int(any(one.outcome in ("disagrees", "fails") for found in results.values() for one in found))


def _line(name: str, verdict: Verdict) -> str:
    told = {"engine": name, "case": verdict.case.id, "outcome": verdict.outcome, "words": verdict.words}
    return json.dumps(told, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main())
