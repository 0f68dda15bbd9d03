"""What nobody's word can block."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.intel.never import NOBODY, Because, Own, never
from watchward.intel.observable import Kind, Observable, observable

OWN = Own.of(domains=["care.example"], networks=["203.0.113.0/25", "2001:db8:7::/48"])


@pytest.mark.parametrize(
    ("kind", "text", "because"),
    [
        (Kind.DOMAIN, "com", Because.TOP_LEVEL),
        (Kind.DOMAIN, "xn--p1ai", Because.TOP_LEVEL),
        (Kind.DOMAIN, "co.uk", Because.PUBLIC_SUFFIX),
        (Kind.DOMAIN, "github.io", Because.PUBLIC_SUFFIX),
        (Kind.DOMAIN, "7.168.192.in-addr.arpa", Because.SPECIAL),
        (Kind.DOMAIN, "printer.local", Because.SPECIAL),
        (Kind.DOMAIN, "nhs.uk", Because.HEALTH),
        (Kind.DOMAIN, "ward.trust.nhs.uk", Because.HEALTH),
        (Kind.DOMAIN, "service.gov.uk", Because.HEALTH),
        (Kind.DOMAIN, "org.uk", Because.HEALTH),
        (Kind.DOMAIN, "portal.care.example", Because.OWN),
        (Kind.URL, "http://www.nhs.uk/conditions", Because.HEALTH),
        (Kind.URL, "https://portal.care.example/x", Because.OWN),
        (Kind.URL, "https://github.io", Because.PUBLIC_SUFFIX),
        (Kind.URL, "http://10.1.2.3/x", Because.SPECIAL),
        (Kind.URL, "http://[2001:db8:7::1]/x", Because.OWN),
        (Kind.EMAIL, "jo@nhs.net", Because.HEALTH),
        (Kind.IPV4, "127.0.0.1", Because.SPECIAL),
        (Kind.IPV4, "192.168.4.4", Because.SPECIAL),
        (Kind.IPV4, "239.1.1.1", Because.SPECIAL),
        (Kind.IPV6, "fe80::1", Because.SPECIAL),
        (Kind.IPV4, "203.0.113.7", Because.OWN),
        (Kind.NETWORK, "203.0.113.0/24", Because.OWN),
        (Kind.NETWORK, "172.0.0.0/8", Because.WIDE),
        (Kind.NETWORK, "0.0.0.0/0", Because.WIDE),
        (Kind.NETWORK, "2001::/16", Because.WIDE),
        (Kind.MD5, "d41d8cd98f00b204e9800998ecf8427e", Because.EMPTY),
    ],
)
def test_what_care_needs_may_never_be_blocked(kind, text, because):
    found = never(observable(kind, text), OWN)
    assert found is not None
    assert found.because is because
    assert found.why.endswith(".")
    assert found.source


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Kind.DOMAIN, "evil.example"),
        (Kind.DOMAIN, "notnhs.uk.evil.example"),
        (Kind.DOMAIN, "evilnhs.net"),
        (Kind.DOMAIN, "evil.github.io"),
        (Kind.URL, "https://github.io/evil"),
        (Kind.URL, "http://198.51.100.7/x"),
        (Kind.EMAIL, "jo@evil.example"),
        (Kind.IPV4, "198.51.100.7"),
        (Kind.IPV4, "203.0.113.200"),
        (Kind.IPV6, "2001:db8::1"),
        (Kind.NETWORK, "198.51.100.0/24"),
        (Kind.SHA256, "0" * 64),
        (Kind.FILE_NAME, "invoice.hta"),
    ],
)
def test_what_attackers_use_may_be_blocked(kind, text):
    assert never(observable(kind, text), OWN) is None


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_a_network_that_holds_a_protected_address_is_protected_too(address, length):
    if never(Observable(Kind.IPV4, str(address)), OWN) is not None:
        assert never(observable(Kind.NETWORK, f"{address}/{length}"), OWN) is not None


@given(st.integers(0, 2**32 - 1), st.integers(16, 31))
def test_an_address_in_a_protected_range_is_found_as_the_standard_library_finds_it(number, length):
    network = ip_network((number >> (32 - length) << (32 - length), length))
    private = network.is_private and not any(
        network.overlaps(ip_network(one)) for one in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
    )
    if private or network.is_multicast or network.is_reserved:
        assert never(Observable(Kind.NETWORK, str(network)), NOBODY) is not None


@given(
    st.lists(st.from_regex(r"[a-z0-9]{1,8}", fullmatch=True), max_size=4), st.sampled_from(["nhs.uk", "care.example"])
)
def test_every_name_under_a_protected_one_is_protected(labels, protected):
    assert never(observable(Kind.DOMAIN, ".".join([*labels, protected])), OWN) is not None
