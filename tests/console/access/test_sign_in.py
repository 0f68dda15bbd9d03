import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.utils import timezone

from console.factories import PASSWORD, TOTP_SECRET, OrganisationFactory, PostFactory, UserFactory
from watchward.access.roles import ORGANISATION_CYBER_LEAD
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access import actions
from watchward.console.access.models import AuditEntry, Recovery
from watchward.console.config import ConsoleConfig


@pytest.fixture(autouse=True)
def _no_throttle_from_other_tests():
    cache.clear()


def _code():
    return format_hotp_value(hotp_value(TOTP_SECRET, next(iter(yield_hotp_counters_from_time()))))


def _password_step(client, user, **data):
    return client.post("/account/sign-in/", {"login": user.email, "password": PASSWORD, **data})


def test_a_password_alone_does_not_sign_in(client):
    assert _password_step(client, UserFactory())["Location"] == "/account/second-step/"
    assert client.get("/")["Location"] == "/account/sign-in/?next=/"


def test_password_and_code_sign_in_and_are_recorded(client):
    user = UserFactory()
    _password_step(client, user)

    assert client.post("/account/second-step/", {"code": _code()})["Location"] == "/"
    assert client.get("/").status_code == 200
    assert AuditEntry.objects.get(event="session.begun").actor_name == user.name


def test_an_address_is_recognised_however_it_is_capitalised(client):
    user = UserFactory()

    response = client.post("/account/sign-in/", {"login": user.email.upper(), "password": PASSWORD})

    assert response["Location"] == "/account/second-step/"


def test_a_wrong_code_is_refused(client):
    _password_step(client, UserFactory())

    assert client.post("/account/second-step/", {"code": "000000"}).status_code == 200
    assert client.get("/").status_code == 302


def test_a_wrong_password_is_refused_and_recorded(client):
    user = UserFactory()
    response = client.post("/account/sign-in/", {"login": user.email, "password": "wrong"})

    assert "There is a problem" in response.content.decode()
    assert AuditEntry.objects.get(event="session.refused").subject_name == user.name


def test_guessing_is_throttled(client):
    user = UserFactory()
    for _ in range(5):
        client.post("/account/sign-in/", {"login": user.email, "password": "wrong"})

    response = _password_step(client, user)

    assert response.status_code in {200, 429}
    assert "Too many" in response.content.decode() or "too many" in response.content.decode()


def test_a_disabled_account_does_not_sign_in(client):
    response = _password_step(client, UserFactory(is_active=False))

    assert response.status_code == 200 or response["Location"] == "/account/disabled/"
    assert client.get("/").status_code == 302


def test_nobody_is_sent_to_another_site_after_signing_in(client):
    user = UserFactory()
    _password_step(client, user, next="https://evil.example/")

    assert client.post("/account/second-step/", {"code": _code()})["Location"] == "/"


def test_signing_in_begins_a_session_of_a_new_name(client):
    client.get("/account/sign-in/")
    user = UserFactory()
    _password_step(client, user)
    before = client.cookies["session"].value
    client.post("/account/second-step/", {"code": _code()})

    assert client.cookies["session"].value != before


def test_signing_out_ends_the_session(client):
    client.force_login(UserFactory())
    client.post("/account/sign-out/")

    assert client.get("/").status_code == 302


def test_a_form_from_elsewhere_is_refused_in_words():
    from django.test import Client  # noqa: PLC0415 - a client that checks, unlike the fixture's

    response = Client(enforce_csrf_checks=True).post("/account/sign-in/", {"login": "x", "password": "y"})

    assert response.status_code == 403
    assert "reload the page" in response.content.decode()


def test_a_session_ends_after_its_longest_time_in_any_case(client):
    client.force_login(UserFactory())
    client.get("/")
    session = client.session
    session["began"] = time.time() - 13 * 3600
    session.save()

    assert client.get("/")["Location"] == "/account/sign-in/"
    assert "a long time ago" in client.get("/account/sign-in/").content.decode()


def test_a_session_that_nobody_uses_is_over_after_half_an_hour(client):
    client.force_login(UserFactory())

    assert client.session.get_expiry_age() == 30 * 60


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(client):
    client.force_login(UserFactory())
    session = client.session
    session["seen"] = seen = time.time() - 600
    session.save()

    client.get("/", headers={"HX-Background": "true"})
    assert client.session["seen"] == seen
    client.get("/")
    assert client.session["seen"] > seen


def test_an_account_without_a_second_step_can_only_set_one_up(client):
    user = UserFactory(second_step=False, enrol_by=timezone.now() + timedelta(hours=1))
    client.force_login(user)

    assert client.get("/")["Location"] == "/account/"
    assert client.get("/api/v1/openapi.json").status_code == 403


def test_the_time_for_setting_up_a_second_step_runs_out(client):
    client.force_login(UserFactory(second_step=False, enrol_by=timezone.now() - timedelta(hours=1)))

    assert client.get("/account/")["Location"] == "/account/sign-in/"


def test_the_only_second_step_cannot_be_removed(client):
    user = UserFactory()
    _password_step(client, user)
    client.post("/account/second-step/", {"code": _code()})
    client.post("/account/confirm/password/", {"password": PASSWORD})

    page = client.post("/account/authenticator-app/remove/").content.decode()

    assert "your only second step" in page
    assert Authenticator.objects.filter(user=user).exists()


def test_the_secret_of_an_authenticator_is_not_kept_in_the_clear():
    user = UserFactory()

    assert TOTP_SECRET not in str(Authenticator.objects.get(user=user).data)


def _ask_for_help(client, user):
    _password_step(client, user)
    return client.post("/account/lost-authenticator/").content.decode()


def test_a_colleague_confirms_a_lost_authenticator_with_the_code_that_was_shown(client):
    organisation = OrganisationFactory()
    user = PostFactory(organisation=organisation).user
    page = _ask_for_help(client, user)
    code = Recovery.objects.get(user=user).code
    assert code in page

    colleague = PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=organisation).user
    actions.approve_recovery(by=colleague, user=user, code=code.lower().replace("-", " "), clock=SystemClock())

    assert not Authenticator.objects.filter(user=user).exists()
    assert AuditEntry.objects.get(event="recovery.approved").actor_name == colleague.name
    assert _password_step(client, user)["Location"] == "/"
    assert client.get("/")["Location"] == "/account/"


def test_nobody_confirms_their_own_recovery(client):
    user = PostFactory().user
    _ask_for_help(client, user)

    with pytest.raises(NotAllowedError, match="your own recovery"):
        actions.approve_recovery(by=user, user=user, code=Recovery.objects.get().code, clock=SystemClock())


def test_a_recovery_needs_a_second_person_who_reaches_as_far(client):
    organisation = OrganisationFactory()
    user = PostFactory(organisation=None).user
    _ask_for_help(client, user)

    with pytest.raises(NotAllowedError, match="at every organisation at which"):
        actions.approve_recovery(
            by=PostFactory(organisation=organisation).user, user=user, code="ABCD-EFGH", clock=SystemClock()
        )


def test_a_code_cannot_be_guessed(client):
    user = PostFactory(organisation=None).user
    colleague = PostFactory(organisation=None).user
    _ask_for_help(client, user)
    code = Recovery.objects.get().code
    for _ in range(actions.CODE_ATTEMPTS):
        with pytest.raises(BadInputError, match="not the one"):
            actions.approve_recovery(by=colleague, user=user, code="AAAA-AAAA", clock=SystemClock())

    with pytest.raises(BadInputError, match="has not asked"):
        actions.approve_recovery(by=colleague, user=user, code=code, clock=SystemClock())


def test_a_lost_authenticator_is_believed_only_after_the_password(client):
    assert client.post("/account/lost-authenticator/")["Location"] == "/account/sign-in/"


def test_a_disabled_colleague_is_signed_out_at_once(client):
    user = UserFactory()
    client.force_login(user)
    actions.disable(by=PostFactory(organisation=None).user, user=user, clock=SystemClock())

    assert client.get("/").status_code == 302


def test_a_disabled_colleagues_tokens_end_and_do_not_come_back_with_the_account():
    from watchward.console.tokens.models import Token  # noqa: PLC0415 - only here

    user, administrator = UserFactory(), PostFactory(organisation=None).user
    now = timezone.now()
    Token.objects.create(owner=user, name="script", digest="0" * 64, made_at=now, ends_at=now + timedelta(days=9))
    actions.disable(by=administrator, user=user, clock=SystemClock())
    actions.enable(by=administrator, user=user, clock=SystemClock())

    assert not user.tokens.filter(withdrawn_at=None).exists()


def test_nobody_disables_themselves():
    administrator = PostFactory(organisation=None).user

    with pytest.raises(NotAllowedError, match="your own account"):
        actions.disable(by=administrator, user=administrator, clock=SystemClock())


def test_the_last_administrator_of_the_node_keeps_the_role():
    post = PostFactory(organisation=None)

    with pytest.raises(BadInputError, match="the only administrator"):
        actions.withdraw_post(by=post.user, post=post, clock=SystemClock())


def test_passwords_are_hashed_with_argon2():
    from watchward.console import settings as written  # noqa: PLC0415 - as they stand, without the tests' quick hasher

    assert written.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    assert ConsoleConfig().session_hours == 12


def test_a_node_that_nobody_set_up_says_where_the_first_link_is(client):
    assert "watchward user link" in client.get("/account/sign-in/").content.decode()

    UserFactory()
    assert "watchward user link" not in client.get("/account/sign-in/").content.decode()
