"""The patterning language: what is written is read, as an independent reader reads it, and quickly where that is possible."""

# ruff: noqa: E501 - patterns stand on one line, as they are written

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stix2patterns.exceptions import ParseException
from stix2patterns.v21.pattern import Pattern

from intel.patterns import expressions
from watchward.intel.errors import PatternError
from watchward.intel.observable import Kind, Observable
from watchward.intel.pattern import observables
from watchward.intel.pattern.parse import LONGEST, parse
from watchward.intel.pattern.paths import carriers_at, kinds_at, known_paths
from watchward.intel.pattern.quick import _chain, _of
from watchward.intel.pattern.syntax import (
    AllOf,
    Compare,
    Either,
    Every,
    Observed,
    OneOf,
    Operator,
    Path,
    Repeats,
    Sequence,
    Within,
    written,
)
from watchward.telemetry.registry import Registry

SOUND = [
    "[file:hashes.MD5 = '79054025255fb1a26e4bc422aef54eb4']",
    "[email-message:from_ref.value MATCHES '.+\\\\@example\\\\.com$' AND email-message:body_multipart[*].body_raw_ref.name MATCHES '^Final Report.+\\\\.exe$']",
    "[file:hashes.'SHA-256' = 'ab' AND file:mime_type = 'application/x-pdf']",
    "[file:hashes.'SHA-256' = 'bf' OR file:hashes.MD5 = 'ce'] AND [file:hashes.MD5 = '31']",
    "([file:hashes.MD5 = '79'] FOLLOWEDBY [win-registry-key:key = 'HKEY_LOCAL_MACHINE\\\\foo\\\\bar']) WITHIN 300 SECONDS",
    "[user-account:account_type = 'unix' AND user-account:user_id = '1007']",
    "[artifact:mime_type = 'application/vnd.tcpdump.pcap' AND artifact:payload_bin MATCHES '\\\\xd4\\\\xc3']",
    "[file:name = 'foo.dll' AND file:parent_directory_ref.path = 'C:\\\\Windows\\\\System32']",
    "[file:extensions.'windows-pebinary-ext'.sections[*].entropy > 7.0]",
    "[file:mime_type = 'image/bmp' AND file:magic_number_hex = h'ffd8']",
    "[network-traffic:dst_ref.type = 'domain-name' AND network-traffic:dst_ref.value = 'example.com'] REPEATS 5 TIMES WITHIN 1800 SECONDS",
    "[domain-name:value = 'a' AND domain-name:resolves_to_refs[*].value IN ('198.51.100.1/32','203.0.113.33/32')]",
    "[process:command_line MATCHES '^.+>-add GlobalSign.cer -c -s -r localMachine Root$'] FOLLOWEDBY [process:command_line = 'x']",
    "[network-traffic:dst_ref.value ISSUBSET '2001:0db8:dead:beef:0000:0000:0000:0000/64']",
    "([file:name = 'foo.exe'] AND [win-registry-key:key = 'a']) START t'2018-01-01T00:00:00Z' STOP t'2019-01-01T00:00:00Z'",
    "[EXISTS windows-registry-key:values] OR [NOT EXISTS file:size]",
    "[a:b == -5 AND a:c <> .5] // a remark\n",
    "[ /* one */ a:b = b'AAAA' ]",
    "[a:b NOT LIKE 'a%_']",
    "[a:b IN ()]",
    "[a:b[0].'c d'[*] = true]",
]  # fmt: skip
BROKEN = [
    "", "[]", "[a:b = 'c'", "a:b = 'c'", "[a:b = c]", "[a:b = 'c'] AND", "[a = 'c']", "[a:b 'c']", "[a:b = 'c']]",
    "[NOT a:b = 'c']", "[a:b = 'c' AND]", "[a:b LIKE 5]", "[a:b > true]", "[a:b = 'c'] WITHIN 5", "[a:b = 'c'] REPEATS -1 TIMES",
    "[a:b = 'c'] START '2026-03-01T09:00:00Z' STOP t'2026-03-01T09:00:00Z'", "[a:b = h'f']", "[a:b = 'c\\d']", "[a:b-c = 'd']",
    "[a:b = t'2026-13-01T00:00:00Z']", "[a:b IN ('c',)]", "[and:b = 'c'] and [a:b = 'c']", "['a':b = 'c']", '[a:b = "c"]',
]  # fmt: skip


def read_elsewhere(pattern):
    try:
        Pattern(pattern)
    except (ParseException, RecursionError):
        return False
    return True


def read_here(pattern):
    try:
        parse(pattern)
    except PatternError as error:
        return not error.advice
    return True


@given(expressions)
def test_what_is_written_is_read_again(expression):
    assert parse(written(expression)) == expression


@given(expressions)
def test_what_is_written_is_read_by_an_independent_reader(expression):
    assert read_elsewhere(written(expression))


@pytest.mark.parametrize("pattern", SOUND)
def test_patterns_as_the_specification_writes_them_are_read(pattern):
    assert read_here(pattern)
    assert read_elsewhere(pattern)
    assert parse(written(parse(pattern))) == parse(pattern)


@pytest.mark.parametrize("pattern", BROKEN)
def test_what_is_no_pattern_is_refused_here_and_elsewhere(pattern):
    assert not read_here(pattern)
    assert not read_elsewhere(pattern)


TOKENS = ["[", "]", "(", ")", "a", "b", ":", ".", "=", "'c'", "5", "-5", "0.5", "AND", "OR", "NOT", "IN", ",", "EXISTS", "FOLLOWEDBY",
          "WITHIN", "SECONDS", "REPEATS", "TIMES", "START", "STOP", "t'2026-03-01T09:00:00Z'", "LIKE", "*", "true", "h'aa'", "a-b"]  # fmt: skip


@given(st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join) | st.sampled_from(SOUND).flatmap(
    lambda text: st.builds(lambda at, new: text[:at] + new + text[at + 1 :], st.integers(0, len(text)), st.sampled_from(["", *TOKENS]))))  # fmt: skip
@example("[a:b = 'c'] OR [a:b = 'd'] FOLLOWEDBY [a:b = 'e'] AND [a:b = 'f']")
def test_a_spoilt_pattern_is_refused_here_exactly_where_it_is_elsewhere(pattern):
    assert read_here(pattern) == read_elsewhere(pattern)


@given(st.text(max_size=100) | st.text("[]()':=ab \\", max_size=60))
def test_no_text_does_harm(pattern):
    read_here(pattern)
    observables(pattern)


def test_operators_bind_as_the_specification_says():
    a, b, c, d = (Observed(Compare(Path("x", (name,)), Operator.EQUAL, (1,))) for name in "abcd")
    text = "[x:a = 1] FOLLOWEDBY [x:b = 1] OR [x:c = 1] AND [x:d = 1] REPEATS 2 TIMES WITHIN 5 SECONDS"
    assert parse(text) == Sequence((a, OneOf((b, AllOf((c, Within(Repeats(d, 2), 5)))))))


def test_within_an_observation_and_binds_more_than_or():
    a, b, c = (Compare(Path("x", (name,)), Operator.EQUAL, (1,)) for name in "abc")
    assert parse("[x:a = 1 OR x:b = 1 AND x:c = 1]") == Observed(Either((a, Every((b, c)))))


@pytest.mark.parametrize("pattern", [
    "(" * 5000 + "[a:b = 'c']" + ")" * 5000, "[" + "(" * 5000 + "a:b = 'c'" + ")" * 5000 + "]",
    "[a:b = 'c']" + " REPEATS 2 TIMES" * 5000, "[a:b = 1" + "0" * 5000 + "]", " " * (LONGEST + 1), "[a:b = '" + "\\" * 5001,
])  # fmt: skip
def test_a_pattern_made_to_hurt_is_refused(pattern):
    assert not read_here(pattern)
    assert observables(pattern) is None


@pytest.mark.parametrize(("pattern", "found"), [
    ("[ipv4-addr:value = '198.51.100.7']", {(Kind.IPV4, "198.51.100.7")}),
    ("[ipv4-addr:value='198.51.100.0/24']", {(Kind.NETWORK, "198.51.100.0/24")}),
    ("[ domain-name:value = 'Evil.Example' ]", {(Kind.DOMAIN, "evil.example")}),
    ("[file:hashes.'SHA-1' = '" + "A" * 40 + "']", {(Kind.SHA1, "a" * 40)}),
    ("[file:hashes.\"x\" = 'a']", None),
    ("[url:value = 'http://evil.example/it\\'s']", {(Kind.URL, "http://evil.example/it's")}),
    ("[domain-name:value = 'a.example' OR domain-name:value = 'b.example'] OR [ipv4-addr:value IN ('198.51.100.7')]",
     {(Kind.DOMAIN, "a.example"), (Kind.DOMAIN, "b.example"), (Kind.IPV4, "198.51.100.7")}),
    ("([domain-name:value = 'a.example'])", {(Kind.DOMAIN, "a.example")}),
    ("[(domain-name:value == 'a.example')]", {(Kind.DOMAIN, "a.example")}),
    ("[network-traffic:dst_ref.value = 'evil.example']", {(Kind.DOMAIN, "evil.example")}),
    ("[domain-name:value = 'a.example' AND domain-name:value = 'b.example']", None),
    ("[domain-name:value = 'a.example'] AND [domain-name:value = 'b.example']", None),
    ("[domain-name:value = 'a.example'] OR [domain-name:value = 'b.example'", None),
    ("[domain-name:value = 'a.example' OR [domain-name:value = 'b.example']", None),
    ("[domain-name:value != 'a.example']", None),
    ("[domain-name:value NOT = 'a.example']", None),
    ("[domain-name:value LIKE 'a%']", None),
    ("[domain-name:value = 5]", None),
    ("[ipv4-addr:value = 'evil']", None),
    ("[ipv4-addr:value IN ()]", None),
    ("[file:size = 5]", None),
    ("[domain-name:value = 'a.example'] WITHIN 5 SECONDS", None),
])  # fmt: skip
def test_exact_values_are_told_from_everything_else(pattern, found):
    expected = None if found is None else frozenset(Observable(*one) for one in found)
    assert observables(pattern) == expected


equalities = st.builds(
    lambda path, value, space: f"{path}{space}={space}'{value}'",
    st.sampled_from(
        ["ipv4-addr:value", "domain-name:value", "file:hashes.MD5", "file:hashes.'MD5'", "mutex:name", "file:size"]
    ),
    st.sampled_from(["198.51.100.7", "evil.example", "a" * 32, "it\\'s", ""]),
    st.sampled_from(["", " "]),
)
chains = st.lists(st.lists(equalities, min_size=1, max_size=3), min_size=1, max_size=3).map(
    lambda several: " OR ".join(f"[{' OR '.join(one)}]" for one in several)
)


@given(chains | st.sampled_from(SOUND))
def test_the_quick_way_finds_what_the_grammar_says(pattern):
    quick = _chain(pattern)
    assert quick is None or quick == _of(parse(pattern))
    assert observables(pattern) == _of(parse(pattern))


def test_every_path_of_the_table_can_be_written_and_leads_to_fields_of_the_registry():
    standard = Registry.standard()
    for plain in known_paths():
        type_, _, rest = plain.partition(":")
        steps = tuple(
            step for part in rest.split(".") for step in (part.removesuffix("[*]"), *([-1] * part.endswith("[*]")))
        )
        path = Path(type_, steps)
        assert path.plain == plain
        assert parse(written(Observed(Compare(path, Operator.EQUAL, ("a",))))).test.path == path
        assert [one.field for one in carriers_at(path) if one.field not in standard] == []
        assert carriers_at(path) or kinds_at(path) == (Kind.MUTEX,)
