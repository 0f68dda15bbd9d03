"""Text with slots, compiled once and filled many times.

A slot is a name in braces, such as `{user}`; what follows a colon makes it another one of the same sort, so `{guid:a}`
and `{guid:b}` differ. A GUID's own braces are no slot, because a slot's name has no hyphen. Within one `Values` a slot
has one value, so the events of one activity agree with each other.

Texts here are JSON already escaped: an event is compiled from its JSON, and its slots are filled with escaped values.
So an event costs one look-up a slot and one `%`, and no JSON encoder runs while the exercise does.
"""

import json
import re
from collections.abc import Callable, Mapping
from random import Random

_SLOT = re.compile(r'"\{=([a-z][\w:]*)\}"|\{([a-z]\w*(?::[\w.]+)?)\}')

Generator = Callable[["Values", str], str]
"""Makes a value for a slot, given the values so far and what followed the slot's colon."""


class UnknownSlotError(LookupError):
    """A text has a slot that nothing fills."""


class Values(dict[str, str]):
    """The values of slots, made when first asked for and then kept.

    Args:
        generators: what makes each sort of value.
        random: where chance comes from.
        known: values that stand already, such as a device's names.

    """

    __slots__ = ("generators", "random")

    def __init__(self, generators: Mapping[str, Generator], random: Random, known: Mapping[str, str]) -> None:
        super().__init__(known)
        self.generators, self.random = generators, random

    def __missing__(self, name: str) -> str:
        """Make the value of a slot that has none yet."""
        sort, _, tag = name.partition(":")
        generator = self.generators.get(sort)
        if generator is None:
            raise UnknownSlotError(name)
        value = self[name] = generator(self, tag)
        return value


class Text:
    """A text with slots.

    >>> Text.of("/home/{user}").fill(Values({}, Random(1), {"user": "ada"}))
    '/home/ada'

    """

    __slots__ = ("_form", "slots")

    def __init__(self, escaped: str) -> None:
        self.slots: tuple[str, ...] = tuple(match[1] or match[2] for match in _SLOT.finditer(escaped))
        self._form = _SLOT.sub("%s", escaped.replace("%", "%%"))

    @classmethod
    def of(cls, plain: str) -> "Text":
        """A text that is not JSON yet."""
        return cls(json.dumps(plain, ensure_ascii=False)[1:-1])

    @classmethod
    def of_document(cls, document: Mapping[str, object]) -> "Text":
        """A whole JSON document, on one line; `{=name}` as a whole value is filled without quotation marks."""
        return cls(json.dumps(document, ensure_ascii=False, separators=(",", ":")))

    def fill(self, values: Values) -> str:
        """The text with every slot filled, escaped for JSON."""
        return self._form % tuple([values[slot] for slot in self.slots])
