"""Pages about other people: who they are, what they may do, and how they come to sign in."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from watchward.access.permissions import Permission
from watchward.access.roles import ROLES
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access import actions, queries
from watchward.console.access.forms import CodeForm, InviteForm, PostForm
from watchward.console.access.guard import reach, require_anywhere
from watchward.console.access.links import FreshLink
from watchward.console.access.models import User
from watchward.console.access.presenters import PersonPage, PersonRow
from watchward.console.asked import viewer_of
from watchward.console.estate.models import Organisation
from watchward.console.paging import page_of


@require_safe
def people(request: HttpRequest) -> HttpResponse:
    """List the people whom the viewer may see."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.USER_VIEW)
    search = request.GET.get("search", "").strip()
    page = page_of(request, queries.people_found(viewer, search))
    posts = queries.posts_of(page.rows, viewer)
    rows = [PersonRow(user=user, posts=posts[user.pk]) for user in page.rows]
    may_invite = Permission.USER_INVITE in queries.permissions_of(viewer)
    context = {"rows": rows, "page": page, "search": search, "may_invite": may_invite}
    return render(request, "access/people.jinja", context)


@require_safe
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one person."""
    viewer = viewer_of(request)
    user = _visible(viewer, pk)
    shown = PersonPage(
        user=user,
        posts=queries.posts_of([user], viewer)[user.pk],
        may=queries.may_do_to(viewer, user),
        recovery_asked=queries.recovery_asked(user, at=SystemClock().now()),
    )
    return render(request, "access/person.jinja", {"person": shown, "code_form": CodeForm()})


@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Invite someone, and show their link once."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.USER_INVITE)
    form = InviteForm(request.POST or None, initial=_only_place(viewer, Permission.USER_INVITE))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            fresh = actions.invite(
                by=viewer,
                email=given["email"],
                name=given["name"],
                role=ROLES[given["role"]],
                organisation=_organisation(given["organisation"]),
                clock=SystemClock(),
            )
        except BadInputError as error:
            form.add_error(None, str(error))
        else:
            return _show_link(request, fresh)
    return render(request, "access/invite.jinja", {"form": form})


@require_http_methods(["GET", "POST"])
def give_post(request: HttpRequest, pk: int) -> HttpResponse:
    """Give someone a further role."""
    viewer = viewer_of(request)
    user = _visible(viewer, pk)
    require_anywhere(viewer, Permission.POST_GIVE)
    form = PostForm(request.POST or None, initial=_only_place(viewer, Permission.POST_GIVE))
    if request.method == "POST" and form.is_valid():
        try:
            organisation = _organisation(form.cleaned_data["organisation"])
        except BadInputError as error:
            form.add_error("organisation", str(error))
        else:
            role = ROLES[form.cleaned_data["role"]]
            actions.give_post(by=viewer, user=user, role=role, organisation=organisation, clock=SystemClock())
            messages.success(request, f"{user} is now {role.title.lower()}.")
            return redirect("person", pk=pk)
    return render(request, "access/give_post.jinja", {"form": form, "user_shown": user})


@require_http_methods(["GET", "POST"])
def withdraw_post(request: HttpRequest, pk: int, post: int) -> HttpResponse:
    """Ask, and then take a role away."""
    viewer = viewer_of(request)
    user = _visible(viewer, pk)
    held = get_object_or_404(queries.posts_visible_to(viewer), pk=post, user=user)
    if request.method == "POST":
        actions.withdraw_post(by=viewer, post=held, clock=SystemClock())
        messages.success(request, f"The role was withdrawn from {user}.")
        return redirect("people")
    return render(request, "access/withdraw_post.jinja", {"user_shown": user, "post": held})


@require_POST
def make_link(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a link for someone, and show it once."""
    viewer = viewer_of(request)
    return _show_link(request, actions.make_link(by=viewer, user=_visible(viewer, pk), clock=SystemClock()))


@require_POST
def switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Disable an account, or enable it again."""
    viewer = viewer_of(request)
    user = _visible(viewer, pk)
    change = actions.disable if user.is_active else actions.enable
    change(by=viewer, user=user, clock=SystemClock())
    messages.success(request, f"The account of {user} is {'enabled' if user.is_active else 'disabled'}.")
    return redirect("person", pk=pk)


@require_POST
def approve_recovery(request: HttpRequest, pk: int) -> HttpResponse:
    """Confirm that someone lost their authenticator."""
    viewer = viewer_of(request)
    user = _visible(viewer, pk)
    actions.approve_recovery(by=viewer, user=user, code=request.POST.get("code", ""), clock=SystemClock())
    messages.success(request, f"{user} can now sign in with their password, and set up a new authenticator.")
    return redirect("person", pk=pk)


def _visible(viewer: User, pk: int) -> User:
    return get_object_or_404(queries.people_visible_to(viewer), pk=pk)


def _only_place(viewer: User, permission: Permission) -> dict[str, str]:
    """The organisation to begin a form with, for whoever may do this below one alone."""
    allowed = reach(viewer, permission)
    if allowed.everything or len(allowed.paths) != 1:
        return {}
    return {"organisation": allowed.paths[0].strip("/").rpartition("/")[2]}


def _organisation(code: str) -> Organisation | None:
    return queries.organisation_of(code) if code.strip() else None


def _show_link(request: HttpRequest, fresh: FreshLink) -> HttpResponse:
    address = fresh.address(settings.WATCHWARD.public_url)
    mailed = bool(settings.WATCHWARD.smtp_url.get_secret_value())
    return render(request, "access/fresh_link.jinja", {"link": fresh, "address": address, "mailed": mailed})
