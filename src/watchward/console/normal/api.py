"""The REST API of what is normal here: the same queries and actions as the pages."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console.access.guard import require, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.detect.models import Alert
from watchward.console.detect.queries import alert_visible_to
from watchward.console.normal import actions, queries
from watchward.console.normal.adapters import said
from watchward.console.normal.looking import LONGEST_REASON, Wanted, look, subject_of
from watchward.console.normal.models import Normal
from watchward.console.normal.queries import Hit
from watchward.detect.sigma.ir import How
from watchward.detect.sigma.normal import DAYS, LONGEST_TEXT, MOST_DAYS, Asks, text_of

router = Router(tags=["What is normal here"])
CLOCK = SystemClock()


class AsksIO(Schema):
    """What a filter asks of one field of an event."""

    field: str = Field(min_length=1, max_length=200)
    how: How = How.EQUALS
    text: str = Field(max_length=LONGEST_TEXT)


class PlaceOut(Schema):
    """Where a filter may hold: name it by its `key`."""

    key: str
    label: str


class SubjectOut(Schema):
    """A rule that the alert's events met: name it by its `id`."""

    id: str
    title: str


class ProposalOut(Schema):
    """What a filter made of an alert may ask, for which rule, and where it may hold.

    For the alert of a correlation there may be several `rules`; what may be asked is for the one that was named.
    """

    rules: list[SubjectOut]
    asks: list[AsksIO]
    places: list[PlaceOut]
    days: int
    most_days: int


class Look(Schema):
    """What is to be normal. `place` is the key of one of the places that are offered, `rule` the id of a rule."""

    asks: list[AsksIO] = Field(min_length=1, max_length=50)
    rule: str = Field(default="", max_length=100)
    place: str = "device"
    days: int = Field(default=DAYS, ge=1, le=MOST_DAYS)


class Make(Look):
    """What is to be normal, and why.

    `in_spite` says why it is made although it would have hidden a true attack, and is needed only then; `close` closes
    the open alerts of which nothing would have been left, too.
    """

    reason: str = Field(min_length=1, max_length=LONGEST_REASON)
    in_spite: str = Field(default="", max_length=LONGEST_REASON)
    close: bool = False


class HitOut(Schema):
    """A past alert that would have been hidden, or of which `met` of the `known` events would have been."""

    alert: UUID
    device: str
    organisation: str
    last_at: datetime
    whole: bool
    met: int
    known: int
    attack: str

    @staticmethod
    def resolve_alert(one: Hit) -> UUID:
        """The alert's identifier."""
        return one.alert.pk

    @staticmethod
    def resolve_device(one: Hit) -> str:
        """Its device."""
        return one.alert.device

    @staticmethod
    def resolve_organisation(one: Hit) -> str:
        """Its organisation's code."""
        return one.alert.organisation.code

    @staticmethod
    def resolve_last_at(one: Hit) -> datetime:
        """When it happened last."""
        return one.alert.last_at


class PreviewOut(Schema):
    """What a filter would have hidden, true attacks first; `unknown` alerts no longer say enough.

    `warning` says what to think about first, where it is as broad as its rule.
    """

    filter: str
    warning: str
    total: int
    looked_at: int
    unknown: int
    attacks: int
    hits: list[HitOut]


class NormalOut(Schema):
    """A filter that somebody made; without an organisation it holds everywhere."""

    id: UUID
    rule: str
    title: str
    organisation: str | None
    below: bool
    device: str
    asks: list[AsksIO]
    reason: str
    in_spite: str
    author: str = Field(alias="author_name")
    made_at: datetime
    expires_on: date
    ended_at: datetime | None
    ended_by: str = Field(alias="ended_by_name")
    ended_reason: str
    hidden: int
    hidden_last_at: datetime | None

    @staticmethod
    def resolve_rule(one: Normal) -> str:
        """The rule's identifier."""
        return one.rule_id

    @staticmethod
    def resolve_title(one: Normal) -> str:
        """The rule's title."""
        return one.rule.title

    @staticmethod
    def resolve_organisation(one: Normal) -> str | None:
        """The organisation's code."""
        return one.organisation.code if one.organisation else None

    @staticmethod
    def resolve_asks(one: Normal) -> list[dict[str, str]]:
        """What it asks of an event."""
        return [{"field": field, "how": how, "text": text} for field, how, text in one.asks]


class OneNormalOut(NormalOut):
    """A filter with its Sigma text."""

    filter: str

    @staticmethod
    def resolve_filter(one: Normal) -> str:
        """The Sigma filter, as gateways read it."""
        return text_of(said(one))


class End(Schema):
    """Why a filter ends before it expires."""

    reason: str = Field(min_length=1, max_length=LONGEST_REASON)


@router.get("/alerts/{key}/normal", response=ProposalOut)
def proposal(request: HttpRequest, key: UUID, rule: str = "") -> dict[str, object]:
    """What a filter made of an alert may ask, for the first of its rules or the one that is named, and where."""
    viewer, alert = viewer_of(request), _alert(request, key)
    subjects = queries.subjects(alert)
    subject = subject_of(alert, rule) if subjects else None
    return {
        "rules": [one.rule for one in subjects],
        "asks": queries.proposal(viewer, alert, subject),
        "places": queries.places(viewer, alert, subject),
        "days": DAYS,
        "most_days": MOST_DAYS,
    }


@router.post("/alerts/{key}/normal/preview", response=PreviewOut)
def preview(request: HttpRequest, key: UUID, body: Look) -> dict[str, object]:
    """What a filter would have hidden; nothing is changed."""
    looked = look(viewer_of(request), _alert(request, key), _wanted(body), CLOCK.now().date())
    found = looked.found
    return {
        "filter": looked.text,
        "warning": looked.warning,
        "total": found.total,
        "looked_at": found.looked_at,
        "unknown": found.unknown,
        "attacks": len(found.attacks),
        "hits": found.hits,
    }


@router.post("/alerts/{key}/normal", response=NormalOut)
def make(request: HttpRequest, key: UUID, body: Make) -> Normal:
    """Say that what an alert shows is normal. One that would have hidden a true attack needs `in_spite`."""
    alert = _alert(request, key)
    return actions.make_normal(by=viewer_of(request), alert=alert.pk, wanted=_wanted(body), clock=CLOCK)


@router.get("/normal", response=list[NormalOut])
def normals(request: HttpRequest, state: Literal["in_force", "over"] = "in_force") -> list[Normal]:
    """What is normal here: at most 500 in force, those that end first; or the latest 100 that are over."""
    viewer, today = viewer_of(request), CLOCK.now().date()
    require_anywhere(viewer, Permission.RULE_VIEW)
    return queries.normals_in_force(viewer, today) if state == "in_force" else queries.normals_over(viewer, today)


@router.get("/normal/{key}", response=OneNormalOut)
def normal(request: HttpRequest, key: UUID) -> Normal:
    """One filter, with its Sigma text."""
    return seen(queries.normal_visible_to(viewer_of(request), key))


@router.post("/normal/{key}/end", response=NormalOut)
def end(request: HttpRequest, key: UUID, body: End) -> Normal:
    """End it before it expires."""
    found = seen(queries.normal_visible_to(viewer_of(request), key))
    return actions.end_normal(by=viewer_of(request), normal=found, reason=body.reason, clock=CLOCK)


def _alert(request: HttpRequest, key: UUID) -> Alert:
    found = seen(alert_visible_to(viewer_of(request), key))
    require(viewer_of(request), Permission.RULE_TUNE, at=found.organisation)
    return found


def _wanted(body: Look) -> Wanted:
    made = body if isinstance(body, Make) else None
    return Wanted(
        asks=tuple(Asks(field=one.field, how=one.how, text=one.text) for one in body.asks),
        place=body.place,
        rule=body.rule,
        days=body.days,
        reason=made.reason if made else "",
        in_spite=made.in_spite if made else "",
        close=made.close if made else False,
    )
