"""From the names that correlations use to the rules that they mean."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from watchward.detect.correlate.rule import Bounds, Correlation, Either, Every, Expression, Met, Without
from watchward.detect.sigma.errors import CorrelationError
from watchward.detect.sigma.rule import Level, Refusal, Rejected, Rule

Known = Rule | Correlation


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Correlations whose rules are all there.

    Args:
        correlations: each after those that it reads; rules are named by id, and each has a level.
        silent: the ids of rules and correlations that give no alerts of their own (ADR 0120, `generate`).
        rejected: those that name what is not there, or each other in a circle.

    """

    correlations: tuple[Correlation, ...]
    silent: frozenset[str]
    rejected: tuple[Rejected, ...]


def resolved(rules: Sequence[Rule], correlations: Sequence[Correlation]) -> Resolved:
    """The correlations with the rules that they mean, in an order in which each comes after those that it reads."""
    finder = _Finder([*rules, *correlations])
    found: dict[str, Correlation] = {}
    rejected: dict[str, Rejected] = {}
    levels = {rule.id: rule.level for rule in rules}
    for start in correlations:
        _resolve(start, finder, found, rejected, levels)
    silent = {
        target.id
        for one in found.values()
        if not one.generate
        for name in one.rules
        if (target := finder.by_id[name]).path == one.path
    }
    return Resolved(
        correlations=tuple(found.values()),
        silent=frozenset(silent - {name for one in found.values() if one.generate for name in one.rules}),
        rejected=tuple(rejected.values()),
    )


class _Finder:
    """Finds what a name or an id means."""

    def __init__(self, known: Iterable[Known]) -> None:
        self.by_id: dict[str, Known] = {}
        self._by_name: dict[str, list[Known]] = defaultdict(list)
        for one in known:
            self.by_id.setdefault(one.id, one)
            if one.name:
                self._by_name[one.name].append(one)

    def find(self, name: str, asker: Correlation) -> Known:
        """What a correlation means by a name: a rule's id, a name in its own file, else a name that is there once."""
        if one := self.by_id.get(name.lower()):
            return one
        named = self._by_name.get(name, [])
        near = [one for one in named if one.path == asker.path] or named
        if not near:
            raise CorrelationError(
                f"it reads the rule {name!r}, which is not there",
                advice="Load that rule too, or correct the name: it is the `id` or the `name` of a rule that loads.",
                within=("correlation", "rules"),
            )
        if len(near) > 1:
            raise CorrelationError(
                f"it reads the rule {name!r}, of which there are {len(near)}, such as in {near[1].path}",
                advice="Use the rule's `id`.",
                within=("correlation", "rules"),
            )
        return near[0]


def _resolve(
    start: Correlation,
    finder: _Finder,
    found: dict[str, Correlation],
    rejected: dict[str, Rejected],
    levels: dict[str, Level],
) -> None:
    """Resolve a correlation after those that it reads, without recursion: chains may be long."""
    waiting: list[tuple[Correlation, bool]] = [(start, False)]
    open_: set[str] = set()
    while waiting:
        one, ready = waiting.pop()
        if one.id in found or one.id in rejected:
            continue
        try:
            targets = [finder.find(name, one) for name in one.rules]
            inner = [target for target in targets if isinstance(target, Correlation)]
            if ready:
                open_.discard(one.id)
                if bad := [target for target in inner if target.id not in found]:
                    raise _reads_bad(bad[0])
                found[one.id] = _with_ids(one, targets, levels)
                levels[one.id] = found[one.id].level or Level.MEDIUM
                continue
            if circle := [target for target in inner if target.id in open_ or target.id == one.id]:
                raise _circle(circle[0])
        except CorrelationError as error:
            open_.discard(one.id)
            rejected[one.id] = _rejected(one, error)
            continue
        open_.add(one.id)
        waiting.append((one, True))
        waiting.extend((target, False) for target in inner)


def _reads_bad(target: Correlation) -> CorrelationError:
    return CorrelationError(
        f"it reads the correlation {target.title!r}, which does not load",
        advice=f"Correct that one first: {target.path}:{target.line}.",
    )


def _circle(target: Correlation) -> CorrelationError:
    return CorrelationError(
        f"it reads {target.title!r}, which reads it: a circle",
        advice="Let one of the correlations in the circle read rules only.",
    )


def _rejected(one: Correlation, error: CorrelationError) -> Rejected:
    return Rejected(path=one.path, line=one.line, kind=Refusal.CORRELATION, reason=error.message, advice=error.advice)


def _with_ids(one: Correlation, targets: Sequence[Known], levels: Mapping[str, Level]) -> Correlation:
    ids = {name: target.id for name, target in zip(one.rules, targets, strict=True)}
    if len(set(ids.values())) < len(ids):
        raise CorrelationError("it names one rule by two names", advice="Name each rule once.")
    return replace(
        one,
        rules=tuple(ids.values()),
        condition=_renamed(one.condition, ids),
        aliases=_aliases(one, targets, ids),
        level=one.level or max((levels[id_] for id_ in ids.values()), key=lambda level: level.rank),
    )


def _renamed(condition: Bounds | Expression, ids: Mapping[str, str]) -> Bounds | Expression:
    match condition:
        case Bounds():
            return condition
        case _:
            return _with_met(condition, ids)


def _with_met(expression: Expression, ids: Mapping[str, str]) -> Expression:
    match expression:
        case Met(rule):
            return Met(ids[rule])
        case Every(parts):
            return Every(tuple(_with_met(part, ids) for part in parts))
        case Either(parts):
            return Either(tuple(_with_met(part, ids) for part in parts))
        case Without(part):
            return Without(_with_met(part, ids))
        case _:
            assert_never(expression)


def _aliases(one: Correlation, targets: Sequence[Known], ids: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """The aliases by rule id; an alias may call a rule by its name or its id, however `rules` does."""
    names = {name: target.id for target in targets for name in (target.id, target.name) if name} | dict(ids)
    result: dict[str, dict[str, str]] = {}
    for alias, mapping in one.aliases.items():
        if unknown := [rule for rule in mapping if rule not in names and rule.lower() not in names]:
            raise CorrelationError(
                f"its alias {alias!r} speaks of the rule {unknown[0]!r}, which it does not read",
                advice="Use the names or ids that stand under `rules`.",
            )
        result[alias] = {names.get(rule) or names[rule.lower()]: field for rule, field in mapping.items()}
    return result
