"""Fixtures that every test may use."""

from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
SHARED_DATA = PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The shared data beside the project; the test is skipped, and says so, where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("needs the shared data, which is not part of the project")
    return SHARED_DATA
