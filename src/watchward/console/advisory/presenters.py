"""How high severity alerts and their answers look on a page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watchward.console.advisory.filters import WHICH
from watchward.console.advisory.models import Advisory, Answer
from watchward.console.advisory.queries import Place
from watchward.console.harm.presenters import figure
from watchward.console.jinja import day
from watchward.estate.organisation import OrganisationKind
from watchward.harm.losing import HOURS
from watchward.respond.advisory.answer import Clock, Standing, Step, may_say
from watchward.respond.advisory.content import SMALL, Severity
from watchward.respond.advisory.proposal import Likely
from watchward.respond.advisory.speaking import Voice

Params = dict[str, object]

DAYS: Final = HOURS // 24
_STANDING_COLOUR: Final = {
    Standing.ASKED: "yellow",
    Standing.LOOKING: "blue",
    Standing.APPLIES: "orange",
    Standing.UNAFFECTED: "grey",
    Standing.DONE: "green",
    Standing.RISK_ACCEPTED: "purple",
    Standing.RELEASED: "grey",
}
_LIKELY_COLOUR: Final = {Likely.APPLIES: "orange", Likely.NOT: "grey", Likely.UNKNOWN: "white"}
_TWO_DAYS: Final = timedelta(hours=48)


def severity_tag(advisory: Advisory) -> Params:
    """How much hurry there is."""
    severity = Severity(advisory.severity)
    return {"text": severity.label, "colour": "red" if severity is Severity.CRITICAL else "orange"}


def standing_tag(answer: Answer) -> Params:
    """Where an answer stands."""
    return {"text": answer.stands.label, "colour": _STANDING_COLOUR[answer.stands]}


def standing_label(standing: str) -> str:
    """Where an answer stood, in words."""
    return Standing(standing).label


def likely_tag(likely: str) -> Params:
    """What is proposed."""
    return {"text": Likely(likely).label, "colour": _LIKELY_COLOUR[Likely(likely)]}


def told_of(answer: Answer) -> str:
    """What is proposed to an organisation, in the words that it reads, for somebody else."""
    return f"{Likely(answer.likely).label}. They read: “{answer.why}”"


def kind_label(kind: str) -> str:
    """A kind of organisation in words."""
    return OrganisationKind(kind).label


def is_small(answer: Answer) -> bool:
    """Whether the organisation is of a kind that has no people for computers."""
    return answer.kind in SMALL


def spoke(answer: Answer) -> str:
    """Who spoke last, as the end of a sentence."""
    match Voice(answer.voice):
        case Voice.NOBODY:
            return ""
        case Voice.OWN:
            return f"said by {answer.by_name}"
        case Voice.FOR:
            return f"answered for you by {answer.by_name}"


def is_late(answer: Answer, now: datetime) -> bool:
    """Whether what is due has not come."""
    return answer.due_by is not None and answer.due_by <= now


def due(answer: Answer, now: datetime) -> str:
    """What is due and when, in a sentence; empty where nothing is.

    Args:
        answer: whose.
        now: the moment from which it is seen.

    """
    if answer.due_by is None:
        return ""
    what = Clock(answer.due_clock).label
    if answer.due_by <= now:
        return f"{what} is late: it was due {lasting(now - answer.due_by)} ago"
    return f"{what} is due within {lasting(answer.due_by - now)}"


def lasting(span: timedelta) -> str:
    """How long something lasts, as people say it.

    >>> [lasting(timedelta(minutes=one)) for one in (1, 30, 90, 60 * 47, 60 * 49)]
    ['1 minute', '30 minutes', '1 hour', '47 hours', '2 days']

    """
    for unit, size in (("day", timedelta(days=1)), ("hour", timedelta(hours=1)), ("minute", timedelta(minutes=1))):
        number = span // size
        if number and not (unit == "day" and span < _TWO_DAYS):
            return f"{number:,} {unit}{'' if number == 1 else 's'}"
    return "a minute"


def stake_said(stake: float | None) -> str:
    """What losing the organisation would cost patients."""
    return "Not known" if stake is None else figure(stake)


def by_when(advisory: Advisory) -> str:
    """By when an alert is to be acted on: the first action, where that is sooner than all of them.

    The caller has read the alert whole.
    """
    first, last = day(min(action.by for action in advisory.says.actions)), day(advisory.act_by)
    return last if first == last else f"{first}; all of it by {last}"


def share(number: int, of: int) -> str:
    """A share in per cent.

    >>> share(1, 3), share(0, 0)
    ('33%', 'none')

    """
    return f"{round(100 * number / of)}%" if of else "none"


def finding(whole: Place) -> str:
    """How far all of it is, in one sentence."""
    if not whole.asked:
        return "Nobody is asked any more."
    are = "organisation is" if whole.asked == 1 else "organisations are"
    late = f" {whole.late:,} {'is' if whole.late == 1 else 'are'} late." if whole.late else " Nobody is late."
    return (
        f"{whole.asked:,} {are} asked: {whole.answered:,} ({share(whole.answered, whole.asked)}) answered, and "
        f"{whole.closed:,} ({share(whole.closed, whole.asked)}) came to an end.{late}"
    )


def standings_of(whole: Place) -> list[tuple[Standing, int]]:
    """Where how many stand, in the order of an answer's life, but for those that nobody is in."""
    return [(one, whole.standings[one]) for one in Standing if whole.standings[one]]


def which_choices() -> list[tuple[str, str]]:
    """The parts of the list of answers."""
    return list(WHICH.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """Something that may be said, as a button.

    Args:
        step: what.
        text: what the button says.
        main: it is the one that most will want.

    """

    step: Step
    text: str
    main: bool = False


_PLAIN: Final = (
    Button(step=Step.FINISH, text="We have done it", main=True),
    Button(step=Step.NOT_CONCERNED, text="This does not apply to us"),
    Button(step=Step.ASK_HELP, text="We need help"),
)
_FULL: Final = {
    Step.ACKNOWLEDGE: ("We have seen it and are finding out", "Within 48 hours of being asked."),
    Step.APPLY: ("It applies to us", "You will be asked how far you are every three days, until it is closed."),
    Step.UPDATE: ("It goes on: this is how far we are", "Say what was done and what is still to do."),
    Step.ASK_HELP: ("We need help", "Your board and the issuer see it at once."),
    Step.NOT_CONCERNED: ("It does not apply to us", "Say why: what you looked at, and what you found."),
    Step.FINISH: ("Everything that is asked is done", "It is closed."),
    Step.ACCEPT_RISK: ("We carry the risk", "Say who decided it, why, and until when. It is closed."),
}


def plain_buttons(answer: Answer) -> Sequence[Button]:
    """What a small organisation may say, each in one tap."""
    said = {Step.ASK_HELP} if answer.wants_help else set()
    return [one for one in _PLAIN if one.step in may_say(answer.stands) and one.step not in said]


def choices(answer: Answer, said: object) -> list[Params]:
    """What an organisation may say, as radio buttons."""
    return [
        {
            "value": step.value,
            "text": _FULL[step][0],
            "hint": {"text": _FULL[step][1]},
            "checked": step.value == said,
        }
        for step in may_say(answer.stands)
        if step in _FULL
    ]


def may_reopen(answer: Answer) -> bool:
    """Whether an answer may be taken back."""
    return Step.REOPEN in may_say(answer.stands)
