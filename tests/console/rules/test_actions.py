import json
from datetime import timedelta

import pytest
from django.db import transaction

from console.factories import PostFactory
from console.rules.releases import a_release, a_rule, identifier
from watchward.access.roles import NATIONAL_ANALYST
from watchward.base.errors import BadInputError
from watchward.console.access.guard import Service
from watchward.console.access.models import AuditEntry
from watchward.console.config import current, use
from watchward.console.rules import actions, queries
from watchward.console.rules.adapters import keep_lives, mend_lives
from watchward.console.rules.filters import Need, RuleFilter
from watchward.console.rules.models import RuleLife, RuleStep
from watchward.detect.lives import lives, sets
from watchward.detect.lives.lives import Standing
from watchward.detect.lives.sets import Said
from watchward.detect.sigma import rules

BY = Service(name="test")


@pytest.fixture
def bring(tmp_path, clock):
    """Bring in a release whose rules look for some values."""

    def bring_in(name, **values):
        return actions.import_rules(by=BY, archive=a_release(tmp_path / name, **values), said=Said(), clock=clock)

    return bring_in


@pytest.fixture
def decide(clock, django_capture_on_commit_callbacks):
    """Decide about some rules; the decision is stored behind it, and the gateways are told."""

    def decide_now(standing, *numbers, by=BY):
        with django_capture_on_commit_callbacks(execute=True):
            rules = [identifier(number) for number in numbers]
            return actions.decide_rules(by=by, rules=rules, standing=standing, reason="Because", clock=clock)

    return decide_now


def decided(site):
    return json.loads((site / "lives.json").read_text())["rules"]


def run(site):
    """What a gateway runs: title numbers with what they look for, and whether they are on trial."""
    found = lives.load([site])
    return {(rule.description[-1], rule.condition.text, rule.digest in found.trial) for rule in found.rules}


def test_the_first_release_is_in_force_at_once(bring, site):
    done = bring("first", r1="x", r2="x")

    assert (done.rules, done.new, done.changed) == (2, 0, 0)
    assert decided(site) == {}
    assert set(RuleLife.objects.filter(folder="release").values_list("standing", "file")) == {
        ("force", "r1.yml"),
        ("force", "r2.yml"),
    }


def test_a_later_release_is_tried_where_it_is_new_and_beside_the_version_before_where_it_changed(bring, site):
    bring("first", r1="x", r2="x", r3="x")
    done = bring("second", r1="x", r2="y", r4="x")

    assert (done.new, done.changed) == (1, 1)
    assert run(site) == {("1", "x", False), ("2", "y", True), ("2", "x", False), ("4", "x", True)}
    assert RuleLife.objects.get(pk=identifier(4)).trial_until is not None


def test_a_release_says_which_rules_it_drops_unless_something_else_on_the_node_has_them(bring, site, clock):
    bring("first", r1="x", r2="x", r3="x", r4="x")
    (site / "kept.yml").write_text(a_rule(2))
    done = bring("second", r1="y", r4="x")

    assert [one.rule for one in done.gone] == [identifier(3)]
    assert RuleStep.objects.get(rule=identifier(3)).text.startswith("No longer there: second")
    entry = json.loads(AuditEntry.objects.get(event="rules.dropped").details)
    assert (entry["rules"], entry["which"]) == (1, identifier(3))
    listed = queries.rule_page(BY, RuleFilter(need=Need.GONE.value), clock.now())
    assert [rule.pk for rule in listed.rows] == [identifier(3)]
    assert bring("third", r1="y", r3="x", r4="x").gone == ()


def test_a_rule_on_trial_that_changes_again_keeps_the_version_that_is_in_force(bring, site):
    bring("first", r1="x", r2="x")
    bring("second", r1="y", r2="x", r3="x")
    bring("third", r1="z", r2="x", r3="y")

    assert run(site) == {("1", "z", True), ("1", "x", False), ("2", "x", False), ("3", "y", True)}


def test_a_promoted_rule_that_changes_once_more_is_kept_as_it_was_promoted(bring, site, decide):
    bring("first", r1="x", r2="x")
    bring("second", r1="y", r2="x")
    decide(Standing.FORCE, 1)
    assert run(site) == {("1", "y", False), ("2", "x", False)}
    bring("third", r1="z", r2="x")

    assert run(site) == {("1", "z", True), ("1", "y", False), ("2", "x", False)}


def test_what_somebody_switched_off_stays_off_whatever_a_release_brings(bring, site, decide):
    bring("first", r1="x", r2="x")
    decide(Standing.OFF, 1)
    bring("second", r1="y", r2="x")

    assert run(site) == {("2", "x", False)}


def test_the_release_before_comes_back_as_it_was(bring, site, clock):
    bring("first", r1="x", r2="x", r3="x")
    bring("second", r1="x", r2="y", r4="x")
    actions.restore_rules(by=BY, clock=clock)

    assert run(site) == {("1", "x", False), ("2", "x", False), ("3", "x", False)}
    assert decided(site) == {}


def test_a_set_offers_the_release_before_only_where_there_was_one(bring):
    bring("first", r1="x")
    assert [one.earlier for one in queries.set_rows(BY) if one.folder == sets.MAIN] == [False]
    bring("second", r1="y")
    assert [one.earlier for one in queries.set_rows(BY) if one.folder == sets.MAIN] == [True]


def test_what_was_on_trial_before_a_release_stays_so_when_that_release_is_taken_back(bring, site, clock):
    bring("first", r1="x", r2="x")
    bring("second", r1="y", r2="x", r3="x")
    bring("third", r1="z", r2="y", r3="y")
    actions.restore_rules(by=BY, clock=clock)

    assert run(site) == {("1", "y", True), ("1", "x", False), ("2", "x", False), ("3", "x", True)}


def test_nothing_is_tried_where_the_site_wants_no_trials(bring, site):
    use(current().model_copy(update={"rule_trial_days": 0}))
    bring("first", r1="x")
    bring("second", r1="y", r2="x")

    assert run(site) == {("1", "y", False), ("2", "x", False)}


def test_a_release_that_cannot_be_put_in_its_place_leaves_all_as_it_was(bring, site, monkeypatch):
    bring("first", r1="x")

    def fail(*_):
        assert run(site) == {("1", "x", False)}  # what is in force stays so while its successor is on its way
        raise OSError("no room")

    monkeypatch.setattr(actions.release, "put", fail)
    with pytest.raises(OSError, match="no room"):
        bring("second", r1="y", r2="x")
    monkeypatch.undo()

    assert not RuleLife.objects.filter(pk=identifier(2)).exists()
    assert "could not be put in its place" in RuleStep.objects.filter(rule=identifier(1)).first().text
    assert (run(site), decided(site)) == ({("1", "x", False)}, {})


def test_a_decision_needs_a_reason_a_rule_and_something_to_change(bring, clock):
    bring("first", r1="x")
    for chosen, standing, reason in (
        ([identifier(1)], Standing.OFF, " "),
        ([identifier(9)], Standing.OFF, "Loud"),
        ([], Standing.OFF, "Loud"),
        ([identifier(1)], Standing.FORCE, "Quiet"),
    ):
        with pytest.raises(BadInputError):
            actions.decide_rules(by=BY, rules=chosen, standing=standing, reason=reason, clock=clock)


def test_a_decision_stands_in_the_history_and_in_the_audit_log(bring, clock):
    bring("first", r1="x")
    analyst = PostFactory(role=NATIONAL_ANALYST.key, organisation=None, user__name="Ada").user
    actions.decide_rules(by=analyst, rules=[identifier(1)], standing=Standing.OFF, reason="Loud", clock=clock)
    life = RuleLife.objects.get(pk=identifier(1))

    assert [(step.by_name, step.text, step.reason) for step in life.rule.life_steps.all()] == [
        ("Ada", "Switched off", "Loud")
    ]
    assert AuditEntry.objects.filter(event="rule.switched_off", actor_name="Ada").count() == 1
    assert AuditEntry.objects.filter(event="rules.imported").count() == 1


def test_a_rule_of_the_site_itself_is_in_force_as_soon_as_it_is_written(bring, site):
    (site / "own.yml").write_text(a_rule(7))
    bring("first", r1="x")

    assert run(site) == {("7", "x", False), ("1", "x", False)}
    assert RuleLife.objects.get(pk=identifier(7)).folder == "site"


def test_a_rule_that_another_set_runs_already_stays_in_force_when_a_release_brings_it_too(bring, site):
    (site / "own.yml").write_text(a_rule(7, "x"))
    (site / "zone.yml").write_text(a_rule(8, "x"))
    bring("first", r1="x")
    done = bring("second", r1="x", r7="y", r8="x")

    assert (done.new, done.changed) == (0, 0)
    assert run(site) == {("1", "x", False), ("7", "x", False), ("8", "x", False)}
    assert decided(site) == {}


def test_a_rule_that_a_release_takes_from_another_set_is_tried_beside_the_version_that_was_in_force(bring, site):
    (site / "zone.yml").write_text(a_rule(8, "x"))
    bring("first", r1="x")
    done = bring("second", r1="x", r8="y")

    assert (done.new, done.changed) == (0, 1)
    assert run(site) == {("1", "x", False), ("8", "y", True), ("8", "x", False)}


def test_a_decision_that_is_not_stored_takes_no_version_out_of_force(bring, site, clock):
    bring("first", r1="x")
    bring("second", r1="y")
    with transaction.atomic():
        actions.decide_rules(by=BY, rules=[identifier(1)], standing=Standing.FORCE, reason="Quiet", clock=clock)
        assert decided(site) == {identifier(1): "trial"}  # gateways hear nothing of what may yet fail
        transaction.set_rollback(True)
    mend_lives(site)

    assert run(site) == {("1", "y", True), ("1", "x", False)}


def test_a_release_that_comes_back_twice_is_tried_as_before(bring, site, clock):
    bring("first", r1="x", r2="x", r3="x")
    bring("second", r1="x", r2="y", r4="x")
    before = run(site)
    actions.restore_rules(by=BY, clock=clock)
    assert run(site) == {("1", "x", False), ("2", "x", False), ("3", "x", False)}
    actions.restore_rules(by=BY, clock=clock)

    assert run(site) == before == {("1", "x", False), ("2", "y", True), ("2", "x", False), ("4", "x", True)}


def test_what_was_promoted_of_a_release_stays_so_when_it_comes_back(bring, site, clock, decide):
    bring("first", r1="x", r2="x")
    bring("second", r1="y", r2="x", r4="x")
    decide(Standing.FORCE, 1, 4)
    actions.restore_rules(by=BY, clock=clock)
    actions.restore_rules(by=BY, clock=clock)

    assert run(site) == {("1", "y", False), ("2", "x", False), ("4", "x", False)}


def test_a_further_set_is_tried_where_it_brings_what_the_node_does_not_run(bring, site, tmp_path, clock):
    bring("first", r1="x", r2="x")
    vendor = a_release(tmp_path / "vendor", r2="x", r5="x")
    done = actions.import_rules(by=BY, archive=vendor, said=Said(folder="release-vendor"), clock=clock)

    assert (done.new, done.changed) == (1, 0)
    assert run(site) == {("1", "x", False), ("2", "x", False), ("5", "x", True)}


def test_a_set_is_in_force_at_once_where_somebody_says_so(bring, site, tmp_path, clock):
    bring("first", r1="x")
    vendor = a_release(tmp_path / "vendor", r5="x")
    said = Said(folder="release-vendor", in_force=True)
    actions.import_rules(by=BY, archive=vendor, said=said, clock=clock)

    assert run(site) == {("1", "x", False), ("5", "x", False)}


WAITING = "'%Admins%'"


def waiting(folder, *numbers, value=WAITING, **others):
    """A release of which some rules wait for the site's own values."""
    a_release(folder, **others)
    for number in numbers:
        text = a_rule(number, value).replace("CommandLine|contains", "User|expand")
        (folder / f"r{number}.yml").write_text(text)
    return folder


def test_a_new_rule_that_waits_for_the_sites_own_values_is_tried_when_they_come(bring, site, tmp_path, clock):
    bring("first", r1="x")
    archive = waiting(tmp_path / "second", 2, r1="x")
    done = actions.import_rules(by=BY, archive=archive, said=Said(), clock=clock)
    assert (done.new, done.rejected, run(site)) == (1, 1, {("1", "x", False)})

    (site / "placeholders.yml").write_text("Admins: [jo]")
    clock.advance(timedelta(days=100))
    keep_lives(rules.load([site]), site=site, clock=clock)

    assert run(site) == {("1", "x", False), ("2", "jo", True)}
    assert RuleLife.objects.get(pk=identifier(2)).trial_until == clock.at + timedelta(days=14)


def test_a_rule_with_the_sites_own_values_is_tried_beside_its_version_before(site, tmp_path, clock):
    (site / "placeholders.yml").write_text("Admins: [jo]\nOthers: [sam]")
    first = waiting(tmp_path / "first", 2, r1="x")
    actions.import_rules(by=BY, archive=first, said=Said(), clock=clock)
    assert run(site) == {("1", "x", False), ("2", "jo", False)}
    second = waiting(tmp_path / "second", 2, value="'%Others%'", r1="x")
    done = actions.import_rules(by=BY, archive=second, said=Said(), clock=clock)

    assert (done.new, done.changed) == (0, 1)
    assert run(site) == {("1", "x", False), ("2", "sam", True), ("2", "jo", False)}
