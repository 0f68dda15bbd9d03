"""Questions to the event store in SQL, by people who may see some of it.

Each is answered by a process of its own (`lake.sandbox`), which is killed when its time is up: so a hunt can neither
hold up nor bring down whoever asks for it.
"""

import multiprocessing
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

from watchward.lake.catalogue import Wanted, choose
from watchward.lake.errors import HuntError
from watchward.lake.sandbox import Answer, Limits, Question, Refusal, reply, too_large, too_slow

__all__ = ["Answer", "Limits", "run"]

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
        raise HuntError(found.message, advice=found.advice)
    return found


def _asked(question: Question) -> Answer | Refusal:
    """What a process of its own says to a question."""
    receiver, sender = _PROCESSES.Pipe(duplex=False)
    process = _PROCESSES.Process(target=_begin, args=(question, sender), daemon=True)
    process.start()
    sender.close()
    try:
        # The first thing sent says that the process runs: starting it does not count.
        receiver.recv()
        if not receiver.poll(question.limits.seconds + _GRACE_SECONDS):
            raise too_slow(question.limits)
        found: Answer | Refusal = receiver.recv()
    except EOFError as error:
        # It died without a word: the system refused it memory.
        raise too_large() from error
    else:
        return found
    finally:
        process.kill()
        process.join()
        process.close()
        receiver.close()


def _begin(question: Question, to: Connection) -> None:
    to.send(None)
    reply(question, to)
