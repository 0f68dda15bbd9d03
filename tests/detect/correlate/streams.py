"""Correlations and streams of matches for tests."""

from itertools import count
from pathlib import Path

from watchward.detect.correlate.document import correlation_of
from watchward.detect.correlate.finding import Finding
from watchward.detect.correlate.reference import Seen, findings
from watchward.detect.correlate.rule import Correlation

SECOND = 1_000_000
_NUMBERS = count(1)


def correlation(kind, rules, timespan, condition, *, id="c", **more) -> Correlation:  # noqa: A002
    section = {"type": kind, "rules": rules, "timespan": timespan, "group-by": list(more.get("group_by", ()))}
    section |= {"condition": condition} if condition is not None else {}
    section |= {"aliases": more["aliases"]} if "aliases" in more else {}
    return correlation_of({"title": id, "id": id, "correlation": section}, path=Path("r.yml"), line=1, digest=id)


def seen(at: float, rule: str, organisation: str = "XA1", *, id: str | None = None, **fields: str) -> Seen:  # noqa: A002
    event_id = f"{next(_NUMBERS) if id is None else int.from_bytes(id.encode()):032x}"
    return Seen(at=int(at * SECOND), event_id=event_id, rule=rule, organisation=organisation, fields=fields)


def found(correlations: list[Correlation], stream: list[Seen]) -> list[Finding]:
    return findings(correlations, stream)
