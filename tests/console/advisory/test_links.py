"""High severity alerts over links: asked at one node, answered at others, and seen where they were issued."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from console.advisory.factories import ASKED, DESK, a_draft, a_nation, an_issued, the_answer
from console.link.nodes import Node, empty_database, exchange, join
from console.respond.factories import ContactFactory, a_rota
from watchward.base.clock import HeldClock
from watchward.base.errors import BadInputError
from watchward.console.access.models import AuditEntry
from watchward.console.advisory import actions, answering_actions, linking, queries, reporting, telling
from watchward.console.advisory.filters import AnswerFilter
from watchward.console.advisory.models import Advisory, Answer
from watchward.console.care.models import CareSystem
from watchward.console.estate.models import Organisation
from watchward.console.link import actions as link_actions
from watchward.console.link.models import Peer, Refusal
from watchward.console.respond.models import Notice
from watchward.estate.organisation import OrganisationKind
from watchward.link.stream import Envelope
from watchward.respond.advisory.answer import Step
from watchward.respond.advisory.content import Action, Whom

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
TWO_DAYS = timedelta(hours=48)


@pytest.fixture
def made(tmp_path):
    """A maker of nodes that all know the same organisations."""
    if connection.vendor != "sqlite":
        pytest.skip("each node has a file of its own")
    empty = empty_database(tmp_path)

    def make(name):
        node = Node(name, tmp_path / name, empty, HeldClock(at=START))
        with node.inside():
            a_nation()
        return node

    return make


@pytest.fixture
def three(made):
    """The nation, a region of it, and a Trust of that region, each with a node of its own."""
    nation, region, trust = made("XN"), made("XR0"), made("XT0")
    join(region, nation)
    join(trust, region)
    pass_on(nation, region, trust)
    return nation, region, trust


def pass_on(nation, region, trust):
    """Let all that waits travel, down and up."""
    for node in (region, trust, region, trust, region):
        exchange(node)
    assert nation is not trust


def advance(nodes, by):
    for node in nodes:
        node.clock.advance(by)


@contextmanager
def at(node):
    """Do something on a node, in one transaction."""
    with node.inside(), transaction.atomic():
        yield


def issue(node, **changes):
    """An alert for the whole nation, issued at a node; its number."""
    with at(node):
        return an_issued(place("XN"), clock=node.clock, **changes).number


def place(code):
    return Organisation.objects.get(code=code)


def alert(number="CC-0001"):
    return Advisory.objects.get(number=number)


def say(node, code, step, *, note="It was looked at"):
    with at(node):
        answer = the_answer(alert(), place(code))
        answering_actions.answer_advisory(by=DESK, answer=answer, step=step, note=note, clock=node.clock)


def stands(node, code="XT0"):
    with node.inside():
        found = the_answer(alert(), place(code))
        return found.standing, found.due_by


def refused(node):
    with node.inside():
        return list(Refusal.objects.values_list("reason", flat=True))


def test_an_alert_of_the_nation_asks_below_and_its_clocks_run_from_the_nations_moment(three):
    nation, region, trust = three
    advance(three, timedelta(hours=1))
    issue(nation)
    advance(three, timedelta(hours=30))

    pass_on(*three)

    assert stands(trust) == stands(region) == ("asked", START + timedelta(hours=1) + TWO_DAYS)
    with trust.inside():
        assert set(Answer.objects.values_list("organisation__code", flat=True)) == {"XT0"}
        assert alert().issued_by == "the national desk, Larkland"
        assert AuditEntry.objects.filter(event="advisory.issued").exists()
    with region.inside():
        codes = set(Answer.objects.values_list("organisation__code", flat=True))
        assert codes == {"XT0", "XC0A", "XC0E"}


def test_what_a_trust_says_at_its_own_node_is_seen_by_the_nation_as_if_it_had_said_it_there(three):
    nation, region, trust = three
    issue(nation)
    pass_on(*three)
    advance(three, timedelta(hours=5))
    say(trust, "XT0", Step.ACKNOWLEDGE)
    advance(three, timedelta(hours=1))
    say(trust, "XT0", Step.ASK_HELP, note="Ask for 943 476 5919 at the desk")
    say(region, "XC0A", Step.FINISH)

    pass_on(*three)

    with nation.inside():
        found = the_answer(alert(), place("XT0"))
        assert (found.standing, found.voice, found.wants_help) == ("looking", "own", True)
        assert (found.said_at, found.due_by) == (START + timedelta(hours=6), START + timedelta(days=3, hours=6))
        told = [(one.at, one.text) for one in found.entries.all()]
        assert told == [
            (START + timedelta(hours=6), "Asked for help"),
            (START + timedelta(hours=5), "Has seen it, and is finding out"),
        ]
        assert "943" not in found.note
        places = {one.code: one for one in queries.progress(DESK, alert(), nation.clock.now())}
        assert (places["XR0"].answered, places["XR0"].closed, places["XR0"].wants_help) == (2, 1, 1)


def test_whoever_is_late_at_another_node_stands_among_those_who_are_late(three):
    nation, _, _ = three
    issue(nation)
    pass_on(*three)
    say(three[2], "XT0", Step.FINISH)
    advance(three, timedelta(hours=49))

    pass_on(*three)

    with nation.inside():
        rows, _ = queries.answer_page(DESK, alert(), AnswerFilter(which="late"), nation.clock.now())
        late = {row.answer.organisation.code for row in rows}
    assert late == {"XC0A", "XC0E", "XT1", "XC1A", "XC1E"}


def test_what_is_proposed_comes_from_what_the_trusts_own_node_knows_and_stays_there(three):
    nation, _, trust = three
    with trust.inside():
        CareSystem.objects.create(
            id="XT0/epr", organisation=place("XT0"), kind="patient_record", product="Bell 2 hosted",
            changed_at=START, changed_by="T", reason="T",
        )  # fmt: skip
    issue(nation)
    pass_on(*three)
    say(trust, "XT0", Step.APPLY)

    pass_on(*three)

    with trust.inside():
        assert Answer.objects.get().why == "You use Bell 2 hosted for patient record."
    with nation.inside():
        assert the_answer(alert(), place("XT0")).likely == "unknown"


def test_an_organisation_is_asked_where_only_its_own_node_knows_that_it_is_concerned(three):
    nation, _, trust = three
    with trust.inside():
        CareSystem.objects.create(
            id="XT0/epr", organisation=place("XT0"), kind="patient_record", product="Bell 2",
            changed_at=START, changed_by="T", reason="T",
        )  # fmt: skip
    with nation.inside():
        CareSystem.objects.create(
            id="XT1/epr", organisation=place("XT1"), kind="patient_record", product="Bell 2",
            changed_at=START, changed_by="T", reason="T",
        )  # fmt: skip
    issue(nation, whom=Whom(area="XN", kinds=frozenset({OrganisationKind.TRUST}), only_known=True))

    pass_on(*three)

    assert stands(nation) == stands(trust) == ("asked", START + TWO_DAYS)
    with nation.inside():
        assert set(Answer.objects.values_list("organisation__code", flat=True)) == {"XT0", "XT1"}


def test_a_correction_asks_again_below_whom_it_touches_from_the_moment_of_the_correction(three):
    nation, region, trust = three
    issue(nation)
    pass_on(*three)
    say(trust, "XT0", Step.FINISH)
    say(region, "XC0A", Step.ACKNOWLEDGE)
    pass_on(*three)
    advance(three, timedelta(hours=10))
    with at(nation):
        more = replace(alert().says, actions=(*alert().says.actions, Action(text="Restart", by=alert().act_by)))
        actions.correct_advisory(by=DESK, advisory=alert(), says=more, reason="One more", clock=nation.clock)
    advance(three, timedelta(hours=10))

    pass_on(*three)

    again = ("asked", START + timedelta(hours=10) + TWO_DAYS)
    assert stands(trust) == stands(region) == stands(nation) == again
    assert stands(region, "XC0A") == ("looking", START + timedelta(days=3))
    with trust.inside():
        assert (alert().version, alert().says) == (2, more)


def test_an_answer_given_before_the_correction_was_known_is_asked_for_again(three):
    nation, _, trust = three
    issue(nation)
    pass_on(*three)
    say(trust, "XT0", Step.FINISH)
    with at(nation):
        more = replace(alert().says, actions=(*alert().says.actions, Action(text="Restart", by=alert().act_by)))
        actions.correct_advisory(by=DESK, advisory=alert(), says=more, reason="One more", clock=nation.clock)

    pass_on(*three)

    assert stands(nation) == stands(trust) == ("asked", START + TWO_DAYS)


def test_what_the_nation_withdraws_is_due_nowhere_and_says_why(three):
    nation, region, trust = three
    issue(nation)
    pass_on(*three)
    with at(nation):
        actions.withdraw_advisory(by=DESK, advisory=alert(), reason="A false alarm", clock=nation.clock)

    pass_on(*three)

    for node in (region, trust):
        with node.inside():
            assert (alert().state, alert().withdrawn_why) == ("withdrawn", "A false alarm")
            assert not Answer.objects.filter(due_by__isnull=False).exists()


def test_nobody_below_corrects_withdraws_or_issues_again_what_came_from_above(three):
    _, _, trust = three
    issue(three[0])
    pass_on(*three)

    with trust.inside():
        assert not queries.may_change(DESK, alert())
        for act in (
            lambda: actions.withdraw_advisory(by=DESK, advisory=alert(), reason="No", clock=trust.clock),
            lambda: actions.correct_advisory(
                by=DESK, advisory=alert(), says=alert().says, reason="No", clock=trust.clock
            ),
        ):
            with pytest.raises(BadInputError, match="came from xr0"):
                act()


def test_an_organisation_with_a_node_of_its_own_is_answered_for_only_there(three):
    nation, region, _ = three
    issue(nation)
    pass_on(*three)

    with region.inside():
        mine = the_answer(alert(), place("XT0"))
        assert not queries.may_answer(DESK, mine)
        with pytest.raises(BadInputError, match="has a node of its own"):
            answering_actions.answer_advisory(by=DESK, answer=mine, step=Step.FINISH, note="", clock=region.clock)
    with nation.inside():
        homes = list(Organisation.objects.filter(code__in=["XC0A", "XC1A"]))
        told = answering_actions.answer_for(
            by=DESK, advisory=alert(), organisations=homes, step=Step.FINISH, note="We run it", clock=nation.clock
        )
        assert (told.done, told.passed_over) == (1, 1)
        assert {one.organisation.code for one in queries.hosted(DESK, alert(), AnswerFilter(), START)} == {"XC1E"}


def test_people_are_told_at_the_node_of_their_organisation_and_not_once_more_above(three):
    nation, _, trust = three
    for node, code in ((nation, "XN"), (trust, "XT0")):
        with node.inside():
            a_rota(place(code), [ContactFactory(organisation=place(code), name=f"Desk of {code}")])
    issue(nation)
    pass_on(*three)

    told = {}
    for node in (nation, trust):
        with node.inside():
            telling.tell_asked(clock=node.clock)
            told[node.name] = [(one.contact_name, one.subject.rpartition("(")[2]) for one in Notice.objects.all()]
    assert told["XT0"] == [("Desk of XT0", "Fenmark Hospitals Trust)")]
    assert told["XN"] == [("Desk of XN", "3 organisations)")]


def test_help_that_the_nation_offers_reaches_those_on_duty_at_the_trust(three):
    nation, region, trust = three
    with trust.inside():
        a_rota(place("XT0"), [ContactFactory(organisation=place("XT0"), name="Trust desk")])
    issue(nation)
    pass_on(*three)
    say(trust, "XT0", Step.ASK_HELP)
    pass_on(*three)
    with at(nation):
        answering_actions.offer_help(
            by=DESK, advisory=alert(), organisations=[place("XT0"), place("XC0A")], note="Ring 0300 000 0000",
            clock=nation.clock,
        )  # fmt: skip

    pass_on(*three)

    with trust.inside():
        assert "Ring 0300 000 0000" in Notice.objects.get().lines
        assert the_answer(alert(), place("XT0")).offered_at == START
    with region.inside():
        assert the_answer(alert(), place("XC0A")).entries.get().note == "Ring 0300 000 0000"
    with nation.inside():
        texts = sorted(the_answer(alert(), place("XT0")).entries.values_list("text", flat=True))
        assert texts == ["Asked for help", "Offered help"]


def test_the_report_holds_the_organisations_of_other_nodes_as_they_stood_then(three):
    nation, _, trust = three
    issue(nation)
    pass_on(*three)
    advance(three, timedelta(hours=5))
    say(trust, "XT0", Step.ACKNOWLEDGE)
    advance(three, timedelta(hours=5))
    say(trust, "XT0", Step.FINISH)
    pass_on(*three)

    with nation.inside():
        then = reporting.as_json(reporting.report(DESK, alert(), START + timedelta(hours=6)))
        now = reporting.as_csv(reporting.report(DESK, alert(), nation.clock.now()))
    assert [one["stands"] for one in then["answers"] if one["organisation"] == "XT0"] == ["looking"]
    assert next(line for line in now.splitlines() if ",XT0," in line).split(",")[5] == "done"


def told(code="XT0", **changed):
    given = {
        "advisory": alert().key, "version": 1, "code": code, "standing": "done", "asked_at": START.isoformat(),
        "said_at": (START + timedelta(hours=1)).isoformat(), "voice": "own", "by": "Ada", "lines": [],
    }  # fmt: skip
    return given | changed


def come(body):
    """What a child sends has its effect, two hours after the start."""
    envelope = Envelope(kind="advisory_answer", id="x", made_at=START.isoformat(), body=json.dumps(body).encode())
    linking.take_answer(envelope, Peer.objects.get(way=Peer.Way.CHILD), START + timedelta(hours=2))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"code": "XT1"}, "does not speak for XT1"),
        ({"code": "ZZZ"}, "knows no organisation ZZZ"),
        ({"code": "XB0"}, "does not ask XB0"),
        ({"said_at": (START - timedelta(hours=1)).isoformat()}, "older than the question"),
        ({"asked_at": (START - timedelta(hours=1)).isoformat()}, "older than the question"),
        ({"said_at": (START + timedelta(hours=3)).isoformat()}, "lies in the future"),
        ({"advisory": "f" * 32}, "issued no such alert"),
        ({"standing": "delighted"}, "cannot be read"),
        ({"lines": [{"at": "yesterday"}]}, "cannot be read"),
    ],
)
def test_a_child_answers_for_its_own_and_within_the_times_that_can_be(three, changed, why):
    nation, _, _ = three
    issue(nation)

    with nation.inside(), pytest.raises(BadInputError, match=why):
        come(told(**changed))

    assert stands(nation)[0] == stands(nation, "XT1")[0] == "asked"


def test_a_child_cannot_put_off_what_is_due_by_saying_that_it_was_asked_later(three):
    nation, _, _ = three
    issue(nation)

    with nation.inside():
        later = (START + timedelta(hours=2)).isoformat()
        come(told(standing="asked", asked_at=later, said_at=later))

    assert stands(nation) == ("asked", START + TWO_DAYS)


def test_a_node_whose_clock_is_an_hour_ahead_has_its_answers_dated_by_its_parents_clock(three):
    nation, region, _ = three
    issue(nation)
    pass_on(*three)
    region.clock.advance(timedelta(hours=1))
    advance(three, timedelta(minutes=10))
    say(region, "XC0A", Step.FINISH)

    pass_on(*three)

    with nation.inside():
        assert the_answer(alert(), place("XC0A")).said_at == START + timedelta(minutes=10)
    assert refused(nation) == []


def test_a_forged_answer_is_refused_with_its_reason_and_the_child_is_told(three):
    nation, region, trust = three
    issue(nation)
    pass_on(*three)
    with at(trust):
        place("XT0")
        other = place("XT1")
        Answer.objects.update(organisation=other, organisation_path=other.path)
    say(trust, "XT1", Step.FINISH)

    pass_on(*three)

    assert refused(region) == refused(trust) == ["XT0 does not speak for XT1."]
    assert stands(nation, "XT1")[0] == "asked"


def test_what_a_broken_into_child_answered_counts_no_longer_anywhere_above(three):
    nation, region, trust = three
    issue(nation)
    pass_on(*three)
    say(trust, "XT0", Step.FINISH)
    pass_on(*three)
    assert stands(nation)[0] == "done"
    with at(region):
        peer = Peer.objects.get(way=Peer.Way.CHILD)
        done = link_actions.withdraw_all(by=DESK, peer=peer, reason="Broken into", clock=region.clock)

    pass_on(*three)

    assert done["Answers to high severity alerts"] == 1
    assert stands(region) == stands(nation) == ("asked", START + TWO_DAYS)


def test_a_node_that_was_put_back_to_a_backup_has_not_answered_what_it_no_longer_knows_of(three):
    nation, region, trust = three
    issue(nation)
    pass_on(*three)
    trust.back_up()
    say(trust, "XT0", Step.FINISH)
    pass_on(*three)
    assert stands(nation)[0] == "done"

    trust.put_back(0)
    pass_on(*three)

    assert stands(trust) == stands(region) == stands(nation) == ("asked", START + TWO_DAYS)


def test_an_issuer_that_was_put_back_and_forgot_an_alert_asks_for_nothing_until_it_issues_it_again(three):
    nation, region, trust = three
    nation.back_up()
    issue(nation)
    pass_on(*three)
    say(trust, "XT0", Step.ACKNOWLEDGE)
    pass_on(*three)

    nation.put_back(0)
    pass_on(*three)
    assert stands(trust) == ("released", None)

    number = issue(nation)
    pass_on(*three)
    with trust.inside():
        numbers = set(Advisory.objects.values_list("number", "state"))
    assert number == "CC-0001"
    assert numbers == {("CC-0001", "withdrawn"), ("CC-0001-XN", "issued")}
    assert refused(region) == []


def test_an_alert_that_concerns_nobody_below_does_not_travel(three):
    nation, region, _ = three
    with at(nation):
        an_issued(place("XR1"), clock=nation.clock, whom=Whom(area="XR1", kinds=ASKED))

    pass_on(*three)

    with region.inside():
        assert not Advisory.objects.exists()


def test_a_node_that_joins_later_is_asked_what_holds(made):
    nation, region = made("XN"), made("XR0")
    issue(nation)
    with at(nation):
        a_draft(place("XN"), clock=nation.clock)
    advance([nation, region], timedelta(days=1))
    join(region, nation)

    exchange(region)

    with region.inside():
        assert list(Advisory.objects.values_list("number", flat=True)) == ["CC-0001"]
    assert stands(region) == ("asked", START + TWO_DAYS)


def a_line(minutes, text="Said so", **changed):
    at = (START + timedelta(minutes=minutes)).isoformat()
    return {"at": at, "by": "Ada", "text": text, "standing": "looking"} | changed


def time_line(node):
    """What stands in the time line of the Trust's answer, the oldest first."""
    with node.inside():
        return list(the_answer(alert(), place("XT0")).entries.order_by("at").values_list("text", flat=True))


def test_what_a_child_once_said_stays_in_the_time_line_above_whatever_it_says_later(three):
    nation, _, _ = three
    issue(nation)
    with nation.inside():
        come(told(standing="looking", lines=[a_line(5, "Will not act"), a_line(10, "Looks at it")]))

        come(told(lines=[a_line(10, "Looks at it"), a_line(20, "Says it is done")]))
        come(told(lines=[]))

    assert time_line(nation) == ["Will not act", "Looks at it", "Says it is done"]
    assert stands(nation)[0] == "done"


def test_a_time_line_that_a_child_fills_ends_somewhere(three):
    nation, _, _ = three
    issue(nation)
    with nation.inside():
        for number in range(12):
            come(told(lines=[a_line(number, f"Line {number}.{each}") for each in range(50)]))

    assert len(time_line(nation)) == 500
    assert stands(nation)[0] == "done"


def test_a_child_cannot_release_its_own(three):
    nation, _, _ = three
    issue(nation)

    with nation.inside(), pytest.raises(BadInputError, match="only whoever issued the alert releases"):
        come(told(standing="released"))

    assert stands(nation) == ("asked", START + TWO_DAYS)
    with nation.inside():
        come(told(standing="asked", said_at=START.isoformat(), lines=[a_line(5, "Let off", standing="released")]))
    assert time_line(nation) == []


def test_people_above_are_not_told_of_those_who_are_late_at_other_nodes(three):
    nation, _, trust = three
    with nation.inside():
        a_rota(place("XN"), [ContactFactory(organisation=place("XN"), name="Desk of XN")])
    issue(nation)
    pass_on(*three)
    advance(three, timedelta(hours=49))

    with nation.inside():
        telling.tell_late(clock=nation.clock)
        assert Notice.objects.get().subject.endswith("(3 organisations)")
    with trust.inside():
        a_rota(place("XT0"), [ContactFactory(organisation=place("XT0"), name="Trust desk")])
        telling.tell_late(clock=trust.clock)
        assert Notice.objects.get().contact_name == "Trust desk"
