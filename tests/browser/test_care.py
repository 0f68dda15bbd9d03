import pytest
from playwright.sync_api import expect

from console.care.arranged import a_system, arrange, refine
from console.estate.factories import DeviceFactory
from console.factories import OrganisationFactory
from watchward.access.roles import CARE_PROVIDER_MANAGER, CLINICAL_SAFETY_OFFICER, REGIONAL_LEAD
from watchward.estate.care.system import Supplier
from watchward.estate.organisation import OrganisationKind

HOME = "/organisations/XP/care/"


@pytest.fixture
def practice(address):  # noqa: ARG001 - what is stored is what the server shows
    """A practice whose map is its template."""
    board = OrganisationFactory(code="XI", name="Larkmere Board", kind=OrganisationKind.ICB)
    found = OrganisationFactory(code="XP", name="Larkmere Surgery", kind=OrganisationKind.GP_PRACTICE, parent=board)
    arrange(found, suppliers=[Supplier(id="supplier/records-1", name="Larkmere Records")])
    return found


def test_a_care_manager_maps_what_matters_on_a_phone(page_for, passes, practice):
    page = page_for(CARE_PROVIDER_MANAGER, organisation=practice)
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(HOME)
    passes(page, "care-template")
    page.get_by_role("link", name="Say how large it is").click()
    passes(page, "care-size")
    page.get_by_label("Registered patients").fill("9,000")
    page.get_by_label("How do you know?").fill("Counted")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Say where its systems run").click()
    page.get_by_role("link", name="Add a supplier").click()
    passes(page, "care-supplier-new")
    page.get_by_label("Its name").fill("Ash Telephones")
    page.get_by_label("How do you know?").fill("They send the bill")
    page.get_by_role("button", name="Add it").click()
    page.get_by_label("Telephony").select_option(label="Ash Telephones")
    page.get_by_label("All others run on its own premises").check()
    page.get_by_label("How do you know?").fill("Looked around")
    passes(page, "care-hosts")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Ash Telephones").click()
    passes(page, "care-one-supplier")


def test_a_refined_map_its_forms_and_the_way_back_are_usable(page_for, passes, practice):
    refine(practice, a_system(practice, product="Bell 2"))
    DeviceFactory(organisation=practice, name="LARK-EPR1")
    page = page_for(CLINICAL_SAFETY_OFFICER, organisation=practice)
    page.goto(HOME)
    passes(page, "care-refined")
    page.get_by_role("link", name="Say which devices carry them").click()
    passes(page, "care-suggested")
    page.get_by_label("How do you know?").fill("Named so")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Change which devices carry Patient record").click()
    passes(page, "care-carriers")
    page.goto(f"{HOME}change/?table=dependencies")
    passes(page, "care-change-dependencies")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("alert").get_by_role("link", name="Choose what it needs").click()
    assert page.locator("#id_provider").evaluate("one => one === document.activeElement")
    page.goto(f"{HOME}remove/?table=systems&key=XP/telephony")
    passes(page, "care-remove")
    page.goto(f"{HOME}undo/")
    passes(page, "care-undo")
    page.get_by_label("Why?").fill("A trial")
    page.get_by_role("button", name="Go back to the template").click()
    expect(page.get_by_text("Not mapped", exact=True)).to_be_visible()


def test_a_file_with_faults_says_all_of_them(page_for, passes, practice):
    page = page_for(CLINICAL_SAFETY_OFFICER, organisation=practice)
    page.goto(f"{HOME}bring/")
    rows = "consumer;provider;floor\nXP/gp_appointments;XP/none;0,5\nXP/gp_appointments;XP/network;2\n"
    page.set_input_files("#id_file", {"name": "dependencies.csv", "mimeType": "text/csv", "buffer": rows.encode()})
    page.get_by_label("How do you know?").fill("Asked")
    page.get_by_role("button", name="Bring it in").click()
    passes(page, "care-bring-faults")


def test_who_leads_an_area_sees_whose_map_would_help_most(page_for, passes, practice):
    page = page_for(REGIONAL_LEAD, organisation=practice.parent)
    page.goto("/organisations/XI/care/")
    passes(page, "care-area")
    page.get_by_role("button", name="See who has mapped theirs").click()
    passes(page, "care-coverage")
    page.get_by_role("link", name="Suppliers").click()
    passes(page, "care-suppliers")


def test_what_a_device_carries_is_said_from_its_page(page_for, passes, practice):
    device = DeviceFactory(organisation=practice, name="LARK-TEL1")
    page = page_for(CLINICAL_SAFETY_OFFICER, organisation=practice)
    page.goto(f"/devices/{device.pk}/")
    page.get_by_role("link", name="Change what it carries").click()
    passes(page, "care-device")


def test_a_supplier_is_called_otherwise_taken_off_the_list_and_put_back(page_for, passes, practice):
    page = page_for(CLINICAL_SAFETY_OFFICER, organisation=practice)
    page.goto("/suppliers/records-1/")
    passes(page, "supplier-to-change")
    page.get_by_role("link", name="Call it otherwise").click()
    passes(page, "supplier-rename")
    page.get_by_role("button", name="Call it so").click()
    passes(page, "supplier-rename-refused")
    page.get_by_label("Its name").fill("Larkmere Records and Registers")
    page.get_by_label("How do you know?").fill("It was bought in May")
    page.get_by_role("button", name="Call it so").click()
    page.get_by_text("on every map from now on").wait_for()
    passes(page, "supplier-renamed")
    page.get_by_role("link", name="Take it off the list").click()
    passes(page, "supplier-remove")
    page.get_by_label("Why?").fill("It is on the list twice")
    page.get_by_role("button", name="Take it off the list").click()
    page.get_by_role("link", name="Put it back on the list").wait_for()
    passes(page, "supplier-off-the-list")
    page.goto("/suppliers/")
    passes(page, "suppliers-off-the-list")
    page.get_by_role("link", name="Larkmere Records and Registers").click()
    page.get_by_role("link", name="Put it back on the list").click()
    passes(page, "supplier-restore")
    page.get_by_label("Why?").fill("Somebody needs it")
    page.get_by_role("button", name="Put it back").press("Enter")
    page.get_by_text("is on the list again").wait_for()
