"""The part of the actions on filters that works out what one would be, and what it would have hidden."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import uuid4

from watchward.access.permissions import Permission
from watchward.base.errors import BadInputError
from watchward.console.access.guard import Actor, require
from watchward.console.access.models import User
from watchward.console.detect.models import Alert, Rule
from watchward.console.normal import queries
from watchward.console.normal.adapters import rule_as_loaded, said
from watchward.console.normal.models import Normal
from watchward.console.normal.queries import Place, Preview, Subject
from watchward.detect.sigma.covering import covers
from watchward.detect.sigma.ir import All, Condition, Text
from watchward.detect.sigma.normal import DAYS, MOST_DAYS, Asks, filter_in, text_of

LONGEST_REASON: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What somebody wants to be normal.

    Args:
        asks: what the filter asks of an event.
        place: the key of one of the places that are offered (`queries.places`).
        rule: for which of the rules that the alert's events met (`queries.subjects`); empty: the first of them.
        reason: why it is normal.
        days: for how many days.
        in_spite: why it is made although it would have hidden a true attack.
        close: close the open alerts of which nothing would have been left, too.

    """

    asks: tuple[Asks, ...]
    place: str
    reason: str
    rule: str = ""
    days: int = DAYS
    in_spite: str = ""
    close: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A filter as it would be, and what it would have hidden.

    `blinds` says that the rule could find nothing any more on the one device that it is for.
    """

    normal: Normal
    place: Place
    text: str
    found: Preview
    blinds: bool = False

    @property
    def warning(self) -> str:
        """What its author should think about before saving it; empty where there is nothing."""
        if self.blinds:
            return f"On {self.place.device}, this rule would find nothing any more, whatever happens there."
        if self.found.everything:
            return (
                f"It is as broad as the rule itself: it would have hidden all {self.found.total:,} alerts that the "
                "rule has ever raised there. What an attacker does may look the same."
            )
        return ""


def look(by: Actor, alert: Alert, wanted: Wanted, today: date) -> Looked:
    """What a filter would be, and what it would have hidden; nothing is changed.

    Raises:
        NotAllowedError: they may not say what is normal there.
        BadInputError: it cannot be made so; the advice says what to change.

    """
    require(by, Permission.RULE_TUNE, at=alert.organisation)
    require(by, Permission.ALERT_VIEW, at=alert.organisation)
    subject = subject_of(alert, wanted.rule)
    place = _place(by, alert, subject, wanted.place)
    normal = _new(by, alert, wanted, place, today)
    normal.rule = subject.rule
    text = text_of(said(normal))
    hidden = filter_in(text).hidden
    blinds = _refuse_everything(subject.rule, place, wanted)
    found = queries.preview(alert, subject.rule, hidden, place)
    if not any(hit.alert.pk == alert.pk for hit in found.hits):
        raise BadInputError(
            "It would not hide the alert that it is made of.",
            advice="Choose texts that this alert's event has.",
        )
    return Looked(normal=normal, place=place, text=text, found=found, blinds=blinds)


def subject_of(alert: Alert, rule: str) -> Subject:
    """For what a filter made of an alert is.

    Raises:
        BadInputError: no event of the alert met such a rule.

    """
    found = next((one for one in queries.subjects(alert) if rule in ("", one.rule.pk)), None)
    if found is None:
        raise BadInputError(
            "No event of this alert met such a rule.", advice="Choose one of the rules that are offered."
        )
    return found


def _place(by: Actor, alert: Alert, subject: Subject, key: str) -> Place:
    found = next((one for one in queries.places(by, alert, subject) if one.key == key), None)
    if found is None:
        raise BadInputError("Choose where it is normal.", advice="Choose one of the places that are offered.")
    return found


def _new(by: Actor, alert: Alert, wanted: Wanted, place: Place, today: date) -> Normal:
    if not 1 <= wanted.days <= MOST_DAYS:
        raise BadInputError(
            f"It cannot be normal for {wanted.days:,} days.", advice=f"Give a number of days from 1 to {MOST_DAYS}."
        )
    return Normal(
        id=uuid4(),
        alert=alert,
        organisation=place.organisation,
        organisation_path=place.organisation.path if place.organisation else "",
        below=place.below,
        device=place.device,
        asks=[[one.field, one.how.value, one.text] for one in wanted.asks],
        reason=wanted.reason.strip()[:LONGEST_REASON],
        in_spite=wanted.in_spite.strip()[:LONGEST_REASON],
        author=by if isinstance(by, User) else None,
        author_name=str(by)[:200],
        made_at=_midnight(today),
        expires_on=today + timedelta(days=wanted.days),
    )


def _refuse_everything(kept: Rule, place: Place, wanted: Wanted) -> bool:
    """Refuse what would switch the rule off, unless it is for one device; return whether it would."""
    rule = rule_as_loaded(kept)
    if rule is None:
        raise BadInputError(
            f"The rule “{kept.title}” is no longer there.",
            advice="Nothing raises such alerts any more: close this one.",
        )
    blinds = covers(_asked(wanted), rule.condition)
    if blinds and not place.device:
        raise BadInputError(
            f"It would hide everything that the rule “{rule.title}” can find.",
            advice="Ask for a text of this event that the rule itself does not ask for, or choose only this device.",
        )
    return blinds


def _asked(wanted: Wanted) -> Condition:
    return All(tuple(Text(one.field, one.how, one.text) for one in wanted.asks))


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
