"""The pages of links and the REST API: what somebody sees, and what they can do."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from console.factories import OrganisationFactory, PostFactory
from console.link.factories import PeerFactory, a_head, a_parent, a_passage, a_refusal, an_invitation
from console.link.kinds_of_tests import EVENT, STATE, event, state
from watchward.access.roles import ADMINISTRATOR, AUDITOR, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.console.config import current, use
from watchward.console.link import kinds, queries
from watchward.console.link.kinds import Way
from watchward.console.link.models import Invitation, Passage, Peer, Queued, Speaking
from watchward.link import code


@pytest.fixture(autouse=True)
def _kinds():
    before = current()
    use(before.model_copy(update={"public_url": "https://nation.example:8443"}))
    kinds.register(state())
    kinds.register(event(way=Way.UP, held=lambda _: 12))
    yield
    use(before)
    for name in (STATE, EVENT):
        kinds.forget(name)


def signed_in(client, role=ADMINISTRATOR, organisation=None):
    client.force_login(PostFactory(role=role.key, organisation=organisation).user)
    return client


def words(response):
    return " ".join(response.content.decode().split())


def a_sound_child(**given):
    now = timezone.now()
    child = PeerFactory(last_at=now, joined_at=now, skew_seconds=0.4, **given)
    a_head(child, at=now)
    return child


def test_the_list_says_in_one_sentence_how_all_links_stand(client):
    a_sound_child()
    assert "The one linked node is in contact." in words(signed_in(client).get("/links/"))

    a_sound_child(trouble="")
    PeerFactory(last_at=timezone.now() - timedelta(days=2), name="Away")
    page = words(client.get("/links/"))

    assert "1 of 3 linked nodes needs somebody." in page
    assert page.index("Away") < page.index("In contact")
    assert "See that it runs, and that it may reach this node." in page


def test_a_node_without_links_is_told_how_to_join_one(client):
    assert "Join the node above" in words(signed_in(client).get("/links/"))


def test_an_audit_log_that_does_not_agree_is_shown_plainly(client):
    child = a_sound_child()
    a_head(child, number=4, at=timezone.now(), faults="The log went back from entry 10 to 4.")

    assert "The log went back from entry 10 to 4." in words(signed_in(client, AUDITOR).get("/links/"))
    assert "Does not agree" in words(client.get(f"/links/{child.pk}/"))


def test_the_node_above_is_shown_to_those_who_look_after_the_whole_node_alone(client):
    a_parent(name="The nation itself")
    lead = OrganisationFactory()

    assert "The nation itself" in words(signed_in(client).get("/links/"))
    page = words(signed_in(client, ORGANISATION_CYBER_LEAD, lead).get("/links/"))
    assert "The nation itself" not in page
    assert "shown to those who look after the whole node" in page


def test_what_left_is_narrowed_by_node_class_day_and_what_became_of_it(client):
    first, second = PeerFactory(name="First"), PeerFactory(name="Second")
    a_passage(first, STATE, why="By rule 1", day=datetime(2026, 3, 1, tzinfo=UTC).date())
    a_passage(second, STATE, why="By rule 2", day=datetime(2026, 3, 2, tzinfo=UTC).date())
    a_passage(second, EVENT, fate=Passage.Fate.LOST, why="By rule 3", day=datetime(2026, 3, 2, tzinfo=UTC).date())
    a_passage(second, EVENT, fate=Passage.Fate.CAME, why="By rule 4")
    signed_in(client)

    def shown(query):
        page = words(client.get(f"/links/left/{query}"))
        return {number for number in "1234" if f"By rule {number}" in page}

    assert shown("") == {"1", "2", "3"}
    assert shown(f"?node={first.pk}") == {"1"}
    assert shown(f"?kind={STATE}") == {"1", "2"}
    assert shown("?day=2026-03-02") == {"2", "3"}
    assert shown("?fate=lost") == {"3"}
    assert shown("?day=yesterday&fate=moon&node=x") == {"1", "2", "3"}


def test_what_was_refused_stands_with_its_reason_at_the_end_that_refused_it(client):
    child = PeerFactory()
    a_refusal(child, reason="More than came in one day")
    a_refusal(child, reason="It said no", there=True)
    signed_in(client)

    came, left = words(client.get("/links/came/")), words(client.get("/links/left/"))
    assert "More than came in one day" in came
    assert "It said no" not in came
    assert "It said no" in left


def test_a_code_is_shown_once_and_can_be_withdrawn_until_it_is_used(client):
    place = OrganisationFactory(code="RJ1")
    signed_in(client, REGIONAL_LEAD, place)

    made = client.post("/links/invite/", {"name": "Invented Trust", "organisation": "rj1", "days": "2"})
    text = made.content.decode().split('id="secret">')[1].split("<")[0]

    assert code.read(text).address == "https://nation.example:8443"
    listed = words(client.get("/links/"))
    assert "Invented Trust" in listed
    assert text not in listed
    client.post(f"/links/codes/{Invitation.objects.get().pk}/withdraw/")
    assert not Invitation.objects.exists()


def test_nobody_is_invited_for_an_organisation_of_somebody_else(client):
    OrganisationFactory(code="RJ2")
    signed_in(client, REGIONAL_LEAD, OrganisationFactory())

    answer = client.post("/links/invite/", {"name": "X", "organisation": "RJ2", "days": "2"})

    assert answer.status_code == 400
    assert not Invitation.objects.exists()


def test_what_is_told_is_chosen_class_by_class(client):
    child = PeerFactory()
    signed_in(client)

    client.post(f"/links/{child.pk}/policy/", {"open": []})

    child.refresh_from_db()
    assert child.lets_out[STATE] is False
    assert Speaking.objects.get(peer=child).anew
    assert f'value="{STATE}" checked' not in words(client.get(f"/links/{child.pk}/"))


def test_a_limit_needs_a_reason_and_is_counted_in_megabytes(client):
    child = PeerFactory()
    signed_in(client)

    refused = client.post(f"/links/{child.pk}/limit/", {"things": "5", "megabytes": "2", "reason": ""})
    assert refused.status_code == 400
    assert "Say in a few words why" in words(refused)

    client.post(f"/links/{child.pk}/limit/", {"things": "5", "megabytes": "2", "reason": "Too loud"})
    child.refresh_from_db()
    assert (child.most_a_day, child.most_bytes_a_day) == (5, 2 << 20)


def test_all_is_told_anew_at_the_next_contact(client):
    child = PeerFactory()

    signed_in(client).post(f"/links/{child.pk}/tell/")

    assert "At the next contact: somebody here had all told once more" in words(client.get(f"/links/{child.pk}/"))


def test_before_all_is_withdrawn_it_is_said_how_much_of_what_that_is(client):
    child = PeerFactory(name="Broken node")
    a_passage(child, EVENT, fate=Passage.Fate.CAME, count=40)
    signed_in(client)

    asked = words(client.get(f"/links/{child.pk}/withdraw/"))
    assert "Things that happened" in asked
    assert ">40<" in asked
    assert ">12<" in asked
    assert client.post(f"/links/{child.pk}/withdraw/", {"reason": " "}).status_code == 400
    client.post(f"/links/{child.pk}/withdraw/", {"reason": "Broken into"})

    child.refresh_from_db()
    assert child.most_a_day == 0
    assert "Nothing that it sends is taken" in words(client.get(f"/links/{child.pk}/"))


def test_a_link_is_ended_with_what_waited_for_it(client):
    child = PeerFactory()
    signed_in(client)

    assert "To be linked again, it needs a new code." in words(client.get(f"/links/{child.pk}/end/"))
    client.post(f"/links/{child.pk}/end/", {"reason": "It moved"})

    assert Peer.objects.get().ended_at
    assert not Queued.objects.exists()
    assert "Links that have ended (1)" in words(client.get("/links/"))


def test_a_key_that_some_node_does_not_know_yet_is_not_changed_again(client):
    PeerFactory(name="Behind", knows_us_by="f" * 32)
    signed_in(client)

    assert "1 node has yet to learn the present key" in words(client.get("/links/key/"))
    assert client.post("/links/key/").status_code == 400


def test_the_api_says_and_does_the_same(client):
    child = PeerFactory(last_at=timezone.now() - timedelta(days=1), name="Away")
    signed_in(client)

    def post(what, body):
        return client.post(f"/api/v1/links/{child.pk}/{what}", body, content_type="application/json")

    (listed,) = client.get("/api/v1/links").json()
    assert (listed["state"], listed["wrong"][0]["what"]) == ("away", "It does not speak with this node.")
    assert post("policy", {"lets_out": {STATE: False}}).json()["lets_out"][STATE] is False
    assert post("policy", {"lets_out": {"moon": False}}).status_code == 400
    assert post("limit", {"things": 1, "bytes": 2, "reason": "Loud"}).json()["most_bytes_a_day"] == 2
    assert post("tell", {}).status_code == 202
    assert [one["held"] for one in client.get(f"/api/v1/links/{child.pk}/sent").json() if one["kind"] == EVENT] == [12]
    assert post("withdraw", {"reason": "Broken into"}).status_code == 200
    assert post("end", {"reason": "It left"}).json()["state"] == "ended"


def test_the_words_of_programs_stand_on_no_page(client):
    child = a_sound_child()
    a_parent(last_at=timezone.now())
    an_invitation()
    signed_in(client)

    for path in ("", "left/", "came/", "invite/", "key/", f"{child.pk}/", f"{child.pk}/withdraw/", f"{child.pk}/end/"):
        page = client.get(f"/links/{path}").content.decode().split("<main")[1].lower()
        assert not {"epoch", "digest", "envelope", "peer", "queue"} & set(page.replace('"', " ").split()), path


def test_classes_that_come_from_a_child_say_how_much_of_them_holds():
    held = queries.held_from(PeerFactory())

    assert {name: held[name] for name in ("advisory_answer", "answer", "block_vote", "intel")} == {
        "advisory_answer": 0,
        "answer": 0,
        "block_vote": 0,
        "intel": 0,
    }


@pytest.mark.parametrize("number", [1 << 31, 1 << 63, 10**30])
def test_a_link_number_that_no_database_has_is_nobodys_link(client, number):
    a_sound_child()
    signed_in(client)

    assert {client.get(f"/links/{number}/{what}").status_code for what in ("", "end/")} == {404}
    for what in ("", "/heads", "/sent"):
        assert client.get(f"/api/v1/links/{number}{what}").status_code == 404
    for what in ("left", "came", "refused"):
        assert client.get(f"/links/{what}/?node={number}").status_code < 500
        assert client.get(f"/api/v1/links/{what}?node={number + 1}").status_code == 422
