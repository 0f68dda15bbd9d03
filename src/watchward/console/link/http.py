"""A message and its answer, as far as links know HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import msgspec

from watchward.base.errors import WatchwardError

NODE: Final = "watchward-node"
TO: Final = "watchward-to"
SIGNATURE: Final = "watchward-signature"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What it is answered."""

    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"{}"


class RefusedError(WatchwardError):
    """A message that is not taken, with the status of HTTP that says why.

    Args:
        status: of HTTP.
        message: what is wrong.
        advice: the next step.
        headers: what goes with it.

    """

    def __init__(
        self, status: HTTPStatus, message: str, *, advice: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message, advice=advice)
        self.status = status
        self.headers = headers or {}

    @property
    def answer(self) -> Answer:
        """The refusal, in words."""
        words = {"title": self.message, "advice": self.advice}
        return Answer(status=self.status, headers=self.headers, body=msgspec.json.encode(words))


def words_of(answer: Answer) -> tuple[str, str]:
    """What a refusal says, and advises; it is not signed, so nothing is done on its word."""
    try:
        said = msgspec.json.decode(answer.body, type=dict[str, str])
    except (msgspec.DecodeError, ValueError):
        said = {}
    return said.get("title", f"HTTP {answer.status}")[:500], said.get("advice", "")[:500]
