"""Rows are locked in one order, whatever a batch of a link holds (ADR 0270)."""

import json
import re
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from console.advisory.factories import an_issued, says_for
from console.factories import OrganisationFactory
from console.hunts.asking import a_question
from console.hunts.factories import QuestionFactory
from console.intel.factories import NODE, a_collection, add, an_indicator
from console.intel.nations import envelopes, told
from console.link.factories import PeerFactory, a_parent, a_refusal
from console.protect.factories import tried
from console.waiting import PATIENCE, meanwhile, until_somebody_waits
from watchward.base.clock import HeldClock
from watchward.console.access.models import AuditEntry
from watchward.console.estate.actions import import_organisations
from watchward.console.intel import retiring_actions
from watchward.console.intel.actions import Server, add_source, change_group
from watchward.console.intel.models import Object
from watchward.console.link import hearing, kinds
from watchward.console.link.kinds import COMPLETE
from watchward.estate.organisation import OrganisationKind, OrganisationRecord
from watchward.intel.markings import Tlp
from watchward.link.stream import Batch, Envelope
from watchward.respond.advisory.as_json import as_json

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
CLOCK = HeldClock(at=NOW)
GREEN = {"object_marking_refs": [Tlp.GREEN.marking]}
_WRITES = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
_LOCKS = re.compile(r'^SELECT .*? FROM "(\w+)".* FOR UPDATE', re.DOTALL)
LOG = {"access_audithead", "access_auditentry"}
pytestmark = pytest.mark.django_db


def at(**after):
    return (NOW + timedelta(**after)).isoformat()


def envelope(kind, key, body):
    return Envelope(kind=kind, id=key, made_at=at(), body=json.dumps(body).encode())


def indicator(value="198.51.100.7", **given):
    return envelopes(told(value=value, **GREEN, **given))[0]


def question():
    times = {"since": at(days=-7), "until": at(), "at": at(), "ends_at": at(days=7)}
    return envelope("question", "a" * 32, a_question(**times))


def from_above(place):
    """The node above, and one of each class of data that it tells; what belongs to collections comes last."""
    block = {
        "kind": "domain", "value": "evil.example", "reach": "nation", "state": "in_force", "why": "It steals.",
        "proposed_by": "Ada", "proposed_at": at(), "since": at(), "until": at(days=30), "where": [],
    }  # fmt: skip
    says = as_json(says_for(place, now=NOW))
    issued = {"issued_at": at(hours=-1), "at": at(hours=-1), "issued_by": "Ada", "place": place.code}
    help_ = {"advisory": "b" * 32, "by": "Ada", "note": "Here.", "at": at(), "codes": [place.code]}
    return a_parent(), [
        question(),
        envelope("advisory", "b" * 32, {"number": "CC-0009", "version": 1, "says": says, **issued}),
        envelope("advisory_help", "c" * 32, help_),
        envelope("block", "block--01", block),
        envelope("block_switch", "switch", {"thrown_at": None, "by": "Ada", "why": ""}),
        envelope("intel_place", "place", {"parent": [], "child": place.code}),
        indicator(),
    ]


def from_below():
    """A child, and one of each class of data that it tells; what belongs to collections comes last."""
    block, place = tried()
    peer = PeerFactory(organisation=place)
    asked = QuestionFactory(since=NOW - timedelta(days=7), until=NOW, at=NOW, ends_at=NOW + timedelta(days=7))
    asked.to.set([peer])
    alert = an_issued(place, clock=HeldClock(at=NOW - timedelta(hours=2)))
    counted = {"question": asked.pk, "code": place.code, "name": place.name, "state": "counted", "at": at()}
    said = {"standing": "done", "asked_at": at(hours=-2), "said_at": at(hours=-1), "voice": "own", "by": "Ada"}
    sign = {"block": block.key, "organisation": place.code, "sign": "silent", "thing": "lab1", "at": at()}
    return peer, [
        envelope("audit_head", "1-x", {}),
        envelope("answer", "d" * 32, counted),
        envelope("advisory_answer", "e" * 32, {"advisory": alert.key, "version": 1, "code": place.code, **said}),
        envelope("block_vote", "f" * 32, sign),
        indicator(owner=place.code),
    ]


def after(peer, *new):
    """The next batch of a peer."""
    return Batch(after=hearing.stands(peer), envelopes=tuple(new))


@contextmanager
def locks():
    """The tables of which rows are held meanwhile, in order; SQLite says nothing of those that are only read."""
    found = []

    def note(execute, sql, *more):
        if held := _LOCKS.match(sql) or _WRITES.match(sql):
            found.append(held[1])
        return execute(sql, *more)

    with connection.execute_wrapper(note):
        yield found


def require_order(held):
    """Collections are held before all but the stream itself, and the end of the log after all else."""
    first = held.index("access_audithead")
    assert set(held[first:]) <= LOG, f"held after the end of the log: {held[first:]}"
    rest = [one for one in held if one != "link_hearing"]
    if connection.vendor == "postgresql":
        assert rest[0] == "intel_collection", f"held before collections: {rest[: rest.index('intel_collection')]}"


@pytest.mark.parametrize("way", ["above", "below"])
def test_a_batch_of_every_class_holds_collections_first_and_the_end_of_the_log_last(way):
    peer, new = from_above(OrganisationFactory()) if way == "above" else from_below()
    told_of = {one.kind for one in new}
    assert told_of >= {one.name for one in kinds.all_kinds() if one.may_come_from(peer)}, "a class without an example"
    hearing.take(peer, after(peer, indicator("198.51.100.9", owner=json.loads(new[-1].body)["owner"])), clock=CLOCK)
    before = AuditEntry.objects.count()

    with locks() as held:
        done = hearing.take(peer, after(peer, *new), clock=CLOCK)

    assert {kind for kind, *_ in done.refused} <= {"audit_head"}
    assert AuditEntry.objects.count() > before
    require_order(held)


def test_what_ends_an_epoch_holds_the_collections_of_its_peer_first_too():
    place = OrganisationFactory()
    parent, new = from_above(place)
    hearing.take(parent, after(parent, *new), clock=CLOCK)
    over = envelope(COMPLETE, "complete", {"kinds": [one.name for one in kinds.all_kinds()]})

    with locks() as held:
        hearing.take(parent, after(parent, replace(question(), id="9" * 32), over), clock=CLOCK)

    require_order(held)


def test_retiring_a_collection_holds_it_first_and_the_end_of_the_log_last():
    place = a_collection()
    add(place, an_indicator(**GREEN))
    server = Server(url="https://intel.example/taxii2/root/collections/c/")
    add_source(by=NODE, collection=place, name="The intelligence desk", server=server, clock=CLOCK)

    with locks() as held:
        retiring_actions.retire_collection(by=NODE, collection=place, reason="Nobody reads it.", clock=CLOCK)

    require_order(held)


def test_an_import_that_has_a_peer_tell_something_anew_holds_the_end_of_the_log_last():
    parent = a_parent()
    a_refusal(parent, reason=kinds.FOR_NOBODY_HERE)
    hearing.take(parent, after(parent, question()), clock=CLOCK)
    record = OrganisationRecord(code="XT9", name="Invented Trust", kind=OrganisationKind.TRUST)

    with locks() as held:
        import_organisations(by=NODE, records=[record], clock=CLOCK)

    assert "link_hearing" in held
    assert set(held[held.index("access_audithead") :]) <= LOG


@pytest.mark.django_db(transaction=True)
def test_a_batch_with_a_question_and_whoever_holds_collections_do_not_wait_for_each_other_for_ever():
    if connection.vendor != "postgresql":
        pytest.skip("elsewhere one waits for the other before either writes")
    parent = a_parent()
    OrganisationFactory()
    hearing.take(parent, after(parent, indicator()), clock=CLOCK)
    batch = after(parent, question(), indicator("198.51.100.9"))
    hears, found = meanwhile(lambda: hearing.take(parent, batch, clock=CLOCK).refused)

    def let_it_be_heard_meanwhile(execute, sql, *more):
        if "access_audithead" in sql and hears.ident is None:
            hears.start()
            until_somebody_waits()
        return execute(sql, *more)

    with connection.execute_wrapper(let_it_be_heard_meanwhile):
        change_group(by=NODE, name="cardiology", members=[], clock=CLOCK)
    hears.join(PATIENCE)

    assert found == [()]
    assert set(Object.objects.values_list("title", flat=True)) == {"Address 198.51.100.7", "Address 198.51.100.9"}
