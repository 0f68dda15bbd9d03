"""Answers questions of other nodes from the events of this one, in a process that is limited and can be ended.

One pass counts for all organisations that wait: a rule looks at each event once, whosesoever it is; a query is answered
for one after another by one process. Limits are each organisation's own (ADR 0253): where a pass goes beyond them it is
made again for halves of the organisations, until the one that asks for too much stands alone.
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from watchward.base.clock import Clock
from watchward.base.errors import WatchwardError
from watchward.lake import hunt
from watchward.lake.catalogue import Wanted
from watchward.lake.errors import HuntError
from watchward.lake.hunt import Limits
from watchward.node.home import Home
from watchward.node.lookback import look, process
from watchward.node.lookback.process import TooMuchError

if TYPE_CHECKING:
    from watchward.console.hunts.adapters import Outcome, Task

SQL_LIMITS: Final = Limits(seconds=60.0, memory_bytes=512 << 20, rows=10_000, answer_bytes=16 << 20)
RULE_SECONDS: Final = 300.0
RULE_ALERTS: Final = 10_000
"""How much one question may use for one organisation."""

_HIDDEN: Final = "It failed on what the events there hold, which is not told. Ask in another way, or ask them."

_MOST_SECONDS: Final = 1_800.0
_LISTED: Final = 1_000
_KEPT_EVERY: Final = 2.0
"""Seconds after which answers are kept and told, however many are still to come."""

_COLUMNS: Final = ("first seen", "device", "rule", "events", "what matched")


def do_next(home: Home, *, clock: Clock, stop: threading.Event) -> bool:
    """Answer the question that has waited longest, for all who wait; return whether there was one."""
    from watchward.console.hunts import adapters  # noqa: PLC0415 - models need Django to be ready

    task = adapters.take(clock=clock)
    if task is None:
        return False

    def go_on() -> bool:
        return not stop.is_set() and adapters.still_wanted(task)

    outcomes = _by_sql(home, task) if task.form == "sql" else _by_rule(home, task, sorted(task.answers), go_on)
    some, kept = [], time.monotonic()
    for one in outcomes:
        some.append(one)
        if time.monotonic() - kept >= _KEPT_EVERY:
            adapters.finish(task, some, clock=clock)
            some, kept = [], time.monotonic()
            if not go_on():
                return True  # what is left waits again when the worker begins
    adapters.finish(task, some, clock=clock)
    return True


def _by_sql(home: Home, task: "Task") -> "Iterator[Outcome]":
    """The rows that a query finds at each organisation; with a column `device`, on how many devices."""
    from watchward.console.hunts import adapters, cleaning  # noqa: PLC0415 - as above

    answers = hunt.run_each(
        home.lake,
        task.text,
        organisations=sorted(task.answers),
        since=task.since,
        until=task.until,
        limits=SQL_LIMITS,
        fields=adapters.FIELDS,
    )
    for code, answer in answers:
        if isinstance(answer, HuntError):
            yield adapters.Outcome(code=code, why_not=_HIDDEN if answer.quotes else f"{answer.message} {answer.advice}")
            continue
        devices = 0
        if "device" in answer.columns:
            at = list(answer.columns).index("device")
            devices = len({str(row[at]).casefold() for row in answer.rows})
        rows = cleaning.table(answer.columns, answer.rows, truncated=answer.truncated) if task.wants_rows else None
        yield adapters.Outcome(code=code, rows=rows, events=len(answer.rows), devices=devices)


def _by_rule(home: Home, task: "Task", codes: Sequence[str], go_on: Callable[[], bool]) -> "Iterator[Outcome]":
    """The events that a rule matches at each organisation, as the alerts that they would have raised."""
    from watchward.console.hunts import adapters  # noqa: PLC0415 - as above

    try:
        found = _looked(home, task, codes, go_on)
    except TooMuchError as error:
        if len(codes) == 1:
            yield adapters.Outcome(code=codes[0], why_not=f"{error.message} {error.advice}")
            return
        middle = len(codes) // 2
        yield from _by_rule(home, task, codes[:middle], go_on)
        yield from _by_rule(home, task, codes[middle:], go_on)
    except WatchwardError as error:
        why_not = f"{error.message} {error.advice}"
        yield from (adapters.Outcome(code=code, why_not=why_not) for code in codes)
    else:
        if found is not None:
            yield from (_outcome(task, code, found.each.get(code, look.Found())) for code in codes)


def _looked(home: Home, task: "Task", codes: Sequence[str], go_on: Callable[[], bool]) -> look.Found | None:
    """One pass over the events of some organisations; None where it was told to end.

    Raises:
        TooMuchError: it went beyond what it may use, or did not come to an end in time.

    """
    question = process.Question(
        lake=home.lake,
        folders=home.rule_folders,
        cache=home.cache if home.cache.is_dir() else None,
        rule="",
        text=task.text,
        wanted=Wanted(organisations=frozenset(codes), since=task.since, until=task.until),
        limits=look.Limits(
            seconds=min(RULE_SECONDS * len(codes), _MOST_SECONDS),
            alerts=RULE_ALERTS,
            listed=_LISTED if task.wants_rows else 0,
            examples=1,
        ),
        apart=True,
    )
    found = process.perform(question, go_on=lambda *_: go_on())
    if found is not None and found.why_not:
        raise TooMuchError("It was not answered wholly.", advice=found.why_not)
    return found


def _outcome(task: "Task", code: str, found: look.Found) -> "Outcome":
    from watchward.console.hunts import adapters, cleaning  # noqa: PLC0415 - as above

    if found.why_not:
        return adapters.Outcome(code=code, why_not=f"It was not answered wholly. {found.why_not}")
    truncated = found.alerts > len(found.raised)
    rows = cleaning.table(_COLUMNS, map(_row, found.raised), truncated=truncated) if task.wants_rows else None
    return adapters.Outcome(code=code, rows=rows, events=found.matches, devices=found.devices)


def _row(one: look.Raised) -> tuple[str, str, str, int, str]:
    from watchward.console.hunts import cleaning  # noqa: PLC0415 - as above

    matched = one.examples[0].fields if one.examples else {}
    return (
        _moment(one.first_at),
        one.device,
        one.rule_title,
        one.events,
        cleaning.joined(matched),
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
