"""The REST API: the same queries and actions as the pages, described by OpenAPI."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja import NinjaAPI
from ninja.errors import HttpError
from ninja.parser import Parser
from ninja.security import SessionAuth
from ninja.throttling import BaseThrottle

from watchward.console.access.api import router as access
from watchward.console.advisory.api import router as advisories
from watchward.console.care.api import router as care
from watchward.console.care.knowing_api import router as care_known
from watchward.console.care.supplier_api import router as suppliers
from watchward.console.config import current
from watchward.console.controls.api import router as controls
from watchward.console.coverage.api import router as coverage
from watchward.console.detect.api import router as detect
from watchward.console.detect.hunt_api import router as hunts
from watchward.console.detect.overview_api import router as overview
from watchward.console.detect.who_else_views import router as who_else
from watchward.console.estate.api import router as estate
from watchward.console.harm.api import router as harm
from watchward.console.harm.number_api import router as harm_numbers
from watchward.console.hunts.api import router as hunts_across
from watchward.console.intel.api import router as intelligence
from watchward.console.intel.sharing_api import router as sharing
from watchward.console.intel.source_api import router as intelligence_sources
from watchward.console.link.api import router as links
from watchward.console.lookback.api import router as look_backs
from watchward.console.node.api import router as node
from watchward.console.normal.api import router as normal
from watchward.console.pace import counted, until_next_minute
from watchward.console.problems import Problem, tell_problems
from watchward.console.protect.api import router as protect
from watchward.console.respond.api import router as respond
from watchward.console.respond.rota_api import router as rota
from watchward.console.rules.api import router as rules
from watchward.console.scenarios.api import router as scenarios
from watchward.console.tokens.api import router as tokens
from watchward.console.tokens.auth import TokenAuth


class PerAccount(BaseThrottle):
    """So many requests a minute from one account, by whatever tokens and browsers."""

    def allow_request(self, request: HttpRequest) -> bool:
        """Count a request, and say whether it may pass."""
        return counted("api", request.user.pk) <= current().api_requests_a_minute

    def wait(self) -> float:
        """Seconds until the next minute begins."""
        return until_next_minute()


class _Readable(Parser):
    """Refuses NUL, which no database keeps in a text."""

    def parse_body(self, request: HttpRequest) -> Any:
        """The body as JSON."""
        found = super().parse_body(request)
        if any("\0" in text for text in _texts(found)):
            raise HttpError(400, "NUL")
        return found

    def parse_querydict(self, data: MultiValueDict[str, str], list_fields: list[str], request: HttpRequest) -> Any:
        """What the address asks."""
        if any("\0" in text for _, values in data.lists() for text in values):
            raise HttpError(400, "NUL")
        return super().parse_querydict(data, list_fields, request)


def _texts(value: object) -> Iterator[str]:
    """Every text in a JSON document."""
    match value:
        case str():
            yield value
        case dict():
            for name, one in value.items():
                yield name
                yield from _texts(one)
        case list():
            for one in value:
                yield from _texts(one)
        case _:
            pass


class _Described(NinjaAPI):
    """Says of each request how its errors look."""

    def get_openapi_schema(self, **options: Any) -> Any:
        """The description, with the errors that every request may answer with."""
        described = super().get_openapi_schema(**options)
        described["components"]["schemas"]["Problem"] = Problem.model_json_schema()
        told = {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        for methods in described["paths"].values():
            for operation in methods.values():
                operation["responses"]["4XX"] = {"description": "What is wrong, and what to do", "content": told}
        return described


api = _Described(
    title="Watchward",
    version="1",
    description="What the pages of the console show and do. Times are UTC; lists are paged.",
    urls_namespace="api",
    auth=[TokenAuth(), SessionAuth()],
    throttle=[PerAccount()],
    parser=_Readable(),
    docs_url=None,
)
for _router in (
    access,
    advisories,
    care,
    care_known,
    suppliers,
    controls,
    coverage,
    detect,
    estate,
    harm,
    harm_numbers,
    hunts,
    hunts_across,
    intelligence,
    intelligence_sources,
    links,
    look_backs,
    node,
    normal,
    overview,
    protect,
    respond,
    rota,
    rules,
    scenarios,
    sharing,
    tokens,
    who_else,
):
    api.add_router("", _router)
tell_problems(api)
