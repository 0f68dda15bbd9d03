"""Answers questions of other nodes from the events of this one, in a process that is limited and can be ended.

One pass counts for all organisations that wait: a rule looks at each event once, whosesoever it is; a query is answered
for one after another by one process. Limits are each organisation's own (ADR 0253): where a pass goes beyond them it is
made again for halves of the organisations, until the one that asks for too much stands alone. One question as a whole
has a budget too, of time and of rows that are kept (ADR 0255): whoever has no turn within it is told so.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

import structlog

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

log = structlog.get_logger()

SQL_LIMITS: Final = Limits(seconds=60.0, memory_bytes=512 << 20, rows=1_000, answer_bytes=16 << 20)
RULE_SECONDS: Final = 300.0
RULE_ALERTS: Final = 10_000
"""How much one question may use for one organisation."""

_HIDDEN: Final = "It failed on what the events there hold, which is not told. Ask in another way, or ask them."
_BROKEN: Final = "It could not be answered here: the log of this node says why."
_NO_TIME: Final = (
    "Not looked at: the question took as long as one question may at a node. Ask for fewer days, or for less."
)
_NO_ROOM: Final = "Its rows were not kept: the question found more than a node keeps for one question."

_MOST_SECONDS: Final = 1_800.0
_OF_MANY: Final = 0.75
_LISTED: Final = 1_000
_KEPT_EVERY: Final = 2.0
"""Seconds after which answers are kept and told, however many are still to come."""

_COLUMNS: Final = ("first seen", "device", "rule", "events", "what matched")
_SOURCES: Final = ((), ("device",), (), (), ("what matched",))
"""What a rule's rows show, and whose values that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One turn of the worker: the question, where its events are, until when it may take, and whether to go on."""

    home: Home
    task: "Task"
    ends: float
    go_on: Callable[[], bool]

    @property
    def seconds(self) -> float:
        """How long it may still take."""
        return max(self.ends - time.monotonic(), 0.0)


def do_next(home: Home, *, clock: Clock, stop: threading.Event) -> bool:
    """Answer the question that has waited longest, for all who wait; return whether there was one."""
    from watchward.console.hunts import adapters  # noqa: PLC0415 - models need Django to be ready

    adapters.put_back()  # one worker answers: what still runs was left by a turn that failed
    task = adapters.take(clock=clock)
    if task is None:
        return False

    def go_on() -> bool:
        return not stop.is_set() and adapters.still_wanted(task)

    kept = time.monotonic()
    turn = _Turn(home=home, task=task, ends=kept + task.seconds, go_on=go_on)
    some: list[Outcome] = []
    for one in _within_room(turn, _each(turn)):
        some.append(one)
        if (passed := time.monotonic() - kept) >= _KEPT_EVERY:
            _keep(task, some, passed, clock)
            some, kept = [], time.monotonic()
            if not go_on():
                return True  # what is left waits again when the next turn begins
    _keep(task, some, time.monotonic() - kept, clock)
    return True


def _keep(task: "Task", some: "Sequence[Outcome]", seconds: float, clock: Clock) -> None:
    """Keep some answers; one that cannot be kept says so, and harms no other."""
    from django.db import OperationalError  # noqa: PLC0415 - as above

    from watchward.console.hunts import adapters  # noqa: PLC0415 - as above

    try:
        adapters.finish(task, some, seconds=seconds, clock=clock)
    except OperationalError:
        raise  # the database cannot be reached: nothing is wrong with the answers, and the turn is made again
    except Exception:
        log.exception("answer_not_kept", question=task.question, organisations=len(some))
        if len(some) == 1:
            adapters.finish(task, [replace(some[0], rows=None, why_not=_BROKEN)], seconds=seconds, clock=clock)
        else:
            for one in some:
                _keep(task, [one], seconds / len(some), clock)


def _within_room(turn: _Turn, outcomes: "Iterator[Outcome]") -> "Iterator[Outcome]":
    """The same, without the rows for which there is no room; their organisations are counted all the same."""
    room = turn.task.room
    for one in outcomes:
        if one.size > max(room, 0):
            yield replace(one, rows=None, note=_NO_ROOM)
            continue
        room -= one.size
        yield one


def _each(turn: _Turn) -> "Iterator[Outcome]":
    """What came of it at each organisation; where something breaks, those that have no answer yet are told so."""
    from watchward.console.hunts import adapters  # noqa: PLC0415 - as above

    left = dict.fromkeys(sorted(turn.task.answers))
    try:
        for one in _by_sql(turn) if turn.task.form == "sql" else _by_rule(turn, list(left)):
            del left[one.code]
            yield one
    except Exception:
        log.exception("question_not_answered", question=turn.task.question)
        yield from (adapters.Outcome(code=code, why_not=_BROKEN) for code in left)


def _by_sql(turn: _Turn) -> "Iterator[Outcome]":
    """The rows that a query finds at each organisation; with a column `device`, on how many devices."""
    from watchward.console.hunts import adapters  # noqa: PLC0415 - as above

    task, codes = turn.task, sorted(turn.task.answers)
    answers = hunt.run_each(
        turn.home.lake,
        task.text,
        organisations=codes,
        since=task.since,
        until=task.until,
        limits=SQL_LIMITS if task.wants_rows else replace(SQL_LIMITS, rows=0),
        fields=adapters.FIELDS,
    )
    for code in codes:
        if not turn.seconds:
            yield adapters.Outcome(code=code, why_not=_NO_TIME)
        else:
            yield _of_query(task, *next(answers))


def _of_query(task: "Task", code: str, answer: hunt.Answer | HuntError) -> "Outcome":
    from watchward.console.hunts import adapters, cleaning  # noqa: PLC0415 - as above

    if isinstance(answer, HuntError):
        return adapters.Outcome(code=code, why_not=_HIDDEN if answer.quotes else f"{answer.message} {answer.advice}")
    rows = None
    if task.wants_rows:
        rows = cleaning.table(answer.columns, answer.rows, sources=answer.sources, truncated=answer.truncated)
    return adapters.Outcome(code=code, rows=rows, events=answer.counted, devices=answer.devices)


def _by_rule(turn: _Turn, codes: Sequence[str]) -> "Iterator[Outcome]":
    """The events that a rule matches at each organisation, as the alerts that they would have raised."""
    from watchward.console.hunts import adapters  # noqa: PLC0415 - as above

    if not turn.seconds:
        yield from (adapters.Outcome(code=code, why_not=_NO_TIME) for code in codes)
        return
    try:
        found = _looked(turn, codes)
    except TooMuchError as error:
        if len(codes) == 1:
            yield adapters.Outcome(code=codes[0], why_not=f"{error.message} {error.advice}")
            return
        middle = len(codes) // 2
        yield from _by_rule(turn, codes[:middle])
        yield from _by_rule(turn, codes[middle:])
    except WatchwardError as error:
        why_not = f"{error.message} {error.advice}"
        yield from (adapters.Outcome(code=code, why_not=why_not) for code in codes)
    else:
        if found is not None:
            yield from (_outcome(turn.task, code, found.each.get(code, look.Found())) for code in codes)


def _looked(turn: _Turn, codes: Sequence[str]) -> look.Found | None:
    """One pass over the events of some organisations; None where it was told to end.

    Raises:
        TooMuchError: it went beyond what it may use, or did not come to an end in time.

    """
    home, task = turn.home, turn.task
    question = process.Question(
        lake=home.lake,
        folders=home.rule_folders,
        cache=home.cache if home.cache.is_dir() else None,
        rule="",
        text=task.text,
        wanted=Wanted(organisations=frozenset(codes), since=task.since, until=task.until),
        limits=look.Limits(
            # Not all that is left: where many ask for too much together, there is time for some of them.
            seconds=min(RULE_SECONDS * len(codes), _MOST_SECONDS, turn.seconds * (_OF_MANY if codes[1:] else 1)),
            alerts=RULE_ALERTS,
            listed=_LISTED if task.wants_rows else 0,
            examples=1,
        ),
        apart=True,
    )
    found = process.perform(question, go_on=lambda *_: turn.go_on())
    if found is not None and found.why_not:
        raise TooMuchError("It was not answered wholly.", advice=found.why_not)
    return found


def _outcome(task: "Task", code: str, found: look.Found) -> "Outcome":
    from watchward.console.hunts import adapters, cleaning  # noqa: PLC0415 - as above

    if found.why_not:
        return adapters.Outcome(code=code, why_not=f"It was not answered wholly. {found.why_not}")
    truncated = found.alerts > len(found.raised)
    rows = None
    if task.wants_rows:
        rows = cleaning.table(_COLUMNS, [*map(_row, found.raised)], sources=_SOURCES, truncated=truncated)
    return adapters.Outcome(code=code, rows=rows, events=found.matches, devices=found.devices)


def _row(one: look.Raised) -> tuple[str, str, str, int, Mapping[str, object]]:
    matched = one.examples[0].fields if one.examples else {}
    return (
        _moment(one.first_at),
        one.device,
        one.rule_title,
        one.events,
        matched,
    )


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="seconds")
