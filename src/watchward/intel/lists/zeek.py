"""Zeek's intelligence framework: a table with tabs between its columns, which a sensor reads again when it changes."""

from collections.abc import Iterable
from typing import Final

from watchward.intel.lists.block import (
    Listed,
    Rendered,
    is_digest,
    is_domain,
    is_placed,
    one_line,
    placed,
    times,
    url_parts,
)
from watchward.intel.observable import Kind

_TYPES: Final = {
    Kind.DOMAIN: "Intel::DOMAIN",
    Kind.EMAIL: "Intel::EMAIL",
    Kind.FILE_NAME: "Intel::FILE_NAME",
    Kind.IPV4: "Intel::ADDR",
    Kind.IPV6: "Intel::ADDR",
    Kind.MD5: "Intel::FILE_HASH",
    Kind.NETWORK: "Intel::SUBNET",
    Kind.SHA1: "Intel::FILE_HASH",
    Kind.SHA256: "Intel::FILE_HASH",
    Kind.URL: "Intel::URL",
    Kind.USER_AGENT: "Intel::SOFTWARE",
}
_FIELDS: Final = ("indicator", "indicator_type", "meta.source", "meta.desc", "meta.indicator")


def zeek(listed: Iterable[Listed]) -> Rendered:
    """The table. Names match themselves: Zeek looks for no names under them."""
    lines, left_out = placed(listed, tuple(_TYPES), _line, "Zeek's table cannot hold it.")
    text = "\n".join(["\t".join(["#fields", *_FIELDS]), *lines, ""])
    return Rendered(content=text.encode("ascii"), entries=len(lines), left_out=tuple(left_out))


def _line(one: Listed) -> str | None:
    value = _value(one)
    if not value:
        return None
    block = one.block
    why = f"{one_line(block.why)} ({times(block)})"
    said = (one_line(word) or "-" for word in (block.source, why, block.indicator))
    return "\t".join([value, _TYPES[one.kind], *said])


def _value(one: Listed) -> str | None:
    match one.kind:
        case Kind.DOMAIN:
            return one.value if is_domain(one.value) else None
        case Kind.IPV4 | Kind.IPV6 | Kind.NETWORK:
            return one.value if is_placed(one) else None
        case Kind.MD5 | Kind.SHA1 | Kind.SHA256:
            return one.value if is_digest(one.value) else None
        case Kind.URL:  # without its scheme, as Zeek sees it
            parts = url_parts(one.value)
            return None if parts is None else escaped("".join(parts[1:]))
        case _:
            return escaped(one.value)


def escaped(text: str) -> str:
    r"""A value as Zeek's reader takes it back: everything but plain characters by its bytes.

    >>> escaped("a\tb\\é-")
    'a\\x09b\\x5c\\xc3\\xa9-'

    """
    if text in ("-", "(empty)"):  # which say that there is no value
        return "".join(f"\\x{byte:02x}" for byte in text.encode())
    plain = (chr(byte) if byte in _PLAIN else f"\\x{byte:02x}" for byte in text.encode("utf-8", "surrogatepass"))
    return "".join(plain)


_PLAIN: Final = frozenset(range(0x20, 0x7F)) - {ord("\\"), ord(","), ord("#")}
