"""Links as they are told: by the command line and the REST API, for people and scripts."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from ninja import Schema

from watchward.console.link import kinds, queries
from watchward.console.link.models import HeldHead, Passage, Peer, Refusal
from watchward.console.link.queries import Figures
from watchward.link import standing
from watchward.link.standing import Seen


class WrongOut(Schema):
    """Something that is wrong with a link, and what to do about it."""

    what: str
    advice: str


class LinkOut(Schema):
    """A node at the other end of a link.

    `state` is how the link stands in a word, `wrong` what is wrong with it, the worst first. `head_at` is when it last
    said where its audit log stands, `head_number` at which entry.
    """

    id: int
    name: str
    way: str
    organisation: str | None
    address: str
    version: str
    state: str
    wrong: list[WrongOut]
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
    head_at: datetime | None
    head_number: int | None


class PassageOut(Schema):
    """How much of one class of data went one way on one day, for one reason; `bytes` are those of the bodies."""

    day: date
    link: int
    peer: str
    kind: str
    label: str
    fate: str
    why: str
    count: int
    bytes: int
    first_at: datetime
    last_at: datetime


class RefusalOut(Schema):
    """Something that one end did not take of what the other sent; `there`: the other end."""

    link: int
    peer: str
    kind: str
    label: str
    thing: str
    reason: str
    there: bool
    at: datetime


class HeadOut(Schema):
    """A signed head of a child's audit log, as it came, and what speaks against it; `seen_at` is when it last came."""

    number: int
    digest: str
    signed_at: str
    public: str
    signature: str
    came_at: datetime
    seen_at: datetime
    faults: str


class SentOut(Schema):
    """How much of one class a child ever sent, and how much of that has its effect now (null where nobody counts)."""

    kind: str
    label: str
    came: int
    held: int | None
    last: date | None


def seen_of(peer: Peer, figures: Figures) -> Seen:
    """What is known of a link, for `watchward.link.standing`."""
    head, fault = figures.head, figures.faulty
    return Seen(
        above=peer.is_parent,
        joined_at=peer.joined_at,
        ended_at=peer.ended_at,
        last_at=peer.last_at,
        trouble=peer.trouble,
        ahead=None if peer.skew_seconds is None else timedelta(seconds=peer.skew_seconds),
        takes_nothing=not peer.is_parent and not (peer.most_a_day and peer.most_bytes_a_day),
        head_at=head.seen_at if head else None,
        fault=fault.faults if fault else "",
        fault_at=fault.came_at if fault else None,
        unknown=figures.unknown,
        refused=figures.refused,
        lost=figures.lost,
        refused_there=figures.refused_there,
        lacks=figures.lacks,
    )


def described(peers: Sequence[Peer], *, now: datetime) -> Iterator[LinkOut]:
    """Links as they are told."""
    figures = queries.figures_of(peers, now=now)
    for peer in peers:
        yield _described(peer, figures[peer.pk], now)


def _described(peer: Peer, figures: Figures, now: datetime) -> LinkOut:
    speaking, hearing, seen = figures.speaking, figures.hearing, seen_of(peer, figures)
    return LinkOut(
        id=peer.pk,
        name=peer.name,
        way=peer.way,
        organisation=peer.organisation.code if peer.organisation else None,
        address=peer.address,
        version=peer.version,
        state=standing.state(seen, now=now).value,
        wrong=[WrongOut(what=one.what, advice=one.advice) for one in standing.wrong(seen, now=now)],
        joined_at=peer.joined_at,
        last_at=peer.last_at,
        skew_seconds=peer.skew_seconds,
        ended_at=peer.ended_at,
        trouble=peer.trouble,
        waiting=figures.waiting,
        told_anew_at=speaking.began_at if speaking else None,
        told_anew_why=(speaking.anew or speaking.began_why) if speaking else "",
        complete_at=hearing.complete_at if hearing else None,
        unknown=list(figures.unknown),
        lets_out={kind.name: kind.is_let_out_to(peer) for kind in kinds.all_kinds() if kind.may_go_to(peer)},
        most_a_day=peer.most_a_day,
        most_bytes_a_day=peer.most_bytes_a_day,
        head_at=figures.head.seen_at if figures.head else None,
        head_number=figures.head.number if figures.head else None,
    )


def label_of(kind: str) -> str:
    """A class of data as pages name it."""
    found = kinds.named(kind)
    return found.label if found else kind


def passed(one: Passage) -> PassageOut:
    """What passed, as it is told."""
    return PassageOut(
        day=one.day,
        link=one.peer_id,
        peer=one.peer.name,
        kind=one.kind,
        label=label_of(one.kind),
        fate=Passage.Fate(one.fate).label,
        why=one.why,
        count=one.count,
        bytes=one.size,
        first_at=one.first_at,
        last_at=one.last_at,
    )


def refused(one: Refusal) -> RefusalOut:
    """What was not taken, as it is told."""
    return RefusalOut(
        link=one.peer_id,
        peer=one.peer.name,
        kind=one.kind,
        label=label_of(one.kind),
        thing=one.envelope_id,
        reason=one.reason,
        there=one.there,
        at=one.at,
    )


def head(one: HeldHead) -> HeadOut:
    """A head as it is told."""
    return HeadOut.from_orm(one)


def sent_by(peer: Peer) -> Iterator[SentOut]:
    """How much a child ever sent, class by class, and how much of that has its effect now."""
    came, held = queries.came_from(peer), queries.held_from(peer)
    for kind in sorted({*came, *held}, key=label_of):
        things, last = came.get(kind, (0, None))
        if not (things or held.get(kind)):
            continue
        yield SentOut(kind=kind, label=label_of(kind), came=things, held=held.get(kind), last=last)
