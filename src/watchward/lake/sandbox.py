"""The place in which a hunt's SQL runs: a process of its own, which can see and use only what it is given.

The rows that the asker may see reach DuckDB through one relation, `events`, which holds no others: whatever the SQL
says, there is nothing else to read. The database is in memory and empty, without files, network, extensions or settings
to change; only a single query is accepted. The process has a limit on its memory and its processor time, because DuckDB
neither counts nor interrupts everything that an expression may do.
"""

import re
import resource
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from datetime import time as clock_time
from decimal import Decimal
from functools import partial
from multiprocessing.connection import Connection
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from watchward.lake import statement
from watchward.lake.catalogue import Chosen
from watchward.lake.errors import HuntError
from watchward.lake.segments import schema_of
from watchward.lake.statement import Source

_KIND_OF_ERROR = re.compile(r"^\w+(?: \w+)* Error: ")
"""How DuckDB begins: `Binder Error: `. What follows says it in words."""

_FETCH = 2_048
"""Rows taken from DuckDB at a time, between which the size of the answer is looked at."""

_TOGETHER_SECONDS = 10.0
"""How long reading for several organisations may take, which is time of the first one's turn."""

_THREADS = 2
_OWN_BYTES = 3 << 30
"""What the process may use besides DuckDB's part: its libraries, and the row groups that Arrow reads ahead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one hunt may use.

    Args:
        seconds: of time.
        memory_bytes: of DuckDB's own.
        rows: that are given.
        answer_bytes: of these.
        together_bytes: of events that may be held to answer for several organisations with one reading.

    """

    seconds: float = 30.0
    memory_bytes: int = 1 << 30
    rows: int = 10_000
    answer_bytes: int = 64 << 20
    together_bytes: int = 128 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a hunt found.

    Args:
        columns: the names of its columns, and `types` what DuckDB calls what they hold.
        rows: as many as the limit let through; `truncated`: there are more.
        seconds: how long it took.
        counted: how many rows there are in all, and `devices` how many different ones a column `device` names; known
            where all were to be counted.
        sources: for each column the fields whose values it holds; None where nobody knows, for one or for all.

    """

    columns: Sequence[str]
    types: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    truncated: bool
    seconds: float
    counted: int = 0
    devices: int = 0
    sources: Sequence[Source] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One SELECT over some chosen events; `count`: every row is counted, however few of them are given."""

    sql: str
    events: Chosen
    limits: Limits
    count: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a question has no answer: the parts of a `HuntError`, which itself does not travel between processes."""

    message: str
    advice: str
    quotes: bool = False

    @classmethod
    def of(cls, error: HuntError) -> "Refusal":
        """What an error says."""
        return cls(message=error.message, advice=error.advice, quotes=error.quotes)

    def error(self) -> HuntError:
        """The error again."""
        return HuntError(self.message, advice=self.advice, quotes=self.quotes)


def reply(question: Question, to: Connection) -> None:
    """Answer a question, or say why not; to be called in a process that does nothing else."""
    _confine(question.limits)
    to.send(_said(partial(answer, question)))


def reply_conditions(sql: str, limits: Limits, to: Connection) -> None:
    """Tell what decides which rows a query gives (`statement.conditions`); as `reply`, but no event is looked at."""
    _confine(limits)
    to.send(_conditions(sql, limits))


def _conditions(sql: str, limits: Limits) -> frozenset[str] | None:
    try:
        with _database(limits) as connection:
            return statement.conditions(statement.parsed(connection, _single_query(connection, sql)))
    except (HuntError, duckdb.Error, MemoryError):
        return None  # what is wrong with it is said when it is asked


def _said(answered: Callable[[], Answer]) -> Answer | Refusal:
    try:
        return answered()
    except HuntError as error:
        return Refusal.of(error)


def reply_each(questions: Sequence[Question], to: Connection) -> None:
    """Answer one query for some organisations after another, each within its own limits, in a process of its own.

    They share an empty database, because opening one takes longer than most answers; each has a connection of its own,
    on which its events and no others are known. A SELECT leaves nothing behind in it, and no setting can be changed.
    """
    _confine(questions[0].limits)
    together = _read_together(questions)
    left = list(reversed(questions))
    while left:
        with _database(left[-1].limits) as database:
            _settle(database)
            found: Answer | Refusal | None = None
            while left and not isinstance(found, Refusal):  # what went wrong may have left it unusable
                question = left.pop()
                _confine(question.limits)
                with closing(database.cursor()) as connection:
                    found = _said(partial(_in_turn, connection, question, together))
                to.send(found)


def _in_turn(
    connection: duckdb.DuckDBPyConnection, question: Question, together: Callable[[Question], pa.Table] | None
) -> Answer:
    """The answer to a question; what goes wrong with taking its events from among the others' is its own error."""
    with _in_words(question.limits):
        return _answer(connection, question, together(question) if together else None)


def _read_together(questions: Sequence[Question]) -> Callable[[Question], pa.Table] | None:
    """The events of all these organisations, read once; each is given its own and no others.

    None where they are too many, or take too long to read: then each organisation's are read when its turn comes.
    """
    first = questions[0]
    codes = frozenset[str]().union(*(one.events.wanted.organisations or () for one in questions))
    paths = dict.fromkeys(path for one in questions for path in one.events.paths)
    chosen = replace(first.events, paths=tuple(paths), wanted=replace(first.events.wanted, organisations=codes))
    try:
        with _database(first.limits) as connection:
            form = statement.parsed(connection, _single_query(connection, first.sql))
        events = held(_narrowed(chosen, form), first.limits)
    except (HuntError, OSError, duckdb.Error, MemoryError, pa.ArrowException):
        return None  # whatever is wrong, each organisation's own turn says so
    if events is None:
        return None
    each, none = _by_organisation(events), events.slice(0, 0)

    def own(question: Question) -> pa.Table:
        mine = question.events.wanted.organisations or ()
        return pa.concat_tables([none, *(each[code] for code in mine if code in each)])

    return own


def held(events: Chosen, limits: Limits) -> pa.Table | None:
    """Events in memory; None where they are too many, or take too long to read."""
    ends, size, batches = time.monotonic() + _TOGETHER_SECONDS, 0, list[pa.RecordBatch]()
    found = events.dataset()
    names = [name for name in found.schema.names if name in {*events.columns, "organisation"}]
    for batch in found.to_batches(columns=names):
        size += batch.nbytes
        if size > limits.together_bytes or time.monotonic() > ends:
            return None
        batches.append(batch)
    return pa.Table.from_batches(batches, pa.schema([found.schema.field(name) for name in names]))


def _by_organisation(events: pa.Table) -> dict[str, pa.Table]:
    """The events of each organisation by itself."""
    events = events.sort_by("organisation")
    found, start = dict[str, pa.Table](), 0
    for one in pc.value_counts(events.column("organisation")).to_pylist():  # in the order in which they stand
        found[one["values"]] = events.slice(start, one["counts"])
        start += one["counts"]
    return found


def _confine(limits: Limits) -> None:
    """Take away what this process must not use; the system then holds it to that."""
    memory = limits.memory_bytes + _OWN_BYTES
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    # What was used for questions before does not count; only the system's own bound stands above.
    _, most = resource.getrlimit(resource.RLIMIT_CPU)
    seconds = int(time.process_time() + limits.seconds * (_THREADS + 1)) + 10
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, most))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _narrowed(events: Chosen, form: statement.Form | None) -> Chosen:
    """Events with the columns that a query may read: each that is bound costs time, and a lake has hundreds."""
    return replace(events, columns=tuple(statement.read_by(form, schema_of(events.columns).names)))


def answer(question: Question) -> Answer:
    """Answer a question in this process.

    Raises:
        HuntError: the SQL is wrong, does more than read, or went beyond its limits.

    """
    with _database(question.limits) as connection:
        _settle(connection)
        return _answer(connection, question)


def _settle(database: duckdb.DuckDBPyConnection) -> None:
    """Set what holds for every query, and let none of them set anything."""
    database.execute("SET enable_progress_bar = false")  # DuckDB would print it among the rows
    database.execute("SET GLOBAL timezone = 'UTC'")
    database.execute("SET lock_configuration = true")


def _answer(connection: duckdb.DuckDBPyConnection, question: Question, events: pa.Table | None = None) -> Answer:
    """The answer of a database to a question; `events` are those that it is about, where they have been read."""
    limits, began = question.limits, time.monotonic()
    with _in_words(limits):
        query = _single_query(connection, question.sql)
        form = statement.parsed(connection, query)
        bound = events if events is not None else _narrowed(question.events, form).dataset()
        with _time_limit(connection, limits):
            connection.register("events", bound)
            try:
                found = _found(connection, query, question)
            except duckdb.BinderException:
                bound = question.events.dataset()  # what is wrong is said with all columns that there are
                connection.register("events", bound)
                found = _found(connection, query, question)
    sources = statement.sources(form, bound.schema.names)
    return Answer(
        columns=found.columns,
        types=found.types,
        rows=found.rows[: limits.rows],
        truncated=found.counted > len(found.rows[: limits.rows]),
        seconds=time.monotonic() - began,
        counted=found.counted,
        devices=len(found.devices),
        sources=sources if sources is not None and len(sources) == len(found.columns) else None,
    )


@contextmanager
def _database(limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(
        ":memory:",
        config={
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": f"{limits.memory_bytes}B",
            "max_temp_directory_size": "0B",
            "threads": str(_THREADS),
        },
    )
    try:
        yield connection
    finally:
        connection.close()


def _single_query(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    try:
        statements = connection.extract_statements(sql)
    except duckdb.Error as error:
        raise HuntError(f"The SQL cannot be read: {error}", advice="Correct it; the dialect is DuckDB's.") from error
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise HuntError(
            "A hunt is one SELECT statement.",
            advice="Ask with SELECT … FROM events; a hunt reads and cannot change anything.",
        )
    return str(statements[0].query).strip().rstrip(";")


@dataclass(slots=True)
class _Found:
    """What has come of a query so far."""

    columns: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    counted: int = 0
    devices: set[str] = field(default_factory=set)

    def add(self, batch: pa.RecordBatch, *, room: int) -> int:
        """Count a batch, and keep as many of its rows as there is room for; return how many bytes these have."""
        self.counted += batch.num_rows
        if statement.DEVICE in self.columns:
            names = pc.unique(batch.column(self.columns.index(statement.DEVICE))).to_pylist()
            self.devices.update(str(name).casefold() for name in names if name is not None)
        kept = batch.slice(0, max(room, 0))
        values = [column.to_pylist() for column in kept.columns]
        self.rows += [tuple(map(_plain, row)) for row in zip(*values, strict=True)]
        return int(kept.nbytes)


def _found(connection: duckdb.DuckDBPyConnection, query: str, question: Question) -> _Found:
    limits = question.limits
    # Where rows are counted, they are looked at as they come and let go: no more of them are held than are given.
    most = "" if question.count else f"LIMIT {limits.rows + 1}"
    relation = connection.sql(f"SELECT * FROM (\n{query}\n) {most}")  # noqa: S608 - one checked query
    found = _Found(columns=[str(name) for name in relation.columns], types=[str(one) for one in relation.types])
    size = 0
    for batch in relation.to_arrow_reader(_FETCH):
        size += found.add(batch, room=limits.rows + 1 - len(found.rows))
        if size > limits.answer_bytes:
            raise HuntError("The answer is too large.", advice="Ask for fewer columns, or shorter texts.")
    return found


def _plain(value: object) -> object:
    """A value of a type that travels between processes and that every reader can show."""
    match value:
        case None | bool() | int() | float() | str() | date() | clock_time() | timedelta() | Decimal() | UUID():
            return value
        case bytes():
            return value.hex()
        case list() | tuple():
            return [_plain(one) for one in value]
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case _:
            return str(value)


@contextmanager
def _time_limit(connection: duckdb.DuckDBPyConnection, limits: Limits) -> Iterator[None]:
    timer = threading.Timer(limits.seconds, connection.interrupt)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


@contextmanager
def _in_words(limits: Limits) -> Iterator[None]:
    try:
        yield
    except duckdb.InterruptException as error:
        raise too_slow(limits) from error
    except (duckdb.OutOfMemoryException, MemoryError) as error:  # pa.ArrowMemoryError is a MemoryError too
        raise too_large() from error
    except duckdb.Error as error:
        raise HuntError(
            f"The hunt failed: {_KIND_OF_ERROR.sub('', str(error))}",
            advice="Correct the SQL; DESCRIBE events lists the columns.",
            # What is wrong with the SQL itself is found before any event is read.
            quotes=not isinstance(error, (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)),
        ) from error
    except (OverflowError, ValueError, pa.ArrowException) as error:
        raise HuntError(
            f"The answer holds a value that cannot be shown: {error}",
            advice="CAST that column AS VARCHAR.",
            quotes=True,
        ) from error


def too_slow(limits: Limits) -> HuntError:
    """The hunt's time is up."""
    return HuntError(f"The hunt was ended after {limits.seconds:g} s.", advice="Ask for less: add a time or a device.")


def too_large() -> HuntError:
    """The hunt's memory is used up."""
    return HuntError("The hunt needs more memory than it may use.", advice="Ask for less, or group by fewer values.")
