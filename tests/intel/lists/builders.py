"""Blocks to make lists of."""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from watchward.intel.lists.block import Block, in_force
from watchward.intel.observable import Kind, Observable, observable

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def a_block(kind, value, number=1, **said):
    """A block of a thing as it is written by whoever names it; of a value that is no such thing, too."""
    try:
        thing = observable(kind, value)
    except ValueError:
        thing = Observable(kind, value)
    common = {
        "indicator": f"indicator--00000000-0000-4000-8000-{number:012d}",
        "why": "It told stolen programs what to do.",
        "since": NOW - timedelta(days=1),
        "source": "A response team",
    }
    return Block(observable=thing, **{**common, **said})


EVERY_KIND = (
    a_block(Kind.DOMAIN, "evil.example", 1),
    a_block(Kind.DOMAIN, "c2.worse.example", 2, until=NOW + timedelta(days=30)),
    a_block(Kind.IPV4, "198.51.100.7", 3),
    a_block(Kind.IPV6, "2001:db8::7", 4),
    a_block(Kind.NETWORK, "203.0.113.0/24", 5),
    a_block(Kind.NETWORK, "2001:db8:9::/48", 6),
    a_block(Kind.URL, "http://evil.example/a;b?c=(1)", 7),
    a_block(Kind.URL, "https://shared.example:8443/x", 8),
    a_block(Kind.MD5, "0123456789abcdef" * 2, 9),
    a_block(Kind.SHA1, "01234567" * 5, 10),
    a_block(Kind.SHA256, "0123456789abcdef" * 4, 11),
    a_block(Kind.EMAIL, "jo@evil.example", 12),
    a_block(Kind.FILE_NAME, "invoice.hta", 13),
    a_block(Kind.USER_AGENT, "Evil/1.0 (compatible; bad)", 14),
    a_block(Kind.MUTEX, r"Global\evil", 15),
)


def listed(*blocks, **said):
    """The blocks that hold now."""
    return in_force(blocks, **{"now": NOW, **said})


hostile = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "a\nb.example", "evil.example\n@ NS x.", "*", "*.example", "$ORIGIN x", "a" * 64 + ".example",
            "evil..example",
            ".".join(["a" * 60] * 5), 'x";drop', "a\tb", "a b.example", "-", "(empty)", "#", "é.example", "1.2.3.4/0/0",
            "999.1.1.1", "fe80::1%eth0", "http://a b/", "http://evil.example/\n", "http://evil.example/\x00", "\u2028",
            "http://[::1]/x", "evil.example", "198.51.100.7", "0.0.0.0/0", "http://evil.example/\"'|;\\", "\ud800",
        ],
    ),
)  # fmt: skip
words = hostile | st.sampled_from(["a ; b", "\n$INCLUDE /etc/passwd", "sid:1;) drop ip any any"])
blocks = st.builds(
    Block,
    observable=st.builds(Observable, st.sampled_from(Kind), hostile),
    indicator=st.just("indicator--00000000-0000-4000-8000-000000000001") | words,
    why=words,
    source=words,
    since=st.just(NOW - timedelta(days=1)),
    until=st.none() | st.just(NOW + timedelta(days=1)),
)
several = st.lists(blocks, max_size=6).map(lambda found: listed(*EVERY_KIND[:3], *found))
