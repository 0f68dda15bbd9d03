"""Rows before they leave: what they hold is known by the fields of which they are made, never by how they are named."""

import json
from datetime import timedelta

import pytest

from console.hunts.asking import ASKED, NOW, SQL, A, a_question, come, told_to, treat_people_alike, work
from console.hunts.factories import AnswerFactory
from console.lakes import keep
from console.link.factories import PeerFactory
from watchward.access.roles import NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.console.access.models import AuditEntry
from watchward.console.hunts.cleaning import to_give
from watchward.console.hunts.models import Answer, Look, Question, State
from watchward.console.link.models import Peer

pytestmark = pytest.mark.usefixtures("trusts")
ROWS = {"columns": ["Image"], "sources": [["Image"]], "truncated": False}


def counted(home, above, sql):
    """The answer of the first trust, whose rows wait for somebody's word."""
    treat_people_alike()
    come(above, "question", A, a_question(form="sql", text=sql, wants_rows=True))
    work(home)
    return Answer.objects.get(code="XT1")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT User AS x FROM events",
        "SELECT upper(User) AS Image FROM events",
        "SELECT x FROM (SELECT User AS x FROM events) t",
        "WITH t AS (SELECT User AS x FROM events) SELECT x FROM t",
        "SELECT Image AS x FROM events UNION ALL SELECT User FROM events",
        "SELECT reverse(User) AS x FROM events",
        "SELECT User || '.' AS x FROM events",
        "SELECT replace(unmapped, ' ', '') || User AS x FROM events",
    ],
)
def test_no_name_of_a_column_lets_a_persons_name_out(home, above, sql):
    given = to_give(counted(home, above, sql), whole=False)

    assert given.rows
    assert not any(name in str(given.rows).casefold() for name in ("jane.doe", "eod.enaj"))


def test_what_senders_sent_under_names_of_their_own_does_not_go(home, above):
    given = to_give(counted(home, above, "SELECT unmapped AS x, Image FROM events"), whole=False)

    assert "ward-1" not in str(given.rows)
    assert "loader.exe" in str(given.rows)


def test_an_nhs_number_that_a_query_disguises_goes_in_no_way(home, above):
    answer = counted(home, above, "SELECT reverse(CommandLine) AS x, Image FROM events")

    assert "9195 674" not in str(to_give(answer, whole=True).rows)


def test_every_field_of_events_may_be_asked_for(signed_in, home, trusts, above):
    answer = counted(home, above, "SELECT * FROM events")

    page = signed_in(ORGANISATION_CYBER_LEAD, trusts[0]).get(f"/hunts/answers/{answer.pk}/").text

    assert (answer.events, answer.devices) == (2, 1)
    assert "loader.exe" in page
    assert "jane.doe" not in page


def test_of_more_fields_than_an_answer_may_have_some_are_shown_and_it_says_that_there_are_more(home, above):
    many = {f"Field{number}": "C:\\x.exe" for number in range(600)}
    keep(home.lake, "wide", organisation="XT2", at=NOW - timedelta(hours=1), **many)

    first, second = (to_give(one, whole=False) for one in (counted(home, above, "SELECT * FROM events"),
                                                           Answer.objects.get(code="XT2")))  # fmt: skip

    assert "Field1" not in first.columns  # nothing of that trust stands in it
    assert not first.truncated
    assert len(second.columns) == 500
    assert second.truncated


@pytest.mark.parametrize(
    "text",
    [
        "SELECT reverse(User) AS x FROM events",
        "SELECT unmapped, Image FROM events",
        "SELECT Image FROM (SELECT Image FROM events)",
    ],
)
def test_rows_that_could_never_leave_are_refused_when_they_are_asked_for(signed_in, text):
    client = signed_in(NATIONAL_ANALYST, None)
    asked = {**ASKED, "form": "sql", "text": text, "rows": "on"}

    refused = client.post("/hunts/new/", asked)

    assert refused.status_code == 400
    assert "Select fields as they are" in refused.text
    assert client.post("/hunts/new/", {**asked, "rows": ""}).status_code == 302
    assert Question.objects.count() == 1


def test_all_fields_may_be_asked_for_with_the_one_among_them_that_never_goes(signed_in):
    asked = {**ASKED, "form": "sql", "text": "SELECT * FROM events", "rows": "on"}

    assert signed_in(NATIONAL_ANALYST, None).post("/hunts/new/", asked).status_code == 302


def test_what_goes_with_names_is_shown_first_and_whole(signed_in, home, trusts, above):
    answer = counted(home, above, SQL)
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])
    address = f"/hunts/answers/{answer.pk}/"

    without, shown = client.get(address).text, client.get(address, {"whole": "yes"}).text

    assert "LM-WS-1" not in without
    assert "Let the rows go with names" not in without
    assert "LM-WS-1" in shown
    assert "Let the rows go with names" in shown
    assert client.get(f"/api/v1{address}found", {"whole": "true"}).json()["rows"][0][0] == "LM-WS-1"


def test_every_row_that_would_go_can_be_looked_at(signed_in, trusts):
    rows = [[f"C:\\tool{number:03}.exe"] for number in range(120)]
    answer = AnswerFactory(organisation=trusts[0], state=State.COUNTED, question__wants_rows=True,
                           found={**ROWS, "rows": rows})  # fmt: skip
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])

    pages = [client.get(f"/hunts/answers/{answer.pk}/", {"page": page, "whole": "yes"}).text for page in (1, 2, 3)]

    assert ["You have seen 50 of 120 rows." in page for page in pages] == [True, False, False]
    assert "You have seen all 120 rows." in pages[2]
    assert all(any(f"tool{number:03}.exe" in page for page in pages) for number in range(120))
    assert "Rows 101 to 120 of 120." in pages[2]
    client.post(f"/hunts/answers/{answer.pk}/give/", {"whole": "no"})
    assert "tool119.exe" in client.get(f"/hunts/answers/{answer.pk}/rows/", {"page": 3}).text


def test_rows_of_an_earlier_version_whose_columns_nobody_knows_do_not_go(trusts):
    found = {"columns": ["x"], "rows": [["XT1\\jane.doe"]]}

    given = to_give(AnswerFactory(organisation=trusts[0], found=found), whole=True)

    assert "jane.doe" not in str(given.rows)


def test_rows_go_to_whoever_asked_through_their_link_and_to_no_other_parent(signed_in, home, trusts, above):
    answer = counted(home, above, SQL)
    Peer.objects.filter(pk=above.pk).update(ended_at=answer.at)
    another = PeerFactory(way=Peer.Way.PARENT, organisation=None, name="Another Kingdom")

    gives = {"whole": "yes", "unseen": "yes"}
    signed_in(ORGANISATION_CYBER_LEAD, trusts[0]).post(f"/hunts/answers/{answer.pk}/give/", gives)

    assert Answer.objects.get(code="XT1").stands is State.GIVEN
    assert told_to(another, "answer") == {}


@pytest.fixture
def many(trusts):
    """An answer whose rows fill three pages."""
    rows = [[f"C:\\tool{number:03}.exe"] for number in range(120)]
    return AnswerFactory(organisation=trusts[0], state=State.COUNTED, question__wants_rows=True,
                         found={**ROWS, "rows": rows})  # fmt: skip


def test_whoever_has_not_seen_all_rows_is_told_so_and_has_to_say_that_they_go_all_the_same(signed_in, trusts, many):
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])
    address = f"/hunts/answers/{many.pk}/"
    page = client.get(address).text
    assert "You have seen 50 of 120 rows." in page
    assert "Let all of them go, also the 70 that I have not seen" in page

    refused = client.post(f"{address}give/", {"whole": "no"}, follow=True).text
    assert "You have seen 50 of 120 rows. Look at the others too" in refused
    many.refresh_from_db()
    assert many.stands is State.COUNTED

    client.post(f"{address}give/", {"whole": "no", "unseen": "yes"})
    many.refresh_from_db()
    assert many.stands is State.GIVEN
    entry = json.loads(AuditEntry.objects.get(event="question.rows_given").details)
    assert (entry["seen"], entry["rows"]) == (50, 120)


def test_rows_seen_with_names_are_seen_without_and_not_the_other_way_round(signed_in, trusts, many):
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])
    address = f"/hunts/answers/{many.pk}/"
    client.get(address, {"page": 2, "whole": "yes"})

    assert "You have seen 100 of 120 rows." in client.get(address).text
    assert "You have seen 50 of 120 rows." in client.get(address, {"page": 2, "whole": "yes"}).text
    assert "You have seen 50 of 120 rows." in client.get(address, {"page": 99, "whole": "yes"}).text


def test_what_one_person_has_seen_another_has_not(signed_in, trusts, many):
    for page in (1, 2, 3):
        signed_in(ORGANISATION_CYBER_LEAD, trusts[0]).get(f"/hunts/answers/{many.pk}/", {"page": page})

    other = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])

    assert "You have seen 50 of 120 rows." in other.get(f"/hunts/answers/{many.pk}/").text


def test_a_look_at_names_is_recorded_once_however_often_pages_are_shown(signed_in, trusts, many):
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])
    address = f"/hunts/answers/{many.pk}/"
    client.get(address)
    assert not AuditEntry.objects.filter(event="question.names_seen").exists()

    for page in (1, 2, 1, 1, 3):
        client.get(address, {"page": page, "whole": "yes"})
    client.get(f"/api/v1{address}found", {"whole": "true"})

    entry = AuditEntry.objects.get(event="question.names_seen")
    assert json.loads(entry.details)["rows"] == 120
    assert (entry.subject_name, entry.organisation_name) == ("Has the loader run?", "XT1 Trust")

    Look.objects.update(at=NOW - timedelta(hours=9))
    client.get(address, {"whole": "yes"})
    assert AuditEntry.objects.filter(event="question.names_seen").count() == 2


def test_a_page_that_there_is_not_is_no_look(signed_in, trusts, many):
    signed_in(ORGANISATION_CYBER_LEAD, trusts[0]).get(f"/hunts/answers/{many.pk}/", {"page": 9, "whole": "yes"})

    assert not AuditEntry.objects.filter(event="question.names_seen").exists()
    assert not Look.objects.exists()


def test_a_look_over_the_api_counts_as_one(signed_in, trusts, many):
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])
    address, body = f"/api/v1/hunts/answers/{many.pk}", {"content_type": "application/json"}
    assert client.post(f"{address}/give", {"whole": True}, **body).status_code == 400
    client.get(f"{address}/found", {"whole": "true"})

    assert client.post(f"{address}/give", {"whole": True}, **body).status_code == 204
