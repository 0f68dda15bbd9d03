import pytest

from watchward.respond.target import TargetError, allowed, host_and_port


@pytest.mark.parametrize("url", ["http://chat.example/x", "ftp://a", "https://", "javascript:alert(1)", "https://[::1"])
def test_only_https_addresses_are_taken(url):
    with pytest.raises(TargetError):
        host_and_port(url)


def test_an_address_must_not_carry_a_password():
    with pytest.raises(TargetError, match="must not carry a password"):
        host_and_port("https://user:pass@chat.example/")


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.9", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "224.0.0.1",  # noqa: S104
     "::1", "fe80::1%eth0", "fd00::1", "::ffff:127.0.0.1", "2002:7f00:1::",
     "::127.0.0.1", "fec0::1", "64:ff9b::10.1.2.3", "::ffff:0:127.0.0.1"],
)  # fmt: skip
def test_a_name_that_leads_into_a_private_network_is_refused(address):
    with pytest.raises(TargetError, match="private network"):
        allowed("chat.example", [address])


def test_one_private_address_among_public_ones_is_enough_to_refuse():
    with pytest.raises(TargetError):
        allowed("chat.example", ["93.184.216.34", "127.0.0.1"])


def test_a_public_address_is_allowed_and_chosen():
    assert allowed("chat.example", ["93.184.216.34"]) == "93.184.216.34"
    assert host_and_port("https://chat.example/hook") == ("chat.example", 443)


def test_a_public_address_behind_a_translator_is_allowed():
    assert allowed("chat.example", ["64:ff9b::93.184.216.34"]) == "64:ff9b::93.184.216.34"


def test_a_host_that_the_site_trusts_may_be_private_and_plain():
    assert host_and_port("http://sms.site:8080/x", trusted=["sms.site"]) == ("sms.site", 8080)
    assert allowed("sms.site", ["10.0.0.1"], trusted=["sms.site"]) == "10.0.0.1"


def test_a_name_that_leads_nowhere_is_refused():
    with pytest.raises(TargetError, match="leads nowhere"):
        allowed("chat.example", [])
