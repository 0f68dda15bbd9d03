"""Whether a question asks about named people: then even the number of what it finds tells something of somebody.

What decides is what the question says and nothing that an organisation keeps: if it waited only where a name is known,
waiting would tell that it is.
"""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final, assert_never

from watchward.console.hunts.models import Question
from watchward.detect.correlate.rule import Correlation
from watchward.detect.sigma import ir
from watchward.detect.sigma.document import parse
from watchward.detect.sigma.filters import Filter
from watchward.detect.sigma.rule import Rejected, Rule
from watchward.intel.sharing import names_people, tells_of_somebody
from watchward.lake import hunt
from watchward.telemetry.batch import UNMAPPED

ANY_FIELD: Final = "any field"
A_PERSON: Final = "a text that is shaped like a person"
OTHER_RULES: Final = "rules that are not in it"
UNREAD: Final = "what cannot be read beforehand"
"""What stands among the fields where no field says it."""

_MOST: Final = 20
"""Fields that are named."""


def asks_about(form: Question.Form, text: str) -> list[str]:
    """What in the conditions of a question may name a person; nothing where it does not ask about named people."""
    found = _of_query(text) if form is Question.Form.SQL else _of_rules(text)
    return sorted(found)[:_MOST]


def _of_query(text: str) -> set[str]:
    texts = hunt.conditions(text)
    if texts is None:
        return {ANY_FIELD}
    named = {one for one in texts if _may_name(one)}
    return named | {A_PERSON for one in texts if tells_of_somebody(one)}


def _may_name(field: str) -> bool:
    """Whether a field may name a person; `unmapped` holds whatever a sender sent."""
    return names_people(field) or field.casefold() == UNMAPPED.name


def _of_rules(text: str) -> set[str]:
    found = parse(text.encode(), Path("rule.yml"))
    own = {name for one in found if isinstance(one, Rule | Correlation) for name in (one.id, one.name)}
    return {what for one in found for what in _of_rule(one, own)}


def _of_rule(one: Rule | Correlation | Filter | Rejected, own: Collection[str]) -> Iterator[str]:
    match one:
        case Rule():
            yield from _of_condition(one.condition)
        case Filter():
            yield from _of_condition(one.hidden)
        case Correlation():
            aliased = {field for fields in one.aliases.values() for field in fields.values()}
            yield from filter(_may_name, {*one.group_by, *one.fields, *aliased})
            if not set(one.rules) <= set(own):
                yield OTHER_RULES
        case Rejected():
            yield UNREAD
        case _:
            assert_never(one)


def _of_condition(condition: ir.Condition) -> Iterator[str]:
    fields = ir.fields(condition)
    if ir.ANYWHERE in fields:
        yield ANY_FIELD
    yield from filter(_may_name, fields)
    if any(tells_of_somebody(text) for leaf in ir.leaves(condition) for text in _compared(leaf)):
        yield A_PERSON


def _compared(leaf: ir.Leaf) -> Iterator[str]:
    """The texts with which a leaf compares a value."""
    match leaf:
        case ir.Text():
            yield leaf.text
        case ir.Wildcard():
            yield "*".join("?".join(piece) for piece in leaf.pieces)
        case ir.Regex():
            yield leaf.pattern
        case ir.Network() | ir.Number() | ir.TimePart() | ir.SameAs() | ir.Absent():
            pass
        case _:
            assert_never(leaf)
