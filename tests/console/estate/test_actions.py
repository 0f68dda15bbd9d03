import hashlib
import json
import stat
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from console.estate.factories import DeviceFactory, SourceFactory
from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import ADMINISTRATOR, AUDITOR, ORGANISATION_CYBER_LEAD
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access.models import AuditEntry
from watchward.console.estate import actions
from watchward.console.estate.lateness import MOST_MINUTES_LATE, MOST_MINUTES_OF_ONE, lateness
from watchward.console.estate.signals import device_marked
from watchward.detect.correlate.marks import Lateness
from watchward.estate.device import Importance
from watchward.estate.shipper import Shipper


@pytest.fixture
def lead():
    """The cyber lead of a trust."""
    return PostFactory(role=ORGANISATION_CYBER_LEAD.key)


@pytest.fixture
def committed(django_capture_on_commit_callbacks):
    """Run what an action does once its transaction is committed."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


def written(keys):
    return json.loads((keys / "sources.json").read_text())["sources"]


def test_a_new_source_gets_a_key_and_the_gateway_learns_its_digest(lead, clock, keys, committed):
    with committed():
        key = actions.add_source(
            by=lead.user, organisation=lead.organisation, name="Collector", shipper=Shipper.WINLOGBEAT, clock=clock
        )

    assert written(keys) == [
        {
            "source": key.source.id,
            "name": "Collector",
            "key_id": key.key_id,
            "digest": hashlib.sha256(key.secret.encode()).hexdigest(),
            "organisation": lead.organisation.code,
            "enabled": True,
        }
    ]
    assert stat.S_IMODE((keys / "sources.json").stat().st_mode) == 0o600
    assert key.secret not in (keys / "sources.json").read_text()


def test_many_sources_are_each_recorded_and_told_to_the_gateway_once(
    node, clock, keys, django_capture_on_commit_callbacks
):
    places = OrganisationFactory.create_batch(3)
    wanted = [actions.NewSource(organisation=place, name="C", shipper=Shipper.CURL) for place in places]

    with django_capture_on_commit_callbacks(execute=True) as calls:
        made = actions.add_sources(by=node, wanted=wanted, clock=clock)
        actions.rotate_source(by=node, source=made[0].source, clock=clock)

    assert len(calls) == 1
    assert {entry["organisation"] for entry in written(keys)} == {place.code for place in places}
    entries = AuditEntry.objects.filter(event="source.added").order_by("number")
    assert [entry.organisation for entry in entries] == [place.code for place in places]


def test_a_change_that_is_taken_back_does_not_keep_a_later_one_from_the_gateway(node, clock, keys, committed):
    place = OrganisationFactory()

    with committed():
        with suppress(ZeroDivisionError), transaction.atomic():
            actions.add_source(by=node, organisation=place, name="Lost", shipper=Shipper.CURL, clock=clock)
            raise ZeroDivisionError
        actions.add_source(by=node, organisation=place, name="Kept", shipper=Shipper.CURL, clock=clock)

    assert [entry["name"] for entry in written(keys)] == ["Kept"]


def test_a_rotated_source_keeps_its_old_key_until_that_is_withdrawn(lead, clock, keys, committed):
    with committed():
        old = actions.add_source(
            by=lead.user, organisation=lead.organisation, name="C", shipper=Shipper.CURL, clock=clock
        )
        new = actions.rotate_source(by=lead.user, source=old.source, clock=clock)
    assert {entry["key_id"] for entry in written(keys)} == {old.key_id, new.key_id}

    with committed():
        credential = old.source.credentials.get(key_id=old.key_id)
        actions.withdraw_credential(by=lead.user, credential=credential, clock=clock)

    assert [entry["key_id"] for entry in written(keys)] == [new.key_id]


def test_a_disabled_source_is_told_to_the_gateway_and_can_be_enabled_again(lead, clock, keys, committed):
    with committed():
        key = actions.add_source(
            by=lead.user, organisation=lead.organisation, name="C", shipper=Shipper.CURL, clock=clock
        )
        actions.disable_source(by=lead.user, source=key.source, clock=clock)
    assert [entry["enabled"] for entry in written(keys)] == [False]

    with committed():
        actions.enable_source(by=lead.user, source=key.source, clock=clock)
    assert [entry["enabled"] for entry in written(keys)] == [True]


def test_an_auditor_may_not_make_a_source_and_a_lead_may_not_elsewhere(lead, clock):
    auditor = PostFactory(role=AUDITOR.key)
    for someone, where in ((auditor.user, auditor.organisation), (lead.user, OrganisationFactory())):
        with pytest.raises(NotAllowedError, match=r"may not .*\(source\.manage\)"):
            actions.add_source(by=someone, organisation=where, name="C", shipper=Shipper.CURL, clock=clock)


def test_a_source_of_another_organisation_cannot_be_touched(lead, clock):
    source = SourceFactory()
    late = partial(actions.allow_lateness, minutes=5)
    for action in (actions.rotate_source, actions.disable_source, actions.enable_source, late):
        with pytest.raises(NotAllowedError):
            action(by=lead.user, source=source, clock=clock)


def test_a_mark_needs_its_reason(lead, clock):
    device = DeviceFactory(organisation=lead.organisation)

    with pytest.raises(BadInputError, match="needs its reason"):
        actions.mark_device(by=lead.user, device=device, importance=Importance.VITAL, reason=" ", clock=clock)


def test_a_mark_is_kept_recorded_and_told_to_the_rest_of_the_console(lead, clock):
    device = DeviceFactory(organisation=lead.organisation)
    told = []
    listener = lambda **said: told.append(said["device"])  # noqa: E731 - held here, because signals keep weak references
    device_marked.connect(listener)

    actions.mark_device(by=lead.user, device=device, importance=Importance.VITAL, reason="Runs theatre 2", clock=clock)

    device.refresh_from_db()
    assert (device.marked, device.marked_reason, device.marked_by) == (
        Importance.VITAL,
        "Runs theatre 2",
        str(lead.user),
    )
    assert told == [device]
    assert AuditEntry.objects.get().event == "device.marked"


def test_how_late_events_may_come_is_the_sources_own_while_it_is_enabled(lead, clock):
    own = SourceFactory(organisation=lead.organisation)
    usual = SourceFactory(organisation=lead.organisation)

    actions.allow_lateness(by=lead.user, source=own, minutes=90, clock=clock)
    actions.allow_lateness(by=lead.user, source=usual, minutes=None, clock=clock)

    hour, ninety = timedelta(hours=1), timedelta(minutes=90)
    assert lateness(hour) == Lateness(usual=hour, sources={own.pk: ninety})
    actions.disable_source(by=lead.user, source=own, clock=clock)
    assert lateness(hour) == Lateness(usual=hour)


@pytest.mark.parametrize("minutes", [-1, MOST_MINUTES_LATE + 1])
def test_a_lateness_that_correlations_could_not_hold_is_refused(lead, clock, minutes):
    source = SourceFactory(organisation=lead.organisation)

    with pytest.raises(BadInputError, match="a week is the most"):
        actions.allow_lateness(by=lead.user, source=source, minutes=minutes, clock=clock)


def test_whoever_manages_one_organisations_sources_may_not_make_everybody_wait_for_days(lead, clock):
    source = SourceFactory(organisation=lead.organisation)
    whole = PostFactory(role=ADMINISTRATOR.key, organisation=None)
    allow = partial(actions.allow_lateness, source=source, clock=clock)

    assert allow(by=lead.user, minutes=MOST_MINUTES_OF_ONE).lateness_minutes == MOST_MINUTES_OF_ONE
    with pytest.raises(BadInputError, match="361 minutes is more than 360, the most that may be allowed for one"):
        allow(by=lead.user, minutes=MOST_MINUTES_OF_ONE + 1)
    allow(by=whole.user, minutes=MOST_MINUTES_LATE)
    assert allow(by=lead.user, minutes=MOST_MINUTES_LATE).lateness_minutes == MOST_MINUTES_LATE
