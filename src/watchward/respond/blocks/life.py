"""The life of a block: proposed, tried by a canary group, in force, lifted; who must agree, and what ends it.

All rules are here and nowhere else. Each step takes a life and gives the next, or says why not. Set in ADR 0225.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from watchward.respond.blocks.errors import BlockError


class State(StrEnum):
    """Where a block stands; the values are stored."""

    PROPOSED = "proposed"
    CANARY = "canary"
    IN_FORCE = "in_force"
    LIFTED = "lifted"

    @property
    def label(self) -> str:
        """The state in words."""
        return _STATES[self]


_STATES: Final = {
    State.PROPOSED: "Proposed",
    State.CANARY: "Being tried",
    State.IN_FORCE: "In force",
    State.LIFTED: "Lifted",
}


class Reach(StrEnum):
    """How far a block goes; the values are stored."""

    ORGANISATION = "organisation"
    REGION = "region"
    NATION = "nation"

    @property
    def label(self) -> str:
        """For whom it holds, in words."""
        return _REACHES[self]

    @property
    def wide(self) -> bool:
        """Whether it goes beyond one organisation."""
        return self is not Reach.ORGANISATION

    @property
    def people(self) -> int:
        """How many people must agree."""
        return 2 if self is Reach.NATION else 1


_REACHES: Final = {
    Reach.ORGANISATION: "One organisation",
    Reach.REGION: "A region or board, and all below it",
    Reach.NATION: "All organisations",
}


class Because(StrEnum):
    """Why a block was lifted; the values are stored."""

    CARE = "care"
    ENDED = "ended"
    FADED = "faded"
    INDICATOR = "indicator"
    LAPSED = "lapsed"
    PERSON = "person"
    SENDER = "sender"
    UNREVIEWED = "unreviewed"

    @property
    def label(self) -> str:
        """The reason in words."""
        return _BECAUSE[self]


_BECAUSE: Final = {
    Because.CARE: "Care systems began to fail.",
    Because.ENDED: "Its time was up.",
    Because.FADED: "It is no longer believed as much as the policy asks.",
    Because.INDICATOR: "Its indicator was withdrawn.",
    Because.LAPSED: "Nobody decided on it in time.",
    Because.PERSON: "Somebody lifted it.",
    Because.SENDER: "Whoever sent it lifted it.",
    Because.UNREVIEWED: "It was put in force in an emergency, and nobody else reviewed it in time.",
}

LONGEST: Final = timedelta(days=366)
"""No block holds longer without somebody deciding on it again."""

USUAL: Final = timedelta(days=30)
"""How long a block holds where nobody says otherwise."""

LAPSES: Final = timedelta(days=7)
"""A proposal that nobody decided on."""

TRIED_FOR: Final = timedelta(hours=1)
"""How long a canary group has a block before anybody else."""

CHECKED_WITHIN: Final = timedelta(hours=24)
"""How old the harm check may be when a block goes further."""

REVIEWED_WITHIN: Final = timedelta(hours=4)
"""After an emergency, until when somebody else must have said whether the block stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who takes a step: a person, or a program by a written policy.

    Args:
        key: what tells them from everybody else.
        person: whether it is a person.

    """

    key: str
    person: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What has happened to a block.

    Args:
        reach: how far it is to go.
        proposed_at: when somebody proposed it.
        until: when it ends by itself.
        well_known: whether a list of what everybody uses has it, so that no program may block it.
        state: where it stands.
        agreed: the people who agreed to it, by their keys; with a policy's among them where that alone decides.
        checked_at: when harm was last checked.
        canary_at: when the canary group got it.
        in_force_at: since when it is in force.
        emergency: who put it in force alone; empty where nobody did.
        review_by: until when somebody else must have reviewed that; None where nobody must.
        lifted_at: when it was lifted, and `because` of what.

    """

    reach: Reach
    proposed_at: datetime
    until: datetime
    well_known: bool = False
    state: State = State.PROPOSED
    agreed: tuple[str, ...] = ()
    checked_at: datetime | None = None
    canary_at: datetime | None = None
    in_force_at: datetime | None = None
    emergency: str = ""
    review_by: datetime | None = None
    lifted_at: datetime | None = None
    because: Because | None = None

    @property
    def missing(self) -> int:
        """How many people have yet to agree."""
        return max(0, self.reach.people - len(self.agreed))

    @property
    def since(self) -> datetime | None:
        """Since when it holds anywhere; None where it does not."""
        if self.state not in (State.CANARY, State.IN_FORCE):
            return None
        moments = [at for at in (self.canary_at, self.in_force_at) if at is not None]
        return min(moments, default=None)


def propose(reach: Reach, *, at: datetime, until: datetime | None = None, well_known: bool = False) -> Life:
    """A block that somebody wants.

    Raises:
        BlockError: it would end before it began, or never.

    """
    ends = until if until is not None else at + USUAL
    _end(ends, at)
    return Life(reach=reach, proposed_at=at, until=ends, well_known=well_known)


def check(life: Life, *, at: datetime) -> Life:
    """The block, of which the harm was checked."""
    _open(life)
    return replace(life, checked_at=at)


def agree(life: Life, *, by: Who) -> Life:
    """The block, to which one more agrees. A policy may agree for one organisation, to what few people use.

    Raises:
        BlockError: they may not, or have already.

    """
    if life.state not in (State.PROPOSED, State.CANARY):
        raise BlockError(f"A block that is {life.state.label.lower()} needs no agreement.", advice=_AGAIN)
    if not by.person and life.reach.wide:
        raise BlockError("A policy cannot agree for more than one organisation.", advice="Let people decide.")
    if not by.person and life.well_known:
        raise BlockError("A policy cannot block what is well known.", advice="Let a person decide.")
    if by.key in life.agreed:
        raise BlockError("You have agreed to this block.", advice="Ask somebody else to look at it and to agree.")
    return replace(life, agreed=(*life.agreed, by.key))


def try_out(life: Life, *, at: datetime, members: int) -> Life:
    """The block, which a canary group of so many organisations has from now on.

    Raises:
        BlockError: too few agreed, harm was not checked, or there is nobody to try it.

    """
    _stands(life, State.PROPOSED)
    _in_time(life, at)
    _decided(life)
    if not life.reach.wide:
        raise BlockError("A block for one organisation needs no canary group.", advice="Put it in force.")
    if members < 1:
        raise BlockError("The canary group has no members.", advice="Say which organisations try blocks first.")
    _checked(life, at)
    return replace(life, state=State.CANARY, canary_at=at)


def enforce(life: Life, *, at: datetime) -> Life:
    """The block, which is in force from now on.

    One organisation decides for itself. What goes further was tried by the canary group for its time, and for all
    organisations its harm is checked again after it was.

    Raises:
        BlockError: it is too soon, too few agreed, or harm was not checked.

    """
    _stands(life, State.CANARY if life.reach.wide else State.PROPOSED)
    _in_time(life, at)
    _decided(life)
    if life.reach.wide:
        assert life.canary_at is not None  # it stands at the canary group
        _checked(life, at)
        if at < life.canary_at + TRIED_FOR:
            raise BlockError(
                f"The canary group has had this block for less than {_hours(TRIED_FOR)}.",
                advice="Wait, or put it in force as an emergency, which somebody else then reviews.",
            )
        if life.reach is Reach.NATION and (life.checked_at is None or life.checked_at < life.canary_at + TRIED_FOR):
            raise BlockError(
                "Its harm was not checked since the canary group tried it.",
                advice="Check it again: the group's own systems may have contacted it.",
            )
    return replace(life, state=State.IN_FORCE, in_force_at=at)


def in_emergency(life: Life, *, by: Who, at: datetime) -> Life:
    """The block, which one person puts in force at once; somebody else reviews it, or it is lifted.

    Harm is checked before, as always.

    Raises:
        BlockError: no person does it, harm was not checked, or it is in force or lifted.

    """
    _stands(life, State.PROPOSED, State.CANARY)
    _in_time(life, at)
    if not by.person:
        raise BlockError("Only a person can say that it is an emergency.", advice="Let a person decide.")
    if life.reach.wide:
        _checked(life, at)
    agreed = life.agreed if by.key in life.agreed else (*life.agreed, by.key)
    return replace(
        life,
        state=State.IN_FORCE,
        in_force_at=at,
        agreed=agreed,
        emergency=by.key,
        review_by=at + REVIEWED_WITHIN,
    )


def keep(life: Life, *, by: Who, at: datetime) -> Life:
    """The block, of which somebody else says after an emergency that it stays.

    Raises:
        BlockError: nobody need review it, or they may not.

    """
    _stands(life, State.IN_FORCE)
    _in_time(life, at)
    if life.review_by is None:
        raise BlockError("This block needs no review.", advice=_AGAIN)
    if not by.person or by.key == life.emergency:
        raise BlockError(
            "Whoever put a block in force alone cannot review it.", advice="Ask somebody else to look at it."
        )
    agreed = life.agreed if by.key in life.agreed else (*life.agreed, by.key)
    return replace(life, review_by=None, agreed=agreed)


def extend(life: Life, *, by: Who, at: datetime, until: datetime) -> Life:
    """The block, which ends at another time.

    A longer one for all organisations is decided as a new one is; until then the old end holds.

    Raises:
        BlockError: it is lifted, the end is no end, or two people must decide.

    """
    _open(life)
    _in_time(life, at)
    _end(until, at)
    if not by.person:
        raise BlockError("Only a person can let a block hold longer.", advice="Let a person decide.")
    if until > life.until and life.reach is Reach.NATION:
        raise BlockError(
            "A block for all organisations cannot simply hold longer.",
            advice="Propose it anew, so that its harm is checked and two people agree.",
        )
    return replace(life, until=until)


def lift(life: Life, *, because: Because, at: datetime) -> Life:
    """The block, lifted. Whoever may do that may do it at any time, alone."""
    _open(life)
    return replace(life, state=State.LIFTED, lifted_at=at, because=because, review_by=None)


def due(life: Life, *, now: datetime) -> Because | None:
    """Why time lifts a block; None while it does not."""
    if life.state is State.LIFTED:
        return None
    if life.until <= now:
        return Because.ENDED
    if life.review_by is not None and life.review_by <= now:
        return Because.UNREVIEWED
    if life.state is State.PROPOSED and life.proposed_at + LAPSES <= now:
        return Because.LAPSED
    return None


def holds(life: Life, *, now: datetime) -> bool:
    """Whether it blocks anything for anybody now."""
    return life.since is not None and due(life, now=now) is None


_AGAIN: Final = "Look at it again: somebody may have decided a moment ago."


def _stands(life: Life, *states: State) -> None:
    if life.state not in states:
        raise BlockError(f"This block is {life.state.label.lower()}.", advice=_AGAIN)


def _open(life: Life) -> None:
    if life.state is State.LIFTED:
        raise BlockError("This block was lifted.", advice="Propose it anew.")


def _in_time(life: Life, at: datetime) -> None:
    if (why := due(life, now=at)) is not None:
        raise BlockError(f"This block is over: {why.label[0].lower()}{why.label[1:]}", advice="Propose it anew.")


def _decided(life: Life) -> None:
    if life.missing:
        who = "person" if life.missing == 1 else "people"
        raise BlockError(f"{life.missing} more {who} must agree.", advice="Ask somebody else who may decide.")


def _checked(life: Life, at: datetime) -> None:
    if life.checked_at is None or at - life.checked_at > CHECKED_WITHIN:
        raise BlockError(
            f"What this block would do to care was not checked within {_hours(CHECKED_WITHIN)}.",
            advice="Check it, and look at what was found, before it goes further.",
        )


def _end(until: datetime, at: datetime) -> None:
    if not at < until <= at + LONGEST:
        raise BlockError(
            "A block must end after now, and within a year.", advice="Give an end; it can be decided on again."
        )


def _hours(span: timedelta) -> str:
    count = round(span / timedelta(hours=1))
    return f"{count} hour{'' if count == 1 else 's'}"
