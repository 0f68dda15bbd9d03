import ipaddress
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from intel.exact.builders import AT, a_batch, an_entry, matched
from watchward.detect.sigma.rule import Level
from watchward.intel.errors import ObservableError
from watchward.intel.exact import folder, standing
from watchward.intel.exact.carried import ways_by_field
from watchward.intel.exact.sets import ExactSets, warm
from watchward.intel.observable import Holds, Kind, Observable, observable


@pytest.fixture
def home(tmp_path):
    return tmp_path / "exact"


@pytest.mark.parametrize(
    ("kind", "text", "field", "value"),
    [
        (Kind.IPV4, "192.0.2.7", "DestinationIp", "192.0.2.7"),
        (Kind.IPV4, "192.0.2.7", "IpAddress", "::ffff:192.0.2.7"),
        (Kind.IPV4, "192.0.2.7", "ClientIP", "192.0.2.7:50123"),
        (Kind.IPV4, "192.0.2.7", "c-uri", "http://192.0.2.7:8080/x"),
        (Kind.IPV6, "2001:db8::1", "ClientIP", "[2001:DB8:0::1]:443"),
        (Kind.NETWORK, "198.51.100.0/24", "SourceIp", "198.51.100.250"),
        (Kind.NETWORK, "2001:db8::/32", "SourceIp", "2001:db8:ffff::1"),
        (Kind.NETWORK, "0.0.0.0/0", "SourceIp", "203.0.113.1"),
        (Kind.DOMAIN, "evil.example", "QueryName", "www.EVIL.example."),
        (Kind.DOMAIN, "bücher.example", "QueryName", "BÜCHER.example"),
        (Kind.DOMAIN, "evil.example", "c-uri", "HTTPS://user@cdn.evil.example:8443/a?b"),
        (Kind.DOMAIN, "evil.example", "QueryResults", "type:  5 a.evil.example;::ffff:192.0.2.1;"),
        (Kind.IPV4, "192.0.2.1", "QueryResults", "type:  5 a.evil.example;::ffff:192.0.2.1;"),
        (Kind.URL, "http://bad.example/x?y=1", "c-uri", "HTTP://BAD.example:80/x?y=1"),
        (Kind.URL, "http://bad.example/", "c-uri", "http://bad.example"),
        (Kind.URL, "http://bad.example/~x", "c-uri", "http://bad.example/%7ex#top"),
        (Kind.SHA256, "ab" * 32, "Hashes", "MD5=" + "0" * 32 + ",SHA256=" + "AB" * 32 + ",IMPHASH=" + "1" * 32),
        (Kind.MD5, "cd" * 16, "MD5", "CD" * 16),
        (Kind.FILE_NAME, "mal.exe", "Image", r"C:\Users\Public\MAL.exe"),
        (Kind.FILE_NAME, "mäl.exe", "Image", r"C:\Users\Public\MÄL.exe"),
        (Kind.FILE_PATH, r"C:\Users\Public\mal.exe", "TargetFilename", r"c:\users\public\MAL.EXE"),
        (Kind.FILE_PATH, r"C:\Windows\mal.exe", "ImagePath", r"C:\WINDOWS\mal.exe -m security"),
        (Kind.FILE_NAME, "mal.exe", "ServiceFileName", r'"C:\Odd Tools\MAL.exe" -m security'),
        (Kind.FILE_NAME, "mal.exe", "ImagePath", r"C:\Odd Tools\mal.exe /x C:\other.exe"),
        (Kind.FILE_NAME, "mal", "ImagePath", "/opt/mal --serve"),
        (Kind.REGISTRY_KEY, r"HKEY_LOCAL_MACHINE\Software\Evil", "TargetObject", r"HKLM\SOFTWARE\Evil\Run\x"),
        (Kind.REGISTRY_KEY, r"HKLM\System\CurrentControlSet\X", "TargetObject", r"HKLM\System\ControlSet001\X"),
        (Kind.EMAIL, "jo@evil.example", "UserId", "Jo@Evil.Example"),
        (Kind.USER_AGENT, "Evil/1.0", "c-useragent", "Evil/1.0"),
        (Kind.DOMAIN, "evil.example", "answers", "\x1ea.example\x1eb.evil.example"),
    ],
)
def test_an_indicator_is_found_where_its_thing_is_seen(home, kind, text, field, value):
    folder.publish(home, [an_entry(kind, text, number=1), an_entry(kind=Kind.DOMAIN, text="other.test", number=2)])
    found = ExactSets.open(home).match(a_batch(field, ["nothing", value, None]))
    assert found.rows.tolist() == [1]
    (hit,) = [found.hits[number] for number in found.numbers]
    assert (hit.entry.indicator[-1], hit.field, hit.value) == ("1", field, value)


@pytest.mark.parametrize(
    ("kind", "text", "field", "value"),
    [
        (Kind.DOMAIN, "evil.example", "QueryName", "notevil.example"),
        (Kind.DOMAIN, "evil.example", "QueryName", "evil.example.org"),
        (Kind.MD5, "cd" * 16, "Hashes", "IMPHASH=" + "cd" * 16),
        (Kind.IMPHASH, "cd" * 16, "Hashes", "MD5=" + "cd" * 16),
        (Kind.FILE_NAME, "mal.exe", "Image", r"C:\mal.exe\other.exe"),
        (Kind.FILE_NAME, "other.exe", "ImagePath", r"C:\mal.exe /x C:\other.exe"),
        (Kind.USER_AGENT, "Evil/1.0", "c-useragent", "evil/1.0"),
        (Kind.IPV4, "192.0.2.7", "CommandLine", "ping 192.0.2.7"),
        (Kind.URL, "http://bad.example/x", "c-uri", "http://bad.example/X"),
        (Kind.REGISTRY_KEY, r"HKLM\Software\Evil", "TargetObject", r"HKLM\Software\Evil2"),
    ],
)
def test_nothing_is_found_where_only_something_like_it_is_seen(home, kind, text, field, value):
    folder.publish(home, [an_entry(kind, text)])
    assert not len(ExactSets.open(home).match(a_batch(field, [value])))


_BLANKS = " " * 60_000


@pytest.mark.parametrize(
    ("kind", "text", "field", "value"),
    [
        (Kind.FILE_NAME, "mal.exe", "ImagePath", rf"{_BLANKS}C:\mal.exe{_BLANKS}-k"),
        (Kind.FILE_NAME, "mal", "ImagePath", f"{_BLANKS}mal{_BLANKS}-k"),
        (Kind.MD5, "cd" * 16, "Hashes", "g" * 60_000 + ",MD5=" + "cd" * 16),
        (Kind.DOMAIN, "evil.example", "QueryResults", "a." * 60_000 + "evil.example"),
    ],
)
def test_an_indicator_is_found_in_a_value_of_any_length_without_looking_at_its_square(home, kind, text, field, value):
    folder.publish(home, [an_entry(kind, text)])
    began = time.process_time()
    assert len(ExactSets.open(home).match(a_batch(field, [value]))) == 1
    assert time.process_time() - began < 10  # the square of such a length takes a minute


def test_a_change_is_noticed_with_the_next_batch(home):
    sets = ExactSets.open(home)
    values = ["a.example", "b.example"]
    assert matched(sets, "QueryName", values) == [set(), set()]
    one, two = an_entry(text="a.example", number=1), an_entry(text="b.example", number=2)
    folder.publish(home, [one])
    assert matched(sets, "QueryName", values) == [{one.indicator}, set()]
    folder.append(home, [two])
    assert matched(sets, "QueryName", values) == [{one.indicator}, {two.indicator}]
    folder.append(home, removed=[one])
    assert matched(sets, "QueryName", values) == [set(), {two.indicator}]
    folder.append(home, [one], removed=[one, two])
    assert matched(sets, "QueryName", values) == [{one.indicator}, set()]


def test_an_indicator_that_has_ended_matches_only_what_came_before(home):
    folder.publish(home, [an_entry(until=AT)])
    sets = ExactSets.open(home)
    assert matched(sets, "QueryName", ["evil.example"], AT) == [set()]
    assert len(matched(sets, "QueryName", ["evil.example"], AT - timedelta(microseconds=1))[0]) == 1


def test_a_thing_of_many_indicators_matches_the_surest_ten(home):
    entries = [an_entry(number=number, confidence=number) for number in range(1, 31)]
    folder.publish(home, entries)
    assert matched(ExactSets.open(home), "QueryName", ["evil.example"]) == [{one.indicator for one in entries[-10:]}]


def test_a_damaged_set_leaves_what_counted_before_in_force(home):
    folder.publish(home, [an_entry()])
    sets = ExactSets.open(home)
    (home / folder.CURRENT).write_bytes(b"{")
    with capture_logs() as logs:
        assert len(matched(sets, "QueryName", ["evil.example"])[0]) == 1
    assert [one["event"] for one in logs] == ["indicators_unreadable"]


def test_the_loops_can_be_made_ready_without_any_indicator():
    warm()


def test_the_level_follows_the_confidence():
    levels = [an_entry(confidence=confidence).level for confidence in (None, 10, 30, 70)]
    assert levels == [Level.MEDIUM, Level.LOW, Level.MEDIUM, Level.HIGH]


_LABEL = st.sampled_from(["a", "b-c", "EVIL", "x_y", "ü", "", "7"])
_ADDRESS = st.one_of(
    st.integers(0, 2**32 - 1).map(lambda number: str(ipaddress.IPv4Address(number & 0xC0000203))),
    st.sampled_from(["::1", "2001:DB8::1", "::ffff:192.0.2.1", "192.0.2.01", "1.2.3", "1.2.3.4.5", "256.1.1.1"]),
)
_NAME = st.lists(_LABEL, min_size=1, max_size=4).map(".".join)
_HOST = st.one_of(_NAME, _ADDRESS, _ADDRESS.map("[{}]".format), st.tuples(_NAME, st.just(":80")).map("".join))
_PATH = st.text(alphabet="aB/.%7eé?#=&:@\\ ", max_size=8)
_URL = st.tuples(st.sampled_from(["http://", "HTTPS://", "ftp://", "", "u@"]), _HOST, _PATH).map("".join)
_HEX = st.sampled_from(["ab" * 16, "CD" * 16, "ab" * 20, "AB" * 32, "0" * 31])
_HASHES = st.lists(st.tuples(st.sampled_from(["", "MD5=", "IMPHASH=", "SHA256=", "x"]), _HEX).map("".join)).map(
    ",".join
)
_WINDOWS = st.lists(
    st.sampled_from(
        ["C:", "Evil", "mal.EXE", "HKLM", "HKEY_LOCAL_MACHINE", "System", "ControlSet001", "SYSTEM", "é", ""]
    ),
    min_size=1,
    max_size=5,
).map("\\".join)
_VALUE = st.one_of(
    _NAME, _ADDRESS, _URL, _HASHES, _WINDOWS, st.lists(_HOST, max_size=3).map("; ".join), st.text(max_size=9)
)
_LISTED = st.one_of(_VALUE, st.lists(_VALUE, max_size=3).map(lambda several: "".join(f"\x1e{one}" for one in several)))
_NETWORK = st.tuples(_ADDRESS, st.sampled_from([0, 8, 24, 31, 32, 64])).map(lambda pair: f"{pair[0]}/{pair[1]}")
_THINGS = st.tuples(st.sampled_from(list(Kind)), st.one_of(_VALUE, _NETWORK))


@given(
    things=st.lists(_THINGS, max_size=12),
    values=st.lists(_LISTED, max_size=8),
    field=st.sampled_from(sorted(ways_by_field())),
)
def test_what_is_found_is_what_asking_each_indicator_of_each_value_finds(tmp_path_factory, things, values, field):
    made = [thing for kind, text in things if (thing := _made(kind, text)) is not None]
    # What the values themselves say, so that there is something to be found.
    made += [thing for kind, _ in ways_by_field()[field] for value in values for thing in _within(kind, value)]
    entries = [an_entry(thing.kind, thing.value, number) for number, thing in enumerate(made)]
    home = tmp_path_factory.mktemp("exact")
    folder.publish(home, entries)
    expected = [{one.indicator for one in entries if _holds(field, value, one.observable)} for value in values]
    for held, wanted in zip(matched(ExactSets.open(home), field, values), expected, strict=True):
        assert held == wanted if len(wanted) <= 10 else held < wanted


def _made(kind, text) -> Observable | None:
    try:
        return observable(kind, text)
    except ObservableError:
        return None


def _within(kind, value):
    pieces = {
        value,
        value.rpartition("\\")[2],
        value.rpartition("/")[2],
        value.partition(".")[2],
        value.partition("=")[2],
    }
    pieces |= {value.rpartition("\\")[0], value.strip("\x1e"), value.partition("://")[2].partition("/")[0]}
    return {thing for piece in pieces if (thing := _made(kind, piece)) is not None}


def _holds(field, value, thing):
    """Whether a field's value holds a thing, asked the slow way: one kind, one item, one part at a time."""
    items = value.split("\x1e")[1:] if value.startswith("\x1e") else [value]
    ways = {holds for kind, holds in ways_by_field()[field] if kind is thing.kind}
    return any(_is_in(thing, holds, item) for item in items for holds in ways)


def _is_in(thing, holds, text):
    if holds in {Holds.PROGRAM, Holds.PROGRAM_NAME}:
        text = _program(text)
    if holds in {Holds.LAST, Holds.PROGRAM_NAME}:
        text = text.replace("/", "\\").rpartition("\\")[2]
    parts = [text]
    if holds is Holds.TEXT:
        kept = "".join(letter if letter.isalnum() or letter in "_.:-" else " " for letter in text)
        parts = [part for part in kept.split() if ":" not in part or _address(part)]
    if holds is Holds.HOST:
        rest = text.partition("://")[2] if "://" in text else text
        for end in "/?#\\":
            rest = rest.partition(end)[0]
        rest = rest.rpartition("@")[2]
        parts = [rest if rest.startswith("[") or rest.count(":") > 1 else rest.partition(":")[0]]
    if holds is Holds.DIGESTS:
        return _in_digests(thing, text)
    return any(_is(thing, part) for part in parts)


def _program(text):
    text = text.lstrip()
    if text.startswith('"') and text.strip('" '):
        return text.split('"')[1]
    words = text.split(" ")
    for end in range(1, len(words) + 1):
        if " ".join(words[:end]).lower().endswith((".exe", ".sys", ".dll")):
            return " ".join(words[:end])
    return words[0]


def _in_digests(thing, text):
    for part in "".join(
        letter if (letter.isalnum() and letter.isascii()) or letter in "=_" else "," for letter in text
    ).split(","):
        name, _, digits = part.rpartition("=")
        name = name.rpartition("=")[2].rpartition("_")[2].lower()
        if (not name or name == thing.kind) and digits.lower() == thing.value:
            return True
    return False


def _is(thing, text):
    match thing.kind:
        case Kind.IPV4 | Kind.IPV6:
            return str(_address(text)) == thing.value
        case Kind.NETWORK:
            address, network = _address(text), ipaddress.ip_network(thing.value)
            return address is not None and address.version == network.version and address in network
        case Kind.DOMAIN:
            name = (text.lower() if text.isascii() else getattr(_made(Kind.DOMAIN, text), "value", "")).removesuffix(
                "."
            )
            return name == thing.value or name.endswith("." + thing.value)
        case Kind.REGISTRY_KEY:
            key = getattr(_made(thing.kind, text), "value", "")
            return key == thing.value or key.startswith(thing.value + "\\")
        case _:
            return _made(thing.kind, text) == thing


def _address(text):
    if text.startswith("[") and "]" in text:
        inner, _, rest = text[1:].partition("]")
        text = inner if not rest or (rest[0] == ":" and rest[1:].isdigit() and rest.isascii()) else text
    elif text.count(":") == 1 and text.isascii() and text.partition(":")[2].isdigit():
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def test_what_a_source_brought_stops_counting_with_the_next_batch_whatever_else_brought_stays(tmp_path):
    entries = [an_entry(Kind.DOMAIN, f"{name}.example", number, brought=keys)
               for number, (name, keys) in enumerate({"mine": "7", "theirs": "8", "both": "7,8"}.items())]  # fmt: skip
    folder.publish(tmp_path, entries)
    sets = ExactSets.open(tmp_path)
    batch = a_batch("QueryName", ["mine.example", "theirs.example", "both.example"])

    def told():
        found = sets.match(batch)
        return [(row, found.hits[number].entry.trial)
                for row, number in zip(found.rows.tolist(), found.numbers.tolist(), strict=True)]  # fmt: skip

    assert told() == [(0, False), (1, False), (2, False)]
    standing.write(tmp_path, trial=["7"], withdrawn=[])
    assert told() == [(0, True), (1, False), (2, False)]
    standing.write(tmp_path, trial=["8"], withdrawn=["7"])
    assert told() == [(1, True), (2, True)]
    standing.write(tmp_path, trial=[], withdrawn=["7", "8"])
    assert told() == []
    (tmp_path / standing.FILE).write_bytes(b"{")
    assert told() == []
