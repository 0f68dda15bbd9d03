"""Fixtures of the tests of the TAXII server."""

import pytest

from console.intel.factories import a_collection, a_key
from console.taxii.ask import Asker
from watchward.console.config import current, use


@pytest.fixture(autouse=True)
def _own_home(tmp_path):
    """Keys and files of a home that is gone after the test."""
    before = current()
    use(before.model_copy(update={"home": tmp_path, "keys": tmp_path / "keys"}))
    yield
    use(before)


@pytest.fixture
def collection():
    return a_collection(alias="shared", description="What the sector shares")


@pytest.fixture
def asker(collection):
    """A client that may read and write the collection."""
    return Asker(a_key(collection))


@pytest.fixture
def at(collection):
    """The collection's address."""
    return f"/intelligence/collections/{collection.pk}/"
