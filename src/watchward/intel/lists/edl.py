"""Plain lists that firewalls fetch: one entry a line and nothing else, because many of them read no comments."""

from collections.abc import Iterable
from typing import Final

from watchward.intel.lists.block import Listed, Place, Rendered, is_domain, is_placed, placed, url_parts
from watchward.intel.observable import Kind

_ADDRESSES: Final = (Kind.IPV4, Kind.IPV6, Kind.NETWORK)


def addresses(listed: Iterable[Listed]) -> Rendered:
    """Addresses and networks."""
    return _rendered(listed, _ADDRESSES, lambda one: one.value if is_placed(one) else None)


def domains(listed: Iterable[Listed], *, under: bool = True) -> Rendered:
    """Names; with `under`, a line `*.name` for all under each, but where one of those is excepted."""

    def lines(one: Listed) -> str | None:
        if not is_domain(one.value):
            return None
        return f"{one.value}\n*.{one.value}" if under and one.under else one.value

    return _rendered(listed, (Kind.DOMAIN,), lines)


def urls(listed: Iterable[Listed], *, scheme: bool = False) -> Rendered:
    """URLs, with or without `https://` before them, as the firewall wants it."""

    def line(one: Listed) -> str | None:
        parts = url_parts(one.value)
        if parts is None:
            return None
        before, host, path = parts
        return f"{before}://{host}{path}" if scheme else f"{host}{path}"

    return _rendered(listed, (Kind.URL,), line)


def _rendered(listed: Iterable[Listed], kinds: tuple[Kind, ...], line: Place) -> Rendered:
    lines, left_out = placed(listed, kinds, line, "It does not fit on a line of its own.")
    content = "".join(f"{one}\n" for one in dict.fromkeys(lines))
    return Rendered(content=content.encode("ascii"), entries=len(lines), left_out=tuple(left_out))
