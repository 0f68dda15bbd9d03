"""Signing in and one's own account: allauth's views under our own pages, and no more of them than we use."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as passkeys
from django.urls import path

from watchward.console.access import views

urlpatterns = [
    path("", mfa.index, name="mfa_index"),
    path("authenticator-app/add/", totp.activate_totp, name="mfa_activate_totp"),
    path("authenticator-app/remove/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("confirm/code/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("confirm/passkey/", passkeys.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("confirm/password/", account.reauthenticate, name="account_reauthenticate"),
    path("disabled/", account.account_inactive, name="account_inactive"),
    path("forgotten-password/", views.forgotten, name="forgotten"),
    path("link/<str:secret>/", views.use_link, name="use_link"),
    path("lost-authenticator/", views.lost_authenticator, name="lost_authenticator"),
    path("passkeys/", mfa.index, name="mfa_list_webauthn"),
    path("passkeys/<int:pk>/remove/", views.remove_passkey, name="mfa_remove_webauthn"),
    path("passkeys/add/", passkeys.add_webauthn, name="mfa_add_webauthn"),
    path("password/", account.password_change, name="account_change_password"),
    path("second-step/", mfa.authenticate, name="mfa_authenticate"),
    path("set-up/", views.complete_account, name="complete_account"),
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/passkey/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path("sign-out/", account.logout, name="account_logout"),
]
