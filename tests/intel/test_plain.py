"""Plain lists of what to look for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.intel.observable import Kind
from watchward.intel.plain import read


def values(text):
    return [one.value for one in read(text.encode()).observables]


def test_one_a_line_with_comments_and_defanged():
    text = "\ufeff# evil things\r\n\r\nevil[.]example\r\nhxxps://evil.example/x # seen\n198.51.100.0/24,\n" + "A" * 64
    assert values(text) == ["evil.example", "https://evil.example/x", "198.51.100.0/24", "a" * 64]


def test_a_hosts_file_names_hosts():
    assert values("0.0.0.0 evil.example\n127.0.0.1\tworse.example\n") == ["evil.example", "worse.example"]


@pytest.mark.parametrize(
    "text",
    [
        'date,"ip_address",note\n2026-01-01,"198.51.100.7","a, b"\n',
        "# first_seen;dst_ip;port\n2026-01-01;198.51.100.7;443\n",
        "ip\tnote\n198.51.100.7\tx\n",
        "indicator\n198.51.100.7\n",
    ],
)
def test_a_table_is_read_by_its_header(text):
    assert values(text) == ["198.51.100.7"]
    assert not read(text.encode()).bad


def test_several_columns_of_a_row_are_all_taken():
    found = read(b"md5_hash,sha256_hash\n" + b"0" * 32 + b"," + b"1" * 64 + b"\n")
    assert [one.kind for one in found.observables] == [Kind.MD5, Kind.SHA256]


def test_bad_lines_are_told_by_number_and_disturb_no_other():
    found = read(b"evil.example\nward 7\n\nevil.example\n")
    assert [one.value for one in found.observables] == ["evil.example"]
    assert [(bad.number, bad.text) for bad in found.bad] == [(2, "ward 7")]


@given(st.binary(max_size=300))
def test_any_bytes_are_read(raw):
    found = read(raw)
    assert all(bad.number >= 1 and bad.reason for bad in found.bad)


@given(st.lists(st.sampled_from(["evil.example", "198.51.100.7", "rubbish here", "# x", ""]), max_size=20))
def test_each_line_is_a_thing_a_comment_or_a_bad_line(lines):
    found = read("\n".join(lines).encode())
    assert len(found.bad) == lines.count("rubbish here")
    assert len(found.observables) == len({"evil.example", "198.51.100.7"} & set(lines))
