"""How links look on a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watchward.console.estate.presenters import ago
from watchward.console.jinja import moment
from watchward.console.link.forms import MEGABYTE
from watchward.console.link.models import HeldHead, Passage, Peer
from watchward.console.link.presenters import label_of, seen_of
from watchward.console.link.queries import COMING, LEAVING, Figures
from watchward.console.node.presenters import size_in_words
from watchward.link import standing
from watchward.link.standing import HEAD_LATE_AFTER, Seen, State, Wrong

Params = dict[str, object]

_TAGS: Final = {
    State.NEVER: ("Never spoke", "yellow"),
    State.AWAY: ("Away", "red"),
    State.WRONG: ("Needs attention", "orange"),
    State.SOUND: ("In contact", "green"),
    State.ENDED: ("Ended", "grey"),
}
_ORDER: Final = {State.AWAY: 0, State.WRONG: 0, State.NEVER: 1, State.SOUND: 2, State.ENDED: 3}

_FATES: Final = {
    Passage.Fate.LEFT: ("Left", "blue"),
    Passage.Fate.WITHHELD: ("Withheld", "grey"),
    Passage.Fate.LOST: ("Given up", "red"),
    Passage.Fate.CAME: ("Taken", "green"),
    Passage.Fate.REFUSED: ("Refused", "red"),
    Passage.Fate.UNKNOWN: ("Not known here", "yellow"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One side of what passed: what left, or what came in.

    Args:
        route: the page's name.
        title: its heading.
        lead: what it shows, in a sentence.
        whom: the heading of the column of nodes.
        fates: what may have become of a thing.

    """

    route: str
    title: str
    lead: str
    whom: str
    fates: tuple[Passage.Fate, ...]

    @property
    def choices(self) -> dict[str, str]:
        """What the list can be narrowed to, by the word in the address."""
        return {fate.value: _FATES[fate][0] for fate in self.fates}


LEFT: Final = Side(
    route="links-left",
    title="What left this node",
    lead="Every class of data that this node told others, day by day: to whom, how much and why. Also what was"
    " withheld, and what waited too long and was given up. Nothing else leaves by a link.",
    whom="To",
    fates=LEAVING,
)
CAME: Final = Side(
    route="links-came",
    title="What came in",
    lead="Every class of data that other nodes sent, day by day, and what of it was not taken, with the reason.",
    whom="From",
    fates=COMING,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """A node at the other end of a link."""

    peer: Peer
    figures: Figures
    now: datetime

    @property
    def seen(self) -> Seen:
        """What is known of it."""
        return seen_of(self.peer, self.figures)

    @property
    def state(self) -> State:
        """How the link stands."""
        return standing.state(self.seen, now=self.now)

    @property
    def tag(self) -> Params:
        """The same, as a tag."""
        text, colour = _TAGS[self.state]
        return {"text": text, "colour": colour}

    @property
    def wrong(self) -> list[Wrong]:
        """What is wrong, and what to do."""
        return list(standing.wrong(self.seen, now=self.now))

    @property
    def where(self) -> str:
        """Where it stands to this node."""
        place = self.peer.organisation
        if self.peer.is_parent:
            return "Above this node"
        if place is None or place.name == self.peer.name:
            return "Below this node"
        return f"Below this node, speaks for {place.name}"

    @property
    def last(self) -> str:
        """When the two last spoke."""
        return _begun(ago(self.peer.last_at, self.now))

    @property
    def clocks(self) -> str:
        """How far its clock is from this node's."""
        skew = self.peer.skew_seconds
        return standing.clocks(None if skew is None else timedelta(seconds=skew))

    @property
    def log(self) -> str:
        """What its audit log says of itself."""
        head = self.figures.head
        if self.peer.is_parent:
            return "It does not say"
        if head is None:
            return "Nothing yet"
        when = ago(head.seen_at, self.now)
        if self.figures.faulty:
            return f"Does not agree; last heard {when}"
        return f"{'Agrees, last heard' if self.now - head.seen_at <= HEAD_LATE_AFTER else 'Silent since'} {when}"

    @property
    def order(self) -> tuple[int, bool, str]:
        """Its place in a list: first what needs somebody, and the node above before those below."""
        return (_ORDER[self.state], not self.peer.is_parent, self.peer.name)

    @property
    def megabytes(self) -> int:
        """How many a child may send a day, rounded up."""
        return -(-self.peer.most_bytes_a_day // MEGABYTE)


def _begun(text: str) -> str:
    """A text with its first letter large."""
    return text[:1].upper() + text[1:]


def finding(linked: Sequence[Linked]) -> str:
    """How all links stand, in one sentence."""
    alive = [one for one in linked if one.state is not State.ENDED]
    bad = sum(1 for one in alive if one.state in (State.AWAY, State.WRONG))
    new = sum(1 for one in alive if one.state is State.NEVER)
    if not alive:
        return "This node is linked with no other."
    many = f"{len(alive):,} linked {'node' if len(alive) == 1 else 'nodes'}"
    if bad:
        return f"{bad:,} of {many} {'needs' if bad == 1 else 'need'} somebody."
    if new:
        return f"{new:,} of {many} {'has' if new == 1 else 'have'} yet to speak with this one."
    return "The one linked node is in contact." if len(alive) == 1 else f"All {many} are in contact."


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """How much of one class passed on one day."""

    passage: Passage

    @property
    def tag(self) -> Params:
        """What became of it."""
        text, colour = _FATES[Passage.Fate(self.passage.fate)]
        return {"text": text, "colour": colour}

    @property
    def label(self) -> str:
        """The class."""
        return label_of(self.passage.kind)

    @property
    def day(self) -> str:
        """The day, in words."""
        return f"{self.passage.day.day} {self.passage.day:%B %Y}"

    @property
    def why(self) -> str:
        """Why it passed, or did not."""
        return _begun(self.passage.why)

    @property
    def size(self) -> str:
        """How many bytes, in words."""
        return size_in_words(self.passage.size)

    @property
    def when(self) -> str:
        """When the first and the last of it passed, where that differs."""
        first, last = f"{self.passage.first_at:%H:%M}", f"{self.passage.last_at:%H:%M}"
        return f"at {last} UTC" if first == last else f"{first} to {last} UTC"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadRow:
    """A signed head of an audit log, as a page shows it."""

    head: HeldHead

    @property
    def verdict(self) -> str:
        """Whether something speaks against it."""
        return self.head.faults or "Follows the one before"

    @property
    def came(self) -> str:
        """When it came, and until when it came again."""
        again = self.head.seen_at - self.head.came_at > timedelta(minutes=1)
        return moment(self.head.came_at) + (f", and the same until {moment(self.head.seen_at)}" if again else "")
