"""The addresses of patient harm."""

from django.urls import path

from watchward.console.harm import views, what_if_views

urlpatterns = [
    path("harm/", views.worst, name="harm"),
    path("harm/ranking/", views.worst_table, name="harm-table"),
    path("harm/parameters/", views.parameters, name="harm-parameters"),
    path("harm/validation/", views.validation, name="harm-validation"),
    path("harm/what-if/", what_if_views.what_if, name="harm-what-if"),
    path("harm/what-if/table/", what_if_views.what_if_table, name="harm-what-if-table"),
    path("harm/what-if/compare/", what_if_views.compare, name="harm-compare"),
]
