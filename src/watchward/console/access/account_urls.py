"""Signing in and out: allauth's views under our own pages, and no more of them than we use."""

from allauth.account import views as account
from django.urls import path

urlpatterns = [
    path("sign-in/", account.login, name="account_login"),
    path("sign-out/", account.logout, name="account_logout"),
    path("disabled/", account.account_inactive, name="account_inactive"),
]
