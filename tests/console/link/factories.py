"""Links; defaults are valid and dull."""

from datetime import UTC, datetime

import factory
from factory.django import DjangoModelFactory

from console.factories import OrganisationFactory
from watchward.console.link.models import HeldHead, Invitation, Passage, Peer, Refusal


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


AT = datetime(2026, 3, 1, 9, tzinfo=UTC)


def a_parent(**given):
    """The node above."""
    return PeerFactory(**{"way": Peer.Way.PARENT, "organisation": None, "name": "The nation", **given})


def an_invitation(organisation=None, **given):
    """A code that nobody has used."""
    defaults = {"number": "0" * 16, "name": "A new node", "made_at": AT, "made_by": "Ada", "until": AT}
    return Invitation.objects.create(**{**defaults, "organisation": organisation or OrganisationFactory(), **given})


def a_passage(peer, kind="audit_head", fate=Passage.Fate.LEFT, **given):
    """Some of one class that passed on one day."""
    defaults = {"day": AT.date(), "count": 3, "size": 300, "why": "every hour", "first_at": AT, "last_at": AT}
    return Passage.objects.create(**{**defaults, "peer": peer, "kind": kind, "fate": fate, **given})


def a_refusal(peer, **given):
    """Something that was not taken."""
    defaults = {"kind": "audit_head", "envelope_id": "17-abc", "reason": "It is no head of an audit log.", "at": AT}
    return Refusal.objects.create(**{**defaults, "peer": peer, **given})


def a_head(peer, number=10, at=AT, **given):
    """A head of a child's audit log."""
    defaults = {"digest": "a" * 64, "signed_at": at.isoformat(), "public": "b" * 64, "signature": "c" * 128}
    return HeldHead.objects.create(
        **{**defaults, "peer": peer, "number": number, "came_at": at, "seen_at": at, **given}
    )
