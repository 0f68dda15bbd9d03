from datetime import UTC, datetime, timedelta

import pytest

from watchward.base.clock import HeldClock
from watchward.base.errors import BadSetupError
from watchward.console.config import ConsoleConfig
from watchward.console.node.certificates import certificates
from watchward.console.node.finding import State
from watchward.node.certificate import certificate_for
from watchward.node.config import Config

MADE = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def made(tmp_path):
    return certificate_for(Config(home=tmp_path / "site"), clock=HeldClock(at=MADE))


def _found(keys, *, days=0, **own):
    config = ConsoleConfig(keys=keys, **own)
    return next(certificates(config, HeldClock(at=MADE + timedelta(days=days))))


@pytest.mark.parametrize(
    ("days", "state", "words"),
    [
        (0, State.GOOD, "is good until 02 April 2027."),
        (390, State.LOOK, "ends on 02 April 2027."),
        (400, State.BAD, "ended on 02 April 2027: browsers and shippers refuse it."),
    ],
)
def test_a_certificate_is_good_near_its_end_or_over(made, tmp_path, days, state, words):
    nodes = _found(made.chain.parent, days=days)
    sites = _found(tmp_path, days=days, tls_certificate=made.chain, tls_key=made.key)

    assert (nodes.state, nodes.found) == (state, f"The node's own certificate {words}")
    assert (sites.state, sites.found) == (state, f"The site's own certificate {words}")


@pytest.mark.parametrize("damage", ["garbage", "missing", "another's key", "no key"])
def test_a_certificate_of_the_sites_own_that_cannot_be_used_is_told_and_refused(made, tmp_path, damage):
    chain, key = tmp_path / "site.pem", tmp_path / "site.key"
    chain.write_bytes(b"garbage" if damage == "garbage" else made.chain.read_bytes())
    other = certificate_for(Config(home=tmp_path / "other"), clock=HeldClock(at=MADE))
    key.write_bytes((other if damage == "another's key" else made).key.read_bytes())
    if damage == "missing":
        chain.unlink()
    if damage == "no key":
        key.unlink()

    found = _found(made.chain.parent, tls_certificate=chain, tls_key=key)

    assert (found.state, found.found.startswith("The site's own certificate cannot be used: ")) == (State.BAD, True)
    with pytest.raises(BadSetupError, match=r"site\.(pem|key)"):
        certificate_for(Config(home=tmp_path, tls_certificate=chain, tls_key=key), clock=HeldClock(at=MADE))


def test_the_nodes_own_certificate_without_its_key_is_told_and_made_anew(made, tmp_path):
    before = made.chain.read_bytes()
    made.key.unlink()

    assert "node.key: No such file or directory" in _found(made.chain.parent).found
    certificate_for(Config(home=tmp_path / "site"), clock=HeldClock(at=MADE))
    assert made.chain.read_bytes() != before
    assert _found(made.chain.parent).state is State.GOOD
