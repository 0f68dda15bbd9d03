"""The worker does what somebody waits for at once, and not only when its turn comes."""

import pytest
from django.db import transaction

from console.factories import OrganisationFactory
from console.intel.factories import a_collection, add, an_indicator
from console.protect.factories import NODE, a_block, a_clock
from watchward.console.intel.adapters import publish
from watchward.console.jobs import all_jobs
from watchward.console.node.models import JobState
from watchward.console.node.scheduler import Scheduler
from watchward.console.protect import own_actions
from watchward.console.protect.models import Block, Check
from watchward.console.protect.rows import CHECKS
from watchward.respond.blocks.adopting import Policy

pytestmark = pytest.mark.django_db(transaction=True)  # jobs run in threads of their own


@pytest.fixture
def worker():
    """A worker that has just looked at harm: on its clock, the turn of that never comes again."""
    job = next(one for one in all_jobs() if one.name == CHECKS)
    JobState.objects.create(name=job.name, started_at=a_clock().now())
    made = Scheduler([job], clock=a_clock())
    made.remember()
    yield made
    made.finish()


def next_look(worker):
    worker.start_due()
    worker.finish()


def test_a_policys_look_at_harm_does_not_wait_for_the_workers_turn(worker):
    collection = a_collection()
    policy = Policy(confidence=15)
    own_actions.write_policy(by=NODE, organisation=collection.organisation, policy=policy, clock=a_clock())
    add(collection, an_indicator(confidence=85))
    publish(clock=a_clock())
    assert Block.objects.get().state == "proposed"

    next_look(worker)

    assert Block.objects.get().state == "in_force"


def test_a_persons_question_what_a_block_would_do_to_care_is_answered_at_once(worker):
    a_block(OrganisationFactory())

    next_look(worker)

    assert Check.objects.get().finished_at is not None


@pytest.mark.usefixtures("worker")
def test_nobody_calls_the_worker_for_what_was_not_kept(home):
    def fails():
        with transaction.atomic():
            a_block(OrganisationFactory())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails()

    assert not (home / "calls").exists()


def test_a_call_that_no_job_knows_is_taken_away_and_harms_nothing(worker, home):
    (home / "calls").mkdir()
    (home / "calls" / "protect.renamed").touch()

    next_look(worker)

    assert not any((home / "calls").iterdir())
