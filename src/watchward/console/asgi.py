"""The console as an ASGI application: static files, TAXII and links by themselves, the rest from Django."""

from importlib import import_module
from pathlib import Path
from typing import Any

from django.core.asgi import get_asgi_application
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"


class _Assets(StaticFiles):
    """Static files that a browser asks about again, cheaply, so that an upgrade is seen at once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, or the news that it has not changed."""
        response = await super().get_response(path, scope)
        response.headers.update(Headers({"cache-control": "no-cache", "x-content-type-options": "nosniff"}))
        return response


_django: Any = get_asgi_application()  # the same protocol, which Django and Starlette type differently
# Its models need Django to be ready.
_taxii: Any = import_module("watchward.console.taxii.asgi").application
_link: Any = import_module("watchward.console.link.asgi").application
application = Starlette(
    routes=[
        Mount(
            "/static", _Assets(directory=STATIC, packages=[("allauth.mfa", "static"), ("allauth.account", "static")])
        ),
        Mount("/taxii2", _taxii),
        Mount("/link", _link),
        Mount("/", _django),
    ]
)
