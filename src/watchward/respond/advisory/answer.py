"""What becomes of an organisation's answer to a high severity alert, and by when the next word is due.

The clocks are those of the health service (ADR 0233): a first answer within 48 hours of being asked, then word every
three days until it is closed; it is closed by having done what was asked, by not being concerned, or by a decision to
carry the risk. Nothing pauses a clock: attackers do not wait either.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from watchward.base.errors import BadInputError


class Standing(StrEnum):
    """How far an answer has come; the values are stored."""

    ASKED = "asked"
    LOOKING = "looking"
    APPLIES = "applies"
    UNAFFECTED = "unaffected"
    DONE = "done"
    RISK_ACCEPTED = "risk_accepted"
    RELEASED = "released"

    @property
    def label(self) -> str:
        """As it stands in lists."""
        return _LABELS[self]

    @property
    def is_open(self) -> bool:
        """Whether something is still to come."""
        return self in _OPEN


_LABELS: Final = {
    Standing.ASKED: "No answer yet",
    Standing.LOOKING: "Finding out",
    Standing.APPLIES: "Applies, acting",
    Standing.UNAFFECTED: "Does not apply",
    Standing.DONE: "Done",
    Standing.RISK_ACCEPTED: "Risk accepted",
    Standing.RELEASED: "No longer asked",
}
_OPEN: Final = frozenset({Standing.ASKED, Standing.LOOKING, Standing.APPLIES})


class Step(StrEnum):
    """What whoever answers may say."""

    ACKNOWLEDGE = "acknowledge"
    APPLY = "apply"
    UPDATE = "update"
    ASK_HELP = "ask_help"
    NOT_CONCERNED = "not_concerned"
    FINISH = "finish"
    ACCEPT_RISK = "accept_risk"
    REOPEN = "reopen"

    @property
    def said(self) -> str:
        """What was done, for a time line."""
        return _SAID[self]


_SAID: Final = {
    Step.ACKNOWLEDGE: "Has seen it, and is finding out",
    Step.APPLY: "Said that it applies",
    Step.UPDATE: "Told how far it is",
    Step.ASK_HELP: "Asked for help",
    Step.NOT_CONCERNED: "Said that it does not apply",
    Step.FINISH: "Said that everything asked is done",
    Step.ACCEPT_RISK: "Decided to carry the risk",
    Step.REOPEN: "Took back the answer",
}

_LEADS: Final = {
    Step.ACKNOWLEDGE: Standing.LOOKING,
    Step.APPLY: Standing.APPLIES,
    Step.NOT_CONCERNED: Standing.UNAFFECTED,
    Step.FINISH: Standing.DONE,
    Step.ACCEPT_RISK: Standing.RISK_ACCEPTED,
}
_FROM: Final = {
    Standing.ASKED: (Step.ACKNOWLEDGE, Step.APPLY, Step.ASK_HELP, Step.NOT_CONCERNED, Step.FINISH, Step.ACCEPT_RISK),
    Standing.LOOKING: (Step.APPLY, Step.UPDATE, Step.ASK_HELP, Step.NOT_CONCERNED, Step.FINISH, Step.ACCEPT_RISK),
    Standing.APPLIES: (Step.UPDATE, Step.ASK_HELP, Step.NOT_CONCERNED, Step.FINISH, Step.ACCEPT_RISK),
    Standing.UNAFFECTED: (Step.REOPEN,),
    Standing.DONE: (Step.REOPEN,),
    Standing.RISK_ACCEPTED: (Step.REOPEN,),
    Standing.RELEASED: (),
}


class Clock(StrEnum):
    """Which clock runs."""

    ANSWER = "answer"
    UPDATE = "update"
    ACT = "act"

    @property
    def label(self) -> str:
        """What is due, in words."""
        return _DUE[self]


_DUE: Final = {
    Clock.ANSWER: "A first answer",
    Clock.UPDATE: "An update",
    Clock.ACT: "Everything that is asked",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How long organisations have.

    Args:
        answer: for a first answer, from being asked.
        update: for word of how far it is, from the last word.

    """

    answer: timedelta = timedelta(hours=48)
    update: timedelta = timedelta(days=3)


TERMS: Final = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Where one organisation stands with one alert.

    Args:
        standing: how far it has come.
        asked_at: when it was asked, or asked again.
        said_at: when it last said anything; the same as `asked_at` until it has.
        wants_help: it asked for help, and nothing that it said since is an end.

    """

    standing: Standing
    asked_at: datetime
    said_at: datetime
    wants_help: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What is due next, and by when."""

    clock: Clock
    by: datetime

    def late(self, now: datetime) -> bool:
        """Whether the time is over."""
        return self.by <= now


def asked(at: datetime) -> Answer:
    """An answer that is asked for."""
    return Answer(standing=Standing.ASKED, asked_at=at, said_at=at)


def may_say(standing: Standing) -> tuple[Step, ...]:
    """What may be said next."""
    return _FROM[standing]


def after(answer: Answer, step: Step, *, at: datetime) -> Answer:
    """Where an organisation stands after it has said something.

    Raises:
        BadInputError: it cannot be said from where it stands.

    >>> first = asked(datetime(2026, 3, 2, 9))
    >>> after(first, Step.FINISH, at=datetime(2026, 3, 2, 10)).standing.value
    'done'

    """
    if step not in _FROM[answer.standing]:
        raise BadInputError(
            f"The answer is “{answer.standing.label}” already.",
            advice="Look at it again: somebody may have answered a moment ago. An answer can be taken back.",
        )
    helped = answer.wants_help or step is Step.ASK_HELP
    match step:
        case Step.UPDATE:
            standing = answer.standing
        case Step.ASK_HELP | Step.REOPEN:
            standing = Standing.LOOKING if answer.standing is not Standing.APPLIES else Standing.APPLIES
        case _:
            standing = _LEADS[step]
    return replace(answer, standing=standing, said_at=at, wants_help=helped and standing.is_open)


def due(answer: Answer, *, act_by: datetime, terms: Terms = TERMS) -> Due | None:
    """What is due next; None once the answer is closed. Whatever is due is never due after the actions are.

    Args:
        answer: where the organisation stands.
        act_by: by when everything asked is to be done.
        terms: how long organisations have.

    """
    if not answer.standing.is_open:
        return None
    clock, by = Clock.UPDATE, answer.said_at + terms.update
    if answer.standing is Standing.ASKED:
        clock, by = Clock.ANSWER, answer.asked_at + terms.answer
    return Due(clock=clock, by=by) if by < act_by else Due(clock=Clock.ACT, by=act_by)


def needs_note(step: Step, *, small: bool) -> bool:
    """Whether something has to be said in words with it.

    A risk is carried by somebody's decision, which is written down. That an alert does not apply is said with its
    reason; a small organisation says it in one tap.
    """
    return step is Step.ACCEPT_RISK or (step is Step.NOT_CONCERNED and not small)
