import json
from dataclasses import replace
from datetime import timedelta

import pyarrow as pa
import pytest

from lake.batches import rows
from lake.journals import MOMENT
from watchward.lake import hunt, sandbox, segments
from watchward.lake.catalogue import Wanted, choose
from watchward.lake.errors import HuntError
from watchward.lake.hunt import Limits
from watchward.lake.segments import Segment

EVERYONE = None


@pytest.fixture
def lake(tmp_path):
    folder = tmp_path / "lake"
    mine = rows("a", "b", CommandLine="whoami", organisation="ZZ1")
    theirs = rows("c", CommandLine="their secret", organisation="ZZ2")
    for sequence, table in enumerate((mine, theirs), start=1):
        segments.write(folder, Segment.of("g1", sequence, MOMENT), table)
    return folder


def test_a_hunt_counts_what_is_there(lake):
    answer = hunt.run(
        lake, "SELECT organisation, count(*) AS n FROM events GROUP BY 1 ORDER BY 1", organisations=EVERYONE
    )

    assert (answer.columns, answer.rows) == (["organisation", "n"], [("ZZ1", 2), ("ZZ2", 1)])


def test_no_progress_is_printed_among_the_rows(lake):
    assert hunt.run(lake, "SELECT current_setting('enable_progress_bar')", organisations=None).rows == [(False,)]


def test_a_column_that_no_event_has_is_there_and_empty(lake):
    answer = hunt.run(lake, "SELECT count(Hashes) FROM events", organisations=EVERYONE, fields=("Hashes",))

    assert answer.rows == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT DISTINCT organisation FROM events",
        "SELECT organisation FROM events WHERE organisation = 'ZZ2' OR true GROUP BY 1",
        "WITH everything AS (FROM events) SELECT DISTINCT organisation FROM everything",
    ],
)
def test_only_the_askers_organisations_are_there_to_be_found(lake, sql):
    answer = hunt.run(lake, sql, organisations=frozenset({"ZZ1"}))

    assert answer.rows == [("ZZ1",)]


def test_not_even_an_error_message_can_show_another_organisations_value(lake):
    with pytest.raises(HuntError) as caught:
        hunt.run(lake, "SELECT * FROM events WHERE CAST(CommandLine AS INT) = 1", organisations=frozenset({"ZZ1"}))

    assert "whoami" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "DROP VIEW events",
        "CREATE TABLE mine AS SELECT 1",
        "INSERT INTO events SELECT * FROM events",
        "COPY events TO '/tmp/stolen.csv'",
        "ATTACH '/tmp/other.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '100GB'",
        "PRAGMA enable_profiling",
        "SELECT 1; DROP VIEW events",
        "",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM glob('/*')",
        "FROM read_parquet('**/*.parquet')",
        "SELECT * FROM query('COPY events TO ''/tmp/stolen.csv''')",
        "SELEKT 1",
        "SELECT nothing FROM events",
    ],
)
def test_sql_that_does_more_than_ask_is_refused_with_advice(lake, sql):
    with pytest.raises(HuntError) as caught:
        hunt.run(lake, sql, organisations=EVERYONE)

    assert caught.value.advice


def test_sql_that_never_ends_is_ended(lake):
    with pytest.raises(HuntError, match="ended after"):
        hunt.run(
            lake,
            "SELECT count(*) FROM range(100000000000) a, range(100000000000) b",
            organisations=EVERYONE,
            limits=Limits(seconds=0.3),
        )


def test_sql_that_eats_memory_is_ended(lake):
    with pytest.raises(HuntError, match="memory"):
        hunt.run(
            lake,
            "SELECT list(i) FROM range(1000000000) t(i)",
            organisations=EVERYONE,
            limits=Limits(memory_bytes=64 << 20),
        )


def test_an_answer_that_is_too_long_is_cut_and_says_so(lake):
    answer = hunt.run(lake, "SELECT * FROM range(50)", organisations=EVERYONE, limits=Limits(rows=10))

    assert (len(answer.rows), answer.truncated) == (10, True)


def test_since_leaves_out_what_was_observed_before(lake):
    answer = hunt.run(lake, "SELECT count(*) FROM events", organisations=EVERYONE, since=MOMENT + timedelta(seconds=1))

    assert answer.rows == [(1,)]


def test_times_are_utc_and_know_it(lake):
    answer = hunt.run(
        lake, "SELECT min(observed_at), date_trunc('hour', max(observed_at)) FROM events", organisations=EVERYONE
    )

    assert answer.rows == [(MOMENT, MOMENT)]


def test_identifiers_are_shown_as_hexadecimal_and_comments_do_no_harm(lake):
    answer = hunt.run(lake, "SELECT event_id FROM events LIMIT 1 -- the first;", organisations=EVERYONE)

    assert len(answer.rows[0][0]) == 32


def test_a_hunt_in_an_empty_lake_finds_nothing(tmp_path):
    assert hunt.run(tmp_path, "SELECT count(*) FROM events", organisations=EVERYONE).rows == [(0,)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT length(repeat('x', 2000000000))",
        "SELECT len(range(300000000))",
        "SELECT max(i) FROM (SELECT unnest(range(1000000000)) AS i)",
    ],
)
def test_an_expression_that_the_engine_neither_counts_nor_interrupts_is_ended_too(lake, sql):
    with pytest.raises(HuntError, match=r"memory|ended after"):
        hunt.run(lake, sql, organisations=EVERYONE, limits=Limits(seconds=1, memory_bytes=64 << 20))


def test_a_value_that_cannot_be_shown_is_refused_with_advice(lake):
    with pytest.raises(HuntError, match="cannot be shown"):
        hunt.run(lake, "SELECT date FROM test_all_types()", organisations=EVERYONE)


def test_the_hidden_rows_of_a_segment_stay_hidden_from_its_own_statistics(lake):
    answer = hunt.run(
        lake, "SELECT min(CommandLine), max(organisation), count(*) FROM events", organisations=frozenset({"ZZ1"})
    )

    assert answer.rows == [("whoami", "ZZ1", 2)]


def test_values_of_every_kind_come_back_as_something_that_can_be_shown(lake):
    sql = "SELECT [event_id], {'id': event_id}, INTERVAL 3 MONTH, MAP {'a': 1.5}, uuid() FROM events LIMIT 1"

    listed, named, *others = hunt.run(lake, sql, organisations=EVERYONE).rows[0]

    assert listed == [named["id"]]
    assert all(json.dumps(value, default=str) for value in others)


def test_every_row_is_counted_however_few_are_given(tmp_path):
    lake = tmp_path / "lake"
    for sequence, code in enumerate(("ZZ1", "ZZ2"), start=1):
        segments.write(lake, Segment.of("g1", sequence, MOMENT), rows("a", "b", organisation=code))
    sql = "SELECT DEVICE AS device, i FROM events, range(20000) t(i)"

    found = dict(hunt.run_each(lake, sql, organisations=["ZZ1", "ZZ2"], limits=Limits(rows=3)))

    assert {code: (one.counted, one.devices, len(one.rows), one.truncated) for code, one in found.items()} == {
        "ZZ1": (40_000, 1, 3, True),
        "ZZ2": (40_000, 1, 3, True),
    }


@pytest.mark.parametrize("together", [128 << 20, 0], ids=["one reading", "a reading each"])
@pytest.mark.parametrize(
    ("sql", "mine", "theirs"),
    [
        ("SELECT organisation, count(*) FROM events GROUP BY ALL", [("ZZ1", 2)], [("ZZ2", 1)]),
        ("SELECT organisation FROM events WHERE organisation = 'ZZ2' OR CommandLine LIKE '%secret%'", [], [("ZZ2",)]),
        ("SELECT CommandLine FROM (FROM events) LIMIT 1", [("whoami",)], [("their secret",)]),
        ("SELECT max(e)['CommandLine'] FROM (SELECT events AS e FROM events)", [("whoami",)], [("their secret",)]),
        ("SELECT (SELECT count(*) FROM events), count(*) FROM events a, events b", [(2, 4)], [(1, 1)]),
    ],
)
def test_each_organisation_is_answered_from_its_own_events_alone(lake, sql, mine, theirs, together):
    limits = Limits(together_bytes=together)

    found = dict(hunt.run_each(lake, sql, organisations=["ZZ1", "ZZ2", "ZZ3"], limits=limits))

    assert (found["ZZ1"].rows, found["ZZ2"].rows) == (mine, theirs)
    assert found["ZZ3"].rows in ([], [(0, 0)], [(None,)])


def test_a_reading_for_all_keeps_to_the_time_that_is_asked_about(lake):
    sql, since = "SELECT count(*) FROM events", MOMENT + timedelta(milliseconds=500)

    found = dict(hunt.run_each(lake, sql, organisations=["ZZ1", "ZZ2"], since=since))

    assert {code: one.rows for code, one in found.items()} == {"ZZ1": [(1,)], "ZZ2": [(0,)]}


def test_who_mistypes_a_field_is_told_which_may_be_meant(lake):
    with pytest.raises(HuntError, match='"CommandLine"'):
        hunt.run(lake, "SELECT CommandLin FROM events", organisations=None)


def test_what_nobody_asks_for_does_not_count_against_a_reading_for_all(tmp_path):
    lake, unmapped = tmp_path / "lake", pa.array(["x" * 1_000] * 2)
    for number, code in enumerate(("ZZ1", "ZZ2"), start=1):
        table = rows("a", "b", organisation=code, Image="A")
        table = table.set_column(table.schema.get_field_index("unmapped"), "unmapped", unmapped)
        segments.write(lake, Segment.of("g1", number, MOMENT), table)
    asked = replace(choose(lake, Wanted(organisations=None)), columns=("device", "Image"))

    held = sandbox.held(asked, Limits(together_bytes=1_000))

    assert held.schema.names == ["organisation", "device", "Image"]
    assert held.num_rows == 4
