"""`watchward link`, as whoever runs a node types it."""

import json
import sqlite3
from contextlib import closing

import pytest

pytestmark = pytest.mark.usefixtures("started")


_CHILD = """
INSERT INTO link_peer (
    node, name, way, key, knows_us_by, key_before, address, authority, lets_out, most_a_day, most_bytes_a_day, version,
    joined_at, joined_by, trouble
) VALUES (
    '00', 'Invented node', 'child', '11', '', '', '', '', '{}', 100, 1000, '1', '2026-03-01 09:00:00', 'Ada', ''
)
"""


@pytest.fixture
def child(started):
    """A node with one child."""
    with closing(sqlite3.connect(started / "watchward.db")) as database:
        made = database.execute(_CHILD)
        database.commit()
    return str(made.lastrowid)


def test_whoever_runs_a_node_sees_what_is_wrong_with_a_link_and_changes_it(watchward, child):
    listed = watchward("link", "list").stdout
    assert "Invented node: It has not spoken with this node since it was linked." in listed
    assert "See that it runs" in listed

    limited = watchward("link", "limit", child, "--things", "5", "--megabytes", "2", "--reason", "Too loud")
    assert "5 things and 2,097,152 bytes a day" in limited.stdout
    assert json.loads(watchward("link", "policy", child, "--withhold", "block", "--json").stdout)["block"] is False
    assert watchward("link", "policy", child, "--out", "block", "--withhold", "block").returncode == 2
    assert watchward("link", "tell-again", child).returncode == 0
    assert watchward("link", "ask-again", child).returncode == 0
    assert "Nothing in 30 days" in watchward("link", "came").stdout
    assert watchward("link", "limit", "99", "--reason", "x").returncode == 2
