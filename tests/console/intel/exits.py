"""Every way out of the node, every marking, every kind of reader: what each may have, as a table written by hand."""

import base64
import re
from dataclasses import dataclass, field

from django.test import Client

from console.detect.journals import a_match, an_entry
from console.factories import OrganisationFactory, PostFactory
from console.intel.factories import MOMENT, NODE, a_clock, a_collection, a_key, add, an_indicator, share
from watchward.access.roles import (
    AUDITOR,
    BOARD_MEMBER,
    NATIONAL_ANALYST,
    ORGANISATION_CYBER_LEAD,
    REGIONAL_LEAD,
)
from watchward.console.config import current
from watchward.console.controls import actions as control_actions
from watchward.console.controls.adapters import write_controls
from watchward.console.detect import adapters
from watchward.console.intel import actions
from watchward.console.intel.adapters import publish
from watchward.console.intel.models import Object, Source
from watchward.console.protect import own_actions
from watchward.console.protect.models import Block
from watchward.console.protect.publishing import publish_everything
from watchward.console.taxii.http import Request
from watchward.console.taxii.server import answer
from watchward.detect.sigma.rule import Level
from watchward.intel.markings import Tlp, group_marking, organisation_group
from watchward.lake.journal import Place, Position
from watchward.lists.controls import Controls
from watchward.lists.forms import Family
from watchward.lists.state import Lists
from watchward.respond.blocks.adopting import Policy

EVERYBODY = frozenset({"N1", "R1", "T1", "S1", "T2", "T3", "T4"})
"""A nation, a region below it, two trusts in that with a site below the first, and two trusts of another region."""

_TLP_1 = {
    "white": "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    "green": "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    "amber": "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    "red": "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
_IMAGING, _EMPTY, _UNHEARD = (group_marking(name) for name in ("Imaging", "Empty", "Unheard of"))
NOWHERE = "marking-definition--00000000-0000-4000-8000-000000000001"
_WHOLE = "object_marking_refs"
_PART = "granular_markings"

MARKED = {
    "TLP:CLEAR": {_WHOLE: [Tlp.CLEAR.marking]},
    "TLP:GREEN": {_WHOLE: [Tlp.GREEN.marking]},
    "TLP:AMBER": {_WHOLE: [Tlp.AMBER.marking]},
    "TLP:AMBER+STRICT": {_WHOLE: [Tlp.AMBER_STRICT.marking]},
    "TLP:RED": {_WHOLE: [Tlp.RED.marking]},
    "TLP 1 WHITE": {_WHOLE: [_TLP_1["white"]]},
    "TLP 1 GREEN": {_WHOLE: [_TLP_1["green"]]},
    "TLP 1 AMBER": {_WHOLE: [_TLP_1["amber"]]},
    "TLP 1 RED": {_WHOLE: [_TLP_1["red"]]},
    "GREEN and the group Imaging": {_WHOLE: [Tlp.GREEN.marking, _IMAGING["id"]]},
    "AMBER and the group Imaging": {_WHOLE: [Tlp.AMBER.marking, _IMAGING["id"]]},
    "a group without members": {_WHOLE: [Tlp.CLEAR.marking, _EMPTY["id"]]},
    "a group that this node does not know": {_WHOLE: [Tlp.CLEAR.marking, _UNHEARD["id"]]},
    "a marking that this node does not know": {_WHOLE: [Tlp.CLEAR.marking, NOWHERE]},
    "CLEAR with a part that is AMBER+STRICT": {
        _WHOLE: [Tlp.CLEAR.marking],
        _PART: [{"marking_ref": Tlp.AMBER_STRICT.marking, "selectors": ["name"]}],
    },
    "CLEAR with a part that is RED": {
        _WHOLE: [Tlp.CLEAR.marking],
        _PART: [{"marking_ref": Tlp.RED.marking, "selectors": ["name"]}],
    },
    "no marking": {},
}

_OWNER = frozenset({"T1"})
_BELOW = frozenset({"T1", "S1"})
_AND_SENT = frozenset({"T2"})
_KEEPER = frozenset({"N1"})
"""Whose collections those are into which T1 put it."""
MAY = {
    "TLP:CLEAR": (EVERYBODY, EVERYBODY),
    "TLP:GREEN": (EVERYBODY, EVERYBODY),
    "TLP:AMBER": (_BELOW | _KEEPER, _BELOW | _KEEPER | _AND_SENT),
    "TLP:AMBER+STRICT": (_OWNER | _KEEPER, _OWNER | _KEEPER | _AND_SENT),
    "TLP:RED": (_OWNER, _OWNER),
    "TLP 1 WHITE": (EVERYBODY, EVERYBODY),
    "TLP 1 GREEN": (EVERYBODY, EVERYBODY),
    "TLP 1 AMBER": (_BELOW | _KEEPER, _BELOW | _KEEPER | _AND_SENT),
    "TLP 1 RED": (_OWNER, _OWNER),
    "GREEN and the group Imaging": (frozenset({"T1", "T3"}), frozenset({"T1", "T3"})),
    "AMBER and the group Imaging": (_OWNER, _OWNER),
    "a group without members": (_OWNER, _OWNER),
    "a group that this node does not know": (_OWNER, _OWNER),
    "a marking that this node does not know": (_OWNER, _OWNER),
    "CLEAR with a part that is AMBER+STRICT": (_OWNER | _KEEPER, _OWNER | _KEEPER | _AND_SENT),
    "CLEAR with a part that is RED": (_OWNER, _OWNER),
    "no marking": (_OWNER | _KEEPER, _OWNER | _KEEPER | _AND_SENT),
}
"""Whose people may have what T1 brought: put into a collection of N1, and sent to T2 besides.

This is the law, said once more by hand.
"""

FOR_PEOPLE = frozenset({"TLP:RED", "TLP 1 RED", "CLEAR with a part that is RED"})
"""What no machine takes away."""

WITHOUT_POLICY = "N1"
"""What the nation blocks, all do: no policy decides that, and its own list stays empty."""

READERS = {
    "a lead of the owner": ("T1", ORGANISATION_CYBER_LEAD),
    "an auditor of the owner": ("T1", AUDITOR),
    "a board member of the owner": ("T1", BOARD_MEMBER),
    "the site below the owner": ("S1", ORGANISATION_CYBER_LEAD),
    "the region above the owner": ("R1", REGIONAL_LEAD),
    "the trust beside, to which it is sent": ("T2", ORGANISATION_CYBER_LEAD),
    "a member of the group": ("T3", ORGANISATION_CYBER_LEAD),
    "a stranger that has joined": ("T4", ORGANISATION_CYBER_LEAD),
    "the nation": ("N1", NATIONAL_ANALYST),
}
PROGRAMS = ("T1", "S1", "R1", "T2", "T3", "T4", "N1")


def mark_of(marking, sent):
    """A word that stands in one object alone."""
    return f"canary{list(MARKED).index(marking):02}{'sent' if sent else 'kept'}"


def value_of(marking, sent):
    """What it names."""
    return f"198.51.{100 + sent}.{list(MARKED).index(marking)}"


@dataclass
class World:
    """What is kept, and who reads."""

    organisations: dict = field(default_factory=dict)
    places: dict = field(default_factory=dict)
    people: dict = field(default_factory=dict)
    keys: dict = field(default_factory=dict)
    objects: dict = field(default_factory=dict)
    lists: dict = field(default_factory=dict)


def build():
    """A node with something under every marking, brought by T1, and an alert of each at every organisation."""
    world = World()
    for code, above, kind in (
        ("N1", None, "nation"), ("R1", "N1", "region"), ("T1", "R1", "trust"), ("S1", "T1", "trust_site"),
        ("T2", "R1", "trust"), ("R2", "N1", "region"), ("T3", "R2", "trust"), ("T4", "R2", "trust"),
    ):  # fmt: skip
        parent = world.organisations.get(above)
        world.organisations[code] = OrganisationFactory(code=code, name=f"Place {code}", parent=parent, kind=kind)
    there = world.organisations
    actions.change_group(by=NODE, name="Imaging", members=[there["T1"], there["T3"]], clock=a_clock())
    actions.change_group(by=NODE, name="Empty", members=[], clock=a_clock())
    for sent, addressed in ((False, []), (True, [organisation_group("T2")])):
        place = a_collection(there["N1"], title=f"Place {sent}", unmarked=Tlp.AMBER_STRICT, addressed=addressed)
        share(place, None, write=True)
        world.places[sent] = place
        key = a_key(place, organisation=there["T1"], name="T1 brings")
        add(place, _IMAGING, _EMPTY, _UNHEARD, by=key.client)
        for marking, given in MARKED.items():
            mark = mark_of(marking, sent)
            says = an_indicator(value_of(marking, sent), name=mark, confidence=95, **given)
            add(place, says, by=key.client)
            world.objects[marking, sent] = Object.objects.get(title=mark)
    for code in PROGRAMS:
        world.keys[code] = a_key(*world.places.values(), organisation=there[code], write=False, name=f"Reads {code}")
    for name, (code, role) in READERS.items():
        client = Client()
        client.force_login(PostFactory(role=role.key, organisation=there[code], user__name=name).user)
        world.people[name] = client
    _raise_alerts(world)
    _block_all(world)
    return world


def _raise_alerts(world):
    """At every organisation, something meets every indicator."""
    pairs = [(code, one) for code in sorted(EVERYBODY) for one in world.objects.values()]
    matches = [
        a_match(
            number,
            rule_id=one.stix_id,
            rule_title=one.title,
            described=f"Looks for {one.title}.",
            author="T1",
            level=Level.HIGH,
            organisation=code,
            device=f"WS-{code}",
        )
        for number, (code, one) in enumerate(pairs)
    ]
    behind = Position(places={"g1": Place(sequence=1, file=0, offset=0)})
    adapters.apply([(behind, an_entry(1, *matches, received_at=MOMENT))], clock=a_clock())


def _block_all(world):
    """All but the nation have a policy that blocks whatever they may have; each has a control that reads its list."""
    for code, organisation in world.organisations.items():
        policy = Policy(confidence=None if code == WITHOUT_POLICY else 1, check_first=False)
        own_actions.write_policy(by=NODE, organisation=organisation, policy=policy, clock=a_clock())
        wanted = control_actions.Wanted(name=f"Resolver of {code}", forms=[Family.RPZ])
        control_actions.add_control(by=NODE, organisation=organisation, wanted=wanted, clock=a_clock())
    publish(clock=a_clock())
    write_controls()
    publish_everything(now=MOMENT)
    controls = Controls(current().keys / "controls.json")
    held = Lists(current().home / "lists", controls, clock=a_clock())
    held.refresh()
    for control in controls.all:
        world.lists[control.organisation] = {item.listed.value for item in held.of(control).view}


def marks_in(text):
    """The objects of which a text says something."""
    return {key for key in ((m, s) for m in MARKED for s in (False, True)) if mark_of(*key) in text}


def allowed(code, *, person):
    """What an organisation may have, by the table."""
    return {
        (marking, sent)
        for marking, both in MAY.items()
        for sent in (False, True)
        if code in both[sent] and (person or marking not in FOR_PEOPLE)
    }


def _page(world, name, address):
    response = world.people[name].get(address)
    assert response.status_code in (200, 403, 404), f"{address} was not driven: {response.status_code}"
    return response.content.decode() if response.status_code == 200 else ""


def list_of_objects(world, name):
    """The list of objects."""
    return marks_in(_page(world, name, "/intelligence/objects/"))


def pages_of_objects(world, name):
    """The page of each object."""
    seen = set()
    for key, one in world.objects.items():
        seen |= marks_in(_page(world, name, f"/intelligence/objects/{one.pk}/")) & {key}
    return seen


def search(world, name):
    """A search for the value that an indicator looks for."""
    seen = set()
    for number in range(len(MARKED)):
        for sent in (False, True):
            seen |= marks_in(_page(world, name, f"/intelligence/objects/?text=198.51.{100 + sent}.{number}"))
    return seen


def pages_of_collections(world, name):
    """The pages of the collections: what came last, narrowed to what may be seen."""
    return set().union(*(
        marks_in(_page(world, name, f"/intelligence/collections/{one.pk}/")) for one in world.places.values()
    ))  # fmt: skip


def pages_of_sources(world, name):
    """The pages of the sources, and of what was refused of them."""
    keys = Source.objects.values_list("pk", flat=True)
    return set().union(*(marks_in(_page(world, name, f"/intelligence/sources/{key}/")) for key in keys))


def audit_log(world, name):
    """The audit log, as a page and by the REST API."""
    return marks_in(_page(world, name, "/audit/") + _page(world, name, "/api/v1/audit"))


def alerts(world, name):
    """Alerts that indicators raised: lists, pages, the REST API and its export."""
    text = _page(world, name, "/alerts/") + _page(world, name, "/overview/") + _page(world, name, "/rules/")
    seen, page = marks_in(text), 1
    while page < 12 and (found := world.people[name].get(f"/api/v1/alerts?page={page}")).status_code == 200:
        seen |= marks_in(found.content.decode())
        items = found.json()["items"]
        if not items:
            break
        page += 1
        for one in items[:6]:
            seen |= marks_in(_page(world, name, f"/alerts/{one['id']}/"))
            seen |= marks_in(_page(world, name, f"/api/v1/alerts/{one['id']}/ocsf"))
    return seen


def _taxii(world, code, place, rest, **query):
    key = world.keys[code]
    shown = base64.b64encode(f"{key.client.key_id}:{key.secret}".encode()).decode()
    headers = {"authorization": f"Basic {shown}", "accept": "application/taxii+json;version=2.1"}
    path = f"/intelligence/collections/{place.pk}/{rest}"
    told = answer(Request(method="GET", path=path, query=query, headers=headers, body=b""), clock=a_clock())
    return told.body.decode() if told.status == 200 else ""


def taxii_objects(world, code):
    """TAXII: all objects of a collection."""
    return marks_in("".join(_taxii(world, code, place, "objects/") for place in world.places.values()))


def taxii_manifest(world, code):
    """TAXII: the manifest, which names identifiers alone."""
    text = "".join(_taxii(world, code, place, "manifest/") for place in world.places.values())
    return {key for key, one in world.objects.items() if one.stix_id in text}


def taxii_object(world, code):
    """TAXII: one object by its identifier, and its versions."""
    seen = set()
    for key, one in world.objects.items():
        place = world.places[key[1]]
        text = _taxii(world, code, place, f"objects/{one.stix_id}/")
        versions = _taxii(world, code, place, f"objects/{one.stix_id}/versions/")
        seen |= {key} if mark_of(*key) in text or versions else set()
    return seen


def blocked(world, code):
    """What controls of an organisation read in their lists, which its policy fills."""
    every = {(m, s) for m in MARKED for s in (False, True)}
    return {key for key in every if value_of(*key) in world.lists[code]}


def blocks(world, name):
    """What blocks say of the indicators behind them: the list, pages, and the REST API."""
    seen = set()
    for page in range(1, 10):
        seen |= marks_in(_page(world, name, f"/blocks/?page={page}"))
        seen |= marks_in(_page(world, name, f"/api/v1/blocks?page={page}"))
    for pk in Block.objects.values_list("pk", flat=True):
        seen |= marks_in(_page(world, name, f"/blocks/{pk}/"))
    return seen


def values_of_blocks(world, name):
    """What blocks say is blocked: the list, pages, and the REST API."""
    pages = [_page(world, name, f"/blocks/?page={page}") for page in range(1, 10)]
    pages += [_page(world, name, f"/api/v1/blocks?page={page}") for page in range(1, 10)]
    pages += [_page(world, name, f"/blocks/{pk}/") for pk in Block.objects.values_list("pk", flat=True)]
    text = " ".join(pages)
    every = {(m, s) for m in MARKED for s in (False, True)}
    return {key for key in every if re.search(rf"(?<![\d.]){re.escape(value_of(*key))}(?![\d.])", text)}


FULL = {"the list of objects": list_of_objects, "each object's page": pages_of_objects, "search by value": search}
"""Ways out for people that show all that they may have."""
PARTIAL = {
    "pages of collections": pages_of_collections,
    "pages of sources": pages_of_sources,
    "the audit log": audit_log,
}
"""Ways out for people that show some of it."""
MACHINE = {
    "TAXII objects": taxii_objects,
    "TAXII manifest": taxii_manifest,
    "TAXII object and versions": taxii_object,
    "protective lists": blocked,
}
"""Ways out for programs."""
TOLD = {
    "alerts that indicators raised: the list, the overview, pages, the REST API and OCSF": alerts,
    "blocks that policies made of them: the list, pages and the REST API": blocks,
}
"""Ways out that say what is looked for or blocked, to all who read alerts or blocks there; and no more of it."""
BY_LINKS = ("links to nodes below", "links to nodes above, and through them to others")
"""Ways out to other nodes, which test_linking.py drives."""


def told_to_all():
    """What the alerts of indicators say to all who read alerts."""
    return {(m, s) for m, both in MAY.items() for s in (False, True) if both[s] == EVERYBODY}


def counted(world, name):
    """How many objects the pages of the collections say that somebody may see."""
    total = 0
    for place in world.places.values():
        text = _page(world, name, f"/intelligence/collections/{place.pk}/")
        shown = text.partition("Objects that you may see")[2].partition("summary-list__value")[2]
        total += int(shown.partition(">")[2].partition("<")[0].strip() or 0) if shown else 0
    return total


def matrix():
    """The table as docs/reference/markings-and-exits.md has it."""
    codes = ["T1", "S1", "R1", "T2", "T3", "T4", "N1"]
    heads = ["the owner", "below it", "above it", "sent to", "group member", "stranger", "nation"]
    lines = [f"| marking | sent | {' | '.join(heads)} | programs |", "|" + "---|" * (len(heads) + 3)]
    for marking, both in MAY.items():
        for sent in (False, True):
            cells = ["yes" if code in both[sent] else "no" for code in codes]
            machine = "no" if marking in FOR_PEOPLE else "as people"
            lines.append(f"| {marking} | {'yes' if sent else 'no'} | {' | '.join(cells)} | {machine} |")
    return "\n".join(lines)
