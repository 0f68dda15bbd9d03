"""What rules in force can see, at one organisation and at many: counts that add up over a sector.

A rule stands to each kind of events in a way that does not depend on who sends them, so it is looked at once for each
kind. What an organisation sees is put together from the kinds that it sends, rule by rule, as arrays.
"""

import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from watchward.detect.alerts.attack import Technique, tactics, technique, technique_keys
from watchward.detect.correlate.rule import Correlation
from watchward.detect.correlate.rule import Kind as Compared
from watchward.detect.coverage.arrivals import Kind
from watchward.detect.coverage.sight import Angle, Reach, angle, given_by, needed_fields
from watchward.detect.sigma.logsource import applies
from watchward.detect.sigma.rule import LogSource, Rule

_MOST_FIELDS: Final = 63
"""Needed fields of one rule that are told apart; no published rule has half as many."""

Counts = NDArray[np.int32]
Places = NDArray[np.int64]
Bits = NDArray[np.uint64]
_NONE: Final = np.uint64(0)
_ALL: Final = ~_NONE


class Subject(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """A rule or correlation in force, as far as its coverage is told.

    Args:
        needed: the fields without which no part of it can hold, in the order in which lacking ones are noted.
        techniques: of ATT&CK, those of its tags and the parents of these.
        tactics: the keys of those among its tags.
        reads: for a correlation, the places of what it reads.
        every: whether it needs all of these.

    """

    id: str
    title: str
    level: str
    product: str | None
    category: str | None
    service: str | None
    needed: tuple[str, ...]
    techniques: tuple[str, ...]
    tactics: tuple[str, ...]
    reads: tuple[int, ...] = ()
    every: bool = False

    @property
    def logsource(self) -> LogSource:
        """The kind of events that it reads; empty for a correlation."""
        return LogSource(product=self.product, category=self.category, service=self.service)

    def lacking(self, bits: int) -> tuple[str, ...]:
        """The needed fields that some bits stand for."""
        return tuple(name for place, name in enumerate(self.needed) if bits >> min(place, _MOST_FIELDS) & 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What some organisations can see: for each subject, and for each technique, at how many of them.

    Tallies of different organisations, with the same subjects, add up.

    Args:
        organisations: how many send anything at all.
        whole: for each subject, at how many it sees wholly; `part` in part.
        fieldless: at how many it sees nothing although events of its log source arrive.
        lacking: which of its needed fields lack anywhere where events of its log source arrive, as bits.
        seen: for each technique, at how many organisations a rule for it sees wholly; `partly` at best in part.

    """

    organisations: int
    whole: Counts
    part: Counts
    fieldless: Counts
    lacking: Bits
    seen: Counts
    partly: Counts

    @classmethod
    def nothing(cls, subjects: int, techniques: int) -> "Tally":
        """Of no organisation."""
        return cls(
            organisations=0,
            whole=np.zeros(subjects, np.int32),
            part=np.zeros(subjects, np.int32),
            fieldless=np.zeros(subjects, np.int32),
            lacking=np.zeros(subjects, np.uint64),
            seen=np.zeros(techniques, np.int32),
            partly=np.zeros(techniques, np.int32),
        )

    def __add__(self, other: "Tally") -> "Tally":
        """Of the organisations of both."""
        return Tally(
            organisations=self.organisations + other.organisations,
            whole=self.whole + other.whole,
            part=self.part + other.part,
            fieldless=self.fieldless + other.fieldless,
            lacking=self.lacking | other.lacking,
            seen=self.seen + other.seen,
            partly=self.partly + other.partly,
        )

    @property
    def eventless(self) -> Counts:
        """For each subject, at how many organisations that send anything no events of its log source arrive."""
        return self.organisations - self.whole - self.part - self.fieldless

    def pack(self) -> bytes:
        """As bytes, which are the same for equal tallies."""
        arrays = [getattr(self, one.name).tobytes() for one in fields(self) if one.name != "organisations"]
        return zlib.compress(msgspec.msgpack.encode([self.organisations, *arrays]), 1)

    @classmethod
    def unpack(cls, content: bytes) -> "Tally":
        """From bytes that `pack` made."""
        organisations, *arrays = msgspec.msgpack.decode(zlib.decompress(content))
        names = [one.name for one in fields(cls) if one.name != "organisations"]
        types: dict[str, type[np.integer[Any]]] = {"lacking": np.uint64}
        found = {name: np.frombuffer(one, types.get(name, np.int32)) for name, one in zip(names, arrays, strict=True)}
        return cls(organisations=organisations, **found)


@dataclass(frozen=True, slots=True)
class _Stand:
    """How the subjects that read one kind of events stand to them."""

    places: Places
    able: NDArray[np.bool_]
    missing: Bits


@dataclass(slots=True)
class Survey:
    """Rules and correlations in force, ready to be held against what organisations send.

    Args:
        rules: those that raise alerts.
        correlations: those that raise alerts, each after those that it reads.
        serving: rules that only serve correlations; they are looked at, and are no subjects themselves.

    """

    rules: Sequence[Rule]
    correlations: Sequence[Correlation] = ()
    serving: Sequence[Rule] = ()
    subjects: tuple[Subject, ...] = field(init=False)
    techniques: tuple[str, ...] = field(init=False)
    _count: int = field(init=False)
    _rule_at: dict[int, Rule] = field(init=False)
    _bits: list[dict[str, int]] = field(init=False)
    _by_source: dict[LogSource, list[int]] = field(init=False)
    _members: list[Places] = field(init=False)
    _stands: dict[Kind, _Stand] = field(init=False, default_factory=dict)
    _known: dict[frozenset[Kind], bytes] = field(init=False, default_factory=dict)
    _asked: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        every = _subjects(self.rules, self.correlations, self.serving)
        self.subjects = every[: len(self.rules) + len(self.correlations)]
        self._count = len(every)
        self._bits = [{name: min(place, _MOST_FIELDS) for place, name in enumerate(one.needed)} for one in every]
        self._asked = frozenset(name for one in every for name in one.needed)
        self._rule_at = dict(enumerate(self.rules)) | dict(enumerate(self.serving, start=len(self.subjects)))
        self._by_source = defaultdict(list)
        for place, rule in self._rule_at.items():
            self._by_source[rule.logsource].append(place)
        self.techniques = techniques_of(self.subjects)
        self._members = members(self.subjects, self.techniques)

    def nothing(self) -> Tally:
        """The tally of no organisation."""
        return Tally.nothing(len(self.subjects), len(self.techniques))

    def of(self, kinds: Iterable[Kind]) -> Tally:
        """What one organisation sees that sends events of these kinds."""
        return self._seen_with(frozenset(map(self._alike, kinds)))

    def packed(self, kinds: Iterable[Kind]) -> bytes:
        """The same, packed; worked out once for all organisations that send alike."""
        sent = frozenset(map(self._alike, kinds))
        known = self._known.get(sent)
        if known is None:
            known = self._known[sent] = self._seen_with(sent).pack()
        return known

    def _alike(self, kind: Kind) -> Kind:
        """The kind as far as it matters to these rules: many senders send the same kinds then."""
        return msgspec.structs.replace(kind, fields=kind.fields & self._asked)

    def _seen_with(self, kinds: frozenset[Kind]) -> Tally:
        reach, there, lacking = (found[: len(self.subjects)] for found in self._sights(kinds))
        best = [int(reach[places].max()) for places in self._members]
        seen = np.array(best, np.int64)
        return Tally(
            organisations=1,
            whole=(reach == Reach.WHOLE).astype(np.int32),
            part=(reach == Reach.PART).astype(np.int32),
            fieldless=((reach == Reach.NONE) & there).astype(np.int32),
            lacking=np.where(there & (reach != Reach.WHOLE), lacking, _NONE),
            seen=(seen == Reach.WHOLE).astype(np.int32),
            partly=(seen == Reach.PART).astype(np.int32),
        )

    def _sights(self, kinds: Iterable[Kind]) -> tuple[Places, NDArray[np.bool_], Bits]:
        """For each subject its reach, whether events of its log source arrive, and what it lacks, as bits."""
        count = self._count
        able, there = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
        missing, nearest = np.full(count, _ALL), np.full(count, _ALL)
        fewest = np.full(count, 65, np.int64)
        for kind in kinds:
            stand = self._stand(kind)
            there[stand.places] = True
            mine = stand.places[stand.able]
            able[mine] = True
            missing[mine] &= stand.missing[stand.able]
            lacks = np.bitwise_count(stand.missing).astype(np.int64)
            fewer = lacks < fewest[stand.places]
            fewest[stand.places[fewer]] = lacks[fewer]
            nearest[stand.places[fewer]] = stand.missing[fewer]
        lacking = np.where(able, missing, np.where(there, nearest, _NONE))
        reach = np.where(able, np.where(lacking == 0, Reach.WHOLE, Reach.PART), Reach.NONE).astype(np.int64)
        for place, subject in enumerate(self.subjects[len(self.rules) :], start=len(self.rules)):
            read = np.array(subject.reads, np.int64)
            if len(read):
                reach[place] = reach[read].min() if subject.every else reach[read].max()
                there[place] = there[read].all() if subject.every else there[read].any()
        return reach, there, lacking

    def _stand(self, kind: Kind) -> _Stand:
        """How the rules stand to one kind of events, looked at once for all kinds that are alike to them."""
        known = self._stands.get(kind)
        if known is None:
            known = self._stands[kind] = self._looked_at(kind)
        return known

    def _looked_at(self, kind: Kind) -> _Stand:
        (given,) = given_by([kind])
        sources = [places for source, places in self._by_source.items() if applies(source, *kind.source)]
        found = [(place, angle(self._rule_at[place], given)) for places in sources for place in places]
        angles = [(place, one) for place, one in found if one is not None]
        return _Stand(
            places=np.array([place for place, _ in angles], np.int64),
            able=np.array([one.able for _, one in angles], np.bool_),
            missing=np.array([self._as_bits(place, one) for place, one in angles], np.uint64),
        )

    def _as_bits(self, place: int, one: Angle) -> int:
        bits = 0
        for name in one.missing:
            bits |= 1 << self._bits[place][name]
        return bits


def _subjects(
    rules: Sequence[Rule], correlations: Sequence[Correlation], serving: Sequence[Rule]
) -> tuple[Subject, ...]:
    every: list[Rule | Correlation] = [*rules, *correlations, *serving]
    places = {one.id: place for place, one in enumerate(every)}
    return tuple(
        _subject(one, needed=tuple(sorted(needed_fields(one)))) if isinstance(one, Rule) else _joining(one, places)
        for one in every
    )


def _joining(one: Correlation, places: Mapping[str, int]) -> Subject:
    return msgspec.structs.replace(
        _subject(one.as_rule(), needed=()),
        reads=tuple(places[name] for name in one.rules if name in places),
        every=one.kind in (Compared.TEMPORAL, Compared.TEMPORAL_ORDERED),
    )


def _subject(rule: Rule, *, needed: tuple[str, ...]) -> Subject:
    named = technique_keys(rule.tags)
    return Subject(
        id=rule.id,
        title=rule.title,
        level=rule.level.value,
        product=rule.logsource.product,
        category=rule.logsource.category,
        service=rule.logsource.service,
        needed=needed,
        techniques=tuple(dict.fromkeys([*named, *(key.partition(".")[0] for key in named)])),
        tactics=tuple(one.key for one in tactics(rule.tags)),
    )


def techniques_of(subjects: Iterable[Subject]) -> tuple[str, ...]:
    """Every technique that a rule is for, and the parents of these, in order."""
    return tuple(sorted({key for one in subjects for key in one.techniques}))


def members(subjects: Sequence[Subject], techniques: Sequence[str]) -> list[Places]:
    """For each technique the places of the rules for it; those for its sub-techniques count for a technique too."""
    found: dict[str, list[int]] = {key: [] for key in techniques}
    for place, one in enumerate(subjects):
        for key in one.techniques:
            found[key].append(place)
    return [np.array(found[key], np.int64) for key in techniques]


def tactics_of(key: str, subjects: Iterable[Subject]) -> tuple[str, ...]:
    """The tactics that a technique serves: the catalogue's, or else those that its rules name."""
    known: Technique = technique(key)
    return known.tactics or tuple(dict.fromkeys(tactic for one in subjects for tactic in one.tactics))
