"""For whom a node may have what another one told it: never for more than the sender said, nor than the marking lets.

The sender works out from its own registers who may have an object (`Addressees`); the receiver knows other groups and
other organisations, so it takes that as whom it was sent to, and judges it by its own registers once more (ADR 0242).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

from watchward.intel.markings import SECTOR, Audience, Tlp, organisation_group

MOST_CODES: Final = 50_000
LONGEST_CODES: Final = 500_000
"""To more organisations than this, or such whose codes are longer together, nothing is sent by their codes: all that is
told of one thing must stay under a megabyte (ADR 0271)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressees:
    """To whom something is sent.

    Args:
        codes: of organisations; None for every organisation that has joined.
        below: whether it is for those below them too.

    """

    codes: frozenset[str] | None = None
    below: bool = False

    @property
    def length(self) -> int:
        """How many characters the codes are long as they travel."""
        return sum(len(code) + 3 for code in self.codes or ())

    @property
    def are_too_many(self) -> bool:
        """Whether they cannot be named."""
        return len(self.codes or ()) > MOST_CODES or self.length > LONGEST_CODES


EVERYBODY = Addressees()


def is_for_everybody(audience: Audience) -> bool:
    """Whether every organisation that has joined may have it."""
    if audience.groups or audience.unknown or audience.level is Tlp.RED:
        return False
    return audience.level <= Tlp.GREEN or SECTOR in audience.addressed


def may_travel(audience: Audience) -> bool:
    """Whether it goes from node to node at all: nothing does that is for people's eyes, or not understood."""
    return audience.level is not Tlp.RED and not audience.unknown


def in_few_codes(audience: Audience, paths: Iterable[str], *, count: Callable[[str], int]) -> Addressees | None:
    """Some organisations in as few codes as say the same at the receiver; None if there are none.

    Args:
        audience: who may have what is sent to them.
        paths: of the organisations, from the top of the tree: `/N1/R1/`.
        count: how many organisations there are at and below a path, of those that the receiver stands for.

    """
    every = sorted(paths)
    tops: list[str] = []
    for path in every:
        if not tops or not path.startswith(tops[-1]):
            tops.append(path)
    # Groups and AMBER+STRICT are judged organisation by organisation: there, nobody has it for who is above them. Nor
    # has anybody what was put into a collection of somebody above them.
    each = audience.groups or audience.keepers or audience.level > Tlp.AMBER or sum(map(count, tops)) != len(every)
    codes = frozenset(path.strip("/").rpartition("/")[2] for path in (every if each else tops))
    return Addressees(codes=codes, below=not each) if codes else None


def received(marked: Audience, to: Addressees, *, owner: str) -> Audience:
    """Who may have something at the node to which it was told.

    Args:
        marked: what its markings ask for.
        to: for whom the sender says that it is.
        owner: code of the organisation that brought it, where it has a place of its own here; else nothing.

    """
    level, addressed = marked.level, frozenset({SECTOR})
    if to.codes is not None:
        # The markings of everybody would let everybody in; whom they let in below those named, the sender knew.
        level = max(level, Tlp.AMBER if to.below and not marked.groups else Tlp.AMBER_STRICT)
        addressed = frozenset(map(organisation_group, to.codes))
    # Who belongs to a group is what the sender said: this node need not know the group. One that everybody was sent
    # stays with members that this node knows.
    groups = frozenset[str]() if to.codes is not None else marked.groups
    return replace(marked, owner=owner, level=level, groups=groups, addressed=addressed)
