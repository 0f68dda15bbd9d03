"""The REST API of sharing an alert: what would go, sharing it, and taking it back."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require
from watchward.console.asked import seen, viewer_of
from watchward.console.detect.models import Alert
from watchward.console.detect.queries import alert_visible_to, is_outside
from watchward.console.intel import sharing_actions, sharing_queries
from watchward.console.intel.models import SharedAlert
from watchward.console.intel.sharing_presenters import SharePresenter
from watchward.console.intel.sharing_queries import Proposal, Wanted
from watchward.intel.markings import Tlp
from watchward.intel.offering import Offer, Standing
from watchward.telemetry.masking import masked_value

router = Router(tags=["Sharing alerts"])
CLOCK = SystemClock()
Level = Literal["clear", "green", "amber", "amber_strict"]


class ThingOut(Schema):
    """A thing that an alert names: what it is, whether it may go (name it by its `key`), and why.

    `goes` needs nobody's word; `asked` goes only if you name it, and so does `common`, which everybody runs; `never`
    and `taken` do not go.
    """

    key: str
    kind: str
    value: str
    field: str
    standing: Standing
    why: str


class CollectionOut(Schema):
    """A collection to which you may add."""

    id: UUID
    title: str


class ProposalOut(Schema):
    """What would be shared of an alert as it usually is: a sentence, and what can be chosen.

    `refusal` says why it cannot go as it stands. Of an alert that an `indicator` raised, a sighting of that goes.
    `nodes_not_told` counts linked nodes that are not told, because it is for more organisations than can be named.
    """

    sentence: str
    refusal: str
    indicator: str | None
    things: list[ThingOut]
    collections: list[CollectionOut]
    groups: list[str]
    reached: int
    nodes_not_told: int


class Share(Schema):
    """How an alert is to be shared.

    Without `things`, all go that need nobody's word. `level` is one of the Traffic Light Protocol; a `group` keeps it
    to its members. If not `named`, the receivers are not told whose it is. `confidence`: how sure you are, of 100.
    """

    collection: UUID
    level: Level = "green"
    group: str = Field(default="", max_length=200)
    named: bool = True
    confidence: int = Field(default=75, ge=0, le=100)
    things: list[str] | None = Field(default=None, max_length=200)


class SharedThing(Schema):
    """A thing that was shared, and the identifier of its indicator."""

    kind: str
    value: str
    indicator: str


class SharedOut(Schema):
    """How an alert was shared: what went, where, for how many other organisations, and whether it was withdrawn."""

    id: UUID
    collection: UUID
    level: str
    group: str
    named: bool
    things: list[SharedThing]
    sightings: list[str]
    reached: int
    shared_at: datetime
    shared_by: str
    withdrawn_at: datetime | None
    withdrawn_by: str

    @staticmethod
    def resolve_collection(shared: SharedAlert) -> UUID:
        """The collection's identifier."""
        return shared.collection_id

    @staticmethod
    def resolve_level(shared: SharedAlert) -> str:
        """The level as the protocol writes it."""
        return Tlp(shared.level).text


@router.get("/alerts/{key}/share", response=ProposalOut)
def proposal(request: HttpRequest, key: UUID) -> dict[str, object]:
    """What would be shared of an alert as it usually is, with all that stays here and why."""
    alert = _alert(request, key)
    found = sharing_queries.proposal(viewer_of(request), alert)
    outside = is_outside(viewer_of(request), alert.organisation)
    return _told(found, outside=outside)


@router.post("/alerts/{key}/share", response=SharedOut)
def share(request: HttpRequest, key: UUID, body: Share) -> SharedAlert:
    """Share it. Read first what would go: this shows it to nobody once more."""
    alert, viewer = _alert(request, key), viewer_of(request)
    places = {one.pk: one for one in sharing_queries.proposal(viewer, alert).collections}
    if body.collection not in places:
        raise BadInputError(
            "There is no such collection that you may add to.", advice="Name one that GET …/share offers."
        )
    wanted = Wanted(
        collection=places[body.collection],
        level=Tlp[body.level.upper()],
        group=body.group,
        named=body.named,
        confidence=body.confidence,
        things=None if body.things is None else frozenset(body.things),
    )
    return sharing_actions.share_alert(by=viewer, alert=alert.pk, wanted=wanted, clock=CLOCK)


@router.get("/alerts/{key}/shares", response=list[SharedOut])
def shares(request: HttpRequest, key: UUID) -> list[SharedAlert]:
    """How it was shared, the latest first; 20 at most."""
    viewer = viewer_of(request)
    return sharing_queries.shares_of(viewer, seen(alert_visible_to(viewer, key)))


@router.post("/alerts/{key}/shares/{shared}/withdraw", response=SharedOut)
def withdraw_share(request: HttpRequest, key: UUID, shared: UUID) -> SharedAlert:
    """Take back what was shared: whoever has it is told that it is revoked."""
    found = seen(sharing_queries.share_of(viewer_of(request), shared))
    seen(found.alert == key or None)
    return sharing_actions.withdraw_share(by=viewer_of(request), shared=found, clock=CLOCK)


def _alert(request: HttpRequest, key: UUID) -> Alert:
    found = seen(alert_visible_to(viewer_of(request), key))
    require(viewer_of(request), Permission.INTEL_ADD, at=found.organisation)
    return found


def _told(found: Proposal, *, outside: bool) -> dict[str, object]:
    return {
        "sentence": SharePresenter(proposal=found, outside=outside).sentence,
        "refusal": found.refusal,
        "nodes_not_told": found.nodes.too_many,
        "indicator": found.indicator.stix_id if found.indicator else None,
        "things": [_thing(one, outside=outside) for one in found.offered.offers],
        "collections": [{"id": one.pk, "title": one.title} for one in found.collections],
        "groups": list(found.groups),
        "reached": found.reached,
    }


def _thing(one: Offer, *, outside: bool) -> dict[str, object]:
    value = str(masked_value(one.observable.value)) if outside else one.observable.value
    return {
        "key": one.key if one.may_go else "",
        "kind": one.observable.kind.value,
        "value": value,
        "field": one.field,
        "standing": one.standing,
        "why": one.why,
    }
