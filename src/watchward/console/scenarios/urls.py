"""The addresses of saved what-ifs, of comparisons, and of papers made of them."""

from django.urls import path

from watchward.console.scenarios import paper_views, views

urlpatterns = [
    path("harm/scenarios/", views.scenarios, name="harm-scenarios"),
    path("harm/scenarios/save/", views.save_scenario, name="harm-scenario-save"),
    path("harm/scenarios/<int:key>/", views.scenario, name="harm-scenario"),
    path("harm/scenarios/<int:key>/change/", views.change, name="harm-scenario-change"),
    path("harm/scenarios/<int:key>/delete/", views.delete_scenario, name="harm-scenario-delete"),
    path("harm/what-if/compare/", views.compare, name="harm-compare"),
    path("harm/paper/", paper_views.paper, name="harm-paper"),
]
