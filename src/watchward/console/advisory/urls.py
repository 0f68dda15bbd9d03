"""The addresses of high severity alerts."""

from django.urls import path

from watchward.console.advisory import report_views, views

urlpatterns = [
    path("advisories/", views.advisories, name="advisories"),
    path("advisories/new/", views.new, name="advisory_new"),
    path("advisories/<str:number>/", views.advisory, name="advisory"),
    path("advisories/<str:number>/change/", views.change, name="advisory_change"),
    path("advisories/<str:number>/issue/", views.issue, name="advisory_issue"),
    path("advisories/<str:number>/discard/", views.discard, name="advisory_discard"),
    path("advisories/<str:number>/withdraw/", views.withdraw, name="advisory_withdraw"),
    path("advisories/<str:number>/help/", views.offer_help, name="advisory_help"),
    path("advisories/<str:number>/for/", views.answer_for, name="advisory_for"),
    path("advisories/<str:number>/at/<str:code>/", views.answer, name="advisory_answer"),
    path("advisories/<str:number>/report/", report_views.report, name="advisory_report"),
]
