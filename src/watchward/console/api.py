"""The REST API: the same queries and actions as the pages, described by OpenAPI."""

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.security import SessionAuth

from watchward.base.errors import NotAllowedError, WatchwardError
from watchward.console.access.api import router as access
from watchward.console.detect.api import router as detect
from watchward.console.estate.api import router as estate
from watchward.console.node.api import router as node
from watchward.console.respond.api import router as respond
from watchward.console.tokens.auth import TokenAuth

api = NinjaAPI(
    title="Watchward",
    version="1",
    description="What the pages of the console show and do. Times are UTC; lists are paged.",
    urls_namespace="api",
    auth=[TokenAuth(), SessionAuth()],
    docs_url=None,
)
api.add_router("", access)
api.add_router("", detect)
api.add_router("", estate)
api.add_router("", node)
api.add_router("", respond)


@api.exception_handler(WatchwardError)
def _in_words(request: HttpRequest, error: WatchwardError) -> HttpResponse:
    status = 403 if isinstance(error, NotAllowedError) else 400
    return api.create_response(request, {"error": error.message, "advice": error.advice}, status=status)
