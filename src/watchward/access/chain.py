"""The audit log as a chain: each entry's digest covers the entry and the digest before it."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

START = "0" * 64
"""What the first entry says came before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One entry of the log, as it is hashed.

    Args:
        number: its place in the log, from 1, without gaps.
        at: when it was done, ISO 8601 in UTC with microseconds.
        event: what was done (`subject.past_tense`).
        actor: who did it, as an identifier that is never used again.
        actor_name: their name at the time.
        subject: what it was done to, as an identifier.
        subject_name: its name at the time.
        organisation: the code of the organisation that it concerned; empty for the whole node.
        organisation_name: its name at the time.
        organisation_path: its place in the tree at the time.
        details: what else there is to know, as canonical JSON.
        previous: the digest of the entry before.

    """

    number: int
    at: str
    event: str
    actor: str
    actor_name: str
    subject: str
    subject_name: str
    organisation: str
    organisation_name: str
    organisation_path: str
    details: str
    previous: str

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical form of everything above, in hexadecimal."""
        return hashlib.sha256(canonical(asdict(self)).encode()).hexdigest()


def canonical(value: Mapping[str, object]) -> str:
    """The one way in which a mapping is written: keys in order, no spaces, ASCII only.

    >>> canonical({"b": "x", "a": 1})
    '{"a":1,"b":"x"}'

    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
