from datetime import timedelta

import pytest
from django.core import mail

from console.factories import PASSWORD, OrganisationFactory, PostFactory, UserFactory
from watchward.access.roles import ADMINISTRATOR, BOARD_MEMBER, NATIONAL_ANALYST
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access import actions, links
from watchward.console.access.guard import Service
from watchward.console.access.models import AuditEntry, User
from watchward.console.config import ConsoleConfig

CLI = Service(name="command line")


@pytest.fixture
def administrator():
    return PostFactory(organisation=None).user


def _invite(by, clock, **changes):
    what = {"email": "new@watchward.example", "name": "New Person", "role": BOARD_MEMBER, "organisation": None}
    return actions.invite(by=by, clock=clock, **(what | changes))


def _secret(fresh):
    return fresh.path.strip("/").rpartition("/")[2]


def test_an_invitation_makes_an_account_with_its_role(administrator, clock):
    fresh = _invite(administrator, clock)

    assert [post.role for post in fresh.user.posts.all()] == ["board_member"]
    assert not fresh.user.has_usable_password()


def test_an_invitation_leads_to_an_account_that_still_needs_a_second_step(administrator, client):
    from watchward.base.clock import SystemClock  # noqa: PLC0415 - pages tell the time by themselves

    fresh = _invite(administrator, SystemClock())
    response = client.post(fresh.path, {"name": "New Person", "password": PASSWORD})

    assert response["Location"] == "/account/"
    assert client.get("/")["Location"] == "/account/"
    assert "Add a second step" in client.get("/account/").content.decode()


def test_whoever_is_invited_need_not_type_the_name_by_which_they_were_invited(administrator, client):
    from watchward.base.clock import SystemClock  # noqa: PLC0415 - as above

    page = client.get(_invite(administrator, SystemClock()).path).content.decode()

    assert 'value="New Person"' in page


def test_opening_a_link_does_not_use_it_up(administrator, client):
    from watchward.base.clock import SystemClock  # noqa: PLC0415 - as above

    fresh = _invite(administrator, SystemClock())
    client.get(fresh.path)

    assert client.get(fresh.path).status_code == 200


def test_a_link_works_once(administrator, clock):
    fresh = _invite(administrator, clock)
    details = actions.AccountDetails(name="New Person", password=PASSWORD)
    actions.set_up_account(by=fresh.user, secret=_secret(fresh), details=details, clock=clock)

    with pytest.raises(links.LinkError, match="has been used"):
        actions.set_up_account(by=fresh.user, secret=_secret(fresh), details=details, clock=clock)


def test_a_link_expires(administrator, clock):
    fresh = _invite(administrator, clock)
    clock.advance(timedelta(days=7))

    with pytest.raises(links.LinkError, match=r"expired\.\nAsk Person \d+"):
        links.usable(_secret(fresh), at=clock.now())


def test_a_newer_link_takes_the_place_of_an_older_one(administrator, clock):
    older = _invite(administrator, clock)
    actions.make_link(by=administrator, user=older.user, clock=clock)

    with pytest.raises(links.LinkError, match="a newer one"):
        links.usable(_secret(older), at=clock.now())


def test_a_link_of_a_disabled_account_is_refused(administrator, clock):
    fresh = _invite(administrator, clock)
    fresh.user.is_active = False
    fresh.user.save()

    with pytest.raises(links.LinkError, match="disabled"):
        links.usable(_secret(fresh), at=clock.now())


def test_an_expired_link_is_answered_with_a_page_that_says_what_to_do(client):
    response = client.get("/account/link/no-such-secret/")

    assert response.status_code == 400
    assert "Use the newest link" in response.content.decode()


def test_the_secret_of_a_link_is_not_in_the_database(administrator, clock):
    fresh = _invite(administrator, clock)

    assert _secret(fresh) not in str(list(fresh.user.links.values()))
    assert _secret(fresh) not in str(list(AuditEntry.objects.values()))


def test_inviting_someone_who_has_an_account_is_refused_with_advice(administrator, clock):
    existing = UserFactory()

    with pytest.raises(BadInputError, match=r"There is an account.*\nOpen that person's page"):
        _invite(administrator, clock, email=existing.email.upper())


def test_inviting_into_an_organisation_that_one_does_not_look_after_is_refused(clock):
    elsewhere = OrganisationFactory()

    with pytest.raises(NotAllowedError):
        _invite(PostFactory().user, clock, organisation=elsewhere)
    assert not User.objects.filter(email="new@watchward.example").exists()


def test_a_link_is_mailed_where_mail_is_set_up(administrator, clock, settings, django_capture_on_commit_callbacks):
    settings.WATCHWARD = ConsoleConfig(smtp_url="smtp://mail.example", public_url="https://watch.example")
    with django_capture_on_commit_callbacks(execute=True):
        fresh = _invite(administrator, clock)

    assert f"https://watch.example{fresh.path}" in mail.outbox[0].body
    assert mail.outbox[0].to == ["new@watchward.example"]


def test_the_first_administrator_chooses_their_address_and_sees_the_whole_node(clock):
    fresh = actions.make_first_link(by=CLI, clock=clock)
    details = actions.AccountDetails(email="first@watchward.example", name="First", password=PASSWORD)
    actions.set_up_account(by=fresh.user, secret=_secret(fresh), details=details, clock=clock)

    user = User.objects.get(email="first@watchward.example")
    assert {post.role for post in user.posts.all()} == {ADMINISTRATOR.key, NATIONAL_ANALYST.key}
    assert all(post.organisation is None for post in user.posts.all())


@pytest.mark.usefixtures("administrator")
def test_there_is_no_first_link_when_an_administrator_has_an_account(clock):
    assert actions.make_first_link(by=CLI, clock=clock) is None


def test_a_first_link_that_was_lost_can_be_made_again(clock):
    lost = actions.make_first_link(by=CLI, clock=clock)
    again = actions.make_first_link(by=CLI, clock=clock)

    assert again.user == lost.user
    with pytest.raises(links.LinkError):
        links.usable(_secret(lost), at=clock.now())


def test_a_new_password_ends_every_session(administrator, client, clock):
    client.force_login(administrator)
    fresh = actions.make_link(by=CLI, user=administrator, clock=clock)
    details = actions.AccountDetails(password="another long password")
    actions.set_up_account(by=administrator, secret=_secret(fresh), details=details, clock=clock)

    assert client.get("/")["Location"] == "/account/sign-in/?next=/"


def test_a_forgotten_password_is_answered_alike_whether_there_is_an_account_or_not(
    administrator, client, settings, django_capture_on_commit_callbacks
):
    settings.WATCHWARD = ConsoleConfig(smtp_url="smtp://mail.example")
    with django_capture_on_commit_callbacks(execute=True):
        known = client.post("/account/forgotten-password/", {"email": administrator.email}).content
        unknown = client.post("/account/forgotten-password/", {"email": "who@watchward.example"}).content

    assert b"Look into your mail" in known
    assert b"Look into your mail" in unknown
    assert [message.to for message in mail.outbox] == [[administrator.email]]


def test_without_mail_a_forgotten_password_leads_to_an_administrator(client):
    assert "Ask an administrator" in client.get("/account/forgotten-password/").content.decode()


def test_the_first_administrator_may_look_around_an_exercise_at_once(client, settings):
    from watchward.base.clock import SystemClock  # noqa: PLC0415 - as above

    settings.WATCHWARD = ConsoleConfig(exercise=True)
    fresh = actions.make_first_link(by=CLI, clock=SystemClock())

    assert "Look around now" in client.get(fresh.path).content.decode()
    assert client.post(fresh.path, {"look-around": "yes"})["Location"] == "/"
    assert client.get("/", follow=True).status_code == 200
    assert "has been used" in client.get(fresh.path).content.decode()


def test_outside_an_exercise_nobody_looks_around_without_an_account(client):
    from watchward.base.clock import SystemClock  # noqa: PLC0415 - as above

    fresh = actions.make_first_link(by=CLI, clock=SystemClock())

    assert "Look around now" not in client.get(fresh.path).content.decode()
    assert client.post(fresh.path, {"look-around": "yes"}).status_code == 403


def test_whoever_looks_around_can_set_up_their_account_afterwards(client, settings):
    from watchward.base.clock import SystemClock  # noqa: PLC0415 - as above

    settings.WATCHWARD = ConsoleConfig(exercise=True)
    fresh = actions.make_first_link(by=CLI, clock=SystemClock())
    client.post(fresh.path, {"look-around": "yes"})
    details = {"email": "first@watchward.example", "name": "First", "password": PASSWORD}

    assert client.post("/account/set-up/", details)["Location"] == "/account/"
    assert User.objects.get(email="first@watchward.example").has_usable_password()


@pytest.mark.parametrize("email", ["", "nobody", "a b@watchward.example", "x@"])
def test_an_address_that_is_none_is_refused(administrator, clock, email):
    with pytest.raises(BadInputError, match="is not an email address"):
        _invite(administrator, clock, email=email)
