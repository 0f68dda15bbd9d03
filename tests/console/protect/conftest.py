"""A home of its own for every test of blocks: lists and lake are written there."""

import pytest

from watchward.console.config import current, use


@pytest.fixture(autouse=True)
def home(tmp_path):
    """The folder of a node whose lake is empty, and whose lists nobody has written."""
    before = current()
    use(before.model_copy(update={"home": tmp_path, "lake": tmp_path / "lake", "cache": tmp_path / "cache"}))
    yield tmp_path
    use(before)
