"""Questions about named people: even a number tells something of somebody, so somebody there decides."""

import json

import pytest

from console.hunts.asking import ASKED, RULE, A, a_question, come, told_to, work
from console.link.factories import PeerFactory
from watchward.access.roles import NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.console.access.models import AuditEntry
from watchward.console.hunts.models import Answer, Policy, Question
from watchward.console.hunts.people import asks_about

pytestmark = pytest.mark.usefixtures("trusts")
LIKE_J = "SELECT count(*) FROM events WHERE User LIKE 'XT1%'"
EACH_OF_J = "SELECT device FROM events WHERE User LIKE '%jane%'"
BY_PERSON = RULE.replace("condition: s}", "t: {User|contains: jane}, condition: s and t}")
FROM_HOME = RULE.replace("loader.exe", "\\\\Users\\\\jane.doe\\\\a.exe")


def recorded(event):
    return json.loads(AuditEntry.objects.get(event=event).details)["asks_about"]


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("SELECT device FROM events WHERE User LIKE 'j%'", ["User"]),
        ("SELECT User AS x FROM events WHERE x LIKE 'j%'", ["User"]),
        ("SELECT User AS x, x AS y, y AS z FROM events WHERE z LIKE 'j%'", ["User"]),
        ("SELECT z AS device, User AS z FROM events", ["User"]),
        ("SELECT device FROM events GROUP BY device HAVING max(TargetUserName) = 'j'", ["TargetUserName"]),
        ("SELECT e.device FROM events e JOIN events f ON e.User = f.TargetUserName", ["TargetUserName", "User"]),
        ("SELECT device FROM events ORDER BY User LIMIT 1", ["User"]),
        ("SELECT User FROM events ORDER BY 1 LIMIT 1", ["User"]),
        ("SELECT DISTINCT User FROM events", ["User"]),
        ("SELECT User FROM events GROUP BY ALL", ["User"]),
        ("SELECT User AS device FROM events", ["User"]),
        ("SELECT CASE WHEN User = 'j' THEN device END AS device FROM events", ["User"]),
        ("SELECT count(*) FILTER (WHERE User = 'j') AS device FROM events", ["User"]),
        ("SELECT device FROM events QUALIFY row_number() OVER (PARTITION BY User) = 1", ["User"]),
        ("SELECT device FROM events WHERE Image IN (SELECT Image FROM events WHERE User = 'j')", ["User"]),
        ("WITH t AS (SELECT User AS u FROM events) SELECT 1 FROM t WHERE u = 'j'", ["User"]),
        ("SELECT device FROM events WHERE unmapped LIKE '%j%'", ["unmapped"]),
        ("SELECT device FROM events WHERE events::VARCHAR LIKE '%j%'", ["any field"]),
        ("SELECT 1 FROM (SELECT * FROM events) WHERE Image = 'a'", ["any field"]),
        (
            "SELECT device FROM events WHERE Image LIKE 'C:\\Users\\jane.doe\\%'",
            ["a text that is shaped like a person"],
        ),
        ("SELECT device FROM events WHERE CommandLine LIKE '%943 476 5919%'", ["a text that is shaped like a person"]),
        ("not SQL at all", ["any field"]),
    ],
)
def test_a_query_whose_conditions_use_what_may_name_a_person_asks_about_people(sql, what):
    assert asks_about(Question.Form.SQL, sql) == what


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT device, User, Image FROM events WHERE Image LIKE '%loader.exe'",
        "SELECT * FROM events WHERE Image LIKE 'C:\\Users\\Public\\%' ORDER BY observed_at LIMIT 9",
        "SELECT Image, count(*) FROM events WHERE observed_at > '2026-01-01' GROUP BY Image HAVING count(*) > 3",
        "SELECT e.User AS who FROM events e WHERE e.device = 'LM-WS-1'",
    ],
)
def test_a_query_that_only_shows_what_may_name_a_person_does_not(sql):
    assert asks_about(Question.Form.SQL, sql) == []


def test_rules_are_read_too():
    keyword = RULE.replace("{s: {Image|endswith: loader.exe}", "{s: [loader]")
    correlation = (
        "title: C\nid: 3f0c9a17-c2e8-4d0f-9f5b-6f0f9b1d2c3e\ncorrelation: {type: event_count, rules: [loader], "
        "group-by: [SubjectUserName], timespan: 1h, condition: {gte: 3}}\n"
    )

    assert asks_about(Question.Form.SIGMA, RULE) == []
    assert asks_about(Question.Form.SIGMA, BY_PERSON) == ["User"]
    assert asks_about(Question.Form.SIGMA, FROM_HOME) == ["a text that is shaped like a person"]
    assert asks_about(Question.Form.SIGMA, keyword) == ["any field"]
    assert asks_about(Question.Form.SIGMA, f"name: loader\n{RULE}---\n{correlation}") == ["SubjectUserName"]
    assert asks_about(Question.Form.SIGMA, correlation) == ["SubjectUserName", "rules that are not in it"]


@pytest.mark.parametrize("asked", [{"form": "sql", "text": EACH_OF_J}, {"form": "sigma", "text": BY_PERSON}])
def test_a_person_there_decides_before_anything_about_a_person_is_counted(signed_in, home, trusts, above, asked):
    come(above, "question", A, a_question(**asked))
    work(home)
    assert {key: one["state"] for key, one in told_to(above, "answer").items()} == {
        f"{A}/XT1/": "asked", f"{A}/XT2/": "asked",
    }  # fmt: skip
    answer = Answer.objects.get(code="XT1")
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])
    assert (
        "This question asks about named people: its conditions use User."
        in client.get(f"/hunts/answers/{answer.pk}/").text
    )

    client.post(f"/hunts/answers/{answer.pk}/allow/")
    work(home)

    told = told_to(above, "answer")[f"{A}/XT1/"]
    assert (told["state"], told["events"], told["devices"], told["below"]) == ("counted", 0, 0, 5)
    assert "Numbers below 5 are not told" in told["reason"]
    assert "Fewer than 5 events on fewer than 5 devices." in client.get(f"/hunts/answers/{answer.pk}/").text
    assert recorded("question.marked") == "User"
    assert recorded("question.allowed") == "User"


def test_none_and_one_look_alike_and_larger_numbers_are_told(signed_in, home, trusts, above):
    for place, fewest in zip(trusts, (2, 5), strict=True):
        Policy.objects.create(organisation=place, people=Policy.Counts.AT_ONCE, fewest=fewest)
    come(above, "question", A, a_question(form="sql", text="SELECT device FROM events WHERE User LIKE '%'"))

    work(home)

    told = told_to(above, "answer")
    assert [(told[f"{A}/{code}/"]["events"], told[f"{A}/{code}/"]["devices"]) for code in ("XT1", "XT2")] == [
        (2, 0), (0, 0),
    ]  # fmt: skip
    page = signed_in(NATIONAL_ANALYST, None).get(f"/hunts/{A}/").text
    assert "1 tells only that it is a small number, or none." in page
    assert "fewer than 5" in page


def test_a_small_number_of_which_there_are_no_rows_waits_for_nobodys_word(signed_in, home, trusts, above):
    Policy.objects.create(organisation=trusts[0], people=Policy.Counts.AT_ONCE, fewest=5)
    text = "SELECT device FROM events WHERE User LIKE 'nobody is called so%'"
    come(above, "question", A, a_question(form="sql", text=text, wants_rows=True))

    work(home)

    assert "Waits for your word" not in signed_in(ORGANISATION_CYBER_LEAD, trusts[0]).get(f"/hunts/{A}/").text


def test_a_policy_may_let_nobody_count_what_asks_about_people(home, trusts, above):
    Policy.objects.create(organisation=trusts[0], people=Policy.Counts.NEVER)
    come(above, "question", A, a_question(form="sql", text=LIKE_J))

    work(home)

    told = told_to(above, "answer")[f"{A}/XT1/"]
    assert (told["state"], told["reason"]) == (
        "refused", "Its policy lets no other node count what asks about named people.",
    )  # fmt: skip


def test_whoever_asks_is_told_and_it_is_recorded(signed_in, home):
    client = signed_in(NATIONAL_ANALYST, None)

    address = client.post("/hunts/new/", {**ASKED, "form": "sql", "text": LIKE_J}).headers["Location"]
    work(home)

    assert "This question asks about named people: its conditions use User." in client.get(address).text
    assert set(Answer.objects.values_list("state", flat=True)) == {"asked"}
    assert recorded("question.asked") == "User"
    assert client.get(f"/api/v1{address.replace('hunts/', 'hunts/across/')}".rstrip("/")).json()["question"][
        "asks_about"
    ] == ["User"]


def test_what_a_child_keeps_back_is_shown_so_and_passed_on_so(signed_in, trusts, above):
    below = PeerFactory(organisation=trusts[0], node="b" * 32)
    come(above, "question", A, a_question(form="sql", text=LIKE_J))
    body = {"question": A, "code": "XT1", "name": "XT1 Trust", "state": "counted", "events": 9, "below": 5}

    come(below, "answer", f"{A}/XT1/", {**body, "at": a_question()["at"]})

    told = told_to(above, "answer")[f"{A}/XT1/{'b' * 32}"]
    assert (told["events"], told["devices"], told["below"]) == (9, 0, 5)
    assert "fewer than 5" in signed_in(NATIONAL_ANALYST, None).get(f"/hunts/{A}/").text


def test_an_organisation_says_what_it_does_with_such_questions(signed_in, trusts):
    client = signed_in(ORGANISATION_CYBER_LEAD, trusts[0])
    page = client.get("/organisations/XT1/hunts/").text
    assert "When the question asks about named people" in page

    client.post("/organisations/XT1/hunts/", {"counts": "at_once", "people": "never", "fewest": "10"})

    assert client.get("/api/v1/organisations/XT1/hunts").json() == {
        "counts": "at_once", "people": "never", "fewest": 10,
    }  # fmt: skip
    assert client.post("/organisations/XT1/hunts/", {"counts": "at_once", "people": "never", "fewest": "0"}
                       ).status_code == 400  # fmt: skip
    kept = client.post("/api/v1/organisations/XT1/hunts", {"counts": "asked"}, content_type="application/json")
    assert kept.json() == {"counts": "asked", "people": "never", "fewest": 10}
