"""What the tests of hunts that travel share: two trusts of a region that send events here, and a node above."""

from datetime import timedelta

import pytest

from console.estate.factories import SourceFactory
from console.factories import OrganisationFactory
from console.hunts.asking import NOW
from console.lakes import keep
from console.link.factories import PeerFactory
from watchward.console.config import current, use
from watchward.console.link.models import Peer
from watchward.node.home import Home


@pytest.fixture(autouse=True)
def home(tmp_path):
    before = current()
    use(before.model_copy(update={"lake": tmp_path / "lake", "home": tmp_path, "keys": tmp_path / "keys"}))
    yield Home(tmp_path)
    use(before)


@pytest.fixture
def trusts(home, db):  # noqa: ARG001 - what is made is stored
    """Two trusts of a region that send events here; the loader ran at the first, twice on one device."""
    region = OrganisationFactory(code="XR", name="Larkmere Region")
    found = [OrganisationFactory(code=code, name=f"{code} Trust", parent=region) for code in ("XT1", "XT2")]
    for one in found:
        SourceFactory(organisation=one)
    line = "C:\\tmp\\loader.exe --for 943 476 5919"
    for name in "ab":
        keep(
            home.lake, name, organisation="XT1", device="LM-WS-1", at=NOW - timedelta(hours=1),
            Image="C:\\tmp\\loader.exe", CommandLine=line, User="XT1\\jane.doe",
        )  # fmt: skip
    keep(home.lake, "c", organisation="XT2", at=NOW - timedelta(hours=1), Image="C:\\tmp\\other.exe")
    return found


@pytest.fixture
def above():
    """The node above, to which this one is a child."""
    return PeerFactory(way=Peer.Way.PARENT, organisation=None, name="The Exercise Kingdom")
