from console.factories import OrganisationFactory, PostFactory, UserFactory
from watchward.access.roles import ADMINISTRATOR, BOARD_MEMBER, ORGANISATION_CYBER_LEAD
from watchward.base.clock import SystemClock
from watchward.console.access import actions
from watchward.console.access.guard import Service


def test_an_administrator_invites_someone_and_looks_after_them(page_for, passes):
    organisation = OrganisationFactory(name="Invented Hospital Trust")
    PostFactory(organisation=organisation, role=BOARD_MEMBER.key, user=UserFactory(name="Kim Example"))
    page = page_for(ADMINISTRATOR, organisation)
    page.goto("/people/")
    passes(page, "people")
    page.get_by_role("button", name="Invite someone").click()
    passes(page, "invite")
    page.get_by_role("button", name="Invite").click()
    passes(page, "invite-problems")
    page.get_by_label("Email address").fill("sam@watchward.example")
    page.get_by_label("Full name").fill("Sam Example")
    page.get_by_label("Board member").check()
    page.get_by_label("Code of the organisation").fill(organisation.code)
    page.get_by_role("button", name="Invite").click()
    passes(page, "fresh-link")
    page.get_by_role("link", name="Sam Example").click()
    passes(page, "person")
    page.get_by_role("link", name="Withdraw").click()
    passes(page, "withdraw-role")
    page.get_by_role("button", name="Withdraw the role").click()
    page.get_by_text("The role was withdrawn").wait_for()


def test_a_colleague_confirms_a_lost_authenticator(page_for, passes):
    organisation = OrganisationFactory()
    person = PostFactory(organisation=organisation, role=BOARD_MEMBER.key, user=UserFactory(name="Kim Example")).user
    recovery = actions.ask_recovery(by=person, clock=SystemClock())
    page = page_for(ORGANISATION_CYBER_LEAD, organisation)
    page.goto(f"/people/{person.pk}/")
    passes(page, "recovery")
    page.get_by_label("Code").fill(recovery.code)
    page.get_by_role("button", name="Confirm that it is them").click()

    page.get_by_text("set up a new authenticator").wait_for()


def test_the_audit_log_is_readable(page_for, passes):
    organisation = OrganisationFactory(name="Invented Hospital Trust")
    page = page_for(ADMINISTRATOR, organisation)
    by = Service(name="root at the command line")
    for number in range(4):
        person = UserFactory(name=f"Kim Example {number}", second_step=False)
        actions.give_post(by=by, user=person, role=BOARD_MEMBER, organisation=organisation, clock=SystemClock())
    page.goto("/audit/")
    passes(page, "audit")
    page.get_by_text("Narrow this list").click()
    passes(page, "audit-filter")
