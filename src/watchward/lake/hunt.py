"""Questions to the event store in SQL, by people who may see some of it.

Each is answered by a process of its own (`lake.sandbox`), which is killed when its time is up: so a hunt can neither
hold up nor bring down whoever asks for it.
"""

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from watchward.lake.catalogue import Chosen, Wanted, choose, contents_of
from watchward.lake.errors import HuntError
from watchward.lake.sandbox import (
    Answer,
    Limits,
    Question,
    Refusal,
    reply,
    reply_conditions,
    reply_each,
    too_large,
    too_slow,
)

__all__ = ["Answer", "Limits", "conditions", "run", "run_each"]

_READING = Limits(seconds=10.0, memory_bytes=512 << 20)
"""What reading a query may use that is not asked of anything."""

_GRACE_SECONDS = 2.0
"""How long after its time a hunt may still end by itself, and how long its process may take to start."""

# Forked from a process that has loaded the libraries and nothing else: neither this one's threads nor its secrets.
_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload(["watchward.lake.sandbox"])


def run(  # noqa: PLR0913 - who asks, for what and how far are six things
    lake: Path,
    sql: str,
    *,
    organisations: frozenset[str] | None,
    since: datetime | None = None,
    until: datetime | None = None,
    limits: Limits | None = None,
    fields: tuple[str, ...] = (),
) -> Answer:
    """Answer one query over `events`.

    Args:
        lake: the node's lake.
        sql: one SELECT statement.
        organisations: the codes of those whose events the asker may see; None: the events of every one.
        since: only events observed from then on.
        until: only events observed up to then.
        limits: what the query may use.
        fields: columns that exist even where no event has them.

    Raises:
        HuntError: the SQL is wrong, does more than read, or went beyond its limits.

    """
    limits = limits or Limits()
    events = choose(lake, Wanted(organisations=organisations, since=since, until=until), fields=fields)
    found = _asked(Question(sql=sql, events=events, limits=limits))
    if isinstance(found, Refusal):
        raise found.error()
    return found


def run_each(  # noqa: PLR0913 - as `run`
    lake: Path,
    sql: str,
    *,
    organisations: Sequence[str],
    since: datetime | None = None,
    until: datetime | None = None,
    limits: Limits | None = None,
    fields: tuple[str, ...] = (),
) -> Iterator[tuple[str, Answer | HuntError]]:
    """Answer one query for each of several organisations, from the events of that one alone, with every row counted.

    One process answers them one after another, each within `limits`. Where one goes beyond them the process is ended,
    that organisation has its error, and another process goes on with the rest.
    """
    limits = limits or Limits()
    wanted = Wanted(organisations=frozenset(organisations), since=since, until=until)
    every = choose(lake, wanted, fields=fields)
    left = [
        (code, Question(sql=sql, events=_narrowed(every, code), limits=limits, count=True)) for code in organisations
    ]
    while left:
        answered = 0
        for found in _asked_each([question for _, question in left]):
            code = left[answered][0]
            if isinstance(found, Refusal):
                yield code, found.error()
            else:
                yield code, found
            answered += 1
        left = left[answered:]


def _narrowed(every: Chosen, code: str) -> Chosen:
    """Of some segments those that may hold events of one organisation, and of their events only these."""
    wanted = replace(every.wanted, organisations=frozenset({code}))
    paths = tuple(path for path in every.paths if wanted.may_be_in(contents_of(Path(path))))
    return replace(every, paths=paths, wanted=wanted)


def _asked_each(questions: Sequence[Question]) -> Iterator[Answer | Refusal]:
    """What a process of its own says to questions, up to the first that it did not survive."""
    receiver, sender = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_begin_each, args=(questions, sender), daemon=True)
    process.start()
    sender.close()
    try:
        receiver.recv()
        for question in questions:
            if not receiver.poll(question.limits.seconds + _GRACE_SECONDS):
                yield Refusal.of(too_slow(question.limits))
                return
            yield receiver.recv()
    except EOFError:
        yield Refusal.of(too_large())
    finally:
        process.kill()
        process.join()
        process.close()
        receiver.close()


def _begin_each(questions: Sequence[Question], to: Connection) -> None:
    to.send(None)
    reply_each(questions, to)


def conditions(sql: str) -> frozenset[str] | None:
    """Every text of a query that may decide which rows come, or how many; None: any column may, or nobody knows."""
    try:
        found: frozenset[str] | None = _told_by(_begin_conditions, (sql, _READING), _READING)
    except HuntError:
        return None
    return found


def _begin_conditions(sql: str, limits: Limits, to: Connection) -> None:
    to.send(None)
    reply_conditions(sql, limits, to)


def _asked(question: Question) -> Answer | Refusal:
    """What a process of its own says to a question."""
    found: Answer | Refusal = _told_by(_begin, (question,), question.limits)
    return found


def _told_by(begin: Callable[..., None], given: tuple[object, ...], limits: Limits) -> Any:
    """What a process of its own tells, which is called with what is given and with where to tell it."""
    receiver, sender = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=begin, args=(*given, sender), daemon=True)
    process.start()
    sender.close()
    try:
        # The first thing sent says that the process runs: starting it does not count.
        receiver.recv()
        if not receiver.poll(limits.seconds + _GRACE_SECONDS):
            raise too_slow(limits)
        return receiver.recv()
    except EOFError as error:
        # It died without a word: the system refused it memory.
        raise too_large() from error
    finally:
        process.kill()
        process.join()
        process.close()
        receiver.close()


def _begin(question: Question, to: Connection) -> None:
    to.send(None)
    reply(question, to)
