"""The addresses of looking back."""

from django.urls import path

from watchward.console.lookback import views

urlpatterns = [
    path("look-back/", views.look_back, name="look-back"),
    path("look-back/<int:key>/", views.found, name="look-back-found"),
    path("look-back/<int:key>/cancel/", views.cancel, name="look-back-cancel"),
]
