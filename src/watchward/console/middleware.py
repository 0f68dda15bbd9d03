"""What surrounds every page: who may ask at all, what a browser may run, and errors told in words."""

import secrets
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from watchward.base.errors import TooSoonError, WatchwardError
from watchward.console.problems import API, problem, status_of

_POLICY = (
    "default-src 'none'; base-uri 'none'; connect-src 'self'; font-src 'self'; form-action 'self';"
    " frame-ancestors 'none'; img-src 'self' data:; manifest-src 'self'; script-src 'self' 'nonce-{nonce}';"
    " style-src 'self'"
)


class ContentSecurityPolicy:
    """Lets a browser run and load what the console itself serves, and nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Give the request a nonce for the one inline script of the NHS template, and the answer its policy."""
        nonce = secrets.token_urlsafe(16)
        request.csp_nonce = nonce  # type: ignore[attr-defined]  # read by the layout
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", _POLICY.format(nonce=nonce))
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class SignInRequired(LoginRequiredMiddleware):
    """Every page asks who is there; the API does so by itself, and answers with a status instead of a page."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        """Send strangers to the sign-in page."""
        if request.path.startswith(API):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class ErrorsInWords:
    """The one place where an error becomes a page; those of the API tell themselves (`problems`), but for one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Pass the request on."""
        response = self._get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.path.startswith(API):
            told = problem(405)
            told.headers["Allow"] = response.headers["Allow"]
            return told
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Say what went wrong and what to do."""
        if not isinstance(exception, WatchwardError):
            return None
        status = status_of(exception)
        told = render(request, "error.jinja", {"error": exception, "status": status}, status=status)
        if isinstance(exception, TooSoonError):
            told.headers["Retry-After"] = str(exception.seconds)
        return told
