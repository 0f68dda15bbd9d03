"""What arrives, noted by columns."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from telemetry.builders import decoded
from watchward.detect.coverage.arrivals import MOST_VALUES, Arrivals, Kind, arrivals
from watchward.telemetry.batch import field_names, field_of

EVENTS = st.lists(
    st.builds(
        lambda channel, number, **others: (
            {"Channel": channel, "EventID": number}
            | {name: value for name, value in others.items() if value is not None}
        ),
        channel=st.sampled_from(["Microsoft-Windows-Sysmon/Operational", "Security", "System"]),
        number=st.sampled_from([1, 3, 11, 12, 4688, 7045]),
        Image=st.sampled_from([None, "a.exe", ""]),
        CommandLine=st.sampled_from([None, "a.exe /b"]),
        EventType=st.sampled_from([None, "CreateKey", "DeleteKey"]),
        Hashes=st.sampled_from([None, "MD5=00,SHA256=11", "IMPHASH=22"]),
    ),
    min_size=1,
    max_size=12,
)


def noted(*batches):
    found = Arrivals()
    for batch in batches:
        found.add(arrivals(batch))
    return {(one.organisation, one.source, one.kind.key): one.kind for one in found}


def noted_slowly(batch):
    found = {}
    for row in batch.to_pylist():
        fields = {field_of(name) for name in field_names(batch) if row[name] is not None}
        hashes = row.get("Hashes") or ""
        fields |= {f"Hashes ({part.partition('=')[0]})" for part in hashes.split(",") if part}
        key = (row["product"], row["category"], row["service"], row.get("EventID"))
        types = {row["EventType"]} if row.get("EventType") is not None else set()
        kind = Kind(product=key[0], category=key[1], service=key[2], number=key[3],
                    fields=frozenset(fields), types=frozenset(types))  # fmt: skip
        whole = (row["organisation"], row["source"], key)
        found[whole] = found[whole] + kind if whole in found else kind
    return found


@given(events=EVENTS)
def test_what_is_noted_by_columns_is_what_each_event_says(events):
    batch = decoded(*events).batch

    assert noted(batch) == noted_slowly(batch)


@given(events=EVENTS, at=st.integers(0, 12))
def test_it_does_not_matter_how_events_are_cut_into_batches(events, at):
    batch = decoded(*events).batch

    assert noted(batch.slice(0, at), batch.slice(at)) == noted(batch)


def test_no_events_bring_nothing():
    assert arrivals(decoded({"EventID": 1}).batch.slice(0, 0)) == []


def test_types_of_events_are_told_apart_up_to_a_bound_however_many_a_sender_invents():
    batch = decoded(*({"Channel": "Odd", "EventID": 1, "EventType": f"type {n}"} for n in range(200))).batch

    (kind,) = noted(batch).values()

    assert len(kind.types) == MOST_VALUES


def test_a_batch_without_event_numbers_is_noted_by_its_log_source():
    batch = decoded({"Channel": "Security", "EventID": 1}).batch
    without = batch.drop_columns(["EventID"])

    assert {
        kind.number for kind in noted(pa.RecordBatch.from_arrays(without.columns, schema=without.schema)).values()
    } == {None}
