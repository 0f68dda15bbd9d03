"""The addresses of coverage."""

from django.urls import path

from watchward.console.coverage import views

urlpatterns = [
    path("coverage/", views.coverage, name="coverage"),
    path("coverage/table.csv", views.table, name="coverage-table"),
    path("coverage/layer.json", views.layer, name="coverage-layer"),
    path("coverage/techniques/<str:key>/", views.technique, name="coverage-technique"),
]
