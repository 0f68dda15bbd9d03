"""`watchward protect`, as whoever runs a node types it."""

import json

import pytest

from watchward.lists import published

pytestmark = pytest.mark.usefixtures("started")


def test_whoever_runs_a_node_stops_everything_and_lets_it_go_on(watchward, started):
    assert watchward("protect", "stop", "The laboratory is down.").returncode == 0
    listed = watchward("protect", "list").stdout
    assert "lifted everything (The laboratory is down.)" in " ".join(listed.split())

    assert watchward("protect", "resume", "It was a cable.").returncode == 0
    assert watchward("protect", "publish").returncode == 0
    assert published.read(started / "lists").blocks == ()
    assert [json.loads(line) for line in watchward("protect", "list", "--json").stdout.splitlines()] == []
    assert watchward("protect", "lift", "7", "Ours.").returncode == 2
