"""What a release of rules changes, told by comparing it with what this node runs: files alone, no database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from watchward.console.config import current
from watchward.detect.lives import lives, sets
from watchward.detect.lives.lives import Newcomers
from watchward.detect.lives.sets import Said
from watchward.detect.sigma import placeholders, rules
from watchward.detect.sigma.pack import starter_pack
from watchward.detect.sigma.placeholders import StandIns, Values
from watchward.detect.sigma.rule import Rule
from watchward.detect.sigma.rules import Around, RuleSet

_RULE_FILES = (".yml", ".yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A rule or a correlation that a release dropped, and that no other set has."""

    rule: str
    title: str


def both(before: Path, after: Path) -> tuple[RuleSet, RuleSet]:
    """The rules of two releases, as they load on this node.

    What was parsed is kept beside all that the node runs, for gateways to find it.
    """
    rules.load([*_folders(), after], cache=cache())
    return _pair(before, after, placeholders.read(_folders()).values)


def arrived(staged: Path, said: Said) -> Newcomers:
    """What a release brings that this node does not run already, be it from another set.

    Rules that wait for the site's own values count as well: they are tried when the values come. What a site begins
    with is not new: its first set, and what somebody brings in to be in force at once.

    Args:
        staged: where the release that comes is now.
        said: what is said of it.

    """
    site = current().rules
    if said.in_force or not current().rule_trial_days or not sets.are_there(site):
        return Newcomers()
    place, own = site / said.folder, _any_values()
    before, after = _pair(place, staged, own)
    node = rules.load(_folders(), learn=False, cache=cache(), around=Around(own=own))
    others = {rule.id: rule for rule in node.rules if not rule.path.is_relative_to(place)}
    stay = {
        rule.id
        for rule in after.rules
        if rule.id in others and _first(others[rule.id].path, place / rule.path.relative_to(staged), site)
    }
    run = {name: rule for name, rule in others.items() if name not in stay}
    known = {one.id for one in node.correlations}
    mine = [rule for rule in before.rules if rule.id not in run]
    return lives.newcomers(
        replace(before, rules=(*mine, *_unfiltered(run, after, own))),
        replace(
            after,
            rules=tuple(rule for rule in after.rules if rule.id not in stay),
            correlations=tuple(one for one in after.correlations if one.id not in known),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """What it means that the release before comes back.

    Args:
        tried: what was on trial when it was put away, and is not there now, or detects something else now.
        undone: the rules that the present release changed, and that are to be as they were.
        gone: the rules and correlations that only the present release has.

    """

    tried: Newcomers
    undone: frozenset[str]
    gone: frozenset[str]


def returning(previous: Path, folder: str) -> Return:
    """What it means that a release comes back from where it is kept, in the place of the present one of its set."""
    place = current().rules / folder
    present, back = _pair(place, previous, _any_values())
    came = lives.newcomers(present, back)
    on_trial = sets.noted_trials(previous)
    return Return(
        tried=Newcomers(
            new=tuple(rule for rule in came.new if rule.id in on_trial),
            changed=tuple((now, then) for now, then in came.changed if then.id in on_trial),
        ),
        undone=frozenset(then.id for _, then in came.changed) - on_trial,
        gone=frozenset(_titles(present).keys() - _titles(back).keys()),
    )


def gone(before: RuleSet, after: RuleSet, place: Path) -> tuple[Gone, ...]:
    """What a release takes away: rules and correlations that neither it nor anything else on this node has.

    Args:
        before: the release before.
        after: the one that comes.
        place: the folder that they have in the end.

    """
    there = sorted(one for one in place.parent.iterdir() if one != place and not one.name.startswith("."))
    folders = [one for one in (*there, starter_pack()) if one.is_dir() or one.suffix in _RULE_FILES]
    others = rules.load(folders, learn=False, cache=cache(), around=Around(own=placeholders.read(_folders()).values))
    was, stay = _titles(before), {**_titles(after), **_titles(others)}
    dropped = [Gone(rule=name, title=was[name]) for name in was.keys() - stay.keys()]
    return tuple(sorted(dropped, key=lambda one: (one.title, one.rule)))


def cache() -> Path | None:
    """Where parsed rules are kept, if anywhere."""
    return current().cache if current().cache.is_dir() else None


def _folders() -> list[Path]:
    return [folder for folder in (current().rules, starter_pack()) if folder.is_dir()]


def _any_values() -> Values:
    return StandIns(placeholders.read(_folders()).values)


def _pair(before: Path, after: Path, own: Values) -> tuple[RuleSet, RuleSet]:
    old = rules.load([before], cache=cache(), learn=False, around=Around(own=own)) if before.is_dir() else RuleSet()
    return old, rules.load([after], cache=cache(), learn=False, around=Around(own=own))


def _titles(found: RuleSet) -> dict[str, str]:
    """The titles of rules and correlations, by their ids."""
    return {rule.id: rule.title for rule in found.rules} | {one.id: one.title for one in found.correlations}


def _first(one: Path, other: Path, site: Path) -> bool:
    """Whether of two rules with one identifier that in the first of these files counts."""
    return one.is_relative_to(site) and one < other


def _unfiltered(run: Mapping[str, Rule], after: RuleSet, own: Values) -> Iterator[Rule]:
    """The rules that a release has too, as their files say them."""
    for name in {rule.id for rule in after.rules} & run.keys():
        rule = run[name]
        yield rules.named([rule.path], file=rule.path.name, id_=name, digest=rule.digest, own=own) or rule
