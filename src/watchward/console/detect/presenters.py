"""How alerts look in a list: words and parameters of NHS components, nothing that asks the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils import timezone

from watchward.console.detect.filters import AlertFilter, Order, Standing
from watchward.console.detect.models import Alert
from watchward.console.detect.queries import PAGE, AlertPage, Overview
from watchward.console.detect.weighing import why_here
from watchward.console.harm.presenters import figure
from watchward.detect.alerts.attack import in_plain_words, technique
from watchward.detect.alerts.triage import AlertState, CloseReason
from watchward.detect.sigma.rule import Level

LEVEL_COLOURS: Final = {
    Level.CRITICAL: "red",
    Level.HIGH: "orange",
    Level.MEDIUM: "yellow",
    Level.LOW: "blue",
    Level.INFORMATIONAL: "grey",
}
_STATE_COLOURS: Final = {
    AlertState.OPEN: "purple",
    AlertState.ACKNOWLEDGED: "aqua-green",
    AlertState.CLOSED: "white",
}
Parameters = dict[str, Any]


def times(count: int) -> str:
    """How often something happened, in words.

    >>> times(1), times(2), times(1204)
    ('once', 'twice', '1,204 times')

    """
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def short_moment(at: datetime) -> str:
    """A moment in a list, in the country's own time.

    >>> from datetime import UTC
    >>> short_moment(datetime(2026, 7, 1, 13, 5, tzinfo=UTC))
    '1 Jul 2026, 14:05'

    """
    local = timezone.localtime(at)
    return f"{local.day} {local:%b %Y, %H:%M}"


def level_tag(level: Level) -> Parameters:
    """How serious a rule is, as the NHS tag wants it."""
    return {"text": level.value.capitalize(), "colour": LEVEL_COLOURS[level]}


def state_tag(state: AlertState) -> Parameters:
    """Where an alert stands, as the NHS tag wants it."""
    return {"text": state.value.capitalize(), "colour": _STATE_COLOURS[state]}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """One alert in a list."""

    alert: Alert

    @property
    def title(self) -> str:
        """What the rule is called."""
        return self.alert.rule.title

    @property
    def plain(self) -> str:
        """What is suspected, for someone without an IT team."""
        return in_plain_words(self.alert.rule.tags)

    @property
    def level(self) -> Parameters:
        """How serious, as a tag."""
        return level_tag(self.alert.named_level)

    @property
    def state(self) -> Parameters:
        """Where it stands, as a tag."""
        return state_tag(AlertState(self.alert.state))

    @property
    def sure(self) -> Parameters | None:
        """That it may still change, as a tag; None where it may not."""
        return {"text": "May still change", "colour": "grey"} if self.alert.provisional else None

    @property
    def why(self) -> str:
        """Why it stands here."""
        return why_here(self.alert)

    @property
    def times(self) -> str:
        """How often it happened."""
        return times(self.alert.count)

    @property
    def when(self) -> str:
        """When it happened last."""
        return short_moment(self.alert.last_at)

    @property
    def since(self) -> str:
        """When it happened first, if that was at another minute."""
        first = short_moment(self.alert.first_at)
        return "" if first == self.when else first

    @property
    def reason(self) -> str:
        """Why it was closed, if it was."""
        return CloseReason(self.alert.closed_reason).label if self.alert.closed_reason else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertListPresenter:
    """A page of alerts, with everything that narrows and orders it."""

    page: AlertPage
    asked: AlertFilter
    may_handle: bool

    @property
    def rows(self) -> list[AlertRow]:
        """The alerts of this page."""
        return [AlertRow(alert=alert) for alert in self.page.alerts]

    @property
    def heading(self) -> str:
        """How many there are, of what kind."""
        kind = {
            Standing.WAITING: "waiting for someone",
            Standing.OPEN: "that nobody has acknowledged",
            Standing.ACKNOWLEDGED: "that someone is looking at",
            Standing.CLOSED: "that are closed",
        }[self.asked.standing]
        noun = "alert" if self.page.total == 1 else "alerts"
        return f"{self.page.total:,} {noun} {kind}"

    @property
    def levels(self) -> list[Parameters]:
        """How many of each level, each a link to just those."""
        return [
            {**level_tag(level), "count": count, "href": self.asked.address(levels=(level,))}
            for level, count in reversed(self.page.by_level.items())
            if count
        ]

    @property
    def standings(self) -> list[Parameters]:
        """Tabs by what people have done."""
        return [
            {
                "text": standing.label,
                "href": self.asked.address(standing=standing),
                "current": standing is self.asked.standing,
            }
            for standing in Standing
        ]

    @property
    def narrowed_by(self) -> list[Parameters]:
        """What narrows the list, each with the address without it."""
        asked = self.asked
        chosen: Mapping[str, str] = {
            "levels": ", ".join(level.value for level in asked.levels),
            "organisation": asked.organisation,
            "rule": self.page.alerts[0].rule.title if asked.rule and self.page.alerts else asked.rule,
            "technique": f"{asked.technique} {technique(asked.technique).name}" if asked.technique else "",
            "device": asked.device,
            "text": asked.text,
            "assignee": {"me": "given to me", "nobody": "given to nobody"}.get(asked.assignee, ""),
        }
        return [
            {
                "name": name.rstrip("s"),
                "value": value,
                "href": asked.address(**{name: () if name == "levels" else ""}),
            }
            for name, value in chosen.items()
            if value
        ]

    @property
    def orders(self) -> list[Parameters]:
        """The orders that may be chosen."""
        return [{"value": o.value, "text": o.label, "selected": o is self.asked.order} for o in Order]

    @property
    def level_choices(self) -> list[Parameters]:
        """The levels that may be chosen, as checkboxes."""
        return [
            {"value": level.value, "text": level.value.capitalize(), "checked": level in self.asked.levels}
            for level in reversed(Level)
        ]

    @property
    def assignees(self) -> list[Parameters]:
        """Whose alerts may be chosen."""
        choices = {"": "Anyone", "me": "Me", "nobody": "Nobody"}
        return [{"value": key, "text": text, "selected": key == self.asked.assignee} for key, text in choices.items()]

    @property
    def pagination(self) -> Parameters | None:
        """The pages of the list, as the NHS component wants them."""
        return pagination(self.page.number, self.page.pages, lambda number: self.asked.address(page=number))

    @property
    def shown(self) -> str:
        """Which of the alerts this page shows."""
        first = (self.page.number - 1) * PAGE + 1
        return f"{first:,} to {first + len(self.page.alerts) - 1:,} of {self.page.total:,}"

    @property
    def here(self) -> str:
        """The address of this page."""
        return self.asked.address(page=self.page.number)


def pagination(number: int, pages: int, address: Any) -> Parameters | None:
    """The pages around one page, with the first and the last; nothing where there is only one."""
    if pages < 2:  # noqa: PLR2004 - a list of one page needs no pages
        return None
    near = sorted({1, pages, *range(max(1, number - 1), min(pages, number + 1) + 1)})
    items: list[Parameters] = []
    for before, one in zip([0, *near], near, strict=False):
        if one - before > 1:
            items.append({"ellipsis": True})
        items.append({"number": one, "href": address(one), "current": one == number})
    found: Parameters = {"items": items}
    if number > 1:
        found["previous"] = {"href": address(number - 1)}
    if number < pages:
        found["next"] = {"href": address(number + 1)}
    return found


def reasons(chosen: str = "") -> Sequence[Parameters]:
    """The reasons for closing, as radios."""
    return [
        {
            "value": reason.value,
            "text": reason.label,
            "hint": {"text": reason.meaning},
            "checked": reason.value == chosen,
        }
        for reason in CloseReason
        if reason.is_for_people
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewPresenter:
    """One page for those who answer for an area."""

    overview: Overview
    at: datetime
    may_see_alerts: bool
    may_see_harm: bool = False

    @property
    def heading(self) -> str:
        """The finding, in one line."""
        critical, unseen = self.overview.waiting[Level.CRITICAL], self.overview.unseen[Level.CRITICAL]
        if unseen:
            return f"{unseen:,} critical {'alert waits' if unseen == 1 else 'alerts wait'} for someone"
        if critical:
            which = "the one critical alert" if critical == 1 else f"each of {critical:,} critical alerts"
            return f"Someone is looking at {which}"
        return "No critical alert waits for anyone"

    @property
    def worst(self) -> list[Parameters]:
        """Where most harm is expected of an alert that waits, the most first."""
        return [
            {"place": one.organisation, "harm": figure(one.harm), "critical": one.critical, "high": one.high}
            for one in self.overview.worst
        ]

    @property
    def any_critical(self) -> bool:
        """Whether any critical alert waits, looked at or not."""
        return bool(self.overview.waiting[Level.CRITICAL])

    @property
    def unseen_href(self) -> str:
        """The list of what is asked about: the most serious alerts that nobody looks at."""
        level = Level.CRITICAL if self.overview.unseen[Level.CRITICAL] else Level.HIGH
        return AlertFilter(levels=(level,), standing=Standing.OPEN).address()

    @property
    def levels(self) -> list[Parameters]:
        """How many wait, and how many of them nobody looks at, most serious first."""
        return [
            {
                **level_tag(level),
                "waiting": self.overview.waiting[level],
                "waiting_href": AlertFilter(levels=(level,)).address(),
                "unseen": self.overview.unseen[level],
                "unseen_href": AlertFilter(levels=(level,), standing=Standing.OPEN).address(),
            }
            for level in reversed(Level)
        ]

    @property
    def asked(self) -> list[str]:
        """What is asked of the reader."""
        found = []
        if self.overview.stale:
            noun = "critical alert has" if self.overview.stale == 1 else "critical alerts have"
            found.append(
                f"{self.overview.stale:,} {noun} waited longer than a day and nobody has said that they are looking. "
                "Ask who is on call, and whether they need help from outside."
            )
        elif unseen := self.overview.unseen[Level.CRITICAL]:
            noun = "critical alert has" if unseen == 1 else "critical alerts have"
            found.append(f"{unseen:,} {noun} come within the last day, and nobody is looking yet. Ask who is on call.")
        unseen = self.overview.unseen[Level.HIGH]
        if unseen > _MANY:
            found.append(
                f"Nobody is looking at {unseen:,} high alerts. Ask whether there are enough people for what comes."
            )
        return found


_MANY: Final = 50
"""So many high alerts without anyone say that there are too few people."""
