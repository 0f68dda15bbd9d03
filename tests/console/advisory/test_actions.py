from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from console.advisory.factories import DESK, NOW, a_draft, a_nation, an_issued, says_for, the_answer
from console.factories import OrganisationFactory, PostFactory
from console.respond.factories import ContactFactory, a_rota
from watchward.access.roles import (
    CARE_PROVIDER_MANAGER,
    NATIONAL_ANALYST,
    ORGANISATION_CYBER_LEAD,
    REGIONAL_LEAD,
)
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.models import AuditEntry
from watchward.console.advisory import actions, answering_actions, queries, telling
from watchward.console.advisory.models import Advisory, Answer
from watchward.console.care.models import CareSupplier, CareSystem, Choice
from watchward.console.respond.models import Notice
from watchward.estate.organisation import OrganisationKind
from watchward.respond.advisory.answer import Standing, Step
from watchward.respond.advisory.content import Action, Product, Severity, Whom


def _somebody(role, organisation):
    return PostFactory(role=role.key, organisation=organisation).user


def _say(answer, step, *, note="", clock):
    by = _somebody(CARE_PROVIDER_MANAGER, answer.organisation)
    return answering_actions.answer_advisory(by=by, answer=answer, step=step, note=note, clock=clock)


def test_a_draft_asks_nobody_and_an_issued_alert_asks_each_of_its_kinds_once(clock):
    some = a_nation()
    draft = a_draft(some.nation, clock=clock)
    assert not Answer.objects.exists()

    actions.issue_advisory(by=DESK, advisory=draft, clock=clock)

    asked = set(Answer.objects.values_list("organisation__code", flat=True))
    assert asked == {one.code for one in [*some.trusts, *some.homes]}
    assert set(Answer.objects.values_list("due_by", flat=True)) == {NOW + timedelta(hours=48)}
    assert AuditEntry.objects.get(event="advisory.issued").subject_name == str(draft)


def test_an_alert_that_concerns_nobody_is_not_issued(clock):
    draft = a_draft(a_nation().nation, clock=clock)
    nobody = says_for(
        draft.organisation, number=draft.number, whom=Whom(area="XN", kinds=frozenset({OrganisationKind.PHARMACY}))
    )
    actions.change_draft(by=DESK, advisory=draft, says=nobody, clock=clock)

    with pytest.raises(BadInputError, match="concerns nobody"):
        actions.issue_advisory(by=DESK, advisory=draft, clock=clock)
    assert not Answer.objects.exists()


def test_a_region_issues_for_itself_and_not_for_its_neighbour(clock):
    some = a_nation()
    lead = _somebody(REGIONAL_LEAD, some.regions[0])
    says = says_for(some.regions[0], number="RX-0001")
    actions.draft_advisory(by=lead, organisation=some.regions[0], says=says, clock=clock)

    elsewhere = says_for(some.regions[1], number="RX-0002")
    with pytest.raises(NotAllowedError):
        actions.draft_advisory(by=lead, organisation=some.regions[1], says=elsewhere, clock=clock)


def test_only_those_who_are_known_to_run_a_product_are_asked_where_the_alert_says_so(clock):
    some = a_nation()
    _runs(some.trusts[1], "Bell 2 hosted")
    whom = Whom(area=some.nation.code, kinds=frozenset({OrganisationKind.TRUST}), only_known=True)

    an_issued(some.nation, clock=clock, whom=whom)

    answer = Answer.objects.get()
    assert (answer.organisation, answer.likely) == (some.trusts[1], "applies")
    assert answer.why == "You use Bell 2 hosted for patient record."


def test_what_a_template_says_of_a_care_homes_supplier_is_proposed_and_is_no_answer(clock):
    some = a_nation()
    at = {"changed_at": NOW, "changed_by": "T", "reason": "T"}
    CareSupplier.objects.create(id="supplier/larkmere", name="Larkmere Records", **at)
    Choice.objects.create(organisation=some.homes[0], role="host", name="care_planning", chosen="supplier/larkmere")
    CareSystem.objects.create(id="XT0/x", organisation=some.trusts[0], kind="email", product="Post", host="", **at)

    an_issued(some.nation, clock=clock, products=(Product(name="Bell 2", supplier="Larkmere Records Ltd"),))

    found = {one.organisation.code: (one.likely, one.standing, one.why) for one in Answer.objects.all()}
    assert found["XC0A"] == ("applies", "asked", "You have care planning from Larkmere Records.")
    assert found["XC0E"] == ("unknown", "asked", "We know nothing of whether you use Bell 2.")
    assert found["XT0"] == ("unknown", "asked", "What we know of your systems does not name Bell 2.")


def test_a_care_home_answers_in_one_word_and_nothing_is_due_any_more(clock):
    some = a_nation()
    answer = the_answer(an_issued(some.nation, clock=clock), some.homes[0])

    _say(answer, Step.FINISH, clock=clock)

    found = the_answer(answer.advisory, some.homes[0])
    assert (found.standing, found.voice, found.due_by) == ("done", "own", None)
    assert found.entries.get().text == "Said that everything asked is done"
    assert AuditEntry.objects.filter(event="advisory.answered", organisation="XC0A").count() == 1


def test_a_trust_says_why_an_alert_does_not_apply_and_who_carries_a_risk(clock):
    some = a_nation()
    answer = the_answer(an_issued(some.nation, clock=clock), some.trusts[0])
    by = _somebody(ORGANISATION_CYBER_LEAD, some.trusts[0])

    for step in (Step.NOT_CONCERNED, Step.ACCEPT_RISK):
        with pytest.raises(BadInputError, match="reason in words"):
            answering_actions.answer_advisory(by=by, answer=answer, step=step, note=" ", clock=clock)
    answering_actions.answer_advisory(by=by, answer=answer, step=Step.NOT_CONCERNED, note="None left", clock=clock)

    assert the_answer(answer.advisory, some.trusts[0]).note == "None left"


def test_the_neighbours_manager_cannot_answer_for_a_care_home(clock):
    some = a_nation()
    answer = the_answer(an_issued(some.nation, clock=clock), some.homes[0])
    by = _somebody(CARE_PROVIDER_MANAGER, some.homes[1])

    with pytest.raises(NotAllowedError):
        answering_actions.answer_advisory(by=by, answer=answer, step=Step.FINISH, note="", clock=clock)


def test_a_board_answers_for_small_ones_that_are_silent_and_for_nobody_else(clock):
    some = a_nation()
    advisory = an_issued(some.nation, clock=clock)
    _say(the_answer(advisory, some.homes[0]), Step.ASK_HELP, clock=clock)
    by = _somebody(REGIONAL_LEAD, some.boards[0])
    below = [some.trusts[0], *some.homes[:2]]

    told = answering_actions.answer_for(
        by=by, advisory=advisory, organisations=below, step=Step.FINISH, note="We run their computers", clock=clock
    )

    assert (told.done, told.passed_over) == (1, 2)
    assert the_answer(advisory, some.homes[1]).standing == "done"
    assert the_answer(advisory, some.homes[0]).standing == "looking"
    assert the_answer(advisory, some.trusts[0]).standing == "asked"


def test_a_care_home_has_the_last_word_over_what_was_answered_for_it(clock):
    some = a_nation()
    advisory = an_issued(some.nation, clock=clock)
    answering_actions.answer_for(
        by=DESK, advisory=advisory, organisations=some.homes, step=Step.FINISH, note="We do it", clock=clock
    )

    _say(the_answer(advisory, some.homes[0]), Step.REOPEN, clock=clock)

    found = the_answer(advisory, some.homes[0])
    assert (found.standing, found.voice) == ("looking", "own")


def test_other_words_ask_nobody_again_and_other_actions_ask_those_who_had_done_the_old_ones(clock):
    some = a_nation()
    advisory = an_issued(some.nation, clock=clock)
    _say(the_answer(advisory, some.homes[0]), Step.FINISH, clock=clock)
    says = advisory.says
    words = replace(says, what="Said better")
    actions_too = replace(words, actions=(*says.actions, Action(text="Restart", by=says.act_by)))
    clock.advance(timedelta(days=1))

    assert actions.correct_advisory(by=DESK, advisory=advisory, says=words, reason="Words", clock=clock) == 0
    assert actions.correct_advisory(by=DESK, advisory=advisory, says=actions_too, reason="More", clock=clock) == 1

    advisory.refresh_from_db()
    assert (advisory.version, [one.number for one in queries.versions_of(advisory)]) == (3, [3, 2, 1])
    again = the_answer(advisory, some.homes[0])
    assert (again.standing, again.due_by) == ("asked", clock.now() + timedelta(hours=48))
    assert the_answer(advisory, some.homes[1]).due_by == NOW + timedelta(hours=48)


def test_a_correction_asks_those_who_are_newly_concerned_and_releases_those_who_no_longer_are(clock):
    some = a_nation()
    advisory = an_issued(some.nation, clock=clock, whom=Whom(area="XN", kinds=frozenset({OrganisationKind.TRUST})))
    whom = Whom(area="XN", kinds=frozenset({OrganisationKind.CARE_HOME}))

    asked = actions.correct_advisory(
        by=DESK, advisory=advisory, says=replace(advisory.says, whom=whom), reason="Wrong kind", clock=clock
    )

    assert asked == len(some.homes)
    assert the_answer(advisory, some.trusts[0]).standing == Standing.RELEASED
    back = replace(advisory.says, whom=Whom(area="XN", kinds=frozenset({OrganisationKind.TRUST})))
    assert actions.correct_advisory(by=DESK, advisory=advisory, says=back, reason="Back", clock=clock) == 2
    assert the_answer(advisory, some.trusts[0]).standing == Standing.ASKED


def test_nothing_is_due_for_an_alert_that_was_withdrawn_and_what_was_said_stays(clock):
    some = a_nation()
    advisory = an_issued(some.nation, clock=clock)
    _say(the_answer(advisory, some.homes[0]), Step.FINISH, clock=clock)

    actions.withdraw_advisory(by=DESK, advisory=advisory, reason="A false alarm", clock=clock)

    assert not Answer.objects.filter(due_by__isnull=False).exists()
    assert the_answer(advisory, some.homes[0]).standing == "done"
    with pytest.raises(BadInputError, match="withdrawn"):
        _say(the_answer(advisory, some.homes[1]), Step.FINISH, clock=clock)


def test_an_alert_is_issued_once_and_a_discarded_draft_is_gone(clock):
    some = a_nation()
    advisory = an_issued(some.nation, clock=clock)
    with pytest.raises(BadInputError, match="is issued, not draft"):
        actions.issue_advisory(by=DESK, advisory=advisory, clock=clock)

    actions.discard_draft(by=DESK, advisory=a_draft(some.nation, clock=clock), clock=clock)
    assert Advisory.objects.get() == advisory


def test_people_are_told_once_by_the_nearest_rota_and_again_when_it_is_late(clock):
    some = a_nation()
    a_rota(some.trusts[0], [ContactFactory(organisation=some.trusts[0], name="Trust desk")])
    first, second = (ContactFactory(organisation=some.boards[0], name=name) for name in ("Board desk", "Director"))
    a_rota(some.boards[0], [first], [second])
    an_issued(some.nation, clock=clock)

    telling.tell_asked(clock=clock)
    assert telling.tell_asked(clock=clock) == 0

    told = dict(Notice.objects.values_list("contact_name", "subject"))
    assert told.keys() == {"Trust desk", "Board desk"}
    assert told["Board desk"].endswith("(2 organisations)")

    assert telling.tell_late(clock=clock) == 0
    clock.advance(timedelta(hours=49))
    assert telling.tell_late(clock=clock) == 3
    assert telling.tell_late(clock=clock) == 0


def test_in_quiet_hours_only_a_critical_alert_disturbs_anybody(clock):
    some = a_nation()
    hours = {"quiet_from": "08:00", "quiet_until": "10:00"}
    a_rota(some.nation, [ContactFactory(organisation=some.nation, name="Desk")], **hours)
    an_issued(some.nation, clock=clock)
    assert telling.tell_asked(clock=clock) == 0

    an_issued(some.nation, clock=clock, severity=Severity.CRITICAL)
    assert telling.tell_asked(clock=clock) == 1
    clock.advance(timedelta(hours=2))
    assert telling.tell_asked(clock=clock) == 1


def test_help_that_is_offered_reaches_those_on_duty_and_stands_in_the_time_line(clock):
    some = a_nation()
    a_rota(some.homes[0], [ContactFactory(organisation=some.homes[0], name="Manager")])
    advisory = an_issued(some.nation, clock=clock)
    by = _somebody(NATIONAL_ANALYST, None)

    told = answering_actions.offer_help(
        by=by, advisory=advisory, organisations=some.homes[:1], note="Ring 0300 000 0000", clock=clock
    )

    assert (told.done, told.passed_over) == (1, 0)
    notice = Notice.objects.get()
    assert "Ring 0300 000 0000" in notice.lines
    assert the_answer(advisory, some.homes[0]).entries.get().note == "Ring 0300 000 0000"


def test_progress_counts_each_part_of_what_the_viewer_sees(clock):
    some = a_nation()
    advisory = an_issued(some.nation, clock=clock)
    _say(the_answer(advisory, some.homes[0]), Step.FINISH, clock=clock)
    _say(the_answer(advisory, some.homes[1]), Step.ASK_HELP, clock=clock)
    clock.advance(timedelta(hours=50))

    whole = queries.progress(_somebody(NATIONAL_ANALYST, None), advisory, clock.now())
    part = queries.progress(_somebody(REGIONAL_LEAD, some.boards[0]), advisory, clock.now())

    figures = [(one.name, one.asked, one.silent, one.closed, one.late, one.wants_help) for one in whole]
    assert figures == [("Westmoor", 3, 3, 0, 3, 0), ("Fenmark", 3, 1, 1, 1, 1)]
    assert [one.name for one in part] == ["Fenmark"]
    assert queries.together(whole).asked == 6


def _runs(organisation, product):
    at = {"changed_at": NOW, "changed_by": "T", "reason": "T"}
    CareSystem.objects.create(
        id=f"{organisation.code}/epr", organisation=organisation, kind="patient_record", product=product, **at
    )


def test_people_are_told_of_many_organisations_with_as_few_looks_as_of_one(clock):
    some = a_nation()
    a_rota(some.nation, [ContactFactory(organisation=some.nation, name="Desk")])
    looks = []
    for homes in (0, 20):
        for number in range(homes):
            OrganisationFactory(code=f"XH{number}", kind=some.homes[0].kind, parent=some.homes[0].parent)
        an_issued(some.nation, clock=clock)
        with CaptureQueriesContext(connection) as asked:
            telling.tell_asked(clock=clock)
        clock.advance(timedelta(hours=49))
        with CaptureQueriesContext(connection) as late:
            telling.tell_late(clock=clock)
        looks.append((len(asked), len(late)))

    assert looks[0] == looks[1]
