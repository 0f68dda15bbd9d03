"""MISP's events and feeds, read as STIX: each attribute an indicator or an observable, marked as MISP marked it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec

from watchward.intel.errors import IntelError, ObservableError
from watchward.intel.misp_marks import Marks, confidence, of_distribution, of_tags
from watchward.intel.observable import Kind, Observable, observable, refanged
from watchward.intel.stix import things
from watchward.intel.stix.identifiers import derived
from watchward.intel.stix.timestamps import written
from watchward.intel.stix.write import Document

Said: TypeAlias = Mapping[str, Any]
"""A part of a document of MISP, of which nothing is known yet."""


class MispError(IntelError):
    """A document of MISP cannot be read at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An object of STIX that was made from MISP.

    Args:
        content: the object.
        addressed: sharing groups to which it was sent.

    """

    content: Mapping[str, object]
    addressed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A part of a document that could not be used: what it is, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was in a document of MISP.

    Args:
        items: objects of STIX, with the marking definitions of groups first.
        refused: what could not be used.

    """

    items: tuple[Item, ...]
    refused: tuple[Refused, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEvent:
    """An event that a feed offers; its file is named by its identifier."""

    uuid: str
    info: str
    changed_at: datetime


_ADDRESS: Final = (Kind.IPV4, Kind.IPV6, Kind.NETWORK)
_KINDS: Final[Mapping[str, tuple[tuple[Kind, ...], ...]]] = {
    # For each part between the bars of a type, the kinds that it may be of; none for what is not looked for.
    **dict.fromkeys(("ip-src", "ip-dst"), (_ADDRESS,)),
    **dict.fromkeys(("ip-src|port", "ip-dst|port"), (_ADDRESS, ())),
    **dict.fromkeys(("domain", "hostname"), ((Kind.DOMAIN,),)),
    "hostname|port": ((Kind.DOMAIN,), ()),
    "domain|ip": ((Kind.DOMAIN,), _ADDRESS),
    **dict.fromkeys(("url", "uri", "link"), ((Kind.URL,),)),
    **dict.fromkeys(("email", "email-src", "email-dst", "email-reply-to"), ((Kind.EMAIL,),)),
    **{kind.value: ((kind,),) for kind in (Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512, Kind.IMPHASH)},
    # The digest tells the file by itself; under which name it came says less.
    **{f"filename|{k.value}": ((), (k,)) for k in (Kind.MD5, Kind.SHA1, Kind.SHA256, Kind.SHA512, Kind.IMPHASH)},
    "filename": ((Kind.FILE_NAME,),),
    "regkey": ((Kind.REGISTRY_KEY,),),
    "regkey|value": ((Kind.REGISTRY_KEY,), ()),
    "mutex": ((Kind.MUTEX,),),
    "user-agent": ((Kind.USER_AGENT,),),
    "process-name": ((Kind.PROCESS_NAME,),),
}
_MOST_BYTES: Final = 100_000_000
_SIGHTED, _FALSE_POSITIVE, _EXPIRES = "0", "1", "2"


def read(raw: bytes, *, groups: Mapping[str, str] | None = None) -> Taken:
    """What one or more events of MISP say.

    Args:
        raw: an event, or what a server answers with several.
        groups: names of this node's sharing groups by the identifiers (UUID) that MISP gives them.

    Raises:
        MispError: it is no document of MISP.

    """
    items: list[Item] = []
    refused: list[Refused] = []
    for event in _events(_parsed(raw)):
        try:
            found = _Event(event, groups or {})
        except ValueError as error:
            refused.append(Refused(what=f"event {event.get('uuid', '?')!s:.50}", reason=str(error)))
            continue
        items += found.items()
        refused += found.refused
    definitions = [item for item in items if item.content["type"] == "marking-definition"]
    others = [item for item in items if item.content["type"] != "marking-definition"]
    once = {(item.content["id"], item.content.get("modified")): item for item in (*definitions, *others)}
    return Taken(items=tuple(once.values()), refused=tuple(refused))


def manifest(raw: bytes) -> tuple[FeedEvent, ...]:
    """The events that a feed's `manifest.json` offers, oldest change first; what is no event is passed over.

    Raises:
        MispError: it is no manifest.

    """
    found = []
    for name, entry in _parsed(raw).items():
        try:
            said = dict(entry)
            found.append(FeedEvent(uuid=str(UUID(name)), info=str(said.get("info", "")), changed_at=_moment(said)))
        except (ValueError, TypeError):
            continue
    return tuple(sorted(found, key=lambda one: (one.changed_at, one.uuid)))


def _parsed(raw: bytes) -> Document:
    if len(raw) > _MOST_BYTES:
        raise MispError(f"A document of {len(raw):,} bytes is too long.", advice="Export fewer events at once.")
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MispError(f"It is no JSON: {error}", advice="Export the event from MISP as MISP JSON.") from error
    document = {"response": found} if isinstance(found, list) else found
    if not isinstance(document, dict):
        raise MispError("It is no event of MISP.", advice="Export the event from MISP as MISP JSON.")
    return document


def _events(document: Said) -> Iterator[Said]:
    said = document.get("response", document)
    several = said if isinstance(said, list) else [said]
    events = [one.get("Event", one) for one in several if isinstance(one, Mapping)]
    found = [event for event in events if isinstance(event, Mapping) and "uuid" in event]
    if not found and several:
        raise MispError("There is no event in it.", advice="Export the event from MISP as MISP JSON.")
    yield from found


def _moment(said: Said, *names: str) -> datetime:
    """The first of these times that a document gives: seconds since 1970, or a date.

    Raises:
        ValueError: it gives none.

    """
    for name in names or ("timestamp", "date"):
        text = str(said.get(name) or "").strip()
        try:
            if re.fullmatch(r"\d{1,11}", text):
                return datetime.fromtimestamp(int(text), UTC)
            if text:
                found = datetime.fromisoformat(text)
                return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, OverflowError, OSError):
            continue
    raise ValueError("It gives no time.")


def _mappings(said: object) -> list[Said]:
    return [one for one in said if isinstance(one, Mapping)] if isinstance(said, list) else []


def _tags(said: Said) -> list[str]:
    return [str(tag["name"]) for tag in _mappings(said.get("Tag")) if "name" in tag]


def _uuid(said: object) -> str:
    """An identifier, in its one form.

    Raises:
        ValueError: it is none.

    """
    try:
        return str(UUID(str(said)))
    except ValueError:
        raise ValueError(f"{str(said)[:50]!r} is no identifier (UUID).") from None


class _Event:
    """One event, on its way to STIX."""

    def __init__(self, event: Said, groups: Mapping[str, str]) -> None:
        self._event = event
        self._groups = groups
        self._id = _uuid(event.get("uuid"))
        self._changed_at = _moment(event)
        self._maker = self._identity(event.get("Orgc"))
        self._marks = self._of(event)
        self.refused: list[Refused] = []

    def items(self) -> Iterator[Item]:
        """All that it says, as objects of STIX; a report holds them together."""
        made = [item for attribute, marks in self._attributes() for item in self._of_attribute(attribute, marks)]
        every = [self._marks, *(marks for _, marks in self._attributes())]
        definitions = {key: value for marks in every for key, value in marks.definitions.items()}
        yield from (Item(content=definition) for definition in definitions.values())
        if self._maker is not None:
            yield Item(content=self._maker)
        yield from made
        if made:
            yield Item(
                content=self._report([str(item.content["id"]) for item in made]), addressed=self._marks.addressed
            )

    def _of(self, said: Said) -> Marks:
        group = said.get("SharingGroup") or said.get("sharing_group_id")
        marks = of_distribution(said.get("distribution"), group, self._groups)
        return marks.and_also(of_tags(_tags(said)))

    def _attributes(self) -> Iterator[tuple[Said, Marks]]:
        """Each attribute, of the event and of its objects, with all that marks it."""
        for attribute in _mappings(self._event.get("Attribute")):
            yield attribute, self._marks.and_also(self._of(attribute))
        for thing in _mappings(self._event.get("Object")):
            marks = self._marks.and_also(self._of(thing))
            for attribute in _mappings(thing.get("Attribute")):
                yield attribute, marks.and_also(self._of(attribute))

    def _of_attribute(self, attribute: Said, marks: Marks) -> Iterator[Item]:
        what = f"attribute {attribute.get('uuid', '?')!s:.50} of type {attribute.get('type')!s:.50}"
        try:
            identifier = _uuid(attribute.get("uuid"))
            named = list(_things(attribute))
        except ValueError as error:
            self.refused.append(Refused(what=what, reason=str(error)))
            return
        looked_for = attribute.get("to_ids") in (True, 1, "1")
        for place, thing in enumerate(named):
            ours = (
                f"indicator--{identifier}" if not place else derived("indicator", {"misp": identifier, "part": place})
            )
            content = self._indicator(ours, thing, attribute) if looked_for else things.cyber_observable(thing)
            if content is None:
                self.refused.append(Refused(what=what, reason="STIX has no such observable."))
                continue
            refs = {"object_marking_refs": list(marks.markings)} if marks.markings else {}
            yield Item(content={**content, **refs}, addressed=marks.addressed)
            if looked_for:
                yield from self._sightings(ours, attribute, marks)

    def _indicator(self, ours: str, thing: Observable, attribute: Said) -> Document:
        tags = [*_tags(self._event), *_tags(attribute)]
        changed_at = _changed(attribute, self._changed_at)
        content = things.indicator(
            ours,
            thing,
            created=_changed({"timestamp": self._event.get("date")}, changed_at),
            modified=changed_at,
            name=str(self._event.get("info", ""))[:200],
            description=str(attribute.get("comment") or "")[:2000],
            created_by_ref=None if self._maker is None else self._maker["id"],
            labels=sorted(set(tags)),
            confidence=confidence(tags),
            revoked=attribute.get("deleted") in (True, 1, "1") or None,
        )
        ends = [one for one in _mappings(attribute.get("Sighting")) if str(one.get("type")) == _EXPIRES]
        until = [_changed({"timestamp": one.get("date_sighting")}, changed_at) for one in ends]
        if until and written(max(until)) > content["valid_from"]:
            content["valid_until"] = written(max(until))
        return content

    def _sightings(self, ours: str, attribute: Said, marks: Marks) -> Iterator[Item]:
        """Who saw it, and who says that it is harmless."""
        for sighting in _mappings(attribute.get("Sighting")):
            seen_at = written(_changed({"timestamp": sighting.get("date_sighting")}, self._changed_at))
            by = self._identity(sighting.get("Organisation")) or self._maker
            type_ = str(sighting.get("type", _SIGHTED))
            if by is None or type_ not in (_SIGHTED, _FALSE_POSITIVE):
                continue
            kind = "sighting" if type_ == _SIGHTED else "opinion"
            said: Document = {
                "type": kind,
                "spec_version": "2.1",
                "id": derived(kind, {"of": ours, "by": by["id"], "at": seen_at}),
                "created": seen_at,
                "modified": seen_at,
                "created_by_ref": by["id"],
            }
            if kind == "sighting":
                said |= {"sighting_of_ref": ours, "where_sighted_refs": [by["id"]], "first_seen": seen_at, "count": 1}
            else:
                said |= {"opinion": "strongly-disagree", "object_refs": [ours]}
            refs = {"object_marking_refs": list(marks.markings)} if marks.markings else {}
            yield Item(content=by)
            yield Item(content={**said, **refs}, addressed=marks.addressed)

    def _report(self, refs: Iterable[str]) -> Document:
        changed_at = written(self._changed_at)
        markings = list(self._marks.markings)
        return {
            "type": "report",
            "spec_version": "2.1",
            "id": f"report--{self._id}",
            "created": changed_at,
            "modified": changed_at,
            "name": str(self._event.get("info") or "An event of MISP")[:500],
            "published": changed_at,
            "object_refs": list(dict.fromkeys(refs)),
            **({"labels": labels} if (labels := sorted(set(_tags(self._event)))) else {}),
            **({"created_by_ref": self._maker["id"]} if self._maker is not None else {}),
            **({"object_marking_refs": markings} if markings else {}),
        }

    def _identity(self, said: object) -> Document | None:
        """An organisation; None where MISP does not say which."""
        if not isinstance(said, Mapping):
            return None
        try:
            identifier = _uuid(said.get("uuid"))
        except ValueError:
            return None
        return {
            "type": "identity",
            "spec_version": "2.1",
            "id": f"identity--{identifier}",
            "created": "2011-01-01T00:00:00.000Z",  # MISP does not say; the same for all, so that versions agree
            "modified": "2011-01-01T00:00:00.000Z",
            "name": str(said.get("name") or identifier)[:200],
            "identity_class": "organization",
        }


def _observed(thing: Observable, telling: Said) -> Document | None:
    """The thing under an identifier of the attribute's own: others may have marked the same thing otherwise."""
    content = things.cyber_observable(thing)
    return None if content is None else {**content, "id": derived(content["type"], telling)}


def _changed(said: Said, otherwise: datetime) -> datetime:
    try:
        return _moment(said, "timestamp")
    except ValueError:
        return otherwise


def _things(attribute: Said) -> Iterator[Observable]:
    """What an attribute names.

    Raises:
        ValueError: it names nothing that can be looked for.

    """
    type_, value = str(attribute.get("type")), attribute.get("value")
    parts = _KINDS.get(type_)
    if parts is None or not isinstance(value, str):
        raise ValueError("Nothing is looked for by an attribute of this type.")
    texts = value.split("|") if len(parts) > 1 else [value]
    if len(texts) != len(parts):
        raise ValueError(f"It should have {len(parts)} parts.")
    for text, kinds in zip(texts, parts, strict=True):
        if kinds:
            yield _first(refanged(text.strip()), kinds)


def _first(text: str, kinds: Iterable[Kind]) -> Observable:
    reason = ""
    for kind in kinds:
        try:
            return observable(kind, text)
        except ObservableError as error:
            reason = reason or error.message
    raise ValueError(reason)


def due(offered: Iterable[FeedEvent], since: datetime, *, overlap: timedelta = timedelta(minutes=5)) -> list[FeedEvent]:
    """The events of a feed to fetch: those changed since, and a little before, because clocks differ."""
    return [one for one in offered if one.changed_at >= since - overlap]
