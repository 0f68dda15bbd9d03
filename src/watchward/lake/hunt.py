"""Questions to the event store in SQL, by people who may see some of it.

The rows that the asker may see reach DuckDB through one relation, `events`, which holds no others: whatever the SQL
says, there is nothing else to read. The database is in memory and empty, without files, network, extensions or settings
to change; only a single query is accepted; and it ends when its time or memory is used up.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from watchward.lake.catalogue import Wanted, dataset
from watchward.lake.errors import HuntError

_FETCH = 2_048
"""Rows taken from DuckDB at a time, between which the size of the answer is looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one hunt may use."""

    seconds: float = 30.0
    memory_bytes: int = 1 << 30
    rows: int = 10_000
    answer_bytes: int = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a hunt found. `truncated` says that there are more rows than the limit let through."""

    columns: Sequence[str]
    types: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    truncated: bool
    seconds: float


def run(  # noqa: PLR0913 - who asks, for what and how far are six things
    lake: Path,
    sql: str,
    *,
    organisations: frozenset[str] | None,
    since: datetime | None = None,
    limits: Limits | None = None,
    fields: tuple[str, ...] = (),
) -> Answer:
    """Answer one query over `events`.

    Args:
        lake: the node's lake.
        sql: one SELECT statement.
        organisations: the codes of those whose events the asker may see; None: the events of every one.
        since: only events observed from then on.
        limits: what the query may use.
        fields: columns that exist even where no event has them.

    Raises:
        HuntError: the SQL is wrong, does more than read, or went beyond its limits.

    """
    limits = limits or Limits()
    began = time.monotonic()
    with _connection(limits) as connection:
        query = _single_query(connection, sql)
        visible = dataset(lake, Wanted(organisations=organisations, since=since), fields=fields)
        connection.register("events", visible)
        connection.execute("SET timezone = 'UTC'")
        connection.execute("SET lock_configuration = true")
        with _time_limit(connection, limits):
            columns, types, rows, truncated = _answer(connection, query, limits)
    return Answer(columns=columns, types=types, rows=rows, truncated=truncated, seconds=time.monotonic() - began)


@contextmanager
def _connection(limits: Limits) -> Iterator[duckdb.DuckDBPyConnection]:
    connection = duckdb.connect(
        ":memory:",
        config={
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "python_enable_replacements": "false",
            "memory_limit": f"{limits.memory_bytes}B",
            "max_temp_directory_size": "0B",
            "threads": "2",
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


def _answer(
    connection: duckdb.DuckDBPyConnection, query: str, limits: Limits
) -> tuple[list[str], list[str], list[tuple[Any, ...]], bool]:
    found = connection.sql(f"SELECT * FROM (\n{query}\n) LIMIT {limits.rows + 1}")  # noqa: S608 - one checked query
    columns, types = [str(name) for name in found.columns], [str(one) for one in found.types]
    rows: list[tuple[Any, ...]] = []
    size = 0
    for batch in found.to_arrow_reader(_FETCH):
        size += batch.nbytes
        if size > limits.answer_bytes:
            raise HuntError("The answer is too large.", advice="Ask for fewer columns, or shorter texts.")
        values = [column.to_pylist() for column in batch.columns]
        rows += [tuple(map(_plain, row)) for row in zip(*values, strict=True)]
    return columns, types, rows[: limits.rows], len(rows) > limits.rows


def _plain(value: object) -> object:
    return value.hex() if isinstance(value, bytes) else value


@contextmanager
def _time_limit(connection: duckdb.DuckDBPyConnection, limits: Limits) -> Iterator[None]:
    over = threading.Event()

    def end() -> None:
        over.set()
        connection.interrupt()

    timer = threading.Timer(limits.seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except duckdb.InterruptException as error:
        seconds = timedelta(seconds=limits.seconds).total_seconds()
        raise HuntError(
            f"The hunt was ended after {seconds:g} s.", advice="Ask for less: add a time or a device."
        ) from error
    except duckdb.OutOfMemoryException as error:
        raise HuntError(
            "The hunt needs more memory than it may use.", advice="Ask for less, or group by fewer values."
        ) from error
    except duckdb.Error as error:
        raise HuntError(
            f"The hunt failed: {error}", advice="Correct the SQL; DESCRIBE events lists the columns."
        ) from error
    finally:
        timer.cancel()
