"""The classes of data that travel over links: each domain registers its own, in its `AppConfig.ready`.

    register(
        Kind(
            name="sighting",
            way=Way.UP,
            label="Sightings of indicators",
            take=actions.take_sighting,
            withdraw=actions.withdraw_sightings,
        )
    )

Nothing else ever leaves a node by a link, and nothing else is taken from one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from watchward.console.link.models import Peer
from watchward.link.stream import Envelope

COMPLETE = "link.complete"
"""What ends the state in a new epoch; it is the link's own, and no class of data."""

FOR_NOBODY_HERE = "This node has none of the organisations that it is for."
"""Why something is refused whose receivers are not known here; it is asked for again when organisations come."""


class Way(StrEnum):
    """Which way a class of data may travel."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A class of data.

    Something is either *state* (a list of what holds: indicators, blocks), with `holding` and `drop`, or an *event*
    (what happened: a sighting), which has neither. Events are kept for eight days after they were told, and told again
    to a peer that was put back to a backup; `take` is called for each only once.

    Args:
        name: what envelopes of it carry; never changed.
        way: which way it travels.
        label: as pages name it, in the plural.
        take: gives a thing its effect, in the caller's transaction, idempotent by the envelope's identifier. A
            `WatchwardError` that it raises refuses that one thing, with the reason, and is told to its sender.
        holding: all that holds now for a peer, told anew in a new epoch; `made_at` must not change while the thing
            does not. None for events.
        drop: called when a peer has told all that holds, with the identifiers that it told since: whatever it told
            earlier and not again holds no longer. None for events.
        withdraw: undoes all that a child ever sent, and returns how much that was; needed by what goes up.
        held: how much of what a child sent has its effect now, for whoever is about to withdraw it; without it they
            are told how much came.
        let_out: whether it is told where nobody has decided.
        take_many: the same as `take` for many at once, where one by one would take too long; why some are refused, by
            their identifiers. Only for what is state.
        hold: locks rows that several things of it need, before any part of a batch has its effect (ADR 0270); given
            the identifiers of what the batch tells, or None where it ends an epoch, so that anything may be dropped.

    """

    name: str
    way: Way
    label: str
    take: Callable[[Envelope, Peer, datetime], None]
    holding: Callable[[Peer], Iterator[Envelope]] | None = None
    drop: Callable[[Peer, frozenset[str]], None] | None = None
    withdraw: Callable[[Peer], int] | None = None
    held: Callable[[Peer], int] | None = None
    let_out: bool = True
    take_many: Callable[[Sequence[Envelope], Peer, datetime], Mapping[str, str]] | None = None
    hold: Callable[[Peer, Sequence[str] | None], None] | None = None

    def __post_init__(self) -> None:
        if (self.holding is None) != (self.drop is None):
            raise ValueError(f"{self.name}: what holds can be told anew and dropped, an event neither")
        if self.is_event and self.take_many:
            raise ValueError(f"{self.name}: events are taken one by one")
        if self.way is not Way.DOWN and self.withdraw is None:
            raise ValueError(f"{self.name}: whatever a child sends must be withdrawn by one command")

    @property
    def is_event(self) -> bool:
        """Whether it happened once, and is not in a list of what holds."""
        return self.holding is None

    def may_go_to(self, peer: Peer) -> bool:
        """Whether it travels towards that peer at all."""
        return self.way in ({Way.UP, Way.BOTH} if peer.is_parent else {Way.DOWN, Way.BOTH})

    def may_come_from(self, peer: Peer) -> bool:
        """Whether that peer may send it at all."""
        return self.way in ({Way.DOWN, Way.BOTH} if peer.is_parent else {Way.UP, Way.BOTH})

    def is_let_out_to(self, peer: Peer) -> bool:
        """Whether this node's policy lets it out to that peer."""
        return bool(peer.lets_out.get(self.name, self.let_out))


_registered: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Let a class of data travel."""
    _registered[kind.name] = kind


def named(name: str) -> Kind | None:
    """A class of data, unless this version does not know it."""
    return _registered.get(name)


def all_kinds() -> list[Kind]:
    """Every class of data, by its label."""
    return sorted(_registered.values(), key=lambda kind: kind.label)


def forget(name: str) -> None:
    """Let a class of data travel no longer."""
    _registered.pop(name, None)
