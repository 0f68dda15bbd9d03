"""What is believed of an indicator, on its page: who counts, how it fades, and what may be done about it."""

import re
from datetime import timedelta

import pytest

from console.detect.test_overview import text
from console.factories import OrganisationFactory, PostFactory
from console.intel.factories import MOMENT, NODE, a_clock, a_collection, a_sighting, a_source, add, an_indicator, share
from watchward.access.roles import NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.base.errors import BadInputError
from watchward.console.intel import standings, weighing
from watchward.console.intel.believing import MOST_REPORTS, believed_of
from watchward.console.intel.models import Indicator, Source
from watchward.console.protect.presenters import KINDS
from watchward.intel.observable import Kind, Observable
from watchward.intel.trust import Reliability
from watchward.respond.blocks.refusing import BLOCKABLE

FEED = "identity--8c3b5d1e-4d2f-4e6b-9a71-0d7f4c7a1f11"


def an_analyst():
    return PostFactory(role=NATIONAL_ANALYST.key, organisation=None).user


def believed(viewer, *, now=MOMENT):
    (one,) = believed_of(viewer, Indicator.objects.order_by("pk").first(), now=now)
    return one


def rate(letter, *, source=None):
    standings.rate_source(
        by=NODE, source=source or Source.objects.first(), reliability=letter, because="So far.", clock=a_clock()
    )


def test_an_indicator_is_believed_by_its_source_its_confidence_and_its_age():
    add(a_collection(), an_indicator(confidence=80, modified="2026-03-01T09:00:00.000Z"))
    viewer = an_analyst()
    unknown = believed(viewer).belief.probability
    rate(Reliability.A)

    assert unknown == pytest.approx(0.35 * 0.8)
    assert believed(viewer).belief.probability == pytest.approx(0.95 * 0.8)
    assert believed(viewer, now=MOMENT + timedelta(days=30)).belief.probability == pytest.approx(0.95 * 0.8 * 0.5)
    assert believed(viewer, now=MOMENT + timedelta(days=61)).belief.probability == 0


def test_independent_organisations_add_up_and_copies_of_one_maker_do_not():
    viewer = an_analyst()
    recent = {"modified": "2026-03-01T09:00:00.000Z", "confidence": 100, "created_by_ref": FEED}
    for _ in range(3):
        add(a_collection(), an_indicator(**recent))
    copied = believed(viewer).belief
    add(a_collection(), a_sighting(an_indicator(), last_seen="2026-03-01T08:00:00Z"))

    assert copied.probability == pytest.approx(0.35)
    assert copied.copies == 2
    assert believed(viewer).belief.probability > copied.probability


def test_what_a_reader_may_not_have_is_no_part_of_what_they_are_told():
    mine, other = OrganisationFactory(), OrganisationFactory()
    lead = PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=mine).user
    add(a_collection(mine), an_indicator())
    add(a_collection(other), an_indicator(created_by_ref=FEED))

    assert len(believed(lead).belief.counted) == 1
    assert len(believed(an_analyst()).belief.counted) == 2


def test_the_page_of_an_indicator_shows_the_chance_the_curve_and_a_way_to_block_it(client):
    add(a_collection(), an_indicator(confidence=80))
    client.force_login(an_analyst())

    page = text(client.get(f"/intelligence/objects/{Indicator.objects.get().pk}/"))

    assert "How much is believed of it" in page
    assert "<polyline" in page
    assert "addresses are rented" in page
    way = re.search(r'href="(/blocks/new/[^"]+)"', page)[1].replace("&amp;", "&")
    proposal = text(client.get(way))
    assert 'value="198.51.100.1"' in proposal
    assert "Address 198.51.100.1" in proposal


def test_a_source_is_judged_on_its_page_with_a_reason(client):
    source = a_source()
    client.force_login(an_analyst())
    address = f"/intelligence/sources/{source.pk}/judge/"

    for what in ("B", "trial", "believed", "withdrawn"):
        answer = client.post(address, {"what": what, "because": "It sent what everybody visits."})
        assert answer.status_code == 302
    source.refresh_from_db()

    assert source.reliability == "B"
    assert source.withdrawn_at is not None
    assert client.post(address, {"what": "A", "because": " "}).status_code == 400
    assert client.post(address, {"what": "Z", "because": "Odd"}).status_code == 400


def test_how_much_a_source_brought_is_told_to_those_alone_who_may_see_all_of_it(client):
    region, trust = OrganisationFactory(), OrganisationFactory()
    collection = a_collection(region)
    share(collection, trust)
    add(collection, an_indicator())
    source = Source.objects.get()
    client.force_login(PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trust).user)

    assert "New objects, ever" not in text(client.get(f"/intelligence/sources/{source.pk}/"))
    client.force_login(an_analyst())
    assert "New objects, ever" in text(client.get(f"/intelligence/sources/{source.pk}/"))


def test_a_judgement_needs_a_reason_and_is_only_kept_where_it_changes_something():
    source = a_source()
    with pytest.raises(BadInputError, match="A reason is needed"):
        standings.rate_source(by=NODE, source=source, reliability=Reliability.A, because="", clock=a_clock())
    rate(Reliability.F, source=source)

    assert source.reliability == "F"


def test_every_kind_that_can_be_blocked_has_words():
    assert set(KINDS) == BLOCKABLE


def test_one_organisation_that_says_much_takes_no_room_from_another():
    viewer = an_analyst()
    noisy, quiet = a_collection(), a_collection()
    recent = {"modified": "2026-03-01T09:00:00.000Z", "last_seen": "2026-03-01T08:00:00Z"}
    add(quiet, a_sighting(an_indicator(), last_seen="2026-02-28T08:00:00Z"))
    add(noisy, an_indicator(confidence=80), *(a_sighting(an_indicator(), **recent) for _ in range(MOST_REPORTS + 1)))

    said = {one.report.organisation for one in believed(viewer).belief.counted}

    assert said == {noisy.organisation.code, quiet.organisation.code}


def test_a_source_on_trial_moves_no_belief():
    viewer = an_analyst()
    add(a_collection(), an_indicator(confidence=80))
    before = believed(viewer).belief.probability
    doubted = a_collection()
    add(doubted, a_sighting(an_indicator(), last_seen="2026-03-01T08:00:00Z"))
    assert believed(viewer).belief.probability > before

    source = Source.objects.get(organisation=doubted.organisation)
    standings.try_source(by=NODE, source=source, because="It floods.", clock=a_clock())

    assert believed(viewer).belief.probability == before


def test_what_is_weighed_for_many_at_once_is_what_the_page_shows():
    for confidence in (40, 80):
        add(a_collection(), an_indicator(confidence=confidence, created_by_ref=FEED))
    add(a_collection(), a_sighting(an_indicator(), last_seen="2026-03-01T08:00:00Z"))
    add(a_collection(), an_indicator("198.51.100.7", confidence=60))
    things = [Observable(Kind.IPV4, value) for value in ("198.51.100.1", "198.51.100.7")]

    said = weighing.said_of(things, now=MOMENT)

    for thing in things:
        indicator = Indicator.objects.filter(values__value=thing.value).first()
        (shown,) = believed_of(an_analyst(), indicator, now=MOMENT)
        assert weighing.believed(thing, said[thing], now=MOMENT) == pytest.approx(shown.belief.probability)


def an_identity(identifier, name):
    return {"type": "identity", "spec_version": "2.1", "id": identifier, "name": name,
            "created": "2026-02-01T00:00:00.000Z", "modified": "2026-02-01T00:00:00.000Z"}  # fmt: skip


def test_nobody_makes_two_makers_of_others_into_one_by_naming_them_alike():
    first, second = (f"identity--00000000-0000-4000-8000-00000000000{n}" for n in (1, 2))
    for number, (one, name) in enumerate([(first, "Vendor A"), (second, "Vendor B")]):
        confidence = 40 + 40 * number
        add(a_collection(), an_indicator(created_by_ref=one, confidence=confidence), an_identity(one, name))
    thing, viewer = Observable(Kind.IPV4, "198.51.100.1"), an_analyst()

    def weighed():
        return weighing.believed(thing, weighing.said_of([thing], now=MOMENT)[thing], now=MOMENT)

    before, shown = weighed(), believed(viewer).belief
    add(a_collection(), an_identity(first, "Vendor"), an_identity(second, "Vendor"))

    assert weighed() == before
    assert believed(viewer).belief == shown
    assert shown.copies == 0


def test_one_maker_under_two_identifiers_is_one_by_the_name_that_each_who_brings_it_gives():
    makers = [f"identity--00000000-0000-4000-8000-00000000000{n}" for n in (1, 2)]
    for one in makers:
        add(a_collection(), an_indicator(created_by_ref=one), an_identity(one, "Vendor"))

    assert believed(an_analyst()).belief.copies == 1
