import re
from datetime import timedelta

import pytest
from django.test import Client

from console.factories import PASSWORD, PostFactory, UserFactory
from watchward.access.roles import ADMINISTRATOR, ORGANISATION_CYBER_LEAD
from watchward.base.audit import AuditEvent
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access import actions as access
from watchward.console.access.guard import Service
from watchward.console.access.models import AuditEntry
from watchward.console.config import ConsoleConfig
from watchward.console.tokens import actions
from watchward.console.tokens.models import Token


@pytest.fixture
def lead():
    return PostFactory(role=ORGANISATION_CYBER_LEAD.key).user


@pytest.fixture
def secret(lead):
    return actions.make_token(by=lead, name="export", days=30, clock=SystemClock()).secret


def alerts(client, secret):
    return client.get("/api/v1/alerts", headers={"Authorization": f"Bearer {secret}"})


def test_a_script_with_a_token_sees_what_its_owner_sees(client, lead, secret):
    answer = alerts(client, secret)

    assert answer.status_code == 200
    assert Token.objects.get(owner=lead).used_at is not None


@pytest.mark.parametrize("change", [{"ends_at": SystemClock().now()}, {"withdrawn_at": SystemClock().now()}])
def test_a_token_that_has_ended_is_refused(client, secret, change):
    Token.objects.update(**change)

    assert alerts(client, secret).status_code == 401


def test_a_token_ends_with_its_owners_account(client, lead, secret):
    lead.is_active = False
    lead.save()

    assert alerts(client, secret).status_code == 401


def test_a_token_ends_when_a_role_of_its_owner_is_withdrawn(client, lead, secret):
    PostFactory(user=lead, role=ADMINISTRATOR.key)
    administrator = PostFactory(organisation=None).user
    access.withdraw_post(by=administrator, post=lead.posts.first(), clock=SystemClock())

    assert alerts(client, secret).status_code == 401
    ended = AuditEntry.objects.get(event=AuditEvent.TOKEN_WITHDRAWN)
    assert (ended.actor_name, ended.subject_name) == (str(administrator), "export")


def test_a_token_of_someone_without_any_role_is_refused(client, lead, secret):
    lead.posts.all().delete()

    assert alerts(client, secret).status_code == 401


def test_a_token_ends_when_its_owner_sets_a_new_password_by_a_link(client, lead, secret):
    fresh = access.make_link(by=Service(name="command line"), user=lead, clock=SystemClock())
    client.post(fresh.path, {"password": "three random words indeed"})

    assert alerts(Client(), secret).status_code == 401


def test_a_token_ends_when_its_owner_changes_their_password(client, lead, secret):
    client.force_login(lead)
    new = "three random words indeed"
    answer = client.post("/account/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})

    assert answer.status_code == 302
    assert alerts(Client(), secret).status_code == 401


@pytest.mark.parametrize("wrong", ["", "ww_wrong", "\x00"])
def test_a_wrong_token_is_refused(client, wrong):
    assert alerts(client, wrong).status_code == 401


def test_the_secret_is_shown_once_and_only_its_digest_is_kept(client, lead):
    client.force_login(lead)

    page = client.post("/account/tokens/", {"name": "export", "days": "30"}).content.decode()
    again = client.get("/account/tokens/").content.decode()

    secret = re.search(r"ww_[\w-]{43}", page)[0]
    assert secret not in again
    assert secret not in Token.objects.get().digest
    assert "export" in again


def test_the_way_to_tokens_and_to_the_requests_of_the_api_begins_at_ones_account(client, lead):
    client.force_login(lead)

    assert 'href="/account/tokens/"' in client.get("/account/").content.decode()
    assert 'href="/account/tokens/requests/"' in client.get("/account/tokens/").content.decode()
    shown = client.get("/account/tokens/requests/").content.decode()
    assert "POST /alerts/{key}/acknowledge" in shown.replace("<wbr>", "")
    assert "Say that you are looking at it." in shown


def test_a_token_is_withdrawn_by_its_owner_alone(client, lead, secret):
    token = Token.objects.get()
    client.force_login(UserFactory())
    assert client.post(f"/account/tokens/{token.pk}/withdraw/").status_code == 404

    client.force_login(lead)
    client.post(f"/account/tokens/{token.pk}/withdraw/")

    assert alerts(Client(), secret).status_code == 401
    with pytest.raises(NotAllowedError):
        actions.withdraw_token(by=UserFactory(), token=token, clock=SystemClock())


@pytest.mark.parametrize(("name", "days"), [("", 30), ("x", 0), ("x", 1000)])
def test_a_token_without_name_or_end_is_refused(lead, name, days):
    with pytest.raises(BadInputError, match="needs a name and an end"):
        actions.make_token(by=lead, name=name, days=days, clock=SystemClock())


def test_nobody_holds_tokens_without_end(lead):
    for number in range(actions.MOST):
        actions.make_token(by=lead, name=str(number), days=1, clock=SystemClock())

    with pytest.raises(NotAllowedError, match="already"):
        actions.make_token(by=lead, name="one more", days=1, clock=SystemClock())
    assert Token.objects.latest("ends_at").ends_at < SystemClock().now() + timedelta(days=2)


def test_whoever_looks_around_an_exercise_without_an_account_cannot_take_a_token_away(client, settings):
    settings.WATCHWARD = ConsoleConfig(exercise=True)
    fresh = access.make_first_link(by=Service(name="command line"), clock=SystemClock())
    client.post(fresh.path, {"look-around": "yes"})

    assert client.post("/account/tokens/", {"name": "export", "days": "30"}).status_code == 403
    assert not Token.objects.exists()
