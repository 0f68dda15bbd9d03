"""Objects of our own, as STIX 2.1: what says the same is the same object, so that saying it again makes no second one.

An identifier comes from what an object is about (for a sighting: of what, by whom, since when). What may change, such
as counts, times and words, is a new version of it: later `modified`, same `created`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias
from uuid import uuid5

import msgspec

from watchward.intel.stix.identifiers import OURS, derived
from watchward.intel.stix.timestamps import written

Document: TypeAlias = dict[str, Any]
"""An object of STIX, on its way to JSON."""

LANGUAGE: Final = "en-GB"


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorship:
    """Who says something, when, and who may know it.

    Args:
        by: the id of the identity that says it; None where the identity itself is written.
        created: when it was first said, and `modified` when in these words.
        markings: ids of marking definitions.

    """

    by: str | None
    created: datetime
    modified: datetime | None = None
    markings: Sequence[str] = ()


def identity(name: str, *, code: str, said: Authorship, identity_class: str = "organization") -> Document:
    """An organisation or a person in a part; `code` tells those of one name apart."""
    return _made("identity", {"code": code}, said, name=name, identity_class=identity_class)


def indicator(pattern: str, *, name: str, valid_from: datetime, said: Authorship, **more: Any) -> Document:
    """What to look for; the same pattern from the same maker is the same indicator."""
    told = {"pattern": pattern, "by": said.by}
    return _made(
        "indicator",
        told,
        said,
        name=name,
        pattern=pattern,
        pattern_type=more.pop("pattern_type", "stix"),
        valid_from=written(valid_from),
        **more,
    )


def sighting(  # noqa: PLR0913 - so much belongs to one
    of: str, *, where: str, first_seen: datetime, last_seen: datetime, count: int, said: Authorship, **more: Any
) -> Document:
    """Something was seen at an identity; more of it later is a new version of the same sighting."""
    told = {"of": of, "where": where, "by": said.by, "since": written(first_seen)}
    return _made(
        "sighting",
        told,
        said,
        sighting_of_ref=of,
        where_sighted_refs=[where],
        first_seen=written(first_seen),
        last_seen=written(last_seen),
        count=count,
        **more,
    )


def relationship(source: str, kind: str, target: str, *, said: Authorship, **more: Any) -> Document:
    """How one object stands to another, such as `indicates` or `mitigates`."""
    told = {"source": source, "kind": kind, "target": target, "by": said.by}
    return _made("relationship", told, said, relationship_type=kind, source_ref=source, target_ref=target, **more)


def note(content: str, *, about: Sequence[str], said: Authorship, **more: Any) -> Document:
    """A remark on some objects."""
    told = {"content": content, "about": sorted(about), "by": said.by}
    return _made("note", told, said, content=content, object_refs=list(about), lang=LANGUAGE, **more)


def course_of_action(name: str, description: str, *, said: Authorship, **more: Any) -> Document:
    """What to do."""
    told = {"name": name, "by": said.by}
    return _made("course-of-action", told, said, name=name, description=description, lang=LANGUAGE, **more)


def statement(text: str, *, name: str, said: Authorship) -> Document:
    """A marking definition in words; those of TLP are not made, but have ids for everybody (`intel.markings`)."""
    found = _made("marking-definition", {"statement": text}, said, name=name)
    del found["modified"]
    return {**found, "definition_type": "statement", "definition": {"statement": text}}


def withdrawn(document: Document, *, at: datetime) -> Document:
    """The last version of an object: its maker has withdrawn it."""
    return {**document, "modified": written(at), "revoked": True}


def to_bytes(document: Document) -> bytes:
    """An object as JSON; the same object gives the same bytes."""
    return msgspec.json.encode(document, order="deterministic")


def bundle(raws: Iterable[bytes]) -> bytes:
    """Some objects in one bundle, to the byte as they are; the same objects make the same bundle."""
    objects = b",".join(raws)
    made = uuid5(OURS, objects.decode()) if objects else OURS
    inside = b',"objects":[' + objects + b"]" if objects else b""
    return b'{"type":"bundle","id":"bundle--' + str(made).encode() + b'"' + inside + b"}"


def _made(type_: str, told: Document, said: Authorship, **content: Any) -> Document:
    found: Document = {
        "type": type_,
        "spec_version": "2.1",
        "id": derived(type_, told),
        "created": written(said.created),
        "modified": written(said.modified or said.created),
        **content,
    }
    if said.by is not None:
        found["created_by_ref"] = said.by
    if said.markings:
        found["object_marking_refs"] = list(said.markings)
    return found
