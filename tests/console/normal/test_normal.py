import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from console.detect.factories import MOMENT, AlertEventFactory, RuleFactory
from console.detect.journals import an_entry
from console.factories import OrganisationFactory, PostFactory
from console.normal.factories import ATTACK, BACKUP, a_correlated_alert, a_rule, an_alert, wanted
from console.respond.factories import IncidentFactory
from detect.builders import a_batch, a_column
from watchward.access.roles import AUDITOR, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.guard import Service
from watchward.console.access.models import AuditEntry
from watchward.console.config import current
from watchward.console.detect.adapters import apply as project
from watchward.console.normal import actions, queries
from watchward.console.normal.adapters import write_normals
from watchward.console.normal.looking import look
from watchward.console.normal.models import Normal
from watchward.console.respond.models import IncidentAlert
from watchward.detect.alerts.triage import CloseReason
from watchward.detect.plan.plan import compile as compile_plan
from watchward.detect.sigma.ir import How
from watchward.detect.sigma.normal import FOLDER, Asks
from watchward.detect.sigma.rules import load
from watchward.estate.organisation import OrganisationKind
from watchward.lake.journal import Place, Position


@pytest.fixture
def region():
    return OrganisationFactory(name="Northern Region", code="NR")


@pytest.fixture
def trust(region):
    return OrganisationFactory(name="Fernmoor Trust", code="FM1", parent=region)


@pytest.fixture
def lead(trust):
    return PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trust, user__name="Jo Porter").user


@pytest.fixture
def rule(site):  # noqa: ARG001 - the rule's file lies there
    return a_rule()


@pytest.fixture
def alert(rule, trust):
    return an_alert(rule, trust, BACKUP)


def make(by, alert, clock, django_capture_on_commit_callbacks, **changes):
    with django_capture_on_commit_callbacks(execute=True):
        return actions.make_normal(by=by, alert=alert.pk, wanted=wanted(**changes), clock=clock)


@pytest.fixture
def making(clock, django_capture_on_commit_callbacks):
    return lambda by, alert, **changes: make(by, alert, clock, django_capture_on_commit_callbacks, **changes)


def raised(site, clock, fields=BACKUP, *, organisation="FM1", device="WS-0417"):
    """How many of the rules that a gateway would run now match an event."""
    plan = compile_plan(load([site], clock=clock).rules)
    batch = a_batch(fields, device=a_column([device]), organisation=a_column([organisation]))
    return len(plan.match(batch))


def events():
    return list(AuditEntry.objects.order_by("pk").values_list("event", flat=True))


def test_what_is_said_to_be_normal_raises_nothing_any_more_where_it_was_said(site, making, lead, alert, clock):
    assert raised(site, clock) == 1

    normal = making(lead, alert)

    assert raised(site, clock) == 0
    assert raised(site, clock, ATTACK) == 1
    assert raised(site, clock, device="WS-OTHER") == 1
    assert raised(site, clock, organisation="FM2") == 1
    assert (normal.author_name, normal.expires_on) == ("Jo Porter", date(2026, 5, 30))
    assert "filter.made" in events()


def test_it_ends_by_itself_on_its_day_and_its_file_goes(site, making, lead, alert, clock):
    making(lead, alert, days=2)

    clock.advance(timedelta(days=2))

    assert raised(site, clock) == 1
    write_normals(clock=clock)
    assert list((site / FOLDER).glob("*.yml")) == []


def test_it_is_ended_early_by_those_who_may_and_then_raises_again(
    site, making, alert, clock, django_capture_on_commit_callbacks
):
    lead = PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=alert.organisation).user
    normal = making(lead, alert)
    auditor = PostFactory(role=AUDITOR.key, organisation=alert.organisation).user

    with pytest.raises(NotAllowedError):
        actions.end_normal(by=auditor, normal=normal, reason="No", clock=clock)
    with pytest.raises(BadInputError, match="Say why"):
        actions.end_normal(by=lead, normal=normal, reason=" ", clock=clock)
    with django_capture_on_commit_callbacks(execute=True):
        actions.end_normal(by=lead, normal=normal, reason="The backup moved", clock=clock)

    assert raised(site, clock) == 1
    assert Normal.objects.get().ended_reason == "The backup moved"
    assert "filter.ended" in events()


def test_a_preview_counts_what_would_have_been_hidden_open_and_closed(rule, trust, lead, alert):
    closed = an_alert(rule, trust, BACKUP, closed=True, state="closed", closed_reason="expected")
    mixed = an_alert(rule, trust, BACKUP, ATTACK)
    an_alert(rule, trust, ATTACK)
    an_alert(rule, trust, BACKUP, device="WS-OTHER")

    found = look(lead, alert, wanted(), date(2026, 3, 1)).found

    assert {hit.alert.pk: (hit.met, hit.known) for hit in found.hits} == {
        alert.pk: (1, 1),
        closed.pk: (1, 1),
        mixed.pk: (1, 2),
    }
    assert (found.total, found.unknown, len(found.whole)) == (4, 0, 2)


@pytest.mark.parametrize("how", ["incident", "judged"])
def test_what_would_have_hidden_a_true_attack_is_refused_unless_a_reason_is_given(how, lead, alert, making):
    rule, trust = alert.rule, alert.organisation
    attack = an_alert(rule, trust, BACKUP, ATTACK, last_at=MOMENT - timedelta(days=300))
    if how == "incident":
        IncidentAlert.objects.create(incident=IncidentFactory(organisation=trust), alert=attack, joined_at=MOMENT)
    else:
        attack.closed, attack.state, attack.closed_reason = True, "closed", CloseReason.DEALT_WITH
        attack.save()

    with pytest.raises(BadInputError, match="1 alert of a true attack"):
        making(lead, alert)
    assert not Normal.objects.exists()
    assert look(lead, alert, wanted(), date(2026, 3, 1)).found.hits[0].alert == attack

    making(lead, alert, in_spite="They used our own backup's command; we watch its account instead")

    assert events()[-1] == "filter.made_in_spite"
    assert "our own backup" in Normal.objects.get().in_spite


def test_a_true_attack_of_which_nobody_can_tell_any_more_is_not_passed_over(rule, trust, lead, alert, making):
    known = {"closed": True, "state": "closed", "closed_reason": CloseReason.DEALT_WITH}
    expired, other = an_alert(rule, trust, BACKUP, **known), an_alert(rule, trust, ATTACK, **known)
    alert.events.update(context={"User": "svc-backup"})
    asks = (*wanted().asks, Asks(field="User", how=How.EQUALS, text="svc-backup"))

    with pytest.raises(BadInputError, match="Nobody can tell any more whether it would have hidden 1 alert of a true"):
        making(lead, alert, asks=asks)
    found = look(lead, alert, wanted(asks=asks), date(2026, 3, 1)).found
    assert [hit.alert for hit in found.attacks] == [expired]
    assert other not in [hit.alert for hit in found.hits]
    assert [hit.alert for hit in found.whole] == [alert]


def test_a_narrower_filter_that_spares_the_attack_needs_no_more(rule, trust, lead, alert, making):
    attack = an_alert(rule, trust, ATTACK, closed=True, state="closed", closed_reason=CloseReason.DEALT_WITH)
    broad = (Asks(field="Image", how=How.ENDS, text=r"\vssadmin.exe"),)

    with pytest.raises(BadInputError, match="true attack"):
        making(lead, alert, asks=broad)
    making(lead, alert)

    assert attack.pk not in [hit.alert.pk for hit in look(lead, alert, wanted(), date(2026, 3, 1)).found.hits]


def test_a_filter_that_would_switch_the_rule_off_is_refused(lead, alert, making):
    all_of_it = (
        Asks(field="Image", how=How.ENDS, text="vssadmin.exe"),
        Asks(field="CommandLine", how=How.CONTAINS, text="delete"),
    )

    with pytest.raises(BadInputError, match="everything that the rule"):
        making(lead, alert, asks=all_of_it, place="here")
    assert (
        "On WS-0417, this rule would find nothing"
        in look(lead, alert, wanted(asks=all_of_it), date(2026, 3, 1)).warning
    )
    making(lead, alert, asks=all_of_it)


def test_a_filter_that_would_have_hidden_all_that_the_rule_ever_raised_there_warns_first(
    client, rule, trust, lead, alert
):
    assert look(lead, alert, wanted(), date(2026, 3, 1)).warning == ""  # one alert is not all that a rule can raise
    an_alert(rule, trust, BACKUP)
    client.force_login(lead)
    looked = client.post(f"/alerts/{alert.pk}/normal/", {**PAGE, "step": "look"}).content.decode()

    assert "It hides all that the rule finds there" in looked
    assert "all 2 alerts that the rule has ever raised there" in looked
    an_alert(rule, trust, ATTACK)
    assert look(lead, alert, wanted(), date(2026, 3, 1)).warning == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"reason": " "}, "Say why"),
        ({"days": 0}, "0 days"),
        ({"days": 367}, "367 days"),
        ({"asks": ()}, "asks for nothing"),
        ({"asks": (Asks(field="CommandLine", how=How.CONTAINS, text=""),)}, "empty"),
        ({"asks": (Asks(field="CommandLine", how=How.EQUALS, text="notepad"),)}, "would not hide the alert"),
        ({"place": "everywhere"}, "Choose where"),
        ({"place": "below:NR"}, "Choose where"),
        ({"place": ""}, "Choose where"),
    ],
)
def test_what_cannot_be_made_so_is_refused_and_says_what_to_change(changes, said, lead, alert, making):
    with pytest.raises(BadInputError, match=said):
        making(lead, alert, **changes)

    assert not Normal.objects.exists()


@pytest.mark.parametrize(
    ("role", "at", "offered"),
    [
        (ORGANISATION_CYBER_LEAD, "trust", ["device", "here", "below:FM1"]),
        (REGIONAL_LEAD, "region", ["device", "here", "below:FM1", "below:NR"]),
        (NATIONAL_ANALYST, None, ["device", "here", "below:FM1", "below:NR", "everywhere"]),
        (AUDITOR, None, []),
    ],
)
def test_a_filter_never_reaches_beyond_what_its_author_may_see(role, at, offered, alert):
    where = {"trust": alert.organisation, "region": alert.organisation.parent, None: None}[at]
    user = PostFactory(role=role.key, organisation=where).user

    assert [place.key for place in queries.places(user, alert, None)] == offered


def test_an_area_is_its_organisations_as_they_are_now(site, region, alert, clock, making):
    user = PostFactory(role=REGIONAL_LEAD.key, organisation=region).user
    making(user, alert, place="below:NR")
    assert raised(site, clock, organisation="NEW") == 1

    OrganisationFactory(code="NEW", parent=region)
    write_normals(clock=clock)

    assert raised(site, clock, organisation="NEW") == 0
    assert raised(site, clock, organisation="ELSE") == 1


def test_open_alerts_that_it_hides_are_closed_with_it_and_no_others(rule, trust, lead, alert, making):
    same = an_alert(rule, trust, BACKUP)
    mixed = an_alert(rule, trust, BACKUP, ATTACK)

    making(lead, alert, close=True)

    states = {}
    for one in (alert, same, mixed):
        one.refresh_from_db()
        states[one.pk] = one.closed_reason
    assert states == {alert.pk: "expected", same.pk: "expected", mixed.pk: ""}


def test_files_of_other_people_in_the_folder_are_let_be(site, making, lead, alert, clock):
    making(lead, alert)
    (site / FOLDER / "ours.yml").write_text("title: x")
    (site / FOLDER / "01234567-89ab-cdef-0123-456789abcdef.yml").write_text("title: left over")

    write_normals(clock=clock)

    assert sorted(path.name for path in (site / FOLDER).glob("*.yml")) == sorted(
        [f"{Normal.objects.get().pk}.yml", "ours.yml"]
    )


def test_everybody_whom_a_filter_concerns_sees_it_and_nobody_else(region, trust, alert, making, clock):
    above = PostFactory(role=REGIONAL_LEAD.key, organisation=region).user
    inside = PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trust).user
    elsewhere = PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=OrganisationFactory()).user

    regional = making(above, alert, place="below:NR")
    own = making(inside, alert)

    today = clock.now().date()
    assert {one.pk for one in queries.normals_in_force(above, today)} == {regional.pk, own.pk}
    assert {one.pk for one in queries.normals_in_force(inside, today)} == {regional.pk, own.pk}
    assert queries.normals_in_force(elsewhere, today) == []
    assert (queries.may_end(inside, regional), queries.may_end(inside, own)) == (False, True)
    assert queries.may_end(above, own)


def test_a_service_may_say_it_for_everywhere(site, alert, making, clock):
    making(Service(name="node"), alert, place="everywhere")

    assert raised(site, clock, organisation="ANY", device="ANY") == 0


def test_what_a_filter_hid_is_counted_once_however_often_the_journal_is_read(making, lead, alert, clock):
    normal = making(lead, alert)
    entry = replace(an_entry(1), hidden={str(normal.pk): 3, "no filter of ours": 1})
    place = Position.parse("").behind("g1", Place(sequence=1, file=1, offset=0))

    project([(place, entry)], clock=clock)
    project([(place, entry)], clock=clock)

    normal.refresh_from_db()
    assert (normal.hidden, normal.hidden_last_at) == (3, entry.received_at)


PAGE = {
    "field-0": "CommandLine",
    "how-0": "ends",
    "text-0": "/for=E: /quiet",
    "use": "0",
    "place": "device",
    "days": "30",
    "reason": "The backup does this every night",
}


def test_the_page_shows_first_and_saves_then(client, lead, alert, rule, trust):
    attack = an_alert(rule, trust, BACKUP, closed=True, state="closed", closed_reason=CloseReason.DEALT_WITH)
    client.force_login(lead)
    address = f"/alerts/{alert.pk}/normal/"

    assert "vssadmin delete shadows" in client.get(address).content.decode()
    looked = client.post(address, {**PAGE, "step": "look"}).content.decode()
    assert "It would have hidden 2 alerts" in looked
    assert "It would have hidden a true attack" in looked
    assert str(attack.pk) in looked
    assert not Normal.objects.exists()

    seen = {"step": "save", "seen": re.search('name="seen" value="(.*?)"', looked)[1]}
    unseen = client.post(address, {**PAGE, **seen, "place": "here"})
    assert "You have not seen yet what this would have hidden" in unseen.content.decode()
    refused = client.post(address, {**PAGE, **seen})
    assert (refused.status_code, Normal.objects.count()) == (400, 0)
    saved = client.post(address, {**PAGE, **seen, "in_spite": "We watch its account"}, follow=True)
    assert "We watch its account" in saved.content.decode()

    (normal,) = Normal.objects.all()
    page = client.get("/normal/").content.decode()
    assert "CommandLine ends with" in page
    assert "It has hidden nothing so far" in page
    ended = client.post(f"/normal/{normal.pk}/end/", {"reason": "It moved"}, follow=True).content.decode()
    assert "It hides nothing any more" in ended


def test_the_api_looks_first_and_saves_then(client, lead, alert):
    client.force_login(lead)
    wish = {"asks": [{"field": "CommandLine", "how": "ends", "text": "/quiet"}], "place": "device"}

    offered = client.get(f"/api/v1/alerts/{alert.pk}/normal").json()
    assert [one["field"] for one in offered["asks"]] == ["Image", "CommandLine"]
    looked = client.post(f"/api/v1/alerts/{alert.pk}/normal/preview", wish, content_type="application/json").json()
    assert [hit["alert"] for hit in looked["hits"]] == [str(alert.pk)]
    assert "expires:" in looked["filter"]
    made = client.post(
        f"/api/v1/alerts/{alert.pk}/normal", {**wish, "reason": "Backup"}, content_type="application/json"
    ).json()
    assert client.get(f"/api/v1/normal/{made['id']}").json()["author"] == "Jo Porter"


def test_what_a_correlation_found_is_made_normal_for_the_rule_that_it_reads(rule, trust, lead, making, clock):
    alert = a_correlated_alert(rule, trust, "WS-0416", "WS-0417", "WS-0418")
    (subject,) = queries.subjects(alert)
    assert [one.field for one in queries.proposal(lead, alert, subject)] == ["Image", "CommandLine", "User"]

    found = look(lead, alert, wanted(place="here"), clock.now().date()).found
    assert [(hit.alert, hit.met, hit.known) for hit in found.hits] == [(alert, 3, 3)]
    normal = making(lead, alert, place="here")

    assert (normal.rule, normal.alert) == (rule, alert)
    assert raised(current().rules, clock) == 0


def test_on_one_device_a_filter_takes_only_its_events_from_a_correlation(rule, trust, lead, clock):
    alert = a_correlated_alert(rule, trust, "WS-0416", "WS-0417", "WS-0418")
    own = an_alert(rule, trust, BACKUP, device="WS-0416")

    looked = look(lead, alert, wanted(place="device"), clock.now().date())

    assert looked.normal.device == "WS-0416"
    assert {(hit.alert, hit.met, hit.known) for hit in looked.found.hits} == {(alert, 1, 3), (own, 1, 1)}
    assert looked.found.whole == [hit for hit in looked.found.hits if hit.alert == own]


def test_a_true_attack_is_not_passed_over_because_events_of_another_rule_can_still_be_told(rule, trust, lead, alert):
    attack = a_correlated_alert(rule, trust, "WS-0417")
    attack.events.update(fields={"Image": "vssadmin.exe"}, context={})
    AlertEventFactory(alert=attack, fields={"Image": "wbadmin.exe"}, device="WS-0417", rules=["other"])
    type(attack).objects.filter(pk=attack.pk).update(closed=True, closed_reason=CloseReason.DEALT_WITH)

    found = look(lead, alert, wanted(), date(2026, 3, 1)).found

    assert [(hit.alert, hit.known) for hit in found.attacks] == [(attack, 0)]
    assert found.unknown == 1


def test_a_filter_for_a_rule_says_which_correlations_it_takes_from(rule, trust, lead, alert, clock):
    correlated = a_correlated_alert(rule, trust, "WS-0417", "WS-0418")

    found = look(lead, alert, wanted(), clock.now().date()).found

    assert {hit.alert for hit in found.hits} == {alert, correlated}


def test_the_page_of_a_correlation_says_for_which_rule_a_filter_is_and_lets_one_choose(client, rule, trust, lead):
    alert = a_correlated_alert(rule, trust, "WS-0416", "WS-0417")
    other = RuleFactory(id="other", title="Backups deleted", file="other.yml")
    AlertEventFactory(alert=alert, fields={"Image": "wbadmin.exe"}, device="WS-0417", rules=[other.pk])
    client.force_login(lead)
    address = f"/alerts/{alert.pk}/normal/"

    page = client.get(f"/alerts/{alert.pk}/").content.decode()
    assert f'href="{address}"' in page
    first = client.get(address).content.decode()
    assert f"?rule={other.pk}" in first
    second = client.get(f"{address}?rule={other.pk}").content.decode()
    assert 'value="wbadmin.exe"' in second
    looked = client.post(address, {**PAGE, "rule": rule.pk, "step": "look"}).content.decode()
    assert "It would have hidden 0 alerts, and part of 1 alert" in looked
    refused = client.post(address, {**PAGE, "rule": "nothing", "step": "look"})
    assert refused.status_code == 400


def test_from_outside_no_text_is_offered_in_which_an_nhs_number_is_hidden(rule, region, trust):
    command = "vssadmin delete shadows 943 476 5919"
    alert = an_alert(rule, trust, {"Image": "vssadmin.exe", "CommandLine": command})
    region.kind = OrganisationKind.REGION
    region.save()
    outside = PostFactory(role=REGIONAL_LEAD.key, organisation=region).user
    inside = PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trust).user

    assert [one.field for one in queries.proposal(outside, alert, *queries.subjects(alert))] == ["Image"]
    assert [one.field for one in queries.proposal(inside, alert, *queries.subjects(alert))] == ["Image", "CommandLine"]
