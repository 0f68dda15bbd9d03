import threading

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.builders import a_batch, a_column, rule_of, rule_with
from detect.strategies import FIELDS, conditions, events
from watchward.detect.events import event_at
from watchward.detect.plan import memory, plan
from watchward.detect.reference import matches
from watchward.detect.sigma.ir import ANYWHERE, How, Part, Text, TimePart
from watchward.detect.sigma.rule import LogSource
from watchward.telemetry.batch import joined

batches = st.lists(events, min_size=1, max_size=8)
several = st.lists(conditions, min_size=1, max_size=5)


def pairs(found) -> list[tuple[int, int]]:
    return list(zip(found.rows.tolist(), found.rules.tolist(), strict=True))


def expected(rules, batch) -> list[tuple[int, int]]:
    return [
        (row, number)
        for row in range(batch.num_rows)
        for number, rule in enumerate(rules)
        if matches(rule.condition, event_at(batch, row))
    ]


@settings(max_examples=200)
@given(several, st.lists(batches, min_size=1, max_size=3))
def test_the_plan_finds_what_the_reference_finds(conditions_, many):
    rules = [rule_of(condition, number) for number, condition in enumerate(conditions_)]
    compiled = plan.compile(rules)

    for events_ in many:
        batch = a_batch(*events_)
        assert pairs(compiled.match(batch)) == expected(rules, batch)


@given(several, batches, batches)
def test_values_known_by_their_codes_mean_the_same(conditions_, first, second):
    rules = [rule_of(condition, number) for number, condition in enumerate(conditions_)]
    compiled = plan.compile(rules)
    dictionaries: dict[str, dict[str, int]] = {name: {} for name in FIELDS}

    grown = [with_growing_dictionaries(events_, dictionaries) for events_ in (first, second)]
    for batch in (*grown, *grown):
        assert pairs(compiled.match(batch)) == expected(rules, batch)


def with_growing_dictionaries(events_, dictionaries) -> pa.RecordBatch:
    plain = a_batch(*events_)
    schema, columns = plain.schema, plain.columns
    for index, name in enumerate(plain.schema.names):
        if name in dictionaries:
            known = dictionaries[name]
            codes = [
                None if (text := event.get(name)) is None else known.setdefault(text, len(known)) for event in events_
            ]
            columns[index] = pa.DictionaryArray.from_arrays(
                pa.array(codes, pa.int32()), pa.array(list(known), pa.string())
            )
            schema = schema.set(index, schema.field(index).with_metadata({b"dictionary": b"decoder-1"}))
    return pa.RecordBatch.from_arrays(columns, schema=schema)


@given(several, batches)
def test_a_slice_of_a_batch_is_matched_like_a_batch(conditions_, events_):
    rules = [rule_of(condition, number) for number, condition in enumerate(conditions_)]
    batch = a_batch({}, *events_, {}).slice(1, len(events_))

    assert pairs(plan.compile(rules).match(batch)) == expected(rules, batch)


@pytest.mark.parametrize("change", [pa.large_string(), pa.string(), pa.dictionary(pa.int8(), pa.string())])
def test_a_column_of_another_type_of_text_is_read_too(change):
    batch = a_batch({"A": "x"}, {"A": "y"}, {})
    index = batch.schema.get_field_index("A")
    changed = batch.set_column(index, "A", batch.column("A").cast(pa.string()).cast(change))

    assert pairs(plan.compile([rule_of(Text("A", How.EQUALS, "y"))]).match(changed)) == [(1, 0)]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (LogSource(product="windows"), True),
        (LogSource(category="process_creation"), True),
        (LogSource(product="windows", category="process_creation", service="sysmon"), True),
        (LogSource(service="security"), False),
        (LogSource(product="linux", category="process_creation"), False),
    ],
)
def test_a_rule_reads_the_events_of_its_log_source(source, found):
    rule = rule_with("s:\n  A: x\ncondition: s")
    other = type(rule)(**{name: getattr(rule, name) for name in rule.__slots__} | {"logsource": source})

    assert pairs(plan.compile([other]).match(a_batch({"A": "x"}))) == ([(0, 0)] if found else [])


@pytest.mark.parametrize("category", ["registry_add", "registry_delete", "registry_rename", "registry_set"])
def test_a_rule_for_registry_events_reads_every_kind_of_them(category):
    rule = rule_with("s:\n  A: x\ncondition: s")
    other = type(rule)(
        **{name: getattr(rule, name) for name in rule.__slots__} | {"logsource": LogSource(category="registry_event")}
    )

    assert len(plan.compile([other]).match(a_batch({"A": "x"}, source=("windows", category, "sysmon")))) == 1


def test_events_of_several_log_sources_are_told_apart():
    product = a_column(["windows", None, "linux", "windows"])
    batch = a_batch(*[{"A": "x"}] * 4, product=product)

    assert pairs(plan.compile([rule_with("s:\n  A: x\ncondition: s")]).match(batch)) == [(0, 0), (3, 0)]


def test_a_keyword_is_looked_for_in_what_has_no_column_too():
    unmapped = pa.array(['{"a": [1, {"b": "C:\\\\Temp"}], "c": true, "d": null}', None, "{broken"])
    rules = [
        rule_of(Text(ANYWHERE, How.CONTAINS, text), number) for number, text in enumerate([r"c:\t", "true", "brok"])
    ]

    assert pairs(plan.compile(rules).match(a_batch({}, {"A": "x"}, {}, unmapped=unmapped))) == [(0, 0), (0, 1), (2, 2)]


def test_a_keyword_is_found_however_json_spells_it():
    unmapped = pa.array(
        ['{"a": "\\u0073ekurlsa::"}', '{"a": "SEKURLSA::"}', '{"a": "\\/etc\\/x"}', '{"a": "\u017fekurlsa::"}']
    )
    rules = [rule_of(Text(ANYWHERE, How.CONTAINS, text), number) for number, text in enumerate(["sekurlsa", "/etc/x"])]

    found = pairs(plan.compile(rules).match(a_batch({}, {}, {}, {}, unmapped=unmapped)))
    assert found == [(0, 0), (1, 0), (2, 1), (3, 0)]


def test_half_a_surrogate_pair_hides_no_keyword_from_view():
    unmapped = pa.array([r'{"a": "\ud800", "b": "c:\\temp\\sekurl\u0073a"}'])
    rules = [rule_of(Text(ANYWHERE, How.CONTAINS, text), number) for number, text in enumerate([r"c:\t", "sekurlsa"])]

    assert pairs(plan.compile(rules).match(a_batch({}, unmapped=unmapped))) == [(0, 0), (0, 1)]


def test_a_keyword_or_a_field_suffices_where_the_rule_says_so():
    rule = rule_with("s:\n  A: x\nk: [word]\ncondition: s or k")
    batch = a_batch({"A": "x"}, {"B": "a WORD"}, {"A": "y"})

    assert pairs(plan.compile([rule]).match(batch)) == [(0, 0), (1, 0)]


def test_an_empty_batch_and_a_plan_without_rules_have_no_matches():
    rule = rule_with("s:\n  A: x\ncondition: s")

    assert len(plan.compile([rule]).match(a_batch())) == 0
    assert len(plan.compile([]).match(a_batch({"A": "x"}))) == 0


def test_a_field_with_the_name_of_an_envelope_column_is_not_the_envelope():
    assert len(plan.compile([rule_of(Text("device", How.CONTAINS, "ward"))]).match(a_batch({"A": "x"}))) == 0


def test_forgetting_changes_nothing(monkeypatch):
    monkeypatch.setattr(memory, "MOST_VALUES", 10)
    rules = [rule_of(Text("A", How.ENDS, "7"))]
    compiled = plan.compile(rules)

    for start in range(0, 200, 20):
        batch = a_batch(*({"A": str(number)} for number in range(start, start + 20)))
        assert pairs(compiled.match(batch)) == expected(rules, batch)


def test_many_events_of_each_kind_are_matched_as_few_are():
    rules = [rule_of(Text("A", How.ENDS, "7")), rule_of(Text("B", How.CONTAINS, "x"), 1)]
    batch = a_batch(*({"A": str(number % 50), "B": "xyz"[number % 3]} for number in range(60_000)))
    compiled = plan.compile(rules)
    wanted = sorted(
        [(row, 0) for row in range(60_000) if row % 50 % 10 == 7] + [(row, 1) for row in range(60_000) if row % 3 == 0]
    )

    assert pairs(compiled.match(batch)) == wanted
    assert pairs(compiled.match(batch)) == wanted


def test_threads_match_side_by_side():
    compiled = plan.compile([rule_of(Text("A", How.ENDS, "7"))])
    batch = a_batch(*({"A": str(number)} for number in range(1000)))
    found = []
    threads = [threading.Thread(target=lambda: found.append(pairs(compiled.match(batch)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [[(row, 0) for row in range(7, 1000, 10)]] * 4


def test_a_plan_says_which_fields_it_reads():
    rule = rule_with("s:\n  A: x\n  B|fieldref: C\nk: [word]\ncondition: s or k")

    assert plan.compile([rule]).fields == {"A", "B", "C"}


def test_a_list_meets_a_pattern_when_an_item_does():
    batch = a_batch({"A": joined(["one", "two"])}, {"A": "onetwo"})

    assert pairs(plan.compile([rule_of(Text("A", How.EQUALS, "TWO"))]).match(batch)) == [(0, 0)]


long_values = st.builds(lambda start, filler, end: start + filler * 60 + end, *[st.text("abxé", max_size=5)] * 3)


@pytest.mark.parametrize("part", Part)
@pytest.mark.parametrize("spelt", ["2026-W09-7T01:01:00Z", "2026-03-01t01:01:00z", "2026-03-01 01:01:00+00:00"])
@pytest.mark.parametrize("around", [[], ["soon"]])
def test_a_time_is_read_alone_and_in_a_list_however_it_is_spelt(part, spelt, around):
    wanted = {Part.WEEK: 9, Part.MONTH: 3, Part.YEAR: 2026}.get(part, 1)
    rules = [rule_of(TimePart("A", part, wanted))]
    batch = a_batch({"A": spelt}, {"A": joined([*around, spelt])}, {"A": joined(["soon"])})

    assert pairs(plan.compile(rules).match(batch)) == expected(rules, batch) == [(0, 0), (1, 0)]


@settings(max_examples=200)
@given(st.lists(st.text("abx", min_size=1, max_size=4), min_size=1, max_size=6), st.lists(long_values, max_size=9))
def test_long_values_which_are_read_side_by_side_mean_the_same(keys, values_):
    rules = [rule_of(Text("A", How.CONTAINS, key), number) for number, key in enumerate(keys)]
    batch = a_batch(*({"A": value} for value in values_))

    assert pairs(plan.compile(rules).match(batch)) == expected(rules, batch)
