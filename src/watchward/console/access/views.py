"""Pages about accounts: setting one up by a link, a forgotten password, a lost authenticator."""

from allauth.account.internal.decorators import login_stage_required
from allauth.account.internal.flows.login import record_authentication
from allauth.core import ratelimit
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.views import remove_webauthn
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access import actions, links, queries
from watchward.console.access.forms import AccountForm, ForgottenForm
from watchward.console.access.models import Link, User
from watchward.console.access.session import look_around
from watchward.console.asked import viewer_of

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@never_cache
@login_not_required
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def use_link(request: HttpRequest, secret: str) -> HttpResponse:
    """Show what a one-time link is for, and do it. Opening the page uses nothing up: mail scanners open links too."""
    link = links.usable(secret, at=SystemClock().now())
    if "look-around" in request.POST:
        return _enter_exercise(request, link, secret)
    form = AccountForm(request.POST or None, user=link.user, purpose=link.purpose)
    if request.method == "POST" and form.is_valid():
        details = actions.AccountDetails(**form.cleaned_data)
        actions.set_up_account(by=link.user, secret=secret, details=details, clock=SystemClock())
        return _continue_to_second_step(request, link.user)
    may_look = settings.WATCHWARD.exercise and link.purpose == Link.Purpose.FIRST
    return render(request, "access/use_link.jinja", {"form": form, "link": link, "may_look": may_look})


def _enter_exercise(request: HttpRequest, link: Link, secret: str) -> HttpResponse:
    actions.enter_exercise(by=link.user, secret=secret, clock=SystemClock())
    login(request, link.user, backend=BACKEND)
    look_around(request)
    return redirect("home")


def _continue_to_second_step(request: HttpRequest, user: User) -> HttpResponse:
    """Sign in whoever has no second step yet, to set one up; everyone else signs in with it."""
    if queries.has_second_step(user):
        messages.success(request, "Your new password is set. Sign in with it.")
        return redirect("account_login")
    login(request, user, backend=BACKEND)
    record_authentication(request, user, method="password", reauthenticated=True)
    return redirect("mfa_index")


@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def complete_account(request: HttpRequest) -> HttpResponse:
    """Set up the account with which one has been looking around an exercise."""
    user = viewer_of(request)
    form = AccountForm(request.POST or None, user=user, purpose=Link.Purpose.FIRST)
    if request.method == "POST" and form.is_valid():
        details = actions.AccountDetails(**form.cleaned_data)
        actions.complete_account(by=user, details=details, clock=SystemClock())
        return _continue_to_second_step(request, user)
    return render(request, "access/complete_account.jinja", {"form": form})


@login_not_required
@require_http_methods(["GET", "POST"])
def forgotten(request: HttpRequest) -> HttpResponse:
    """Send a link for a new password, and say the same whether there is such an account or not."""
    mails_are_sent = bool(settings.WATCHWARD.smtp_url.get_secret_value())
    form = ForgottenForm(request.POST or None)
    if request.method == "POST" and mails_are_sent and form.is_valid():
        limited = ratelimit.consume_or_429(request, action="reset_password", key=form.cleaned_data["email"].lower())
        if limited:
            return limited  # type: ignore[no-any-return]  # allauth carries no types
        actions.send_password_link(by=actions.FORGOTTEN, email=form.cleaned_data["email"], clock=SystemClock())
        return render(request, "access/forgotten_sent.jinja", {"email": form.cleaned_data["email"]})
    return render(request, "access/forgotten.jinja", {"form": form, "mails_are_sent": mails_are_sent})


@login_stage_required(stage=AuthenticateStage.key, redirect_urlname="account_login")
@require_POST
def lost_authenticator(request: HttpRequest) -> HttpResponse:
    """Ask for help with a lost authenticator; allauth has seen the password, and waits for the second step."""
    stage = request._login_stage  # type: ignore[attr-defined]  # noqa: SLF001 - where allauth keeps it
    recovery = actions.ask_recovery(by=stage.login.user, clock=SystemClock())
    stage.abort()  # or this browser would be asked for the lost authenticator even after it was removed
    return render(request, "access/lost_authenticator.jinja", {"recovery": recovery})


@require_http_methods(["GET", "POST"])
def remove_passkey(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a passkey, unless it is the only second step."""
    if not queries.has_another_second_step(viewer_of(request), pk):
        raise BadInputError(
            "This passkey is your only second step.",
            advice="Add another passkey or an authenticator app first; then you can remove it.",
        )
    return remove_webauthn(request, pk=pk)  # type: ignore[no-any-return]  # allauth carries no types
