"""The rules of a scan: those that were named, or what a node runs, without what is off or on trial there."""

from dataclasses import dataclass
from pathlib import Path

from watchward.detect.lives import lives
from watchward.detect.sigma import rules
from watchward.detect.sigma.pack import starter_pack
from watchward.detect.sigma.rules import RuleSet
from watchward.node.home import Home
from watchward.node.scan.asked import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The rules of a scan.

    Args:
        found: the rules.
        off: how many were left out because they are off at the node, and `trial` how many because they are on trial.

    """

    found: RuleSet
    off: int = 0
    trial: int = 0


def loaded(asked: Asked, *, cache: Path | None) -> Loaded:
    """The rules that a scan was asked to look for.

    Raises:
        BadInputError: a folder of rules is not there.
        BadSetupError: the node's decisions about rules cannot be read.

    """
    if not asked.home:
        return Loaded(found=rules.load(list(asked.rules) or [starter_pack()], cache=cache))
    rules.load([folder for folder in asked.rules if not folder.exists()])  # refuses them; a node would pass them over
    own = Home(asked.home).rule_folders
    found = lives.load(list(asked.rules or own), cache=cache, decided=lives.decided_of(own))
    trial = len(found.trial) + len(found.trial_correlations)
    return Loaded(found=lives.in_force(found), off=found.off, trial=trial)
