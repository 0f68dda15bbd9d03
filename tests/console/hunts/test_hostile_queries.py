"""Queries that want a name out: each is run in DuckDB, and what goes without names has harmless values alone."""

import pytest

from console.hunts.factories import AnswerFactory
from lake.batches import an_event_id, rows
from lake.journals import MOMENT
from watchward.console.hunts import cleaning
from watchward.lake import sandbox, segments
from watchward.lake.catalogue import Wanted, choose
from watchward.lake.errors import HuntError
from watchward.lake.sandbox import Limits, Question
from watchward.lake.segments import Segment

NAME = "jo.quuxley"
HARMLESS = {"C:\\loader.exe", "windows", "process_creation", "source-1", "ZZ1", "", "0", "1", "2", "4", "x"}
PLAIN = {*HARMLESS, *(an_event_id(name).hex() for name in "ab")}
WORKED_OUT = [
    "User.lower()", "User.reverse()", "events.User.upper()", "User.trim()", "User.first()", "User.string_agg(',')",
    "User.list_value()[1]", "User.concat('')", "lower(User)", "reverse(User)", "User || ''", "substr(User, 1)",
    "User[1:]", "list(User)", "[User]", "{'x': User}", "{'x': User}.x", "events", "struct_pack(a := User)",
    "map([User], [1])", "map([1], [User])", "(SELECT max(User) FROM events)", "md5(User)", "hex(User)", "encode(User)",
    "base64(encode(User))", "to_json(User)", "format('{}', User)", "ascii(User)", "length(User)", "histogram(User)",
    "string_agg(User)", "mode(User)", "arg_max(User, Image)", "max(User, 2)", "min(lower(User))", "first(User || '')",
    "CAST(User AS VARCHAR)", "TRY_CAST(User AS VARCHAR)", "User::BLOB", "CASE WHEN true THEN User END",
    "coalesce(User, Image)", "if(true, User, '')", "lag(User, 0) OVER ()", "max(User) OVER ()", "User COLLATE NOCASE",
    "list_transform([1], i -> User)", "regexp_extract(User, '.*')", "error(User)", "unmapped", "unmapped.lower()",
    "count(*) FILTER (WHERE User LIKE 'j%') + ascii(max(User))", "any_value(User ORDER BY User)", "max(events)",
    "CommandLine.concat('')", "reverse(CommandLine)", "translate(User, '.', '_')", "row(User)", "unnest([User])",
    "unnest({'a': User, 'b': User})", "columns('U.*').lower()", "current_setting('secret_directory')",
    "getvariable('x')", "version()", "main.max(User)", "system.main.lower(User)", "approx_top_k(User, 1)", "?",
]  # fmt: skip
QUERIES = [
    *(f"SELECT {one} AS category FROM events" for one in WORKED_OUT),  # noqa: S608 - run in a database of its own
    *(f"SELECT x FROM (SELECT {one} AS x FROM events)" for one in WORKED_OUT),  # noqa: S608 - as above
    *(f"SELECT {one} AS RuleName, RuleName, product FROM events" for one in WORKED_OUT),  # noqa: S608 - as above
    "SELECT User FROM events",
    "SELECT USER AS category FROM EVENTS",
    "SELECT max(User) AS category, min(Image) FROM events",
    "SELECT e.* FROM events e",
    "FROM events",
    "SELECT a_1 FROM (SELECT category AS a, User AS a, product AS a_1 FROM events)",
    'SELECT "reverse(""User"")" FROM (SELECT reverse(User), category AS "reverse(""User"")" FROM events)',
    'WITH ts AS (SELECT User x FROM events), "t\u017f" AS (SELECT category x FROM events) SELECT x FROM ts',
    ("SELECT e.event_id, string_agg(c.l, '' ORDER BY i.i) FROM events e, (SELECT unnest(range(1,60)) AS i) i, "
    "(SELECT chr(unnest(range(32,127))::int) AS l) c WHERE e.User[i.i]=c.l GROUP BY e.event_id"),
    "SELECT c.l FROM events e, (SELECT unnest(['jo.quuxley', 'b']) AS l) c WHERE e.User LIKE '%' || c.l",
    "SELECT l FROM events, unnest(['jo.quuxley', 'b']) AS t(l) WHERE User LIKE '%' || l",
    "SELECT c FROM events JOIN (VALUES ('jo.quuxley'), ('b')) v(c) ON User LIKE '%' || c",
    "SELECT s.* FROM (SELECT category AS a, {'x': User, 'y': User} AS s FROM events)",
    "SELECT User AS category, category AS y, Image FROM events",
    "SELECT service FROM events AS e(a, b, c, d, service, f, g, h, i)",
    "SELECT category FROM events AS e(a, b, c, d, e, f, g, h, i, category, service, product)",
    "SELECT * REPLACE (User AS category) FROM events",
    "SELECT * RENAME (User AS category) FROM events",
    "SELECT * EXCLUDE (User), User AS x FROM events",
    "SELECT COLUMNS(c -> c = 'User') AS category FROM events",
    "SELECT COLUMNS('(U)ser') AS '\\1x' FROM events",
    "SELECT category FROM (SELECT User AS category FROM events) events",
    "WITH events AS (SELECT User AS category FROM events) SELECT category FROM events",
    "WITH EVENTS AS (SELECT User AS category FROM main.events) SELECT category FROM events",
    "WITH t(category) AS (SELECT User FROM events) SELECT category FROM t",
    "WITH RECURSIVE t AS (SELECT User AS category FROM events UNION SELECT category FROM t) SELECT category FROM t",
    "SELECT category FROM events UNION ALL SELECT User FROM events",
    "SELECT category FROM events UNION ALL BY NAME SELECT User AS category FROM events",
    "(SELECT User AS category FROM events) EXCEPT SELECT product FROM events",
    "SELECT b.category FROM events a, LATERAL (SELECT a.User AS category) b",
    "SELECT category FROM events a POSITIONAL JOIN (SELECT User AS x FROM events) b",
    "SELECT b.User, a.Image FROM events a JOIN events b USING (device)",
    "SELECT * FROM events a JOIN events b USING (device)",
    "SELECT a.*, b.* FROM events a JOIN events b USING (device)",
    "SELECT * FROM events a SEMI JOIN events b USING (device)",
    "SELECT e.category FROM (SELECT {'category': User} AS e FROM events) x",
    "SELECT category FROM query('SELECT User AS category FROM events')",
    "SELECT category FROM query_table('events'), (SELECT User AS x FROM events)",
    "PIVOT events ON User USING count(*)",
    "UNPIVOT events ON User, Image INTO NAME category VALUE product",
    "SUMMARIZE events",
    "DESCRIBE events",
    "FROM events SELECT #8, #10, #11, #12",
    "SELECT category, (SELECT any_value(User) FROM events) AS product FROM events",
    "SELECT DISTINCT ON (User) reverse(User) AS category FROM events",
    "SELECT category FROM events GROUP BY reverse(User) AS category",
    "SELECT reverse(User) AS category FROM events GROUP BY category, User HAVING category IS NOT NULL",
    "SELECT reverse(User) AS RuleName, max(RuleName) AS x FROM events GROUP BY ALL",
    "SELECT e.user_1 FROM events e",
]  # fmt: skip


@pytest.fixture(scope="module")
def events(tmp_path_factory):
    """A lake with one person, whose name stands in several fields."""
    lake = tmp_path_factory.mktemp("lake")
    named = {"Image": "C:\\loader.exe", "User": f"LAB\\{NAME}", "CommandLine": f"run as {NAME}", "USER": NAME}
    segments.write(lake, Segment.of("g1", 1, MOMENT), rows("a", "b", device=f"{NAME}-pc", **named))
    return choose(lake, Wanted(organisations=None))


@pytest.mark.parametrize("query", QUERIES)
def test_no_query_takes_out_more_than_values_of_harmless_fields(events, query):
    try:
        found = sandbox.answer(Question(sql=query, events=events, limits=Limits(), count=True))
    except HuntError:
        return  # DuckDB does not take it, and nothing is told
    table = cleaning.table(found.columns, found.rows, sources=found.sources, truncated=found.truncated)
    given = cleaning.to_give(AnswerFactory.build(found=cleaning.plain(table)), whole=False)

    assert found.counted
    assert NAME not in str(given)
    odd = {cell for row in given.rows for cell in row if cell not in PLAIN and "⟦" not in cell}
    assert all(cell.startswith(str(MOMENT.date())) for cell in odd)


def test_most_of_these_queries_do_find_something(events):
    taken = 0
    for query in QUERIES:
        try:
            sandbox.answer(Question(sql=query, events=events, limits=Limits()))
        except HuntError:
            continue
        taken += 1

    assert taken > len(QUERIES) * 0.6
