"""A node's rules folder of the test's own."""

import pytest

from watchward.console.config import current, use


@pytest.fixture(autouse=True)
def site(tmp_path, settings):
    """The folder with the node's rules; what the console writes for gateways goes there too."""
    before = current()
    (tmp_path / "rules").mkdir()
    (tmp_path / "cache").mkdir()
    changes = {"home": tmp_path, "rules": tmp_path / "rules", "cache": tmp_path / "cache", "journal": tmp_path / "j"}
    use(before.model_copy(update=changes))
    settings.WATCHWARD = current()
    yield tmp_path / "rules"
    use(before)
