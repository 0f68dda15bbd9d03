"""Whether a filter would leave nothing of a rule: as far as the two conditions alone can tell.

A yes is certain. A no is not: that two regular expressions mean the same, for example, is not found out.
"""

from watchward.detect.sigma.ir import (
    ANYWHERE,
    Absent,
    All,
    Condition,
    How,
    Leaf,
    Not,
    Some,
    Text,
)
from watchward.detect.texts.values import fold


def covers(hidden: Condition, rule: Condition, *, wherever_there: bool = False) -> bool:
    """Whether every event that a rule asks for meets what a filter hides.

    Args:
        hidden: what the filter hides.
        rule: what the rule asks.
        wherever_there: take every field that the filter merely asks to be there to be there.

    >>> covers(Text("A", How.CONTAINS, "rar"), Text("A", How.ENDS, "winrar.exe"))
    True

    """
    match hidden:
        case All(parts):
            return all(covers(part, rule, wherever_there=wherever_there) for part in parts)
        case Not(Absent()) if wherever_there:
            return True
        case Some(parts) if any(covers(part, rule, wherever_there=wherever_there) for part in parts):
            return True
        case _:
            return _split(hidden, rule, wherever_there=wherever_there)


def _split(hidden: Condition, rule: Condition, *, wherever_there: bool) -> bool:
    """The same for what is not all of several parts, by the parts of the rule."""
    match rule:
        case Some(parts):
            return all(covers(hidden, part, wherever_there=wherever_there) for part in parts)
        case All(parts):
            return any(covers(hidden, part, wherever_there=wherever_there) for part in parts)
        case Not(part):
            return isinstance(hidden, Not) and (hidden.part == part or covers(part, hidden.part))
        case _:
            return _follows(hidden, rule)


def _follows(hidden: Condition, leaf: Leaf) -> bool:
    match hidden:
        case Not(Absent(field)):
            return leaf.field == field != ANYWHERE and not isinstance(leaf, Absent)
        case Text() if isinstance(leaf, Text):
            return hidden.field in {leaf.field, ANYWHERE} and _text_follows(hidden, leaf)
        case _:
            return hidden == leaf


def _text_follows(hidden: Text, asked: Text) -> bool:
    """Whether each value that meets the one meets the other."""
    if hidden.cased and not asked.cased:
        return False
    wanted, known = (hidden.text, asked.text) if hidden.cased else (fold(hidden.text), fold(asked.text))
    match hidden.how:
        case How.CONTAINS:
            return wanted in known
        case How.STARTS:
            return asked.how in {How.EQUALS, How.STARTS} and known.startswith(wanted)
        case How.ENDS:
            return asked.how in {How.EQUALS, How.ENDS} and known.endswith(wanted)
        case How.EQUALS:
            return asked.how is How.EQUALS and wanted == known
