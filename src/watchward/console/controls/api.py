"""The REST API of controls: the same queries and actions as the pages."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.controls import actions, presenters, queries
from watchward.console.controls.actions import NewSecret
from watchward.console.controls.connecting import connected, makes_to_renew
from watchward.console.controls.forms import wanted
from watchward.console.controls.models import Control
from watchward.console.controls.presenters import Shown
from watchward.lists.connecting import Program

router = Router(tags=["Controls"])
CLOCK = SystemClock()
MOST = 500


class ControlOut(Schema):
    """What reads the protective lists; `holds_now` is null where the server of lists has never run."""

    id: str
    name: str
    organisation: str
    forms: list[str]
    addresses: list[str]
    notify: list[str]
    enabled: bool
    last_read_at: datetime | None
    changed_at: datetime | None
    blocks: int | None
    holds_now: bool | None


class ControlIn(Schema):
    """What is to read: `program` is what it is."""

    organisation: str = Field(max_length=20)
    name: str = Field(min_length=1, max_length=200)
    program: Program
    addresses: list[str] = Field(default=[], max_length=50)
    notify: list[str] = Field(default=[], max_length=50)


class Renewal(Schema):
    """For which program the configuration is written; without one, what its forms tell."""

    program: Program | None = None


class SecretOut(Schema):
    """A control with its secrets and its configuration: the only time that they are told."""

    id: str
    secret: str
    transfer_key: str
    url: str
    zone: str
    configuration: str


@router.get("/controls", response=list[ControlOut])
def controls(request: HttpRequest) -> list[dict[str, object]]:
    """What reads the protective lists of the organisations that you may see, those behind first; 500 at most."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.CONTROL_VIEW)
    found = presenters.shown(queries.controls_visible_to(viewer), queries.standings(), now=CLOCK.now())
    return [_told(one) for one in found[:MOST]]


@router.post("/controls", response={201: SecretOut})
def add(request: HttpRequest, body: ControlIn) -> Status[dict[str, object]]:
    """Let something of an organisation read its lists."""
    viewer = viewer_of(request)
    place = seen(queries.organisation_to_manage(viewer, body.organisation))
    asked = wanted(body.program, name=body.name, addresses=body.addresses, notify=body.notify)
    made = actions.add_control(by=viewer, organisation=place, wanted=asked, clock=CLOCK)
    return Status(201, _secret(made, body.program))


@router.get("/controls/{key}", response=ControlOut)
def control(request: HttpRequest, key: str) -> dict[str, object]:
    """One of them."""
    found = seen(queries.control_visible_to(viewer_of(request), key))
    return _told(presenters.shown([found], queries.standings(), now=CLOCK.now())[0])


@router.post("/controls/{key}/renew", response=SecretOut)
def renew(request: HttpRequest, key: str, body: Renewal) -> dict[str, object]:
    """Give a control new secrets; its secret of before counts until the next renewal."""
    found = _managed(request, key)
    makes = makes_to_renew(found)
    if body.program is not None and body.program not in makes:
        raise BadInputError(f"It is no {body.program}.", advice=f"Use {' or '.join(makes)}.")
    made = actions.renew_control(by=viewer_of(request), control=found, clock=CLOCK)
    return _secret(made, body.program or makes[0])


@router.post("/controls/{key}/disable", response=ControlOut)
def disable(request: HttpRequest, key: str) -> dict[str, object]:
    """Let it read nothing more; what it read it blocks on, until somebody changes it there."""
    actions.disable_control(by=viewer_of(request), control=_managed(request, key), clock=CLOCK)
    return control(request, key)


@router.post("/controls/{key}/enable", response=ControlOut)
def enable(request: HttpRequest, key: str) -> dict[str, object]:
    """Let it read again."""
    actions.enable_control(by=viewer_of(request), control=_managed(request, key), clock=CLOCK)
    return control(request, key)


def _managed(request: HttpRequest, key: str) -> Control:
    found = seen(queries.control_visible_to(viewer_of(request), key))
    require(viewer_of(request), Permission.CONTROL_MANAGE, at=found.organisation)
    return found


def _told(one: Shown) -> dict[str, object]:
    control, standing = one.control, one.standing
    names = ("name", "forms", "addresses", "notify", "enabled")
    return {
        "id": control.pk,
        "organisation": control.organisation.code,
        **{name: getattr(control, name) for name in names},
        "last_read_at": one.last.at if one.last else None,
        "changed_at": standing.changed_at if standing else None,
        "blocks": standing.blocks if standing else None,
        "holds_now": standing.holds_now if standing else None,
    }


def _secret(made: NewSecret, program: Program) -> dict[str, object]:
    told = connected(made, program)
    return {
        "id": made.control.pk,
        "secret": made.secret,
        "transfer_key": made.transfer_key,
        "url": told.url,
        "zone": told.zone,
        "configuration": told.text,
    }
