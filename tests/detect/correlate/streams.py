"""Correlations and streams of matches for tests."""

from collections.abc import Iterable
from itertools import count, pairwise
from pathlib import Path

import numpy as np
import pyarrow as pa
from hypothesis import strategies as st

from watchward.detect.correlate.document import correlation_of
from watchward.detect.correlate.engine import Correlator
from watchward.detect.correlate.finding import Finding
from watchward.detect.correlate.marks import FOREVER
from watchward.detect.correlate.matched import Matched, halves
from watchward.detect.correlate.reference import Seen, findings
from watchward.detect.correlate.rule import Correlation, Kind

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


def matched(stream: list[Seen], received_at: int = FOREVER) -> Matched:
    """Matches as the evaluator reads them."""
    rule_ids = sorted({one.rule for one in stream})
    names = sorted({name for one in stream for name in one.fields})
    return Matched(
        at=np.array([one.at for one in stream], dtype=np.int64),
        event_ids=halves([bytes.fromhex(one.event_id) for one in stream]),
        rules=np.array([rule_ids.index(one.rule) for one in stream], dtype=np.int32),
        rule_ids=rule_ids,
        received_at=received_at,
        organisations=pa.array([one.organisation for one in stream], pa.string()),
        sources=pa.array(["beats"] * len(stream), pa.string()),
        fields={name: pa.array([one.fields.get(name) for one in stream], pa.string()) for name in names},
    )


def outcome_of(correlator: Correlator, stream: list[Seen], cuts: list[int]) -> list[Finding]:
    """The final findings of a stream that comes in batches, and of its end."""
    final = []
    for batch in batches(stream, cuts):
        final += correlator.take(matched(batch)).final
    return [*final, *correlator.end().final]


def batches(stream: list[Seen], cuts: list[int]) -> list[list[Seen]]:
    places = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[begin:end] for begin, end in pairwise(places) if begin < end]


def by_id(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: (one.correlation, one.at, one.organisation, one.group, one.id.int))


_TIMESPANS = st.sampled_from(["1s", "5s", "20s"])
_GROUPS = st.sampled_from([(), ("User",), ("User", "Host")])
_COUNTS = st.sampled_from(
    [{"gte": 1}, {"gte": 2}, {"gt": 2}, {"gte": 3}, {"lt": 3}, {"lte": 1}, {"eq": 2}, {"neq": 2}, {"gt": 1, "lte": 3}]
)
_AMOUNTS = st.sampled_from([{"gte": 2}, {"gt": 5.5}, {"lt": 1}, {"lte": 0}, {"eq": 2}, {"neq": 2}, {"gt": -1, "lt": 4}])
_BOOLEAN = st.sampled_from(
    ["{0}", "{0} and {1}", "{0} or {1}", "{0} and not {1}", "not {0}", "not ({0} and {1})", "({0} or {1}) and {1}"]
)


@st.composite
def some_correlations(draw, most: int = 4) -> list[Correlation]:
    """Correlations over the rules a, b and c, and over one another."""
    known, found = ["a", "b", "c"], []
    for number in range(draw(st.integers(1, most))):
        found.append(draw(_one_correlation(f"c{number}", tuple(known))))
        known.append(f"c{number}")
    return found


@st.composite
def _one_correlation(draw, id: str, known: tuple[str, ...]) -> Correlation:  # noqa: A002
    kind = draw(st.sampled_from(list(Kind)))
    rules = draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
    if kind in {Kind.TEMPORAL, Kind.TEMPORAL_ORDERED}:
        boolean = draw(_BOOLEAN).format(rules[0], rules[-1])
        ordered = st.sampled_from([None, {"gte": 1}, {"gt": 1}, {"gte": 2}])
        condition = draw(ordered if kind is Kind.TEMPORAL_ORDERED else st.one_of(st.none(), _COUNTS))
        if draw(st.booleans()):
            condition, rules = boolean, []
    elif kind is Kind.EVENT_COUNT:
        condition = draw(_COUNTS)
    elif kind is Kind.VALUE_COUNT:
        condition = {**draw(_COUNTS), "field": draw(st.sampled_from([["V"], ["Host", "V"]]))}
    else:
        condition = {**draw(_AMOUNTS), "field": "V"}
        condition |= {"percentile": draw(st.sampled_from([0, 30, 50, 99]))} if kind is Kind.VALUE_PERCENTILE else {}
    aliases = draw(st.sampled_from([{}, {"User": {rules[0]: "Host"}}])) if rules else {}
    return correlation(
        kind.value,
        rules,
        draw(_TIMESPANS),
        condition,
        id=id,
        group_by=draw(_GROUPS),
        **({"aliases": aliases} if aliases else {}),
    )


@st.composite
def some_events(draw, most: int = 30) -> list[Seen]:
    """Matches of the rules a, b and c, in order of time; some events meet two of them."""
    events: list[Seen] = []
    for number in range(draw(st.integers(0, most))):
        at = draw(st.integers(0, 60))
        values = {
            "User": draw(st.sampled_from(["jo", "Jo", "al", None])),
            "Host": draw(st.sampled_from(["x", "y"])),
            "V": draw(st.sampled_from(["0", "1", "2", "2.5", "-3", "0x4", "x", None])),
        }
        fields = {name: value for name, value in values.items() if value is not None}
        for rule in draw(st.lists(st.sampled_from("abc"), min_size=1, max_size=2, unique=True)):
            organisation = draw(st.sampled_from(["XA1", "XA1", "XB2"])) if not events else events[0].organisation
            events.append(
                Seen(at=at * SECOND, event_id=f"{number:032x}", rule=rule, organisation=organisation, fields=fields)
            )
    return sorted(events, key=lambda one: one.at)


def late_by(stream: list[Seen], delays: list[int]) -> list[Seen]:
    """The stream in the order in which its events come when each is so many seconds late, in turn."""
    came = {id(one): one.at + delays[number % len(delays)] * SECOND for number, one in enumerate(stream)}
    return sorted(stream, key=lambda one: came[id(one)])
