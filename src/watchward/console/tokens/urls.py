"""The addresses of one's own tokens."""

from django.urls import path

from watchward.console.tokens import views

urlpatterns = [
    path("account/tokens/", views.tokens, name="tokens"),
    path("account/tokens/requests/", views.requests, name="api-requests"),
    path("account/tokens/<int:key>/withdraw/", views.withdraw, name="token-withdraw"),
]
