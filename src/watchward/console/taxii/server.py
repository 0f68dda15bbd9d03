"""The TAXII 2.1 server: which request is answered how. It knows nothing of sockets, so that a test can ask it directly.

Section numbers are those of the OASIS standard of 10 June 2021.
"""

import base64
import binascii
from collections.abc import Callable
from http import HTTPStatus
from math import ceil
from typing import Final
from uuid import UUID

import msgspec
import structlog

from watchward.base.clock import Clock
from watchward.base.errors import NotAllowedError, WatchwardError
from watchward.console.config import current
from watchward.console.intel import guard, moments
from watchward.console.intel.actions import remove_object
from watchward.console.intel.guard import Caller, Rights
from watchward.console.intel.models import ApiRoot
from watchward.console.messages import Answer, RefusedError, too_long
from watchward.console.pace import counted, until_next_minute
from watchward.console.taxii import adapters, queries, resources
from watchward.console.taxii.asked import Asked, cursor
from watchward.console.taxii.http import Request, refusal, told
from watchward.console.taxii.negotiating import require_acceptable, require_sent_as

log = structlog.get_logger(__name__)

_encode: Final = msgspec.json.Encoder().encode
_CHALLENGE: Final = {"WWW-Authenticate": 'Basic realm="Watchward TAXII", charset="UTF-8"'}
_COLLECTIONS: Final = "collections"
_LONGEST_KEY_ID: Final = 40


def answer(request: Request, *, clock: Clock) -> Answer:
    """The answer to a request, whatever it is."""
    try:
        _require_text(request)
        caller = admit(request)
        _require_pace(caller)
        adapters.remember(caller, clock=clock)
        return _route(caller, request, clock)
    except RefusedError as error:
        return refusal(error)
    except NotAllowedError as error:
        return told(HTTPStatus.FORBIDDEN, error.message, error.advice)
    except WatchwardError as error:
        return told(HTTPStatus.UNPROCESSABLE_ENTITY, error.message, error.advice)


def _require_text(request: Request) -> None:
    """Refuse what no database takes as text, before one is asked."""
    if "\0" in request.path or any("\0" in one for one in request.query.values()):
        raise RefusedError(
            HTTPStatus.BAD_REQUEST, "The address has a NUL character in it.", advice="Ask for what there is."
        )


def admit(request: Request) -> Caller:
    """Who asks; before anything that they send is read.

    Raises:
        RefusedError: 401, or it is too long or in a form that this server does not know.

    """
    shown = _shown(request.headers.get("authorization", ""))
    caller = guard.caller(*shown) if shown else None
    if caller is None:
        raise RefusedError(
            HTTPStatus.UNAUTHORIZED,
            "Nobody is known by this key, or its secret is another.",
            advice="Send the key and its secret as user name and password (HTTP Basic).",
            headers=_CHALLENGE,
        )
    require_acceptable(request.headers.get("accept", ""))
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > resources.MOST_CONTENT:
        raise too_long(resources.MOST_CONTENT)
    return caller


def _require_pace(caller: Caller) -> None:
    """Refuse a client that asks too often; its writes, too, are no more than its share of the node."""
    most = current().taxii_requests_a_minute
    if counted("taxii", caller.client.pk) > most:
        raise RefusedError(
            HTTPStatus.TOO_MANY_REQUESTS,
            f"A key may ask {most:,} times a minute, and has.",
            advice="Ask for more objects at once, and wait as many seconds as the header Retry-After says.",
            headers={"Retry-After": str(ceil(until_next_minute()))},
        )


def _shown(authorization: str) -> tuple[str, str] | None:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        key_id, colon, secret = base64.b64decode(value.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    # Longer ones are nobody's, and would be remembered as such; no database takes a NUL.
    return (key_id, secret) if colon and len(key_id) <= _LONGEST_KEY_ID and "\0" not in key_id else None


def _route(caller: Caller, request: Request, clock: Clock) -> Answer:
    """Sections 4 and 5: discovery, one part of the server, its statuses and its collections."""
    match request.path.strip("/").split("/"):
        case [""]:
            return _get(request, lambda: resources.discovery(_roots(caller)))
        case [name]:
            return _get(request, lambda: resources.api_root(_root(caller, name)))
        case [name, "status", key]:
            return _only(request, "GET", lambda: _status(caller, name, key))
        case [name, "collections"]:
            return _get(request, lambda: _collections(caller, _root(caller, name)))
        case [name, "collections", key, *rest]:
            return _in_collection(caller, _rights(caller, name, key), rest, request, clock)
        case _:
            raise _missing()


def _in_collection(caller: Caller, rights: Rights, rest: list[str], request: Request, clock: Clock) -> Answer:
    match rest:
        case []:
            return _get(request, lambda: resources.collection(rights))
        case ["manifest"]:
            return _only(request, "GET", lambda: _manifest(caller, rights, request))
        case ["objects"]:
            return _by_method(
                request,
                GET=lambda: _objects(caller, rights, Asked.parse(request.query)),
                POST=lambda: _add(caller, rights, request, clock),
            )
        case ["objects", stix_id]:
            return _by_method(
                request,
                GET=lambda: _object(caller, rights, stix_id, request),
                DELETE=lambda: _delete(caller, rights, stix_id, request, clock),
            )
        case ["objects", stix_id, "versions"]:
            return _only(request, "GET", lambda: _versions(caller, rights, stix_id, request))
        case _:
            raise _missing()


def _by_method(request: Request, **does: Callable[[], Answer]) -> Answer:
    if request.method not in does:
        allowed = ", ".join(does)
        raise RefusedError(
            HTTPStatus.METHOD_NOT_ALLOWED,
            f"This address does not take {request.method}.",
            advice=f"It takes {allowed}.",
            headers={"Allow": allowed},
        )
    return does[request.method]()


def _only(request: Request, method: str, does: Callable[[], Answer]) -> Answer:
    return _by_method(request, **{method: does})


def _get(request: Request, resource: Callable[[], resources.Resource]) -> Answer:
    return _only(request, "GET", lambda: Answer(body=_encode(resource())))


def _missing() -> RefusedError:
    return RefusedError(
        HTTPStatus.NOT_FOUND,
        "There is no such thing, or it is not for this client.",
        advice="Begin at /taxii2/, which says what there is.",
    )


def _roots(caller: Caller) -> list[ApiRoot]:
    found = {one.root.pk: one.root for one in caller.rights.values()}
    return sorted(found.values(), key=lambda root: root.name)


def _root(caller: Caller, name: str) -> ApiRoot:
    found = next((root for root in _roots(caller) if root.name == name), None)
    if found is None:
        raise _missing()
    return found


def _rights(caller: Caller, root: str, key: str) -> Rights:
    """What the client may do with a collection, by its identifier or its alias."""
    wanted = caller.aliases.get((root, key))
    try:
        rights = caller.rights.get(wanted or UUID(key))
    except ValueError:
        rights = None
    if rights is None or rights.root.name != root:
        raise _missing()
    return rights


def _may(rights: Rights, *, read: bool = False, write: bool = False) -> None:
    if (read and not rights.read) or (write and not rights.write):
        what = "reading" if read and not rights.read else "writing"
        raise RefusedError(
            HTTPStatus.FORBIDDEN,
            f"The collection {rights.collection} is not open to this client for {what}.",
            advice="Ask whoever gave it its key.",
        )


def _collections(caller: Caller, root: ApiRoot) -> resources.Resource:
    found = [one for one in caller.rights.values() if one.root.pk == root.pk]
    found.sort(key=lambda one: (one.collection.title, str(one.collection.pk)))
    return {_COLLECTIONS: [resources.collection(one) for one in found]} if found else {}


def _status(caller: Caller, root: str, key: str) -> Answer:
    try:
        content = queries.status_of(caller, root, UUID(key))
    except ValueError:
        content = None
    if content is None:
        raise _missing()
    return Answer(body=content)


def _objects(caller: Caller, rights: Rights, asked: Asked) -> Answer:
    """Section 5.4: the objects' own bytes, joined."""
    _may(rights, read=True)
    page = queries.raw_page(caller, rights.collection, asked)
    if not page.raw:
        return Answer(body=b'{"more":false}')
    end = b'"more":true,"next":"%b"' % cursor(page.last).encode() if page.more else b'"more":false'
    body = b'{%b,"objects":[%b]}' % (end, b",".join(page.raw))
    return Answer(body=body, headers=_dates(page.first, page.last))


def _dates(first: int, last: int) -> dict[str, str]:
    return {"X-TAXII-Date-Added-First": moments.written(first), "X-TAXII-Date-Added-Last": moments.written(last)}


def _object(caller: Caller, rights: Rights, stix_id: str, request: Request) -> Answer:
    _may(rights, read=True)
    if not queries.is_there(caller, rights.collection, stix_id):
        raise _missing()
    return _objects(caller, rights, Asked.parse({**request.query, "match[id]": stix_id, "match[type]": ""}))


def _manifest(caller: Caller, rights: Rights, request: Request) -> Answer:
    """Section 5.3. `next` is of the standard's envelope, not of its manifest; clients that page read it here too."""
    _may(rights, read=True)
    asked = Asked.parse(request.query)
    page = queries.listed(caller, rights.collection, asked, "stix_id", "version_text", "spec_version")
    return _listed(page, "objects", [resources.manifest_record(added, *said) for added, said in page.rows])


def _versions(caller: Caller, rights: Rights, stix_id: str, request: Request) -> Answer:
    """Section 5.8."""
    _may(rights, read=True)
    if not queries.is_there(caller, rights.collection, stix_id):
        raise _missing()
    query = {name: value for name, value in request.query.items() if name != "match[version]"}
    asked = Asked.parse({**query, "match[id]": stix_id, "match[type]": ""}, versions="all")
    page = queries.listed(caller, rights.collection, asked, "version_text")
    return _listed(page, "versions", [said[0] for _, said in page.rows])


def _listed(page: queries.Page, name: str, items: list[resources.Resource] | list[str]) -> Answer:
    if not items:
        return Answer(body=b'{"more":false}')
    first, last = page.rows[0][0], page.rows[-1][0]
    said = {"more": page.more, **({"next": cursor(last)} if page.more else {}), name: items}
    return Answer(body=_encode(said), headers=_dates(first, last))


def _add(caller: Caller, rights: Rights, request: Request, clock: Clock) -> Answer:
    """Section 5.5."""
    _may(rights, write=True)
    require_sent_as(request.headers.get("content-type", ""), request.headers.get("content-encoding", ""))
    content = adapters.add(caller, rights, request.body, clock=clock)
    return Answer(status=HTTPStatus.ACCEPTED, body=content)


def _delete(caller: Caller, rights: Rights, stix_id: str, request: Request, clock: Clock) -> Answer:
    """Section 5.7: the versions that are named, or all; only what the client itself brought."""
    _may(rights, read=True, write=True)
    asked = Asked.parse(request.query, versions="all")
    found = queries.versions_of(caller, rights.collection, stix_id, asked)
    if not found:
        raise _missing()
    mine = [version for version, client in found if client == caller.client.pk]
    if not mine:
        raise RefusedError(
            HTTPStatus.FORBIDDEN,
            "Somebody else brought this object.",
            advice="Ask whoever brought it, or whoever manages the collection, to take it out.",
        )
    remove_object(by=caller.client, collection=rights.collection, stix_id=stix_id, versions=mine, clock=clock)
    return Answer()
