import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.factories import OrganisationFactory, PostFactory, UserFactory
from watchward.access.roles import ADMINISTRATOR, AUDITOR, BOARD_MEMBER, ORGANISATION_CYBER_LEAD
from watchward.base.clock import SystemClock
from watchward.console.access import actions
from watchward.console.access.models import AuditEntry, Post, User


@pytest.fixture
def organisation():
    return OrganisationFactory()


@pytest.fixture
def administrator(organisation, client):
    user = PostFactory(organisation=organisation).user
    client.force_login(user)
    return user


def _page(client, path):
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.usefixtures("administrator")
def test_the_list_shows_people_of_ones_own_organisations_and_nobody_else(client, organisation):
    colleague = PostFactory(organisation=OrganisationFactory(parent=organisation), role=BOARD_MEMBER.key).user
    stranger = PostFactory().user
    page = _page(client, "/people/")

    assert colleague.name in page
    assert "Board member, Invented Trust" in page
    assert stranger.email not in page


@pytest.mark.usefixtures("administrator")
def test_roles_elsewhere_are_not_shown(client, organisation):
    person = PostFactory(organisation=organisation, role=BOARD_MEMBER.key).user
    PostFactory(user=person, role=AUDITOR.key, organisation=OrganisationFactory(name="Elsewhere Trust"))

    assert "Elsewhere Trust" not in _page(client, "/people/")
    assert "Elsewhere Trust" not in _page(client, f"/people/{person.pk}/")


@pytest.mark.usefixtures("administrator")
def test_people_are_found_by_name_or_address(client, organisation):
    sam = PostFactory(organisation=organisation, user=UserFactory(name="Sam Example")).user
    PostFactory(organisation=organisation, user=UserFactory(name="Kim Example"))
    page = _page(client, f"/people/?search={sam.email}")

    assert "Sam Example" in page
    assert "Kim Example" not in page


@pytest.mark.usefixtures("administrator")
def test_the_list_is_paged_and_asks_the_database_the_same_however_long_it_is(client, organisation):
    PostFactory.create_batch(60, organisation=organisation, user__second_step=False)
    with CaptureQueriesContext(connection) as queries:
        page = _page(client, "/people/")

    assert "?page=2" in page
    assert len(queries) < 20


@pytest.mark.usefixtures("administrator")
def test_a_person_elsewhere_cannot_be_opened(client):
    assert client.get(f"/people/{PostFactory().user.pk}/").status_code == 404


def test_an_invitation_shows_its_link_once(client, administrator, organisation):
    given = {"email": "new@watchward.example", "name": "New", "role": "board_member", "organisation": organisation.code}
    page = client.post("/people/invite/", given).content.decode()

    assert "/account/link/" in page
    assert AuditEntry.objects.filter(event="invitation.sent", actor_name=administrator.name).exists()


@pytest.mark.usefixtures("administrator")
@pytest.mark.parametrize("code", ["", "NOWHERE"])
def test_an_invitation_beyond_ones_reach_is_refused(client, code):
    given = {"email": "new@watchward.example", "name": "New", "role": "board_member", "organisation": code}
    response = client.post("/people/invite/", given)

    assert response.status_code == 403 or "There is a problem" in response.content.decode()
    assert not User.objects.filter(email="new@watchward.example").exists()


@pytest.mark.usefixtures("administrator")
def test_a_role_is_given_and_withdrawn(client, organisation):
    person = PostFactory(organisation=organisation, role=BOARD_MEMBER.key).user
    client.post(f"/people/{person.pk}/roles/give/", {"role": "auditor", "organisation": organisation.code})
    post = Post.objects.get(user=person, role="auditor")
    assert "will no longer be" in _page(client, f"/people/{person.pk}/roles/{post.pk}/withdraw/")
    client.post(f"/people/{person.pk}/roles/{post.pk}/withdraw/")

    assert [post.role for post in person.posts.all()] == ["board_member"]


@pytest.mark.usefixtures("administrator")
def test_an_account_is_disabled_and_enabled(client, organisation):
    person = PostFactory(organisation=organisation, role=BOARD_MEMBER.key).user
    client.post(f"/people/{person.pk}/switch/")
    person.refresh_from_db()
    assert not person.is_active

    client.post(f"/people/{person.pk}/switch/")
    person.refresh_from_db()
    assert person.is_active


@pytest.mark.usefixtures("administrator")
def test_an_account_that_reaches_further_is_out_of_reach(client, organisation):
    person = PostFactory(organisation=organisation, role=BOARD_MEMBER.key).user
    PostFactory(user=person, organisation=None, role=ADMINISTRATOR.key)

    assert client.post(f"/people/{person.pk}/switch/").status_code == 403
    assert client.post(f"/people/{person.pk}/link/").status_code == 403
    assert "Disable the account" not in _page(client, f"/people/{person.pk}/")


def test_a_cyber_lead_confirms_a_lost_authenticator_on_the_page(client, organisation):
    person = PostFactory(organisation=organisation, role=BOARD_MEMBER.key).user
    recovery = actions.ask_recovery(by=person, clock=SystemClock())
    client.force_login(PostFactory(organisation=organisation, role=ORGANISATION_CYBER_LEAD.key).user)
    assert "They lost their authenticator" in _page(client, f"/people/{person.pk}/")

    client.post(f"/people/{person.pk}/recovery/", {"code": recovery.code})

    assert not person.authenticator_set.exists()


def test_the_audit_page_tells_what_was_done_in_sentences(client, administrator, organisation):
    actions.give_post(
        by=administrator, user=UserFactory(name="Kim"), role=AUDITOR, organisation=organisation, clock=SystemClock()
    )

    assert f"{administrator.name} gave Kim the role Auditor." in _page(client, "/audit/")


@pytest.mark.usefixtures("administrator")
def test_the_audit_page_does_not_show_what_was_done_elsewhere(client):
    elsewhere = PostFactory()
    actions.give_post(
        by=elsewhere.user,
        user=UserFactory(name="Kim"),
        role=AUDITOR,
        organisation=elsewhere.organisation,
        clock=SystemClock(),
    )
    actions.make_first_link(by=actions.FORGOTTEN, clock=SystemClock())

    page = _page(client, "/audit/")
    assert "Kim" not in page
    assert "First administrator" not in page


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("event=post.given", True),
        ("event=user.disabled", False),
        ("who=kim", True),
        ("since=2020-01-01", True),
        ("until=2020-01-01", False),
        ("organisation=NONE", False),
        ("since=nonsense", True),
    ],
)
def test_the_audit_page_is_filtered_by_its_address(client, administrator, organisation, query, shown):
    actions.give_post(
        by=administrator, user=UserFactory(name="Kim"), role=AUDITOR, organisation=organisation, clock=SystemClock()
    )

    assert ("gave Kim" in _page(client, f"/audit/?{query}")) is shown


def test_what_someone_typed_is_shown_as_text(client, administrator, organisation):
    actions.give_post(
        by=administrator,
        user=UserFactory(name="<script>alert(1)</script>{by.password}"),
        role=AUDITOR,
        organisation=organisation,
        clock=SystemClock(),
    )

    for path in ("/audit/", "/people/"):
        assert "<script>alert(1)" not in _page(client, path)
    assert "{by.password}" in _page(client, "/audit/")
