"""What goes on in a hospital all day must not raise alarms: administrators, suppliers, backups, updates, sign-ins."""

import json
from pathlib import Path

from rules.starter import RULES, a_batch
from watchward.detect.plan import plan
from watchward.detect.sigma import rules

ORDINARY = json.loads(Path(__file__).with_name("ordinary.json").read_text())


def test_no_rule_of_the_pack_matches_ordinary_life():
    loaded = rules.load([RULES])
    compiled = plan.compile([rule for rule in loaded.rules if rule.id not in loaded.silent])
    events = [{name: text for name, text in event.items() if name != "what"} for event in ORDINARY]
    found = compiled.match(a_batch(events))
    pairs = zip(found.rows.tolist(), found.rules.tolist(), strict=True)

    assert [(ORDINARY[row]["what"], compiled.rules[number].title) for row, number in pairs] == []
