"""Indicators whose patterns are more than exact values, in a scan: rules and correlations beside the others."""

from dataclasses import replace
from typing import Final

from watchward.detect.correlate import program
from watchward.intel.live import folder
from watchward.intel.live.compiled import Compiled, Times, compiled
from watchward.intel.live.pattern import ALWAYS
from watchward.node.home import Home
from watchward.node.scan.asked import Asked
from watchward.node.scan.choice import Choice
from watchward.node.scan.indicators import read

NONE: Final = compiled(())


def patterns_of(asked: Asked) -> Compiled:
    """The patterns of the files that were named, and those that a node looks for; not what is on trial there.

    Raises:
        BadInputError: a file of indicators cannot be read, or names nothing.

    """
    own = folder.counting(Home(asked.home).patterns) if asked.home else ()
    named = {one.id: one for one in own if not one.trial}
    named |= {one.id: one for file in asked.indicators for one in read(file).patterns}
    return compiled(named.values())


def beside(choice: Choice, found: Compiled, asked: Asked) -> tuple[Choice, Times]:
    """What a scan looks for with some patterns, and when each of its rules counts."""
    least = asked.min_level.rank
    every = [*((one.id, one.level) for one in found.rules), *((one.id, one.level) for one in found.correlations)]
    shown = {name for name, level in every if level is not None and level.rank >= least and name not in found.silent}
    correlations = [step.correlation for step in choice.program.steps]
    chosen = replace(
        choice,
        rules=[*choice.rules, *found.rules],
        shown=choice.shown | shown,
        program=program.compile([*correlations, *found.correlations]),
    )
    return chosen, Times.of([*([ALWAYS] * len(choice.rules)), *found.spans])
