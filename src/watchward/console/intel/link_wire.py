"""What nodes write to each other about intelligence, and how it is read again."""

import hashlib
from collections.abc import Mapping
from typing import Annotated, Final, TypeVar

import msgspec
from msgspec import Meta, Struct

from watchward.base.errors import BadInputError
from watchward.intel.passing import MOST_CODES, Addressees

KIND: Final = "intel"
PLACE: Final = "intel_place"
UNNAMED: Final = "unnamed"
"""The channel of all who share without their names: nobody can join what one of them said at different times."""

_LONGEST_ID: Final = 200
_Code = Annotated[str, Meta(min_length=1, max_length=20)]
_M = TypeVar("_M", bound=Struct)


class Told(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One object, or that it is held no longer.

    Args:
        channel: of what collection and source at its sender, without saying which.
        stix_id: its identifier.
        object: its own text; nothing where it is held no longer.
        definitions: the texts of the marking definitions that it needs.
        owner: code of the organisation that brought it; nothing for whoever shares without their name.
        unnamed: whether those who are not over the owner are not told who it is.
        to: codes of the organisations that may have it; None for all.
        below: whether those below them may too.

    """

    channel: Annotated[str, Meta(pattern=r"^[0-9a-z]{1,40}$")]
    stix_id: Annotated[str, Meta(min_length=1, max_length=300)]
    object: str = ""
    definitions: Annotated[list[str], Meta(max_length=100)] = []
    owner: Annotated[str, Meta(max_length=20)] = ""
    unnamed: bool = False
    to: Annotated[list[_Code], Meta(max_length=MOST_CODES)] | None = None
    below: bool = False

    @property
    def addressees(self) -> Addressees:
        """For whom it is."""
        return Addressees(codes=None if self.to is None else frozenset(self.to), below=self.below)

    @property
    def id(self) -> str:
        """The identifier of what tells it."""
        return envelope_id(self.channel, self.stix_id)


class Place(Struct, frozen=True, kw_only=True):
    """For which organisations the ends of a link stand, by the registers of the parent."""

    parent: Annotated[list[_Code], Meta(max_length=100)]
    child: _Code


def envelope_id(channel: str, stix_id: str) -> str:
    """The identifier of what tells an object."""
    said = f"{channel}:{stix_id}"
    if len(said) <= _LONGEST_ID:
        return said
    return f"{said[: _LONGEST_ID - 33]}:{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def channel_of(name: str) -> str:
    """The channel in which something is told that has this identifier."""
    return name.partition(":")[0]


def body(told: Struct) -> Mapping[str, object]:
    """Something as it travels."""
    said: dict[str, object] = msgspec.to_builtins(told)
    return said


def read(raw: bytes, wanted: type[_M]) -> _M:
    """What came.

    Raises:
        BadInputError: it is none of that.

    """
    try:
        return msgspec.json.decode(raw, type=wanted)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInputError(
            f"What was sent cannot be read: {error}."[:300], advice="Use the same version at both ends."
        ) from error
