import gzip
import json

import msgspec
import pytest
import zstandard

from telemetry.builders import an_origin, rows
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import RAW_KEPT
from watchward.telemetry.documents import MAX_RECORD
from watchward.telemetry.sources import text
from watchward.telemetry.sources.errors import FileError
from watchward.telemetry.sources.text import TextFile

GOOD = b'{"EventID":1,"Channel":"Security"}'

BROKEN = {
    "cut short": (b'{"EventID":1,"Channel":"Sec', "not JSON"),
    "no JSON at all": (b"hello", "not JSON"),
    "a list": (b"[1,2]", "not a JSON object"),
    "a number": (b"17", "not a JSON object"),
    "NUL bytes": (b'{"EventID":\x00\x00}', "it holds NUL bytes"),
    "nothing but NUL bytes": (b"\x00" * 100, "it holds NUL bytes"),
    "a raw control character": (b'{"a":"b\x01"}', "not JSON"),
    "a wrong escape": (b'{"a":"\\q"}', "not JSON"),
    "no such number": (b'{"a":NaN}', "NaN is no JSON value"),
    "a leading zero": (b'{"a":012}', "not JSON"),
    "text behind the object": (b'{"a":1} {"b":2}', "not JSON"),
    "deep nesting": (b'{"a":' * 100 + b"1" + b"}" * 100, "nested more than 64 deep"),
    "very deep lists": (b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested more than 64 deep"),
    "a number without end": (b'{"a":' + b"9" * 5000 + b"}", "more than 4000 digits"),
}


@pytest.mark.parametrize(("line", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_line_is_kept_with_its_reason_and_the_rest_goes_on(line, reason):
    found = Decoder().decode_ndjson(GOOD + b"\n" + line + b"\n" + GOOD, an_origin())
    assert found.batch.num_rows == 2
    (bad,) = found.bad
    assert (bad.position, bad.raw) == (1, line[:RAW_KEPT])
    assert reason in bad.reason
    assert found.positions.tolist() == [0, 2]


def test_a_line_of_fifty_megabytes_is_refused_and_the_rest_goes_on(tmp_path):
    path = tmp_path / "long.ndjson"
    path.write_bytes(GOOD + b'\n{"a":"' + b"x" * (50 << 20) + b'"}\n' + GOOD + b"\n" + GOOD)
    file = TextFile(path)
    decoder = Decoder()
    found = [
        decoder.decode_lines(piece.data, piece.size, an_origin(), digest=(0, 0), first=piece.first)
        for piece in file.pieces()
    ]
    assert sum(one.batch.num_rows for one in found) == 3
    (bad,) = [*file.bad, *(bad for one in found for bad in one.bad)]
    assert bad.position == 1
    assert bad.reason == f"the record is longer than {MAX_RECORD // 2**20} MiB"
    assert len(bad.raw) == RAW_KEPT


def test_a_line_just_longer_than_allowed_is_refused():
    line = b'{"a":"' + b"x" * MAX_RECORD + b'"}'
    found = Decoder().decode_ndjson(GOOD + b"\n" + line, an_origin())
    assert (found.batch.num_rows, len(found.bad)) == (1, 1)


def test_text_that_is_not_utf8_is_read_as_windows_1252_and_counted():
    found = Decoder().decode_ndjson('{"EventID":1,"User":"Zoë"}'.encode("cp1252"), an_origin())
    (event,) = rows(found)
    assert event["User"] == "Zoë"
    assert found.notes.recoded == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_files_of_windows_tools_are_read_whatever_their_encoding(tmp_path, encoding):
    path = tmp_path / "events.ndjson"
    path.write_bytes(("\r\n".join(['{"EventID":1,"User":"Zoë"}'] * 3) + "\r\n").encode(encoding))
    assert [event["User"] for event in events_of(path)] == ["Zoë"] * 3


@pytest.mark.parametrize("compress", [bytes, gzip.compress, zstandard.compress], ids=["plain", "gz", "zst"])
def test_files_are_read_plain_and_compressed(tmp_path, compress):
    path = tmp_path / "events.ndjson"
    path.write_bytes(compress(b"\n".join([GOOD] * 1000)))
    assert len(events_of(path)) == 1000


def test_half_a_surrogate_pair_becomes_the_replacement_character():
    (event,) = rows(Decoder().decode_ndjson(b'{"EventID":1,"User":"a\\ud800b"}', an_origin()))
    assert event["User"] == "a\ufffdb"


def test_half_a_surrogate_pair_in_a_field_without_a_column_leaves_the_rest_readable():
    found = Decoder().decode_ndjson(rb'{"x": "a\ud800", "y": ["\udc00"], "z": "\ud83d\ude00"}', an_origin())
    (event,) = rows(found)
    assert msgspec.json.decode(event["unmapped"]) == {"x": "a\ufffd", "y": ["\ufffd"], "z": "\U0001f600"}


@pytest.mark.parametrize("whole", [[{"EventID": 1}, {"EventID": 2}], {"Records": [{"EventID": 1}, {"EventID": 2}]}])
@pytest.mark.parametrize("indent", [None, 2])
def test_a_file_that_is_one_document_gives_its_events(tmp_path, whole, indent):
    path = tmp_path / "events.json"
    path.write_text(json.dumps(whole, indent=indent, separators=(",", ":")))
    documents = TextFile(path).documents()
    assert documents == [b'{"EventID":1}', b'{"EventID":2}']


def test_what_comes_before_the_break_of_a_document_is_kept(tmp_path):
    path = tmp_path / "events.json"
    path.write_text('{\n"EventID": 1\n}\n{\n"EventID": \n')
    file = TextFile(path)
    assert file.documents() == [b'{"EventID":1}']
    (bad,) = file.bad
    assert "broken" in bad.reason


# As the zstd command does it; without a checksum, damage inside texts cannot be told.
CHECKED_ZSTD = zstandard.ZstdCompressor(write_checksum=True).compress


@pytest.mark.parametrize("compress", [gzip.compress, CHECKED_ZSTD], ids=["gz", "zst"])
def test_a_damaged_compressed_file_says_so_after_what_could_be_read(tmp_path, compress):
    path = tmp_path / "events.ndjson"
    whole = compress(b"\n".join(b'{"EventID":%d}' % number for number in range(100_000)))
    path.write_bytes(whole[: len(whole) // 2] + b"\xff" * 64 + whole[len(whole) // 2 + 64 :])
    with pytest.raises(FileError, match="is damaged"):
        events_of(path)


def test_a_decompression_bomb_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(text, "ALWAYS_ALLOWED", 1 << 20)
    path = tmp_path / "bomb.ndjson.gz"
    path.write_bytes(gzip.compress(b"\n" * (60 << 20)))
    with pytest.raises(FileError, match="bomb") as caught:
        events_of(path)
    assert caught.value.advice


def events_of(path):
    decoder = Decoder()
    return [
        event
        for piece in TextFile(path).pieces()
        for event in rows(decoder.decode_lines(piece.data, piece.size, an_origin(), digest=(0, 0), first=piece.first))
    ]
