"""What a correlation means, by example (ADR 0120)."""

import pytest

from detect.correlate.streams import correlation, found, seen

AT = [
    # condition, seconds at which an event of rule a comes, the moments (seconds) at which something is found
    ({"gte": 3}, [0, 10, 20], [20]),
    ({"gte": 3}, [0, 10], []),
    ({"gte": 3}, [0, 30, 60], [60]),
    ({"gte": 3}, [0, 30, 61], []),
    ({"gte": 3}, [50, 60, 70], [70]),
    ({"gte": 3}, [0, 10, 20, 30, 40], [20]),
    ({"gte": 2}, [0, 10, 71, 72], [10, 72]),
    ({"gte": 2}, [0, 30, 60, 90, 120], [30, 120]),
    ({"gt": 2, "lte": 4}, [0, 1, 2, 3], [3]),
    ({"gt": 2, "lte": 4}, [0, 1, 2, 3, 4], []),
    ({"lt": 2}, [0, 1, 200], [200]),
    ({"eq": 2}, [0, 1, 100, 101, 102], [1]),
    ({"neq": 2}, [0, 1, 100, 101, 102], [102]),
]


@pytest.mark.parametrize(("condition", "seconds", "moments"), AT)
def test_events_are_counted_in_windows_that_follow_them(condition, seconds, moments):
    one = correlation("event_count", ["a"], "60s", condition)

    assert [finding.at // 1_000_000 for finding in found([one], [seen(at, "a") for at in seconds])] == moments


def test_a_finding_names_the_events_of_all_its_windows():
    one = correlation("event_count", ["a"], "60s", {"gte": 2})

    (finding,) = found([one], [seen(at, "a") for at in (0, 50, 100)])

    assert (finding.first_at, finding.at, finding.last_at) == (0, 50_000_000, 100_000_000)
    assert (finding.events, len(finding.event_ids)) == (3, 3)


def test_groups_are_counted_apart_without_letter_case_and_never_across_organisations():
    one = correlation("event_count", ["a"], "60s", {"gte": 2}, group_by=["User"])
    stream = [seen(0, "a", User="Jo"), seen(1, "a", User="JO"), seen(2, "a", User="al"), seen(3, "a", "XB2", User="al")]

    assert [(finding.organisation, finding.group) for finding in found([one], stream)] == [("XA1", ("jo",))]


def test_an_event_without_a_group_field_does_not_count_and_an_empty_one_does():
    one = correlation("event_count", ["a"], "60s", {"gte": 2}, group_by=["User"])

    assert found([one], [seen(0, "a"), seen(1, "a")]) == []
    assert len(found([one], [seen(0, "a", User=""), seen(1, "a", User="")])) == 1


def test_an_event_that_met_two_rules_is_one_event():
    one = correlation("event_count", ["a", "b"], "60s", {"gte": 2})

    assert found([one], [seen(0, "a", id="e"), seen(0, "b", id="e")]) == []
    assert len(found([one], [seen(0, "a", id="e"), seen(0, "b", id="f")])) == 1


@pytest.mark.parametrize(
    ("kind", "condition", "values", "expected"),
    [
        ("value_count", {"gte": 2}, ["x", "X"], False),
        ("value_count", {"gte": 2}, ["x", "y"], True),
        ("value_count", {"gte": 2}, ["x", None, ""], True),
        ("value_sum", {"gt": 10}, ["5", "0x6"], True),
        ("value_sum", {"gt": 10}, ["5", "5", "many", None], False),
        ("value_sum", {"gte": 0.3}, ["0.1", "0.2"], True),
        ("value_avg", {"gt": 500}, ["700", "100"], False),
        ("value_avg", {"gt": 500}, ["700", "400"], True),
        ("value_median", {"eq": 2.5}, ["1", "2", "3", "4"], True),
        ("value_max", {"gte": 9}, ["1", "9"], True),
        ("value_min", {"lte": 1}, ["1", "9"], True),
        ("value_sum", {"gte": 1}, ["99999999999999999"], False),
    ],
)
def test_values_are_counted_and_calculated_with(kind, condition, values, expected):
    one = correlation(kind, ["a"], "60s", {**condition, "field": "V"})
    stream = [seen(at, "a", **({} if value is None else {"V": value})) for at, value in enumerate(values)]

    assert bool(found([one], stream)) is expected


def test_the_fiftieth_percentile_is_the_median():
    for percentile, condition in ((50, {"eq": 2.5}), (0, {"eq": 1}), (100, {"eq": 4}), (90, {"gt": 3.6})):
        one = correlation("value_percentile", ["a"], "60s", {**condition, "field": "V", "percentile": percentile})
        assert found([one], [seen(at, "a", V=str(at)) for at in (1, 2, 3, 4)])


@pytest.mark.parametrize(
    ("condition", "stream", "expected"),
    [
        (None, "a0 b9", True),
        (None, "b0 a9", True),
        (None, "a0 b61", False),
        (None, "a0 a1", False),
        ({"gte": 1}, "a0", True),
        ("a and not b", "a0 b30", False),
        ("a and not b", "b0 a30", False),
        ("a and not b", "a0 b61", True),
        ("a or b", "b0", True),
        ("not (a and b)", "a0 b1", False),
    ],
)
def test_rules_are_met_together_in_any_order(condition, stream, expected):
    one = correlation("temporal", ["a", "b"], "60s", condition)

    assert bool(found([one], [seen(int(word[1:]), word[0]) for word in stream.split()])) is expected


@pytest.mark.parametrize(
    ("condition", "stream", "expected"),
    [
        (None, "a0 b9 c10", True),
        (None, "a0 c9 b10", False),
        (None, "c0 a1 b2 c3", True),
        (None, "a0 b0 c0", True),
        (None, "a0 b40 c61", False),
        (None, "a0 a1 b40 c61", True),
        ({"gte": 2}, "c0 b1 a2", False),
        ({"gte": 2}, "b0 a1 c2", True),
        ("a and (b or c)", "c0 a1", False),
        ("a and (b or c)", "a0 c1", True),
        ("a and b and not c", "a0 b1", True),
        ("a and b and not c", "c0 a1 b2", False),
    ],
)
def test_rules_are_met_in_their_order(condition, stream, expected):
    one = correlation("temporal_ordered", ["a", "b", "c"], "60s", condition)

    assert bool(found([one], [seen(int(word[1:]), word[0]) for word in stream.split()])) is expected


def test_an_event_does_not_follow_itself():
    one = correlation("temporal_ordered", ["a", "b"], "60s", None)

    assert found([one], [seen(0, "a", id="e"), seen(0, "b", id="e")]) == []
    assert len(found([one], [seen(0, "a", id="e"), seen(0, "b", id="e"), seen(0, "b", id="f")])) == 1


def test_a_success_after_many_failures_follows_them_however_many_there_were():
    many = correlation("event_count", ["failed"], "60s", {"gte": 3}, id="many", group_by=["Host"])
    then = correlation("temporal_ordered", ["many", "success"], "60s", None, id="then", group_by=["User"])
    failures = [seen(at, "failed", Host="h", User="jo") for at in range(0, 200, 5)]

    assert [one.correlation for one in found([many, then], [*failures, seen(250, "success", User="Jo")])].count("then")
    assert [one.at for one in found([many, then], [*failures, seen(256, "success", User="jo")])][4:] == []


def test_the_moments_of_one_finding_are_one_event_where_events_are_counted():
    many = correlation("event_count", ["failed"], "60s", {"gte": 3}, id="many")
    bursts = correlation("event_count", ["many"], "1h", {"gte": 2}, id="bursts")
    burst, next_burst = ([seen(start + at, "failed") for at in range(10)] for start in (0, 500))

    assert [one.correlation for one in found([many, bursts], burst)] == ["many"]
    assert "bursts" in [one.correlation for one in found([many, bursts], [*burst, *next_burst])]


def test_an_alias_joins_fields_of_different_names():
    one = correlation("temporal", ["a", "b"], "60s", None, group_by=["ip"], aliases={"ip": {"a": "Src", "b": "Dst"}})

    assert found([one], [seen(0, "a", Src="x", Dst="y"), seen(1, "b", Src="x", Dst="y")]) == []
    assert len(found([one], [seen(0, "a", Src="x"), seen(1, "b", Dst="X")])) == 1
