"""Looking back, as people ask for it and the worker does it."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from console.factories import OrganisationFactory, PostFactory
from console.lakes import keep
from console.lookback.factories import LookBackFactory
from watchward.access.roles import BOARD_MEMBER, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.base.clock import HeldClock, SystemClock
from watchward.console.config import current, use
from watchward.console.lookback import actions, adapters
from watchward.console.lookback.models import LookBack, State
from watchward.node.lookback.process import do_next

RULE = """title: Odd program
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: odd.exe}, condition: s}
"""
NOW = datetime.now(tz=UTC)


@pytest.fixture
def trusts(tmp_path):
    before = current()
    use(before.model_copy(update={"lake": tmp_path / "lake"}))
    found = [OrganisationFactory(code=code, name=f"{code} Trust") for code in ("XT1", "XT2")]
    for one in found:
        at = NOW - timedelta(hours=1)
        keep(current().lake, one.code, organisation=one.code, at=at, Image="C:\\odd.exe 943 476 5919 odd.exe")
    yield found
    use(before)


def ask(client, **data):
    answer = client.post("/look-back/", {"text": RULE, "days": "7", **data})
    assert answer.status_code == 302, answer.content
    return answer.headers["Location"]


def work():
    return do_next(current().lake, (), None, clock=SystemClock())


def test_someone_sees_what_a_rule_would_have_found_where_they_may_search_and_nowhere_else(signed_in, trusts):
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])
    address = ask(client)
    assert "It waits for its turn" in client.get(address).text

    assert work()

    page = client.get(address).text
    assert "It would have raised 1 alert on 1 device" in page
    assert "XT1 Trust" in page
    assert "XT2 Trust" not in page
    assert "Open event 1" in page
    assert client.get(f"/api/v1/look-backs/{LookBack.objects.get().pk}").json()["by_organisation"] == {"XT1": 1}
    assert not work()


def test_what_one_may_no_longer_search_is_no_longer_shown(client, trusts):
    post = PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trusts[0])
    client.force_login(post.user)
    address = ask(client)
    work()
    PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trusts[1], user=post.user)
    post.delete()

    assert "XT1 Trust" not in client.get(address).text


def test_everyone_sees_only_their_own(client, signed_in, trusts):
    theirs = LookBackFactory()
    client = signed_in(NATIONAL_ANALYST, trusts[0])

    assert client.get(f"/look-back/{theirs.pk}/").status_code == 404
    assert client.post(f"/look-back/{theirs.pk}/cancel/").status_code == 404


def test_an_organisation_beyond_ones_reach_is_not_there(signed_in, trusts):
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])

    assert client.post("/look-back/", {"text": RULE, "days": "7", "organisation": "XT2"}).status_code == 404
    assert signed_in(BOARD_MEMBER, trusts[0]).get("/look-back/").status_code == 403


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"text": "title: Nothing"}, "Line 1"),
        ({"text": ""}, "no such rule"),
        ({"days": "0"}, "0 days"),
        ({"days": "1000"}, "1000 days"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_to_do(signed_in, trusts, data, said):
    answer = signed_in(NATIONAL_ANALYST, trusts[0]).post("/look-back/", {"text": RULE, "days": "7", **data})

    assert answer.status_code == 400
    assert said in answer.text


def test_one_person_may_have_three_under_way(signed_in, trusts):
    client = signed_in(NATIONAL_ANALYST, trusts[0])
    for _ in range(actions.MOST_WAITING):
        ask(client)

    assert "under way" in client.post("/look-back/", {"text": RULE, "days": "7"}).text


def test_what_is_cancelled_is_not_done(signed_in, trusts):
    client = signed_in(NATIONAL_ANALYST, trusts[0])
    address = ask(client)
    client.post(f"{address}cancel/")

    assert not work()
    assert "Cancelled" in client.get(address).text


def test_a_worker_that_is_to_end_waits_for_no_look_back(signed_in, trusts):
    address = ask(client := signed_in(ORGANISATION_CYBER_LEAD, trusts[0]))
    stop = threading.Event()
    stop.set()

    assert do_next(current().lake, (), None, clock=SystemClock(), stop=stop)
    assert LookBack.objects.get().stands is State.RUNNING
    adapters.put_back()
    assert "It waits for its turn" in client.get(address).text


def test_what_was_running_when_the_worker_ended_waits_again(clock):
    asked = LookBackFactory()
    task = adapters.take(clock=clock)
    assert adapters.take(clock=clock) is None
    adapters.put_back()
    again = adapters.take(clock=HeldClock(at=clock.now()))

    assert task is not None
    assert again is not None
    assert again.key == task.key == asked.pk
    assert adapters.note_progress(again, 5, 10)
    assert LookBack.objects.get().percent == 50


def test_a_rule_that_does_not_load_with_the_nodes_rules_says_why(signed_in, trusts):
    client = signed_in(NATIONAL_ANALYST, trusts[0])
    asked = LookBackFactory(by=PostFactory(role=NATIONAL_ANALYST.key, organisation=trusts[0]).user, text="title: No")
    work()
    asked.refresh_from_db()

    assert asked.state == "failed"
    assert "does not load" in asked.error
    client.force_login(asked.by)
    assert "does not load" in client.get(f"/look-back/{asked.pk}/").text
