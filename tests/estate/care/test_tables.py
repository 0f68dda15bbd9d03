import io
import json
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estate.care.strategies import care_maps
from watchward.base.errors import BadInputError
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap, Place, joined
from watchward.estate.care.system import Equipment, Sensitivity, Supplier, System, SystemKind
from watchward.estate.care.tables import TABLES, braces, comma, complete, read
from watchward.estate.care.templates import Arrangement, TemplateKind, template
from watchward.estate.care.trouble import CareMapError
from watchward.estate.organisation import OrganisationKind

GOLDEN = Path(__file__).parents[2] / "golden" / "care"


def a_small_map():
    part = template(
        Arrangement(template=TemplateKind.GP_PRACTICE, hosts={"patient_record": "supplier/records-1"}),
        organisation="X-1",
    )
    place = Place(code="X-1", kind=OrganisationKind.GP_PRACTICE, icb="X-I1", region="X-R1", mapped=True)
    return joined(
        [
            CareMap(
                places={"X-1": place},
                suppliers=(Supplier(id="supplier/records-1", name="Elm, Oak & Sons"),),
                equipment=(Equipment(id="X-1/device/SRV01", organisation="X-1", name="SRV01"),),
                systems=(
                    System(
                        id="X-1/letters",
                        organisation="X-1",
                        kind=SystemKind.CLINICAL_APPS,
                        product="=HYPERLINK()",
                        records=((Sensitivity.CLINICAL, 8_000), (Sensitivity.SPECIAL, 40)),
                    ),
                ),
                dependencies=(
                    Dependency(
                        consumer="X-1/gp_appointments",
                        provider="X-1/letters",
                        buffer_hours=4,
                        floor=0.5,
                        manual=0.75,
                        manual_hours=8.5,
                    ),
                    Dependency(consumer="X-1/letters", provider="X-1/device/SRV01"),
                ),
            ),
            part,
        ]
    )


def encoded(texts):
    return {name: text.encode() for name, text in texts.items()}


def as_sets(care):
    parts = {name: set(getattr(care, name)) for name in TABLES if name != "places"}
    return dict(care.places), parts


@given(care_maps())
def test_a_map_comes_back_from_csv_as_it_went(care):
    assert complete(encoded(comma.write(care))) == care


@given(care_maps())
def test_a_map_comes_back_from_a_zip_file_as_it_went(care):
    assert complete({"map.zip": comma.write_zip(care)}) == care


@given(care_maps())
def test_a_map_comes_back_from_json_as_it_went(care):
    assert complete({"map.json": braces.write(care).encode()}) == care


@pytest.mark.parametrize("name", [*(f"{table}.csv" for table in TABLES), "map.json"])
def test_what_is_written_is_as_it_always_was(name):
    written = comma.write(a_small_map()) | {"map.json": braces.write(a_small_map())}

    assert written[name] == (GOLDEN / name).read_text()


def test_the_golden_files_are_read():
    files = {path.name: path.read_bytes() for path in GOLDEN.glob("*.csv")}

    assert as_sets(complete(files)) == as_sets(a_small_map())


def test_a_cell_is_no_formula_to_a_spreadsheet():
    assert "'=HYPERLINK()" in comma.write(a_small_map())["systems.csv"]


def test_a_table_is_known_by_its_heading_when_its_file_is_called_otherwise():
    care = CareMap(suppliers=(Supplier(id="supplier/1", name="Elm"),))
    (text,) = comma.write(care).values()

    assert read({"our suppliers (2).csv": text.encode()}).care == care


def test_columns_that_may_be_empty_may_be_left_out():
    text = "consumer,provider\nX-1/a,X-1/b\n"

    assert read({"dependencies.csv": text.encode()}).care.dependencies == (
        Dependency(consumer="X-1/a", provider="X-1/b"),
    )


def test_everything_that_is_wrong_is_said_at_once_with_row_and_column():
    files = {
        "services.csv": (
            "id,organisation,kind,weekly,low,high,week\n"
            "X-1/a,X-1,emergency_department,many,1,2,office\n"
            "\n"
            "X-1/b,X-1,astrology,1,1,1,weekends\n"
            "X-1/c,X-1\n"
        ),
        "suppliers.csv": "id,name,telephone\nS,Elm,999\n",
        "equipment.csv": "id,organisation\nD,X-1\n",
        "odd.csv": "a,b\n1,2\n",
    }

    with pytest.raises(CareMapError) as caught:
        read(encoded(files))

    assert [trouble.where for trouble in caught.value.troubles] == [
        "services.csv, row 2, weekly",
        "services.csv, row 4, kind",
        "services.csv, row 4, week",
        "services.csv, row 5",
        "suppliers.csv, row 1, telephone",
        "equipment.csv, row 1, name",
        "odd.csv, row 1",
    ]
    assert "ambulance_dispatch" in caught.value.troubles[1].advice


def test_what_is_wrong_with_the_whole_is_said_with_its_row():
    files = comma.write(a_small_map())
    files["dependencies.csv"] += "X-1/letters,X-1/nothing,,1,,,,\nX-1/letters,X-1/letters,,1,,1.5,,\n"
    rows = files["dependencies.csv"].count("\n")

    with pytest.raises(CareMapError) as caught:
        complete(encoded(files))

    assert [trouble.where for trouble in caught.value.troubles] == [
        f"dependencies.csv, row {rows - 1}, provider",
        f"dependencies.csv, row {rows}, provider",
        f"dependencies.csv, row {rows}, floor",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON"),
        ("[]", "no map of care"),
        ('{"version": 2}', "no map of care"),
        ('{"version": 1, "suppliers": [{"id": NaN}]}', "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"version": 1, "a": ' + "9" * 10_000 + "}", "no JSON"),
    ],
)
def test_json_that_is_no_map_is_refused(text, said):
    with pytest.raises(BadInputError, match=said):
        read({"map.json": text.encode()})


def test_wrong_things_in_json_are_named_by_table_and_place():
    document = {
        "version": 1,
        "gadgets": [],
        "services": {},
        "suppliers": [3, {"id": "S", "name": ["Elm"]}, {"id": "S", "nom": "Elm"}],
        "systems": [{"id": "X/a", "organisation": "X", "kind": "network", "records": 7}],
    }

    with pytest.raises(CareMapError) as caught:
        read({"map.json": json.dumps(document).encode()})

    assert [trouble.where for trouble in caught.value.troubles] == [
        "gadgets",
        "services",
        "map.json, systems, row 1, records",
        "map.json, suppliers, row 1",
        "map.json, suppliers, row 2, name",
        "map.json, suppliers, row 3, nom",
    ]


def _bomb():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("services.csv", "w") as inside:
        for _ in range(201):
            inside.write(b" " * 1_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("map.zip", b"PK\x03\x04 no more", "no ZIP file"),
        ("map.zip", _bomb(), "unpacks to more than"),
        ("suppliers.csv", b"id,name\nS,Caf\xe9\n", "suppliers.csv, row 2: this is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused(name, content, said):
    with pytest.raises(BadInputError, match=said):
        read({name: content})


@given(st.dictionaries(st.sampled_from(["services.csv", "systems.csv", "x.json", "y.zip"]), st.binary(max_size=200)))
def test_bytes_that_mean_nothing_are_refused_or_empty_and_never_a_surprise(files):
    with suppress(BadInputError):
        read(files)


@given(st.text(max_size=300))
def test_texts_that_mean_nothing_are_refused_or_empty_and_never_a_surprise(text):
    heading = "id,organisation,kind,weekly,low,high,week\n"
    with suppress(CareMapError):
        read({"services.csv": (heading + text).encode(errors="replace")})
