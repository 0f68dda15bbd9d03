"""Patterns of indicators for tests."""

from intel.builders import an_id
from watchward.intel.live.pattern import Pattern


def a_pattern(pattern="[process:command_line LIKE '%lapwing%']", number=1, **others):
    return Pattern(**{"id": an_id("indicator", number), "pattern": pattern, "title": f"Campaign {number}"} | others)
