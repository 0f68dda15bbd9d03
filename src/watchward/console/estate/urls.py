"""The addresses of the estate's pages."""

from django.urls import path

from watchward.console.estate import views

urlpatterns = [
    path("organisations/", views.organisations, name="organisations"),
    path("organisations/<str:code>/", views.organisation, name="organisation"),
    path("devices/", views.devices, name="devices"),
    path("devices/<uuid:key>/", views.device, name="device"),
    path("sources/", views.sources, name="sources"),
    path("sources/new/", views.new_source, name="source_new"),
    path("sources/authority.pem", views.authority, name="authority"),
    path("sources/<str:key>/", views.source, name="source"),
    path("sources/<str:key>/rotate/", views.rotate, name="source_rotate"),
    path("sources/<str:key>/disable/", views.disable, name="source_disable"),
    path("sources/<str:key>/enable/", views.enable, name="source_enable"),
    path("sources/<str:key>/lateness/", views.lateness, name="source_lateness"),
    path("sources/<str:key>/keys/<str:key_id>/withdraw/", views.withdraw, name="source_withdraw"),
]
