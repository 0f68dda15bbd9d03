"""The pages of intelligence, as they are read."""

import pytest

from console.factories import OrganisationFactory, PostFactory
from console.intel.factories import (
    NODE,
    a_clock,
    a_collection,
    a_key,
    a_sighting,
    a_source,
    add,
    an_indicator,
    share,
)
from console.opened import page
from watchward.access.roles import ADMINISTRATOR, ORGANISATION_CYBER_LEAD
from watchward.console.intel import actions
from watchward.console.intel.models import Client, Object, Source
from watchward.intel.markings import Tlp, group_marking

LATER = "2026-03-01T00:00:00.000Z"


@pytest.fixture
def trust():
    return OrganisationFactory(code="QQ1", name="Larkmere Trust")


@pytest.fixture
def nation(trust):  # noqa: ARG001 - stands beside it
    return OrganisationFactory(code="NAT", name="The Exercise Kingdom")


@pytest.fixture
def lead(client, trust):
    client.force_login(PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trust).user)
    return client


def test_an_empty_page_says_how_to_begin(lead):
    text = page(lead, "/intelligence/")

    assert "Nothing comes from anywhere yet" in text
    assert "Make a collection" in text


def test_sources_that_cannot_be_read_come_first(lead, trust):
    collection = a_collection(trust)
    for name, failures in (("Alpha", 0), ("Zulu", 3)):
        Source.objects.filter(pk=a_source(collection, name=name).pk).update(failures=failures)

    text = page(lead, "/intelligence/")

    assert text.index("Zulu") < text.index("Alpha")
    assert "Cannot be read" in text


def test_what_an_object_says_whom_it_came_from_and_who_may_have_it_stand_on_its_page(lead, trust):
    collection = a_collection(trust)
    marking = group_marking("Imaging")
    marked = [marking["id"], Tlp.AMBER.marking]
    add(collection, marking, an_indicator(confidence=80, object_marking_refs=marked), a_sighting(an_indicator()))

    text = page(lead, f"/intelligence/objects/{Object.objects.get(type='indicator').pk}/")

    assert "TLP:AMBER" in text
    assert "Only members of Imaging may have it." in text
    assert "80 of 100 sure" in text
    assert "Brought by hand" in text
    assert "Where it was seen" in text
    assert "Looked for now" in text


def test_a_withdrawn_one_says_so_and_leads_to_its_versions(lead, trust):
    add(a_collection(trust), an_indicator(), an_indicator(modified=LATER, revoked=True))

    text = page(lead, f"/intelligence/objects/{Object.objects.get(current=True).pk}/")

    assert "Withdrawn" in text
    assert "Its versions" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [("?text=198.51.100.1", [1]), ("?text=198[.]51[.]100[.]2", [2]), ("?text=Address", [1, 2]), ("?type=malware", []),
     ("?text=203.0.113.1", []), ("?page=2", []), ("?collection=none&source=x&page=0", [1, 2])],
)  # fmt: skip
def test_objects_are_found_by_what_they_look_for_and_how_they_are_called(lead, trust, query, found):
    add(a_collection(trust), an_indicator("198.51.100.1"), an_indicator("198.51.100.2"))

    text = page(lead, f"/intelligence/objects/{query}")

    assert [n for n in (1, 2) if f"Address 198.51.100.{n}" in text] == found


def test_a_person_sees_what_their_organisation_may_have_of_a_collection_that_is_open_to_it(lead, trust, nation):
    collection = a_collection(nation, title="National")
    levels = {Tlp.GREEN: "1", Tlp.AMBER_STRICT: "2", Tlp.RED: "3"}
    add(collection, *(an_indicator(f"198.51.100.{n}", object_marking_refs=[one.marking]) for one, n in levels.items()))
    assert "National" not in page(lead, "/intelligence/")

    share(collection, trust)
    text = page(lead, "/intelligence/objects/")

    assert [n for n in "123" if f"Address 198.51.100.{n}" in text] == ["1"]
    hidden = Object.objects.get(title="Address 198.51.100.3")
    assert lead.get(f"/intelligence/objects/{hidden.pk}/").status_code == 404
    assert "Larkmere Trust and those below it may read." in page(lead, f"/intelligence/collections/{collection.pk}/")


def test_a_grant_for_a_role_is_for_those_who_hold_it(client, trust, nation):
    collection = a_collection(nation, title="National")
    given = actions.Share(organisation=None, role=ORGANISATION_CYBER_LEAD.key)
    actions.share_collection(by=NODE, collection=collection, share=given, clock=a_clock())
    for role, sees in ((ORGANISATION_CYBER_LEAD, True), (ADMINISTRATOR, False)):
        client.force_login(PostFactory(role=role.key, organisation=trust).user)

        assert ("National" in page(client, "/intelligence/")) is sees


def test_what_looks_like_a_patient_is_not_shown(lead, trust):
    add(a_collection(trust), an_indicator(name="Seen with 943 476 5919"))

    text = page(lead, "/intelligence/objects/") + page(lead, f"/intelligence/objects/{Object.objects.get().pk}/")

    assert "943 476 5919" not in text


def test_hostile_text_is_shown_as_text(lead, trust):
    add(a_collection(trust), an_indicator(name="<script>alert(1)</script>", x_note="</code><script>"))

    text = page(lead, f"/intelligence/objects/{Object.objects.get().pk}/")

    assert "<script>alert" not in text
    assert "</code><script>" not in text


def test_a_key_is_made_shown_once_and_withdrawn(lead, trust):
    collection = a_collection(trust)
    given = {"organisation": "qq1", "name": "Firewall", "read": [str(collection.pk)], "write": [str(collection.pk)]}

    made = lead.post("/intelligence/keys/new/", given).content.decode()
    client = Client.objects.get()

    assert client.key_id in made
    assert client.scopes.get().can_write
    assert client.key_id in page(lead, "/intelligence/")
    lead.post(f"/intelligence/keys/{client.pk}/withdraw/")
    assert Client.objects.get().withdrawn_at is not None


@pytest.mark.parametrize(
    ("given", "said"),
    [({"organisation": "NAT"}, "whose intelligence you may manage"), ({"name": ""}, "Enter a name"),
     ({"read": []}, "Choose at least one collection"), ({"read": ["no-such"]}, "no-such")],
)  # fmt: skip
def test_what_is_wrong_with_a_key_is_said(lead, trust, nation, given, said):  # noqa: ARG001 - it is there
    collection = a_collection(trust)

    answer = lead.post(
        "/intelligence/keys/new/", {"organisation": "QQ1", "name": "A", "read": [str(collection.pk)], **given}
    )

    assert said in answer.content.decode()
    assert not Client.objects.exists()


def test_a_source_that_fails_says_why_and_is_stopped_and_begun_again(lead, trust):
    source = a_source(a_collection(trust))
    Source.objects.update(failures=2, error="It answered with status 401. Check the password.")

    assert "Check the password" in page(lead, f"/intelligence/sources/{source.pk}/")
    for enabled, said in (("no", "Stopped"), ("yes", "Nothing yet")):
        lead.post(f"/intelligence/sources/{source.pk}/switch/", {"enabled": enabled})
        assert said in page(lead, f"/intelligence/sources/{source.pk}/")


def test_what_was_refused_stands_at_its_source(lead, trust):
    collection = a_collection(trust)
    key = a_key(collection)
    add(collection, an_indicator(), by=key.client)
    add(collection, an_indicator(name="Other"), by=key.client)

    text = page(lead, f"/intelligence/sources/{key.client.source.pk}/")

    assert "give a change a later" in text
    assert an_indicator()["id"] in text


def test_whoever_only_reads_a_collection_does_not_see_what_was_refused_there_or_where_it_is_read(lead, trust, nation):
    collection = a_collection(nation)
    share(collection, trust)
    add(collection, an_indicator(object_marking_refs=[Tlp.RED.marking]))
    add(collection, an_indicator(object_marking_refs=[Tlp.RED.marking], name="Other"))
    by_hand, server = Source.objects.get(), a_source(collection, url="https://taxii.example/secret/")
    Source.objects.filter(pk=server.pk).update(error="taxii.example answered with status 401.", failures=1)

    texts = [page(lead, f"/intelligence/sources/{one.pk}/") for one in (by_hand, server)]

    assert "Brought by hand" in texts[0]
    assert not any(one in "".join(texts) for one in (an_indicator()["id"], "taxii.example"))


def test_an_indicator_of_several_values_is_found_once(lead, trust):
    values = " OR ".join(f"domain-name:value = '{name}.example'" for name in ("evil", "worse", "worst"))
    add(a_collection(trust), an_indicator(name="evil.example and others", pattern=f"[{values}]"))

    assert page(lead, "/intelligence/objects/?text=evil.example").count("evil.example and others") == 1
    assert page(lead, "/intelligence/objects/?text=worst.example").count("evil.example and others") == 1


def test_a_list_says_on_its_form_and_on_its_page_that_what_it_no_longer_names_still_holds(lead, trust):
    listed = a_source(a_collection(trust), name="A list", kind=Source.Kind.FEED)
    served = a_source(a_collection(trust, title="Another"), name="A server")
    pages = [f"/intelligence/sources/{one}/" for one in ("new", listed.pk, served.pk)]

    assert ["no longer names" in lead.get(page).content.decode() for page in pages] == [True, True, False]


def test_a_list_says_what_an_indicator_names_and_of_what_a_sighting_is(lead, trust):
    collection = a_collection(trust)
    indicator = an_indicator("198.51.100.9", name="Loader")
    add(collection, indicator, a_sighting(indicator))
    text = page(lead, "/intelligence/objects/")

    assert ">198.51.100.9</span>" in text
    assert ">of Loader (198.51.100.9)</span>" in text


@pytest.mark.parametrize("part", ["evil.grebe.example", "grebe.example", "GREBE", "il.gre"])
def test_an_indicator_is_found_by_a_part_of_what_it_names(lead, trust, part):
    add(a_collection(trust), an_indicator("x", name="Loader", pattern="[domain-name:value = 'evil.grebe.example']"))

    assert "evil.grebe.example" in page(lead, f"/intelligence/objects/?text={part}").partition("<table")[2]


def test_a_part_finds_nothing_of_what_somebody_may_not_have(lead, nation):
    place = a_collection(nation, unmarked=Tlp.AMBER_STRICT)
    share(place, None)
    add(place, an_indicator("x", name="Loader", pattern="[domain-name:value = 'evil.grebe.example']"))

    assert "Nothing fits this." in page(lead, "/intelligence/objects/?text=grebe")
