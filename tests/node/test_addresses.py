import pytest

from watchward.base.errors import BadSetupError
from watchward.node.config import Config, load


def test_the_console_speaks_tls_unless_told_otherwise(tmp_path):
    assert Config(home=tmp_path).web_url == "https://localhost:8443"


def test_an_exercise_on_the_machine_itself_needs_no_certificate(tmp_path):
    assert Config(home=tmp_path, exercise=True).web_url == "http://localhost:8443"


def test_an_exercise_that_others_can_reach_speaks_tls(tmp_path):
    assert Config(home=tmp_path, exercise=True, web_host="192.0.2.7").web_tls


def test_a_public_address_is_taken_as_it_is(tmp_path):
    assert Config(home=tmp_path, public_url="https://watch.example/").web_url == "https://watch.example"


def test_an_ipv6_address_stands_in_brackets(tmp_path):
    assert Config(home=tmp_path, web_host="2001:db8::7").web_url == "https://[2001:db8::7]:8443"


@pytest.mark.parametrize("wrong", ["*", "proxy.example", "192.0.2.7/8"])
def test_a_proxy_is_trusted_by_its_address_and_by_nothing_else(tmp_path, wrong):
    (tmp_path / "config.toml").write_text(f'trusted_proxies = ["{wrong}"]')

    with pytest.raises(BadSetupError, match="trusted_proxies"):
        load(tmp_path)
