"""Links as they are told: by the command line, for people and scripts."""

from datetime import date, datetime
from typing import Final

from ninja import Schema

from watchward.console.link import kinds, queries
from watchward.console.link.models import Passage, Peer

LEAVING: Final = (Passage.Fate.LEFT, Passage.Fate.WITHHELD, Passage.Fate.LOST)
"""What may become of something that this node had to tell."""


class LinkOut(Schema):
    """A node at the other end of a link."""

    id: int
    name: str
    way: str
    organisation: str | None
    address: str
    version: str
    joined_at: datetime
    last_at: datetime | None
    skew_seconds: float | None
    ended_at: datetime | None
    trouble: str
    waiting: int
    told_anew_at: datetime | None
    told_anew_why: str
    complete_at: datetime | None
    unknown: list[str]
    lets_out: dict[str, bool]
    most_a_day: int
    most_bytes_a_day: int


class PassageOut(Schema):
    """How much of one class of data went one way on one day, for one reason; `bytes` are those of the bodies."""

    day: date
    peer: str
    kind: str
    label: str
    fate: str
    why: str
    count: int
    bytes: int
    first_at: datetime
    last_at: datetime


def described(peer: Peer) -> LinkOut:
    """A link as it is told."""
    speaking, hearing = queries.speaking_to(peer), queries.hearing_from(peer)
    going = {kind.name: kind.is_let_out_to(peer) for kind in kinds.all_kinds() if kind.may_go_to(peer)}
    return LinkOut(
        id=peer.pk,
        name=peer.name,
        way=peer.way,
        organisation=peer.organisation.code if peer.organisation else None,
        address=peer.address,
        version=peer.version,
        joined_at=peer.joined_at,
        last_at=peer.last_at,
        skew_seconds=peer.skew_seconds,
        ended_at=peer.ended_at,
        trouble=peer.trouble,
        waiting=queries.waiting_for(peer),
        told_anew_at=speaking.began_at if speaking else None,
        told_anew_why=(speaking.anew or speaking.began_why) if speaking else "",
        complete_at=hearing.complete_at if hearing else None,
        unknown=hearing.unknown if hearing else [],
        lets_out=going,
        most_a_day=peer.most_a_day,
        most_bytes_a_day=peer.most_bytes_a_day,
    )


def passed(one: Passage) -> PassageOut:
    """What passed, as it is told."""
    kind = kinds.named(one.kind)
    return PassageOut(
        day=one.day,
        peer=one.peer.name,
        kind=one.kind,
        label=kind.label if kind else one.kind,
        fate=Passage.Fate(one.fate).label,
        why=one.why,
        count=one.count,
        bytes=one.size,
        first_at=one.first_at,
        last_at=one.last_at,
    )
