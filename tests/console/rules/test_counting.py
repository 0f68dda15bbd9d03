import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.detect.factories import AlertFactory, RuleFactory
from console.detect.journals import MOMENT, a_match, an_entry, write
from console.estate.factories import DeviceFactory
from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import ADMINISTRATOR, AUDITOR, NATIONAL_ANALYST
from watchward.base.clock import HeldClock
from watchward.console.access.guard import Service
from watchward.console.detect.adapters import apply
from watchward.console.detect.models import Alert
from watchward.console.rules import adapters, jobs, presenters, queries
from watchward.console.rules.filters import Need, RuleFilter
from watchward.console.rules.models import RuleCost, RuleDay, RuleExample, RuleLife
from watchward.detect.lives import distinct
from watchward.detect.lives.lives import Standing
from watchward.detect.lives.trial import Suggestion
from watchward.detect.match import Purpose
from watchward.gateway.measured import Measured, RuleMeasured
from watchward.lake.journal import Position, read

BY = Service(name="test")
NOW = MOMENT + timedelta(days=20)


@pytest.fixture
def trust():
    return OrganisationFactory(code="X001")


@pytest.fixture
def rule(trust):
    """A rule on trial for twenty days, on a thousand devices."""
    found = RuleFactory(id="rule-1", title="Loud or quiet")
    RuleLife.objects.create(
        rule=found, folder="release", first_at=MOMENT, standing="trial", standing_at=MOMENT,
        trial_until=MOMENT + timedelta(days=14),
    )  # fmt: skip
    for number in range(100):
        DeviceFactory(organisation=trust, name=f"WS-{number}", last_seen_at=NOW)
    return found


def tried(count, *, devices=1, hours=6, **changes):
    return [
        a_match(
            number,
            device=f"WS-{number % devices}",
            observed_at=MOMENT + timedelta(hours=hours * number),
            received_at=MOMENT + timedelta(hours=hours * number),
            purpose=Purpose.TRIAL,
            **changes,
        )
        for number in range(count)
    ]


def test_a_trial_counts_matches_and_the_alerts_that_they_would_have_raised(rule, trust):
    adapters.count_matches(tried(40, hours=3), {"X001": trust})
    (trial,) = queries.trials(BY, NOW)

    assert (trial.noise.matches, trial.noise.alerts, trial.noise.days, trial.noise.devices) == (40, 20, 20.0, 100)
    assert trial.noise.per_thousand == 10.0
    assert trial.suggestion is Suggestion.PROMOTE  # one alert a day is never too many
    assert rule.examples.count() == adapters.EXAMPLES


def test_a_loud_trial_waits_for_somebody_and_a_flood_is_better_switched_off(rule, trust):
    adapters.count_matches(tried(400, devices=50, hours=1), {"X001": trust})
    assert queries.trials(BY, NOW)[0].suggestion is Suggestion.OFF
    assert [(one.rule, one.need) for one in queries.needing(BY, NOW)] == [(rule, Need.DECIDE)]


def test_a_viewer_sees_what_their_own_organisations_matched_and_no_more(rule, trust):
    other = OrganisationFactory(code="X002")
    adapters.count_matches(tried(4), {"X001": trust})
    adapters.count_matches(
        [a_match(100 + n, organisation="X002", purpose=Purpose.TRIAL) for n in range(6)], {"X002": other}
    )
    viewer = PostFactory(role=AUDITOR.key, organisation=other).user
    (seen,) = queries.trials(viewer, NOW)

    assert (seen.noise.matches, seen.noise.alerts) == (6, 1)
    assert {one.organisation for one in queries.examples_of(viewer, rule, 20)} == {other}
    assert [code for code, _, _ in queries.organisations_in_trial(viewer, rule)] == ["X002"]
    assert queries.account_of(viewer, rule, NOW).cost is None


def test_what_is_counted_by_organisation_is_bounded_and_the_sum_is_not(rule, monkeypatch):
    monkeypatch.setattr(adapters, "MOST_ORGANISATIONS", 3)
    organisations = {f"Y{n}": OrganisationFactory(code=f"Y{n}") for n in range(5)}
    for code in organisations:
        matches = [a_match(0, event_id=code * 16, organisation=code, purpose=Purpose.TRIAL)]
        adapters.count_matches(matches, organisations)

    assert RuleDay.objects.get(rule=rule, organisation=None).matches == 5
    assert RuleDay.objects.filter(rule=rule).exclude(organisation=None).count() == 3


def test_examples_do_not_depend_on_the_order_in_which_matches_come(rule, trust):
    matches = tried(60)
    adapters.count_matches(matches, {"X001": trust})
    first = set(rule.examples.values_list("event_id", flat=True))
    RuleExample.objects.all().delete()
    for match in reversed(matches):
        adapters.count_matches([match], {"X001": trust})

    assert set(rule.examples.values_list("event_id", flat=True)) == first


def test_a_quiet_trial_that_is_over_ends_by_itself_and_a_loud_one_does_not(
    rule, trust, site, django_capture_on_commit_callbacks
):
    adapters.count_matches(tried(3), {"X001": trust})
    loud = RuleFactory(id="rule-2")
    RuleLife.objects.create(
        rule=loud, folder="release", first_at=MOMENT, standing="trial", standing_at=MOMENT, trial_until=MOMENT
    )
    adapters.count_matches(tried(200, devices=100, hours=2, rule_id="rule-2"), {"X001": trust})
    with django_capture_on_commit_callbacks(execute=True):
        jobs.end_trials(clock=HeldClock(at=NOW))

    assert RuleLife.objects.get(pk=rule.pk).standing == Standing.FORCE
    assert RuleLife.objects.get(pk=loud.pk).standing == Standing.TRIAL
    assert rule.life_steps.get().by_name == "Watchward"
    assert '"rule-2": "trial"' in (site / "lives.json").read_text()


def a_life(key, *, standing="trial", days=20, **changes):
    """A rule or correlation that has been where it stands for some days, at the moment NOW."""
    at = NOW - timedelta(days=days)
    made = {"standing": standing, "standing_at": at, "trial_until": at + timedelta(days=14), **changes}
    return RuleLife.objects.create(rule=RuleFactory(id=key, title=f"Title of {key}"), folder="x", first_at=at, **made)


def test_a_quiet_correlation_over_rules_in_force_is_put_in_force_when_its_trial_is_over():
    a_life("part", standing="force")
    many = a_life("many", correlation=True, reads=["part"])
    jobs.end_trials(clock=HeldClock(at=NOW))
    many.refresh_from_db()

    assert many.standing == Standing.FORCE


def test_the_trial_of_a_correlation_begins_when_what_it_reads_is_in_force():
    a_life("part", days=20, trial_until=NOW + timedelta(days=1))
    a_life("inner", correlation=True, reads=["part"])
    outer = a_life("outer", correlation=True, reads=["inner"])
    jobs.end_trials(clock=HeldClock(at=NOW))
    outer.refresh_from_db()
    assert outer.standing == Standing.TRIAL
    told = {one.life.pk: one for one in queries.trials(BY, NOW)}
    assert told["outer"].waits_for == ("Title of inner", "Title of part")
    assert "“Title of part”" in presenters.suggestion_words(told["inner"])
    assert queries.needing(BY, NOW) == []

    later = NOW + timedelta(days=2)
    jobs.end_trials(clock=HeldClock(at=later))
    outer.refresh_from_db()

    assert RuleLife.objects.get(pk="part").standing == Standing.FORCE
    assert (outer.standing, outer.trial_until) == (Standing.TRIAL, later + timedelta(days=14))
    assert outer.rule.life_steps.get().text.startswith("Its trial begins anew")


def test_trials_have_pages_of_their_own_and_the_page_of_all_rules_shows_a_few(client):
    for number in range(30):
        a_life(f"rule-{number:02}")
    client.force_login(PostFactory(role=NATIONAL_ANALYST.key, organisation=None).user)
    first = client.get("/rules/").content.decode()
    pages = [client.get(f"/rules/?standing=trial&page={number}").content.decode() for number in (1, 2)]

    assert "All 30 on trial" in first
    assert len(re.findall(r"(?s)<td[^>]*>(?:(?!<td).)*0 alerts", first)) == 5
    listed = [set(re.findall(r"/rules/rule/(rule-\d\d)/", page)) for page in pages]
    assert (len(listed[0]), len(listed[1]), len(listed[0] | listed[1])) == (25, 5, 30)


def test_who_may_see_no_alerts_is_led_to_none(client, rule):
    for role, leads in ((ADMINISTRATOR, False), (NATIONAL_ANALYST, True)):
        client.force_login(PostFactory(role=role.key, organisation=None).user)
        assert ("/alerts/?rule=" in client.get(f"/rules/rule/{rule.pk}/").content.decode()) is leads


def test_the_page_of_a_rule_names_the_correlations_that_read_it(client):
    part = a_life("part", standing="force")
    a_life("many", correlation=True, reads=["part"])
    client.force_login(PostFactory(role=NATIONAL_ANALYST.key, organisation=None).user)
    page = client.get(f"/rules/rule/{part.pk}/").content.decode()

    assert "Read by" in page
    assert "Title of many" in page


def test_what_only_serves_correlations_does_not_stay_on_trial():
    a_life("part", serving=True)
    jobs.end_trials(clock=HeldClock(at=NOW))

    assert RuleLife.objects.get(pk="part").standing == Standing.FORCE


def test_a_rule_in_force_that_is_too_loud_is_named(trust):
    loud = RuleFactory(id="rule-1")
    RuleLife.objects.create(rule=loud, folder="starter", first_at=MOMENT)
    matches = [
        a_match(n, device=f"WS-{n}", received_at=NOW - timedelta(hours=n % 100), observed_at=NOW) for n in range(200)
    ]
    adapters.count_matches(matches, {"X001": trust})

    assert [(one.need, one.rule) for one in queries.needing(BY, NOW)] == [(Need.LOUD, loud)]


def told(since, nanoseconds, events, matches):
    one = RuleMeasured(nanoseconds=nanoseconds, events=events, matches=matches)
    return {"g1": Measured(since=since, nanoseconds=10 * nanoseconds, events=2 * events, rules={"rule-1": one})}


def test_costs_add_up_what_gateways_measured_since_they_were_last_asked(clock):
    rule = RuleFactory(id="rule-1")
    for nanoseconds in (100, 250, 250):
        adapters.take_measured(told(MOMENT, nanoseconds, 2 * nanoseconds, 3), clock=clock)
    adapters.take_measured(told(MOMENT + timedelta(hours=1), 40, 10, 1), clock=clock)
    found = RuleCost.objects.get(rule=rule)

    assert (found.nanoseconds, found.events, found.matches) == (290, 510, 4)
    assert RuleCost.objects.get(rule=None).nanoseconds == 2_900


def test_rules_that_cost_too_much_or_match_everything_are_named(clock):
    rule = RuleFactory(id="rule-1")
    RuleLife.objects.create(rule=rule, folder="starter", first_at=MOMENT)
    adapters.take_measured(told(MOMENT, 1_000, 50_000, 40_000), clock=clock)
    RuleCost.objects.filter(rule=None).update(nanoseconds=5_000)
    found = {one.need: one.figure for one in queries.needing(BY, clock.now())}

    assert found == {Need.COSTLY: 20.0, Need.EVERYTHING: 80.0}
    assert queries.rule_page(BY, RuleFilter(need=Need.COSTLY), clock.now()).total == 1


def test_a_rule_that_never_matched_is_found(trust):
    for number in range(2):
        rule = RuleFactory(id=f"rule-{number + 1}")
        RuleLife.objects.create(rule=rule, folder="starter", first_at=MOMENT - timedelta(days=200))
    adapters.count_matches([a_match(1)], {"X001": trust})
    page = queries.rule_page(BY, RuleFilter(need=Need.SILENT), MOMENT)

    assert [one.pk for one in page.rows] == ["rule-2"]


def test_the_outcomes_of_a_rule_are_how_its_alerts_were_closed(trust):
    rule = RuleFactory(id="rule-1")
    for number, reason in enumerate(("expected", "expected", "dealt_with", "")):
        AlertFactory(
            rule=rule, organisation=trust, device=f"WS-{number}", closed=bool(reason), closed_reason=reason,
            state="closed" if reason else "open",
        )  # fmt: skip
    AlertFactory(rule=rule, organisation=OrganisationFactory())
    viewer = PostFactory(role=NATIONAL_ANALYST.key, organisation=trust).user
    account = queries.account_of(viewer, rule, MOMENT)

    assert (account.alerts, account.waiting) == (4, 1)
    assert {reason.value: count for reason, count in account.outcomes.items()} == {"expected": 2, "dealt_with": 1}


@given(st.lists(st.uuids(), max_size=700, unique=True), st.integers(0, 700))
@settings(max_examples=50)
def test_what_is_kept_of_names_does_not_depend_on_how_they_come(names, cut):
    whole = distinct.merged(b"", names)
    parts = [distinct.merged(b"", names[cut:]), distinct.merged(b"", names[:cut])]

    assert distinct.joined([*parts, *parts]) == whole
    assert distinct.merged(whole, names) == whole


def test_many_names_are_counted_within_a_fifth():
    names = [UUID(bytes=sha256(str(n).encode()).digest()[:16]) for n in range(20_000)]

    assert 16_000 < distinct.count(distinct.merged(b"", names)) < 24_000
    assert distinct.count(distinct.merged(b"", names[:200])) == 200


def test_what_nobody_asks_for_is_forgotten_and_how_much_that_was_is_told(rule, trust):
    a_life("over", standing="force")
    for key in (rule.pk, "over"):
        adapters.count_matches(tried(8, hours=6, rule_id=key), {"X001": trust})
    RuleCost.objects.create(rule=rule, day=(NOW - timedelta(days=90)).date(), matches=1)
    (before,) = queries.trials(BY, NOW)
    gone = adapters.forget(MOMENT.date() + timedelta(days=8))

    assert (gone.names, gone.days, gone.costs, gone.examples) == (3, 3, 1, 8)
    assert queries.trials(BY, NOW) == [before]
    assert adapters.forget(MOMENT.date() + timedelta(days=8)) == adapters.Forgotten(
        names=0, days=0, costs=0, examples=0
    )

    adapters.count_matches(tried(1), {"X001": trust})  # of a day whose alerts are told apart no more
    (trial,) = queries.trials(BY, NOW)
    assert (trial.noise.matches, trial.noise.alerts) == (before.noise.matches + 1, before.noise.alerts)
    adapters.forget(MOMENT.date() + timedelta(days=500))
    assert not RuleDay.objects.exists()


def test_a_file_of_decisions_that_says_something_else_is_mended(site, clock):
    rule = RuleFactory(id="rule-1")
    RuleLife.objects.create(rule=rule, folder="starter", first_at=datetime(2026, 1, 1, tzinfo=UTC), standing="off")
    (site / "lives.json").write_text("{")
    jobs.mend_lives(clock=clock)

    assert '"rule-1": "off"' in (site / "lives.json").read_text()
    assert adapters.mend_lives(site) is False


def test_what_a_rule_on_trial_matches_is_counted_by_the_projector_and_raises_no_alert(trust, tmp_path, clock):
    write(
        tmp_path / "journal",
        an_entry(1, a_match(1, purpose=Purpose.TRIAL), a_match(2, purpose=Purpose.TRIAL), a_match(3, rule_id="rule-2")),
        an_entry(3, a_match(4, purpose=Purpose.PART, rule_id="rule-3")),
    )
    for _ in range(2):  # what was projected is not counted again
        apply(list(read(tmp_path / "journal", Position())), clock=clock)

    sums = RuleDay.objects.filter(organisation=None).order_by("rule")
    assert list(sums.values_list("rule", "trial", "matches", "alerts")) == [
        ("rule-1", True, 2, 1),
        ("rule-2", False, 1, 1),
        ("rule-3", False, 1, 0),
    ]
    assert RuleDay.objects.get(organisation=trust).matches == 2
    assert list(Alert.objects.values_list("rule", flat=True)) == ["rule-2"]
