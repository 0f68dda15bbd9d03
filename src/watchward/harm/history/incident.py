"""An incident of the past: what it took away, for how long, and what was published of the care that it displaced."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from watchward.estate.care.service import ServiceKind
from watchward.estate.care.system import SystemKind
from watchward.harm.history.fact import Assumption, Fact

HOURS_OF_DAY = 24
HOURS_OF_WEEK = 168


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From an hour on, how much of something was left.

    Args:
        hour: hours since the incident began.
        left: the share of ordinary capacity that was left, 0 to 1: published, or assumed.

    """

    hour: int
    left: Fact | Assumption


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """What an incident took away, and how it came back.

    Args:
        kinds: the kinds of system or service that shared this fate, at every hospital of the incident.
        steps: what was left of them, from when on, in order of the hour.

    """

    kinds: tuple[SystemKind | ServiceKind, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """What the hospitals of an incident ordinarily did in a week.

    Args:
        kind: which service.
        weekly: how much, in the service's unit; 1 where only shares were published. A range is carried through.

    """

    kind: ServiceKind
    weekly: Fact | Assumption


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A published figure that the model must predict: care that was displaced within a stretch of hours.

    Args:
        key: its name within the whole of history.
        title: what was counted, as a reader understands it.
        services: the services whose displaced care is added up.
        first: the first hour that counts, since the incident began.
        end: the hour before which counting ends.
        published: the figure.
        as_share: whether it is a share of the ordinary activity of those hours, and not a number.

    """

    key: str
    title: str
    services: tuple[ServiceKind, ...]
    first: int
    end: int
    published: Fact
    as_share: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What was published of one incident.

    Args:
        key: its name in commands and JSON.
        title: its name in words.
        story: what happened, in a few sentences.
        begins: the hour of the week, from Monday midnight, at which it began.
        hours: for how many hours we follow it.
        hospitals: over how many hospitals its figures were taken, more or less.
        activity: ordinary activity of the services that the figures count.
        losses: what it took away.
        figures: what the model must predict.
        left_out: published figures that we do not test against, each with the reason.

    """

    key: str
    title: str
    story: str
    begins: int
    hours: int
    hospitals: int
    activity: tuple[Activity, ...]
    losses: tuple[Loss, ...]
    figures: tuple[Figure, ...]
    left_out: tuple[str, ...] = ()

    def assumptions(self) -> Iterator[Assumption]:
        """Everything about it that nobody published."""
        seen: set[str] = set()
        stated = [step.left for loss in self.losses for step in loss.steps] + [own.weekly for own in self.activity]
        for one in stated:
            if isinstance(one, Assumption) and one.name not in seen:
                seen.add(one.name)
                yield one

    def weekly(self) -> Mapping[ServiceKind, float]:
        """What we take for an ordinary week, by service."""
        return {own.kind: own.weekly.value for own in self.activity}
