"""Indicators for Microsoft Defender for Endpoint, as its API imports them (`POST /api/indicators/import`)."""

from collections.abc import Iterable, Iterator
from datetime import UTC
from typing import Final

import msgspec

from watchward.intel.lists.block import LeftOut, Listed, is_digest, is_domain, is_placed, one_line, times, url_parts
from watchward.intel.observable import Kind

_TYPES: Final = {
    Kind.DOMAIN: "DomainName",
    Kind.IPV4: "IpAddress",
    Kind.IPV6: "IpAddress",
    Kind.MD5: "FileMd5",
    Kind.SHA1: "FileSha1",
    Kind.SHA256: "FileSha256",
    Kind.URL: "Url",
}
_TIME: Final = "%Y-%m-%dT%H:%M:%SZ"
AT_ONCE: Final = 500
"""How many indicators the API takes in one request."""


def defender(listed: Iterable[Listed], *, action: str = "Block") -> tuple[tuple[bytes, ...], tuple[LeftOut, ...]]:
    """The bodies of the requests that import the blocks, and the blocks of its kinds that it cannot hold.

    Networks are among those: the API takes single addresses.
    """
    made: list[dict[str, object]] = []
    left_out: list[LeftOut] = []
    for one in listed:
        if one.kind in _TYPES and _fits(one):
            made.append(_indicator(one, action))
        elif one.kind in _TYPES or one.kind is Kind.NETWORK:
            left_out.append(LeftOut(block=one.block, why="Defender takes no such indicator."))
    return tuple(_bodies(made)), tuple(left_out)


def _bodies(made: list[dict[str, object]]) -> Iterator[bytes]:
    for start in range(0, len(made), AT_ONCE):
        yield msgspec.json.encode({"Indicators": made[start : start + AT_ONCE]})


def _fits(one: Listed) -> bool:
    match one.kind:
        case Kind.DOMAIN:  # which takes all names under it too, so that none of them can be excepted
            return is_domain(one.value) and one.under
        case Kind.URL:
            return url_parts(one.value) is not None
        case Kind.IPV4 | Kind.IPV6:
            return is_placed(one)
        case _:
            return is_digest(one.value)


def _indicator(one: Listed, action: str) -> dict[str, object]:
    block = one.block
    return {
        "indicatorValue": one.value,
        "indicatorType": _TYPES[one.kind],
        "action": action,
        "application": "Watchward",
        "title": one_line(f"Watchward: {one.value}", 100),
        "description": one_line(f"{block.source}: {block.why} ({block.indicator}; {times(block)})", 500),
        "severity": "High",
        "generateAlert": True,
        **({} if block.until is None else {"expirationTime": block.until.astimezone(UTC).strftime(_TIME)}),
    }
