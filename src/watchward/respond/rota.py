"""A rota: who is told of an alert, in which order, and when they are left in peace."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
"""Rotas are written in the time of the people on them."""

ALL_WEEK = frozenset(range(7))


class Channel(StrEnum):
    """How a person is reached; the values are stored and never change."""

    EMAIL = "email"
    SLACK = "slack"
    SMS_FORM = "sms_form"
    SMS_JSON = "sms_json"
    TEAMS = "teams"
    WEBHOOK = "webhook"

    @property
    def label(self) -> str:
        """As people choose it."""
        return _LABELS[self]

    @property
    def is_web(self) -> bool:
        """Whether it is reached by a request to an address, rather than by mail."""
        return self is not Channel.EMAIL


_LABELS = {
    Channel.EMAIL: "Email",
    Channel.SLACK: "Slack (incoming webhook)",
    Channel.SMS_FORM: "Text message (gateway that takes a form: To, From, Body)",
    Channel.SMS_JSON: "Text message (gateway that takes JSON: to, message)",
    Channel.TEAMS: "Microsoft Teams (workflow webhook)",
    Channel.WEBHOOK: "Another program (webhook with JSON)",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """A span of the day that returns on some days of the week; one that ends before it begins goes past midnight.

    Args:
        begin: its first moment.
        end: the first moment after it; the same as `begin` means the whole day.
        days: the days of the week on which it begins; Monday is 0.

    """

    begin: time
    end: time
    days: frozenset[int] = ALL_WEEK

    def holds(self, at: datetime) -> bool:
        """Whether a moment lies in it.

        >>> night = Hours(begin=time(22), end=time(7))
        >>> [night.holds(datetime(2026, 1, 5, hour, tzinfo=LONDON)) for hour in (3, 12, 23)]
        [True, False, True]

        """
        local = at.astimezone(LONDON)
        now, today = local.time(), local.weekday()
        if self.begin < self.end:
            return today in self.days and self.begin <= now < self.end
        return (today in self.days and now >= self.begin) or ((today - 1) % 7 in self.days and now < self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """Someone is on duty at some hours; at all hours without them."""

    contact: str
    hours: Hours | None = None

    def holds(self, at: datetime) -> bool:
        """Whether they are on duty at a moment."""
        return self.hours is None or self.hours.holds(at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One rung of the ladder.

    Args:
        duties: who may be on it.
        wait: how long its people have to acknowledge before the next rung is told as well.

    """

    duties: tuple[Duty, ...]
    wait: timedelta = timedelta(minutes=15)

    def on_duty(self, at: datetime) -> tuple[str, ...]:
        """The contacts that are on duty at a moment, each once, in their order."""
        return tuple(dict.fromkeys(duty.contact for duty in self.duties if duty.holds(at)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """How one organisation is told.

    Args:
        organisation: its code.
        tell_from: the level, by its rank, from which an alert is told at all.
        steps: the rungs, the first first.
        quiet: when nobody is disturbed for less than `disturb_from`.
        disturb_from: the level, by its rank, that is told in quiet hours too.
        repeat: how long after a notice the same person is told again, while nobody acknowledges.
        climbs: whether an alert that nobody answers goes on to the organisation above.

    """

    organisation: str
    tell_from: int
    steps: tuple[Step, ...]
    quiet: Hours | None = None
    disturb_from: int = 4
    repeat: timedelta = timedelta(minutes=30)
    climbs: bool = True
