"""Hides what is shaped like an NHS number from people outside the organisation that owns it.

Masking is for reading, after matching: what is stored stays as it was sent. It applies to text that people wrote or
typed (command lines, scripts, messages), never to hashes, identifiers and paths, because many runs of ten digits pass
the check digit by chance.
"""

import re
from collections.abc import Mapping
from typing import Final

MASK: Final = "[NHS number hidden]"

FREE_TEXT: Final = frozenset(
    [
        "CommandLine",
        "ParentCommandLine",
        "ScriptBlockText",
        "Payload",
        "ContextInfo",
        "HostApplication",
        "Message",
        "message",
        "Details",
        "Description",
        "Subject",
        "subject",
        "Body",
        "QueryName",
        "cs-uri-query",
        "c-uri",
        "cs-uri",
        "cs-referer",
        "c-useragent",
        "cs-user-agent",
        "proctitle",
        "Data",
        "TaskContent",
        "keywords",
        "unmapped",
    ],
)
"""The fields whose values people type or programs write as prose."""

# Three, three and four digits as the NHS prints them, or ten together; not part of a longer word or number.
_SHAPE: Final = re.compile(r"(?<![0-9A-Za-z])\d{3}([ -]?)\d{3}\1\d{4}(?![0-9A-Za-z])")
_WEIGHTS: Final = range(10, 1, -1)


def is_nhs_number(digits: str) -> bool:
    """Whether ten digits carry the check digit of an NHS number.

    >>> is_nhs_number("9434765919"), is_nhs_number("9434765918")
    (True, False)

    """
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return (11 - total % 11) % 11 == int(digits[9])


def masked_text(text: str) -> str:
    """The text with everything shaped like an NHS number hidden.

    >>> masked_text("print 943 476 5919 twice")
    'print [NHS number hidden] twice'

    """
    return _SHAPE.sub(_hide, text)


def masked_event(event: Mapping[str, str]) -> dict[str, str]:
    """An event's fields, with its free text masked and everything else as it is."""
    return {name: masked_text(value) if name in FREE_TEXT else value for name, value in event.items()}


def _hide(found: re.Match[str]) -> str:
    return MASK if is_nhs_number(re.sub(r"\D", "", found[0])) else found[0]


def masked_value(value: object) -> object:
    """Any value of a document, with everything shaped like an NHS number hidden, however deep it lies.

    >>> masked_value({"seen": [9434765919, "ward 7"]})
    {'seen': ['[NHS number hidden]', 'ward 7']}

    """
    match value:
        case str():
            return masked_text(value)
        case bool():
            return value
        case int():
            return MASK if masked_text(str(value)) == MASK else value
        case list():
            return [masked_value(item) for item in value]
        case dict():
            return {key: masked_value(item) for key, item in value.items()}
        case _:
            return value
