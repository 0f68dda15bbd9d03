import base64
import json

import pytest

from gateway.gateways import SECRET, key_of, write_sources
from watchward.gateway.credentials import Credentials
from watchward.node.home import Home


@pytest.fixture
def home(tmp_path):
    made = Home(tmp_path / "home")
    write_sources(made, "ZZ1")
    return made


class Known:
    """Credentials with a clock that the test moves."""

    def __init__(self, home):
        self.now = 0.0
        self.credentials = Credentials(home.sources, monotonic=lambda: self.now)

    def organisation(self, code="ZZ1"):
        self.now += 2
        source = self.credentials.source_of(f"ApiKey {key_of(code)}")
        return source and source.organisation


def test_a_key_says_whose_its_events_are(home):
    assert Known(home).organisation() == "ZZ1"


def test_both_ways_of_showing_a_key_are_known_in_any_case(home):
    credentials = Credentials(home.sources)
    shown = base64.b64encode(f"key-ZZ1:{SECRET}".encode()).decode()

    assert credentials.source_of(f"basic {shown}") == credentials.source_of(f"APIKEY {shown}") is not None


def test_a_new_source_may_send_and_a_removed_one_may_not_without_a_restart(home):
    known = Known(home)
    assert known.organisation("ZZ2") is None

    write_sources(home, "ZZ2")

    assert known.organisation("ZZ2") == "ZZ2"
    assert known.organisation("ZZ1") is None


def test_a_source_that_is_switched_off_may_not_send(home):
    content = json.loads(home.sources.read_text())
    content["sources"][0]["enabled"] = False
    home.sources.write_text(json.dumps(content))

    assert Known(home).organisation() is None


@pytest.mark.parametrize("damage", ["", "{", '{"version": 1}', '{"version": 1, "sources": [{}]}'])
def test_a_damaged_file_leaves_those_in_force_who_were_known(home, damage):
    known = Known(home)
    assert known.organisation() == "ZZ1"

    home.sources.write_text(damage)

    assert known.organisation() == "ZZ1"


def test_without_a_file_nobody_may_send(home):
    known = Known(home)
    assert known.organisation() == "ZZ1"

    home.sources.unlink()

    assert known.organisation() is None
