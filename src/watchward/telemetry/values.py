r"""How a value of a foreign document becomes the text that a column holds.

>>> text(4688), text(1.50), text(True), text(None), text(["a", 1])
('4688', '1.5', 'true', None, '\x1ea\x1e1')

"""

import json
import math
from typing import TypeAlias, Union

from watchward.telemetry.batch import joined

Value: TypeAlias = Union[str, int, float, bool, list["Value"], dict[str, "Value"], None]  # noqa: UP007 - names itself
"""What JSON can say."""

_EXACT_INTEGER = 2**53


def text(value: Value) -> str | None:
    """The text of a value; None where it says nothing: null, an empty list, an empty object."""
    if value is None or value in ([], {}):
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return _several(value)
    if isinstance(value, dict):
        return compact_json(value)
    return whole(value) if isinstance(value, str) else _number(value)


def _several(values: list[Value]) -> str | None:
    texts = [item for item in _items(values) if item is not None]
    return None if not texts else texts[0] if len(texts) == 1 else joined(texts)


def _items(values: list[Value]) -> list[str | None]:
    found: list[str | None] = []
    for value in values:
        if isinstance(value, list):
            found.extend(_items(value))
        else:
            found.append(text(value))
    return found


def _number(value: float) -> str:
    if isinstance(value, int):
        return str(value)
    if math.isfinite(value) and value.is_integer() and abs(value) <= _EXACT_INTEGER:
        return str(int(value))
    return repr(value)


def whole(value: str) -> str:
    """The text with half a surrogate pair replaced, which JSON can say and UTF-8 cannot."""
    return value if value.isascii() else value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def compact_json(value: Value) -> str:
    """The value as JSON in one line."""
    return whole(json.dumps(value, ensure_ascii=False, separators=(",", ":")))
