"""STIX patterns for tests: any that can be written."""

from hypothesis import strategies as st

from watchward.intel.pattern.syntax import (
    AllOf,
    Between,
    Compare,
    Either,
    Every,
    Exists,
    Moment,
    Observed,
    OneOf,
    Operator,
    Path,
    Repeats,
    Sequence,
    Within,
)

TIMES = ["2026-03-01T09:00:00Z", "2026-03-01T10:00:00.5Z", "2026-03-02T09:00:00.123456789Z"]
words = st.sampled_from(["name", "value", "hashes", "SHA-256", "x_ward", "a b", "it's", "AND"])
paths = st.builds(
    lambda type_, first, rest: Path(type_, (first, *rest)),
    st.sampled_from(["file", "ipv4-addr", "x-ward", "process"]),
    words,
    st.lists(words | st.integers(-1, 3), max_size=2),
)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=12)
orderable = (
    texts
    | st.integers(-(10**9), 10**9)
    | st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3))
    | st.binary(min_size=1, max_size=4)
    | st.sampled_from(TIMES).map(Moment)
)
values = orderable | st.booleans()
compares = st.one_of(
    st.builds(lambda path, operator, value, negated: Compare(path, operator, (value,), negated), paths,
              st.sampled_from([Operator.EQUAL, Operator.UNEQUAL]), values, st.booleans()),
    st.builds(lambda path, operator, value, negated: Compare(path, operator, (value,), negated), paths,
              st.sampled_from([Operator.LESS, Operator.AT_MOST, Operator.MORE, Operator.AT_LEAST]), orderable,
              st.booleans()),
    st.builds(lambda path, several, negated: Compare(path, Operator.IN, tuple(several), negated), paths,
              st.lists(values, max_size=3), st.booleans()),
    st.builds(lambda path, operator, value, negated: Compare(path, operator, (value,), negated), paths,
              st.sampled_from([Operator.LIKE, Operator.MATCHES, Operator.SUBSET, Operator.SUPERSET]), texts,
              st.booleans()),
    st.builds(Exists, paths, st.booleans()),
)  # fmt: skip
tests = st.recursive(
    compares,
    lambda inner: st.builds(
        lambda whole, parts: whole(tuple(parts)),
        st.sampled_from([Every, Either]),
        st.lists(inner, min_size=2, max_size=3),
    ),
    max_leaves=4,
)
expressions = st.recursive(
    st.builds(Observed, tests),
    lambda inner: st.one_of(
        st.builds(lambda whole, parts: whole(tuple(parts)), st.sampled_from([AllOf, OneOf, Sequence]),
                  st.lists(inner, min_size=2, max_size=3)),
        st.builds(Within, inner, st.integers(1, 10**6) | st.just(0.5)),
        st.builds(Repeats, inner, st.integers(1, 50)),
        st.builds(Between, inner, st.sampled_from(TIMES), st.sampled_from(TIMES)),
    ),
    max_leaves=4,
)  # fmt: skip
