"""What people ask of a map: names that must be on it, with the nearest ones where they are not."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from watchward.harm import recovery
from watchward.harm.errors import ScenarioError
from watchward.harm.model import Model
from watchward.harm.scenario import Failure, Scenario

_NEAREST = 3
_ALIKE = 0.6
_COMPARED = 20_000
"""Identifiers that are compared letter by letter, at most; of more, those that share the beginning."""


def scenario(model: Model, things: Sequence[str], *, hours: int, begins: int = 0, exposes: bool = False) -> Scenario:
    """The scenario in which things fail, each with its steps back if `recovery` finds any behind its name.

    Raises:
        ScenarioError: nothing fails, or what is not on the map, said with the nearest names.
        HarmError: how something comes back makes no sense.

    """
    if not things:
        raise ScenarioError(["nothing fails: name at least one thing"])
    named = [recovery.named(one) for one in dict.fromkeys(things)]
    require(model, (thing for thing, _ in named))
    failures = tuple(Failure(thing=thing, steps=steps, exposes=exposes) for thing, steps in named)
    return Scenario(begins=begins, hours=hours, failures=failures)


def require(model: Model, things: Iterable[str]) -> None:
    """Raise `ScenarioError` for what is not on the map."""
    problems = []
    for thing in dict.fromkeys(things):
        if thing not in model.number:
            near = nearest(model, thing)
            problems.append(
                f"{thing}: is not on the map of care" + (f"; the nearest are {', '.join(near)}" if near else "")
            )
    if problems:
        raise ScenarioError(problems)


def nearest(model: Model, thing: str) -> list[str]:
    """The identifiers that are spelt most like a name."""
    folded = {one.casefold(): one for one in model.ids}
    if thing.casefold() in folded:
        return [folded[thing.casefold()]]
    candidates: Sequence[str] = list(folded)
    if len(candidates) > _COMPARED:
        start = thing.casefold()[:2]
        candidates = [one for one in candidates if one.startswith(start)][:_COMPARED]
    return [folded[one] for one in get_close_matches(thing.casefold(), candidates, n=_NEAREST, cutoff=_ALIKE)]
