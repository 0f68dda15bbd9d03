"""Two organisations with events: whoever may see one sees nothing of the other, by page and by API."""

import pytest
from django.test import Client

from console.detect.factories import MOMENT, AlertEventFactory, AlertFactory
from console.estate.factories import DeviceFactory
from console.factories import OrganisationFactory, PostFactory
from console.lakes import an_event_id, keep
from watchward.access.roles import NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.console.access.models import AuditEntry
from watchward.console.config import current, use
from watchward.console.detect import news
from watchward.console.detect.models import Projection

DEVICE = "WS-SAME"
"""Both have a device of one name, so that the name alone does not tell them apart."""

ASK = {"sql": "SELECT organisation, CommandLine FROM events ORDER BY 1", "purpose": "To see"}
BY_NAME = {"sql": "SELECT CommandLine FROM events WHERE device = 'WS-SAME'", "purpose": "To see"}


class _Place:
    """An organisation whose lead is signed in, with an event, the alert that it made, and its device."""

    def __init__(self, code, secret):
        self.organisation, self.secret = OrganisationFactory(code=code), secret
        segment = keep(current().lake, secret, organisation=code, device=DEVICE, Image="cmd.exe", CommandLine=secret)
        self.alert = AlertFactory(organisation=self.organisation, device=DEVICE)
        AlertEventFactory(alert=self.alert, event_id=an_event_id(secret).hex(), segment=segment, fields={})
        self.device = DeviceFactory(organisation=self.organisation, name=DEVICE, last_seen_at=MOMENT)
        self.client = _signed_in(ORGANISATION_CYBER_LEAD, self.organisation)


def _signed_in(role, organisation):
    client = Client()
    client.force_login(PostFactory(role=role.key, organisation=organisation).user)
    return client


@pytest.fixture
def places(tmp_path):
    before = current()
    use(before.model_copy(update={"lake": tmp_path / "lake"}))
    yield _Place("AA1", "secret-of-one"), _Place("BB2", "secret-of-two")
    use(before)


def _api(client, path, body):
    return client.post(f"/api/v1{path}", body, content_type="application/json")


@pytest.fixture(params=[0, 1], ids=["one", "two"])
def mine_and_theirs(request, places):
    return places[request.param], places[1 - request.param]


@pytest.mark.parametrize("question", [ASK, BY_NAME], ids=["everything", "by the device's name"])
def test_a_hunt_answers_with_ones_own_events_alone(mine_and_theirs, question):
    mine, theirs = mine_and_theirs
    answers = [
        mine.client.post("/hunt/", question),
        mine.client.post("/hunt/", {**question, "as": "csv"}),
        _api(mine.client, "/hunt", question),
        _api(mine.client, "/hunt/csv", question),
    ]

    for answer in answers:
        assert answer.status_code == 200
        assert mine.secret in answer.content.decode()
        assert theirs.secret not in answer.content.decode()


def test_a_hunt_by_someone_above_both_answers_with_both_and_is_recorded(places):
    client = _signed_in(NATIONAL_ANALYST, None)

    answer = _api(client, "/hunt", ASK).json()

    assert [row[0] for row in answer["rows"]] == [place.organisation.code for place in places]
    assert AuditEntry.objects.filter(event="hunt.run").count() == 1


def _around_an_alert(place):
    alert, device = place.alert.pk, place.device.pk
    return [
        f"/alerts/{alert}/",
        f"/alerts/{alert}/timeline/",
        f"/devices/{device}/",
        f"/api/v1/alerts/{alert}",
        f"/api/v1/alerts/{alert}/timeline",
        f"/api/v1/alerts/{alert}/event",
        f"/api/v1/devices/{device}/events",
    ]


def test_timelines_and_raw_events_show_ones_own_events_alone(mine_and_theirs):
    mine, theirs = mine_and_theirs

    for address in _around_an_alert(mine):
        answer = mine.client.get(address)
        text = answer.content.decode()

        assert answer.status_code == 200, address
        assert mine.secret in text or "cmd.exe" in text, f"{address} shows no event"
        assert theirs.secret not in text, address


def test_timelines_and_raw_events_of_another_organisation_are_not_there(mine_and_theirs):
    mine, theirs = mine_and_theirs

    assert [mine.client.get(address).status_code for address in _around_an_alert(theirs)] == [404] * 7


def test_the_raw_event_is_whole(places):
    mine = places[0]

    event = mine.client.get(f"/api/v1/alerts/{mine.alert.pk}/event").json()

    assert (event["organisation"], event["device"], event["CommandLine"]) == ("AA1", DEVICE, mine.secret)
    assert event["unmapped"] == {"Hostname": "ward-1"}


def test_a_timeline_says_which_events_made_the_alert(places):
    mine = places[0]
    keep(current().lake, "another", organisation="AA1", device=DEVICE, Image="other.exe")

    items = mine.client.get(f"/api/v1/alerts/{mine.alert.pk}/timeline").json()["items"]

    assert sorted((one["event"]["Image"], one["matched"]) for one in items) == [("cmd.exe", True), ("other.exe", False)]


def test_whom_else_a_rule_touched_and_what_else_a_device_did_stay_within_what_one_may_see(places):
    mine, theirs = places
    theirs.alert.rule = mine.alert.rule
    theirs.alert.save()
    also = AlertFactory(organisation=mine.organisation, rule=mine.alert.rule, device=DEVICE)
    address = f"/api/v1/alerts/{mine.alert.pk}"

    touched = mine.client.get(f"{address}/others").json()

    assert (touched["total"], [one["id"] for one in touched["items"]]) == (1, [str(also.pk)])
    assert [one["id"] for one in mine.client.get(f"{address}/same-device").json()] == [str(also.pk)]


def test_several_alerts_are_handled_at_once_only_where_all_may_be(places):
    mine, theirs = places
    both = [str(mine.alert.pk), str(theirs.alert.pk)]

    refused = _api(mine.client, "/alerts/steps", {"step": "acknowledge", "alerts": both})
    done = _api(mine.client, "/alerts/steps", {"step": "close", "alerts": both[:1], "reason": "expected"})

    assert (refused.status_code, done.json()) == (403, {"changed": both[:1]})
    theirs.alert.refresh_from_db()
    assert theirs.alert.state == "open"


def test_what_is_new_is_counted_where_one_may_see_and_tells_nothing_else(places):
    mine, theirs = places
    Projection.objects.create(pk=1, revision=40)
    before = mine.client.get("/api/v1/alerts").json()["revision"]
    page = mine.client.get("/alerts/").content.decode()
    Projection.objects.update(revision=42)
    for place, revision in ((mine, 41), (theirs, 42)):
        AlertFactory(organisation=place.organisation, revision=revision)

    told = mine.client.get("/api/v1/alerts/news", {"since": before}).json()

    assert told["count"] == 1
    assert news.opened(told["revision"]) == 42
    assert len({len(news.sealed(number)) for number in (0, 41, 10**15)}) == 1, "its length would tell"
    assert news.sealed(40) != news.sealed(40)
    assert "since=40" not in page
    assert mine.client.get("/api/v1/alerts/news?since=40").status_code == 400
