"""One gateway process for all the tests of a worker that only talk to it."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from gateway.gateways import GatewayProcess, write_sources
from watchward.node.home import Home


@pytest.fixture(scope="session")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    home = Home(tmp_path_factory.mktemp("node") / "home")
    write_sources(home, "ZZ1", "ZZ2")
    running = GatewayProcess(home=home)
    running.start()
    yield running
    running.end()


@pytest.fixture
def sender(gateway: GatewayProcess) -> Iterator[httpx.Client]:
    with gateway.client() as client:
        yield client


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home of the test's own, in which two organisations may send."""
    made = Home(tmp_path / "home")
    write_sources(made, "ZZ1", "ZZ2")
    return made
