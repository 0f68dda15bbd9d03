"""SigmaHQ's own regression recordings: each must make its rule fire, as often as the manifest says."""

import json
from collections import Counter
from pathlib import Path

import pytest

from watchward.detect.sigma import rules
from watchward.node.scan.files import Kind, find
from watchward.node.scan.findings import findings
from watchward.node.scan.run import Scan

MORE_THAN_THE_MANIFEST_SAYS = {
    # The manifest says 1, but this many records meet the rule as it is written: three paths with `user.conf` in them,
    # three names of procdump, and both AutoShareServer and AutoShareWks.
    "0b9ad457-2554-44c1-82c2-d56a99c42377": 3,
    "8fbf3271-1ef6-4e94-8210-03c2317947f6": 3,
    "c7dcacd0-cc59-4004-b0a4-1d6cdebe6f3e": 2,
}


@pytest.mark.shared
def test_every_regression_recording_makes_its_rule_fire_as_often_as_it_should(shared_data):
    folder = shared_data / "sigma" / "regression"
    manifest = json.loads((folder / "manifest.json").read_text())
    loaded = rules.load([shared_data / "sigma" / case["rule"] for case in manifest])
    scan = Scan(loaded.rules)
    files = [(folder / case["evtx"], Kind.EVENT_LOG) for case in manifest]
    fired = Counter(
        (Path(finding.source).name, finding.rule.id)
        for part, matches in scan.run(files)
        for finding in findings(part, matches, scan.rules)
    )
    wrong = [
        case["rule"]
        for case in manifest
        if not (count := fired[case["evtx"], case["rule_id"]])
        or (case["match_count"] and count != MORE_THAN_THE_MANIFEST_SAYS.get(case["rule_id"], case["match_count"]))
    ]
    assert len(manifest) == 98
    assert wrong == []


@pytest.mark.shared
def test_all_attack_recordings_are_read_whole(shared_data):
    loaded = rules.load([shared_data / "sigma" / "rules" / "windows" / "process_creation"])
    scan = Scan(loaded.rules[:200])
    found = find([shared_data / "evtx"])
    found_files = [(path, kind) for path, kind in found.files if kind is Kind.EVENT_LOG]
    for _ in scan.run(found_files):
        pass
    assert len(found_files) == 277
    assert scan.measures.events == 8255
    assert scan.account.bad == []
    assert scan.account.broken == []
