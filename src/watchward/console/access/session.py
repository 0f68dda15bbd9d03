"""How long a session lasts, and what it may do before the account has a second step of signing in."""

import time
from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone

from watchward.console.access.models import User

BEGAN, SEEN, ENROLLED, LOOKING_AROUND = "began", "seen", "enrolled", "looking_around"
RENEW_SECONDS = 60
"""A session is written again when it was last written so long ago: not on every click."""

BACKGROUND = "HX-Background"
"""The header of a request that a page makes by itself. It keeps nobody signed in."""

SECOND_STEP = frozenset({"mfa_activate_totp", "mfa_add_webauthn", "mfa_index"})
"""The pages on which a second step is set up; an account without a password gets one first."""

SETTING_UP = SECOND_STEP | {
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reauthenticate",
    "complete_account",
    "use_link",
}
"""The pages that an account without a second step may open."""


def begin(request: HttpRequest) -> None:
    """Note when the session began."""
    request.session[BEGAN] = request.session[SEEN] = time.time()
    request.session.pop(ENROLLED, None)


def look_around(request: HttpRequest) -> None:
    """Let the first administrator see the exercise before their account is set up."""
    request.session[LOOKING_AROUND] = True


def is_looking_around(request: HttpRequest) -> bool:
    """Whether this session sees an exercise without a second step of signing in."""
    return bool(settings.WATCHWARD.exercise and request.session.get(LOOKING_AROUND))


def _is_background(request: HttpRequest) -> bool:
    """Whether a page asks by itself. A stream of news cannot carry our header, but says what it accepts."""
    return BACKGROUND in request.headers or "text/event-stream" in request.headers.get("Accept", "")


class SessionLimits:
    """Ends sessions that are too old, and keeps accounts without a second step to the pages where they set one up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponseBase | None:
        """Answer in place of the page where it may not be shown."""
        user = request.user
        if not isinstance(user, User):
            return None
        if self._too_old(request):
            return self._sign_in_again(request, "You were signed out, because you signed in a long time ago.")
        self._renew(request)
        if self._has_second_step(request, user):
            return None
        if is_looking_around(request):
            name = request.resolver_match.url_name if request.resolver_match else None
            return redirect("complete_account") if name in SECOND_STEP else None
        return self._set_up_first(request, user)

    def _set_up_first(self, request: HttpRequest, user: User) -> HttpResponseBase | None:
        if user.enrol_by is None or user.enrol_by < timezone.now():
            return self._sign_in_again(
                request, "The time for setting up your account is over. Ask an administrator for a new link."
            )
        if request.resolver_match and request.resolver_match.url_name in SETTING_UP:
            return None
        if request.path.startswith("/api/"):
            return JsonResponse({"error": "This account is not set up.", "advice": "Sign in on a page."}, status=403)
        return redirect("mfa_index")

    def _too_old(self, request: HttpRequest) -> bool:
        began = request.session.setdefault(BEGAN, time.time())
        return bool(time.time() - began > settings.WATCHWARD.session_hours * 3600)

    def _renew(self, request: HttpRequest) -> None:
        if not _is_background(request) and time.time() - request.session.get(SEEN, 0) > RENEW_SECONDS:
            request.session[SEEN] = time.time()

    def _has_second_step(self, request: HttpRequest, user: User) -> bool:
        if not request.session.get(ENROLLED) and is_mfa_enabled(user):
            request.session[ENROLLED] = True
        return bool(request.session.get(ENROLLED))

    def _sign_in_again(self, request: HttpRequest, why: str) -> HttpResponseBase:
        logout(request)
        if request.path.startswith("/api/"):
            return JsonResponse({"error": why, "advice": "Sign in again."}, status=401)
        messages.warning(request, why)
        return redirect("account_login")
