"""Files that Squid's access lists read, and the lines of its configuration that read them."""

import re
from collections.abc import Iterable
from typing import Final

from watchward.intel.lists.block import Listed, Place, Rendered, is_domain, is_placed, placed, url_parts
from watchward.intel.observable import Kind
from watchward.intel.warninglists import names_above

CONFIGURATION: Final = """\
acl watchward_domains dstdomain "{folder}/domains"
acl watchward_addresses dst "{folder}/addresses"
acl watchward_urls url_regex "{folder}/urls"
http_access deny watchward_domains
http_access deny watchward_addresses
http_access deny watchward_urls
"""
"""What stands in `squid.conf`, before what allows; `{folder}` is where the files are."""


def domains(listed: Iterable[Listed]) -> Rendered:
    """Names with all under them. A name under another in the list is left out as said already: Squid refuses both."""
    every = [one for one in listed if one.kind is Kind.DOMAIN]
    whole = {one.value for one in every if one.under and is_domain(one.value)}
    said = [one for one in every if not any(above in whole for above in names_above(one.value))]

    def line(one: Listed) -> str | None:
        return (f".{one.value}" if one.under else one.value) if is_domain(one.value) else None

    return _rendered(said, (Kind.DOMAIN,), line)


def addresses(listed: Iterable[Listed]) -> Rendered:
    """Addresses and networks."""
    return _rendered(
        listed,
        (Kind.IPV4, Kind.IPV6, Kind.NETWORK),
        lambda one: one.value if is_placed(one) else None,
    )


def urls(listed: Iterable[Listed]) -> Rendered:
    """URLs as expressions that match what begins with them; of `https` only a proxy that opens it sees the path."""
    return _rendered(listed, (Kind.URL,), _expression)


def _expression(one: Listed) -> str | None:
    parts = url_parts(one.value)
    if parts is None:
        return None
    scheme, host, path = parts
    return f"^{scheme}://{_literal(host)}{'' if ':' in host else '(:[0-9]+)?'}{_literal(path)}"


def _literal(text: str) -> str:
    """Text in a POSIX expression, each character that means something between brackets."""
    return re.sub(r"[.*+?()\[\]{}|^$\\]", lambda found: rf"\{found[0]}", text)


def _rendered(listed: Iterable[Listed], kinds: tuple[Kind, ...], line: Place) -> Rendered:
    lines, left_out = placed(listed, kinds, line, "Squid's file cannot hold it.")
    content = "".join(f"{one}\n" for one in dict.fromkeys(lines))
    return Rendered(content=content.encode("ascii"), entries=len(lines), left_out=tuple(left_out))
