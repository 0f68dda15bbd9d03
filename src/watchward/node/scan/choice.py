"""Which rules and correlations a scan looks for, and which of them it shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from watchward.base.errors import BadInputError
from watchward.detect.correlate import program
from watchward.detect.correlate.program import Program
from watchward.detect.correlate.rule import Correlation
from watchward.detect.sigma.rule import Rule
from watchward.detect.sigma.rules import RuleSet
from watchward.node.scan.asked import Asked


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a scan looks for.

    Args:
        rules: the rules, those that only serve correlations among them.
        shown: the ids of the rules and correlations whose findings are shown.
        program: the correlations, those that only serve others among them.

    """

    rules: Sequence[Rule]
    shown: frozenset[str]
    program: Program


def chosen(loaded: RuleSet, asked: Asked) -> Choice:
    """What to look for.

    Raises:
        BadInputError: there is nothing, or a rule that is to be left out is not there.

    """
    every: list[Rule | Correlation] = [*loaded.rules, *loaded.correlations]
    names = {one.casefold() for one in asked.without}
    known = {text.casefold() for rule in every for text in (rule.id, rule.title)}
    if missing := sorted(names - known):
        raise BadInputError(
            f"There is no rule {missing[0]!r} to leave out.",
            advice="Give the id or the title as it stands in the rule; watchward rules list shows them.",
        )
    shown = {one.id for one in every if one.id not in loaded.silent and _is_asked_for(one, asked, names)}
    if not shown:
        raise _nothing_to_look_for(loaded, asked)
    correlations = needed(loaded.correlations, shown)
    served = {name for one in correlations for name in one.rules}
    return Choice(
        rules=[rule for rule in loaded.rules if rule.id in shown or rule.id in served],
        shown=frozenset(shown),
        program=program.compile(correlations),
    )


def _is_asked_for(one: Rule | Correlation, asked: Asked, without: set[str]) -> bool:
    tags = {tag.casefold().removeprefix("attack.") for tag in asked.tags}
    return (
        one.level is not None
        and one.level.rank >= asked.min_level.rank
        and not without & {one.id.casefold(), one.title.casefold()}
        and (not tags or bool(tags & {tag.casefold().removeprefix("attack.") for tag in one.tags}))
    )


def needed(correlations: Sequence[Correlation], shown: set[str]) -> list[Correlation]:
    """Those that are shown, and those that they read; each comes after those that it reads, and so it stays."""
    wanted: set[str] = set()
    for one in reversed(correlations):
        if one.id in shown or one.id in wanted:
            wanted |= {one.id, *one.rules}
    return [one for one in correlations if one.id in wanted]


def _nothing_to_look_for(loaded: RuleSet, asked: Asked) -> BadInputError:
    if loaded.rules:
        return BadInputError(
            f"There is no rule to look for: none of the {len(loaded.rules):,} rules is asked for.",
            advice="Give a lower --min-level, other tags, or leave fewer out.",
        )
    if loaded.rejected:
        first = loaded.rejected[0]
        return BadInputError(
            f"There is no rule to look for: none of {len(loaded.rejected):,} loads. "
            f"{first.path}:{first.line}: {first.reason}.",
            advice=f"{first.advice} For all of them: {check_command(asked)}",
        )
    return BadInputError(
        f"There is no rule in {', '.join(map(str, asked.rules))}.",
        advice="Give a folder with Sigma rules (.yml), or leave --rules out for the starter pack.",
    )


def check_command(asked: Asked) -> str:
    """The command that says which rules of a scan do not load, and why."""
    home = ["--home", str(asked.home)] if asked.home else []
    return " ".join(["watchward rules check", *map(str, asked.rules), *home])
