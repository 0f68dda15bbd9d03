import pytest

from console.factories import OrganisationFactory, PostFactory, UserFactory
from watchward.access.permissions import Permission
from watchward.access.roles import AUDITOR, BOARD_MEMBER, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.base.errors import NotAllowedError
from watchward.console.access.guard import Service, organisations_where, reach, require
from watchward.console.estate.models import Organisation


def test_a_role_reaches_its_organisation_and_everything_below_it():
    region = OrganisationFactory()
    trust = OrganisationFactory(parent=region)
    lead = PostFactory(role=REGIONAL_LEAD.key, organisation=region).user

    require(lead, Permission.ALERT_HANDLE, at=trust)


def test_a_role_elsewhere_is_refused_with_advice():
    elsewhere = OrganisationFactory()

    with pytest.raises(NotAllowedError, match=r"may not .*\(alert\.handle\).*\nAsk an administrator"):
        require(PostFactory(role=ORGANISATION_CYBER_LEAD.key).user, Permission.ALERT_HANDLE, at=elsewhere)


def test_a_role_does_not_reach_upwards():
    region = OrganisationFactory()
    trust = OrganisationFactory(parent=region)
    lead = PostFactory(role=REGIONAL_LEAD.key, organisation=trust).user

    assert list(organisations_where(lead, Permission.ALERT_VIEW)) == [trust]


def test_a_code_that_begins_like_another_is_not_below_it():
    lead = PostFactory(role=REGIONAL_LEAD.key, organisation=OrganisationFactory(code="AB")).user
    OrganisationFactory(code="ABC")

    assert [organisation.code for organisation in organisations_where(lead, Permission.ALERT_VIEW)] == ["AB"]


def test_a_role_over_the_whole_node_reaches_everything():
    OrganisationFactory.create_batch(2)
    auditor = PostFactory(role=AUDITOR.key, organisation=None).user

    assert organisations_where(auditor, Permission.AUDIT_VIEW).count() == 2


def test_a_role_that_does_not_grant_it_reaches_nothing():
    member = PostFactory(role=BOARD_MEMBER.key).user

    assert not organisations_where(member, Permission.HUNT_RUN).exists()


def test_an_unknown_role_grants_nothing():
    post = PostFactory(role="from_a_later_version")

    assert not organisations_where(post.user, Permission.ORGANISATION_VIEW).exists()


def test_a_disabled_account_may_do_nothing():
    post = PostFactory(user=UserFactory(is_active=False))

    with pytest.raises(NotAllowedError):
        require(post.user, Permission.USER_VIEW, at=post.organisation)


def test_a_post_over_one_organisation_does_not_cover_the_node():
    post = PostFactory()

    with pytest.raises(NotAllowedError, match="the whole node"):
        require(post.user, Permission.NODE_VIEW, at=None)


def test_nested_posts_are_one_reach():
    region = OrganisationFactory()
    post = PostFactory(role=REGIONAL_LEAD.key, organisation=region)
    PostFactory(user=post.user, role=REGIONAL_LEAD.key, organisation=OrganisationFactory(parent=region))

    assert reach(post.user, Permission.ALERT_VIEW).paths == (region.path,)


def test_a_part_of_the_node_may_do_everything():
    organisation = OrganisationFactory()

    require(Service(name="projector"), Permission.POST_GIVE, at=organisation)
    assert list(organisations_where(Service(name="projector"), Permission.ALERT_VIEW)) == [organisation]
    assert Organisation.objects.filter(reach(Service(name="projector"), Permission.ALERT_VIEW).q("path")).exists()
