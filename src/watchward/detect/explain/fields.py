"""What in an event made a rule match: for people, and for the highlight on a page.

A condition is turned into functions once, since a rule that matches does so often: each says which fields made a part
of the condition hold, or None where it does not hold.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from watchward.detect.reference import matches, meets
from watchward.detect.sigma.ir import ANYWHERE, Absent, All, Condition, How, Leaf, Not, SameAs, Some, Text, leaves
from watchward.detect.sigma.rule import Rule
from watchward.detect.texts.values import fold
from watchward.telemetry.batch import OF_ENVELOPE, items

_MOST_KNOWN = 20_000
"""Conditions whose functions are kept; beyond, all are made again."""


class _Event:
    """One event, its values folded once however often they are asked for."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields
        self._folded: dict[str, list[str]] = {}

    def folded(self, field: str) -> list[str]:
        """The values of a field without their letter case; none where it is absent."""
        known = self._folded.get(field)
        if known is None:
            text = self.fields.get(field)
            known = self._folded[field] = [] if text is None else [fold(item) for item in items(text)]
        return known


Names = tuple[str, ...]
_Asked = Callable[[_Event], Names | None]
"""The fields that made a part hold, or None."""


def matched_fields(rule: Rule, event: Mapping[str, str]) -> dict[str, str]:
    """The fields that made the rule match, with their values, in the order in which the rule asks for them.

    A field that the rule asked to be missing, or not to have a value, is not among them. Where the event does not meet
    the rule, there are none.
    """
    return {name: event[name] for name in _asked(rule.condition)(_Event(event)) or ()}


_known: dict[int, tuple[Condition, _Asked]] = {}


def _asked(condition: Condition) -> _Asked:
    """The functions of a condition. Its identity stands for it: to compare conditions would take longer than to ask."""
    known = _known.get(id(condition))
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[id(condition)] = (condition, _wanted(condition))
    return known[1]


def _wanted(condition: Condition) -> _Asked:
    """Says which fields make a condition hold that is wanted to hold."""
    match condition:
        case All(parts):
            return _every([_wanted(part) for part in parts])
        case Some(parts) if _is_list(parts):
            return _listed(parts)
        case Some(parts):
            return _some([_wanted(part) for part in parts])
        case Not(part):
            return _unwanted(part)
        case Text(field, _, _, False) if field != ANYWHERE:
            return _listed((condition,))
        case _:
            return lambda event: _names(condition, event.fields) if matches(condition, event.fields) else None


def _unwanted(condition: Condition) -> _Asked:
    """The same for a condition that is wanted not to hold: of note is only a field that was asked to be there."""
    match condition:
        case All(parts):
            return _some([_unwanted(part) for part in parts])
        case Some(parts) if not _is_list(parts):
            return _every([_unwanted(part) for part in parts])
        case Not(part):
            return _wanted(part)
        case Absent(field):
            return lambda event: (field,) if field in event.fields else None
        case _:
            held = _wanted(condition)
            return lambda event: () if held(event) is None else None


def _every(parts: Sequence[_Asked]) -> _Asked:
    def asked(event: _Event) -> Names | None:
        found: dict[str, None] = {}
        for part in parts:
            names = part(event)
            if names is None:
                return None
            found.update(dict.fromkeys(names))
        return tuple(found)

    return asked


def _some(parts: Sequence[_Asked]) -> _Asked:
    def asked(event: _Event) -> Names | None:
        held = [names for part in parts if (names := part(event)) is not None]
        return tuple(dict.fromkeys(name for names in held for name in names)) if held else None

    return asked


def _is_list(parts: Iterable[Condition]) -> bool:
    """Whether these are texts for one field, so that it does not matter which of them are there."""
    fields = {part.field if isinstance(part, Text) and not part.cased else ANYWHERE for part in parts}
    return len(fields) == 1 and ANYWHERE not in fields


def _listed(parts: Iterable[Condition]) -> _Asked:
    """One of some texts for one field."""
    texts = [leaf for part in parts for leaf in leaves(part) if isinstance(leaf, Text)]
    of = {how: tuple(fold(leaf.text) for leaf in texts if leaf.how is how) for how in How}
    field, whole, within = texts[0].field, frozenset(of[How.EQUALS]), of[How.CONTAINS]
    starts, ends = of[How.STARTS], of[How.ENDS]

    def asked(event: _Event) -> Names | None:
        for value in event.folded(field):
            if value in whole or value.startswith(starts) or value.endswith(ends):
                return (field,)
            for text in within:
                if text in value:
                    return (field,)
        return None

    return asked


def _names(leaf: Leaf, event: Mapping[str, str]) -> Names:
    """The fields whose values made a comparison hold."""
    match leaf:
        case SameAs(field, other):
            return tuple(name for name in (field, other) if name in event)
        case _ if leaf.field == ANYWHERE:
            found = ((name, items(text)) for name, text in event.items() if name not in OF_ENVELOPE)
            return tuple(name for name, texts in found if any(meets(leaf, text) for text in texts))
        case _ if leaf.field in event:
            return (leaf.field,)
        case _:
            return ()
