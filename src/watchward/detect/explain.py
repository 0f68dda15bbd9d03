"""What in an event made a rule match: for people, and for the highlight on a page."""

from collections.abc import Iterator, Mapping

from watchward.detect.ir import ANYWHERE, Absent, All, Condition, Leaf, Not, SameAs, Some
from watchward.detect.reference import matches, meets
from watchward.detect.rule import Rule
from watchward.telemetry.batch import items


def matched_fields(rule: Rule, event: Mapping[str, str]) -> dict[str, str]:
    """The fields that made the rule match, with their values, in the order in which the rule asks for them.

    A field that the rule asked to be missing, or not to have a value, is not among them. Where the event does not meet
    the rule, there are none.
    """
    if not matches(rule.condition, event):
        return {}
    found: dict[str, str] = {}
    for leaf in _met(rule.condition, event):
        for name in _names(leaf, event):
            found.setdefault(name, event[name])
    return found


def _met(condition: Condition, event: Mapping[str, str]) -> Iterator[Leaf]:
    """The comparisons that hold and that the condition wanted to hold, in the parts of it that hold."""
    match condition:
        case All(parts) | Some(parts):
            for part in parts:
                if matches(part, event):
                    yield from _met(part, event)
        case Not(part):
            yield from _unmet(part, event)
        case _:
            yield condition


def _unmet(condition: Condition, event: Mapping[str, str]) -> Iterator[Leaf]:
    """The same for a condition that was wanted not to hold: of note is only a field that was asked to be there."""
    match condition:
        case All(parts) | Some(parts):
            for part in parts:
                if not matches(part, event):
                    yield from _unmet(part, event)
        case Not(part):
            yield from _met(part, event)
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
