"""Which rule or correlation looks back, with all that it reads and the filters that are for it."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from watchward.base.errors import BadInputError
from watchward.detect.correlate import program
from watchward.detect.correlate.rule import Correlation
from watchward.detect.sigma import rules
from watchward.detect.sigma.rule import Rule
from watchward.detect.sigma.rules import RuleSet
from watchward.node.scan.choice import Choice, needed


def choice_of(name: str, folders: Sequence[Path], *, cache: Path | None = None) -> Choice:
    """The choice of one rule of some folders, by its id or title, whether it is in force, on trial or off.

    Raises:
        BadInputError: there is none of that name.

    """
    loaded = rules.load([folder for folder in folders if folder.exists()], cache=cache)
    wanted = {one.id for one in _every(loaded) if name.casefold() in (one.id.casefold(), one.title.casefold())}
    if not wanted:
        raise BadInputError(
            f"There is no rule {name!r}.", advice="Give a rule's id or title (watchward rules list), or a file."
        )
    return _choice(loaded, wanted)


def choice_in(text: str, folders: Sequence[Path], *, cache: Path | None = None) -> Choice:
    """The choice of the rules in a text; they stand in place of rules of the folders with the same ids.

    Raises:
        BadInputError: nothing in it loads.

    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "rule.yml")
        file.write_text(text, encoding="utf-8")
        there = [folder for folder in folders if folder.exists()]
        loaded = rules.load([file, *there], cache=cache)
    wanted = {one.id for one in _every(loaded) if one.path == file and one.id not in loaded.silent}
    if not wanted:
        faults = [one for one in loaded.rejected if one.path == file]
        reason = f"line {faults[0].line}: {faults[0].reason}" if faults else "there is no rule in it"
        raise BadInputError(
            f"The rule does not load: {reason}.", advice=faults[0].advice if faults else "Give a Sigma rule in YAML."
        )
    return _choice(loaded, wanted)


def _every(loaded: RuleSet) -> tuple[Rule | Correlation, ...]:
    return (*loaded.rules, *loaded.correlations)


def _choice(loaded: RuleSet, wanted: set[str]) -> Choice:
    correlations = needed(loaded.correlations, wanted)
    served = {name for one in correlations for name in one.rules}
    return Choice(
        rules=[rule for rule in loaded.rules if rule.id in wanted or rule.id in served],
        shown=frozenset(wanted),
        program=program.compile(correlations),
    )
