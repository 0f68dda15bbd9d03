"""A request and its answer, as far as TAXII knows them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

import msgspec

from watchward.console.messages import Answer, RefusedError

MEDIA_TYPE: Final = "application/taxii+json;version=2.1"
STIX_MEDIA_TYPE: Final = "application/stix+json;version=2.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What a client asks.

    Args:
        method: of HTTP.
        path: the address below `/taxii2`, such as `/intelligence/collections/`.
        query: the values of the address's query, by name; several of one name joined by commas.
        headers: by their names in lower case.
        body: what was sent.

    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def refusal(error: RefusedError) -> Answer:
    """A refusal as TAXII tells it."""
    return told(error.status, error.message, error.advice, error.headers)


def told(status: HTTPStatus, message: str, advice: str, headers: Mapping[str, str] | None = None) -> Answer:
    """An error as TAXII tells it."""
    resource = {"title": message, "description": advice, "http_status": str(int(status))}
    return Answer(status=status, body=msgspec.json.encode(resource), headers=headers or {})
