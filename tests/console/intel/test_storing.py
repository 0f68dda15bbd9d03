"""What becomes of objects that are added to a collection."""

import json
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.factories import OrganisationFactory, PostFactory
from console.intel.factories import (
    MOMENT,
    NODE,
    a_clock,
    a_collection,
    a_key,
    a_sighting,
    add,
    an_indicator,
    envelope,
    share,
)
from watchward.access.roles import ORGANISATION_CYBER_LEAD
from watchward.base.errors import NotAllowedError
from watchward.console.intel import actions, moments
from watchward.console.intel.bringing import File, bring
from watchward.console.intel.models import Indicator, IndicatorValue, Object, Quarantined, Sighting
from watchward.intel.markings import Tlp

LATER = "2026-03-01T00:00:00.000Z"


def test_every_object_is_added_at_a_moment_of_its_own_however_many_come_at_once():
    collection = a_collection()

    add(collection, *(an_indicator(f"198.51.100.{n}") for n in range(250)))
    add(collection, *(an_indicator(f"203.0.113.{n}") for n in range(250)))

    added = list(Object.objects.order_by("id").values_list("added", flat=True))
    assert len(set(added)) == 500
    assert added == sorted(added)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
@given(st.lists(st.tuples(st.integers(-10_000_000, 10_000_000), st.integers(1, 4)), min_size=2, max_size=6))
def test_moments_grow_whatever_the_clock_says(steps):
    with transaction.atomic():
        clock, collection, count = a_clock(), a_collection(), 0
        for step, objects in steps:
            clock.at += timedelta(microseconds=step)
            add(collection, *(an_indicator(f"198.51.100.{count + n}") for n in range(objects)), clock=clock)
            count += objects
        added = list(Object.objects.order_by("id").values_list("added", flat=True))
        transaction.set_rollback(True)

    assert all(earlier < later for earlier, later in pairwise(added))


def test_bytes_are_kept_just_as_they_came():
    collection = a_collection()
    raw = json.dumps(an_indicator(x_custom={"b": [1.50, 1e3], "a": "é"}), indent=3).encode()

    actions.add_objects(by=NODE, collection=collection, raw=b'{"objects": [ ' + raw + b" ]}", clock=a_clock())

    assert bytes(Object.objects.get().raw) == raw


def test_the_version_modified_last_is_current_whichever_came_last():
    collection = a_collection()
    for moment in ("2026-02-02T00:00:00.000Z", "2026-02-03T00:00:00.000001Z", "2026-02-03T00:00:00.000Z"):
        add(collection, an_indicator(modified=moment))

    current = Object.objects.get(current=True)

    assert current.version_text == "2026-02-03T00:00:00.000001Z"
    assert moments.written(current.version) == "2026-02-03T00:00:00.000001Z"
    assert Indicator.objects.get().version == current.version


def test_the_same_again_is_known_and_added_no_second_time():
    collection = a_collection()
    add(collection, an_indicator())
    rewritten = json.dumps({"objects": [dict(reversed(an_indicator().items()))]}, indent=1).encode()

    again = actions.add_objects(by=NODE, collection=collection, raw=rewritten, clock=a_clock())

    assert (len(again.known), again.new, again.refused) == (1, [], [])
    assert Object.objects.count() == 1


def test_the_same_version_with_other_content_is_refused_and_kept_to_look_at():
    collection = a_collection()
    add(collection, an_indicator())

    again = add(collection, an_indicator(name="Something else"), an_indicator("203.0.113.9"))

    assert [one.message for one in again.refused] == [
        "The same version was sent before with other content: give a change a later “modified”."
    ]
    assert len(again.new) == 1
    assert Quarantined.objects.get().stix_id == an_indicator()["id"]
    assert Object.objects.get(stix_id=an_indicator()["id"]).title == "Address 198.51.100.1"


def test_two_contents_of_one_version_within_one_delivery_are_one_and_a_refusal():
    done = add(a_collection(), an_indicator(), an_indicator(name="Other"), an_indicator())

    assert (len(done.new), len(done.refused)) == (1, 1)


def test_what_has_no_version_of_its_own_is_a_new_version_when_it_says_something_new():
    collection = a_collection()
    seen = {"type": "domain-name", "spec_version": "2.1", "id": "domain-name--3c10e93f-798e-5a26-a0c1-08156efab7f5"}

    first = add(collection, {**seen, "value": "evil.example"})
    same = add(collection, {**seen, "value": "evil.example"})
    other = add(collection, {**seen, "value": "evil.example", "x_score": 5})

    assert (len(first.new), len(same.known), len(other.new)) == (1, 1, 1)
    assert json.loads(bytes(Object.objects.get(current=True).raw))["x_score"] == 5


def test_an_indicator_says_in_columns_what_it_looks_for():
    add(a_collection(), an_indicator(confidence=70, valid_until="2027-01-01T00:00:00Z"))

    indicator = Indicator.objects.get()

    assert (indicator.kinds, indicator.confidence, indicator.exact, indicator.revoked) == ("ipv4", 70, True, False)
    assert IndicatorValue.objects.get().value == "198.51.100.1"
    assert indicator.valid_until.year == 2027


def test_a_revoked_version_takes_the_place_of_the_one_before():
    collection = a_collection()
    add(collection, an_indicator())

    add(collection, an_indicator(modified="2026-03-01T00:00:00.000Z", revoked=True))

    assert Indicator.objects.get().revoked
    assert [one.revoked for one in Object.objects.order_by("added")] == [False, True]


def test_an_indicator_without_what_it_needs_is_refused_by_name():
    done = add(a_collection(), an_indicator(valid_from="yesterday"), an_indicator("203.0.113.1"))

    assert len(done.new) == 1
    assert "yesterday" in done.refused[0].message or "valid_from" in done.refused[0].message


def test_a_sighting_says_of_what_how_often_and_by_whom():
    collection = a_collection(OrganisationFactory(code="QQ1"))
    add(collection, an_indicator(), a_sighting(an_indicator()))

    sighting = Sighting.objects.get()

    assert (sighting.of, sighting.count, sighting.owner) == (an_indicator()["id"], 3, "QQ1")


def test_another_organisation_cannot_change_what_one_brought():
    nation = a_collection(OrganisationFactory(code="NAT"))
    one, other = OrganisationFactory(code="AA1"), OrganisationFactory(code="BB2")
    for organisation in (one, other):
        share(nation, organisation, read=True, write=True)
    mine, theirs = (a_key(nation, organisation=organisation).client for organisation in (one, other))
    add(nation, an_indicator(), by=mine)

    forged = add(nation, an_indicator(modified="2026-03-01T00:00:00.000Z", revoked=True), by=theirs)
    copied = add(nation, an_indicator(), by=theirs)

    assert "Another organisation brought this object" in forged.refused[0].message
    assert len(copied.known) == 1
    assert not Indicator.objects.get().revoked


def test_what_one_organisation_revokes_is_in_force_still_for_the_other_that_brought_it_too():
    one, other = a_collection(OrganisationFactory(code="AA1")), a_collection(OrganisationFactory(code="BB2"))
    add(one, an_indicator())
    add(other, an_indicator(), an_indicator(modified="2026-03-01T00:00:00.000Z", revoked=True))

    assert dict(Indicator.objects.values_list("owner", "revoked")) == {"AA1": False, "BB2": True}


def test_whoever_may_not_write_adds_nothing():
    collection = a_collection()
    reader = a_key(collection, write=False).client
    stranger = a_key(a_collection()).client

    for by in (reader, stranger):
        with pytest.raises(NotAllowedError):
            add(collection, an_indicator(), by=by)
    assert not Object.objects.exists()


def test_the_audience_is_that_of_the_strictest_marking():
    collection = a_collection(OrganisationFactory(code="AA1"), unmarked=Tlp.CLEAR)
    add(
        collection,
        an_indicator("198.51.100.1"),
        an_indicator("198.51.100.2", object_marking_refs=[Tlp.GREEN.marking, Tlp.RED.marking]),
        an_indicator(
            "198.51.100.3", granular_markings=[{"marking_ref": Tlp.AMBER.marking, "selectors": ["description"]}]
        ),
    )

    keys = list(Object.objects.order_by("added").values_list("audience__key", flat=True))

    assert ["CLEAR" in keys[0], "RED" in keys[1], "AMBER" in keys[2]] == [True, True, True]


def test_taking_an_object_out_leaves_what_other_versions_say():
    collection = a_collection()
    add(collection, an_indicator(), an_indicator(modified="2026-03-01T00:00:00.000Z", name="Later"))
    newest = Object.objects.get(current=True)

    actions.remove_object(
        by=NODE, collection=collection, stix_id=newest.stix_id, versions=[newest.version], clock=a_clock()
    )
    assert (Object.objects.get().current, Indicator.objects.get().name) == (True, "Address 198.51.100.1")

    actions.remove_object(by=NODE, collection=collection, stix_id=newest.stix_id, clock=a_clock())
    assert [model.objects.count() for model in (Object, Indicator, IndicatorValue)] == [0, 0, 0]


@pytest.mark.parametrize("grant_to", ["theirs", "everybody"])
def test_a_person_who_writes_by_a_grant_does_so_for_their_own_organisation(grant_to):
    mine, theirs = OrganisationFactory(code="AA1"), OrganisationFactory(code="BB2")
    collection = a_collection(mine)
    share(collection, theirs if grant_to == "theirs" else None, write=True)
    person = PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=theirs).user
    add(collection, an_indicator())

    changed = add(collection, an_indicator(modified=LATER, revoked=True), by=person)
    brought = add(collection, an_indicator("203.0.113.1", object_marking_refs=[Tlp.RED.marking]), by=person)

    assert (len(changed.refused), len(brought.new)) == (1, 1)
    assert set(Object.objects.values_list("source__organisation__code", flat=True)) == {"AA1", "BB2"}
    with pytest.raises(NotAllowedError, match="Another organisation brought this object"):
        actions.remove_object(by=person, collection=collection, stix_id=an_indicator()["id"], clock=a_clock())
    theirs_id = an_indicator("203.0.113.1")["id"]
    assert actions.remove_object(by=person, collection=collection, stix_id=theirs_id, clock=a_clock()) == 1


def test_what_no_database_takes_in_what_was_refused_is_left_out_of_what_is_kept_of_it():
    told = add(a_collection(), {"type": "indicator", "id": "indicator--\0", "spec_version": "2.1"}, an_indicator())

    assert (len(told.refused), len(told.new)) == (1, 1)
    assert "\0" not in Quarantined.objects.get().stix_id


def test_whoever_may_not_write_learns_nothing_of_a_list_that_is_there():
    collection = a_collection()
    file = File(raw=b"evil.example\n", name="Bad hosts", at=MOMENT)
    bring(by=NODE, collection=collection, file=file, clock=a_clock())
    stranger = a_key(a_collection()).client

    with pytest.raises(NotAllowedError):
        bring(by=stranger, collection=collection, file=file, clock=a_clock())


def test_an_empty_delivery_changes_nothing():
    assert actions.add_objects(by=NODE, collection=a_collection(), raw=envelope(), clock=a_clock()).total == 0
