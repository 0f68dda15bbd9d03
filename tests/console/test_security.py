"""The console as it is served to a network: over TLS, with Django's own checks clean."""

import os
import subprocess
import sys

import pytest

from console.factories import UserFactory

TLS = {"WATCHWARD_CONSOLE_PUBLIC_URL": "https://watch.example", "DJANGO_SETTINGS_MODULE": "watchward.console.settings"}


def _in_a_process_of_its_own(*arguments):
    # The browser tests let Django block their event loop; a served console does not.
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"} | TLS
    return subprocess.run(  # noqa: S603 - our own settings, read afresh
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False
    )


def test_django_finds_nothing_to_warn_of_where_the_console_is_served_over_tls():
    done = _in_a_process_of_its_own("-m", "django", "check", "--deploy", "--fail-level", "WARNING")

    assert done.returncode == 0, done.stderr


def test_cookies_travel_over_tls_alone_and_belong_to_this_host():
    names = ["SESSION_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_NAME", "CSRF_COOKIE_SECURE", "DEBUG"]
    done = _in_a_process_of_its_own(
        "-c", f"from django.conf import settings; print([getattr(settings, name) for name in {names}])"
    )

    assert done.stdout.strip() == "['__Host-session', True, '__Host-csrf', True, False]"


def test_no_migration_is_missing():
    done = _in_a_process_of_its_own("-m", "django", "makemigrations", "--check", "--dry-run")

    assert done.returncode == 0, done.stdout


def test_cookies_are_out_of_reach_of_scripts(client):
    client.force_login(UserFactory())
    client.get("/account/")

    assert all(cookie["httponly"] and cookie["samesite"] == "Lax" for cookie in client.cookies.values())


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ],
)
def test_every_page_carries_the_headers_that_keep_it_to_itself(client, header, value):
    assert client.get("/account/sign-in/")[header] == value


def test_a_page_about_somebody_is_not_kept_by_the_browser(client):
    client.force_login(UserFactory())

    assert "no-store" in client.get("/account/")["Cache-Control"]


def test_a_request_for_another_host_is_refused(client):
    assert client.get("/account/sign-in/", headers={"Host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_signing_out_leads_nowhere_else(client, target):
    client.force_login(UserFactory())

    assert client.post("/account/sign-out/", {"next": target})["Location"] == "/account/sign-in/"
