"""Collections, clients and objects; defaults are valid and dull."""

import json
from datetime import UTC, datetime
from uuid import UUID, uuid4, uuid5

from console.factories import OrganisationFactory
from watchward.base.clock import HeldClock
from watchward.console.access.guard import Service
from watchward.console.intel import actions
from watchward.console.intel.actions import NewCollection, Server, Share, Wanted
from watchward.console.intel.models import SharedAlert
from watchward.intel.markings import Tlp

NODE = Service(name="Test")
MOMENT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
_NAMES = UUID("00000000-0000-4000-8000-000000000000")


def a_clock():
    return HeldClock(at=MOMENT)


def a_collection(organisation=None, *, clock=None, **given):
    wanted = {"title": "Shared indicators", "unmarked": Tlp.GREEN, **given}
    collection = NewCollection(organisation=organisation or OrganisationFactory(), **wanted)
    return actions.add_collection(by=NODE, collection=collection, clock=clock or a_clock())


def a_key(*collections, organisation=None, write=True, name="A program"):
    organisation = organisation or collections[0].organisation
    scopes = [Wanted(collection=one, write=write) for one in collections]
    return actions.add_client(by=NODE, organisation=organisation, name=name, scopes=scopes, clock=a_clock())


def an_indicator(value="198.51.100.1", *, modified="2026-02-01T00:00:00.000Z", **given):
    """An indicator of an address; of the same address, the same identifier."""
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--{uuid5(_NAMES, value)}",
        "created": "2026-02-01T00:00:00.000Z",
        "modified": modified,
        "name": f"Address {value}",
        "indicator_types": ["malicious-activity"],
        "pattern": f"[ipv4-addr:value = '{value}']",
        "pattern_type": "stix",
        "valid_from": "2026-02-01T00:00:00Z",
        **given,
    }


def a_sighting(of, **given):
    return {
        "type": "sighting",
        "spec_version": "2.1",
        "id": f"sighting--{uuid4()}",
        "created": "2026-02-02T00:00:00.000Z",
        "modified": "2026-02-02T00:00:00.000Z",
        "sighting_of_ref": of["id"],
        "count": 3,
        **given,
    }


def envelope(*objects):
    """The text of an envelope, with its objects just as `json` writes them."""
    return json.dumps({"objects": list(objects)}).encode()


def add(collection, *objects, by=NODE, clock=None):
    return actions.add_objects(by=by, collection=collection, raw=envelope(*objects), clock=clock or a_clock())


def share(collection, organisation, *, read=True, write=False):
    """Let an organisation (None: every one) use a collection."""
    given = Share(organisation=organisation, read=read, write=write)
    actions.share_collection(by=NODE, collection=collection, share=given, clock=a_clock())


def a_share(alert):
    """The record that an alert was shared."""
    return SharedAlert.objects.create(
        alert=alert.pk, title="A program", organisation=alert.organisation, collection=a_collection(alert.organisation),
        level=Tlp.GREEN.value, shared_at=MOMENT, shared_by="Somebody",
    )  # fmt: skip


def a_source(collection=None, *, name="A neighbour", **given):
    """A server of another organisation that is polled."""
    server = Server(**{"url": "https://taxii.example/api/collections/1/", **given})
    return actions.add_source(
        by=NODE, collection=collection or a_collection(), name=name, server=server, clock=a_clock()
    )


def a_group(name, *members):
    """A sharing group with some members."""
    return actions.change_group(by=NODE, name=name, members=members, clock=a_clock())
