"""The addresses of rules."""

from django.urls import path

from watchward.console.rules import views

urlpatterns = [
    path("rules/", views.rules, name="rules"),
    path("rules/bring/", views.bring, name="rules-bring"),
    path("rules/decide/", views.decide, name="rules-decide"),
    path("rules/sets/<slug:folder>/restore/", views.restore, name="rules-restore"),
    path("rules/rule/<str:key>/", views.rule, name="rule"),
]
