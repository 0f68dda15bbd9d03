import pytest

from watchward.gateway.delivery import BusyError
from watchward.gateway.intake import Intake


def an_intake(tmp_path, **limits):
    return Intake(folder=tmp_path, **{"capacity_bytes": 100, "least_free_bytes": 0, **limits})


def test_a_sender_faster_than_the_node_is_asked_to_come_again_soon(tmp_path):
    intake = an_intake(tmp_path)
    intake.take(80)

    with pytest.raises(BusyError) as caught:
        intake.take(30)

    assert (caught.value.status, caught.value.retry_after) == (429, 1)


def test_room_that_was_given_back_can_be_taken_again(tmp_path):
    intake = an_intake(tmp_path)
    intake.take(80)
    intake.give_back(80)

    intake.take(100)

    assert intake.waiting_bytes == 100


def test_one_body_larger_than_all_room_is_taken_when_nothing_else_waits(tmp_path):
    intake = an_intake(tmp_path)

    intake.take(1_000)

    assert intake.waiting_bytes == 1_000


def test_a_disk_that_is_nearly_full_takes_nothing(tmp_path):
    with pytest.raises(BusyError) as caught:
        an_intake(tmp_path, least_free_bytes=1 << 60).take(1)

    assert caught.value.status == 503
