"""Answers questions of other nodes from the events of this one, each in a process that is limited and can be ended."""

import threading
from datetime import datetime
from typing import TYPE_CHECKING, Final

from watchward.base.clock import Clock
from watchward.base.errors import WatchwardError
from watchward.lake import hunt
from watchward.lake.catalogue import Wanted
from watchward.lake.hunt import Limits
from watchward.node.home import Home
from watchward.node.lookback import look, process

if TYPE_CHECKING:
    from watchward.console.hunts.adapters import Task
    from watchward.console.hunts.wire import Rows

SQL_LIMITS: Final = Limits(seconds=60.0, memory_bytes=512 << 20, rows=10_000, answer_bytes=16 << 20)
RULE_LIMITS: Final = look.Limits(seconds=300.0, listed=1_000, examples=1)
"""How much one question may use for one organisation."""

_COLUMNS: Final = ("first seen", "device", "rule", "events", "what matched")


def do_next(home: Home, *, clock: Clock, stop: threading.Event) -> bool:
    """Answer what has waited longest; return whether there was anything."""
    from watchward.console.hunts import adapters  # noqa: PLC0415 - models need Django to be ready

    task = adapters.take(clock=clock)
    if task is None:
        return False
    try:
        found = _rows_of_sql(home, task) if task.form == "sql" else _alerts_of_rule(home, task, stop)
    except WatchwardError as error:
        adapters.fail(task, error.message, error.advice, clock=clock)
        return True
    if found is not None:
        rows, events, devices = found
        adapters.finish(task, rows, events=events, devices=devices, clock=clock)
    return True


def _rows_of_sql(home: Home, task: "Task") -> "tuple[Rows, int, int]":
    """The rows that a query finds; with a column `device`, on how many devices."""
    from watchward.console.hunts import adapters, cleaning  # noqa: PLC0415 - as above

    answer = hunt.run(
        home.lake,
        task.text,
        organisations=frozenset({task.code}),
        since=task.since,
        until=task.until,
        limits=SQL_LIMITS,
        fields=adapters.FIELDS,
    )
    devices = 0
    if "device" in answer.columns:
        at = list(answer.columns).index("device")
        devices = len({str(row[at]).casefold() for row in answer.rows})
    return cleaning.table(answer.columns, answer.rows, truncated=answer.truncated), len(answer.rows), devices


def _alerts_of_rule(home: Home, task: "Task", stop: threading.Event) -> "tuple[Rows, int, int] | None":
    """The events that a rule matches, as the alerts that they would have raised."""
    from watchward.console.hunts import adapters, cleaning  # noqa: PLC0415 - as above

    question = process.Question(
        lake=home.lake,
        folders=home.rule_folders,
        cache=home.cache if home.cache.is_dir() else None,
        rule="",
        text=task.text,
        wanted=Wanted(organisations=frozenset({task.code}), since=task.since, until=task.until),
        limits=RULE_LIMITS,
    )
    found = process.perform(question, go_on=lambda *_: not stop.is_set() and adapters.still_wanted(task))
    if found is None:
        return None
    if found.why_not:
        raise WatchwardError("It was not answered wholly.", advice=found.why_not)
    rows = cleaning.table(_COLUMNS, map(_row, found.raised), truncated=found.alerts > len(found.raised))
    return rows, found.matches, found.devices


def _row(one: look.Raised) -> tuple[str, str, str, int, str]:
    matched = one.examples[0].fields if one.examples else {}
    return (
        _moment(one.first_at),
        one.device,
        one.rule_title,
        one.events,
        "; ".join(f"{name}: {value}" for name, value in matched.items()),
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
