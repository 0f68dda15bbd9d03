"""What reading STIX gives: objects, and what was refused with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much is read at most.

    Args:
        bundle_bytes: of a whole bundle or envelope, and `object_bytes` of one object.
        depth: how deep lists and objects may stand in each other within one object.
        references: how many other objects one object may name.

    """

    bundle_bytes: int = 100_000_000
    object_bytes: int = 1_000_000
    depth: int = 32
    references: int = 10_000


@dataclass(frozen=True, kw_only=True)
class StixObject:
    """One object, as its maker wrote it.

    Args:
        position: its place among the objects it came with, from 0.
        id: such as `indicator--…`, and `type` the part before the two dashes.
        spec_version: `2.0` or `2.1`.
        created: when its first version was made; None where its type has no such time.
        modified: when this version was made; times are cut to the microsecond, never rounded.
        version_text: `modified`, or `created`, with every digit that it has; empty where it has neither.
        created_by: the id of the identity that made it.
        markings: ids of the marking definitions for the whole of it, and `granular` of those for parts of it.
        references: ids of the other objects that it names, in their order, each once.
        revoked: whether its maker has withdrawn it.
        raw: its own bytes, unchanged.

    """

    position: int
    id: str
    type: str
    spec_version: str
    created: datetime | None
    modified: datetime | None
    version_text: str
    created_by: str | None
    markings: tuple[str, ...]
    granular: tuple[str, ...]
    references: tuple[str, ...]
    revoked: bool
    raw: bytes

    @property
    def version(self) -> datetime | None:
        """When this version was made; None where its type has no versions, as observables have none."""
        return self.modified or self.created

    @cached_property
    def content(self) -> Mapping[str, Any]:
        """What it says."""
        found: Mapping[str, Any] = msgspec.json.decode(self.raw)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What could not be read, and why.

    Args:
        position: its place among the objects; None where it is the whole.
        id: as far as it is known.
        reason: everything that is wrong with it, in sentences.

    """

    position: int | None
    id: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was in a bundle, an object or an envelope.

    Args:
        objects: what can be used, in the order given.
        refused: what cannot, and why.
        repeats: the positions of objects that had stood there before, byte for byte; they are in `objects` once.
        more: whether the server that sent an envelope has more, and `next` where that begins.

    """

    objects: tuple[StixObject, ...] = ()
    refused: tuple[Refused, ...] = ()
    repeats: tuple[int, ...] = ()
    more: bool = False
    next: str | None = None
