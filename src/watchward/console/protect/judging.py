"""What this node knows of a thing before anybody blocks it: whether one may, and whether everybody uses it."""

from dataclasses import replace

from watchward.console.intel.warnings import own, warninglists
from watchward.console.protect.own_names import own_by_computers
from watchward.intel.never import never
from watchward.intel.observable import Observable
from watchward.respond.blocks.refusing import Judged, judge


def judged(thing: Observable) -> Judged:
    """Whether it may be blocked, and by whom."""
    found = judge(thing, own=own(), lists=warninglists())
    theirs = None if found.never else never(thing, own_by_computers())
    return replace(found, never=theirs.why) if theirs else found
