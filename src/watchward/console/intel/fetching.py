"""Reads another organisation's TAXII 2.1 collection, a page at a time, or a list. What it answers is not trusted."""

import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec

from watchward.base.errors import BadInputError, WatchwardError
from watchward.respond.target import TargetError, allowed, host_and_port

ACCEPT: Final = "application/taxii+json;version=2.1"
AT_ONCE: Final = 2_000
"""How many objects are asked for at once; a server may answer with fewer."""

_MOST_BYTES: Final = 64 << 20
_MOST_LISTED: Final = 16 << 20
"""A list is read whole, again and again: a million addresses are about 14 MiB."""

_TIMEOUT_SECONDS: Final = 30.0
_DEADLINE_SECONDS: Final = 30.0
_LONGEST_CURSOR: Final = 4_000
_LONGEST_URL: Final = 500


class UnreachableError(WatchwardError):
    """A server could not be read.

    Args:
        message: what went wrong.
        advice: what whoever manages the source can do.
        seconds: after how long the server wants to be asked again; 0 where it does not say.
        cursor: whether it may be that it does not know the cursor any more.

    """

    def __init__(self, message: str, *, advice: str, seconds: int = 0, cursor: bool = False) -> None:
        super().__init__(message, advice=advice)
        self.seconds = seconds
        self.cursor = cursor


class _About(msgspec.Struct):
    title: str = ""


class _Envelope(msgspec.Struct):
    more: bool = False
    next: str | None = None
    held: list[msgspec.Raw] = msgspec.field(name="objects", default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """One page.

    Args:
        body: the envelope as it came.
        count: how many objects it holds.
        more: whether there are others after these.
        next: by what the next page is asked for; empty where the server does not say.
        first: when, by the server, the first object was added; empty where it does not say.
        last: when the last was.
        at: the server's clock; None where it does not say.

    """

    body: bytes
    count: int
    more: bool
    next: str
    first: str
    last: str
    at: datetime | None


def require_usable(url: str, *, trusted: tuple[str, ...]) -> None:
    """Refuse an address that a node may not ask.

    Raises:
        BadInputError: it does not begin with https://, carries a password, or is too long.

    """
    if len(url) > _LONGEST_URL:
        raise BadInputError(
            f"An address of {len(url):,} characters is too long.", advice=f"Give one of {_LONGEST_URL} at most."
        )
    try:
        host_and_port(url, trusted=trusted)
    except TargetError:
        raise BadInputError(
            f"{url[:200]!r} is no address that may be asked.",
            advice="Give one that begins with https://, of a TAXII collection or a list, and holds no password.",
        ) from None


class Feed:
    """A collection of another organisation's server, to be read within `with`.

    The server's name is resolved once, its address is judged, and the connection is made to that very address; TLS
    still asks for the name, and is always checked. Redirections are not followed.
    """

    def __init__(self, url: str, *, username: str, password: str, trusted: tuple[str, ...]) -> None:
        host, port = host_and_port(url, trusted=trusted)
        address = allowed(host, _resolved(host, port), trusted=trusted)
        parts = urlsplit(url)
        numeric = f"[{address}]" if ":" in address else address
        place = (parts.scheme, f"{numeric}:{port}")
        path = parts.path.rstrip("/").removesuffix("/objects")
        self._text_url = urlunsplit((*place, parts.path, parts.query, ""))
        self._about_url = urlunsplit((*place, f"{path}/", parts.query, ""))
        self._url = urlunsplit((*place, f"{path}/objects/", parts.query, ""))
        self._host = host
        self._http = httpx.Client(
            timeout=_TIMEOUT_SECONDS,
            follow_redirects=False,
            trust_env=False,
            auth=(username, password) if username else None,
            headers={"Host": parts.netloc, "Accept": ACCEPT, "User-Agent": "Watchward"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def page(self, *, after: str, cursor: str) -> Fetched:
        """The objects that were added after a moment (all, if it is empty), from a cursor on.

        Raises:
            UnreachableError: the server cannot be reached, refuses, or answers in no form that can be read.

        """
        query = (
            {"limit": str(AT_ONCE)} | ({"added_after": after} if after else {}) | ({"next": cursor} if cursor else {})
        )
        response, body = self._asked(self._url, query, cursor=bool(cursor))
        return _read(response, body)

    def title(self) -> str:
        """What the server calls the collection; nothing where it does not say.

        Raises:
            UnreachableError: as of `page`.

        """
        _, body = self._asked(self._about_url, {})
        try:
            return msgspec.json.decode(body, type=_About).title[:200]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return ""

    def text(self) -> bytes:
        """What stands at the address itself, such as a list.

        Raises:
            UnreachableError: as of `page`.

        """
        return self._asked(self._text_url, {}, accept="*/*", most=_MOST_LISTED)[1]

    def _asked(
        self, url: str, query: dict[str, str], *, cursor: bool = False, accept: str = ACCEPT, most: int = _MOST_BYTES
    ) -> tuple[httpx.Response, bytes]:
        try:
            with self._http.stream(
                "GET", url, params=query or None, headers={"Accept": accept}, extensions={"sni_hostname": self._host}
            ) as response:
                _require_sound(response, self._host, cursor=cursor)
                return response, _body(response, most)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            raise UnreachableError(
                f"{self._host} could not be read: {type(error).__name__}: {error}."[:500],
                advice="It is tried again, later each time. See whether the server runs and its certificate is valid.",
            ) from error


def _resolved(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # a part of the name may be longer than any can be
        return []
    return [str(one[4][0]) for one in found]


def _require_sound(response: httpx.Response, host: str, *, cursor: bool) -> None:
    status = response.status_code
    if status == HTTPStatus.OK:
        return
    said: dict[int, str] = {
        HTTPStatus.UNAUTHORIZED: "Check the user name and the password.",
        HTTPStatus.FORBIDDEN: "Ask the other organisation to let this account read the collection.",
        HTTPStatus.NOT_FOUND: "Check the address.",
        HTTPStatus.NOT_ACCEPTABLE: "This server does not speak TAXII 2.1.",
    }
    after = response.headers.get("retry-after", "")
    raise UnreachableError(
        f"{host} answered with status {status}.",
        # Servers answer with numbers that no standard knows, such as 520.
        advice=said.get(status, "It is tried again, later each time."),
        seconds=int(after) if after.isascii() and after.isdigit() and len(after) <= 5 else 0,  # noqa: PLR2004 - a day in digits
        cursor=cursor and status in {HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND, HTTPStatus.GONE},
    )


def _body(response: httpx.Response, most: int) -> bytes:
    """The answer, as long as it is neither too long nor too slow."""
    parts: list[bytes] = []
    length, ends = 0, time.monotonic() + _DEADLINE_SECONDS
    for part in response.iter_bytes():
        parts.append(part)
        length += len(part)
        if length > most or time.monotonic() > ends:
            raise UnreachableError(
                f"The server's answer is longer than {most >> 20} MiB, or takes too long.",
                advice="Ask its maker to answer with fewer objects at once, as the limit asks, or for a shorter list.",
            )
    return b"".join(parts)


def _read(response: httpx.Response, body: bytes) -> Fetched:
    try:
        said = msgspec.json.decode(body, type=_Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise UnreachableError(
            f"The server's answer is no envelope of TAXII 2.1: {error}."[:500],
            advice="Check that the address is that of a TAXII 2.1 collection.",
        ) from error
    return Fetched(
        body=body,
        count=len(said.held),
        more=said.more,
        next=(said.next or "")[:_LONGEST_CURSOR],
        first=response.headers.get("x-taxii-date-added-first", "")[:40],
        last=response.headers.get("x-taxii-date-added-last", "")[:40],
        at=_clock_of(response),
    )


def _clock_of(response: httpx.Response) -> datetime | None:
    with suppress(ValueError, OverflowError):
        at = parsedate_to_datetime(response.headers.get("date", ""))
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return None
