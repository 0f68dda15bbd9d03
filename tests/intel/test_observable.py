"""Observables: normal forms, guessing, and the fields that carry them."""

import ipaddress
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.intel.errors import ObservableError
from watchward.intel.observable import Kind, Observable, carriers, fields, guess, observable, refanged
from watchward.telemetry.registry import Registry

labels = st.text(string.ascii_letters + string.digits, min_size=1, max_size=12)
names = st.builds(
    lambda parts, top: ".".join([*parts, top]),
    st.lists(labels, min_size=1, max_size=4),
    st.sampled_from(["example", "invalid", "test", "XN--BCHER-KVA"]),
)
addresses = st.one_of(st.ip_addresses(v=4).map(str), st.ip_addresses(v=6).map(str))
paths = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), max_size=30)
urls = st.builds(
    lambda scheme, host, port, path: f"{scheme}://{host}{port}/{path}",
    st.sampled_from(["http", "HTTPS", "ftp"]),
    names,
    st.sampled_from(["", ":80", ":8443"]),
    paths,
)
digests = st.sampled_from([32, 40, 64, 128]).flatmap(
    lambda size: st.text(string.hexdigits, min_size=size, max_size=size)
)
mails = st.builds(lambda local, name: f"{local}@{name}", labels, names)
networks = st.builds(lambda address, bits: f"{address}/{bits}", st.ip_addresses(v=4).map(str), st.integers(0, 31))
things = st.one_of(names, addresses, urls, digests, mails, networks)
texts = st.one_of(things, st.text(max_size=60))


def made(kind, text):
    try:
        return observable(kind, text)
    except ObservableError:
        return None


@given(st.sampled_from(Kind), texts)
def test_a_normal_value_stays_as_it_is(kind, text):
    found = made(kind, text)
    assert found is None or observable(found.kind, found.value) == found


@given(
    st.sampled_from(
        [
            Kind.DOMAIN,
            Kind.EMAIL,
            Kind.MD5,
            Kind.SHA1,
            Kind.SHA256,
            Kind.IPV6,
            Kind.FILE_NAME,
            Kind.FILE_PATH,
            Kind.REGISTRY_KEY,
        ]
    ),
    texts.filter(str.isascii),
)
def test_letter_case_makes_no_other_thing(kind, text):
    assert made(kind, text.upper()) == made(kind, text.lower())


@given(st.ip_addresses(v=6))
def test_every_spelling_of_an_address_is_the_same_thing(address):
    assert observable(Kind.IPV6, address.exploded) == observable(Kind.IPV6, address.compressed.upper())


@given(st.ip_addresses(v=4), st.integers(0, 31))
def test_every_address_of_a_network_names_the_same_network(address, bits):
    whole = ipaddress.ip_network(f"{address}/{bits}", strict=False)
    assert observable(Kind.NETWORK, f"{address}/{bits}") == observable(Kind.NETWORK, f"{whole[-1]}/{bits}")


@given(names)
def test_the_final_dot_makes_no_other_name(name):
    assert observable(Kind.DOMAIN, f"{name}.") == observable(Kind.DOMAIN, name)


@given(things)
def test_a_defanged_text_is_guessed_alike(text):
    defanged = text.replace("http", "hxxp").replace("HTTP", "HXXP").replace(".", "[.]").replace("@", "[at]")
    assert guess(defanged) == guess(text)


@given(st.one_of(addresses, networks, digests, mails, names))
def test_what_lists_hold_is_guessed(text):
    assert guess(f" {text}\n") is not None


@given(texts)
def test_what_is_guessed_is_normal(text):
    found = guess(text)
    assert found is None or observable(found.kind, found.value) == found


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("198.51.100.7", Kind.IPV4, "198.51.100.7"),
        ("::ffff:198.51.100.7", Kind.IPV4, "198.51.100.7"),
        ("198.51.100.7/32", Kind.IPV4, "198.51.100.7"),
        ("198.51.100.7/24", Kind.NETWORK, "198.51.100.0/24"),
        ("2001:db8::/32", Kind.NETWORK, "2001:db8::/32"),
        ("Evil[.]Example.", Kind.DOMAIN, "evil.example"),
        ("bücher.example", Kind.DOMAIN, "xn--bcher-kva.example"),
        ("hxxps://evil[.]example:443/%7Ea/./b/../c", Kind.URL, "https://evil.example/~a/c"),
        ("hXXp[:]//evil.example", Kind.URL, "http://evil.example/"),
        ("jo[@]evil.example", Kind.EMAIL, "jo@evil.example"),
        ("D41D8CD98F00B204E9800998ECF8427E", Kind.MD5, "d41d8cd98f00b204e9800998ecf8427e"),
        ("Invoice.EXE", Kind.FILE_NAME, "invoice.exe"),
        (r"C:\Users\Jo\A.dll", Kind.FILE_PATH, r"c:\users\jo\a.dll"),
        (r"HKEY_LOCAL_MACHINE\Software\Evil", Kind.REGISTRY_KEY, r"hklm\software\evil"),
    ],
)
def test_a_text_as_people_write_it_is_guessed(text, kind, value):
    assert guess(text) == Observable(kind, value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ward 7",
        "1.2.3",
        "1.2.3.4.5",
        "http://",
        "a@b@",
        "fe80::1%eth0",
        "...",
        "x" * 9000,
        "http://[::1",
        "10.0.0.0/33",
        "evil.123",
        "\ud800.example",
        "https://a\tb/",
    ],
)
def test_what_names_nothing_is_not_guessed(text):
    assert guess(text) is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.IPV4, "010.0.0.1"),
        (Kind.DOMAIN, "-a.example"),
        (Kind.DOMAIN, "a..example"),
        (Kind.DOMAIN, "a" * 64 + ".example"),
        (Kind.SHA256, "é" * 64),
        (Kind.URL, "evil.example/x"),
        (Kind.FILE_NAME, r"a\b.exe"),
        (Kind.MUTEX, ""),
        (Kind.URL, "http://a:99999/"),
        (Kind.NETWORK, "10.0.0.0/255.0.0.0"),
    ],
)
def test_what_is_not_of_the_kind_is_refused_with_advice(kind, text):
    with pytest.raises(ObservableError) as refused:
        observable(kind, text)
    assert refused.value.advice


def test_a_url_with_an_address_as_its_host_keeps_it_in_its_normal_form():
    assert observable(Kind.URL, "http://[2001:DB8::0]:8080/").value == "http://[2001:db8::]:8080/"


def test_refanging_leaves_a_plain_text_alone():
    assert refanged("https://evil.example/a[1].html") == "https://evil.example/a[1].html"


def test_every_field_that_carries_something_is_in_the_registry():
    standard = Registry.standard()
    assert [name for kind in Kind for name in fields(kind) if name not in standard] == []


def test_every_kind_but_the_mutex_is_seen_in_some_field():
    assert [kind for kind in Kind if not carriers(kind)] == [Kind.MUTEX]
