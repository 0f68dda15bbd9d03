"""TAXII's resources: what the server says of itself, its collections, and what became of requests."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from watchward.console.config import current
from watchward.console.intel import moments
from watchward.console.intel.guard import Rights
from watchward.console.intel.models import ApiRoot
from watchward.console.intel.storing import Outcome, Stored
from watchward.console.taxii.http import MEDIA_TYPE, STIX_MEDIA_TYPE

MOST_CONTENT: Final = 32 << 20
"""How many bytes a request may have."""

Resource = Mapping[str, object]


def discovery(roots: Sequence[ApiRoot]) -> Resource:
    """What there is for a client."""
    here = f"{current().public_url}/taxii2/"
    found: dict[str, object] = {
        "title": "Watchward",
        "description": "Intelligence that a node of Watchward shares, as its markings allow.",
    }
    if roots:
        found |= {"default": f"{here}{roots[0].name}/", "api_roots": [f"{here}{one.name}/" for one in roots]}
    return found


def api_root(root: ApiRoot) -> Resource:
    """One part of the server."""
    said = {"title": root.title, "versions": [MEDIA_TYPE], "max_content_length": MOST_CONTENT}
    return said | ({"description": root.description} if root.description else {})


def collection(rights: Rights) -> Resource:
    """A collection, and what the client may do with it."""
    one = rights.collection
    said: dict[str, object] = {"id": str(one.pk), "title": one.title}
    if one.description:
        said["description"] = one.description
    if one.alias:
        said["alias"] = one.alias
    return said | {"can_read": rights.read, "can_write": rights.write, "media_types": [STIX_MEDIA_TYPE]}


def manifest_record(added: int, stix_id: str, version: str, spec_version: str) -> Resource:
    """What a manifest says of one version of an object."""
    return {
        "id": stix_id,
        "date_added": moments.written(added),
        "version": version,
        "media_type": f"application/stix+json;version={spec_version}",
    }


def status(key: UUID, done: Stored, *, at: int) -> Resource:
    """What became of the objects of a request. They are stored before it is answered, so nothing is ever pending."""
    succeeded = [*done.new, *done.known]
    said: dict[str, object] = {
        "id": str(key),
        "status": "complete",
        "request_timestamp": moments.written(at),
        "total_count": done.total,
        "success_count": len(succeeded),
        "failure_count": len(done.refused),
        "pending_count": 0,
    }
    if succeeded:
        said["successes"] = [_success(one) for one in succeeded]
    if done.refused:
        said["failures"] = [_failure(one, at) for one in done.refused]
    return said


def _success(one: Outcome) -> Resource:
    said = {"id": one.stix_id, "version": one.version}
    return said | ({"message": one.message} if one.message else {})


def _failure(one: Outcome, at: int) -> Resource:
    # What could not be read has no identifier or version of its own; both are required here.
    return {"id": one.stix_id or "unknown", "version": one.version or moments.written(at), "message": one.message}
