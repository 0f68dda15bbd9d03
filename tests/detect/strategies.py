"""Generated conditions and events, small enough that they often meet."""

from hypothesis import strategies as st

from watchward.detect.sigma.ir import (
    ANYWHERE,
    Absent,
    All,
    How,
    Network,
    Not,
    Number,
    Order,
    Part,
    Regex,
    SameAs,
    Some,
    Text,
    TimePart,
    Wildcard,
)
from watchward.telemetry.batch import joined

FIELDS = ["A", "B", "C"]
fields = st.sampled_from(FIELDS)
anywhere = st.sampled_from([*FIELDS, ANYWHERE])
letters = st.text(alphabet="abAB1.ßéÉK ", max_size=4)
pieces = st.lists(st.lists(letters, min_size=1, max_size=3).map(tuple), min_size=1, max_size=3).map(tuple)
addresses = st.sampled_from(["10.0.0.1", "10.1.2.3", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "10.0.0.256"])
numbers = st.sampled_from(["1", "10", "-1", "0x1", "1.0", "1.5", "01", "٣", "9" * 30])
times = st.sampled_from(
    ["2026-03-01T01:01:00Z", "2026-W09-7T01:01z", "2026-01-01 00:10:00.5", "1767225600", "1767225600000", "soon"]
)
patterns = st.sampled_from(["a+", "^b", r"a\.?b", "(?i)É", "[^a]$", "", r"\d", "b{2,}a", "(ab|1)", r"1\w"])

leaf = st.one_of(
    st.builds(Text, anywhere, st.sampled_from(How), letters, st.booleans()),
    st.builds(Wildcard, anywhere, pieces, st.booleans()),
    st.builds(Regex, anywhere, patterns, st.sampled_from(["", "i", "ims"])),
    st.builds(Network, fields, st.sampled_from(["10.0.0.0/8", "10.0.0.0/24", "::/0", "fe80::/10"])),
    st.builds(Number, fields, st.sampled_from(Order), st.sampled_from([1, 1.5, 10, -1])),
    st.builds(TimePart, fields, st.sampled_from(Part), st.sampled_from([0, 1, 10, 2026])),
    st.builds(SameAs, fields, fields, st.booleans(), st.booleans()),
    st.builds(Absent, fields),
)
conditions = st.recursive(
    leaf,
    lambda part: st.one_of(
        st.lists(part, max_size=4).map(tuple).map(All),
        st.lists(part, max_size=4).map(tuple).map(Some),
        st.builds(Not, part),
    ),
    max_leaves=8,
)
single_values = st.one_of(letters, letters, addresses, numbers, times)
values = st.one_of(single_values, single_values, st.lists(single_values, min_size=1, max_size=3).map(joined))
events = st.dictionaries(fields, values)
