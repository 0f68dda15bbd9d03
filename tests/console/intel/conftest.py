"""Fixtures of the tests of stored intelligence."""

import pytest
from django.db import connection

from console.intel.nations import Nation
from watchward.console.config import current, use


@pytest.fixture(autouse=True)
def _own_home(tmp_path):
    """Keys and files of a home that is gone after the test."""
    before = current()
    use(before.model_copy(update={"home": tmp_path, "keys": tmp_path / "keys"}))
    yield
    use(before)


@pytest.fixture(scope="session")
def made_once(tmp_path_factory):
    """Where the nodes of the first test that needs them lie as they were made, for all others to be copies of."""
    return tmp_path_factory.mktemp("nation")


@pytest.fixture
def nation(tmp_path, made_once):
    if connection.vendor != "sqlite":
        pytest.skip("each node has a file of its own")
    if not (made_once / "empty.db").exists():
        Nation(made_once)
    return Nation(tmp_path / "nation", like=made_once)
