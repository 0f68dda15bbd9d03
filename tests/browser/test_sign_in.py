import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from playwright.sync_api import expect

from console.factories import PASSWORD, OrganisationFactory, PostFactory
from watchward.access.roles import AUDITOR, BOARD_MEMBER
from watchward.base.clock import SystemClock
from watchward.console.access import actions
from watchward.console.access.guard import Service
from watchward.console.config import ConsoleConfig

CLI = Service(name="command line")


@pytest.fixture(autouse=True)
def _no_throttle_from_other_tests():
    cache.clear()


@pytest.fixture
def with_passkey():
    """Give a page a device that can keep passkeys, as a telephone or a security key does."""

    def add(page):
        session = page.context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        return page

    return add


def _code(secret):
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))


def _invited(role=AUDITOR):
    organisation = OrganisationFactory()
    fresh = actions.invite(
        by=CLI,
        email="sam@watchward.example",
        name="Sam",
        role=role,
        organisation=organisation,
        clock=SystemClock(),
    )
    return fresh.path


def _set_password(page):
    page.get_by_label("Full name").fill("Sam Example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()


def test_the_sign_in_page_is_usable(new_page, passes):
    page = new_page()
    page.goto("/")

    assert page.title() == "Sign in - Watchward"
    passes(page, "sign-in")


def test_an_invited_person_sets_up_an_authenticator_app_and_signs_in_with_it(new_page, passes):
    page = new_page()
    page.goto(_invited())
    passes(page, "invitation")
    _set_password(page)
    passes(page, "second-step-choice")
    page.get_by_role("button", name="Add an authenticator app").click()
    passes(page, "authenticator-app")
    page.get_by_text("I cannot scan the picture").click()
    secret = page.locator(".ww-code").inner_text()
    page.get_by_label("Code").fill(_code(secret))
    page.get_by_role("button", name="Add the app").click()
    passes(page, "account")
    cache.clear()  # the code just used would not be taken twice

    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Email address").fill("sam@watchward.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    passes(page, "second-step")
    page.get_by_label("Code").fill(_code(secret))
    page.get_by_role("button", name="Sign in", exact=True).click()

    page.wait_for_url(lambda url: "/account/" not in url)


def test_an_invited_person_adds_a_passkey_and_signs_in_with_it_alone(new_page, with_passkey, passes):
    page = with_passkey(new_page())
    page.goto(_invited())
    _set_password(page)
    page.get_by_role("button", name="Add a passkey").click()
    passes(page, "passkey-add")
    page.get_by_label("Name of the passkey").fill("my telephone")
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_text("my telephone", exact=True).wait_for()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign in with a passkey").click()

    page.wait_for_url(lambda url: "/account/" not in url)


def test_a_passkey_is_a_second_step_after_a_password(new_page, with_passkey):
    page = with_passkey(new_page())
    page.goto(_invited())
    _set_password(page)
    page.get_by_role("button", name="Add a passkey").click()
    page.get_by_role("button", name="Add the passkey").click()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_label("Email address").fill("sam@watchward.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Use a passkey").click()

    page.wait_for_url(lambda url: "/account/" not in url)


def test_a_lost_authenticator_leads_to_a_colleague(new_page, passes):
    person = PostFactory(role=BOARD_MEMBER.key).user
    page = new_page()
    page.goto("/account/sign-in/")
    page.get_by_label("Email address").fill(person.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("I have lost it").click()
    page.get_by_role("button", name="Ask for help").click()

    passes(page, "lost-authenticator")
    expect(page.locator(".ww-code")).to_have_text(person.recoveries.get().code)


def test_a_link_of_no_use_says_what_to_do(new_page, passes):
    page = new_page()
    page.goto("/account/link/used-long-ago/")

    passes(page, "link-of-no-use")
    assert "Use the newest link" in page.content()


def test_a_newcomer_looks_around_the_exercise_with_one_click(new_page, passes, settings):
    settings.WATCHWARD = ConsoleConfig(exercise=True)
    page = new_page()
    page.goto(actions.make_first_link(by=CLI, clock=SystemClock()).path)
    passes(page, "exercise-link")
    page.get_by_role("button", name="Look around now").click()
    page.get_by_role("link", name="Set up your account").click()
    passes(page, "complete-account")


def test_a_forgotten_password_page_is_usable(new_page, passes):
    page = new_page()
    page.goto("/account/forgotten-password/")

    passes(page, "forgotten")


def test_signing_in_needs_no_mouse(new_page):
    person = PostFactory(role=BOARD_MEMBER.key).user
    page = new_page()
    page.goto("/account/sign-in/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type(person.email)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")

    page.get_by_role("heading", name="Second step").wait_for()
