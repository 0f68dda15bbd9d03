"""Reading STIX: what is sound becomes objects, what is not is refused with every reason and disturbs nothing else.

Nothing is followed from one object to another, so that objects that name each other in a circle are harmless here.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from watchward.intel.stix.document import Document, DocumentError, document
from watchward.intel.stix.frame import FrameError, frame
from watchward.intel.stix.identifiers import type_in
from watchward.intel.stix.objects import Limits, Reading, Refused, StixObject
from watchward.intel.stix.shapes import GROUPS, shape
from watchward.intel.stix.timestamps import exact, moment

_USUAL: Final = Limits()
_VERSIONS: Final = ("2.0", "2.1")
_MOST_REASONS: Final = 20
_OTHERWISE: Final = "Another object with its id and version says something else."


class _RefusedError(Exception):
    """One object is refused: its id, as far as it is known, and the reasons."""

    def __init__(self, id_: str | None, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.id = id_


def read(raw: bytes, limits: Limits = _USUAL) -> Reading:
    """The objects of a bundle, of a TAXII envelope, or the one object that this is.

    Args:
        raw: JSON in UTF-8.
        limits: how much of it is read.

    """
    if len(raw) > limits.bundle_bytes:
        reason = f"It has {len(raw):,} bytes; {limits.bundle_bytes:,} are the most."
        return Reading(refused=(Refused(position=None, id=None, reason=reason),))
    try:
        whole = frame(raw)
    except FrameError as error:
        return Reading(refused=(Refused(position=None, id=None, reason=str(error)),))
    known: dict[tuple[str, str], StixObject] = {}
    refused, repeats = list[Refused](), list[int]()
    for position, one in enumerate(whole.objects):
        try:
            found = _object(position, one, whole.spec_version, limits)
        except _RefusedError as error:
            refused.append(Refused(position=position, id=error.id, reason=str(error)))
            continue
        first = known.setdefault((found.id, found.version_text), found)
        if first is not found and first.raw == found.raw:
            repeats.append(position)
        elif first is not found:
            refused.append(Refused(position=position, id=found.id, reason=_OTHERWISE))
    objects = tuple(known.values())
    return Reading(objects=objects, refused=tuple(refused), repeats=tuple(repeats), more=whole.more, next=whole.next)


def _object(position: int, raw: bytes, bundle_version: str | None, limits: Limits) -> StixObject:
    try:
        found = document(raw, limits)
    except DocumentError as error:
        raise _RefusedError(None, str(error)) from None
    content = found.content
    id_, type_, version = _named(content, bundle_version)
    problems = list(islice(_problems(id_, type_, version, content), _MOST_REASONS))
    if problems:
        raise _RefusedError(id_, *problems)
    return _made(position, raw, found, version)


def _named(content: dict[str, Any], bundle_version: str | None) -> tuple[str, str, str]:
    """An object's id, its type, and the version of the specification that it follows."""
    id_, type_ = content.get("id"), content.get("type")
    if not isinstance(id_, str) or not isinstance(type_, str):
        known = id_[:300] if isinstance(id_, str) else None
        raise _RefusedError(
            known,
            *(f"{name} is missing or no text." for name in ("id", "type") if not isinstance(content.get(name), str)),
        )
    version = content.get("spec_version")
    if version is None:
        version = "2.1" if type_ in GROUPS["*sco"] else bundle_version or "2.0"
    if version not in _VERSIONS:
        raise _RefusedError(id_[:300], "spec_version is neither 2.0 nor 2.1.")
    return id_, type_, version


def _problems(id_: str, type_: str, version: str, content: dict[str, Any]) -> Iterator[str]:
    named = type_in(id_)
    if named is None:
        yield "id is no identifier such as indicator--0042a9f5-f053-4769-b3ef-9ad018dfa298."
    elif named != type_:
        yield f"id begins with {named}, and type is {type_[:100]!r}."
    if type_ == "bundle":
        yield "A bundle may not stand in a bundle."
    if type_ == "marking-definition" and id_ in (content.get("object_marking_refs") or ()):
        yield "It is marked with itself."
    yield from shape(type_, version).problems(content)


def _made(position: int, raw: bytes, found: Document, version: str) -> StixObject:
    content = found.content
    created, modified = content.get("created"), content.get("modified")
    newest = modified or created
    marked = tuple(dict.fromkeys(content.get("object_marking_refs", ())))
    granular = tuple(
        dict.fromkeys(one["marking_ref"] for one in content.get("granular_markings", ()) if "marking_ref" in one)
    )
    by = content.get("created_by_ref")
    aside = {*marked, *granular, by}
    return StixObject(
        position=position,
        id=content["id"],
        type=content["type"],
        spec_version=version,
        created=None if created is None else moment(created),
        modified=None if modified is None else moment(modified),
        version_text="" if newest is None else exact(newest),
        created_by=by,
        markings=marked,
        granular=granular,
        references=tuple(
            one for one in dict.fromkeys(found.references) if one not in aside and type_in(one) is not None
        ),
        revoked=content.get("revoked", False),
        raw=raw,
    )
