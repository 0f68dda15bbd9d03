"""Objects in and out: filters, pages, bytes, versions, and what is refused."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.factories import OrganisationFactory
from console.intel.factories import NODE, a_clock, a_collection, a_key, add, an_indicator, envelope, share
from console.taxii.ask import Asker
from watchward.base.errors import BadInputError
from watchward.console.intel import actions, audiences
from watchward.console.intel.models import Definition, Indicator, Object
from watchward.console.taxii import server
from watchward.console.taxii.http import MEDIA_TYPE, Request
from watchward.intel.markings import Tlp, group_marking

LATER = "2026-03-01T00:00:00.000Z"


def ids(answer):
    return [one["id"] for one in answer.json.get("objects", [])]


def an_id(n):
    return an_indicator(f"198.51.100.{n}")["id"]


def fill(collection, count, **given):
    add(collection, *(an_indicator(f"198.51.100.{n}", **given) for n in range(count)))


def all_pages(asker, address, limit):
    """Every object, as a client collects them that follows `next`."""
    found, following = [], ""
    while True:
        page = asker.get(f"{address}?limit={limit}{following}")
        found += page.json.get("objects", [])
        if not page.json["more"]:
            return found
        following = f"&next={page.json['next']}"


def test_an_empty_collection_has_nothing_more(asker, at):
    answer = asker.get(at + "objects/")

    assert (answer.status, answer.json, dict(answer.headers)) == (200, {"more": False}, {})


def test_bytes_come_out_as_they_went_in(asker, at):
    said = {name: value for name, value in an_indicator().items() if name != "type"}
    odd = b'{ "type":"indicator", "x_b":[ 1.50,1e3 ],"x_a": "\\u00e9",' + json.dumps(said).encode()[1:]

    asker.post(at + "objects/", b'{"objects":[' + odd + b"]}")

    assert odd in asker.get(at + "objects/").body


@pytest.mark.parametrize("limit", [1, 3, 7, 20, 21, 500])
def test_pages_hold_every_object_once_and_in_order(asker, collection, at, limit):
    fill(collection, 20)

    assert [one["id"] for one in all_pages(asker, at + "objects/", limit)] == [an_id(n) for n in range(20)]


def test_what_is_added_while_somebody_reads_comes_on_a_later_page(asker, collection, at):
    fill(collection, 4)
    first = asker.get(at + "objects/?limit=3")
    add(collection, an_indicator("203.0.113.1"), an_indicator("198.51.100.0", modified=LATER, name="Later"))

    rest = asker.get(at + f"objects/?limit=10&next={first.json['next']}")

    assert ids(rest) == [an_id(3), an_indicator("203.0.113.1")["id"], an_id(0)]


def test_the_moments_of_the_first_and_last_lead_a_client_on_that_pages_by_them(asker, collection, at):
    fill(collection, 10)
    found, after = [], ""
    while batch := asker.get(at + f"objects/?limit=3{after}"):
        found += ids(batch)
        if not batch.json["more"]:
            break
        assert batch.headers["X-TAXII-Date-Added-First"] <= batch.headers["X-TAXII-Date-Added-Last"]
        after = f"&added_after={batch.headers['X-TAXII-Date-Added-Last']}"

    assert found == [an_id(n) for n in range(10)]


def test_added_after_takes_both_forms(asker, collection, at):
    fill(collection, 1)

    assert ids(asker.get(at + "objects/?added_after=2026-03-01T08:59:59Z")) == [an_id(0)]
    assert ids(asker.get(at + "objects/?added_after=2026-03-01T08:59:59.999999Z")) == [an_id(0)]
    assert ids(asker.get(at + "objects/?added_after=2026-03-01T09:00:00.000000Z")) == []
    assert ids(asker.get(at + "objects/?added_after=2026-03-01T09:00:00Z")) == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=-1", "limit=a", "limit=1.5", "limit=99999999999999", "added_after=yesterday",
     "added_after=2026-03-01T09:00:00%2B00:00", "added_after=2026-13-01T09:00:00Z", "next=a", "next=AAAAAAAAAAAA",
     "next=%ff", "match[version]=newest", "match[id]=" + ",".join(map(str, range(400)))],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_told(asker, at, query):
    told = asker.get(at + "objects/?" + query)

    assert (told.status, set(told.json)) == (400, {"title", "description", "http_status"})


def test_filters_by_identifier_and_type(asker, collection, at):
    fill(collection, 5)
    malware = {"type": "malware", "spec_version": "2.1", "id": "malware--31b940d4-6f7f-459a-80ea-9c1f17b5891b",
               "created": LATER, "modified": LATER, "name": "Locker", "is_family": True}  # fmt: skip
    add(collection, malware)
    objects = at + "objects/"

    assert ids(asker.get(objects + f"?match[id]={an_id(3)},{an_id(1)}")) == [an_id(1), an_id(3)]
    assert ids(asker.get(objects + f"?match[id]={an_id(3)}&match[id]={an_id(1)}")) == [an_id(1), an_id(3)]
    assert ids(asker.get(objects + "?match[type]=malware")) == [malware["id"]]
    assert len(ids(asker.get(objects + "?match[type]=malware,indicator"))) == 6
    assert ids(asker.get(objects + "?match[type]=tool")) == []
    assert len(ids(asker.get(objects + "?match[spec_version]=2.1"))) == 6
    assert ids(asker.get(objects + "?match[spec_version]=2.0")) == []


def test_filters_by_version(asker, collection, at):
    moments = ["2026-02-01T00:00:00.000Z", "2026-02-02T00:00:00.000Z", "2026-02-03T00:00:00.000Z"]
    for moment in moments:
        add(collection, an_indicator("198.51.100.0", modified=moment))

    def found(version):
        address = at + f"objects/{an_id(0)}/" + (f"?match[version]={version}" if version else "")
        return [moments.index(one["modified"]) for one in asker.get(address).json.get("objects", [])]

    assert found("") == found("last") == [2]
    assert found("first") == [0]
    assert found("all") == [0, 1, 2]
    assert found("first,last") == [0, 2]
    assert found(moments[1]) == found("2026-02-02T00:00:00Z") == [1]
    assert found(f"{moments[1]},last") == [1, 2]
    assert found("2020-01-01T00:00:00Z") == []


def test_versions_are_listed_and_paged(asker, collection, at):
    moments = [f"2026-02-0{n}T00:00:00.000Z" for n in (2, 1, 3)]
    for moment in moments:
        add(collection, an_indicator("198.51.100.0", modified=moment))
    address = at + f"objects/{an_id(0)}/versions/"

    assert asker.get(address).json == {"more": False, "versions": moments}
    first = asker.get(address + "?limit=2")
    assert (first.json["more"], first.json["versions"]) == (True, moments[:2])
    assert asker.get(address + f"?limit=2&next={first.json['next']}").json["versions"] == moments[2:]
    assert asker.get(at + f"objects/{an_id(1)}/versions/").status == 404


def test_a_manifest_says_what_there_is(asker, collection, at):
    fill(collection, 3)

    said = asker.get(at + "manifest/?limit=2")

    assert said.json["more"] is True
    assert said.json["objects"][0] == {
        "id": an_id(0),
        "date_added": "2026-03-01T09:00:00.000000Z",
        "version": "2026-02-01T00:00:00.000Z",
        "media_type": "application/stix+json;version=2.1",
    }
    assert said.headers["X-TAXII-Date-Added-Last"] == "2026-03-01T09:00:00.000001Z"
    assert ids(asker.get(at + f"manifest/?limit=2&next={said.json['next']}")) == [an_id(2)]


def test_an_object_that_is_not_there_is_not_found(asker, at):
    assert asker.get(at + f"objects/{an_id(1)}/").status == 404


def test_a_delivery_is_answered_with_what_became_of_each_object(asker, at):
    bad = {"type": "indicator", "id": "indicator--no"}

    told = asker.post(at + "objects/", envelope(an_indicator(), bad, an_indicator(name="Other")))
    status = told.json

    assert told.status == 202
    assert [status[f"{name}_count"] for name in ("total", "success", "failure", "pending")] == [3, 1, 2, 0]
    assert status["status"] == "complete"
    assert status["successes"] == [{"id": an_indicator()["id"], "version": an_indicator()["modified"]}]
    assert all(one["message"] and one["id"] and one["version"] for one in status["failures"])
    assert asker.get(f"/intelligence/status/{status['id']}/").json == status


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("[ipv4-addr:value = '10.0.0.1']", "Kept, and not looked for: 10.0.0.0/8 is for private use."),
        ("[domain-name:value = 'com']", "Kept, and not looked for: com is a top-level name, and all under it would"),
        ("[domain-name:value = ", "Kept, and not looked for: "),
        ("[domain-name:value LIKE '%.nhs.uk']", "Kept, and not looked for: nhs.uk is the health service in England"),
        (
            "[domain-name:value = 'evil.example' OR ipv4-addr:value = '10.0.0.1']",
            "Kept, and not looked for, as far as it names 10.0.0.1: 10.0.0.0/8 is for private use.",
        ),
    ],
)
def test_whoever_sends_what_nothing_looks_for_is_told_so_with_the_reason(asker, at, pattern, why):
    status = asker.post(at + "objects/", envelope(an_indicator(), an_indicator("x", pattern=pattern))).json

    assert (status["success_count"], status["failure_count"]) == (2, 0)
    assert ["message" in one for one in status["successes"]] == [False, True]
    assert status["successes"][1]["message"].startswith(why)
    assert asker.get(f"/intelligence/status/{status['id']}/").json == status


def test_what_is_revoked_is_not_said_to_be_kept_in_vain(asker, at):
    status = asker.post(at + "objects/", envelope(an_indicator("10.0.0.1", revoked=True))).json

    assert "message" not in status["successes"][0]


def test_a_status_is_its_own_clients_alone(asker, collection, at):
    status = asker.post(at + "objects/", envelope(an_indicator())).json

    assert Asker(a_key(collection, name="Another")).get(f"/intelligence/status/{status['id']}/").status == 404
    assert asker.get("/intelligence/status/no-such/").status == 404


@pytest.mark.parametrize("kind", ["application/json", "", "application/taxii+json;version=2.0", "text/plain"])
def test_what_is_sent_in_another_form_is_refused(asker, at, kind):
    assert asker.post(at + "objects/", envelope(an_indicator()), content_type=kind).status == 415
    assert not Object.objects.exists()


@pytest.mark.parametrize("body", [b"", b"not json", b"[1, 2]", b'"text"', b"\xff\xfe"])
def test_what_is_no_envelope_is_refused_with_the_reason(asker, at, body):
    told = asker.post(at + "objects/", body)

    assert told.status in {400, 422}
    assert told.json["title"]


def test_too_long_a_request_is_refused_before_it_is_read(asker, at):
    assert asker.post(at + "objects/", b"", content_length=str(33 << 20)).status == 413


def test_a_client_takes_out_what_it_brought(asker, at):
    asker.post(at + "objects/", envelope(an_indicator(), an_indicator(modified=LATER)))
    address = at + f"objects/{an_indicator()['id']}/"

    assert asker.delete(address + f"?match[version]={LATER}").status == 200
    assert [one["modified"] for one in asker.get(address).json["objects"]] == [an_indicator()["modified"]]
    assert asker.delete(address).status == 200
    assert asker.get(address).status == 404
    assert asker.delete(address).status == 404


def test_a_client_cannot_take_out_what_somebody_else_brought(asker, collection, at):
    add(collection, an_indicator())

    assert asker.delete(at + f"objects/{an_indicator()['id']}/").status == 403
    assert Object.objects.exists()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(levels=st.lists(st.sampled_from(list(Tlp)), min_size=1, max_size=25), limit=st.integers(1, 8))
def test_pages_are_full_of_what_the_reader_may_have_and_hold_nothing_else(levels, limit):
    collection = a_collection(owner := OrganisationFactory(), unmarked=Tlp.RED)
    other = OrganisationFactory()
    share(collection, other)
    marked = [an_indicator(f"198.51.100.{n}", object_marking_refs=[level.marking]) for n, level in enumerate(levels)]
    add(collection, *marked)
    address = f"/intelligence/collections/{collection.pk}/objects/"

    theirs = all_pages(Asker(a_key(collection, organisation=other)), address, limit)
    own = all_pages(Asker(a_key(collection, organisation=owner)), address, limit)

    assert [one["id"] for one in theirs] == [an_id(n) for n, level in enumerate(levels) if level <= Tlp.GREEN]
    assert [one["id"] for one in own] == [an_id(n) for n, level in enumerate(levels) if level < Tlp.RED]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(
    moments=st.lists(st.tuples(st.integers(0, 5), st.integers(1, 4), st.sampled_from(list(Tlp))), max_size=20),
    limit=st.integers(1, 5),
)
def test_the_quick_way_and_the_general_way_answer_the_same(moments, limit):
    collection = a_collection()
    for address, day, level in moments:
        said = an_indicator(f"198.51.100.{address}", modified=f"2026-02-0{day}T00:00:00.000Z")
        add(collection, {**said, "object_marking_refs": [level.marking]})
    asker, objects = Asker(a_key(collection)), f"/intelligence/collections/{collection.pk}/objects/"

    for after in ("", "&added_after=2026-03-01T09:00:00.000003Z"):
        quick = asker.get(f"{objects}?limit={limit}{after}")
        general = asker.get(f"{objects}?limit={limit}&match[spec_version]=2.0,2.1{after}")
        assert (quick.body, quick.headers) == (general.body, general.headers)


WORDS = st.one_of(
    st.sampled_from([
        "", "intelligence", "collections", "shared", "objects", "manifest", "versions", "status", an_id(0), "\0", "..",
        "last", "first", "all", "2026-02-01T00:00:00Z", "0", "1", "-1", "999999999999", "1e3", "indicator", "2.1", ",",
    ]),
    st.text(max_size=12),
)  # fmt: skip
FILTERS = st.sampled_from(
    ["added_after", "limit", "next", "match[id]", "match[type]", "match[version]", "match[spec_version]", "x"]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(
    asked=st.fixed_dictionaries(
        {
            "method": st.sampled_from(["GET", "POST", "DELETE", "HEAD", "PUT", "x"]),
            "path": st.lists(WORDS, max_size=6).map(lambda words: "/" + "/".join(words)),
            "query": st.dictionaries(FILTERS, WORDS, max_size=4),
            "body": st.one_of(st.binary(max_size=40), st.just(envelope(an_indicator()))),
        }
    )
)
def test_whatever_is_asked_is_answered_in_words(asker, asked):
    request = Request(headers={**asker.headers, "content-type": MEDIA_TYPE}, **asked)

    answer = server.answer(request, clock=a_clock())

    assert answer.status < 500
    assert answer.status < 400 or {"title", "description", "http_status"} == set(json.loads(answer.body))


def test_what_a_reader_may_not_have_is_not_there_in_any_way(collection, at):
    add(collection, an_indicator(object_marking_refs=[Tlp.RED.marking]))
    asker, address = Asker(a_key(collection)), at + f"objects/{an_indicator()['id']}/"

    assert asker.get(at + "objects/").json == asker.get(at + "manifest/").json == {"more": False}
    assert {asker.get(one).status for one in (address, address + "versions/")} == {404}
    assert asker.delete(address).status == 404
    assert asker.get(at + f"objects/?match[id]={an_indicator()['id']}&match[version]=all").json == {"more": False}


def test_an_unknown_marking_is_for_nobody_until_it_is_known():
    nation = a_collection(OrganisationFactory())
    share(nation, None)
    add(nation, an_indicator(object_marking_refs=["marking-definition--7f0a9e12-6a2b-4c7d-9f3e-0a1b2c3d4e5f"]))
    other = OrganisationFactory()
    address = f"/intelligence/collections/{nation.pk}/objects/"

    assert Asker(a_key(nation, organisation=other)).get(address).json == {"more": False}


def test_what_waited_for_its_marking_comes_to_those_who_polled_already(django_capture_on_commit_callbacks):
    nation, member = a_collection(OrganisationFactory()), OrganisationFactory()
    share(nation, None)
    marking = group_marking("Imaging")
    actions.change_group(by=NODE, name="Imaging", members=[member], clock=a_clock())
    waiting = an_indicator(object_marking_refs=[marking["id"], Tlp.GREEN.marking])
    add(nation, waiting, an_indicator("203.0.113.1"))
    asker, address = Asker(a_key(nation, organisation=member)), f"/intelligence/collections/{nation.pk}/objects/"
    first = asker.get(address)
    assert ids(first) == [an_indicator("203.0.113.1")["id"]]

    with django_capture_on_commit_callbacks(execute=True):
        add(nation, marking)
    later = asker.get(f"{address}?added_after={first.headers['X-TAXII-Date-Added-Last']}")

    assert waiting["id"] in ids(later)


def test_nobody_can_define_a_marking_otherwise_later():
    collection = a_collection()
    marking = group_marking("Imaging")
    add(collection, marking)

    told = add(collection, {**marking, "extensions": {}, "definition_type": "tlp", "definition": {"tlp": "white"}})

    assert len(told.refused) == 1


def test_nobody_can_say_first_what_the_marking_of_a_group_is():
    member, stranger = OrganisationFactory(), OrganisationFactory()
    nation = a_collection(OrganisationFactory())
    share(nation, None, write=True)
    marking = group_marking("Imaging")
    forged = {**marking, "extensions": {}, "definition_type": "statement", "definition": {"statement": "For all"}}
    for_group = an_indicator(object_marking_refs=[marking["id"], Tlp.GREEN.marking])
    address = f"/intelligence/collections/{nation.pk}/objects/?match[type]=indicator"
    Definition.objects.create(stix_id=marking["id"], raw=json.dumps(forged).encode())  # from before there was the group
    actions.change_group(by=NODE, name="Imaging", members=[member], clock=a_clock())

    told = add(nation, forged, by=a_key(nation, organisation=stranger).client)
    sent = add(nation, marking, for_group, by=a_key(nation, organisation=member).client)

    assert [one.message for one in told.refused] == ["It is the marking of a sharing group, and says something else."]
    assert not sent.refused
    assert Asker(a_key(nation, organisation=stranger)).get(address).json == {"more": False}
    assert ids(Asker(a_key(nation, organisation=member)).get(address)) == [for_group["id"]]


def test_a_group_is_called_as_its_marking_calls_it_and_not_as_those_that_are_there_by_themselves():
    assert actions.change_group(by=NODE, name=" Cafe\u0301 ", members=[], clock=a_clock()).name == "Caf\u00e9"
    for name in ("sector", "organisation:RX1", " "):
        with pytest.raises(BadInputError):
            actions.change_group(by=NODE, name=name, members=[], clock=a_clock())


def test_what_waits_for_two_markings_is_added_anew_once_however_much_it_is(django_capture_on_commit_callbacks):
    collection = a_collection()
    one, other = group_marking("Imaging"), group_marking("Pathology")
    waiting = [an_indicator(f"198.51.{n % 3}.{n // 3}", object_marking_refs=[one["id"], other["id"]])
               for n in range(600)]  # fmt: skip
    add(collection, *waiting)

    with django_capture_on_commit_callbacks(execute=True):
        add(collection, one)

    times = sorted(Object.objects.filter(type="indicator").values_list("added", flat=True))
    assert times == list(range(times[0], times[0] + 600))


def test_one_organisation_cannot_take_the_room_of_all_others(monkeypatch):
    monkeypatch.setattr(audiences, "MOST_OF_ONE", 5)
    nation, other = a_collection(OrganisationFactory(code="AA1")), OrganisationFactory(code="BB2")
    share(nation, None, write=True)
    marks = [group_marking(f"Group {n}") for n in range(6)]
    many = [an_indicator(f"198.51.100.{n}", object_marking_refs=[one["id"]]) for n, one in enumerate(marks)]

    with pytest.raises(BadInputError, match="more than 5 different audiences"):
        add(nation, *marks, *many, by=a_key(nation, organisation=other).client)
    assert len(add(nation, *marks[:4], *many[:4], by=a_key(nation, organisation=other).client).new) == 8
    assert len(add(nation, *marks[:4], *many[4:]).new) == 2


def test_a_group_shares_with_its_members_from_when_they_join():
    nation, member = a_collection(OrganisationFactory()), OrganisationFactory()
    share(nation, None)
    marking = group_marking("Imaging")
    actions.change_group(by=NODE, name="Imaging", members=[], clock=a_clock())
    add(nation, marking, an_indicator(object_marking_refs=[marking["id"], Tlp.GREEN.marking]))
    asker = Asker(a_key(nation, organisation=member))
    address = f"/intelligence/collections/{nation.pk}/objects/?match[type]=indicator"
    assert asker.get(address).json == {"more": False}

    actions.change_group(by=NODE, name="Imaging", members=[member], clock=a_clock())

    assert ids(asker.get(address)) == [an_indicator()["id"]]


@pytest.fixture
def reader(collection):
    """Another organisation's client, which reads the collection."""
    share(collection, None)
    return Asker(a_key(collection, organisation=OrganisationFactory(), write=False))


def revocation(*marks, **given):
    said = {"modified": LATER, "revoked": True, "object_marking_refs": [one.marking for one in marks], **given}
    return envelope(an_indicator(**said))


@pytest.mark.parametrize("level", [Tlp.RED, Tlp.AMBER_STRICT])
def test_a_revocation_that_few_may_read_reaches_all_who_had_the_object_and_tells_them_nothing_else(
    asker, reader, at, level
):
    asker.post(at + "objects/", envelope(an_indicator(object_marking_refs=[Tlp.GREEN.marking])))
    had = reader.get(at + "objects/")
    since = had.headers["X-TAXII-Date-Added-Last"]
    told = asker.post(at + "objects/", revocation(level, description="Seen on the burns unit."))

    (gone,) = reader.get(f"{at}objects/?added_after={since}").json["objects"]

    assert gone == {**had.json["objects"][0], "modified": "2026-03-01T00:00:00.001Z", "revoked": True}
    assert (told.json["success_count"], told.json["total_count"]) == (1, 1)
    assert not Indicator.objects.exclude(revoked=True).exists()
    again = asker.post(at + "objects/", revocation(level, description="Seen on the burns unit."))
    assert again.json["failure_count"] == 0
    assert Object.objects.count() == 3


def test_a_revocation_tells_those_of_it_who_had_an_earlier_version_that_more_might_read(asker, reader, at):
    asker.post(at + "objects/", envelope(an_indicator(object_marking_refs=[Tlp.GREEN.marking], description="wide")))
    narrower = {"modified": "2026-02-15T00:00:00.000Z", "object_marking_refs": [Tlp.AMBER_STRICT.marking]}
    asker.post(at + "objects/", envelope(an_indicator(description="narrow", **narrower)))
    assert ids(reader.get(at + "objects/")) == []

    asker.post(at + "objects/", revocation(Tlp.AMBER_STRICT))

    (gone,) = reader.get(at + "objects/").json["objects"]
    assert (gone["description"], gone["revoked"]) == ("wide", True)


@pytest.mark.parametrize("level", [Tlp.CLEAR, Tlp.GREEN])
def test_a_revocation_that_all_may_read_stays_as_it_is(asker, reader, at, level):
    asker.post(at + "objects/", envelope(an_indicator(object_marking_refs=[Tlp.GREEN.marking])))
    asker.post(at + "objects/", revocation(level, description="It was ours."))

    (gone,) = reader.get(at + "objects/").json["objects"]
    assert (gone["modified"], gone["description"]) == (LATER, "It was ours.")
