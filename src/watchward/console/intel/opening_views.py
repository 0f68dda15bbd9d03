"""The pages on which collections are made, opened to others and retired, and sharing groups are formed."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require, require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.intel import actions, queries, retiring_actions, widening
from watchward.console.intel.models import Collection, Group
from watchward.console.intel.opening_forms import EVERYONE, MOST_MEMBERS, CollectionForm, GroupForm, OpenForm

CLOCK = SystemClock()
_BAD: Final = 400
_NOT_SEEN: Final = "You have not seen yet what this would do. Read it below, then do it."


@require_http_methods(["GET", "HEAD", "POST"])
def new_collection(request: HttpRequest) -> HttpResponse:
    """Make a collection."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.INTEL_MANAGE)
    initial = {"organisation": queries.only_organisation_to_manage(viewer)}
    form = CollectionForm(request.POST or None, viewer=viewer, initial=initial)
    if request.method == "POST" and form.is_valid():
        made = actions.add_collection(by=viewer, collection=form.wanted, clock=CLOCK)
        messages.success(request, f"{made.title} is made. Nobody else reads it until you open it to them.")
        return redirect("intel-collection", key=made.pk)
    return render(request, "intel/collection_new.jinja", {"form": form}, status=_BAD if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def open_collection(request: HttpRequest, key: UUID) -> HttpResponse:
    """Say who may use a collection; what that would widen is shown before it is done."""
    viewer = viewer_of(request)
    found = _managed(viewer, key)
    form = OpenForm(request.POST or None, initial=_asked(request, found))
    shown: dict[str, object] = {"collection": found, "form": form}
    if request.method == "POST" and form.is_valid():
        widened = widening.by_share(found, form.share)
        mark = widened.mark(found.pk, form.share)
        if request.POST.get("step") == "do" and request.POST.get("seen") == mark:
            actions.share_collection(by=viewer, collection=found, share=form.share, clock=CLOCK)
            messages.success(request, f"From now on {form.share.sentence}.")
            return redirect("intel-collection", key=key)
        asked_blind = request.POST.get("step") == "do"
        shown |= {"widened": widened, "mark": mark, "problem": _NOT_SEEN if asked_blind else ""}
    bad = bool(form.errors or shown.get("problem"))
    return render(request, "intel/collection_open.jinja", shown, status=_BAD if bad else 200)


def _asked(request: HttpRequest, collection: Collection) -> dict[str, str]:
    """What the form begins with: what holds now for whom the address names."""
    code, role = request.GET.get("organisation", ""), request.GET.get("role", "")
    held = [one for one in queries.grants_of(collection) if one.role == role]
    grant = next((one for one in held if (one.organisation.code if one.organisation else EVERYONE) == code), None)
    if grant is None:
        return {}
    what = "both" if grant.can_read and grant.can_write else "read" if grant.can_read else "write"
    who = "one" if grant.organisation else EVERYONE
    return {"who": who, "organisation": "" if code == EVERYONE else code, "role": role, "what": what}


@require_http_methods(["GET", "HEAD", "POST"])
def retire(request: HttpRequest, key: UUID) -> HttpResponse:
    """Say what retiring a collection means; posting does it."""
    return _with_reason(request, key, "intel/collection_retire.jinja", retiring_actions.retire_collection)


@require_http_methods(["GET", "HEAD", "POST"])
def restore(request: HttpRequest, key: UUID) -> HttpResponse:
    """Offer a retired collection again."""
    return _with_reason(request, key, "intel/collection_retire.jinja", retiring_actions.restore_collection)


def _with_reason(request: HttpRequest, key: UUID, page: str, act: Callable[..., None]) -> HttpResponse:
    viewer = viewer_of(request)
    found = _managed(viewer, key)
    shown: dict[str, object] = {"collection": found, "objects": queries.counts_of(viewer, [found])[found.pk]}
    if request.method != "POST":
        return render(request, page, shown)
    try:
        act(by=viewer, collection=found, reason=request.POST.get("reason", "").replace("\0", ""), clock=CLOCK)
    except BadInputError as error:
        return render(request, page, {**shown, "error": error}, status=_BAD)
    messages.success(request, f"{found.title} is {'retired' if found.retired_at else 'offered again'}.")
    return redirect("intel-collection", key=key)


@require_GET
def group_list(request: HttpRequest) -> HttpResponse:
    """The sharing groups, those that share with nobody first."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.INTEL_VIEW)
    groups = list(queries.groups_visible_to(viewer)[: queries.PAGE])
    return render(request, "intel/groups.jinja", {"groups": groups, "may": queries.may_manage_groups(viewer)})


@require_GET
def group(request: HttpRequest, key: int) -> HttpResponse:
    """One sharing group and its members."""
    viewer = viewer_of(request)
    found = seen(queries.group_visible_to(viewer, key))
    shown = {"group": found, "members": queries.members_of(found), "may": queries.may_manage_groups(viewer)}
    return render(request, "intel/group.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def new_group(request: HttpRequest) -> HttpResponse:
    """Form a sharing group."""
    require(viewer_of(request), Permission.INTEL_MANAGE, at=None)
    return _group_form(request, None)


@require_http_methods(["GET", "HEAD", "POST"])
def change_group(request: HttpRequest, key: int) -> HttpResponse:
    """Say who belongs to a sharing group."""
    viewer = viewer_of(request)
    found = seen(queries.group_visible_to(viewer, key))
    require(viewer, Permission.INTEL_MANAGE, at=None)
    return _group_form(request, found)


def _group_form(request: HttpRequest, group: Group | None) -> HttpResponse:
    codes = "\n".join(one.code for one in queries.members_of(group)) if group else ""
    given = request.POST.copy()
    if group:
        _require_shown_whole(group)
        given["name"] = group.name
    form = GroupForm(given if request.method == "POST" else None, group=group, initial={"members": codes})
    shown: dict[str, object] = {"group": group, "form": form}
    if request.method == "POST" and form.is_valid():
        name, members = form.cleaned_data["name"], form.cleaned_data["members"]
        widened = widening.by_members(name, members)
        mark = widened.mark(name, [one.code for one in members])
        if request.POST.get("step") == "do" and request.POST.get("seen") == mark:
            try:
                made = actions.change_group(by=viewer_of(request), name=name, members=members, clock=CLOCK)
            except BadInputError as error:
                form.add_error("name", f"{error.message} {error.advice}")
            else:
                messages.success(request, f"{made.name} is as you said.")
                return redirect("intel-group", key=made.pk)
        asked_blind = request.POST.get("step") == "do" and not form.errors
        shown |= {"widened": widened, "mark": mark, "members": members, "problem": _NOT_SEEN if asked_blind else ""}
    bad = bool(form.errors or shown.get("problem"))
    return render(request, "intel/group_form.jinja", shown, status=_BAD if bad else 200)


def _require_shown_whole(group: Group) -> None:
    size = group.members.count()
    if size > MOST_MEMBERS:
        raise BadInputError(
            f"{group.name} has {size:,} members, and this page shows {MOST_MEMBERS}: saving it would drop the others.",
            advice=f"Form groups of {MOST_MEMBERS} members at most; of a region, name the region.",
        )


def _managed(viewer: User, key: UUID) -> Collection:
    found = seen(queries.collection_visible_to(viewer, key))
    require(viewer, Permission.INTEL_MANAGE, at=found.organisation)
    return found
