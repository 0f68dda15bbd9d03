"""Rules that look for keywords anywhere: a scan finds what the whole event would show, wherever the word stands."""

import json
from dataclasses import replace

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detect.builders import rule_with
from telemetry.builders import an_origin
from watchward.detect.plan import plan
from watchward.detect.sigma.rule import LogSource, Rule
from watchward.lake.segments import Segment, write
from watchward.node.scan.files import find
from watchward.node.scan.run import Scan
from watchward.telemetry.batch import compact
from watchward.telemetry.decode import Decoder

ANYWHERE = "keywords:\n    - 'sekurlsa::'\n    - 'Kiwi Legit Printer'\ncondition: keywords"
BESIDES = "here:\n    EventID: 7\nkeywords:\n    - 'evil.dll'\ncondition: here and keywords"
UNLESS = "here:\n    EventID: 7\nkeywords:\n    - 'mimilib.dll'\ncondition: here and not keywords"
FOREIGN = "keywords:\n    - 'ÄRGER-werkzeug'\n    - 'straße nach x'\ncondition: keywords"
SHORT = "keywords:\n    - 'kali'\ncondition: keywords"


def a_rule(source: str, detection: str) -> Rule:
    rule = rule_with(detection)
    return replace(rule, id=source, logsource=LogSource(product="windows", service=source or None))


RULES = [
    a_rule("", ANYWHERE),
    a_rule("system", BESIDES),
    a_rule("system", UNLESS),
    a_rule("application", SHORT),
    a_rule("security", FOREIGN),
]
SCAN, PLAN, DECODER = Scan(RULES), plan.compile(RULES), Decoder()
CHANNELS = st.sampled_from(["System", "Application", "Security", "somewhere else"])
WORDS = st.sampled_from(
    ["sekurlsa::", "SEKURLSA::logon", "kiwi legit printer", "a evil.DLL", "mimilib.dll", "Kali", "Ärger-WERKZEUG", ""]
)
LONG_S, KELVIN = "\N{LATIN SMALL LETTER LONG S}", "\N{KELVIN SIGN}"
FOLDED = st.sampled_from([f"{LONG_S}ekurlsa::logon", f"{KELVIN}iwi legit printer", "ÄRGER-werkzeug", "STRASSE nach X"])
TEXTS = st.tuples(st.text(max_size=40), WORDS | FOLDED, st.text(max_size=9)).map("".join)
VALUES = st.one_of(TEXTS, st.lists(TEXTS, max_size=3), st.dictionaries(st.sampled_from(["a", "b"]), TEXTS))
EVENTS = st.fixed_dictionaries(
    {"Channel": CHANNELS, "EventID": st.sampled_from([7, 8])},
    optional=dict.fromkeys(("Message", "Data", "CommandLine", "Odd"), VALUES),
)
CLOTHED = {"Channel": "System", "Message": f"{LONG_S}ekurlsa::", "Odd": {"a": f"{KELVIN}iwi legit printer"}}


def spelt(document: object, *, hidden: bool) -> bytes:
    """The document as JSON; letters outside ASCII, and one of each word, are escapes where they shall be hidden."""
    text = json.dumps(document, ensure_ascii=hidden)
    return (text.replace("lsa", r"\u006csa").replace(".dll", r".\u0064ll") if hidden else text).encode(errors="replace")


def from_whole_events(body: bytes) -> tuple[pa.RecordBatch, set[tuple[int, int]]]:
    batch = DECODER.decode_ndjson(body, an_origin()).batch
    found = PLAN.match(batch)
    return batch, set(zip(found.rows.tolist(), found.rules.tolist(), strict=True))


def from_a_scan(path) -> set[tuple[int, int]]:
    return {
        (int(part.records[row]) - 1, rule)
        for part, found in SCAN.run(find([path]).files)
        for row, rule in zip(found.rows.tolist(), found.rules.tolist(), strict=True)
    }


@settings(max_examples=60, deadline=None)
@given(events=st.lists(st.tuples(EVENTS, st.booleans()), min_size=1, max_size=6), merged=st.booleans())
@example(events=[(CLOTHED, False), (CLOTHED, True)], merged=False)
@example(events=[(CLOTHED, False), (CLOTHED, True)], merged=True)
def test_a_scan_finds_keywords_wherever_the_whole_event_holds_them(tmp_path_factory, events, merged):
    folder = tmp_path_factory.mktemp("scan")
    body = b"\n".join(spelt(document, hidden=hidden) for document, hidden in events)
    (folder / "events.ndjson").write_bytes(body)
    batch, expected = from_whole_events(body)
    segment = Segment.of("g1", 1, an_origin().received_at)
    write(folder, segment, pa.Table.from_batches([compact(batch)]), for_good=merged)
    assert from_a_scan(folder / "events.ndjson") == expected
    assert from_a_scan(folder / "events") == expected
