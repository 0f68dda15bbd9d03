"""The pages of blocks. Each asks a query or does an action, and shows what a presenter says."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.estate.models import Organisation
from watchward.console.paging import SIZE, page_of, slice_of
from watchward.console.posted import posted
from watchward.console.protect import actions, own_actions, presenters, queries
from watchward.console.protect.asked import days_in, policy_in, step_in, thing_in, words_in
from watchward.console.protect.models import Block
from watchward.console.protect.presenters import BlockRow, Found
from watchward.console.protect.whose import leaves_it_to_others
from watchward.respond.blocks.errors import BlockError

CLOCK = SystemClock()
STATES: Final = {"": "All", "proposed": "Proposed", "holding": "Tried or in force", "lifted": "Lifted"}
_BAD: Final = 400
_EXCEPTED: Final = ("kind", "value", "reason", "organisation", "days")
_FIRST: Final = 10
"""Devices that the page of a block names before somebody asks for all."""
_READ_POLICIES: Final = (Permission.BLOCK_DECIDE, Permission.AUDIT_VIEW)
_PROPOSED: Final = ("kind", "value", "why", "organisation", "indicator", "days")
DECIDE: Final[dict[str, Callable[..., Block]]] = {
    "agree": actions.agree_to_block,
    "enforce": actions.enforce_block,
    "emergency": actions.enforce_in_emergency,
    "keep": actions.keep_block,
}
"""What somebody may decide, by the name of the step."""


@require_GET
def block_list(request: HttpRequest) -> HttpResponse:
    """What is blocked: what it is, why, since when and until when."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.BLOCK_VIEW)
    state, text = request.GET.get("state", ""), words_in(request.GET, "text")
    page = page_of(request, queries.block_list(viewer, state=state if state in STATES else "", text=text))
    shown = {
        "rows": [BlockRow(block=one, now=CLOCK.now()) for one in page.rows],
        "links": page.links,
        "state": state,
        "states": STATES,
        "text": text,
        "switch": queries.switch(),
        "above": queries.switch_above(),
        "may_propose": queries.may_anywhere(viewer, Permission.BLOCK_PROPOSE),
        "may_read_policies": any(queries.may_anywhere(viewer, one) for one in _READ_POLICIES),
        "may_lift_everything": queries.may_everywhere(viewer, Permission.BLOCK_STOP),
        "may_see_intelligence": queries.may_anywhere(viewer, Permission.INTEL_VIEW),
    }
    return render(request, "protect/blocks.jinja", shown)


@require_GET
def block(request: HttpRequest, key: int) -> HttpResponse:
    """One block: its life, what it would do to care, and what can be decided next."""
    viewer = viewer_of(request)
    found = seen(queries.block_visible_to(viewer, key))
    return render(request, "protect/block.jinja", _shown(request, found))


def _shown(request: HttpRequest, found: Block, error: BadInputError | None = None) -> dict[str, object]:
    viewer = viewer_of(request)
    checks = queries.checks_of(found)
    last = next((one for one in checks if one.finished_at), None)
    told = queries.found_for(viewer, found, last)
    own = found.peer_id is None
    row = BlockRow(block=found, now=CLOCK.now())
    everything = request.GET.get("devices") == "all"
    return {
        "row": row,
        "steps": row.steps_for(viewer),
        "harms": bool(told and told["whole"] and told["care"]),
        "all_devices": everything,
        "devices": slice_of(request, Found(found=told).devices if told else [], size=SIZE if everything else _FIRST),
        "before": presenters.before,
        "lacks_canary": queries.lacks_canary(found),
        "check": last,
        "waiting": any(one.finished_at is None for one in checks),
        "found": Found(found=told) if told else None,
        "decisions": queries.decisions_of(viewer, found),
        "failures": queries.failures_of(viewer, found),
        "exceptions": queries.exceptions_of(viewer, found),
        "switch": queries.switch(),
        "may_decide": own and queries.may(viewer, Permission.BLOCK_DECIDE, found),
        "may_check": queries.may(viewer, Permission.BLOCK_PROPOSE, found),
        "may_lift": queries.may(viewer, Permission.BLOCK_STOP, found),
        "may_report": queries.may_anywhere(viewer, Permission.BLOCK_REPORT),
        "reports_for": queries.only_place(viewer, Permission.BLOCK_REPORT),
        "may_except": queries.may_anywhere(viewer, Permission.BLOCK_DECIDE),
        "error": error,
    }


@require_http_methods(["GET", "HEAD", "POST"])
def propose(request: HttpRequest) -> HttpResponse:
    """Propose to block something; its harm is looked for at once."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.BLOCK_PROPOSE)
    given = request.POST if request.method == "POST" else request.GET
    shown: dict[str, object] = {
        "kinds": presenters.KINDS,
        "given": _given(request, _PROPOSED, queries.own_place(viewer, Permission.BLOCK_PROPOSE)),
        "everywhere": queries.may_everywhere(viewer, Permission.BLOCK_PROPOSE),
        "indicator": queries.indicator_visible_to(viewer, words_in(given, "indicator")),
    }
    if request.method != "POST":
        return render(request, "protect/propose.jinja", shown)
    with posted(
        request, "It is proposed, and blocks nothing yet. What it would do to care is being looked for."
    ) as form:
        code = words_in(given, "organisation")
        indicator = queries.indicator_visible_to(viewer, words_in(given, "indicator"))
        wanted = actions.Wanted(
            thing=thing_in(given),
            organisation=seen(queries.organisation_for(viewer, code, Permission.BLOCK_PROPOSE)) if code else None,
            why=words_in(given, "why"),
            until=CLOCK.now() + timedelta(days=days_in(given)),
            indicator=indicator.stix_id if indicator else "",
        )
        made = actions.propose_block(by=viewer, wanted=wanted, clock=CLOCK)
    if form.error:
        return render(request, "protect/propose.jinja", {**shown, "error": form.error}, status=_BAD)
    return redirect("block", key=made.pk)


def _given(request: HttpRequest, names: Iterable[str], own: Organisation | None) -> dict[str, str]:
    """What a form has in its fields: what was typed or linked, and the code of whoever has one organisation."""
    said = request.POST if request.method == "POST" else request.GET
    given = {name: words_in(said, name) for name in names}
    if own is not None and "organisation" not in said:
        given["organisation"] = own.code
    return given


@require_POST
def check(request: HttpRequest, key: int) -> HttpResponse:
    """Have it looked again what a block would do to care."""
    viewer = viewer_of(request)
    found = seen(queries.block_visible_to(viewer, key))
    actions.check_block(by=viewer, block=found, clock=CLOCK)
    messages.success(request, "The worker looks at the last 30 days again.")
    return redirect("block", key=key)


@require_POST
def decide(request: HttpRequest, key: int) -> HttpResponse:
    """Agree to a block, put it in force, or keep it after an emergency."""
    viewer = viewer_of(request)
    found = seen(queries.block_visible_to(viewer, key))
    require(viewer, Permission.BLOCK_DECIDE, at=found.organisation)
    why, accepted = words_in(request.POST, "why"), request.POST.get("accepted") == "yes"
    with posted(request, "It is decided, and recorded with what was found about care.") as form:
        step_in(request.POST, DECIDE)(by=viewer, block=found, why=why, accepted=accepted, clock=CLOCK)
    if form.error:
        return render(request, "protect/block.jinja", _shown(request, found, form.error), status=_BAD)
    return redirect("block", key=key)


@require_POST
def lift(request: HttpRequest, key: int) -> HttpResponse:
    """Lift a block at once."""
    viewer = viewer_of(request)
    found = seen(queries.block_visible_to(viewer, key))
    require(viewer, Permission.BLOCK_STOP, at=found.organisation)
    with posted(request, "It is lifted: every list of this node and below leaves it out within seconds.") as form:
        actions.lift_block(by=viewer, block=found, why=words_in(request.POST, "why"), clock=CLOCK)
    if form.error:
        return render(request, "protect/block.jinja", _shown(request, found, form.error), status=_BAD)
    return redirect("block", key=key)


@require_POST
def fails(request: HttpRequest, key: int) -> HttpResponse:
    """Say that care is failing at an organisation because of a block."""
    viewer = viewer_of(request)
    found = seen(queries.block_visible_to(viewer, key))
    code = words_in(request.POST, "organisation")
    place = seen(queries.organisation_for(viewer, code, Permission.BLOCK_REPORT))
    with posted(request, "Thank you. The block is lifted.") as form:
        lifted = own_actions.report_failing(
            by=viewer, block=found, organisation=place, what=words_in(request.POST, "what"), clock=CLOCK
        )
        if not lifted:
            form.done = "Thank you. It no longer holds for you; others were told."
    if form.error:
        return render(request, "protect/block.jinja", _shown(request, found, form.error), status=_BAD)
    return redirect("block", key=key)


@require_http_methods(["GET", "HEAD", "POST"])
def exceptions(request: HttpRequest) -> HttpResponse:
    """What organisations reach although it is blocked, and a form to say so."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.BLOCK_VIEW)
    page = page_of(request, queries.excepted_visible_to(viewer))
    given = request.POST if request.method == "POST" else request.GET
    shown: dict[str, object] = {
        "rows": page.rows,
        "links": page.links,
        "kinds": presenters.KINDS,
        "given": _given(request, _EXCEPTED, queries.own_place(viewer, Permission.BLOCK_DECIDE)),
        "may_except": queries.may_anywhere(viewer, Permission.BLOCK_DECIDE),
        "now": CLOCK.now(),
    }
    if request.method != "POST":
        return render(request, "protect/exceptions.jinja", shown)
    place = seen(queries.organisation_for(viewer, words_in(given, "organisation"), Permission.BLOCK_DECIDE))
    with posted(request, f"{place.name} reaches it from now on, until the exception ends.") as form:
        exempt = own_actions.Exempt(
            organisation=place,
            thing=thing_in(given),
            reason=words_in(given, "reason"),
            until=CLOCK.now() + timedelta(days=days_in(given)),
        )
        own_actions.except_thing(by=viewer, exempt=exempt, clock=CLOCK)
    if form.error:
        return render(request, "protect/exceptions.jinja", {**shown, "error": form.error}, status=_BAD)
    return redirect("block-exceptions")


@require_POST
def end_exception(request: HttpRequest, key: int) -> HttpResponse:
    """Let a block hold for an organisation again."""
    viewer = viewer_of(request)
    found = seen(queries.excepted_visible_to(viewer).filter(pk=key).first())
    own_actions.end_exception(by=viewer, excepted=found, clock=CLOCK)
    messages.success(request, "The exception has ended: what is blocked holds there again.")
    return redirect("block-exceptions")


@require_http_methods(["GET", "HEAD", "POST"])
def switch(request: HttpRequest) -> HttpResponse:
    """The one switch that lifts everything, and lets nothing new in until it is turned back."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.BLOCK_VIEW)
    shown: dict[str, object] = {
        "switch": queries.switch(),
        "above": queries.switch_above(),
        "count": queries.holding_count(),
        "may_throw": queries.may_everywhere(viewer, Permission.BLOCK_STOP),
        "may_turn_back": queries.may_everywhere(viewer, Permission.BLOCK_DECIDE),
    }
    if request.method != "POST":
        return render(request, "protect/switch.jinja", shown)
    require(viewer, Permission.BLOCK_STOP, at=None)
    back = request.POST.get("turn") == "back"
    act = own_actions.turn_switch_back if back else own_actions.throw_switch
    with posted(
        request, "Blocks hold again." if back else "Everything is lifted, here and at every node below."
    ) as form:
        act(by=viewer, why=words_in(request.POST, "why"), clock=CLOCK)
    if form.error:
        return render(request, "protect/switch.jinja", {**shown, "error": form.error}, status=_BAD)
    return redirect("block-switch")


@require_GET
def policies(request: HttpRequest) -> HttpResponse:
    """What organisations block without asking anybody, and who tries blocks first."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.BLOCK_VIEW)
    text = words_in(request.GET, "text")
    shown = {
        "policies": queries.places_with_policies(viewer),
        "canary": queries.canary_group(viewer),
        "may_write": queries.may_anywhere(viewer, Permission.BLOCK_DECIDE),
        "places": queries.places_to_write(viewer, text),
        "text": text,
    }
    return render(request, "protect/policies.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def policy(request: HttpRequest, code: str) -> HttpResponse:
    """One organisation's written policy, and whether it tries blocks first."""
    viewer = viewer_of(request)
    place = seen(queries.organisation_for(viewer, code, Permission.BLOCK_VIEW))
    written = queries.policy_of(place)
    shown: dict[str, object] = {
        "place": place,
        "policy": written,
        "unbelieved": queries.unbelieved_of(viewer, place),
        "may_lift": queries.organisation_for(viewer, code, Permission.BLOCK_STOP) is not None,
        "out_of_reach": queries.out_of_reach(viewer, written) if written else None,
        "member": queries.is_canary(place),
        "may_write": queries.organisation_for(viewer, code, Permission.BLOCK_DECIDE) is not None,
        "left_to_them": leaves_it_to_others(viewer, place),
    }
    if request.method != "POST":
        return render(request, "protect/policy.jinja", shown)
    if request.POST.get("step") == "lift":
        return _lift_unbelieved(request, place)
    require(viewer, Permission.BLOCK_DECIDE, at=place)
    with posted(request, "It is written down, and holds from now on.") as form:
        if request.POST.get("step") != "canary":
            own_actions.write_policy(by=viewer, organisation=place, policy=policy_in(request.POST), clock=CLOCK)
    if form.error:
        return render(request, "protect/policy.jinja", {**shown, "error": form.error}, status=_BAD)
    member = request.POST.get("member") == "yes"
    own_actions.choose_canary(by=viewer, organisation=place, member=member, clock=CLOCK)
    return redirect("block-policy", code=place.code)


def _lift_unbelieved(request: HttpRequest, place: Organisation) -> HttpResponse:
    """Lift what a policy blocked before it went by belief, and belief would not hold."""
    viewer = viewer_of(request)
    require(viewer, Permission.BLOCK_STOP, at=place)
    count = 0
    for one in queries.unbelieved_of(viewer, place):
        with suppress(BlockError):  # somebody else, or its end, lifted it meanwhile
            actions.lift_block(by=viewer, block=one.block, why="It is believed less than the policy asks.", clock=CLOCK)
            count += 1
    more = " Others stand: lift these too." if queries.unbelieved_of(viewer, place) else ""
    messages.success(request, f"{count} block{'' if count == 1 else 's'} lifted.{more}")
    return redirect("block-policy", code=place.code)
