"""What a query says of columns: which it may read, and whose values its answer holds."""

import duckdb
import pytest

from lake.batches import rows
from lake.journals import MOMENT
from watchward.lake import hunt, segments
from watchward.lake.segments import Segment
from watchward.lake.statement import parsed, read_by, sources

COLUMNS = ("observed_at", "organisation", "device", "Image", "User", "CommandLine")
USER, IMAGE = frozenset({"User"}), frozenset({"Image"})


@pytest.fixture(scope="module")
def connection():
    with duckdb.connect(":memory:") as found:
        yield found


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("SELECT User AS x, Image FROM events", [USER, IMAGE]),
        ('SELECT "user" AS Image, Image AS other FROM events', [USER, IMAGE]),
        ("SELECT lower(User), max(Image), CAST(User AS VARCHAR) FROM events GROUP BY ALL", [USER, IMAGE, USER]),
        ("SELECT count(*), count(DISTINCT User), 'a' FROM events", [frozenset()] * 3),
        ("SELECT date_trunc('hour', observed_at) FROM events", [frozenset({"observed_at"})]),
        ("SELECT x FROM (SELECT User AS x FROM events) t", [USER]),
        ("WITH t AS (SELECT User AS x FROM events) SELECT t.x FROM t", [USER]),
        ("SELECT Image FROM events UNION ALL SELECT User FROM events", [USER | IMAGE]),
        ("SELECT b.User, a.Image FROM events a JOIN events b USING (device)", [USER, IMAGE]),
        ("FROM events", [frozenset({name}) for name in COLUMNS]),
    ],
)
def test_a_column_is_traced_to_the_fields_whose_values_it_holds(connection, query, told):
    assert sources(parsed(connection, query), COLUMNS) == told


@pytest.mark.parametrize(
    "expression",
    [
        "reverse(User)",
        "User || Image",
        "substr(User, 2)",
        "CASE WHEN User = 'x' THEN Image END",
        "(SELECT max(User) FROM events)",
        "list(User)",
        "length(User)",
        "CAST(CommandLine AS DOUBLE)",
        "date_trunc('hour', observed_at) || User",
        "nothing_of_that_name",
        "events",
        "min(User, 3)",
        "arg_max(Image, User)",
        "lag(User) OVER ()",
    ],
)
def test_what_is_worked_out_is_traced_to_nothing(connection, expression):
    query = f"SELECT {expression} AS Image FROM events"  # noqa: S608 - one of those above

    assert sources(parsed(connection, query), COLUMNS) == [None]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT Image FROM events AS e(Image, User, a, b, c, d)",
        "WITH t(Image) AS (SELECT User FROM events) SELECT Image FROM t",
        "WITH events AS (SELECT User AS Image FROM events) SELECT Image FROM events",
        "WITH RECURSIVE t AS (SELECT User AS Image FROM events UNION SELECT Image FROM t) SELECT Image FROM t",
        "SELECT * REPLACE (User AS Image) FROM events",
        "SELECT * RENAME (User AS Image) FROM events",
        "SELECT * EXCLUDE (Image) FROM events",
        "SELECT COLUMNS('U.*') FROM events",
        "FROM events a NATURAL JOIN events b",
        "SELECT Image FROM query('SELECT User AS Image FROM events')",
        "SELECT Image FROM (VALUES ('a')) t(Image)",
        "DESCRIBE events",
        "PIVOT events ON User USING count(*)",
        "SELECT Image FROM events UNION BY NAME SELECT User AS Image FROM events",
        "this is no SQL",
    ],
)
def test_where_the_form_says_too_little_nothing_is_known_of_any_column(connection, query):
    assert sources(parsed(connection, query), COLUMNS) is None


def test_only_columns_that_a_query_names_are_read(connection):
    query = "SELECT lower(image) AS program, count(*) FROM events WHERE events.User LIKE 'a%' GROUP BY ALL"

    assert read_by(parsed(connection, query), COLUMNS) == ["Image", "User"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * FROM events",
        "SELECT device FROM events WHERE device IN (SELECT COLUMNS('.*')::VARCHAR FROM events)",
        "SELECT e FROM events e",
        "SELECT count(*) FROM events a NATURAL JOIN events b",
        "SELECT #2 FROM events",
        "SELECT count(*) FROM (SUMMARIZE events)",
        "SELECT Image FROM query('SELECT Image FROM events')",
    ],
)
def test_what_may_read_columns_without_naming_them_reads_all(connection, query):
    assert read_by(parsed(connection, query), COLUMNS) == COLUMNS


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("SELECT count(*) FROM events", [(2,)]),
        ("SELECT lower(Image) AS User, User AS other FROM events WHERE image = 'A' LIMIT 1", [("a", "u")]),
        ("SELECT a.Image FROM events a JOIN events b USING (device) LIMIT 1", [("A",)]),
        ("SELECT max(e)['Image'] FROM (SELECT events AS e FROM events)", [("A",)]),
        ("SELECT count(*) FROM (SELECT DISTINCT Image, User FROM events)", [(1,)]),
        ("SELECT User AS Image, Image AS z FROM events LIMIT 1", [("u", "A")]),
    ],
)
def test_a_query_finds_the_same_however_few_columns_it_reads(tmp_path, query, found):
    table = rows("a", "b", Image="A", User="u", CommandLine="c")
    segments.write(tmp_path / "lake", Segment.of("g1", 1, MOMENT), table)

    assert hunt.run(tmp_path / "lake", query, organisations=None).rows == found
