"""What properties of one object ask of each other."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from watchward.intel.stix.timestamps import exact, moment, order

Content = Mapping[str, Any]


def rule(name: str, properties: tuple[str, ...]) -> Callable[[Content], str | None]:
    """The rule of this name, as the table gives it: it says what is wrong with an object, or None."""
    match name:
        case "some":
            return partial(_some, properties=properties)
        case "apart":
            return partial(_apart, first=properties[0], second=properties[1])
        case "with":
            return partial(_with, first=properties[0], second=properties[1])
        case "when_true":
            return partial(_when_true, first=properties[0], second=properties[1])
        case "order" | "before":
            return partial(_in_order, first=properties[0], second=properties[1], strictly=name == "before")
        case _:
            raise ValueError(name)


def _some(content: Content, *, properties: tuple[str, ...]) -> str | None:
    if any(name in content for name in properties):
        return None
    return f"it has none of {', '.join(properties)}"


def _apart(content: Content, *, first: str, second: str) -> str | None:
    return f"it has both {first} and {second}" if first in content and second in content else None


def _with(content: Content, *, first: str, second: str) -> str | None:
    return f"it has {first} without {second}" if first in content and second not in content else None


def _when_true(content: Content, *, first: str, second: str) -> str | None:
    return f"{first} is true, and {second} is missing" if content.get(first) is True and second not in content else None


def _in_order(content: Content, *, first: str, second: str, strictly: bool) -> str | None:
    early, late = content.get(first), content.get(second)
    if type(early) is not str or type(late) is not str:
        return None
    if (early < late and len(early) == len(late)) or (early == late and not strictly):
        return None
    try:
        moment(early), moment(late)
    except ValueError:
        return None  # which is said of the property itself
    one, other = order(exact(early)), order(exact(late))
    if one < other or (one == other and not strictly):
        return None
    return f"{second} is {'not after' if strictly else 'before'} {first}"
