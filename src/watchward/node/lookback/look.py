"""Looks back: a scan of the lake's segments, whose matches become the alerts that they would have raised."""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
import numpy as np
import pyarrow as pa

from watchward.detect.alerts.alert import WINDOW
from watchward.detect.match import Matches
from watchward.detect.sigma.rule import Rule
from watchward.lake.catalogue import Wanted, choose, contents_of
from watchward.node.scan.choice import Choice
from watchward.node.scan.files import Kind
from watchward.node.scan.findings import Finding, findings
from watchward.node.scan.parts import Part
from watchward.node.scan.run import Scan
from watchward.node.scan.together import Together

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SPAN: Final = WINDOW // timedelta(microseconds=1)
_LONGEST: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one look back may use, and how much it tells.

    Args:
        seconds: when it ends, and says how far it came.
        alerts: how many alerts are told apart; of more, it says only that there were more.
        listed: how many of them are listed, and `examples` how many of each one's events.

    """

    seconds: float = 600.0
    alerts: int = 100_000
    listed: int = 500
    examples: int = 3


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """One event of an alert, where it is kept, and what matched."""

    event_id: str
    segment: str
    row: int
    observed_at: datetime
    fields: dict[str, str]


class Raised(msgspec.Struct, kw_only=True):
    """An alert that would have been raised."""

    rule_id: str
    rule_title: str
    level: str
    organisation: str
    device: str
    first_at: datetime
    last_at: datetime
    events: int
    examples: list[Example]


class Found(msgspec.Struct, kw_only=True):
    """What looking back found.

    Args:
        events: how many events it looked at, of `events_chosen` in the segments that may hold wanted ones.
        alerts: how many alerts there would have been, also by organisation and by day; `devices` on how many devices.
        raised: some of them, the earliest.
        each: the same for each organisation, where they were asked for apart; those without an alert are not in it.
        complete: whether it looked at everything; else `why_not`.

    """

    events: int = 0
    events_chosen: int = 0
    matches: int = 0
    alerts: int = 0
    by_organisation: dict[str, int] = {}
    by_day: dict[str, int] = {}
    devices: int = 0
    raised: list[Raised] = []
    seconds: float = 0.0
    why_not: str = ""
    each: dict[str, "Found"] = {}

    @property
    def complete(self) -> bool:
        """Whether it looked at everything."""
        return not self.why_not


@dataclass(slots=True)
class _Alerts:
    """The alerts that matches would raise, by what makes their identity."""

    limits: Limits
    lake: Path
    matches: int = 0
    full: bool = False
    _known: dict[tuple[str, str, str, int | str], Raised] = field(default_factory=dict)

    def add(self, part: Part, matches: Matches, rules: tuple[Rule, ...]) -> None:
        """Collapse the matches of a part, and keep an example where one lacks."""
        self.matches += len(matches)
        for rows in _groups(part, matches):
            first = rows[0]
            chosen = Matches(rows=matches.rows[rows], rules=matches.rules[rows])
            rule = rules[int(matches.rules[first])]
            times = part.batch.column("observed_at").take(pa.array(chosen.rows)).to_pylist()
            one = self._of(rule, part, int(chosen.rows[0]), min(times))
            if one is None:
                continue
            one.events += len(rows)
            one.first_at, one.last_at = min(one.first_at, *times), max(one.last_at, *times)
            if lacking := self.limits.examples - len(one.examples):
                few = Matches(rows=chosen.rows[:lacking], rules=chosen.rules[:lacking])
                one.examples += [self._example(each) for each in findings(part, few, rules)]

    def add_joined(self, found: Iterable[Finding]) -> None:
        """Take what correlations found."""
        for one in found:
            assert one.several is not None
            self.matches += 1
            key = (one.rule.id, one.organisation, one.device.casefold(), str(one.several.id))
            if not self._has_room(key):
                continue
            self._known[key] = Raised(
                rule_id=one.rule.id,
                rule_title=one.rule.title,
                level=one.rule.level.value,
                organisation=one.organisation,
                device=one.device,
                first_at=one.several.first_at,
                last_at=one.several.last_at,
                events=one.several.count,
                examples=[self._example(one)],
            )

    def told(self) -> Found:
        """What there is to tell."""
        every = sorted(self._known.values(), key=lambda one: (one.first_at, one.organisation, one.device))
        return Found(
            matches=self.matches,
            alerts=len(every),
            by_organisation=dict(Counter(one.organisation for one in every).most_common()),
            by_day=dict(sorted(Counter(one.first_at.date().isoformat() for one in every).items())),
            devices=len({(one.organisation, one.device.casefold()) for one in every}),
            raised=every[: self.limits.listed],
        )

    def _of(self, rule: Rule, part: Part, row: int, at: datetime) -> Raised | None:
        organisation, device = (part.batch.column(name)[row].as_py() or "" for name in ("organisation", "device"))
        span = (at - _EPOCH) // WINDOW
        key = (rule.id, organisation, device.casefold(), span)
        if key not in self._known and self._has_room(key):
            self._known[key] = Raised(
                rule_id=rule.id,
                rule_title=rule.title,
                level=rule.level.value,
                organisation=organisation,
                device=device,
                first_at=at,
                last_at=at,
                events=0,
                examples=[],
            )
        return self._known.get(key)

    def _has_room(self, key: tuple[str, str, str, int | str]) -> bool:
        self.full = self.full or (key not in self._known and len(self._known) >= self.limits.alerts)
        return not self.full

    def _example(self, one: Finding) -> Example:
        path = Path(one.source)
        return Example(
            event_id=one.event_id,
            segment=f"{path.parent.name}/{path.name}",
            row=one.record - 1,
            observed_at=one.observed_at,
            fields={name: value[:_LONGEST] for name, value in one.fields.items()},
        )


@dataclass(slots=True)
class _Apart:
    """The alerts of each organisation by themselves, each within the limits: one with too many harms no other."""

    limits: Limits
    lake: Path
    full: bool = False
    _each: dict[str, _Alerts] = field(default_factory=dict)

    def add(self, part: Part, matches: Matches, rules: tuple[Rule, ...]) -> None:
        """Collapse the matches of a part, organisation by organisation."""
        if not len(matches):
            return
        codes = np.array(part.batch.column("organisation").take(pa.array(matches.rows)).to_pylist(), dtype=object)
        for code in set(codes.tolist()):
            mine = self._of(code)
            if not mine.full:
                chosen = codes == code
                mine.add(part, Matches(rows=matches.rows[chosen], rules=matches.rules[chosen]), rules)

    def add_joined(self, found: Iterable[Finding]) -> None:
        """Take what correlations found."""
        for one in found:
            self._of(one.organisation).add_joined([one])

    def told(self) -> Found:
        """What there is to tell of each."""
        found = {code: one.told() for code, one in self._each.items()}
        for code, one in self._each.items():
            found[code].why_not = _why_not(self.limits, late=False, full=one.full, broken=())
        return Found(
            matches=sum(one.matches for one in found.values()),
            alerts=sum(one.alerts for one in found.values()),
            devices=sum(one.devices for one in found.values()),
            each=found,
        )

    def _of(self, code: str) -> _Alerts:
        return self._each.setdefault(code, _Alerts(self.limits, self.lake))


def look_back(  # noqa: PLR0913 - what to look for, where, and how much it may take
    lake: Path,
    choice: Choice,
    *,
    wanted: Wanted,
    limits: Limits | None = None,
    processes: int | None = None,
    apart: bool = False,
    progress: Callable[[Part, int], None] = lambda _, __: None,
) -> Found:
    """What a rule or correlation would have found in the events that are wanted.

    Args:
        lake: the node's lake.
        choice: the rule, with what it reads.
        wanted: whose events, and of which time.
        limits: how much it may use and tell.
        processes: how many share the work; if not given, as a scan would.
        apart: tell organisations apart, each within the limits but for the time.
        progress: told of each part that was looked at, and of how many events it is one.

    """
    limits, began = limits or Limits(), time.monotonic()
    # Those with few events first: they are the ones that the next merge takes away.
    paths = sorted(map(Path, choose(lake, wanted).paths), key=lambda path: contents_of(path).rows)
    chosen = sum(contents_of(path).rows for path in paths)
    run = Scan(choice.rules, processes=processes, carried=choice.program.fields_of)
    alerts = _Apart(limits, lake) if apart else _Alerts(limits, lake)
    together, late = Together(choice), False
    scanned = run.run([(path, Kind.PARQUET) for path in paths])
    for part, every in scanned:
        matches = together.add(part, _those(part, every, wanted))
        alerts.add(part, matches, run.rules)
        progress(part, chosen)
        late = time.monotonic() - began > limits.seconds
        if late or alerts.full:
            break
    scanned.close()
    alerts.add_joined(together.findings())
    found = alerts.told()
    found.events, found.events_chosen, found.seconds = run.measures.events, chosen, time.monotonic() - began
    found.why_not = _why_not(limits, late=late, full=alerts.full, broken=run.account.broken)
    return found


def _why_not(limits: Limits, *, late: bool, full: bool, broken: Sequence[str]) -> str:
    if full:
        return f"It ended when there were {limits.alerts:,} alerts: the rule fires on far too much."
    if late:
        return f"It ended after {limits.seconds:g} seconds, before all events were looked at. Ask for fewer days."
    return f"{len(broken)} files were merged or expired meanwhile. Ask again." if broken else ""


def _those(part: Part, matches: Matches, wanted: Wanted) -> Matches:
    """The matches whose events are wanted: a segment holds others besides."""
    if not len(matches):
        return matches
    rows = pa.array(matches.rows)
    kept = np.ones(len(matches), dtype=np.bool_)
    if wanted.organisations is not None:
        codes = part.batch.column("organisation").take(rows).to_pylist()
        kept &= np.array([code in wanted.organisations for code in codes], dtype=np.bool_)
    at = part.batch.column("observed_at").to_numpy(zero_copy_only=False)[matches.rows].astype("datetime64[us]")
    for moment, is_since in ((wanted.since, True), (wanted.until, False)):
        if moment is not None:
            edge = np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us")
            kept &= (at >= edge) if is_since else (at <= edge)
    return Matches(rows=matches.rows[kept], rules=matches.rules[kept])


def _groups(part: Part, matches: Matches) -> list[list[int]]:
    """The places of the matches that one alert is made of, for each of them, in order of time."""
    rows = pa.array(matches.rows)
    names = (part.batch.column(name).take(rows).to_pylist() for name in ("organisation", "device"))
    at = part.batch.column("observed_at").take(rows).cast(pa.int64()).to_pylist()
    found: dict[tuple[object, ...], list[int]] = {}
    order = np.argsort(np.array(at, np.int64), kind="stable").tolist()
    organisations, devices = names
    rules = matches.rules.tolist()
    for place in order:
        key = (rules[place], organisations[place], (devices[place] or "").casefold(), at[place] // _SPAN)
        found.setdefault(key, []).append(place)
    return list(found.values())
