"""Correlations and filters come from outside: whatever a file says, it loads or is refused with words."""

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.correlate.texts import BASE
from watchward.detect.sigma.document import parse
from watchward.detect.sigma.rule import Rejected
from watchward.detect.sigma.rules import load

_WORDS = st.sampled_from(
    ["failed", "many", "any", "event_count", "temporal", "temporal_ordered", "1h", "10", "a and not b", ""]
)
_SCALARS = st.one_of(_WORDS, st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8))
_JUNK = st.recursive(
    _SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_WORDS, inner, max_size=3)),
    max_leaves=6,
)
_KEYS = st.sampled_from(["type", "rules", "group-by", "timespan", "condition", "aliases", "generate", "selection"])
_VALUES = st.one_of(
    _JUNK,
    st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("gt", "gte", "lt", "lte", "eq", "neq", "field", "percentile"), _JUNK)
    ),
)
_KINDS = st.sampled_from(["correlation", "filter"])
_SOUND = {"type": "event_count", "rules": "failed", "timespan": "1h", "condition": {"gte": 1}}
_SECTIONS = st.dictionaries(_KEYS, _VALUES, max_size=4).map(lambda changes: _SOUND | changes)


@settings(max_examples=150)
@given(
    kind=st.sampled_from(["correlation", "filter"]), section=_SECTIONS, more=st.dictionaries(_WORDS, _JUNK, max_size=2)
)
def test_whatever_a_document_says_it_loads_or_is_refused_with_words(kind, section, more, tmp_path_factory):
    document = {"title": "T", "logsource": {"product": "windows"}, **more, kind: section}
    text = yaml.safe_dump(document, allow_unicode=True)
    folder = tmp_path_factory.mktemp("rules")
    path = folder / "a.yml"

    for one in parse(text.encode(), path):
        assert not isinstance(one, Rejected) or (one.reason and one.advice)
    path.write_text(BASE.format(name="failed", id="53ba33fd-3a50-4468-a5ef-c583635cfa92") + "---\n" + text)
    assert all(one.advice for one in load([folder]).rejected)
