"""Patterns as predicates: an indicator's pattern runs beside Sigma rules, and finds what an independent matcher finds."""

# ruff: noqa: E501 - patterns stand on one line, as they are written

import dataclasses
from datetime import UTC, datetime, timedelta
from functools import cache

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stix2matcher.matcher import match as matched_elsewhere

from detect.builders import NOON, a_batch, rule_of, rule_with
from intel.builders import an_id
from intel.observed import a_connection, a_file, a_process, a_query, happened, tests
from watchward.detect.correlate import program
from watchward.detect.correlate.engine import Correlator
from watchward.detect.correlate.matched import matched_in
from watchward.detect.events import event_at
from watchward.detect.plan import plan
from watchward.detect.reference import matches
from watchward.intel.errors import PatternError
from watchward.intel.pattern import About, UnrunError, compile, indicator_of, observables  # noqa: A004 - the contract
from watchward.intel.pattern.conditions import condition_of
from watchward.intel.pattern.parse import parse
from watchward.telemetry.batch import joined

ID = an_id("indicator")
ABOUT = About(id=ID, title="Seen before")


def found(pattern, *events):
    """The places of the events that a pattern finds, by the plan and by the reference alike."""
    compiled = compile(pattern, ABOUT)
    batch = a_batch(*events)
    by_plan = {(row, compiled.rules[rule].id) for row, rule in pairs(plan.compile(compiled.rules).match(batch))}
    by_reference = {
        (row, rule.id)
        for row in range(len(events))
        for rule in compiled.rules
        if matches(rule.condition, event_at(batch, row))
    }
    assert by_plan == by_reference
    return sorted({row for row, rule in by_plan if rule == ID})


def pairs(matched):
    return zip(matched.rows.tolist(), matched.rules.tolist(), strict=True)


DIGEST = "0123456789abcdef" * 4


@pytest.mark.parametrize(("pattern", "event", "other"), [
    ("[ipv4-addr:value = '198.51.100.7']", {"DestinationIp": "198.51.100.7"}, {"DestinationIp": "198.51.100.70"}),
    ("[ipv4-addr:value = '198.51.100.7']", {"IpAddress": "::ffff:198.51.100.7"}, {"IpAddress": "-"}),
    ("[ipv4-addr:value = '198.51.100.7']", {"c-uri": "http://198.51.100.7:8080/x"}, {"c-uri": "http://a.example/198.51.100.7"}),
    ("[ipv4-addr:value = '198.51.100.7']", {"QueryResults": "::ffff:198.51.100.7;"}, {"QueryResults": "198.51.100.77;"}),
    ("[ipv4-addr:value = '198.51.100.0/24']", {"SourceIp": "198.51.100.99"}, {"SourceIp": "198.51.101.1"}),
    ("[ipv6-addr:value = '2001:DB8::0:1']", {"SourceIp": "2001:db8::1"}, {"SourceIp": "2001:db8::2"}),
    ("[ipv4-addr:value ISSUBSET '198.51.0.0/16']", {"dst_ip": "198.51.3.4"}, {"dst_ip": "198.52.3.4"}),
    ("[ipv4-addr:value ISSUPERSET '198.51.100.7/32']", {"dst_ip": "198.51.100.7"}, {"dst_ip": "198.51.100.8"}),
    ("[domain-name:value = 'Evil.Example']", {"QueryName": "evil.example."}, {"QueryName": "notevil.example"}),
    ("[domain-name:value = 'evil.example']", {"url": "https://jo@evil.example:443/x"}, {"url": "https://evil.example.org/evil.example"}),
    ("[domain-name:value LIKE '%.evil.example']", {"QueryName": "a.evil.example"}, {"QueryName": "evil.example"}),
    ("[url:value = 'HTTP://Evil.example:80/x']", {"c-uri": "http://evil.example/x"}, {"c-uri": "http://evil.example/y"}),
    ("[file:hashes.'SHA-256' = '" + DIGEST.upper() + "']", {"Hashes": f"MD5=aa,SHA256={DIGEST}"}, {"Hashes": "MD5=aa"}),
    ("[file:hashes.MD5 = '" + DIGEST[:32] + "']", {"MD5": DIGEST[:32].upper()}, {"MD5": "a" * 32}),
    ("[file:hashes.MD5 != '" + DIGEST[:32] + "' AND file:name = 'a']", {"Hashes": "MD5=" + "a" * 32, "Image": "a"}, {"Hashes": f"SHA256={DIGEST}", "Image": "a"}),
    ("[file:name = 'evil.exe']", {"Image": r"C:\Temp\EVIL.exe"}, {"Image": r"C:\Temp\notevil.exe"}),
    ("[file:name LIKE 'e%.exe']", {"TargetFilename": r"C:\a\ev.exe"}, {"TargetFilename": r"C:\e\v.exe"}),
    ("[file:name = 'evil.exe']", {"ImagePath": r"C:\Temp\EVIL.exe -k x"}, {"ImagePath": r"C:\a.exe C:\evil.exe"}),
    ("[file:name LIKE 'ev%.exe']", {"ServiceFileName": r'"C:\a b\EVIL.exe" -k'}, {"ServiceFileName": r"C:\a.exe C:\evil.exe"}),
    ("[file:name MATCHES '^[0-9]+\\\\.exe$']", {"Image": r"C:\a\123.exe"}, {"Image": r"C:\123\a123.exe"}),
    ("[file:parent_directory_ref.path = 'C:\\\\Temp']", {"Image": r"c:\temp\a.exe"}, {"Image": r"c:\temp\b\a.exe"}),
    ("[directory:path LIKE 'C:\\\\Users\\\\%\\\\Temp']", {"Image": r"c:\users\jo\temp\a.exe"}, {"Image": r"c:\users\temp.exe"}),
    ("[process:command_line MATCHES '-enc [A-Za-z0-9]{8,}']", {"CommandLine": "x -enc QUJDREVG"}, {"CommandLine": "x -enc QUJ"}),
    ("[process:command_line LIKE '%vssadmin%delete%']", {"CommandLine": "VSSADMIN.exe delete shadows"}, {"CommandLine": "delete vssadmin"}),
    ("[process:parent_ref.name = 'winword.exe' AND process:name = 'cmd.exe']", {"Image": r"C:\cmd.exe", "ParentImage": r"C:\winword.exe"}, {"Image": r"C:\cmd.exe"}),
    ("[process:pid > 5 AND process:pid <= 7]", {"ProcessId": "7"}, {"ProcessId": "5"}),
    ("[process:pid NOT > 5]", {"ProcessId": "5"}, {"ProcessId": "none"}),
    ("[windows-registry-key:key = 'HKEY_LOCAL_MACHINE\\\\Software\\\\Evil']", {"TargetObject": r"HKLM\SOFTWARE\Evil\Run"}, {"TargetObject": r"HKLM\SOFTWARE\Evilish"}),
    ("[windows-registry-key:key LIKE 'HKEY_CURRENT_USER\\\\%\\\\Evil']", {"TargetObject": r"HKCU\Software\Evil\x"}, {"TargetObject": r"HKLM\Software\Evil"}),
    ("[windows-registry-key:values[*].data LIKE '%evil%']", {"Details": "C:\\evil.exe"}, {"Details": "C:\\good.exe"}),
    ("[network-traffic:dst_ref.value = '198.51.100.7' AND network-traffic:dst_port = 443]", {"DestinationIp": "198.51.100.7", "DestinationPort": "443"}, {"SourceIp": "198.51.100.7", "DestinationPort": "443"}),
    ("[network-traffic:dst_port IN (80, 443)]", {"DestinationPort": "80"}, {"DestinationPort": "8080"}),
    ("[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = 'Evil/1.0']", {"c-useragent": "Evil/1.0"}, {"c-useragent": "Evil/1.01"}),
    ("[user-account:account_login = 'jo']", {"User": r"WARD\jo"}, {"User": r"WARD\jojo"}),
    ("[email-addr:value = 'Jo@Evil.example']", {"userPrincipalName": "jo@evil.example"}, {"userPrincipalName": "jo@ok.example"}),
    ("[file:hashes.MD5 LIKE '0123%']", {"Hashes": f"SHA1=a,MD5={DIGEST[:32]}"}, {"Hashes": f"MD5=a,SHA256={DIGEST}"}),
    ("[EXISTS process:parent_ref.command_line AND process:name = 'a']", {"ParentCommandLine": "x", "Image": "a"}, {"Image": "a"}),
    ("[NOT EXISTS process:cwd AND process:command_line = 'x']", {"CommandLine": "x"}, {"CommandLine": "x", "CurrentDirectory": "c"}),
    ("[domain-name:value = 'a.example'] OR [domain-name:value = 'b.example']", {"QueryName": "b.example"}, {"QueryName": "c.example"}),
    ("[domain-name:value = 'a.example'] WITHIN 5 SECONDS", {"QueryName": "a.example"}, {"QueryName": "b.example"}),
    ("[domain-name:value = 'a.example'] REPEATS 1 TIMES", {"QueryName": joined(["x", "a.example"])}, {"QueryName": joined(["x"])}),
])  # fmt: skip
def test_a_pattern_finds_its_event_and_no_other(pattern, event, other):
    assert found(pattern, event, other) == [0]


@settings(max_examples=40)
@given(st.lists(tests, min_size=1, max_size=4), st.lists(happened, min_size=1, max_size=6))
def test_a_pattern_finds_what_an_independent_matcher_finds(several, events):
    patterns = [f"[{test}]" for test in several]
    rules = [rule_of(condition_of(parse(one).test, []), number) for number, one in enumerate(patterns)]
    batch = a_batch(*(one.event for one in events))
    elsewhere = [
        (row, number)
        for row, one in enumerate(events)
        for number, pattern in enumerate(patterns)
        if matched_elsewhere(pattern, [one.bundle(row)], stix_version="2.1")
    ]
    assert [
        (row, number)
        for row in range(len(events))
        for number, rule in enumerate(rules)
        if matches(rule.condition, event_at(batch, row))
    ] == elsewhere
    assert list(pairs(plan.compile(rules).match(batch))) == elsewhere


A, B, C = "[process:command_line = 'ab']", "[domain-name:value = 'evil.example']", "[network-traffic:dst_port = 443]"
D = "[file:name = 'b.dll']"
steps = st.one_of(
    st.just(a_process("", "x", "ab")),
    st.just(a_query("evil.example")),
    st.just(a_connection("198.51.100.7", "203.0.113.5", 443)),
    st.just(a_file("", "b.dll", {})),
    st.just(a_query("b.example")),
)
streams = st.lists(st.builds(dataclasses.replace, steps, at=st.integers(0, 30)), min_size=1, max_size=7)


@cache
def ready(pattern):
    compiled = compile(pattern, ABOUT)
    return compiled, plan.compile(compiled.rules), program.compile(compiled.correlations)


def firings(pattern, several):
    """The ids of what alerts on a stream of events."""
    compiled, planned, programmed = ready(pattern)
    batch = a_batch(
        *(one.event for one in several),
        observed_at=pa.array([NOON + timedelta(seconds=one.at) for one in several], pa.timestamp("us", tz="UTC")),
    )
    matched = planned.match(batch)
    single = {compiled.rules[rule].id for _, rule in pairs(matched)} - compiled.silent
    correlator = Correlator(programmed)
    findings = correlator.whole(matched_in(batch, matched, [rule.id for rule in compiled.rules], []))
    return single | {one.correlation for one in findings} - compiled.silent


JOINED = [
    f"({A} AND {B}) WITHIN 10 SECONDS",
    f"({A} FOLLOWEDBY {B}) WITHIN 10 SECONDS",
    f"({A} FOLLOWEDBY {B} FOLLOWEDBY {C}) WITHIN 15 SECONDS",
    f"({A} FOLLOWEDBY ({B} OR {C})) WITHIN 5 SECONDS",
    f"(({A} AND {B}) OR ({C} AND {D})) WITHIN 8 SECONDS",
    f"({A} AND ({B} OR ({C} AND {D}))) WITHIN 8 SECONDS",
    f"{B} REPEATS 3 TIMES WITHIN 12 SECONDS",
    f"({B} OR {C}) REPEATS 3 TIMES WITHIN 12 SECONDS",
    f"{A} OR ({B} FOLLOWEDBY {C}) WITHIN 6 SECONDS",
    f"{A} AND {B} AND {C}",
    f"(({A} AND {B}) WITHIN 3 SECONDS) FOLLOWEDBY {C}",
    f"({A} REPEATS 2 TIMES WITHIN 4 SECONDS) FOLLOWEDBY {B}",
]  # fmt: skip


@pytest.mark.parametrize("pattern", JOINED)
@settings(max_examples=15)
@given(several=streams)
def test_what_joins_observations_fires_where_an_independent_matcher_says(pattern, several):
    bundles = [one.bundle(number) for number, one in enumerate(several)]
    fired = firings(pattern, several)
    assert bool(fired) == bool(matched_elsewhere(pattern, bundles, stix_version="2.1"))
    assert {indicator_of(one) for one in fired} <= {ID}


@pytest.mark.parametrize("pattern", JOINED)
def test_what_alerts_bears_the_indicators_id_and_the_rest_is_silent(pattern):
    compiled = compile(pattern, ABOUT)
    ids = {one.id for one in (*compiled.rules, *compiled.correlations)}
    assert ID in ids - compiled.silent
    assert {indicator_of(one) for one in ids} == {ID}
    assert len(ids) == len(compiled.rules) + len(compiled.correlations)


@pytest.mark.parametrize(("pattern", "named"), [
    ("[file:size = 5]", "no telemetry shows file:size"),
    ("[mutex:name = 'x']", "no telemetry shows mutex:name"),
    ("[process:command_line = 'x' AND file:size > 5]", "no telemetry shows file:size"),
    ("[process:command_line > 'x']", "only numbers are compared by size"),
    ("[file:name ISSUBSET '198.51.100.0/24']", "only addresses lie in networks"),
    ("[ipv4-addr:value ISSUBSET 'evil']", "is no network"),
    ("[ipv4-addr:value ISSUPERSET '198.51.100.0/24']", "single addresses"),
    ("[ipv4-addr:value = 'evil']", "is no ipv4 or network"),
    ("[file:hashes.MD5 MATCHES '^a']", "cannot be compared so"),
    ("[windows-registry-key:key MATCHES '^HKEY']", "cannot be compared so"),
    ("[process:command_line MATCHES '(a+)+$(?=b)']", "MATCHES cannot be run"),
    ("[process:command_line MATCHES '(a)\\\\1']", "MATCHES cannot be run"),
    ("[file:name MATCHES '\\\\S+']", "cannot be kept within the name of a file"),
    ("[process:command_line = h'aa']", "neither a text nor a number"),
    ("[process:command_line != 'x']", "nearly every event would meet it"),
    ("[process:command_line MATCHES '.*']", "nearly every event would meet it"),
    ("[process:command_line LIKE '%']", "nearly every event would meet it"),
    ("[ipv4-addr:value ISSUBSET '0.0.0.0/0']", "nearly every event would meet it"),
    (f"({A} START t'2026-03-01T09:00:00Z' STOP t'2026-03-02T09:00:00Z') AND {B}", "START and STOP are for the whole"),
    (f"({A} AND {B}) REPEATS 2 TIMES", "only one observation at a time is counted"),
    (f"{A} REPEATS 0 TIMES", "nothing is seen less than once"),
    (f"{A} FOLLOWEDBY ({B} AND {C})", "only its first part may join"),
    (f"({A} FOLLOWEDBY {B}) AND {C}", "where only observations are joined"),
    (f"({A} AND {B}) WITHIN 0 SECONDS", "a window is longer than nothing"),
    (f"({A} AND {B}) WITHIN 100000000 SECONDS", "400 days at most"),
    ("[process:command_line = 'x'", "lacks ']'"),
])  # fmt: skip
def test_what_cannot_be_looked_for_is_refused_by_its_name(pattern, named):
    with pytest.raises(PatternError) as refused:
        compile(pattern, ABOUT)
    assert named in refused.value.message
    assert refused.value.advice


def test_of_alternatives_those_that_can_be_looked_for_are_and_the_others_are_named():
    compiled = compile("[file:hashes.MD5 = '" + "a" * 32 + "' OR file:hashes.SSDEEP = '3:a:b']", ABOUT)
    (note,) = compiled.notes
    assert "SSDEEP" in note
    assert found("[file:name = 'a.exe' OR file:size = 5]", {"Image": r"c:\a.exe"}) == [0]
    assert compile(f"{A} OR [file:size = 5]", ABOUT).notes


def test_times_for_the_whole_of_a_pattern_are_told():
    compiled = compile(f"{A} START t'2026-03-01T09:00:00Z' STOP t'2026-03-02T09:00:00Z'", ABOUT)
    assert (compiled.start, compiled.stop) == (datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 3, 2, 9, tzinfo=UTC))


def test_that_no_window_is_given_is_said():
    assert "1 day is taken" in " ".join(compile(f"{A} AND {B}", ABOUT).notes)


def test_indicators_run_beside_sigma_rules():
    sigma = rule_with("s:\n  CommandLine|contains: ab\ncondition: s")
    compiled = plan.compile([sigma, *compile("[process:command_line LIKE 'ab%']", ABOUT).rules])
    matched = compiled.match(a_batch({"CommandLine": "abc"}, {"CommandLine": "xab"}))
    assert [(row, compiled.rules[rule].id) for row, rule in pairs(matched)] == [(0, sigma.id), (0, ID), (1, sigma.id)]


SIGMA = """\
title: Shadow copies deleted
logsource: {product: windows, category: process_creation}
detection: {s: {CommandLine|contains: vssadmin}, condition: s}
"""


def test_a_sigma_rule_in_an_indicator_runs_under_the_indicators_id():
    compiled = compile(SIGMA, dataclasses.replace(ABOUT, pattern_type="sigma"))
    matched = plan.compile(compiled.rules).match(a_batch({"CommandLine": "vssadmin delete"}))
    assert [compiled.rules[rule].id for _, rule in pairs(matched)] == [ID]


def test_a_sigma_correlation_in_an_indicator_brings_its_rules():
    pattern = SIGMA.replace("title", "name: shadow\ntitle", 1) + (
        "---\ntitle: Often\ncorrelation: {type: event_count, rules: shadow, timespan: 1h, condition: {gte: 2}}\n"
    )
    compiled = compile(pattern, dataclasses.replace(ABOUT, pattern_type="sigma"))
    assert [one.id for one in compiled.correlations] == [ID]
    assert compiled.silent == {one.id for one in compiled.rules}
    assert set(compiled.correlations[0].rules) == compiled.silent


@pytest.mark.parametrize(
    "pattern", ["title: x", "", "a: [", SIGMA.replace("vssadmin", "a").replace("contains", "nothing")]
)
def test_a_broken_sigma_rule_in_an_indicator_is_refused(pattern):
    with pytest.raises(PatternError):
        compile(pattern, dataclasses.replace(ABOUT, pattern_type="sigma"))


@pytest.mark.parametrize("pattern_type", ["snort", "yara", "suricata", "pcre", "x-own"])
def test_a_pattern_in_another_language_is_kept_and_not_run(pattern_type):
    with pytest.raises(UnrunError, match="kept and shared, and not run"):
        compile("alert tcp any any", dataclasses.replace(ABOUT, pattern_type=pattern_type))


def test_an_exact_value_is_found_by_its_pattern_in_each_field_that_shows_it():
    pattern = "[domain-name:value = 'evil.example']"
    assert observables(pattern)
    assert found(pattern, {"QueryName": "evil.example"}, {"cs-host": "evil.example"}, {"answers": "evil.example"}) == [
        0,
        1,
        2,
    ]
