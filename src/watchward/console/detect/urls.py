"""The addresses of alerts and hunts."""

from django.urls import path

from watchward.console.detect import hunt_views, hunt_why, live, overview_views, views, who_else_views, why_views

urlpatterns = [
    path("alerts/", views.alert_list, name="alerts"),
    path("alerts/stream/", live.stream, name="alert-stream"),
    path("alerts/steps/", views.step_many, name="alert-steps"),
    path("alerts/<uuid:key>/", views.alert_detail, name="alert"),
    path("alerts/<uuid:key>/timeline/", views.alert_timeline, name="alert-timeline"),
    path("alerts/<uuid:key>/why/", why_views.alert_why, name="alert-why"),
    path("alerts/<uuid:key>/acknowledge/", views.acknowledge, name="alert-acknowledge"),
    path("alerts/<uuid:key>/assign/", views.assign, name="alert-assign"),
    path("alerts/<uuid:key>/close/", views.close, name="alert-close"),
    path("alerts/<uuid:key>/note/", views.note, name="alert-note"),
    path("alerts/<uuid:key>/reopen/", views.reopen, name="alert-reopen"),
    path("alerts/<uuid:key>/who-else/", who_else_views.alert_who_else, name="alert-who-else"),
    path("overview/", overview_views.overview, name="overview"),
    path("report/", overview_views.report, name="report"),
    path("hunt/", hunt_views.hunt, name="hunt"),
    path("hunt/why/", hunt_why.hunt_why, name="hunt-why"),
    path("hunt/save/", hunt_views.save, name="hunt-save"),
    path("hunt/<int:key>/forget/", hunt_views.forget, name="hunt-forget"),
]
