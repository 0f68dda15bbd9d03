"""The REST API of blocks: the same queries and actions as the pages."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

from django.db.models import QuerySet
from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console.access.guard import require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.protect import actions, own_actions, queries
from watchward.console.protect.adapters import latest_check
from watchward.console.protect.asked import thing_in
from watchward.console.protect.models import AdoptionPolicy, Block, Excepted
from watchward.console.protect.views import DECIDE
from watchward.intel.observable import Kind
from watchward.respond.blocks.adopting import Policy

router = Router(tags=["Blocks"])
CLOCK = SystemClock()
ON_A_PAGE = 100
PageNumber = Annotated[int, Query(ge=1, le=100_000, description=f"Which page, from 1; a page holds {ON_A_PAGE}.")]


class Step(StrEnum):
    """What may be decided about a block."""

    AGREE = "agree"
    EMERGENCY = "emergency"
    ENFORCE = "enforce"
    KEEP = "keep"


class BlockOut(Schema):
    """A block: what, why, since when and until when, and where it stands."""

    id: int = Field(validation_alias="pk")
    key: str
    kind: str
    value: str
    indicator: str
    why: str
    source: str = Field(validation_alias="said_by")
    reach: str
    organisation: str
    state: str
    well_known: str
    proposed_by: str
    proposed_at: datetime
    until: datetime
    checked_at: datetime | None
    canary_at: datetime | None
    in_force_at: datetime | None
    review_by: datetime | None
    lifted_at: datetime | None
    because: str

    @staticmethod
    def resolve_organisation(block: Block) -> str:
        """The code of the organisation for which it is; empty for all of this node."""
        return block.organisation.code if block.organisation else ""


class DecisionOut(Schema):
    """A step in a block's life."""

    at: datetime
    by: str
    step: str
    why: str


class BlockWholeOut(Schema):
    """A block, its decisions, and what the last check of harm found, as far as you may see."""

    block: BlockOut
    decisions: list[DecisionOut]
    checked_at: datetime | None
    found: dict[str, Any] | None


class NewBlock(Schema):
    """What is to be blocked; without an organisation for all of this node. `indicator`: a STIX id."""

    kind: Kind
    value: str = Field(max_length=2_000)
    organisation: str = Field(default="", max_length=20)
    why: str = Field(min_length=1, max_length=500)
    days: int = Field(default=30, ge=1, le=366)
    indicator: str = Field(default="", max_length=300)


class Decide(Schema):
    """A step, and why; `accepted`: what it may do to devices that carry care is accepted, with `why`."""

    step: Step
    why: str = Field(default="", max_length=500)
    accepted: bool = False


class Why(Schema):
    """A reason."""

    why: str = Field(min_length=1, max_length=500)


class Fails(Schema):
    """What is failing, and where."""

    organisation: str = Field(max_length=20)
    what: str = Field(min_length=1, max_length=500)


class ExceptedOut(Schema):
    """What an organisation reaches although it is blocked."""

    id: int = Field(validation_alias="pk")
    organisation: str
    kind: str
    value: str
    reason: str
    until: datetime
    by: str
    at: datetime
    ended_at: datetime | None

    @staticmethod
    def resolve_organisation(one: Excepted) -> str:
        """The code of the organisation."""
        return one.organisation.code


class NewException(Schema):
    """What an organisation is to reach although it is blocked."""

    organisation: str = Field(max_length=20)
    kind: Kind
    value: str = Field(max_length=2_000)
    reason: str = Field(min_length=1, max_length=500)
    days: int = Field(default=30, ge=1, le=366)


class PolicyIO(Schema):
    """What an organisation blocks without asking anybody, and whether it tries blocks first (`canary`).

    `confidence` is how much must be believed of an indicator: the chance that it belongs to an attack, in percent.
    """

    decided: bool = True
    confidence: int | None = Field(default=None, ge=1, le=100)
    sources: list[str] = Field(default_factory=list)
    kinds: list[Kind] = Field(default_factory=list)
    check_first: bool = True
    canary: bool = False


class PolicyOut(PolicyIO):
    """The same, of an organisation."""

    organisation: str


class SwitchOut(Schema):
    """Whether blocks hold on this node, and since when not."""

    thrown: bool
    thrown_at: datetime | None
    by: str
    why: str


class Blocks(Schema):
    """A page of blocks, those that wait for somebody first."""

    total: int
    items: list[BlockOut]


class Exceptions(Schema):
    """A page of exceptions."""

    total: int
    items: list[ExceptedOut]


class Turn(Schema):
    """Which way the switch is turned, and why."""

    thrown: bool
    why: str = Field(min_length=1, max_length=500)


@router.get("/blocks", response=Blocks)
def blocks(request: HttpRequest, state: str = "", text: str = "", page: PageNumber = 1) -> dict[str, object]:
    """What is blocked; `state`: proposed, canary, in_force, lifted, or holding."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.BLOCK_VIEW)
    return _page(queries.block_list(viewer, state=state, text=text), page)


@router.post("/blocks", response={201: BlockOut})
def propose(request: HttpRequest, body: NewBlock) -> Status[Block]:
    """Propose to block something; its harm is looked for at once, and nothing is blocked yet."""
    viewer = viewer_of(request)
    code = body.organisation
    indicator = queries.indicator_visible_to(viewer, body.indicator)
    wanted = actions.Wanted(
        thing=thing_in({"kind": body.kind, "value": body.value}),
        organisation=seen(queries.organisation_for(viewer, code, Permission.BLOCK_PROPOSE)) if code else None,
        why=body.why,
        until=CLOCK.now() + timedelta(days=body.days),
        indicator=seen(indicator).stix_id if body.indicator else "",
    )
    return Status(201, actions.propose_block(by=viewer, wanted=wanted, clock=CLOCK))


@router.get("/blocks/switch", response=SwitchOut)
def switch(request: HttpRequest) -> Any:
    """Whether blocks hold on this node."""
    require_anywhere(viewer_of(request), Permission.BLOCK_VIEW)
    return queries.switch()


@router.post("/blocks/switch", response=SwitchOut)
def turn(request: HttpRequest, body: Turn) -> Any:
    """Lift everything and let nothing new in; or let blocks hold again."""
    act = own_actions.throw_switch if body.thrown else own_actions.turn_switch_back
    act(by=viewer_of(request), why=body.why, clock=CLOCK)
    return queries.switch()


@router.get("/blocks/exceptions", response=Exceptions)
def exceptions(request: HttpRequest, page: PageNumber = 1) -> dict[str, object]:
    """What organisations reach although it is blocked."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.BLOCK_VIEW)
    return _page(queries.excepted_visible_to(viewer), page)


def _page(rows: QuerySet[Any], number: int) -> dict[str, object]:
    return {"total": rows.count(), "items": list(rows[(number - 1) * ON_A_PAGE : number * ON_A_PAGE])}


@router.post("/blocks/exceptions", response={201: ExceptedOut})
def make_exception(request: HttpRequest, body: NewException) -> Status[Excepted]:
    """Let an organisation reach something although it is blocked."""
    viewer = viewer_of(request)
    exempt = own_actions.Exempt(
        organisation=seen(queries.organisation_for(viewer, body.organisation, Permission.BLOCK_DECIDE)),
        thing=thing_in({"kind": body.kind, "value": body.value}),
        reason=body.reason,
        until=CLOCK.now() + timedelta(days=body.days),
    )
    return Status(201, own_actions.except_thing(by=viewer, exempt=exempt, clock=CLOCK))


@router.post("/blocks/exceptions/{key}/end", response=ExceptedOut)
def end_exception(request: HttpRequest, key: int) -> Excepted:
    """Let what is blocked hold there again; or adopt what a policy left to a person."""
    viewer = viewer_of(request)
    found = seen(queries.excepted_visible_to(viewer).filter(pk=key).first())
    return own_actions.end_exception(by=viewer, excepted=found, clock=CLOCK)


@router.get("/blocks/policies", response=list[PolicyOut])
def policies(request: HttpRequest) -> list[dict[str, Any]]:
    """What organisations block without asking anybody; 200 at most."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.BLOCK_VIEW)
    canary = {one.code for one in queries.canary_group(viewer)}
    return [
        _policy(one.organisation.code, one, canary=one.organisation.code in canary)
        for one in queries.places_with_policies(viewer)
    ]


@router.get("/blocks/policies/{code}", response=PolicyOut)
def policy(request: HttpRequest, code: str) -> dict[str, Any]:
    """What one organisation blocks without asking anybody."""
    place = seen(queries.organisation_for(viewer_of(request), code, Permission.BLOCK_VIEW))
    return _policy(place.code, queries.policy_of(place), canary=queries.is_canary(place))


@router.post("/blocks/policies/{code}", response=PolicyOut)
def write_policy(request: HttpRequest, code: str, body: PolicyIO) -> dict[str, Any]:
    """Write down what an organisation blocks without asking anybody."""
    viewer = viewer_of(request)
    place = seen(queries.organisation_for(viewer, code, Permission.BLOCK_DECIDE))
    said = Policy(
        decided=body.decided,
        confidence=body.confidence,
        sources=frozenset(body.sources),
        kinds=frozenset(body.kinds),
        check_first=body.check_first,
    )
    row = own_actions.write_policy(by=viewer, organisation=place, policy=said, clock=CLOCK)
    own_actions.choose_canary(by=viewer, organisation=place, member=body.canary, clock=CLOCK)
    return _policy(place.code, row, canary=body.canary)


def _policy(code: str, row: AdoptionPolicy | None, *, canary: bool) -> dict[str, Any]:
    names = ("decided", "confidence", "sources", "kinds", "check_first")
    said = {name: getattr(row, name) for name in names} if row else {}
    return {"organisation": code, "canary": canary, **said}


@router.get("/blocks/{key}", response=BlockWholeOut)
def block(request: HttpRequest, key: int) -> dict[str, Any]:
    """One block, its decisions, and what it would do to care."""
    viewer = viewer_of(request)
    found = seen(queries.block_visible_to(viewer, key))
    check = latest_check(found)
    return {
        "block": found,
        "decisions": queries.decisions_of(viewer, found),
        "checked_at": check.finished_at if check else None,
        "found": queries.found_for(viewer, found, check),
    }


@router.post("/blocks/{key}/check", response={202: BlockOut})
def check(request: HttpRequest, key: int) -> Status[Block]:
    """Have it looked again what a block would do to care; ask for the block to see what was found."""
    viewer = viewer_of(request)
    found = seen(queries.block_visible_to(viewer, key))
    actions.check_block(by=viewer, block=found, clock=CLOCK)
    return Status(202, found)


@router.post("/blocks/{key}/decide", response=BlockOut)
def decide(request: HttpRequest, key: int, body: Decide) -> Block:
    """Agree to a block, put it in force, or keep it after an emergency."""
    viewer = viewer_of(request)
    found = seen(queries.block_visible_to(viewer, key))
    return DECIDE[body.step.value](by=viewer, block=found, why=body.why, accepted=body.accepted, clock=CLOCK)


@router.post("/blocks/{key}/lift", response=BlockOut)
def lift(request: HttpRequest, key: int, body: Why) -> Block:
    """Lift a block at once."""
    viewer = viewer_of(request)
    found = seen(queries.block_visible_to(viewer, key))
    return actions.lift_block(by=viewer, block=found, why=body.why, clock=CLOCK)


@router.post("/blocks/{key}/fails", response=BlockOut)
def fails(request: HttpRequest, key: int, body: Fails) -> Block:
    """Say that care is failing at an organisation because of a block."""
    viewer = viewer_of(request)
    found = seen(queries.block_visible_to(viewer, key))
    place = seen(queries.organisation_for(viewer, body.organisation, Permission.BLOCK_REPORT))
    own_actions.report_failing(by=viewer, block=found, organisation=place, what=body.what, clock=CLOCK)
    return seen(queries.block_visible_to(viewer, key))
