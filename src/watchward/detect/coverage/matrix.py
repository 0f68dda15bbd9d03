"""What rules see, told by technique and tactic, and what would have to be sent to see more."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

from watchward.detect.alerts.attack import TACTICS, UNKNOWN_TACTIC, Tactic, Technique, technique
from watchward.detect.coverage.survey import Places, Subject, Tally, members, tactics_of, techniques_of
from watchward.detect.sigma.logsource import Triple
from watchward.detect.sigma.rule import LogSource


class Sight(StrEnum):
    """How well a technique is seen somewhere: as its best rule sees."""

    SEEN = "seen"
    PARTLY = "in part"
    UNSEEN = "not seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """One technique: the rules in force for it, and what they see at some organisations.

    Args:
        rules: how many are for it, or for a technique below it.
        whole: how many of them see wholly at one organisation at least; `partly` how many others see in part.
        seen_at: at how many organisations one of them sees wholly; `partly_at` at how many others one sees in part.
        tactics: what it serves.

    """

    technique: Technique
    tactics: tuple[str, ...]
    rules: int
    whole: int
    partly: int
    seen_at: int
    partly_at: int

    @property
    def blind(self) -> int:
        """How many of its rules see nothing anywhere."""
        return self.rules - self.whole - self.partly

    @property
    def sight(self) -> Sight:
        """How well it is seen where it is seen best."""
        if self.whole:
            return Sight.SEEN
        return Sight.PARTLY if self.partly else Sight.UNSEEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One tactic with the techniques that serve it, those with sub-techniques before these."""

    tactic: Tactic
    techniques: tuple[Covered, ...]

    def count(self, sight: Sight) -> int:
        """How many of its techniques, without counting kinds of them, are seen so."""
        return sum(one.sight is sight for one in self.techniques if one.technique.parent == one.technique.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What sending more would let rules see.

    Args:
        source: the log source.
        fields: the fields that its events lack; none where the events themselves do not arrive.
        rules: how many rules would see more.
        organisations: at how many organisations they now do not.

    """

    source: LogSource
    fields: tuple[str, ...]
    rules: int
    organisations: int

    @property
    def name(self) -> str:
        """The log source in words."""
        return words_for(self.source)[0]

    @property
    def how(self) -> str:
        """How to come by it."""
        return words_for(self.source)[1]

    @property
    def said(self) -> str:
        """What would be gained, as a sentence."""
        more = f"{self.rules:,} more {'rule' if self.rules == 1 else 'rules'} see"
        where = f"at {self.organisations:,} {'organisation' if self.organisations == 1 else 'organisations'}"
        if self.fields:
            return f"Sending {', '.join(self.fields)} with {self.name} {where} lets {more}."
        return f"Sending {self.name} {where} lets {more}."


@dataclass(frozen=True, slots=True)
class Chart:
    """The techniques that some rules are for, ready to be told of any tally of these rules."""

    subjects: Sequence[Subject]
    keys: Sequence[str] = field(init=False)
    places: Sequence[Places] = field(init=False)
    tactics: Sequence[tuple[str, ...]] = field(init=False)
    sources: Sequence[LogSource] = field(init=False)
    source_of: Sequence[int] = field(init=False)
    named: NDArray[np.bool_] = field(init=False)

    def __post_init__(self) -> None:
        numbers: dict[LogSource, int] = {}
        source_of = [numbers.setdefault(one.logsource, len(numbers)) for one in self.subjects]
        # A correlation, or a rule for anything, lacks what its rules lack.
        named = np.array([one.logsource != LogSource() for one in self.subjects], np.bool_)
        keys = techniques_of(self.subjects)
        places = members(self.subjects, keys)
        served = [tactics_of(key, (self.subjects[one] for one in mine)) for key, mine in zip(keys, places, strict=True)]
        for name, value in (
            ("keys", keys),
            ("places", places),
            ("tactics", served),
            ("sources", list(numbers)),
            ("source_of", source_of),
            ("named", named),
        ):
            object.__setattr__(self, name, value)

    def covered(self, tally: Tally) -> list[Covered]:
        """Each technique that a rule in force is for, in order of their identifiers."""
        whole, part = tally.whole > 0, (tally.part > 0) & (tally.whole == 0)
        return [
            Covered(
                technique=technique(key),
                tactics=self.tactics[place],
                rules=len(mine),
                whole=int(whole[mine].sum()),
                partly=int(part[mine].sum()),
                seen_at=int(tally.seen[place]),
                partly_at=int(tally.partly[place]),
            )
            for place, (key, mine) in enumerate(zip(self.keys, self.places, strict=True))
        ]

    def gains(self, tally: Tally) -> list["Gain"]:
        """What could be sent besides, that of which most rules would see more first."""
        found: dict[tuple[int, tuple[str, ...]], list[int]] = defaultdict(list)
        eventless, fewer = tally.eventless, tally.part + tally.fieldless
        for place in np.flatnonzero((eventless > 0) & self.named).tolist():
            found[self.source_of[place], ()].append(int(eventless[place]))
        for place in np.flatnonzero((fewer > 0) & (tally.lacking > 0) & self.named).tolist():
            lacking = self.subjects[place].lacking(int(tally.lacking[place]))
            found[self.source_of[place], lacking].append(int(fewer[place]))
        every = [
            Gain(source=self.sources[source], fields=fields, rules=len(counts), organisations=max(counts))
            for (source, fields), counts in found.items()
        ]
        return sorted(every, key=lambda one: (-one.rules * one.organisations, -one.rules, one.name, one.fields))

    def rules_for(self, key: str, tally: Tally) -> list["Viewed"]:
        """The rules for a technique, those that see least first."""
        if key not in self.keys:
            return []
        found = [_viewed(self.subjects[place], tally, place) for place in self.places[self.keys.index(key)].tolist()]
        return sorted(found, key=lambda one: (one.whole_at > 0, one.partly_at > 0, one.subject.title))


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewed:
    """One rule in force, and what it sees at some organisations.

    Args:
        whole_at: at how many it sees wholly; `partly_at` in part.
        fieldless_at: at how many its events arrive without fields that it needs; `eventless_at` not at all.
        lacking: the fields that it needs and that lack somewhere.

    """

    subject: Subject
    whole_at: int
    partly_at: int
    fieldless_at: int
    eventless_at: int
    lacking: tuple[str, ...]

    @property
    def sight(self) -> Sight:
        """How well it sees where it sees best."""
        if self.whole_at:
            return Sight.SEEN
        return Sight.PARTLY if self.partly_at else Sight.UNSEEN

    @property
    def why(self) -> str:
        """What it lacks, in words; empty where it lacks nothing anywhere."""
        name = words_for(self.subject.logsource)[0]
        parts = []
        if self.subject.reads:
            return "" if self.sight is Sight.SEEN else "The rules that it reads do not see."
        if self.eventless_at:
            parts.append(f"{_at(self.eventless_at, self._all, 'does not send', 'do not send')} {name}.")
        if self.partly_at + self.fieldless_at:
            where = _at(self.partly_at + self.fieldless_at, self._all, "sends", "send")
            parts.append(f"{where} {name} without {', '.join(self.lacking)}.")
        return " ".join(parts)

    @property
    def _all(self) -> int:
        return self.whole_at + self.partly_at + self.fieldless_at + self.eventless_at


def _viewed(subject: Subject, tally: Tally, place: int) -> Viewed:
    return Viewed(
        subject=subject,
        whole_at=int(tally.whole[place]),
        partly_at=int(tally.part[place]),
        fieldless_at=int(tally.fieldless[place]),
        eventless_at=int(tally.eventless[place]),
        lacking=subject.lacking(int(tally.lacking[place])),
    )


def _at(count: int, every: int, one: str, many: str) -> str:
    """How many of some organisations, and what they do, as the beginning of a sentence."""
    if every == 1:
        return f"The organisation {one}"
    where = f"All {every:,}" if count == every else f"{count:,} of {every:,}"
    return f"{where} organisations {one if count == 1 else many}"


def by_tactic(techniques: Iterable[Covered]) -> list[Served]:
    """The same techniques below each tactic that they serve, the tactic worst for patients first."""
    served: dict[str, list[Covered]] = defaultdict(list)
    for one in techniques:
        for key in one.tactics or ("",):
            served[key].append(one)
    return [
        Served(tactic=tactic, techniques=tuple(served[tactic.key]))
        for tactic in (*TACTICS, UNKNOWN_TACTIC)
        if tactic.key in served
    ]


def words_for(source: LogSource) -> tuple[str, str]:
    """A log source in words, and how to come by its events.

    >>> words_for(LogSource(product="windows", category="ps_script"))[0]
    'PowerShell script blocks'
    >>> words_for(LogSource(product="acme", service="door"))[0]
    'events of acme/door'

    """
    parts = (source.product, source.category, source.service)
    known = _words()
    found = known.get(parts) or known.get((source.product, source.category, None))
    found = found or known.get((source.product, None, source.service))
    return found or (f"events of {'/'.join(part for part in parts if part)}", "the log of that name")


@cache
def _words() -> dict[Triple, tuple[str, str]]:
    text = resources.files("watchward.detect.coverage").joinpath("logsources.csv").read_text(encoding="utf-8")
    return {
        (row["product"] or None, row["category"] or None, row["service"] or None): (row["name"], row["how"])
        for row in csv.DictReader(text.splitlines())
    }


_SCORES: Final = {Sight.SEEN: 100, Sight.PARTLY: 50, Sight.UNSEEN: 0}


def navigator_layer(name: str, techniques: Iterable[Covered]) -> dict[str, object]:
    """A layer for MITRE's ATT&CK Navigator, in its format 4.5."""
    return {
        "name": name,
        "versions": {"layer": "4.5", "navigator": "5.1.0"},
        "domain": "enterprise-attack",
        "description": "What the rules in force and the data that really arrives can see.",
        "gradient": {"colors": ["#ffffff", "#aec6cf", "#005eb8"], "minValue": 0, "maxValue": 100},
        "techniques": [
            {
                "techniqueID": one.technique.id,
                "score": _SCORES[one.sight],
                "comment": f"{one.sight.value}: of {one.rules} rules {one.whole} see, {one.partly} in part",
                "enabled": True,
                "showSubtechniques": False,
            }
            for one in techniques
        ],
    }
