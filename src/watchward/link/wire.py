"""The messages of a link as they travel: JSON, checked whole before anything is done with it."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Raw, Struct

from watchward.base.errors import BadInputError
from watchward.link.stream import Batch, Envelope, Position

MOST_ENVELOPES: Final = 2_000
MOST_BYTES: Final = 2 << 20
"""A batch ends with the envelope that makes it longer."""

LONGEST_MESSAGE: Final = 8 << 20
"""So many bytes of a message are read at most."""

_Name = Annotated[str, Meta(min_length=1, max_length=200)]
_Short = Annotated[str, Meta(max_length=40)]
_Hex = Annotated[str, Meta(pattern=r"^[0-9a-f]*$", max_length=128)]
_Count = Annotated[int, Meta(ge=0, le=1 << 62)]


class Place(Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A place in a stream: epoch, number, digest in hexadecimal."""

    # The next one, which follows a claim of this one, is the largest that a database takes.
    epoch: Annotated[int, Meta(ge=1, le=(1 << 31) - 2)]
    seq: _Count
    digest: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]

    @classmethod
    def of(cls, position: Position) -> "Place":
        """A place as it travels."""
        return cls(epoch=position.epoch, seq=position.seq, digest=position.digest.hex())

    @property
    def position(self) -> Position:
        """The place."""
        return Position(epoch=self.epoch, seq=self.seq, digest=bytes.fromhex(self.digest))


class _Told(Struct, frozen=True):
    kind: Annotated[str, Meta(min_length=1, max_length=40)]
    id: _Name
    made_at: _Short
    body: Raw


class Said(Struct, frozen=True):
    """A batch: the place after which it stands, and what follows that."""

    after: Place
    envelopes: Annotated[list[_Told], Meta(max_length=MOST_ENVELOPES)] = []

    @classmethod
    def of(cls, batch: Batch) -> "Said":
        """A batch as it travels."""
        told = [_Told(kind=one.kind, id=one.id, made_at=one.made_at, body=Raw(one.body)) for one in batch.envelopes]
        return cls(after=Place.of(batch.after), envelopes=told)

    @property
    def batch(self) -> Batch:
        """The batch; a body is the very bytes that were sent."""
        envelopes = (
            Envelope(kind=one.kind, id=one.id, made_at=one.made_at, body=bytes(one.body)) for one in self.envelopes
        )
        return Batch(after=self.after.position, envelopes=tuple(envelopes))


class Refused(Struct, frozen=True):
    """Something that was sent and not taken."""

    kind: _Short
    id: _Name
    reason: Annotated[str, Meta(max_length=500)]


class Join(Struct, frozen=True):
    """What a child says to join: who it is, and with which code it was invited."""

    nonce: _Hex
    number: _Hex
    node: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
    name: _Name
    key: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    version: _Short = ""


class Joined(Struct, frozen=True):
    """What it is answered: who the parent is, for whom the child speaks, and what its TLS certificate is trusted by."""

    node: Annotated[str, Meta(pattern=r"^[0-9a-f]{32}$")]
    name: _Name
    key: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    organisation: _Name
    authority: Annotated[str, Meta(max_length=100_000)] = ""
    version: _Short = ""


class Up(Struct, frozen=True):
    """What a child tells its parent."""

    nonce: _Hex
    at: datetime
    said: Said


class Heard(Struct, frozen=True):
    """Where the parent stands then, and what of it the parent did not take."""

    at: datetime
    have: Place
    refused: Annotated[list[Refused], Meta(max_length=MOST_ENVELOPES)] = []


class Ask(Struct, frozen=True):
    """A child's question for what its parent has to tell.

    Args:
        nonce: the answer is signed with it.
        at: the child's clock.
        have: where the child stands.
        wait: how many seconds the parent may wait for something to tell.
        version: of the child's program.
        trusts: the digest of what the child trusts in TLS, so that it is told when that changes.
        refused: what of the last answer the child did not take.

    """

    nonce: _Hex
    at: datetime
    have: Place
    wait: Annotated[float, Meta(ge=0, le=60)] = 0
    version: _Short = ""
    trusts: _Hex = ""
    refused: Annotated[list[Refused], Meta(max_length=MOST_ENVELOPES)] = []


class Down(Struct, frozen=True):
    """What a parent tells its child.

    Args:
        at: the parent's clock.
        said: what follows where the child stands, if there is anything.
        heard: where the parent stands in what the child tells: so an idle child learns that its parent was put back.
        turn: what the next question must be signed with.
        key: the parent's key from now on, where the child used an older one.
        authority: what its TLS certificate is trusted by, where that changed.
        version: of the parent's program.

    """

    at: datetime
    said: Said
    heard: Place
    turn: _Hex
    key: _Hex = ""
    authority: Annotated[str, Meta(max_length=100_000)] | None = None
    version: _Short = ""


class Rotate(Struct, frozen=True):
    """A child's new key; the message is signed with the old one, and `proof` with the new one over the old one."""

    nonce: _Hex
    key: Annotated[str, Meta(pattern=r"^[0-9a-f]{64}$")]
    proof: _Hex


class Rotated(Struct, frozen=True):
    """The key that the parent knows from now on."""

    key: _Hex


M = TypeVar("M", bound=Struct)


def written(message: Struct) -> bytes:
    """A message as it travels."""
    return msgspec.json.encode(message)


def read(body: bytes, kind: type[M]) -> M:
    """A message that came.

    Raises:
        BadInputError: it is none of that kind, or larger than one may be.

    """
    if len(body) > LONGEST_MESSAGE:
        raise BadInputError("The message is too long.", advice=f"Send {LONGEST_MESSAGE:,} bytes at most.")
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise BadInputError(
            f"This is no message of a link: {error}"[:300], advice="See that both nodes run a version of this program."
        ) from error


def refused(things: Iterable[tuple[str, str, str]]) -> list[Refused]:
    """What was not taken, as its sender is told: class, identifier and reason."""
    return [Refused(kind=kind[:40], id=key[:200], reason=reason[:500]) for kind, key, reason in things]
