"""Traces of texts: a word that stands in an event is never missing from them."""

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry.builders import decoded
from watchward.detect.events import event_at
from watchward.detect.texts.traces import SHORTEST, Sought, traces
from watchward.detect.texts.values import fold
from watchward.telemetry.batch import items

ODD = "\N{LATIN SMALL LETTER LONG S}\N{KELVIN SIGN}\N{LATIN SMALL LIGATURE FI}\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}"
TEXTS = st.text(alphabet='aK ß:/"\\é\u0001' + ODD, max_size=12)
VALUES = st.one_of(TEXTS, st.lists(TEXTS, max_size=3), st.dictionaries(st.sampled_from(["a", "b"]), TEXTS))
EVENTS = st.fixed_dictionaries(
    {"Channel": st.sampled_from(["System", "Security", "elsewhere"])},
    optional=dict.fromkeys(("CommandLine", "Message", "Odd"), VALUES),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=4))
def test_whatever_stands_in_an_event_may_be_in_the_trace_of_its_log_source(events):
    batch = decoded(*events).batch
    by_source = {trace.source: trace for trace in traces(batch)}
    for row in range(batch.num_rows):
        trace = by_source[tuple(batch.column(name)[row].as_py() for name in ("product", "category", "service"))]
        values = [item for text in event_at(batch, row).values() for item in items(text)]
        for word in (part for value in values for part in re.findall(r"[ !#-\[\]-~]+", fold(value))):
            assert len(word) < SHORTEST or Sought([word]).may_be_in(trace)


def test_a_word_that_stands_nowhere_is_not_in_the_traces():
    events = [{"Channel": "System", "CommandLine": f"wmic process {number} call create"} for number in range(100)]
    found = traces(decoded(*events, {"Channel": "Security", "Message": "sekurlsa::logonpasswords"}).batch)
    sought = Sought(["lsadump::", "sekurlsa::"])
    assert {trace.source[2]: sought.may_be_in(trace) for trace in found} == {"system": False, "security": True}
    assert not Sought([]).may_be_in(None)
    assert sought.may_be_in(None)
