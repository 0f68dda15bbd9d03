"""The benchmark of time to immunity, small: a nation and an organisation as real processes, with a real resolver."""

import shutil
from contextlib import ExitStack

import pytest

PATH = "/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/sbin:/bin"


@pytest.mark.skipif(shutil.which("unbound", path=PATH) is None, reason="needs unbound: apt-get install unbound")
def test_a_block_by_people_reaches_the_resolver_of_an_organisation_and_goes_again(tmp_path):
    from sector import figures  # noqa: PLC0415 - only where it runs
    from sector.nodes import opened  # noqa: PLC0415
    from sector.runs import FIRST_PATIENCE, People, by_people, wait_for  # noqa: PLC0415

    with ExitStack() as stack:
        sector = opened(tmp_path, regions=0, organisations=1)
        sector.run(stack)
        people = People(sector)
        stack.callback(people.close)
        wait_for(lambda: people("ada", "GET", "/blocks"), within=FIRST_PATIENCE)
        ways = by_people(sector, people, "attack.example", within=FIRST_PATIENCE)
    assert list(ways) == ["tried", "people", "people, withdrawn"]
    for way in ways.values():
        assert way.answered_at.keys() == {"T01"}
        assert way.seconds > 0
    for name in ("tried", "people, withdrawn"):
        (steps,) = figures.steps_down(sector, ways[name])
        assert sum(steps.values()) == pytest.approx(ways[name].seconds, abs=0.05)
