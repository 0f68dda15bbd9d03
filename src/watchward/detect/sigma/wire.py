"""Rules as bytes, for a cache: plain data (msgpack), safe to read, whoever wrote it."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, assert_never

import msgspec

from watchward.detect.correlate.rule import Correlation
from watchward.detect.correlate.wire import correlation_from_plain, correlation_to_plain
from watchward.detect.sigma.filters import Filter
from watchward.detect.sigma.ir import Condition
from watchward.detect.sigma.rule import Level, LogSource, Refusal, Rejected, Rule

Parsed = Rule | Correlation | Filter | Rejected
Plain = list[Any]
"""What msgspec writes and reads without a schema."""
_Source = tuple[str | None, str | None, str | None]


class _Rule(msgspec.Struct, frozen=True, gc=False, array_like=True, tag="rule"):
    """All of a rule but the path of its file: what `Rule` says, in its order."""

    id: str
    title: str
    name: str
    level: Level
    status: str
    description: str
    author: str
    references: tuple[str, ...]
    tags: tuple[str, ...]
    falsepositives: tuple[str, ...]
    fields: tuple[str, ...]
    logsource: _Source
    line: int
    condition: Condition
    digest: str


class _Other(msgspec.Struct, frozen=True, array_like=True, tag="other"):
    """What there are few of in a folder."""

    plain: Plain


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(tuple[_Rule | _Other, ...])
_FILTER = ["id", "title", "description", "author", "rules", "line", "digest"]


def to_bytes(found: Sequence[Parsed]) -> bytes | None:
    """The rules of one file, and why others did not load, without the file's path.

    None where they cannot be written: a number has more than 64 bits, or a text half a character.
    """
    try:
        return _ENCODER.encode([_written(one) for one in found])
    except (OverflowError, UnicodeEncodeError):
        return None


def from_bytes(kept: bytes, path: Path) -> list[Parsed]:
    """What `to_bytes` wrote, for a file at this path.

    Raises:
        ValueError, TypeError, KeyError or IndexError: it did not write this.

    """
    return [_read(one, path) for one in _DECODER.decode(kept)]


def _written(found: Parsed) -> _Rule | _Other:
    match found:
        case Correlation():
            return _Other(correlation_to_plain(found))
        case Filter():
            expires = found.expires.isoformat() if found.expires else None
            named = {**{name: getattr(found, name) for name in _FILTER}, "expires": expires}
            return _Other(["filter", named, _source(found.logsource), msgspec.to_builtins(found.hidden)])
        case Rejected(line=line, kind=kind, reason=reason, advice=advice):
            return _Other(["rejected", line, kind.value, reason, advice])
        case Rule():
            named = {name: getattr(found, name) for name in _Rule.__struct_fields__}
            return _Rule(**{**named, "logsource": _source(found.logsource)})
        case _:
            assert_never(found)


def _source(source: LogSource) -> _Source:
    return source.product, source.category, source.service


def _read(written: _Rule | _Other, path: Path) -> Parsed:
    if isinstance(written, _Rule):
        return _rule(written, path)
    match written.plain[0]:
        case "rejected":
            _, line, kind, reason, advice = written.plain
            return Rejected(path=path, line=line, kind=Refusal(kind), reason=reason, advice=advice)
        case "filter":
            return _filter(written.plain, path)
        case _:
            return correlation_from_plain(written.plain, path)


def _rule(written: _Rule, path: Path) -> Rule:
    product, category, service = written.logsource
    return Rule(
        id=written.id,
        title=written.title,
        name=written.name,
        level=written.level,
        status=written.status,
        description=written.description,
        author=written.author,
        references=written.references,
        tags=written.tags,
        falsepositives=written.falsepositives,
        fields=written.fields,
        logsource=LogSource(product=product, category=category, service=service),
        path=path,
        line=written.line,
        condition=written.condition,
        digest=written.digest,
    )


def _filter(plain: Plain, path: Path) -> Filter:
    _, named, (product, category, service), hidden = plain
    expires = named["expires"]
    return Filter(
        **{**named, "rules": tuple(named["rules"]), "expires": date.fromisoformat(expires) if expires else None},
        logsource=LogSource(product=product, category=category, service=service),
        hidden=msgspec.convert(hidden, Condition),
        path=path,
    )
