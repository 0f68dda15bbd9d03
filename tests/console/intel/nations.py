"""A nation of nodes in one process: the nation, a region, and trusts with nodes of their own, with one register."""

import json
import shutil
from contextlib import contextmanager
from datetime import UTC, datetime

from django.db import transaction

from console.factories import OrganisationFactory
from console.intel.factories import a_collection, add, an_indicator, share
from console.link.nodes import Node, empty_database, exchange, join
from watchward.base.clock import HeldClock
from watchward.console.estate.models import Organisation
from watchward.console.intel import adapters, guard, linking
from watchward.console.intel.link_wire import KIND, envelope_id
from watchward.console.intel.models import Collection, Object
from watchward.console.link.models import Peer, Refusal
from watchward.intel.exact.folder import kept
from watchward.link.stream import Envelope

REGISTER = (
    ("N1", None, "nation"), ("R1", "N1", "region"), ("T1", "R1", "trust"), ("S1", "T1", "trust_site"),
    ("T2", "R1", "trust"), ("S2", "T2", "trust_site"), ("R2", "N1", "region"), ("T3", "R2", "trust"),
    ("T4", "R2", "trust"),
)  # fmt: skip

_ABOVE = {"R1": "N1", "R2": "N1", "T1": "R1", "T2": "R1", "T3": "R2"}


class Place(Node):
    """A node with the register, whose intelligence is its own."""

    def __post_init__(self):
        if self.home.exists():
            return  # a copy of one that was made before
        super().__post_init__()
        with self.inside():
            known = {}
            for code, above, kind in REGISTER:
                known[code] = OrganisationFactory(code=code, name=f"Place {code}", parent=known.get(above), kind=kind)

    @contextmanager
    def inside(self):
        """Be on this node, whose clock is its own: by the real one, what the tests share has faded."""
        real, linking.CLOCK = linking.CLOCK, self.clock
        try:
            with super().inside():
                yield self
        finally:
            linking.CLOCK = real

    def register(self):
        """Only what is registered anyway: intelligence, blocks and the rest."""
        guard._admitted.cache_clear()
        guard._audiences.cache_clear()
        guard._caller.cache_clear()

    def collection(self, code, title="Shared", *, opened=True, **given):
        """A collection of an organisation, which every organisation may read."""
        with self.inside():
            made = a_collection(Organisation.objects.get(code=code), clock=self.clock, title=title, **given)
            if opened:
                share(made, None, write=True)
            return made.pk

    def put(self, collection, *objects):
        """Bring objects by hand."""
        with self.inside():
            return add(Collection.objects.get(pk=collection), *objects, clock=self.clock)

    def titles(self):
        """What holds here, of what can be looked for."""
        with self.inside():
            found = Object.objects.filter(current=True, revoked=False, type="indicator")
            return set(found.values_list("title", flat=True))

    def looks_for(self):
        """What the gateways of this node look for."""
        with self.inside():
            return sorted({entry.observable.value for entry in kept(adapters.exact_folder())})

    def may_have(self, code):
        """The titles of what an organisation may have here, as its programs do."""
        with self.inside():
            reader = guard.reader_of(Organisation.objects.get(code=code), person=False)
            found = Object.objects.filter(audience__in=guard.audiences_for(reader), current=True)
            return set(found.values_list("title", flat=True))

    def refusals(self, *, there=False):
        """Why something was refused here, or by those whom this node told."""
        with self.inside():
            return sorted(Refusal.objects.filter(there=there).values_list("reason", flat=True))

    def peer(self, name):
        """A node to which it is linked; only inside."""
        return Peer.objects.get(name__in=[name, f"{name.lower()}.example"])


class Nation:
    """The nation above two regions, and trusts below one: N1 over R1 (over T1 and T2) and R2 (over T3)."""

    def __init__(self, folder, *, like=None):
        if like is not None:
            shutil.copytree(like, folder, dirs_exist_ok=True)
        empty = folder / "empty.db" if like else empty_database(folder)
        self.nodes = {}
        for name in ("N1", *_ABOVE):
            clock = HeldClock(at=datetime(2026, 3, 1, 9, tzinfo=UTC))
            self.nodes[name] = Place(name, folder / name, empty, clock)
        for child, parent in _ABOVE.items():
            self[child].parent_at = self[parent]
        if like is None:
            for child, parent in _ABOVE.items():
                join(self[child], self[parent])
            self.rest()
            self.rest()

    def __getitem__(self, name):
        return self.nodes[name]

    def rest(self):
        """Let all speak until nobody has anything to say; children first, so that what goes up comes down again."""
        for name in ("T1", "T2", "T3", "R1", "R2", "R1", "T1", "T2", "T3"):
            exchange(self[name])

    def tell(self, *bodies, to="R1", by="T1"):
        """Have a node tell another something in one batch, past its own checks; why some of it was refused."""
        with self[to].inside(), transaction.atomic():
            refused = linking.take_many(envelopes(*bodies), self[to].peer(by), self[to].clock.now())
        return "; ".join(refused.values())

    def titles(self):
        return {name: node.titles() for name, node in self.nodes.items()}


def envelopes(*bodies):
    """What was told as it travels."""
    said = [(json.loads(body), body) for body in bodies]
    names = [envelope_id(one["channel"], one["stix_id"]) for one, _ in said]
    return [Envelope(kind=KIND, id=name, made_at="x", body=body) for name, (_, body) in zip(names, said, strict=True)]


def told(*, channel="c0ffee", owner="T1", to=None, below=False, **given):
    """What a node tells of an object, as the body of an envelope."""
    definitions = [json.dumps(one) for one in given.pop("definitions", ())]
    document = given.pop("document", None) or an_indicator(**given)
    said = {"channel": channel, "stix_id": document["id"], "object": json.dumps(document), "owner": owner, "to": to}
    return json.dumps({**said, "below": below, "definitions": definitions}).encode()
