"""Sharing an alert: what goes, with whom, and taking it back."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.detect.factories import MOMENT, AlertEventFactory, AlertFactory, RuleFactory
from console.estate.factories import DeviceFactory
from console.factories import OrganisationFactory, PostFactory
from console.intel.factories import NODE, a_clock, a_collection, add, an_indicator, share
from console.lakes import keep
from console.link.factories import PeerFactory
from watchward.access.roles import BOARD_MEMBER, ORGANISATION_CYBER_LEAD, REGIONAL_LEAD
from watchward.base.clock import HeldClock
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.models import AuditEntry
from watchward.console.config import current, use
from watchward.console.detect.models import AlertStep
from watchward.console.intel import actions, adapters, sharing_queries
from watchward.console.intel.guard import groups, reader_of
from watchward.console.intel.models import Indicator, Object, SharedAlert, Sighting, Source
from watchward.console.intel.recipients import recipients
from watchward.console.intel.sharing_actions import share_alert, withdraw_share
from watchward.console.intel.sharing_queries import Wanted
from watchward.intel import passing
from watchward.intel.exact.sets import ExactSets
from watchward.intel.markings import SECTOR, Audience, Tlp, keeper_group, may_receive, organisation_group
from watchward.intel.observable import Kind, Observable
from watchward.intel.passing import MOST_CODES
from watchward.intel.stix.telling import UNNAMED

EVIL = Observable(Kind.DOMAIN, "evil.example")


@pytest.fixture
def region():
    return OrganisationFactory(code="R1", name="North Region", kind="region")


@pytest.fixture
def trust(region):
    return OrganisationFactory(code="T1", name="Elm Hospitals Trust", parent=region)


@pytest.fixture
def other(region):
    return OrganisationFactory(code="T2", name="Ash Trust", parent=region)


@pytest.fixture
def lead(trust):
    return PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=trust).user


@pytest.fixture
def alert(trust):
    found = AlertFactory(organisation=trust, rule=RuleFactory(title="A look-up of a known server"), count=3)
    AlertEventFactory(
        alert=found,
        fields={"QueryName": "evil.example", "Image": r"C:\Users\mbrown\get.exe"},
        context={"User": r"TRUST\mbrown", "CommandLine": "get.exe 9434765919"},
    )
    return found


@pytest.fixture
def place(region, other):  # noqa: ARG001 - somebody has to receive it
    made = a_collection(region, title="Shared", unmarked=Tlp.AMBER_STRICT)
    share(made, None, write=True)
    return made


def _wanted(place, **given):
    return Wanted(**{"collection": place, "level": Tlp.GREEN, **given})


def _later(**by):
    return HeldClock(at=a_clock().now() + timedelta(**by))


def test_an_indicator_and_a_sighting_go_and_every_gateway_looks_for_it(alert, lead, place):
    made = share_alert(by=lead, alert=alert.pk, wanted=_wanted(place), clock=a_clock())
    adapters.publish(clock=a_clock())
    indicator, sighting = Indicator.objects.get(), Sighting.objects.get()
    known = ExactSets.open(adapters.exact_folder()).lookup

    assert (made.things[0]["value"], made.reached) == ("evil.example", 2)
    assert (sighting.of, sighting.count, sighting.owner) == (indicator.stix_id, 3, "T1")
    assert [entry.indicator for entry in known.of(EVIL)] == [indicator.stix_id]
    assert AlertStep.objects.filter(alert=alert, text="Shared 1 indicator and 1 sighting in Shared").exists()
    assert AuditEntry.objects.filter(event="intel.alert_shared", organisation="T1").exists()


def test_nothing_of_the_inside_goes(alert, lead, place):
    share_alert(by=lead, alert=alert.pk, wanted=_wanted(place), clock=a_clock())
    sent = b"".join(bytes(one.raw) for one in Object.objects.all()).decode().lower()

    for inside in ("mbrown", "ws-0417", "9434765919", "get.exe"):
        assert inside not in sent


def test_what_needs_a_persons_word_goes_only_with_it(alert, lead, place):
    proposed = sharing_queries.proposal(lead, alert, _wanted(place))
    asked = {one.key for one in proposed.offered.going} - {one.key for one in proposed.chosen}
    share_alert(by=lead, alert=alert.pk, wanted=_wanted(place, things=frozenset(asked)), clock=a_clock())

    assert asked == {"file_name:get.exe", "process_name:get.exe"}
    assert {one.pattern for one in Indicator.objects.all()} == {
        "[file:name = 'get.exe']", "[process:name = 'get.exe']",
    }  # fmt: skip


def test_of_encrypted_files_the_program_that_did_it_is_offered_and_the_files_stay_here(client, trust, lead, place):  # noqa: ARG001
    found = AlertFactory(organisation=trust, rule=RuleFactory(title="File given the ending of a known ransomware"))
    for number in range(9):
        AlertEventFactory(
            alert=found,
            fields={"TargetFilename": rf"C:\Flask\out\ORU_21839086{number}.hl7.WNCRY"},
            context={"Image": r"C:\Windows\tasksche.exe", "EventID": "11"},
        )
    client.force_login(lead)
    text = client.get(f"/alerts/{found.pk}/share/").content.decode()
    goes, _, stays = text.partition("What stays here")

    assert "Nothing here is ready to share. What this alert names goes by your word alone." in text
    assert r'value="file_path:c:\windows\tasksche.exe"' in goes
    assert "hl7" not in goes
    assert "oru_218390860.hl7.wncry" in stays
    assert "Taken out: number as of a patient (1)." in stays
    assert "And 4 more like these." in stays
    told = client.get(f"/api/v1/alerts/{found.pk}/share").json()
    assert {one["value"] for one in told["things"] if one["standing"] == "asked"} == {
        r"c:\windows\tasksche.exe", "tasksche.exe",
    }  # fmt: skip


def test_what_everybody_runs_is_offered_last_and_marked_as_such(client, trust, lead, place):  # noqa: ARG001
    found = AlertFactory(organisation=trust)
    fields = {"Image": r"C:\Windows\System32\vssadmin.exe", "CommandLine": "vssadmin delete shadows"}
    AlertEventFactory(alert=found, fields=fields, context={"ParentImage": r"C:\Temp\odd.exe"})
    client.force_login(lead)
    text = client.get(f"/alerts/{found.pk}/share/").content.decode()

    assert text.index("process_name:odd.exe") < text.index("process_name:vssadmin.exe")
    assert "vssadmin.exe (everybody runs it)" in text
    assert "checked" not in text.partition('name="thing"')[2].partition("</fieldset>")[0]


def test_what_must_not_go_goes_by_nobodys_word(alert, lead, place):
    with pytest.raises(BadInputError, match="may not go"):
        share_alert(
            by=lead,
            alert=alert.pk,
            wanted=_wanted(place, things=frozenset({r"file_path:c:\users\mbrown\get.exe"})),
            clock=a_clock(),
        )


def test_shared_again_it_is_one_indicator_with_a_newer_sighting(alert, lead, place):
    share_alert(by=lead, alert=alert.pk, wanted=_wanted(place), clock=a_clock())
    alert.count = 9
    alert.save()
    share_alert(by=lead, alert=alert.pk, wanted=_wanted(place), clock=_later(hours=1))

    assert Indicator.objects.count() == 1
    assert Sighting.objects.get().count == 9


def test_another_organisations_sighting_stands_beside_the_first(alert, lead, place, other):
    share_alert(by=lead, alert=alert.pk, wanted=_wanted(place), clock=a_clock())
    adapters.publish(clock=a_clock())
    raised = AlertFactory(
        organisation=other, rule=RuleFactory(id=Indicator.objects.get().stix_id, title="evil.example"), count=2
    )
    theirs = PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=other).user
    made = share_alert(by=theirs, alert=raised.pk, wanted=_wanted(place), clock=_later(hours=1))

    assert made.things == []
    assert {(one.owner, one.of) for one in Sighting.objects.all()} == {
        ("T1", Indicator.objects.get().stix_id), ("T2", Indicator.objects.get().stix_id),
    }  # fmt: skip


def test_a_sighting_is_never_wider_than_the_indicator_that_it_is_of(region, trust, other, lead):
    place = a_collection(region, addressed=[organisation_group("T1")], unmarked=Tlp.AMBER_STRICT)
    share(place, None, write=True)
    add(place, an_indicator(object_marking_refs=[Tlp.AMBER_STRICT.marking]))
    raised = AlertFactory(organisation=trust, rule=RuleFactory(id=Indicator.objects.get().stix_id))
    share_alert(by=lead, alert=raised.pk, wanted=_wanted(place, level=Tlp.CLEAR), clock=a_clock())
    audience = Audience.of(Sighting.objects.get().object.audience.key)

    assert audience.level is Tlp.AMBER_STRICT
    assert not may_receive(audience, reader_of(other, person=True))


def test_an_alert_of_an_indicator_that_one_may_not_have_shares_nothing(region, trust, lead, place):
    hidden = a_collection(region, unmarked=Tlp.RED)
    add(hidden, an_indicator())
    raised = AlertFactory(organisation=trust, rule=RuleFactory(id=Indicator.objects.get().stix_id))
    AlertEventFactory(alert=raised, fields={"DestinationIp": "198.51.100.1"})

    with pytest.raises(BadInputError, match="may not pass on"):
        share_alert(by=lead, alert=raised.pk, wanted=_wanted(place), clock=a_clock())


def test_withdrawn_it_is_revoked_and_no_gateway_looks_for_it(alert, lead, place):
    made = share_alert(by=lead, alert=alert.pk, wanted=_wanted(place), clock=a_clock())
    adapters.publish(clock=a_clock())
    withdraw_share(by=lead, shared=made, clock=a_clock())
    adapters.publish(clock=a_clock())

    assert not Indicator.objects.filter(revoked=False).exists()
    assert not Sighting.objects.filter(revoked=False).exists()
    assert list(ExactSets.open(adapters.exact_folder()).lookup.of(EVIL)) == []
    assert SharedAlert.objects.get().withdrawn_by == str(lead)
    assert AuditEntry.objects.filter(event="intel.alert_withdrawn").exists()


def test_shared_once_more_after_that_it_is_another_object_and_holds(alert, lead, place):
    made = share_alert(by=lead, alert=alert.pk, wanted=_wanted(place), clock=a_clock())
    withdraw_share(by=lead, shared=made, clock=a_clock())
    share_alert(by=lead, alert=alert.pk, wanted=_wanted(place), clock=_later(hours=1))

    assert [one.revoked for one in Indicator.objects.order_by("version")].count(False) == 1
    assert len({one.stix_id for one in Indicator.objects.all()}) == 2


def test_an_indicator_holds_while_another_alert_still_means_it(alert, lead, place, trust):
    again = AlertFactory(organisation=trust)
    AlertEventFactory(alert=again, fields={"QueryName": "evil.example"})
    first = share_alert(by=lead, alert=alert.pk, wanted=_wanted(place), clock=a_clock())
    second = share_alert(by=lead, alert=again.pk, wanted=_wanted(place), clock=_later(minutes=1))
    withdraw_share(by=lead, shared=first, clock=_later(minutes=2))
    assert not Indicator.objects.get().revoked
    withdraw_share(by=lead, shared=second, clock=_later(minutes=3))
    assert Indicator.objects.get().revoked


def test_a_group_alone_receives_what_is_kept_to_it(alert, lead, place, trust, other):
    stranger = OrganisationFactory(code="T3")
    actions.change_group(by=NODE, name="Imaging", members=[trust, other], clock=a_clock())
    made = share_alert(
        by=lead, alert=alert.pk, wanted=_wanted(place, level=Tlp.AMBER_STRICT, group="Imaging"), clock=a_clock()
    )
    for one in Object.objects.all():  # the group's own definition too: a stranger does not learn that there is one
        audience = Audience.of(one.audience.key)
        assert may_receive(audience, reader_of(other, person=False))
        assert not may_receive(audience, reader_of(stranger, person=True))
    assert made.reached == 1


@pytest.mark.parametrize("given", [{"level": Tlp.AMBER}, {"level": Tlp.AMBER_STRICT}])
def test_what_nobody_would_receive_does_not_go_and_it_is_said_why(alert, lead, trust, given):
    own = a_collection(trust, title="Our own")
    share(own, None)
    with pytest.raises(BadInputError, match=r"is for those to whom it is sent.* and that collection is sent to nobody"):
        share_alert(by=lead, alert=alert.pk, wanted=_wanted(own, **given), clock=a_clock())


@pytest.mark.parametrize("level", [Tlp.AMBER, Tlp.AMBER_STRICT])
def test_what_is_put_into_anothers_collection_is_sent_to_that_organisation_alone(alert, lead, place, other, level):
    made = share_alert(by=lead, alert=alert.pk, wanted=_wanted(place, level=level, named=False), clock=a_clock())
    indicator = Indicator.objects.get().object
    audience = Audience.of(indicator.audience.key)

    assert made.reached == 1
    assert may_receive(audience, reader_of(place.organisation, person=True))
    assert not may_receive(audience, reader_of(other, person=True))


def test_an_unnamed_sender_stands_nowhere_that_another_may_look(alert, lead, place, other, client):
    share_alert(by=lead, alert=alert.pk, wanted=_wanted(place, named=False), clock=a_clock())
    adapters.publish(clock=a_clock())
    sent = b"".join(bytes(one.raw) for one in Object.objects.all()).decode()
    entry = next(iter(ExactSets.open(adapters.exact_folder()).lookup.of(EVIL)))
    assert "Elm" not in sent
    assert "T1" not in sent
    assert entry.source == UNNAMED
    client.force_login(PostFactory(role=ORGANISATION_CYBER_LEAD.key, organisation=other).user)
    source = Source.objects.get(unnamed=True)
    assert client.get(f"/intelligence/sources/{source.pk}/").status_code == 404
    pages = ["/intelligence/", "/intelligence/objects/", f"/intelligence/collections/{place.pk}/"]
    pages += [f"/intelligence/objects/{one.pk}/" for one in Object.objects.all()]
    for page in pages:
        text = client.get(page).content.decode()
        assert "Elm" not in text, page
        assert ">T1<" not in text, page
    client.force_login(PostFactory(role=REGIONAL_LEAD.key, organisation=place.organisation).user)
    assert "Elm" in client.get(f"/intelligence/objects/{Indicator.objects.get().pk}/").content.decode()


def test_whoever_may_not_add_to_the_collection_is_refused(alert, lead, region):
    closed = a_collection(region)
    with pytest.raises(NotAllowedError, match="may not add this"):
        share_alert(by=lead, alert=alert.pk, wanted=_wanted(closed), clock=a_clock())


@pytest.mark.usefixtures("place")
def test_the_page_says_in_one_sentence_what_goes_and_what_stays(client, alert, lead, trust):
    client.force_login(lead)
    text = client.get(f"/alerts/{alert.pk}/share/").content.decode()

    assert "1 indicator, each with a sighting, goes to 2 organisations through the collection “Shared”" in text
    assert f"as TLP:GREEN; they see that it comes from {trust.name}" in text
    assert '<del class="ww-break">c:\\users\\mbrown\\get.exe</del>' in text
    assert "Taken out: user (1)." in text


def test_nobody_shares_what_they_have_not_seen(client, alert, lead, place):
    client.force_login(lead)
    data = {"collection": str(place.pk), "level": "clear", "named": "yes", "thing": ["domain:evil.example"]}
    page = client.post(f"/alerts/{alert.pk}/share/", {**data, "step": "share", "seen": "what stood there before"})
    assert page.status_code == 400
    assert not SharedAlert.objects.exists()

    mark = page.content.decode().partition('name="seen" value="')[2].partition('"')[0]
    done = client.post(f"/alerts/{alert.pk}/share/", {**data, "step": "share", "seen": mark})
    assert done.status_code == 302
    shown = client.get(f"/alerts/{alert.pk}/").content.decode()
    assert "What was shared of it" in shown
    made = SharedAlert.objects.get()
    assert client.post(f"/alerts/{alert.pk}/share/{made.pk}/withdraw/").status_code == 302
    assert "Withdrawn" in client.get(f"/alerts/{alert.pk}/").content.decode()


def test_a_board_member_is_not_asked_to_share(client, alert, trust):
    client.force_login(PostFactory(role=BOARD_MEMBER.key, organisation=trust).user)
    assert client.get(f"/alerts/{alert.pk}/share/").status_code in {403, 404}


def test_warninglisted_things_are_not_ticked(alert, lead, place, tmp_path):
    folder = tmp_path / "warninglists"
    folder.mkdir()
    listed = {"name": "Top sites", "type": "hostname", "version": 1, "list": ["evil.example"]}
    (folder / "list.json").write_text(json.dumps(listed))
    proposed = sharing_queries.proposal(lead, alert, _wanted(place))

    assert proposed.chosen == ()
    assert "Top sites" in next(one for one in proposed.offered.going if one.key == "domain:evil.example").why


_LEVELS = st.sampled_from(Tlp)
_GROUPS = st.frozensets(
    st.sampled_from(["Imaging", "Nobody", "Unheard of", SECTOR, organisation_group("T2"), keeper_group("R1")]),
    max_size=2,
)


@pytest.fixture
def tree(region, trust, other):
    site = OrganisationFactory(code="S1", parent=trust)
    below = OrganisationFactory(code="S2", parent=other)
    actions.change_group(by=NODE, name="Imaging", members=[other, site], clock=a_clock())
    actions.change_group(by=NODE, name="Nobody", members=[], clock=a_clock())
    place = a_collection(region)
    share(place, None)
    return place, [region, trust, other, site, below]


def test_those_who_are_counted_are_those_who_may_receive(tree):
    place, everybody = tree

    @given(level=_LEVELS, among=_GROUPS, addressed=_GROUPS, unknown=st.booleans())
    def law(level, among, addressed, unknown):
        audience = Audience(owner="T1", level=level, groups=among, addressed=addressed, unknown=unknown)
        may = {
            one.code
            for one in everybody
            if may_receive(audience, groups().reader(one.code, above=one.path.strip("/").split("/")))
        }
        assert {one.code for one in recipients(audience, place)} == may - {"T1"}

    law()


@pytest.mark.parametrize("level", [Tlp.AMBER, Tlp.AMBER_STRICT])
def test_those_who_may_receive_are_found_among_as_many_codes_as_one_thing_may_have(tree, level):
    """More than a database takes as values of one list, or as terms of one question."""
    place, everybody = tree
    codes = [f"A{number}" for number in range(MOST_CODES - 1)]
    addressed = frozenset(map(organisation_group, [*codes, "T2"]))
    audience = Audience(owner="T1", level=level, addressed=addressed)

    expected = {
        one.code
        for one in everybody
        if may_receive(audience, groups().reader(one.code, above=one.path.strip("/").split("/")))
    }
    assert {one.code for one in recipients(audience, place)} == expected - {"T1"}
    assert "T2" in expected


def test_the_time_of_an_alert_is_that_of_its_sighting(alert, lead, place):
    share_alert(by=lead, alert=alert.pk, wanted=_wanted(place), clock=a_clock())

    assert Sighting.objects.get().first_seen == MOMENT


def test_whoever_shares_is_told_first_of_nodes_that_are_not_told(client, alert, lead, monkeypatch):
    place = a_collection(alert.organisation.parent, title="For two trusts", unmarked=Tlp.AMBER_STRICT)
    child = OrganisationFactory(parent=place.organisation)
    for one in (child, alert.organisation):
        share(place, one, write=True)
    PeerFactory(organisation=child)
    client.force_login(lead)
    address = f"/api/v1/alerts/{alert.pk}/share"
    assert client.get(address).json()["nodes_not_told"] == 0

    monkeypatch.setattr(passing, "MOST_CODES", 0)

    told = client.get(address).json()
    assert told["nodes_not_told"] == 1
    assert "1 linked node is not told, and the organisations there not reached" in told["sentence"]
    assert "1 linked node is not told" in client.get(f"/alerts/{alert.pk}/share/").content.decode()


def test_a_program_shares_and_withdraws_as_a_person_does(client, alert, lead, place):
    client.force_login(lead)
    address = f"/api/v1/alerts/{alert.pk}/share"
    told = client.get(address).json()
    assert "1 indicator, each with a sighting, goes to 2 organisations" in told["sentence"]
    assert {one["standing"] for one in told["things"]} == {"goes", "asked", "taken"}
    assert [one["key"] for one in told["things"] if one["standing"] == "taken"] == [""]
    made = client.post(address, {"collection": str(place.pk), "level": "clear"}, content_type="application/json").json()
    assert (made["level"], made["things"][0]["value"], made["reached"]) == ("TLP:CLEAR", "evil.example", 2)
    assert [one["id"] for one in client.get(f"{address}s").json()] == [made["id"]]
    done = client.post(f"{address}s/{made['id']}/withdraw").json()
    assert done["withdrawn_by"] == str(lead)
    assert Indicator.objects.get().revoked


@pytest.fixture
def lake(tmp_path):
    before = current()
    use(before.model_copy(update={"lake": tmp_path / "lake"}))
    yield tmp_path / "lake"
    use(before)


def test_accounts_and_computers_that_the_platform_knows_are_taken_out_of_prose(alert, lead, place, lake, client):
    keep(lake, "a", organisation="T1", SubjectUserName="TRUST\\jsmith", TargetUserName="a.patel@elm.example")
    keep(lake, "b", organisation="T2", SubjectUserName="ASH\\lgreen", TargetUserName="root")
    trust = alert.organisation
    DeviceFactory(organisation=trust, name="PC-RAD-07")
    PostFactory(role=BOARD_MEMBER.key, organisation=trust, user__name="Priya Raman")
    said = "ask JSmith, a.patel or Priya Raman at pc-rad-07; lgreen and root know http://evil.example/jsmith"
    AlertEventFactory(alert=alert, fields={"Details": said}, context={})

    found = sharing_queries.proposal(lead, alert, _wanted(place)).offered

    assert found.cleaned.fields["Details"] == (
        "ask ⟦account seen here⟧, ⟦account seen here⟧ or ⟦account seen here⟧ at ⟦computer⟧; "
        "lgreen and root know http://evil.example/⟦account seen here⟧"
    )
    assert "url:http://evil.example/jsmith" not in {one.key for one in found.going}
    client.force_login(lead)
    page = client.get(f"/alerts/{alert.pk}/share/").text
    assert "Taken out: account seen here (4), computer (1)." in page


def test_an_account_is_taken_out_however_much_the_other_fields_say(alert, lead, place, lake):
    keep(lake, "a", organisation="T1", User="TRUST\\jsmith")
    for _ in range(2):
        AlertEventFactory(alert=alert, fields={"CommandLine": "x " * 40_000, "Details": "ask jsmith"}, context={})

    found = sharing_queries.proposal(lead, alert, _wanted(place)).offered

    assert found.cleaned.fields["Details"] == "ask ⟦account seen here⟧"


def test_the_title_of_a_sighting_names_no_account(alert, lead, place, lake):
    keep(lake, "a", organisation="T1", User="TRUST\\jsmith")
    RuleFactory._meta.model.objects.filter(pk=alert.rule_id).update(title="What jsmith looked up")
    alert.refresh_from_db()

    assert sharing_queries.proposal(lead, alert, _wanted(place)).seen.title == "What ⟦account seen here⟧ looked up"


def test_accounts_of_events_of_long_ago_are_not_looked_for(alert, lead, place, lake):
    keep(lake, "a", organisation="T1", User="TRUST\\jsmith", at=MOMENT - timedelta(days=90))
    AlertEventFactory(alert=alert, fields={"Details": "ask jsmith"}, context={})

    found = sharing_queries.proposal(lead, alert, _wanted(place)).offered

    assert found.cleaned.fields["Details"] == "ask jsmith"
