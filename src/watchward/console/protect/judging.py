"""What this node knows of a thing before anybody blocks it: whether one may, and whether everybody uses it."""

from watchward.console.intel.warnings import own, warninglists
from watchward.intel.observable import Observable
from watchward.respond.blocks.refusing import Judged, judge


def judged(thing: Observable) -> Judged:
    """Whether it may be blocked, and by whom."""
    return judge(thing, own=own(), lists=warninglists())
