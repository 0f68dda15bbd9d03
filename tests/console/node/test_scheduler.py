import threading
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.exceptions import TaskResultDoesNotExist

from watchward.base.clock import HeldClock
from watchward.console.jobs import Job, all_jobs
from watchward.console.node.models import JobState
from watchward.console.node.scheduler import Scheduler

pytestmark = pytest.mark.django_db(transaction=True)  # jobs run in threads of their own


def _job(work, name="test.job"):
    return Job(name=name, every=timedelta(minutes=10), work=work, purpose="A job of a test.")


def _run_once(scheduler):
    scheduler.remember()
    scheduler.start_due()
    scheduler.finish()


def test_a_job_that_never_ran_runs_at_once_and_is_remembered(clock):
    ran = []
    _run_once(Scheduler([_job(lambda *, clock: ran.append(clock.now()))], clock=clock))

    assert ran == [clock.now()]
    assert JobState.objects.get().succeeded_at == clock.now()


def test_a_job_waits_for_its_time_even_across_a_restart(clock):
    ran = []
    job = _job(lambda *, clock: ran.append(clock.now()))
    _run_once(Scheduler([job], clock=clock))
    clock.advance(timedelta(minutes=9))
    _run_once(Scheduler([job], clock=clock))
    assert len(ran) == 1

    clock.advance(timedelta(minutes=1))
    _run_once(Scheduler([job], clock=clock))
    assert len(ran) == 2


def test_a_job_that_fails_is_remembered_with_its_reason_and_stops_no_other(clock):
    def fail(**_):
        raise ValueError("the mail server is away")

    ran = []
    other = _job(lambda *, clock: ran.append(clock), name="test.other")
    _run_once(Scheduler([_job(fail), other], clock=clock))

    assert JobState.objects.get(name="test.job").error == "ValueError: the mail server is away"
    assert JobState.objects.get(name="test.job").succeeded_at is None
    assert len(ran) == 1


def test_a_job_does_not_run_twice_at_once(clock):
    go, ran = threading.Event(), []

    def slow(*, clock):
        ran.append(clock.now())
        go.wait(10)

    scheduler = Scheduler([_job(slow)], clock=clock)
    scheduler.remember()
    scheduler.start_due()
    clock.advance(timedelta(minutes=20))
    scheduler.start_due()
    go.set()
    scheduler.finish()

    assert len(ran) == 1


def test_every_job_of_the_console_says_what_it_is_for():
    assert all(job.purpose.endswith(".") for job in all_jobs())
    assert import_string("watchward.console.node.jobs.clear_out")


def test_queued_work_is_done_once_and_forgotten_a_fortnight_later():
    from console.node.queued import DONE, note  # noqa: PLC0415 - reads the models
    from watchward.console.node import jobs  # noqa: PLC0415 - as above

    clock = HeldClock(at=timezone.now())
    result = note.enqueue("this")
    assert not DONE

    jobs.do_queued_work(clock=clock)
    jobs.do_queued_work(clock=clock)
    jobs.clear_out(clock=clock)

    assert DONE == ["this"]
    result.refresh()
    assert result.status == "SUCCESSFUL"
    clock.advance(jobs.KEEP_RESULTS + timedelta(days=1))
    jobs.clear_out(clock=clock)
    with pytest.raises(TaskResultDoesNotExist):
        result.refresh()


def test_a_clock_that_is_set_back_delays_a_job_by_its_interval_at_most(clock):
    ran = []
    scheduler = Scheduler([_job(lambda *, clock: ran.append(clock.now()))], clock=clock)
    _run_once(scheduler)
    back = HeldClock(at=clock.now() - timedelta(days=400))
    scheduler = Scheduler([_job(lambda *, clock: ran.append(clock.now()))], clock=back)
    scheduler.remember()
    scheduler.start_due()
    back.advance(timedelta(minutes=11))
    scheduler.start_due()
    scheduler.finish()

    assert len(ran) == 2
