"""What a plan remembers of values: the same answers whatever it met before, within bounds."""

import dataclasses
import tracemalloc

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.builders import a_batch, a_column, rule_of
from detect.strategies import FIELDS, conditions, events
from watchward.detect.events import event_at
from watchward.detect.plan import memory, plan
from watchward.detect.reference import matches
from watchward.detect.sigma.ir import ANYWHERE, All, How, Text
from watchward.detect.sigma.logsource import applies
from watchward.detect.sigma.rule import LogSource
from watchward.detect.texts import keywords

SOURCES = [LogSource(product="windows"), LogSource(product="linux"), LogSource(service="sysmon")]
keyword = st.builds(Text, st.just(ANYWHERE), st.just(How.CONTAINS), st.text("abAB1k", min_size=2, max_size=5))
sourced = st.tuples(st.one_of(conditions, keyword, keyword), st.sampled_from(SOURCES))
row = st.tuples(events, st.sampled_from(["windows", "linux", None]), st.sampled_from(["sysmon", "x", None]))
many = st.lists(st.lists(row, min_size=1, max_size=6), min_size=1, max_size=4)


def pairs(found) -> list[tuple[int, int]]:
    return list(zip(found.rows.tolist(), found.rules.tolist(), strict=True))


def growing(batch: pa.RecordBatch, dictionaries: dict[str, list[str]]) -> pa.RecordBatch:
    """The batch as a decoder makes it, whose dictionaries grow from batch to batch."""
    for name in FIELDS:
        index = batch.schema.get_field_index(name)
        if index >= 0:
            known = dictionaries.setdefault(name, [])
            texts = batch.column(index).to_pylist()
            known += [text for text in dict.fromkeys(texts) if text is not None and text not in known]
            codes = pa.array([None if text is None else known.index(text) for text in texts], pa.int32())
            column = pa.DictionaryArray.from_arrays(codes, pa.array(known, pa.string()))
            batch = batch.set_column(index, pa.field(name, column.type, metadata={b"dictionary": b"one"}), column)
    return batch


@settings(max_examples=200)
@given(st.lists(sourced, min_size=1, max_size=5), many, st.booleans())
def test_what_was_met_before_changes_no_match(asked, batches, grows):
    rules = [
        dataclasses.replace(rule_of(condition, number), logsource=source)
        for number, (condition, source) in enumerate(asked)
    ]
    compiled = plan.compile(rules)
    dictionaries: dict[str, list[str]] = {}

    for rows in batches:
        product, service = a_column([one[1] for one in rows]), a_column([one[2] for one in rows])
        batch = a_batch(*(one[0] for one in rows), product=product, service=service)
        batch = growing(batch, dictionaries) if grows else batch
        expected = [
            (number, place)
            for number, (event, its_product, its_service) in enumerate(rows)
            for place, rule in enumerate(rules)
            if applies(rule.logsource, its_product, "process_creation", its_service)
            and matches(rule.condition, event_at(batch, number))
        ]
        assert pairs(compiled.match(batch)) == expected
        assert pairs(compiled.match(batch)) == expected


def test_memory_stays_bounded_when_every_value_is_unlike_all_others(monkeypatch):
    monkeypatch.setattr(memory, "MOST_VALUES", 2_000)
    monkeypatch.setattr(memory, "MOST_CODES", 2_000)
    monkeypatch.setattr(memory, "MOST_PREDICATES", 2_000)
    monkeypatch.setattr(keywords, "MOST_CODES", 2_000)
    texts = [Text("A", How.CONTAINS, f"{number:x}") for number in range(40)]
    compiled = plan.compile(
        [*map(rule_of, texts, range(40)), rule_of(All((texts[0], Text(ANYWHERE, How.CONTAINS, "word"))), 40)]
    )

    def held_after(start: int) -> int:
        for number in range(start, start + 30):
            batch = a_batch(*({"A": f"{number}x{one} word"} for one in range(300)))
            token = {b"dictionary": str(number).encode()} if number % 2 else None
            schema = batch.schema.set(
                index := batch.schema.get_field_index("A"), batch.schema.field(index).with_metadata(token)
            )
            compiled.match(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    for start in range(0, 150, 30):
        first = held_after(start)
    for start in range(150, 300, 30):
        last = held_after(start)
    tracemalloc.stop()

    assert last - first < 200_000


def test_a_code_outside_its_dictionary_is_no_value():
    batch = a_batch({"A": "x"}, {"A": "x"}, {"A": "x"})
    codes = pa.array([0, 7, -3], pa.int32())
    broken = pa.DictionaryArray.from_arrays(codes, pa.array(["x"]), safe=False)
    batch = batch.set_column(batch.schema.get_field_index("A"), "A", broken)

    assert pairs(plan.compile([rule_of(Text("A", How.EQUALS, "x"))]).match(batch)) == [(0, 0)]
