"""Fixtures of the estate's console tests."""

import pytest

from watchward.console.access.guard import Service
from watchward.console.config import ConsoleConfig, current, use


@pytest.fixture
def node():
    """A part of the node, which may do everything."""
    return Service(name="test")


@pytest.fixture(autouse=True)
def keys(tmp_path):
    """The gateway's credentials go into a folder of this test's own."""
    before = current()
    use(ConsoleConfig(**{**before.model_dump(), "keys": tmp_path, "sources": tmp_path / "sources.json"}))
    yield tmp_path
    use(before)
