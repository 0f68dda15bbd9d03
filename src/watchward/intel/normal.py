"""Normal forms: two texts that mean the same thing become one text, and a normal text stays as it is.

Each function raises ValueError, with the reason in its words, for what is not of its kind.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, NetmaskValueError, ip_network
from typing import Final
from urllib.parse import SplitResult, quote, urlsplit

import idna

from watchward.detect.texts.values import fold
from watchward.telemetry.hives import spelt

LONGEST: Final = 8_192
"""Characters of the longest text that is anything."""

_LONGEST_NAME: Final = 253
_PLAIN_IPV4: Final = re.compile(r"(?:(?:[1-9]?\d|1\d\d|2[0-4]\d|25[0-5])(?:\.(?!\Z)|\Z)){4}", re.ASCII)
_NAME: Final = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_LOCAL_PART: Final = re.compile(r"[^\s@\"<>,;:\\()\[\]\x00-\x1f\x7f]{1,64}")
_UNSEEN: Final = re.compile(r"[\x00-\x20\x7f]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_TRIPLET: Final = re.compile(r"%[0-9A-Fa-f]{2}|%|[^\x21-\x7e]")
_UNRESERVED: Final = re.compile(r"[A-Za-z0-9._~-]")
_PORTS: Final = {"http": 80, "https": 443, "ftp": 21, "ws": 80, "wss": 443}
_HIGHEST_PORT: Final = 65_535


def ipv4(text: str) -> str:
    """An IPv4 address in four decimal numbers.

    >>> ipv4("192.0.2.1")
    '192.0.2.1'

    """
    if _PLAIN_IPV4.fullmatch(text):
        return text
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        raise ValueError("it is no IPv4 address") from None


def ipv6(text: str) -> str:
    """An IPv6 address, compressed and in small letters.

    >>> ipv6("2001:DB8:0:0:0:0:0:1")
    '2001:db8::1'

    """
    return str(_ipv6(text))


def _ipv6(text: str) -> IPv6Address:
    try:
        found = IPv6Address(text)
    except AddressValueError:
        raise ValueError("it is no IPv6 address") from None
    if found.scope_id is not None:
        raise ValueError("it names a zone, which means something on one machine only")
    return found


def inner_ipv4(text: str) -> str | None:
    """The IPv4 address that an IPv6 address is only the clothes of, if it is.

    >>> inner_ipv4("::ffff:192.0.2.1"), inner_ipv4("::1")
    ('192.0.2.1', None)

    """
    inner = _ipv6(text).ipv4_mapped
    return None if inner is None else str(inner)


def network(text: str) -> str:
    """A network in CIDR notation by its first address.

    >>> network("192.0.2.77/24"), network("2001:DB8::1/32")
    ('192.0.2.0/24', '2001:db8::/32')

    """
    address, slash, length = text.partition("/")
    if not slash or not (length.isascii() and length.isdigit()):
        raise ValueError("it is no network in the form address/length")
    try:
        found = ip_network(f"{address}/{int(length)}", strict=False)
    except (AddressValueError, NetmaskValueError, ValueError):
        raise ValueError("it is no network in the form address/length") from None
    if not isinstance(found, IPv4Network) and found.network_address.scope_id is not None:
        raise ValueError("it names a zone, which means something on one machine only")
    return str(found)


def domain(text: str) -> str:
    """A name of the DNS: small letters, in the form that goes over the wire, without the final dot.

    >>> domain("WWW.Example.NET."), domain("bücher.example")
    ('www.example.net', 'xn--bcher-kva.example')

    """
    name = text.lower() if text.isascii() else _encoded(text)
    name = name.removesuffix(".")
    if len(name) > _LONGEST_NAME or not _NAME.fullmatch(name):
        raise ValueError("it is no domain name")
    last = name.rpartition(".")[2]
    if last.isdigit() or last.startswith("0x"):
        raise ValueError("it is no domain name: it ends with a number, as an address does")
    return name


def _encoded(text: str) -> str:
    if len(text) > _LONGEST_NAME:
        raise ValueError("it is no domain name: it is too long")
    try:
        return idna.encode(text, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        raise ValueError("it is no domain name") from None


def url(text: str) -> str:
    """An address of the web: scheme and host in small letters, no default port, no fragment, escapes in one form.

    >>> url("HTTP://Example.NET:80/a/../%7eb%2f?q=ü#top")
    'http://example.net/~b%2F?q=%C3%BC'

    """
    if len(text) > LONGEST or _UNSEEN.search(text):
        raise ValueError("it is no URL: it is too long, or has spaces in it")
    try:
        parts = urlsplit(text)
    except ValueError:
        raise ValueError("it is no URL") from None
    if not parts.scheme or not parts.netloc:
        raise ValueError("it is no URL with a scheme and a host")
    scheme = parts.scheme.lower()
    path = _without_dots(_escaped(parts.path))
    query = f"?{_escaped(parts.query)}" if parts.query else ""
    return f"{scheme}://{_authority(parts, scheme)}{path or '/'}{query}"


def host_of(url_text: str) -> str:
    """The host that a normal URL names: an address or a domain name.

    >>> host_of("http://a:b@example.net:8080/x"), host_of("https://[2001:db8::1]/")
    ('example.net', '2001:db8::1')

    """
    return urlsplit(url_text).hostname or ""


def _authority(parts: SplitResult, scheme: str) -> str:
    user, at, rest = parts.netloc.rpartition("@")
    host, port = _host_and_port(rest)
    if port == _PORTS.get(scheme):
        port = None
    return f"{_escaped(user)}{at}{host}{'' if port is None else f':{port}'}"


def _host_and_port(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        inner, closed, rest = text[1:].partition("]")
        if not closed or (rest and not rest.startswith(":")):
            raise ValueError("it is no URL: its host is not closed")
        host, port = f"[{ipv6(inner)}]", rest[1:]
    else:
        name, _, port = text.partition(":")
        host = _host(name)
    if port and not (port.isascii() and port.isdigit() and int(port[:9]) <= _HIGHEST_PORT):
        raise ValueError("it is no URL: its port is no port")
    return host, int(port) if port else None


def _host(name: str) -> str:
    try:
        return ipv4(name)
    except ValueError:
        return domain(name)


def _escaped(text: str) -> str:
    """A text of a URL with each escape in its one form; a stray per cent sign is escaped itself."""
    try:
        return _TRIPLET.sub(_one_form, text)
    except UnicodeEncodeError:
        raise ValueError("it is no URL: it holds half a character") from None


def _one_form(found: re.Match[str]) -> str:
    text = found.group()
    if text == "%":
        return "%25"
    if text[0] != "%":
        return quote(text, safe="")
    plain = chr(int(text[1:], 16))
    return plain if _UNRESERVED.fullmatch(plain) else text.upper()


def _without_dots(path: str) -> str:
    """A path without `.` and `..` (RFC 3986, 5.2.4)."""
    if "/." not in path:
        return path
    kept: list[str] = []
    steps = path.split("/")[1:]
    for step in steps:
        if step == "..":
            kept = kept[:-1]
        elif step != ".":
            kept.append(step)
    if steps[-1] in {".", ".."}:
        kept.append("")
    return "/" + "/".join(kept)


def email(text: str) -> str:
    """A mail address in small letters.

    >>> email("Jo.Ward@Example.NET")
    'jo.ward@example.net'

    """
    local, _, name = text.rpartition("@")
    if not _LOCAL_PART.fullmatch(local):
        raise ValueError("it is no mail address")
    return f"{fold(local)}@{domain(name)}"


def digest(text: str, digits: int) -> str:
    """A digest of so many hexadecimal digits, in small letters."""
    found = text.lower()
    if len(found) != digits or not text.isascii() or found.strip("0123456789abcdef"):
        raise ValueError(f"it has not {digits} hexadecimal digits")
    return found


def name(text: str) -> str:
    r"""The name of a file or process without its folder, whatever its letter case.

    >>> name("Invoice.EXE")
    'invoice.exe'

    """
    if "\\" in text or "/" in text:
        raise ValueError("it is a path, not a name")
    return folded(text)


def key(text: str) -> str:
    r"""A key of the Windows registry in its short spelling, whatever its letter case.

    >>> key(r"HKEY_LOCAL_MACHINE\Software\X\\")
    'hklm\\software\\x'

    """
    return folded(spelt(spelt(folded(text)).rstrip("\\")))


def folded(text: str) -> str:
    """A text whatever its letter case."""
    return fold(exact(text))


def exact(text: str) -> str:
    """A text as it is."""
    if not text or len(text) > LONGEST or _CONTROL.search(text):
        raise ValueError("it is empty, too long, or has control characters in it")
    return text
