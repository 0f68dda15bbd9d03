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
        ('SELECT "user" AS x, events.Image AS other FROM "Events"', [USER, IMAGE]),
        ("SELECT min(User), max(e.Image), first(User) AS User FROM events e GROUP BY ALL", [USER, IMAGE, USER]),
        ("SELECT count(*), count(DISTINCT User), 'a', 1 FROM events", [frozenset()] * 4),
        ("SELECT DISTINCT Image FROM events WHERE lower(User) LIKE 'a%' ORDER BY User LIMIT 3", [IMAGE]),
        ("FROM events", [frozenset({name}) for name in COLUMNS]),
        ("SELECT e.*, Image FROM events e", [*(frozenset({name}) for name in COLUMNS), IMAGE]),
    ],
)
def test_a_column_is_traced_to_the_field_whose_values_it_holds(connection, query, told):
    assert sources(parsed(connection, query), COLUMNS) == told


def test_columns_whose_names_differ_by_case_alone_are_cleaned_as_each_of_them(connection):
    query = "SELECT user, USER_1 FROM events"

    assert sources(parsed(connection, query), ("User", "USER")) == [frozenset({"User", "USER"})] * 2


@pytest.mark.parametrize(
    "expression",
    [
        "lower(User)",
        "User.lower()",
        "main.max(User)",
        "CAST(User AS VARCHAR)",
        "reverse(User)",
        "User || Image",
        "CASE WHEN User = 'x' THEN Image END",
        "(SELECT max(User) FROM events)",
        "list(User)",
        "date_trunc('hour', observed_at)",
        "nothing_of_that_name",
        "events",
        "other.User",
        "main.events.User",
        "min(User, 3)",
        "max(lower(User))",
        "count(nullif(User, 'x'))",
        "count(*) FILTER (WHERE User = 'x')",
        "first(Image ORDER BY User)",
        "arg_max(Image, User)",
        "lag(User) OVER ()",
        "max(User) OVER ()",
        "current_setting('secret_directory')",
    ],
)
def test_what_is_worked_out_is_traced_to_nothing(connection, expression):
    query = f"SELECT {expression} AS Image FROM events"  # noqa: S608 - one of those above

    assert sources(parsed(connection, query), COLUMNS) == [None]


def test_a_name_that_may_be_that_of_an_expression_before_it_is_traced_to_nothing(connection):
    query = "SELECT reverse(User) AS Image, Image, max(Image) FROM events"

    assert sources(parsed(connection, query), COLUMNS) == [None, None, None]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT 1",
        "SELECT Image FROM events AS e(Image, User, a, b, c, d)",
        "SELECT Image FROM (SELECT Image FROM events)",
        "SELECT Image FROM events, (SELECT 1) t",
        "SELECT Image FROM events, unnest(['jane']) t",
        "SELECT Image FROM main.events",
        "SELECT Image FROM events AT (VERSION => 1)",
        "WITH t AS (SELECT 1) SELECT Image FROM events",
        "WITH events AS (SELECT User AS Image FROM events) SELECT Image FROM events",
        "SELECT * REPLACE (User AS Image) FROM events",
        "SELECT * RENAME (User AS Image) FROM events",
        "SELECT * EXCLUDE (Image) FROM events",
        "SELECT COLUMNS('U.*') FROM events",
        "SELECT max(COLUMNS(*)) FROM events",
        "SELECT Image.* FROM events",
        "SELECT * FROM events a JOIN events b USING (device)",
        "SELECT b.User, a.Image FROM events a JOIN events b USING (device)",
        "SELECT a.Image FROM events a, events b",
        "FROM events a NATURAL JOIN events b",
        "SELECT a.Image FROM events a ASOF JOIN events b USING (observed_at)",
        "SELECT Image FROM query('SELECT User AS Image FROM events')",
        "SELECT Image FROM (VALUES ('a')) t(Image)",
        "DESCRIBE events",
        "PIVOT events ON User USING count(*)",
        "SELECT Image FROM events UNION ALL SELECT Image FROM events",
        "this is no SQL",
    ],
)
def test_where_there_is_anything_but_events_and_its_columns_nothing_is_known_of_any(connection, query):
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
        "SELECT c FROM events AS e(a, b, c)",
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
