"""How filters that people make look: words and parameters of NHS components."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from typing import Any, Final

from watchward.console.detect.presenters import AlertRow
from watchward.console.normal.looking import Looked, Wanted
from watchward.console.normal.models import Normal
from watchward.console.normal.queries import Hit, Place, Subject
from watchward.detect.explain.phrasing import quoted
from watchward.detect.sigma.ir import How
from watchward.detect.sigma.normal import DAYS, MOST_DAYS, Asks

Parameters = dict[str, Any]

LISTED: Final = 20
"""Past alerts that a preview lists; all are counted, and all true attacks are listed."""

_HOW: Final = {
    How.EQUALS: "is exactly",
    How.STARTS: "starts with",
    How.ENDS: "ends with",
    How.CONTAINS: "contains",
}
_LONG: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRow:
    """One field of the event, as the form offers it."""

    number: int
    asks: Asks
    used: bool

    @property
    def long(self) -> bool:
        """Whether the text needs more than one line."""
        return len(self.asks.text) > _LONG

    @property
    def how_choices(self) -> list[Parameters]:
        """The ways of comparing, as the NHS select wants them."""
        return [{"value": how.value, "text": text, "selected": how is self.asks.how} for how, text in _HOW.items()]


@dataclass(frozen=True, slots=True, kw_only=True)
class HitRow:
    """One past alert that would have been hidden."""

    hit: Hit

    @property
    def row(self) -> AlertRow:
        """The alert as lists show it."""
        return AlertRow(alert=self.hit.alert)

    @property
    def much(self) -> str:
        """How much of it would have been hidden."""
        alert, hit = self.hit.alert, self.hit
        if not hit.known:
            return "nobody can tell any more: its events have expired"
        if not hit.whole:
            return f"{hit.met:,} of the {hit.known:,} events that are kept"
        return (
            "all of it" if hit.known >= alert.count else f"all {hit.known:,} events that are kept, of {alert.count:,}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPresenter:
    """The form with which something is said to be normal, and what it would have hidden once that was asked."""

    row: AlertRow
    subjects: Sequence[Subject]
    proposal: Sequence[Asks]
    wanted: Wanted
    places: Sequence[Place]
    looked: Looked | None = None
    error: str = ""

    @property
    def rows(self) -> list[FieldRow]:
        """The fields that are offered, as they were chosen."""
        chosen = {one.field: one for one in self.wanted.asks}
        return [
            FieldRow(number=number, asks=chosen.get(one.field, one), used=one.field in chosen)
            for number, one in enumerate(self.proposal)
        ]

    @property
    def chosen(self) -> Subject | None:
        """For what the filter is."""
        return next((one for one in self.subjects if self.wanted.rule in ("", one.rule.pk)), None)

    @property
    def others_to_choose(self) -> list[Subject]:
        """For what else it could be: the other rules that a correlation's events met."""
        return [one for one in self.subjects if one is not self.chosen]

    @property
    def correlated(self) -> bool:
        """Whether a correlation raised the alert, so that the filter is for a rule that it reads."""
        return self.chosen is not None and self.chosen.rule.pk != self.row.alert.rule_id

    @property
    def place_choices(self) -> list[Parameters]:
        """Where it may hold, as NHS radios want it."""
        return [{"value": one.key, "text": one.label, "checked": one.key == self.wanted.place} for one in self.places]

    @property
    def mark(self) -> str:
        """Stands for what the filter asks, and where: what was looked at is what is saved."""
        said = repr((self.wanted.asks, self.wanted.place, self.wanted.rule))
        return sha256(said.encode()).hexdigest()[:16]

    @property
    def most_days(self) -> int:
        """For how long at most."""
        return MOST_DAYS

    @property
    def attacks(self) -> list[HitRow]:
        """The true attacks among what it would have hidden."""
        return [HitRow(hit=hit) for hit in self.looked.found.attacks] if self.looked else []

    @property
    def others(self) -> list[HitRow]:
        """The newest of the other alerts that it would have hidden."""
        found = self.looked.found.hits if self.looked else ()
        return [HitRow(hit=hit) for hit in found if not hit.attack][:LISTED]

    @property
    def closable(self) -> int:
        """How many open alerts could be closed with it."""
        found = self.looked.found.whole if self.looked else []
        return sum(1 for hit in found if not hit.attack and not hit.alert.closed)

    @property
    def heading(self) -> str:
        """What it would have done, in a sentence."""
        if self.looked is None:
            return ""
        found = self.looked.found
        whole = len(found.whole)
        part = sum(1 for hit in found.hits if hit.met and not hit.whole)
        parts = f", and part of {_alerts(part)}" if part else ""
        return f"It would have hidden {_alerts(whole)}{parts}"


def first_wanted(proposal: Sequence[Asks], rule: str) -> Wanted:
    """What the form shows first: every field, for this device alone."""
    return Wanted(asks=tuple(proposal), place="device", rule=rule, reason="", days=DAYS)


@dataclass(frozen=True, slots=True, kw_only=True)
class NormalRow:
    """One filter in a list, and on its own page."""

    normal: Normal
    today: date

    @property
    def where(self) -> str:
        """Where it holds."""
        normal = self.normal
        if normal.organisation is None:
            return "Every organisation of this node"
        if normal.device:
            return f"{normal.device} at {normal.organisation.name}"
        return f"{normal.organisation.name}{' and everything below it' if normal.below else ''}"

    @property
    def asks(self) -> list[str]:
        """What the filter asks of an event."""
        return [f"{field} {_HOW[How(how)]} {quoted(text)}" for field, how, text in self.normal.asks]

    @property
    def until(self) -> str:
        """Until when it holds, or why it no longer does."""
        normal = self.normal
        day = f"{normal.expires_on.day} {normal.expires_on:%B %Y}"
        if normal.ended_at is not None:
            return f"Ended by {normal.ended_by_name}: {normal.ended_reason}"
        if not normal.in_force(self.today):
            return f"Expired on {day}"
        left = (normal.expires_on - self.today).days
        return f"Until {day} ({left:,} {'day' if left == 1 else 'days'} left)"

    @property
    def in_force(self) -> bool:
        """Whether it hides anything now."""
        return self.normal.in_force(self.today)


def _alerts(count: int) -> str:
    return "1 alert" if count == 1 else f"{count:,} alerts"
