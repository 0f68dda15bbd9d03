"""Processes that share the work: what comes of it is the same as if one had done it, and in the same order."""

import os
import signal
import time
from collections.abc import Iterator

import pytest

from watchward.base.errors import BadSetupError
from watchward.node.scan.crew import WAITING, Crew, Known
from watchward.telemetry.sources.errors import FileError


def test_results_come_in_the_order_of_their_tasks_whoever_is_quicker():
    def do(task: int) -> Iterator[tuple[int, int]]:
        time.sleep(0.02 if task % 4 == 0 else 0)
        yield from ((task, part) for part in range(task % 3))

    done: list[int] = []
    with Crew(do, members=3) as crew:
        found = list(crew.results(iter(range(20)), done.append))
    assert found == [(task, part) for task in range(20) for part in range(task % 3)]
    assert sorted(done) == list(range(20))


def test_tasks_are_taken_only_when_there_is_room_for_them():
    most = 0
    taken, done = [], []

    def tasks() -> Iterator[int]:
        nonlocal most
        for task in range(30):
            taken.append(task)
            most = max(most, len(taken) - len(done))
            yield task

    with Crew(lambda task: [task], members=2) as crew:
        assert list(crew.results(tasks(), done.append)) == list(range(30))
    assert most <= 4


def test_what_is_known_already_keeps_its_place_and_is_sent_to_no_process():
    done: list[int] = []
    with Crew(lambda task: [task], members=2) as crew:
        tasks = [Known(b"0" * (1 << 20)), 1, Known(2), 3, Known(4)]
        found = list(crew.results(iter(tasks), done.append))
    assert [len(found[0]), *found[1:]] == [1 << 20, 1, 2, 3, 4]
    assert sorted(done) == [1, 3]


def test_few_results_wait_behind_a_slow_task():
    first, taken = 0, []

    def tasks() -> Iterator[int]:
        for task in range(200):
            taken.append(task)
            yield task

    def do(task: int) -> Iterator[int]:
        time.sleep(0.5 if task == first else 0)
        yield task

    with Crew(do, members=2) as crew:
        results = crew.results(tasks(), lambda _: None)
        assert next(results) == first
        assert len(taken) <= 2 * WAITING
        assert [first, *results] == list(range(200))


def test_processes_know_what_was_in_memory_when_they_began():
    known = {"a": 1}
    with Crew(lambda task: [known[task], os.getpid()], members=1) as crew:
        known["a"] = 2
        value, process = crew.results(iter("a"), print)
    assert value == 1
    assert process != os.getpid()


def test_what_a_process_raises_is_raised_with_its_trace_where_the_results_are_taken():
    def do(task: int) -> Iterator[int]:
        yield task // 0

    with Crew(do, members=2) as crew, pytest.raises(ZeroDivisionError) as raised:
        list(crew.results(iter([1, 2]), print))
    assert "in do" in raised.value.__notes__[0]


def test_an_error_with_advice_keeps_it_on_the_way_from_a_process():
    def do(task: int) -> Iterator[int]:
        raise FileError(f"{task} cannot be read.", advice="Copy it anew.")

    with Crew(do, members=1) as crew, pytest.raises(FileError, match="1 cannot be read") as raised:
        list(crew.results(iter([1]), print))
    assert raised.value.advice == "Copy it anew."


def test_an_error_that_cannot_be_sent_is_told_in_words():
    class OfItsOwnError(Exception):
        pass

    def do(task: int) -> Iterator[int]:
        raise OfItsOwnError(f"number {task}")

    with Crew(do, members=1) as crew, pytest.raises(RuntimeError, match="OfItsOwnError: number 1") as raised:
        list(crew.results(iter([1]), print))
    assert "in do" in raised.value.__notes__[0]


def test_what_a_process_raised_is_heard_even_when_its_next_task_comes_too_late():
    def do(task: int) -> Iterator[int]:
        yield task // 0

    def tasks() -> Iterator[int]:
        yield 1
        time.sleep(0.2)
        yield 2

    with Crew(do, members=1) as crew, pytest.raises(ZeroDivisionError):
        list(crew.results(tasks(), print))


def test_a_process_that_is_killed_is_told_with_advice():
    def do(task: int) -> Iterator[int]:
        yield task
        os.kill(os.getpid(), signal.SIGKILL)

    with Crew(do, members=2) as crew, pytest.raises(BadSetupError, match="exit code -9") as raised:
        list(crew.results(iter([1, 2, 3]), print))
    assert "memory" in raised.value.advice


def test_a_crew_ends_with_its_context_even_in_the_middle_of_its_work():
    def do(task: int) -> Iterator[int]:
        yield os.getpid() * task
        time.sleep(600)

    with Crew(do, members=2) as crew:
        process = next(crew.results(iter([1, 2]), print))
        os.kill(process, 0)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)


def test_interrupting_the_first_process_does_not_disturb_the_others():
    def do(task: int) -> Iterator[int]:
        os.kill(os.getpid(), signal.SIGINT)
        yield task

    with Crew(do, members=1) as crew:
        assert list(crew.results(iter([1]), print)) == [1]


def test_memory_of_a_crew_is_what_it_holds_of_its_own():
    held = []

    def do(mebibytes: int) -> Iterator[int]:
        held.append(bytearray(os.urandom(1 << 20) * mebibytes))
        yield len(held)

    with Crew(do, members=1) as crew:
        list(crew.results(iter([1]), print))
        before = crew.memory()
        list(crew.results(iter([50]), print))
        assert 40 << 20 < crew.memory() - before < 120 << 20
