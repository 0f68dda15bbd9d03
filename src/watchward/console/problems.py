"""What the REST API says when something is wrong: in every case what went wrong (`error`) and what to do (`advice`)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError

from watchward.base.errors import NotAllowedError, NotReadyError, TooSoonError, WatchwardError

API = "/api/"
_DESCRIBED = "The description at /api/v1/openapi.json says what each request takes."
_SIGN_IN = "Send a token that still works as “Authorization: Bearer ww_…”; make one on the page Tokens for scripts."
_TELL_THE_NODE = "Try again. If it happens again, tell whoever runs this node; its log says what went wrong."
_WORDS = {
    400: ("What you sent cannot be read.", f"Send JSON without NUL characters, of 2.5 MB at most. {_DESCRIBED}"),
    401: ("Nobody is signed in, or the token does not work, or no longer.", _SIGN_IN),
    403: ("A browser's change must carry the token of the page.", "Send it as X-CSRFToken, or use a personal token."),
    404: ("There is no such thing, or you may not see it.", f"Check the address and what it names. {_DESCRIBED}"),
    405: ("This address does not take this method.", _DESCRIBED),
    422: ("What you sent cannot be used.", _DESCRIBED),
    429: ("You have sent too many requests in a short time.", "Wait as many seconds as the header Retry-After says."),
    500: ("Something went wrong in Watchward. What you sent may not have been kept.", _TELL_THE_NODE),
    503: ("What you asked for is still being made.", "Try again in a minute."),
}


class Problem(Schema):
    """What went wrong, and what to do about it."""

    error: str
    advice: str


def status_of(error: WatchwardError) -> int:
    """The HTTP status that an error is told with."""
    match error:
        case NotAllowedError():
            return 403
        case TooSoonError():
            return 429
        case NotReadyError():
            return 503
        case _:
            return 400


def problem(status: int, error: str = "", advice: str = "") -> JsonResponse:
    """An answer of the API that is an error; in the words of its status where it has none of its own."""
    words = _WORDS[status]
    told = {"error": error or words[0], "advice": advice or words[1]}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None  # noqa: PLR2004 - RFC 9110 asks for it
    return JsonResponse(told, status=status, headers=headers)


def tell_problems(api: NinjaAPI) -> None:
    """Let the API answer every error in words."""
    for kind in (WatchwardError, Http404, ValidationError, HttpError, AuthenticationError, Throttled):
        api.add_exception_handler(kind, _told)


def _told(_request: HttpRequest, error: object) -> HttpResponse:
    match error:
        case WatchwardError():
            told = problem(status_of(error), error.message, error.advice)
            if isinstance(error, TooSoonError):
                told.headers["Retry-After"] = str(error.seconds)
            return told
        case ValidationError():
            return problem(422, _where(error.errors))
        case HttpError():
            return problem(error.status_code)
        case _:
            return problem(404)


def _where(errors: Sequence[Mapping[str, Any]]) -> str:
    """Which values cannot be used, and why.

    >>> _where([{"loc": ("body", "body", "days"), "msg": "Field required"}])
    'What you sent cannot be used: body.days: Field required.'

    """
    told = [f"{'.'.join(dict.fromkeys(str(part) for part in one['loc']))}: {one['msg']}" for one in errors]
    return f"What you sent cannot be used: {'; '.join(told)}."
