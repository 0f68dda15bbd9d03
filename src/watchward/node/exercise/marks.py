"""How much care depends on the invented devices: their names carry what they are for, as on most estates."""

import re

from watchward.estate.device import Importance, Mark
from watchward.node.exercise.sector import importance_of_word

_WORD = re.compile(r"-(?P<word>[A-Za-z]+)\d+(?:\.|$)")


def invented_mark(name: str) -> Mark | None:
    """The mark of an invented device; None where it is worth as much as most.

    >>> invented_mark("ZINDT1-DC01.zindt1.test").importance.label, invented_mark("ZINDT1-WS07")
    ('Critical to care', None)

    """
    found = _WORD.search(name)
    importance = importance_of_word(found["word"].upper()) if found else Importance.NORMAL
    if importance is Importance.NORMAL:
        return None
    return Mark(
        importance=importance,
        reason=f"The exercise marked it by its name. {importance.meaning}",
        by="watchward exercise",
    )
