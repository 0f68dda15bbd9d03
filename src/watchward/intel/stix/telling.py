"""What an alert becomes when it is shared: an indicator for each thing, a sighting of each, and who says so.

An organisation that is not named speaks under a name of its own for that alert alone. Whoever makes that name draws it
with a secret, or anybody could try the codes of all organisations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watchward.intel.decay import decay
from watchward.intel.markings import Tlp, group_marking, group_name
from watchward.intel.observable import Observable
from watchward.intel.stix import write
from watchward.intel.stix.identifiers import derived
from watchward.intel.stix.things import pattern
from watchward.intel.stix.timestamps import written
from watchward.intel.stix.write import Authorship, Document

UNNAMED: Final = "An organisation that is not named"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who shares.

    Args:
        code: of the organisation; or what stands for it where it is not named.
        name: its name; nothing where it is not named.

    """

    code: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was seen.

    Args:
        title: what the alert is called, with nothing of the inside in it.
        first_at: when it began.
        last_at: when it was seen last.
        count: how often.

    """

    title: str
    first_at: datetime
    last_at: datetime
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """The objects that go, and which of them are indicators and sightings."""

    documents: tuple[Document, ...]
    indicators: Mapping[Observable, str]
    sightings: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """How something is shared.

    Args:
        sender: who says so.
        level: who may pass it on to whom.
        group: the sharing group that alone may have it; nothing for none.
        confidence: how sure the sender is, from 0 to 100.
        again: how often the same was withdrawn before: what is withdrawn stays so, and this is another object.
        as_marked: the markings of what it is about, where they are another's to choose: in the place of both.
        at: when it is shared.

    """

    sender: Sender
    level: Tlp
    group: str = ""
    confidence: int = 75
    again: int = 0
    as_marked: tuple[str, ...] | None = None
    at: datetime

    @property
    def markings(self) -> tuple[str, ...]:
        """The identifiers of the markings that everything carries."""
        if self.as_marked is not None:
            return self.as_marked
        named = (str(group_marking(self.group)["id"]),) if group_name(self.group) else ()
        return (self.level.marking, *named)

    @property
    def identity(self) -> Document:
        """Who says so: another for each marking, so that it tells nobody that they said something to others too."""
        told = {"code": self.sender.code, "markings": sorted(self.markings)}
        return {
            "type": "identity",
            "spec_version": "2.1",
            "id": derived("identity", told),
            # Not of now: the same sender is the same object whenever it says something.
            "created": "2026-01-01T00:00:00.000Z",
            "modified": "2026-01-01T00:00:00.000Z",
            "name": self.sender.name or UNNAMED,
            "identity_class": "organization",
            **({"object_marking_refs": list(self.markings)} if self.markings else {}),
        }

    @property
    def definitions(self) -> tuple[Document, ...]:
        """The definitions of the markings that not everybody knows."""
        return (group_marking(self.group),) if group_name(self.group) and self.as_marked is None else ()

    def _said(self, seen: Seen) -> Authorship:
        # Made when it began: saying it again is a later version of the same object, which was created once.
        created = min(seen.first_at, self.at)
        return Authorship(by=self.identity["id"], created=created, modified=self.at, markings=self.markings)

    def of_things(self, seen: Seen, things: Sequence[Observable], *, standing: Mapping[Observable, str]) -> Told:
        """An indicator and a sighting of each thing; no indicator of what has one that holds.

        Args:
            seen: what was seen.
            things: the things to look for.
            standing: the indicators that hold already, by what they look for.

        """
        made = {thing: self._indicator(seen, thing) for thing in things if thing not in standing}
        indicators = {thing: standing.get(thing) or made[thing]["id"] for thing in things}
        sightings = [self.sighting(seen, identifier) for identifier in indicators.values()]
        return Told(
            documents=(*self.definitions, self.identity, *made.values(), *sightings),
            indicators=indicators,
            sightings=tuple(one["id"] for one in sightings),
        )

    def of_indicator(self, seen: Seen, of: str) -> Told:
        """A sighting of an indicator that somebody else made."""
        said = self.sighting(seen, of)
        return Told(documents=(self.identity, said), indicators={}, sightings=(said["id"],))

    def indicator_id(self, thing: Observable) -> str:
        """The identifier of this sender's indicator for a thing, under these markings."""
        return self._anew(derived("indicator", {"pattern": pattern(thing), "by": self.identity["id"]}))

    def sighting(self, seen: Seen, of: str) -> Document:
        """That something was seen at the sender; more of it later is a new version."""
        made = write.sighting(
            of,
            where=self.identity["id"],
            first_seen=seen.first_at,
            last_seen=seen.last_at,
            count=seen.count,
            said=self._said(seen),
        )
        return {**made, "id": self._anew(made["id"])}

    def _anew(self, identifier: str) -> str:
        told = {"first": identifier, "again": self.again}
        return derived(identifier.partition("--")[0], told) if self.again else identifier

    def _indicator(self, seen: Seen, thing: Observable) -> Document:
        since = min(seen.first_at, self.at)
        until = decay(thing.kind).ends_at(max(seen.last_at, self.at))
        made = write.indicator(
            pattern(thing),
            name=f"{thing.value[:120]} ({seen.title})"[:200],
            valid_from=since,
            said=self._said(seen),
            valid_until=written(until),
            confidence=self.confidence,
            indicator_types=["malicious-activity"],
        )
        return {**made, "id": self.indicator_id(thing)}
