import pyarrow as pa

from telemetry.builders import an_origin, decoded, ndjson
from watchward.telemetry.batch import ENVELOPE, compact, field_names, together
from watchward.telemetry.decode import Decoder

FIRST = {"EventID": 1, "Channel": "Security", "CommandLine": "a", "Message": "m1", "x": 1}
SECOND = {"EventID": 2, "Channel": "Security", "Image": "b", "Message": "m2"}


def values(batch: pa.RecordBatch) -> list[dict[str, object]]:
    return [{name: value for name, value in row.items() if value is not None} for row in batch.to_pylist()]


def test_batches_of_one_decoder_join_without_losing_their_dictionaries():
    decoder = Decoder()
    one, other = (
        decoder.decode_ndjson(ndjson(each), an_origin(source=each["Message"])).batch for each in (FIRST, SECOND)
    )
    joined = together([one, other])
    joined.validate(full=True)
    assert values(joined) == values(one) + values(other)
    assert joined.schema.field("EventID").metadata == other.schema.field("EventID").metadata
    assert joined.schema.names[: len(ENVELOPE)] == ENVELOPE.names
    assert joined.schema.names[-1] == "unmapped"


def test_batches_of_two_decoders_join_too():
    one, other = decoded(FIRST).batch, decoded(SECOND).batch
    joined = together([one, other])
    joined.validate(full=True)
    assert values(joined) == values(one) + values(other)
    assert joined.schema.field("EventID").metadata is None


def test_the_same_code_means_the_same_text_in_every_batch_of_a_decoder():
    decoder = Decoder()
    one, other = (decoder.decode_ndjson(ndjson(each), an_origin()).batch for each in (FIRST, SECOND))
    column = one.schema.get_field_index("EventID")
    assert one.schema.field("EventID").metadata == other.schema.field("EventID").metadata
    longer = other.column("EventID").dictionary
    assert longer.slice(0, len(one.column(column).dictionary)) == one.column(column).dictionary


def test_compact_dictionaries_hold_only_what_the_batch_has():
    decoder = Decoder()
    decoder.decode_ndjson(ndjson(FIRST), an_origin())
    batch = decoder.decode_ndjson(ndjson(SECOND), an_origin()).batch
    small = compact(batch)
    assert values(small) == values(batch)
    assert small.column("EventID").dictionary.to_pylist() == ["2"]
    assert all(small.schema.field(name).metadata is None for name in field_names(small))


def test_dictionaries_are_given_up_when_they_grow_too_large(monkeypatch):
    monkeypatch.setattr("watchward.telemetry.columns.MAX_TEXTS", 3)
    decoder = Decoder()
    for start in range(0, 40, 4):
        documents = [{"EventID": 1, "Channel": "Security", "CommandLine": f"c{start + at}"} for at in range(4)]
        batch = decoder.decode_ndjson(ndjson(*documents), an_origin()).batch
        batch.validate(full=True)
        assert [event["CommandLine"] for event in values(batch)] == [one["CommandLine"] for one in documents]
        assert len(batch.column("CommandLine").dictionary) == 4


def test_no_documents_make_an_empty_batch():
    found = Decoder().decode_ndjson(b"\n  \n", an_origin())
    assert found.batch.num_rows == 0
    assert found.batch.schema.names == [*ENVELOPE.names, "unmapped"]


def test_compact_joins_what_a_dictionary_holds_twice():
    codes = pa.array([2, None, 0, 1], pa.int32())
    column = pa.DictionaryArray.from_arrays(codes, pa.array(["a", "b", "a"]))
    batch = pa.RecordBatch.from_arrays([column], names=["Image"])

    small = compact(batch)

    assert small["Image"].to_pylist() == ["a", None, "a", "b"]
    assert sorted(small["Image"].dictionary.to_pylist()) == ["a", "b"]
