import pytest

from watchward.estate.care.carriers import Carried, with_carriers
from watchward.estate.care.map import CareMap
from watchward.estate.care.recognising import recognised, suggestions
from watchward.estate.care.service import ServiceKind
from watchward.estate.care.system import System, SystemKind
from watchward.estate.care.templates import Arrangement, TemplateKind, template

TRUST = template(Arrangement(template=TemplateKind.ACUTE_TRUST), organisation="X-T1")


@pytest.mark.parametrize(
    ("name", "kind", "sure"),
    [
        ("RXX-DC01", SystemKind.IDENTITY, True),
        ("dc2.rxx.example", SystemKind.IDENTITY, True),
        ("RXXDC03", SystemKind.IDENTITY, False),
        ("elm_epr_07", SystemKind.PATIENT_RECORD, True),
        ("NODDT2-RIS154", SystemKind.IMAGING_ARCHIVE, False),
        ("RXX-LAB4", ServiceKind.PATHOLOGY, False),
    ],
)
def test_a_name_says_what_a_server_is_for(name, kind, sure):
    found = recognised(name)

    assert (found.kind, found.sure) == (kind, sure)


@pytest.mark.parametrize("name", ["RXX-WS0117", "LAB-PC12", "EPR-TEST01", "DC-TRAIN-1", "edc", "", "10.0.0.7", "WARD7"])
def test_what_people_work_at_and_what_is_tried_out_carries_nothing(name):
    assert recognised(name) is None


def test_devices_are_suggested_for_what_is_on_the_map_and_once():
    care = with_carriers(TRUST, "X-T1", Carried(thing="X-T1/identity", devices=("X-DC01",)))

    found = suggestions(care, ["x-dc01.elm.example", "X-DC02", "X-CAD1", "X-APP1", "X-WS1"])

    assert [(one.device, one.thing, one.sure) for one in found] == [
        ("X-APP1", "X-T1/clinical_apps", False),
        ("X-DC02", "X-T1/identity", True),
    ]


def test_where_two_systems_are_of_a_kind_nobody_is_sure_which_it_is():
    records = [System(id=f"X/{name}", organisation="X", kind=SystemKind.PATIENT_RECORD) for name in ("a", "b")]

    (found,) = suggestions(CareMap(systems=tuple(records)), ["X-EPR1"])

    assert not found.sure
