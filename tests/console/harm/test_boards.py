"""Members of a board read what would hurt their patients, and see no more of their organisation than before."""

import pytest

from console.harm.areas import SUPPLIER, an_area, own_number_and_passed_question
from watchward.access.permissions import Permission
from watchward.access.roles import BOARD_MEMBER, CLINICAL_SAFETY_OFFICER, ROLES
from watchward.base.clock import SystemClock
from watchward.console.access.guard import Service
from watchward.console.harm.asked import Asked
from watchward.console.scenarios import actions as scenarios

QUERY = f"down={SUPPLIER}&hours=24"


@pytest.fixture
def area():
    return an_area()


@pytest.fixture
def saved(area):
    board, _, (surgery, other, _) = area
    asked = Asked(down=(SUPPLIER,))
    return [
        scenarios.save_scenario(
            by=Service(name="test"),
            asked=asked,
            organisation=place,
            name=f"At {place.code}",
            note="",
            clock=SystemClock(),
        )
        for place in (board, surgery, other)
    ]


@pytest.fixture
def member(signed_in, area):
    _, _, (surgery, *_) = area
    return signed_in(BOARD_MEMBER, surgery)


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("/harm/", "would hurt patients most"),
        (f"/harm/what-if/?{QUERY}", "Larkmere Practice Records"),
        (f"/harm/paper/?{QUERY}", "Made again at"),
        (f"/harm/what-if/compare/?{QUERY}&down_={SUPPLIER}&hours_=4", "ide by side"),
        (f"/harm/sensitivity/?{QUERY}", "The numbers behind it"),
        ("/harm/parameters/?organisation=XEP0", "Counted inside"),
        ("/harm/validation/", "How well it predicts"),
        ("/harm/scenarios/", "At XEP0"),
        ("/api/v1/harm/ranking?organisation=XEP0", "closer classes"),
        (f"/api/v1/harm/what-if?{QUERY}", "capacity"),
        ("/api/v1/harm/scenarios", "At XEP0"),
    ],
)
def test_a_member_of_a_board_reads(member, area, saved, page, says):  # noqa: ARG001 - there is something to read
    own_number_and_passed_question(area[2][0])

    answer = member.get(page)

    assert answer.status_code == 200
    assert says in answer.text
    for elsewhere in ("XEP1", "At XE<", "XE Surgery 1"):
        assert elsewhere not in answer.text


@pytest.mark.parametrize(
    "page",
    [
        "/alerts/",
        "/care/",
        "/suppliers/",
        "/devices/",
        "/organisations/XEP0/care/",
        "/organisations/XEP0/care/questions/",
        "/api/v1/organisations/XEP0/care",
        "/api/v1/organisations/XEP0/care/questions",
        "/api/v1/suppliers",
        "/harm/?organisation=XEP1",
        "/harm/parameters/own/?key=service/gp_appointments/by_loss",
        f"/harm/scenarios/save/?{QUERY}",
    ],
)
def test_a_member_of_a_board_is_refused(member, page):
    assert member.get(page).status_code in {403, 404}


def test_what_others_saved_elsewhere_stays_closed(member, saved):
    above, mine, beside = saved

    codes = [member.get(f"/harm/scenarios/{one.pk}/").status_code for one in (above, mine, beside)]

    assert codes == [404, 200, 404]
    assert member.post(f"/harm/scenarios/{mine.pk}/delete/").status_code == 403


def test_ways_lead_only_where_one_may_go(signed_in, area):
    _, _, (surgery, *_) = area
    pages = ("/harm/", f"/harm/what-if/?{QUERY}", "/harm/scenarios/", "/harm/parameters/")
    closed = ("/care/", "/suppliers/", "/care/questions/", "/alerts/")

    reader = signed_in(BOARD_MEMBER, surgery)
    assert not [(page, way) for page in pages for way in closed if f'{way}"' in reader.get(page).text]
    officer = signed_in(CLINICAL_SAFETY_OFFICER, surgery)
    assert 'href="/care/"' in officer.get("/harm/").text
    assert "/care/questions/" in officer.get("/harm/").text


def test_whoever_sees_maps_of_care_sees_harm():
    seeing = {key for key, role in ROLES.items() if Permission.CARE_VIEW in role.grants}

    assert seeing | {BOARD_MEMBER.key} == {key for key, role in ROLES.items() if Permission.HARM_VIEW in role.grants}
    assert Permission.ALERT_VIEW not in BOARD_MEMBER.grants
    alerted = {key for key, role in ROLES.items() if Permission.ALERT_VIEW in role.grants}
    assert alerted <= seeing  # whoever reads an alert may follow its figures to who said them
