"""Fixtures of the tests of links."""

import pytest

from watchward.console.config import current, use


@pytest.fixture(autouse=True)
def _own_home(tmp_path):
    """Keys and files of a home that is gone after the test."""
    before = current()
    use(before.model_copy(update={"home": tmp_path, "keys": tmp_path / "keys"}))
    yield
    use(before)
