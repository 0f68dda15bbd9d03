from hypothesis import given
from hypothesis import strategies as st

from watchward.estate.hexes import Hex, layout

BOARDS = st.dictionaries(st.integers(1, 60).map("X-I{}".format), st.sampled_from(["X-R1", "X-R2", "X-R3", ""]))


@given(BOARDS)
def test_every_board_has_a_hexagon_of_its_own(boards):
    found = layout(boards)

    assert found.keys() == boards.keys()
    assert len(set(found.values())) == len(boards)


@given(BOARDS)
def test_the_order_of_listing_moves_no_board(boards):
    assert layout(dict(reversed(boards.items()))) == layout(boards)


def test_boards_of_one_region_lie_together():
    found = layout({f"X-I{number}": f"X-R{number % 2}" for number in range(8)})

    columns = [{found[f"X-I{number}"].column for number in range(start, 8, 2)} for start in (0, 1)]
    assert max(columns[0]) < min(columns[1])


def test_england_is_drawn_before_and_after_the_mergers():
    before, after = layout({"QHM": "Y63", "QXU": "Y59", "QT6": "Y58"}), layout({"QHM": "Y63", "S9B9J": "Y59"})

    assert before["QHM"] == after["QHM"] == Hex(0, 3)
    assert before["QT6"].row > before["QXU"].row > before["QHM"].row
    assert after["S9B9J"].row > after["QHM"].row


def test_every_board_of_the_register_is_on_the_map(shared_data):
    lines = (shared_data / "open/organisations/icbs_2026-04.csv").read_text().splitlines()[1:]

    codes = {line.partition(",")[0] for line in lines}
    assert len(codes) == 36
    assert len({hexagon.row for hexagon in layout(dict.fromkeys(codes, "")).values()}) == 11
