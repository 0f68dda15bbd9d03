"""Whether a rule is in force, on trial or switched off: what people decided, as whoever runs rules reads it (ADR 0136).

People decide in the console, which writes one file in the node's home after each decision. A rule that the file does
not name is in force. A rule whose detection a release changed is tried beside its earlier version, which stays in force
until somebody promotes the new one: the texts of such versions stand in hidden folders beside the rules.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

import msgspec

from watchward.base.clock import Clock
from watchward.base.errors import BadSetupError
from watchward.detect.sigma import placeholders, rules
from watchward.detect.sigma.filters import applied
from watchward.detect.sigma.rule import Rule
from watchward.detect.sigma.rules import RuleSet

FILE = "lives.json"
"""The name of the file in the node's rules folder."""

EARLIER = ".{}.earlier"
"""The hidden folder that holds the versions still in force of rules of a set, by the set's own folder."""


class Standing(StrEnum):
    """What becomes of a rule's matches."""

    FORCE = "force"
    """They raise alerts, or serve correlations."""

    TRIAL = "trial"
    """They are counted, and nobody is told."""

    OFF = "off"
    """There are none: the rule is not run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """The rules that are not simply in force, by their ids."""

    standings: Mapping[str, Standing] = field(default_factory=dict)

    def of(self, rule: str) -> Standing:
        """Where a rule stands.

        >>> Lives().of("any").value
        'force'

        """
        return self.standings.get(rule, Standing.FORCE)


@dataclass(frozen=True, kw_only=True)
class _File:
    version: int
    rules: dict[str, Standing]


def read(file: Path) -> Lives:
    """What a file says; where there is none, every rule is in force.

    Raises:
        BadSetupError: it cannot be read.

    """
    try:
        return Lives(standings=msgspec.json.decode(file.read_bytes(), type=_File).rules)
    except (FileNotFoundError, NotADirectoryError):
        return Lives()
    except (OSError, msgspec.MsgspecError) as error:
        raise BadSetupError(
            f"{file} cannot be read: {error}.",
            advice="Decide about any rule on the page Rules: the file is then written anew.",
        ) from error


def text_of(standings: Mapping[str, Standing]) -> str:
    """What `read` reads: the rules that are on trial or off.

    >>> text_of({"a": Standing.OFF, "b": Standing.FORCE}).splitlines()[2:4]
    [' "rules": {', '  "a": "off"']

    """
    named = {rule: standing.value for rule, standing in sorted(standings.items()) if standing is not Standing.FORCE}
    return json.dumps({"version": 1, "rules": named}, indent=1)


def load(
    folders: Sequence[Path], *, cache: Path | None = None, decided: Lives | None = None, clock: Clock | None = None
) -> RuleSet:
    """The rules of some folders that are in force or on trial.

    The rules are read before the decisions about them, because a release's decisions are written before its rules: no
    rule of a release is ever run as if it were in force when it is not.

    Args:
        folders: as `rules.load` takes them; those that are not there are passed over.
        cache: as for `rules.load`.
        decided: what people decided; without it, what the folders' own files say.
        clock: as for `rules.load`.

    Raises:
        BadSetupError: the decisions cannot be read.

    """
    there = [folder for folder in folders if folder.exists()]
    found = rules.load(there, cache=cache, clock=clock)
    return settled(found, _earlier(there), decided_of(there) if decided is None else decided)


def _earlier(folders: Sequence[Path]) -> list[Rule]:
    """The versions that are kept for rules on trial: of each file only the rule whose name it bears.

    A release's file may hold several rules. What else is in one that was kept is run as the release has it now.
    """
    own = placeholders.read(folders).values
    files = [file for folder in folders for file in sorted(folder.glob(EARLIER.format("*") + "/*.yml"))]
    found = [rules.named([file], file=file.name, id_=file.stem, own=own) for file in files]
    return list({rule.id: rule for rule in reversed(found) if rule}.values())


def decided_of(folders: Sequence[Path]) -> Lives:
    """What the files of some folders say; of two decisions about one rule, that of the first folder counts.

    Raises:
        BadSetupError: one of them cannot be read.

    """
    standings: dict[str, Standing] = {}
    for folder in folders:
        standings = {**read(folder / FILE).standings, **standings}
    return Lives(standings=standings)


def settled(found: RuleSet, earlier: Sequence[Rule], lives: Lives) -> RuleSet:
    """What is run of some rules: those that are not off, and the earlier versions of those on trial.

    What only serves correlations raises nothing by itself, so that it is never on trial; nor is a rule that detects
    the same as its version in force: a release that is on its way is announced before it comes.
    """
    run = [rule for rule in found.rules if lives.of(rule.id) is not Standing.OFF]
    named = {rule.id: rule for rule in run if lives.of(rule.id) is Standing.TRIAL and rule.id not in found.silent}
    kept = [rule for rule in applied(earlier, found.filters) if rule.id in named]
    same = {rule.id for rule in kept if fingerprint(rule) == fingerprint(named[rule.id])}
    tried = {name: rule for name, rule in named.items() if name not in same}
    beside = [rule for rule in kept if rule.id in tried]
    return replace(
        found,
        rules=(*run, *beside),
        hidden=tuple(one for one in found.hidden if lives.of(one.of) is not Standing.OFF),
        correlations=tuple(one for one in found.correlations if lives.of(one.id) is not Standing.OFF),
        trial=frozenset(rule.digest for rule in tried.values()),
        off=len(found.rules) - len(run) + sum(lives.of(one.id) is Standing.OFF for one in found.correlations),
        trial_correlations=frozenset(
            one.id for one in found.correlations if lives.of(one.id) is Standing.TRIAL and one.id not in found.silent
        ),
    )


def in_force(found: RuleSet) -> RuleSet:
    """What raises alerts, and what serves that: without what is on trial."""
    return replace(
        found,
        rules=tuple(rule for rule in found.rules if rule.digest not in found.trial),
        correlations=tuple(one for one in found.correlations if one.id not in found.trial_correlations),
    )


def fingerprint(rule: Rule) -> str:
    """Stands for what a rule detects, whatever else is said of it.

    Two rules with one fingerprint have the same condition and log source; filters count as parts of the condition.
    """
    source = rule.logsource
    said = [source.product, source.category, source.service, msgspec.to_builtins(rule.condition)]
    return sha256(json.dumps(said).encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomers:
    """What a release brings that was not there before.

    Args:
        new: rules and correlations, as rules, that the release before did not have, or had only to serve correlations.
        changed: rules that detect something else now, each with its version before.

    """

    new: tuple[Rule, ...] = ()
    changed: tuple[tuple[Rule, Rule], ...] = ()


def newcomers(before: RuleSet, after: RuleSet) -> Newcomers:
    """What is new in a release: what raises alerts by itself, and did not before.

    A correlation is not new where it speaks for a rule that raised alerts by itself: nobody would be told of either.
    """
    known = {rule.id: rule for rule in before.rules if rule.id not in before.silent}
    spoken_for = after.silent & known.keys()
    others = {one.id for one in before.correlations if one.id not in before.silent}
    plain = [rule for rule in after.rules if rule.id not in after.silent]
    return Newcomers(
        new=(
            *(rule for rule in plain if rule.id not in known),
            *(
                one.as_rule()
                for one in after.correlations
                if one.id not in others | after.silent and spoken_for.isdisjoint(one.rules)
            ),
        ),
        changed=tuple(
            (known[rule.id], rule)
            for rule in plain
            if rule.id in known and fingerprint(known[rule.id]) != fingerprint(rule)
        ),
    )
