"""Questions for tests of hunts that travel: how they come, are worked on, and what is told of them."""

import json
import threading
from datetime import UTC, datetime, timedelta

from watchward.base.clock import SystemClock
from watchward.console.estate.models import Organisation
from watchward.console.hunts.models import Policy
from watchward.console.link import kinds
from watchward.console.link.models import Letter, Queued
from watchward.link.stream import Envelope
from watchward.node.hunts import do_next

NOW = datetime.now(tz=UTC)
RULE = """title: Loader
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: loader.exe}, condition: s}
"""
SQL = "SELECT device, Image, CommandLine FROM events WHERE Image LIKE '%loader.exe'"
ASKED = {"title": "Has the loader run?", "purpose": "Incident 12", "form": "sigma", "text": RULE, "days": "7"}
A = "a" * 32


def treat_people_alike():
    """Every organisation's policy has questions about named people counted as any others, to the last one."""
    for one in Organisation.objects.filter(sources__isnull=False).distinct():
        Policy.objects.create(organisation=one, people=Policy.Counts.AT_ONCE, fewest=1)


def work(home):
    while do_next(home, clock=SystemClock(), stop=threading.Event()):
        pass


def come(peer, kind, key, body):
    """Something that a peer tells has its effect."""
    envelope = Envelope(kind=kind, id=key, made_at=NOW.isoformat(), body=json.dumps(body, default=str).encode())
    kinds.named(kind).take(envelope, peer, datetime.now(tz=UTC))


def a_question(**changed):
    given = {
        "asker": "Ada Ashworth", "node": "The Exercise Kingdom", "title": "Has the loader run?",
        "purpose": "Incident 12", "form": "sigma", "text": RULE, "since": (NOW - timedelta(days=7)).isoformat(),
        "until": NOW.isoformat(), "wants_rows": False, "at": NOW.isoformat(),
        "ends_at": (NOW + timedelta(days=7)).isoformat(),
    }  # fmt: skip
    return {**given, **changed}


def told_to(peer, kind):
    """What waits for a peer, in its last form, by identifier."""
    letters = Letter.objects.filter(queued__in=Queued.objects.filter(peer=peer), kind=kind).order_by("pk")
    return {one.envelope_id: json.loads(bytes(one.body)) for one in letters}
