import json

import pytest
from django.db import transaction

from console.factories import OrganisationFactory, PostFactory, UserFactory
from watchward.access.roles import BOARD_MEMBER
from watchward.base.audit import AuditEvent
from watchward.base.errors import NotAllowedError
from watchward.console.access import actions
from watchward.console.access.audit import record, recorded_last
from watchward.console.access.guard import Service
from watchward.console.access.models import AuditEntry, Post


def test_giving_a_role_is_recorded_with_who_what_and_where(clock):
    organisation = OrganisationFactory()
    administrator = PostFactory(organisation=organisation).user

    actions.give_post(by=administrator, user=UserFactory(), role=BOARD_MEMBER, organisation=organisation, clock=clock)

    entry = AuditEntry.objects.get()
    assert (entry.event, entry.actor_name, entry.organisation) == ("post.given", administrator.name, organisation.code)
    assert json.loads(entry.details) == {"role": "Board member"}
    assert entry.at == clock.now()


def test_a_refused_action_leaves_no_trace_of_having_happened(clock):
    with pytest.raises(NotAllowedError):
        actions.give_post(
            by=UserFactory(), user=UserFactory(), role=BOARD_MEMBER, organisation=OrganisationFactory(), clock=clock
        )

    assert not Post.objects.filter(role=BOARD_MEMBER.key).exists()
    assert not AuditEntry.objects.exists()


def test_each_entry_names_the_digest_of_the_one_before(clock):
    for count in range(3):
        record(AuditEvent.ORGANISATIONS_IMPORTED, by=Service(name="worker"), subject="file", clock=clock, count=count)

    first, second, third = AuditEntry.objects.order_by("number")
    assert (second.previous, third.previous) == (first.digest, second.digest)
    assert [entry.number for entry in (first, second, third)] == [1, 2, 3]


def test_an_entry_falls_with_its_transaction(clock):
    with transaction.atomic():
        record(AuditEvent.USER_DISABLED, by=Service(name="worker"), subject="log", clock=clock)
        transaction.set_rollback(True)

    assert not AuditEntry.objects.exists()


def test_entries_that_are_added_last_stand_in_order_without_those_that_were_undone(clock):
    worker = Service(name="worker")
    with transaction.atomic(), recorded_last():
        record(AuditEvent.USER_DISABLED, by=worker, subject="first", clock=clock)
        with transaction.atomic(), recorded_last():
            record(AuditEvent.USER_DISABLED, by=worker, subject="undone", clock=clock)
            transaction.set_rollback(True)
        with transaction.atomic(), recorded_last():
            record(AuditEvent.USER_DISABLED, by=worker, subject="second", clock=clock)
        assert not AuditEntry.objects.exists()

    first, second = AuditEntry.objects.order_by("number")
    assert (first.subject, second.subject, second.previous) == ("first", "second", first.digest)
