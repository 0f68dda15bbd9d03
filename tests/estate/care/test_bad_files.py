"""What people bring in by mistake: each is refused with its row, its column and what to do, or read as it was meant."""

import io
import zipfile

import pytest

from watchward.base.errors import BadInputError
from watchward.estate.care.tables import read
from watchward.estate.care.trouble import CareMapError

NEEDS = "dependencies.csv"
GIVES = "services.csv"
HEADING = "id,organisation,kind,weekly,low,high,week\n"
ROW = "X/imaging,X,imaging,{},1,9000,office\n"


def told(name, text):
    with pytest.raises(CareMapError) as caught:
        read({name: text if isinstance(text, bytes) else text.encode()})
    return [str(one) for one in caught.value.troubles]


def needs(text):
    return read({NEEDS: text if isinstance(text, bytes) else text.encode()}).care.dependencies


@pytest.mark.parametrize(
    "text",
    [
        "consumer;provider;floor\nX/a;X/b;0.5\n",
        "\ufeffConsumer;Provider;Floor\r\nX/a;X/b;50%\r\n",
        "consumer\tprovider\tfloor\nX/a\tX/b\t0.5\n",
        "consumer,provider,floor,,\nX/a,X/b,0.5,,\n,,,,\n",
    ],
    ids=["semicolons", "byte-order-mark", "tabs", "empty-columns"],
)
def test_what_spreadsheets_write_is_read_as_it_was_meant(text):
    (one,) = needs(text)

    assert (one.consumer, one.provider, one.floor) == ("X/a", "X/b", 0.5)


def test_decimal_commas_are_said_with_the_point_to_write():
    assert told(NEEDS, "consumer;provider;floor;manual\nX/a;X/b;0,5;0,75\n") == [
        "dependencies.csv, row 2, floor: '0,5' does not fit. Write decimals with a point, such as 0.5.",
        "dependencies.csv, row 2, manual: '0,75' does not fit. Write decimals with a point, such as 0.5.",
    ]


def test_a_comma_between_semicolons_may_mean_two_numbers():
    (one,) = told(NEEDS, "consumer;provider;buffer_hours\nX/a;X/b;1,200\n")

    assert "row 2, buffer_hours: '1,200' may mean two numbers" in one


def test_a_heading_below_a_merged_title_is_found():
    text = 'Our map,,\n"as of May",,\nconsumer,provider,floor\nX/a,X/b,0.5\n'

    assert told(NEEDS, text) == [
        "dependencies.csv, row 1: The heading stands in row 3, not in the first. Remove the rows above it."
    ]


def test_a_number_that_a_spreadsheet_made_a_date_is_said():
    (one,) = told(GIVES, HEADING + ROW.format("01/02/2026"))

    assert "row 2, weekly: '01/02/2026' does not fit" in one
    assert "made a date of it" in one


def test_rows_that_do_not_fit_and_numbers_that_cannot_be_are_said_at_once_in_their_order():
    text = HEADING + ROW.format("-5") + ROW.replace("imaging,", "theatre,").format("5").replace("X/theatre", "X/t")

    found = told(GIVES, text)

    assert [one.partition(":")[0] for one in found] == ["services.csv, row 2, weekly", "services.csv, row 3, kind"]


def test_what_stands_there_twice_is_said_with_where_it_first_stood():
    (one,) = told(GIVES, HEADING + ROW.format("5") + ROW.format("6"))

    assert one.startswith(
        "services.csv, row 3: 'X/imaging' stands here for the second time, after services.csv, row 2."
    )


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("map.csv", b"PK\x03\x04 a workbook", "a spreadsheet program's own file"),
        ("needs.csv", "consumer,provider\nX/\xe9,X/b\n".encode("latin-1"), "row 2: this is not UTF-8"),
        ("map.json", b'{"version": 2}', "no map of care"),
        ("map.zip", b"PK no zip", "no ZIP file that can be read"),
    ],
)
def test_what_is_no_map_at_all_is_said_with_how_to_save_it(name, content, said):
    with pytest.raises(BadInputError, match=said):
        read({name: content})


def test_a_zip_without_tables_is_no_map_of_nothing():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("notes.txt", "none")

    with pytest.raises(BadInputError, match=r"no CSV file in map\.zip"):
        read({"map.zip": out.getvalue()})


def test_of_a_hundred_thousand_faults_some_are_enough():
    rows = "".join(f"X/{number},X/b,many\n" for number in range(20_000))

    assert len(told(NEEDS, "consumer,provider,floor\n" + rows)) == 10_001
