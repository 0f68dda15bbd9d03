"""Plain lists of what to look for: one a line, or a table with a header."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from watchward.intel.observable import Observable, guess

_COMMENTS = ("#", ";", "//")
_BARE = ("indicator", "value", "ioc", "observable", "ioc_value", "indicator_value")
_NAMED = ("url", "domain", "domain_name", "hostname", "host", "email", "filename", "file_name")
_ADDRESSED = ("ip", "ip_address", "dst_ip", "dstip", "src_ip", "cidr", "network")
_HASHED = ("hash", "md5", "md5_hash", "sha1", "sha1_hash", "sha256", "sha256_hash", "sha512", "sha512_hash")
_COLUMNS = frozenset((*_BARE, *_NAMED, *_ADDRESSED, *_HASHED))
_MOST_LINES = 2_000_000
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that names nothing.

    Args:
        number: its number, from 1.
        text: it, cut short.
        reason: why.

    """

    number: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainList:
    """What a plain list names, each once and in its order, and the lines that name nothing."""

    observables: tuple[Observable, ...]
    bad: tuple[BadLine, ...]


def read(raw: bytes) -> PlainList:
    r"""What a list names: bare or defanged, one a line, with comments, or as a table whose header names a column.

    >>> [one.value for one in read(b"# bad hosts\nevil[.]example\n198.51.100.7  # seen twice\n").observables]
    ['evil.example', '198.51.100.7']

    """
    text = raw.decode("utf-8-sig", errors="replace").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    found: dict[Observable, None] = {}
    bad: list[BadLine] = []
    for number, cells in _cells(text.split("\n")):
        if number > _MOST_LINES:
            bad.append(BadLine(number=number, text="", reason=f"The list has more than {_MOST_LINES:,} lines."))
            break
        things = [guess(cell) for cell in cells]
        found.update((thing, None) for thing in things if thing is not None)
        if None in things or not things:
            said = ", ".join(cell for cell, thing in zip(cells, things, strict=True) if thing is None)
            bad.append(BadLine(number=number, text=said[:_SHOWN], reason="It names no address, name or digest."))
    return PlainList(observables=tuple(found), bad=tuple(bad))


def _cells(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    """For each line that says something, its number and the cells that should name a thing."""
    said = [(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip()]
    told = [(number, line) for number, line in said if not line.startswith(_COMMENTS)]
    header = _header(said)
    for number, line in told:
        if header is None:
            yield number, [_bare(line)]
        elif number > header.line:
            yield number, _of_row(line, header)


@dataclass(frozen=True, slots=True)
class _Header:
    line: int
    delimiter: str
    columns: tuple[int, ...]


def _header(said: list[tuple[int, str]]) -> _Header | None:
    """The first line that names columns we know, before any line that is no comment; some hide it in a comment."""
    for number, line in said:
        bare = line.lstrip("#;/ ")
        for delimiter in (",", "\t", ";", "|"):
            names = [cell.strip().strip('"').lower().replace(" ", "_") for cell in bare.split(delimiter)]
            columns = tuple(place for place, name in enumerate(names) if name in _COLUMNS)
            if columns and len(names) > 1:
                return _Header(number, delimiter, columns)
        if bare.strip('"').lower() in _COLUMNS:
            return _Header(number, ",", (0,))
        if not line.startswith(_COMMENTS):
            return None
    return None


def _of_row(line: str, header: _Header) -> list[str]:
    try:
        row = next(csv.reader(io.StringIO(line), delimiter=header.delimiter, skipinitialspace=True), [])
    except csv.Error:
        return [line]
    cells = [row[place].strip() for place in header.columns if place < len(row)]
    return [cell for cell in cells if cell] or [line]


def _bare(line: str) -> str:
    """A line without what is said about it: a comment behind, or the address before a name that hosts files have."""
    for mark in (" #", "\t#", " ;", " //"):
        line = line.partition(mark)[0]
    line = line.strip().rstrip(",")
    first, _, rest = line.partition(" ") if " " in line else line.partition("\t")
    if rest and first in ("0.0.0.0", "127.0.0.1", "::", "::1"):  # noqa: S104 - of a hosts file, not to be listened on
        return rest.strip()
    return line
