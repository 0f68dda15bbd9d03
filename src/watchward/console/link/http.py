"""A message and its answer, as far as links know HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

from watchward.console.messages import Answer, RefusedError

NODE: Final = "watchward-node"
TO: Final = "watchward-to"
SIGNATURE: Final = "watchward-signature"
DIGEST: Final = "watchward-digest"
"""Of the body, with which the signature is judged before the body is read; earlier versions send none."""
TURN: Final = "watchward-turn"
PROOF: Final = "watchward-proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a child sends.

    Args:
        path: the address below `/link`, such as `/v1/up`.
        headers: by their names in lower case.
        body: the message.

    """

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def refusal(error: RefusedError) -> Answer:
    """A refusal as links tell it, in words."""
    words = {"title": error.message, "advice": error.advice}
    return Answer(status=error.status, headers=error.headers, body=msgspec.json.encode(words))


def words_of(answer: Answer) -> tuple[str, str]:
    """What a refusal says, and advises; it is not signed, so nothing is done on its word."""
    try:
        said = msgspec.json.decode(answer.body, type=dict[str, str])
    except (msgspec.DecodeError, ValueError):
        said = {}
    return said.get("title", f"HTTP {answer.status}")[:500], said.get("advice", "")[:500]
