"""The rule that the guide shows loads, and does what the guide says of it."""

import json
import re
from pathlib import Path

from watchward.detect import reference
from watchward.detect.sigma import rules

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "writing-rules.md"


def test_the_rule_in_the_guide_matches_the_events_in_the_guide(tmp_path):
    blocks = dict(re.findall(r"```(yaml|json)\n(.*?)```", GUIDE.read_text(), re.DOTALL))
    (tmp_path / "rule.yml").write_text(blocks["yaml"])
    (rule,) = rules.load([tmp_path]).rules
    cases = json.loads(blocks["json"])

    assert [reference.matches(rule.condition, event) for event in cases["matches"]] == [True]
    assert [reference.matches(rule.condition, event) for event in cases["misses"]] == [False, False]
