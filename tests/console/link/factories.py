"""Links; defaults are valid and dull."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from console.factories import OrganisationFactory
from watchward.console.link.models import Peer


class PeerFactory(DjangoModelFactory):
    """A child that speaks for an invented trust."""

    class Meta:
        model = Peer

    node = factory.Sequence(lambda n: f"{n:032x}")
    name = factory.Sequence(lambda n: f"Node {n}")
    way = Peer.Way.CHILD
    organisation = factory.SubFactory(OrganisationFactory)
    key = factory.Sequence(lambda n: f"{n:064x}")
    joined_at = datetime(2026, 3, 1, 9, tzinfo=UTC)
    joined_by = "Ada"
