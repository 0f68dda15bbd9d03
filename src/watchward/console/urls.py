"""Every address of the console. Each domain brings its own; here they come together."""

from django.urls import include, path

from watchward.console import views
from watchward.console.api import api

urlpatterns = [
    path("", views.home, name="home"),
    path("account/", include("watchward.console.access.account_urls")),
    path("", include("watchward.console.respond.urls")),
    path("", include("watchward.console.estate.urls")),
    path("", include("watchward.console.care.urls")),
    path("", include("watchward.console.access.urls")),
    path("", include("watchward.console.node.urls")),
    path("api/v1/", api.urls),
    path("", include("watchward.console.detect.urls")),
    path("", include("watchward.console.normal.urls")),
    path("", include("watchward.console.coverage.urls")),
    path("", include("watchward.console.rules.urls")),
    path("", include("watchward.console.harm.urls")),
    path("", include("watchward.console.scenarios.urls")),
    path("", include("watchward.console.lookback.urls")),
    path("", include("watchward.console.hunts.urls")),
    path("", include("watchward.console.tokens.urls")),
    path("", include("watchward.console.intel.urls")),
    path("", include("watchward.console.protect.urls")),
    path("", include("watchward.console.controls.urls")),
    path("", include("watchward.console.advisory.urls")),
    path("", include("watchward.console.link.urls")),
]

handler400 = "watchward.console.views.unreadable"
handler404 = "watchward.console.views.missing"
handler429 = "watchward.console.views.throttled"
handler500 = "watchward.console.views.broken"
