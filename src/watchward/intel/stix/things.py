"""Observables written as STIX 2.1: the pattern that asks for one, the object that it is, and an indicator of it.

What this node says in its own name, with an identifier that follows from what it is about, stands in `write`.
"""

from datetime import datetime
from typing import Final

from watchward.intel.observable import Kind, Observable
from watchward.intel.stix.identifiers import OBSERVABLES, derived
from watchward.intel.stix.timestamps import written
from watchward.intel.stix.write import Document

_PATHS: Final = {
    Kind.DOMAIN: "domain-name:value",
    Kind.EMAIL: "email-addr:value",
    Kind.FILE_NAME: "file:name",
    Kind.IMPHASH: "file:extensions.'windows-pebinary-ext'.imphash",
    Kind.IPV4: "ipv4-addr:value",
    Kind.IPV6: "ipv6-addr:value",
    Kind.MD5: "file:hashes.MD5",
    Kind.MUTEX: "mutex:name",
    Kind.PROCESS_NAME: "process:name",
    Kind.REGISTRY_KEY: "windows-registry-key:key",
    Kind.SHA1: "file:hashes.'SHA-1'",
    Kind.SHA256: "file:hashes.'SHA-256'",
    Kind.SHA512: "file:hashes.'SHA-512'",
    Kind.URL: "url:value",
    Kind.USER_AGENT: "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'",
}
_DIGESTS: Final = {Kind.MD5: "MD5", Kind.SHA1: "SHA-1", Kind.SHA256: "SHA-256", Kind.SHA512: "SHA-512"}
_TOLD_BY: Final = {
    Kind.DOMAIN: ("domain-name", "value"),
    Kind.EMAIL: ("email-addr", "value"),
    Kind.FILE_NAME: ("file", "name"),
    Kind.IPV4: ("ipv4-addr", "value"),
    Kind.IPV6: ("ipv6-addr", "value"),
    Kind.MUTEX: ("mutex", "name"),
    Kind.REGISTRY_KEY: ("windows-registry-key", "key"),
    Kind.URL: ("url", "value"),
}


def pattern(observable: Observable) -> str:
    r"""The pattern that asks for exactly this.

    >>> pattern(Observable(Kind.MUTEX, r"Global\it's"))
    "[mutex:name = 'Global\\\\it\\'s']"

    """
    kind, value = observable.kind, observable.value
    if kind is Kind.NETWORK:
        return f"[{_PATHS[Kind.IPV6 if ':' in value else Kind.IPV4]} = {_quoted(value)}]"
    if kind is Kind.FILE_PATH:
        folder, name = _split(value)
        if not folder:
            return f"[file:name = {_quoted(name)}]"
        return f"[file:name = {_quoted(name)} AND file:parent_directory_ref.path = {_quoted(folder)}]"
    return f"[{_PATHS[kind]} = {_quoted(value)}]"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _split(path: str) -> tuple[str, str]:
    place = max(path.rfind("\\"), path.rfind("/"))
    return path[: max(place, 0)], path[place + 1 :]


def cyber_observable(observable: Observable) -> Document | None:
    """The thing itself as an object of STIX, under the identifier that everybody derives; None where STIX has none."""
    kind, value = observable.kind, observable.value
    if kind in _DIGESTS:
        return _observed("file", {"hashes": {_DIGESTS[kind]: value}})
    if kind is Kind.NETWORK:
        return _observed("ipv6-addr" if ":" in value else "ipv4-addr", {"value": value})
    found = _TOLD_BY.get(kind)
    return None if found is None else _observed(found[0], {found[1]: value})


def _observed(type_: str, telling: Document) -> Document:
    return {
        "type": type_,
        "spec_version": "2.1",
        "id": derived(type_, telling, space=OBSERVABLES),
        **telling,
    }


def indicator(
    identifier: str,
    observable: Observable,
    *,
    created: datetime,
    modified: datetime,
    **more: object,
) -> Document:
    """An indicator that asks for exactly one thing; what else it says is given by the names of STIX."""
    since = written(min(created, modified))
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": identifier,
        "created": since,
        "modified": written(modified),
        "pattern": pattern(observable),
        "pattern_type": "stix",
        "valid_from": since,
        **{key: value for key, value in more.items() if value not in (None, [], "")},
    }
