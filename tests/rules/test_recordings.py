"""The starter pack on recordings of real attack tools, which other people made."""

import json

import pytest

from watchward.node.cli import main


@pytest.mark.shared
def test_the_pack_finds_most_kinds_of_attack_in_the_recordings(shared_data, capsys):
    assert main(["scan", str(shared_data / "evtx"), "--json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]

    assert len({one["source"] for one in found}) >= 115
    assert len({one["rule_id"] for one in found}) >= 65
    assert len(found) <= 400
