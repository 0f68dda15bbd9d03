"""The node's one list of suppliers: called otherwise, taken off and put back, by whoever reaches all who name them."""

import pytest

from console.care.arranged import CLOCK, NODE, WHY, arrange
from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import ADMINISTRATOR, CARE_PROVIDER_MANAGER, NATIONAL_ANALYST, ORGANISATION_CYBER_LEAD
from watchward.base.errors import BadInputError
from watchward.console.access.models import AuditEntry
from watchward.console.care import adapters, rows, supplier_actions
from watchward.console.care.models import CareSupplier
from watchward.console.harm import adapters as harm
from watchward.estate.care.system import Supplier
from watchward.estate.organisation import OrganisationKind

OAK = Supplier(id="supplier/oak-records", name="Oak Records")
PAGE = "/suppliers/oak-records/"
API = f"/api/v1{PAGE}"


@pytest.fixture
def practices():
    """Two that keep their records with one supplier, and a third that does not."""
    made = [
        OrganisationFactory(code=f"X-P{number}", name=f"Surgery {number}", kind=OrganisationKind.GP_PRACTICE)
        for number in range(3)
    ]
    for one in made[:2]:
        arrange(one, suppliers=[OAK], hosts={"patient_record": OAK.id})
    return made


@pytest.fixture
def unused():
    """A supplier that no map names."""
    place = OrganisationFactory(code="X-P9", kind=OrganisationKind.GP_PRACTICE)
    supplier_actions.add_supplier(by=NODE, organisation=place, supplier=OAK, reason=WHY, clock=CLOCK)
    return place


def oak():
    return CareSupplier.objects.get(pk=OAK.id)


def events():
    return list(
        AuditEntry.objects.filter(event__startswith="care.supplier_").order_by("pk").values_list("event", flat=True)
    )


def test_a_supplier_is_called_otherwise_on_every_map_and_again_as_before(signed_in, practices):
    client, version = signed_in(ADMINISTRATOR, None), rows.version()
    assert "Call it otherwise" in client.get(PAGE).text

    page = client.post(f"{PAGE}rename/", {"name": " Elm  Records ", "reason": "It was bought"}, follow=True).text

    assert "It is called Elm Records on every map from now on." in page
    assert "It was called Oak Records before." in page
    assert rows.version() != version
    assert harm.laid_out().things[OAK.id].what == "Elm Records"
    assert "Elm Records" in client.get(f"/organisations/{practices[0].code}/care/").text
    assert 'value="Oak Records"' in client.get(f"{PAGE}rename/?name=Oak+Records").text
    client.post(f"{PAGE}rename/", {"name": "Oak Records", "reason": "It was not"})
    assert (oak().name, oak().former_name) == ("Oak Records", "Elm Records")
    assert events() == ["care.supplier_renamed"] * 2
    assert "Elm Records" in str(AuditEntry.objects.filter(event="care.supplier_renamed").first().details)


@pytest.mark.usefixtures("practices")
@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("LARKMERE (UK) Ltd", "Larkmere is on the list already"),
        ("Oak Records", "This is no other name"),
        ("?", "letters or numbers"),
    ],
)
def test_a_name_that_is_none_or_anothers_is_refused(signed_in, name, says):
    arrange(OrganisationFactory(), suppliers=[Supplier(id="supplier/larkmere", name="Larkmere")])

    page = signed_in(ADMINISTRATOR, None).post(f"{PAGE}rename/", {"name": name, "reason": "Because"})

    assert page.status_code == 200
    assert says in page.text
    assert oak().name == "Oak Records"


def test_a_supplier_that_a_map_names_stays_on_the_list(signed_in, practices):
    client = signed_in(ADMINISTRATOR, None)
    assert f"{PAGE}remove/" not in client.get(PAGE).text

    page = client.post(f"{PAGE}remove/", {"reason": "On the list twice"}).text

    assert "2 organisations name Oak Records on the map" in page
    assert oak().removed_at is None
    for one in practices[:2]:
        arrange(one, hosts={"patient_record": ""})
    assert "is off the list" in client.post(f"{PAGE}remove/", {"reason": "Unused"}, follow=True).text


def test_a_supplier_off_the_list_can_be_chosen_no_more_and_is_put_back(signed_in, unused):
    client = signed_in(ORGANISATION_CYBER_LEAD, unused)
    client.post(f"{PAGE}remove/", {"reason": "On the list twice"})

    assert "supplier/oak-records" not in client.get(f"/organisations/{unused.code}/care/hosts/").text
    assert "Oak Records" not in {one.name for one in adapters.part_of(unused).care.suppliers}
    assert "Off the list" in client.get("/suppliers/").text
    page = client.get(PAGE).text
    assert "It has been off the list since" in page
    assert "Put it back on the list" in page
    with pytest.raises(BadInputError, match="no longer on the list"):
        supplier_actions.rename_supplier(by=NODE, supplier=oak(), name="New", reason=WHY, clock=CLOCK)

    page = client.post(f"{PAGE}remove/", {"reason": "Needed after all"}, follow=True).text

    assert "Oak Records is on the list again." in page
    assert "supplier/oak-records" in client.get(f"/organisations/{unused.code}/care/hosts/").text
    assert events() == ["care.supplier_added", "care.supplier_removed", "care.supplier_restored"]
    with pytest.raises(BadInputError, match="on the list already"):
        supplier_actions.restore_supplier(by=NODE, supplier=oak(), reason=WHY, clock=CLOCK)


def test_a_supplier_off_the_list_comes_back_when_somebody_adds_it_again(unused):
    supplier_actions.remove_supplier(by=NODE, supplier=oak(), reason=WHY, clock=CLOCK)

    supplier_actions.add_supplier(by=NODE, organisation=unused, supplier=OAK, reason="Here again", clock=CLOCK)

    assert (oak().removed_at, oak().reason) == (None, "Here again")


def test_a_name_that_another_took_meanwhile_keeps_a_supplier_off_the_list(unused):
    supplier_actions.remove_supplier(by=NODE, supplier=oak(), reason=WHY, clock=CLOCK)
    other = Supplier(id="supplier/oak-2", name="OAK records Ltd")
    supplier_actions.add_supplier(by=NODE, organisation=unused, supplier=other, reason=WHY, clock=CLOCK)

    with pytest.raises(BadInputError, match="OAK records Ltd is on the list already"):
        supplier_actions.restore_supplier(by=NODE, supplier=oak(), reason=WHY, clock=CLOCK)


def test_only_whoever_reaches_all_who_name_a_supplier_may_change_it(client, practices):
    def codes(role, *places):
        user = PostFactory(role=role.key, organisation=places[0]).user
        for place in places[1:]:
            PostFactory(user=user, role=role.key, organisation=place)
        client.force_login(user)
        return client.get(f"{PAGE}rename/").status_code, "Change the list" in client.get(PAGE).text

    assert codes(CARE_PROVIDER_MANAGER, practices[0]) == (403, False)
    assert codes(CARE_PROVIDER_MANAGER, practices[2]) == (403, False)
    assert codes(NATIONAL_ANALYST, None) == (403, False)
    assert codes(CARE_PROVIDER_MANAGER, *practices[:2]) == (200, True)
    assert codes(ADMINISTRATOR, None) == (200, True)


def test_the_api_does_what_the_pages_do(signed_in, unused):
    client = signed_in(ORGANISATION_CYBER_LEAD, unused)

    def post(step, **given):
        return client.post(f"{API}{step}", {"reason": "Asked", **given}, content_type="application/json")

    assert post("rename", name="Elm Records").json() == {"id": OAK.id, "name": "Elm Records"}
    assert post("remove").status_code == 204
    assert client.get("/api/v1/suppliers").json() == []
    assert post("restore").json()["name"] == "Elm Records"
    assert post("restore").status_code == 400
    arrange(OrganisationFactory(kind=OrganisationKind.GP_PRACTICE), hosts={"patient_record": OAK.id})
    assert post("rename", name="Ash Records").status_code == 403
