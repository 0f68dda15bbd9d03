"""What in an event made a rule match: for people, and for the highlight on a page."""

from collections.abc import Iterator, Mapping

from watchward.detect.reference import matches, meets
from watchward.detect.sigma.ir import ANYWHERE, Absent, All, Condition, Leaf, Not, SameAs, Some
from watchward.detect.sigma.rule import Rule
from watchward.telemetry.batch import items


def matched_fields(rule: Rule, event: Mapping[str, str]) -> dict[str, str]:
    """The fields that made the rule match, with their values, in the order in which the rule asks for them.

    A field that the rule asked to be missing, or not to have a value, is not among them. Where the event does not meet
    the rule, there are none.
    """
    verdicts = _Verdicts(event)
    if not verdicts.of(rule.condition):
        return {}
    found: dict[str, str] = {}
    for leaf in _met(rule.condition, verdicts):
        for name in _names(leaf, event):
            found.setdefault(name, event[name])
    return found


class _Verdicts:
    """Whether the parts of a condition hold for one event; each is looked at once, however often it is asked for."""

    def __init__(self, event: Mapping[str, str]) -> None:
        self._event = event
        self._known: dict[int, bool] = {}

    def of(self, condition: Condition) -> bool:
        """Whether a part holds. Its identity stands for it: the condition outlives these verdicts."""
        known = self._known.get(id(condition))
        if known is None:
            known = self._known[id(condition)] = self._found(condition)
        return known

    def _found(self, condition: Condition) -> bool:
        match condition:
            case All(parts):
                return all(map(self.of, parts))
            case Some(parts):
                return any(map(self.of, parts))
            case Not(part):
                return not self.of(part)
            case _:
                return matches(condition, self._event)


def _met(condition: Condition, verdicts: _Verdicts) -> Iterator[Leaf]:
    """The comparisons that hold and that the condition wanted to hold, in the parts of it that hold."""
    match condition:
        case All(parts) | Some(parts):
            for part in parts:
                if verdicts.of(part):
                    yield from _met(part, verdicts)
        case Not(part):
            yield from _unmet(part, verdicts)
        case _:
            yield condition


def _unmet(condition: Condition, verdicts: _Verdicts) -> Iterator[Leaf]:
    """The same for a condition that was wanted not to hold: of note is only a field that was asked to be there."""
    match condition:
        case All(parts) | Some(parts):
            for part in parts:
                if not verdicts.of(part):
                    yield from _unmet(part, verdicts)
        case Not(part):
            yield from _met(part, verdicts)
        case Absent():
            yield condition
        case _:
            return


def _names(leaf: Leaf, event: Mapping[str, str]) -> Iterator[str]:
    """The fields whose values made a comparison hold."""
    match leaf:
        case SameAs(field, other):
            yield from (name for name in (field, other) if name in event)
        case _ if leaf.field == ANYWHERE:
            yield from (name for name, text in event.items() if any(meets(leaf, item) for item in items(text)))
        case _ if leaf.field in event:
            yield leaf.field
        case _:
            return
