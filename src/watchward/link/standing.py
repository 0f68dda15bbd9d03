"""How a link stands: what is wrong with it, and what to do about it, in the words of those who look after it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

SILENT_AFTER: Final = timedelta(minutes=10)
"""A node speaks at least every half minute, and tries again after a minute and a half at most."""

HEADS_EVERY: Final = timedelta(hours=1)
HEAD_LATE_AFTER: Final = 2 * HEADS_EVERY
KEPT_REFUSALS: Final = 500
"""How many refusals of a peer are kept, the latest."""

CLOCKS_APART: Final = timedelta(minutes=1)

_GUIDE: Final = (
    (
        "could not be reached",
        "See that the parent runs, and that this node may reach it. It is tried again by itself.",
    ),
    (
        "is not the parent",
        "Something else answers at its address. If the parent was replaced, ask it for a code and join it.",
    ),
    (
        "for another node",
        "Another node answers at its address. If the parent was replaced, ask it for a code and join it.",
    ),
    ("knows no such child", "The link was ended there. Ask whoever runs that node for a code, and join with it."),
    (
        "does not carry the signature",
        "That node does not know this one's keys. Ask whoever runs it for a new code on this link's page, and join.",
    ),
)


class State(StrEnum):
    """How a link stands, in a word."""

    NEVER = "never spoke"
    AWAY = "away"
    WRONG = "needs attention"
    SOUND = "in contact"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """Something that is wrong, and what to do about it."""

    what: str
    advice: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is known of a link.

    Args:
        above: whether that is the parent.
        joined_at: when the two were linked.
        ended_at: when the link was ended.
        last_at: when the two last spoke.
        trouble: why they cannot speak, as this node met it.
        ahead: how far its clock is ahead of this node's; negative when it is behind.
        takes_nothing: whether nothing that it sends is taken, by its limit.
        head_at: when a signed head of its audit log last came.
        fault: what speaks against its audit log being the one that it was; empty for none.
        fault_at: when that was seen.
        unknown: the classes of data that it told, and this version does not know.
        refused: how many things that it sent today were refused.
        lost: how many things for it waited too long in the last month, and were given up.
        refused_there: why it did not take the newest thing of today that it did not, and how many those are.
        lacks: the code of the organisation for which this node speaks to it, where this node does not have that.

    """

    above: bool
    joined_at: datetime
    ended_at: datetime | None = None
    last_at: datetime | None = None
    trouble: str = ""
    ahead: timedelta | None = None
    takes_nothing: bool = False
    head_at: datetime | None = None
    fault: str = ""
    fault_at: datetime | None = None
    unknown: Sequence[str] = ()
    refused: int = 0
    lost: int = 0
    refused_there: tuple[str, int] = ("", 0)
    lacks: str = ""


def state(seen: Seen, *, now: datetime) -> State:
    """How a link stands, in a word."""
    if seen.ended_at is not None:
        return State.ENDED
    if seen.last_at is None:
        return State.NEVER
    if _is_silent(seen, now):
        return State.AWAY
    return State.WRONG if any(wrong(seen, now=now)) else State.SOUND


def wrong(seen: Seen, *, now: datetime) -> Iterator[Wrong]:
    """What is wrong with a link, the worst first; nothing of one that was ended."""
    if seen.ended_at is not None:
        return
    if seen.fault:
        yield Wrong(
            what=f"Its audit log does not agree with what it was{_on(seen.fault_at)}: {seen.fault}",
            advice="Ask whoever runs it whether it was put back to a backup then. If nobody knows of that, take it for"
            " broken into: withdraw what it sent, and have an auditor compare its log with what is kept here.",
        )
    yield from _contact(seen, now)
    yield from _audit(seen, now)
    yield from _data(seen)
    if seen.ahead is not None and abs(seen.ahead) > CLOCKS_APART:
        yield Wrong(
            what=f"Its clock is {clocks(seen.ahead)}.",
            advice="Let both nodes take the time from a time server. No data is lost by it, but times are wrong by as"
            " much.",
        )


def _on(at: datetime | None) -> str:
    return f", as was seen on {at.day} {at:%B %Y at %H:%M} UTC" if at else ""


def _contact(seen: Seen, now: datetime) -> Iterator[Wrong]:
    if seen.trouble:
        what, _, advice = seen.trouble.partition("\n")
        yield Wrong(what=what, advice=_by_guide(what) or advice)
    elif seen.last_at is None and now - seen.joined_at > SILENT_AFTER:
        yield Wrong(what="It has not spoken with this node since it was linked.", advice=_silence(seen))
    elif _is_silent(seen, now):
        yield Wrong(what="It does not speak with this node.", advice=_silence(seen))


def _is_silent(seen: Seen, now: datetime) -> bool:
    return seen.last_at is not None and now - seen.last_at > SILENT_AFTER


def _silence(seen: Seen) -> str:
    if seen.above:
        return "See that the link process of this node runs: “watchward up” starts it, or “watchward serve link”."
    return (
        "See that it runs, and that it may reach this node. Its own page of links says what it meets. Whatever waits"
        " here is told when it comes back."
    )


def _by_guide(what: str) -> str:
    return next((advice for words, advice in _GUIDE if words in what), "")


def _audit(seen: Seen, now: datetime) -> Iterator[Wrong]:
    if seen.above or seen.takes_nothing or seen.last_at is None or _is_silent(seen, now):
        return
    if now - (seen.head_at or seen.joined_at) > HEAD_LATE_AFTER:
        yield Wrong(
            what="It has stopped saying where its audit log stands, which it does every hour."
            if seen.head_at
            else "It has never said where its audit log stands, which it should every hour.",
            advice="See that its worker runs: “watchward doctor” there says so.",
        )


def _data(seen: Seen) -> Iterator[Wrong]:
    if seen.lacks:
        yield Wrong(
            what=f"This node speaks for {seen.lacks}, and has no such organisation: it cannot take what is for it.",
            advice="Import the organisations: “watchward estate import”. What was refused is asked for again then.",
        )
    reason, count = seen.refused_there
    if count:
        yield Wrong(
            what=f"{'At least ' if count >= KEPT_REFUSALS else ''}{count:,} of the things that it was told today"
            f" {'was' if count == 1 else 'were'} refused there."
            f" The last: {reason}",
            advice="Tell whoever runs that node. What left this node lists each, with the reason.",
        )
    if seen.takes_nothing:
        yield Wrong(
            what="Nothing that it sends is taken: it may send 0 things a day.",
            advice="When the node is sound again, say how much it may send.",
        )
    elif seen.refused:
        yield Wrong(
            what=f"{seen.refused:,} of the things that it sent today {'was' if seen.refused == 1 else 'were'} refused.",
            advice="Look at what came in, with the reasons.",
        )
    if seen.lost:
        yield Wrong(
            what=f"{seen.lost:,} {'thing' if seen.lost == 1 else 'things'} for it waited too long in the last 30 days"
            f" and {'was' if seen.lost == 1 else 'were'} given up.",
            advice="It will not learn of them by this link. What left this node says which class and when.",
        )
    if seen.unknown:
        yield Wrong(
            what=f"It tells things that this version does not know: {', '.join(seen.unknown)}.",
            advice="Bring this node up to date; it asks for them then by itself.",
        )


def clocks(ahead: timedelta | None) -> str:
    """How far a clock is from this node's, in words.

    >>> clocks(timedelta(seconds=-200)), clocks(timedelta(seconds=2)), clocks(timedelta(hours=3))
    ('3 minutes behind', 'the same', '3 hours ahead')

    """
    if ahead is None:
        return "not known"
    apart = abs(ahead)
    if apart <= timedelta(seconds=5):
        return "the same"
    units = (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1)))
    unit, length = next((one for one in units if apart >= one[1]), ("second", timedelta(seconds=1)))
    count = apart // length
    return f"{count:,} {unit}{'' if count == 1 else 's'} {'ahead' if ahead > timedelta(0) else 'behind'}"
