"""The addresses of hunts that travel."""

from django.urls import path

from watchward.console.hunts import views

urlpatterns = [
    path("hunts/", views.hunts, name="hunts"),
    path("hunts/new/", views.ask, name="hunt-ask"),
    path("hunts/answers/<int:key>/", views.answer, name="hunt-answer"),
    path("hunts/answers/<int:key>/rows/", views.rows, name="hunt-rows"),
    path("hunts/answers/<int:key>/allow/", views.allow, name="hunt-allow"),
    path("hunts/answers/<int:key>/give/", views.give, name="hunt-give"),
    path("hunts/answers/<int:key>/refuse/", views.refuse, name="hunt-refuse"),
    path("hunts/<str:key>/", views.question, name="hunt-question"),
    path("hunts/<str:key>/withdraw/", views.withdraw, name="hunt-withdraw"),
    path("organisations/<str:code>/hunts/", views.policy, name="hunt-policy"),
]
