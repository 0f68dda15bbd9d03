"""Work in a process of its own: what it did stays, and however it ends, whoever waits goes on."""

import os
import signal

import pytest

from console.worked_apart import die, eat, refuse, write_down
from watchward.base.errors import WatchwardError
from watchward.console import config
from watchward.console.apart import do_apart


@pytest.fixture
def folder(tmp_path):
    before = config.current()
    config.use(before.model_copy(update={"cache": tmp_path}))
    yield tmp_path
    config.use(before)


def test_work_is_done_in_another_process_which_gives_way(folder):
    do_apart(write_down)

    assert int((folder / "note").read_text()) == os.nice(0) + 10


@pytest.mark.parametrize(("work", "said"), [(refuse, "That cannot be"), (die, "was killed"), (eat, "MemoryError")])
@pytest.mark.usefixtures("folder")
def test_what_ends_badly_says_so(work, said):
    with pytest.raises(WatchwardError, match=said):
        do_apart(work)


@pytest.mark.usefixtures("folder")
def test_work_that_takes_too_long_is_ended():
    with pytest.raises(WatchwardError, match="too long"):
        do_apart(signal.pause, seconds=0)
