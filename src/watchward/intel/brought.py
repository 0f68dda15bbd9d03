"""What a text that somebody brings is: STIX, events of MISP, or a plain list."""

import json
import re
from enum import StrEnum
from typing import Final

import msgspec

from watchward.intel.errors import IntelError


class Form(StrEnum):
    """What a text is."""

    STIX = "stix"
    MISP = "misp"
    LIST = "list"


_JSON: Final = re.compile(rb"\s*(?:\{|\[\s*[\[{\"\]])")
"""How JSON begins, and no list of addresses, though one of them may stand in brackets."""


def form_of(raw: bytes) -> Form:
    r"""What a text is.

    >>> form_of(b'{"objects": []}'), form_of(b'{"Event": {}}'), form_of(b"[2001:db8::1]\n")
    (<Form.STIX: 'stix'>, <Form.MISP: 'misp'>, <Form.LIST: 'list'>)

    Raises:
        IntelError: it begins as JSON, and is none, or ends too early.

    """
    raw = raw.removeprefix(b"\xef\xbb\xbf").rstrip()
    try:
        said = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        if _JSON.match(raw):
            raise _broken(raw, error) from None
        return Form.LIST
    if isinstance(said, dict) and {"type", "objects"} & said.keys():
        return Form.STIX
    return Form.MISP if isinstance(said, dict | list) else Form.LIST


def _broken(raw: bytes, error: Exception) -> IntelError:
    """What is wrong with JSON, and where."""
    if "truncated" in str(error):
        line, column = raw.count(b"\n") + 1, len(raw) - raw.rfind(b"\n")
        return IntelError(
            f"It is JSON that ends too early, at line {line}, column {column}.",
            advice="Its end was lost: get or export it again, whole.",
        )
    try:
        json.loads(raw)
    except json.JSONDecodeError as found:
        place = f", at line {found.lineno}, column {found.colno}: {found.msg}."
    except (ValueError, RecursionError):  # bytes that are no text, or too deep
        place = f": {error}."
    else:
        place = f": {error}."
    return IntelError(f"It begins as JSON and is none{place}", advice="Mend it there, or export it again.")
