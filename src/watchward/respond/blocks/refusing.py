"""What is never blocked, and what only a person may block."""

from dataclasses import dataclass
from typing import Final

from watchward.intel.never import NOBODY, Own, never
from watchward.intel.observable import Kind, Observable
from watchward.intel.warninglists import Warninglists
from watchward.respond.blocks.errors import BlockError

BLOCKABLE: Final = frozenset(
    {
        Kind.DOMAIN,
        Kind.IPV4,
        Kind.IPV6,
        Kind.NETWORK,
        Kind.URL,
        Kind.EMAIL,
        Kind.SHA256,
        Kind.SHA1,
        Kind.MD5,
    }
)
"""What kinds of things the controls of some organisation can refuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What is known of a thing before anybody blocks it.

    Args:
        never: why nobody may block it; empty where one may.
        well_known: the lists of what everybody uses that have it, as sentences.

    """

    never: str = ""
    well_known: tuple[str, ...] = ()


def judge(thing: Observable, *, own: Own = NOBODY, lists: Warninglists | None = None) -> Judged:
    """Whether a thing may be blocked, and by whom."""
    refused = never(thing, own)
    hits = lists.hits(thing) if lists is not None else ()
    return Judged(never=refused.why if refused else "", well_known=tuple(hit.why for hit in hits if not hit.known_bad))


def require_blockable(thing: Observable, judged: Judged, *, person: bool) -> None:
    """Refuse what is never blocked, and what a program may not block.

    Raises:
        BlockError: it may not be blocked.

    """
    if judged.never:
        raise BlockError(
            f"{thing.value} is never blocked. {judged.never}",
            advice="If it attacks, tell its owner; block the one page or address of it that does.",
        )
    if judged.well_known and not person:
        raise BlockError(
            f"{thing.value} is well known. {judged.well_known[0]}", advice="Let a person decide whether to block it."
        )
