"""The keys with which the exercise's organisations send to the node: kept in its home, readable to its owner only."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from watchward.base.errors import BadSetupError
from watchward.node.home import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One organisation's source and the key by which it proves itself."""

    organisation: str
    source: str
    key_id: str
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """What was prepared in a node: which sector, and its keys."""

    sector: str
    seed: int
    keys: list[Key]

    @property
    def by_organisation(self) -> Mapping[str, Key]:
        """The keys by their organisation's code."""
        return {key.organisation: key for key in self.keys}


def folder(home: Home) -> Path:
    """Where the exercise keeps what is its own in a node's home."""
    return home.path / "exercise"


def load(home: Home) -> Prepared | None:
    """What was prepared in this home; None where nothing was.

    Raises:
        BadSetupError: the file is there and cannot be read.

    """
    path = folder(home) / "keys.json"
    if not path.exists():
        return None
    try:
        return msgspec.json.decode(path.read_bytes(), type=Prepared)
    except msgspec.MsgspecError as error:
        raise BadSetupError(
            f"{path} cannot be read: {error}.",
            advice="Delete it; the exercise then makes new sources, and the old ones can be disabled in the console.",
        ) from error


def save(home: Home, prepared: Prepared) -> None:
    """Keep what was prepared, in one step."""
    path = folder(home) / "keys.json"
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"keys.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_bytes(msgspec.json.encode(prepared))
    draft.replace(path)
