"""The REST API of what is said of whole maps: size, suppliers, devices that carry systems, coverage, and undoing."""

from typing import Annotated, Any, Final

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console.access.guard import require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.care import actions, coverage_queries, queries
from watchward.console.care.api import ReasonIn, StoredOut
from watchward.console.care.storing import Stored
from watchward.console.estate.models import Organisation
from watchward.estate.care.carriers import Carried
from watchward.estate.care.templates import Measure, TemplateKind

router = Router(tags=["Map of care"])
_MOST_LISTED: Final = 1_000
CLOCK = SystemClock()
_MOST = 500
_Name = Annotated[str, Field(min_length=1, max_length=60)]
_Device = Annotated[str, Field(min_length=1, max_length=120)]
_Identifier = Annotated[str, Field(max_length=120)]


class ArrangedIn(Schema):
    """What is known of an organisation whose map is a template; what is left out stays as it was."""

    template: TemplateKind | None = Field(default=None, description="Which template fits; none: the likely one")
    measures: dict[Measure, float | None] = Field(default={}, description="Its size; null: not known after all")
    hosts: dict[_Name, _Identifier] = Field(
        default={},
        max_length=_MOST,
        description="Where its systems run, by their names in the template; empty: not known after all",
    )
    outside: dict[_Name, _Identifier] = Field(
        default={},
        max_length=_MOST,
        description="What elsewhere stands in place of something of the template, by its name there",
    )
    source: str = Field(default="", max_length=300, description="Where the measures were read")
    reason: str = Field(min_length=1, max_length=300)


class ArrangedOut(Schema):
    """What is known now."""

    template: str
    measures: dict[str, float]
    hosts: dict[str, str]
    outside: dict[str, str]


class CarriersIn(Schema):
    """The devices that carry a system or a service, instead of those that were said to."""

    thing: str = Field(description="The identifier of a system or a service")
    devices: list[_Device] = Field(max_length=_MOST, description="Names of devices; none: nobody knows them after all")
    spare: int = Field(default=0, ge=0, description="How many of them may fail before anybody notices")
    reason: str = Field(min_length=1, max_length=300)


class SuggestedOut(Schema):
    """What a device probably carries, by its name."""

    device: str
    thing: str
    sign: str
    sure: bool


class CoverageOut(Schema):
    """How much of the care that one may see is mapped."""

    organisations: dict[str, dict[str, int]] = Field(description="By kind: mapped, template, nothing")
    activity: dict[str, float] = Field(description="By sort of care: the share of its activity that is mapped")


@router.get("/care/coverage", response=CoverageOut)
def coverage(request: HttpRequest, below: str = "") -> dict[str, Any]:
    """Who has mapped what care they give, and how much of the care that is."""
    require_anywhere(viewer_of(request), Permission.CARE_VIEW)
    found = coverage_queries.coverage(viewer_of(request), below=below.upper())
    standings = ("mapped", "template", "nothing")
    counted = {kind.value: {name: one[name] for name in standings} for kind, one in found.organisations.items()}
    return {"organisations": counted, "activity": {kind.value: share for kind, share in found.activity.items()}}


@router.post("/organisations/{code}/care/arrange", response=ArrangedOut)
def arrange(request: HttpRequest, code: str, given: ArrangedIn) -> dict[str, Any]:
    """Say how large an organisation is, which template fits it and where its systems run, without rows of its own."""
    organisation = _organisation(request, code)
    known = actions.Arranged(
        organisation=organisation,
        template=given.template,
        measures=given.measures,
        hosts=given.hosts,
        outside=given.outside,
        source=given.source,
    )
    actions.arrange(by=viewer_of(request), wanted=[known], suppliers=(), reason=given.reason, clock=CLOCK)
    now = seen(queries.part_of(viewer_of(request), organisation)).known
    if now is None:
        return {"template": "", "measures": {}, "hosts": {}, "outside": {}}
    return {"template": now.template, "measures": now.measures, "hosts": now.hosts, "outside": now.outside}


@router.post("/organisations/{code}/care/carriers", response=StoredOut)
def carriers(request: HttpRequest, code: str, given: CarriersIn) -> Stored:
    """Say which devices carry a system or a service; alerts about them are ordered by it."""
    return actions.equip(
        by=viewer_of(request),
        organisation=_organisation(request, code),
        carried=[Carried(thing=given.thing, devices=tuple(given.devices), spare=given.spare)],
        reason=given.reason,
        clock=CLOCK,
    )


@router.get("/organisations/{code}/care/suggested", response=list[SuggestedOut])
def suggested(request: HttpRequest, code: str) -> list[object]:
    """What devices probably carry, by their names, and nobody has said yet: of 50,000 devices at most."""
    organisation = _organisation(request, code)
    part = seen(queries.part_of(viewer_of(request), organisation))
    return list(queries.suggested(viewer_of(request), organisation, part))


@router.post("/organisations/{code}/care/undo", response=StoredOut)
def undo(request: HttpRequest, code: str, given: ReasonIn) -> Stored:
    """Go back to the template: whatever was refined is lost."""
    organisation = _organisation(request, code)
    return actions.undo(by=viewer_of(request), organisation=organisation, reason=given.reason, clock=CLOCK)


def _organisation(request: HttpRequest, code: str) -> Organisation:
    return seen(queries.organisation_visible_to(viewer_of(request), code))
