"""Signed heads of the audit log: each node sends its own to its parent, which says when one does not follow."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import transaction

from watchward.access.heads import Head, genuine, read_line
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.base.keys import fingerprint
from watchward.console.access import export
from watchward.console.access.models import AuditEntry
from watchward.console.config import current
from watchward.console.link.kinds import Kind, Way
from watchward.console.link.models import HeldHead, Letter, Peer
from watchward.console.link.telling import parent, tell
from watchward.link.stream import Envelope

KIND: Final = "audit_head"
_WHY: Final = "every hour, so that a rewritten audit log is noticed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A head as it came: the head, the key that signed it, and what the entry of the head before is now."""

    head: Head
    public: str
    before: tuple[int, str] | None


def send(*, clock: Clock) -> None:
    """Tell the parent where the audit log ends; also that it still does, so that silence says something."""
    to = parent()
    if not to:
        return
    config = current()
    export.export_head(keys=config.keys, folder=config.audit_export, clock=clock)
    heads = export.read_heads(config.audit_export)
    if not heads:
        return
    head, last = heads[-1], _last_told()
    public = serialization.load_pem_public_key((config.audit_export / export.PUBLIC_KEY).read_bytes())
    if not isinstance(public, Ed25519PublicKey):
        return
    entry = AuditEntry.objects.filter(number=last[0]).first() if last else None
    body = {
        "head": json.loads(head.line),
        "public": public.public_bytes_raw().hex(),
        "before": [entry.number, entry.digest] if entry else None,
    }
    with transaction.atomic():
        hour = clock.now().astimezone(UTC).strftime("%Y%m%dT%H")
        tell(KIND, id=f"{head.number}-{head.digest[:16]}-{hour}", body=body, to=to, clock=clock, why=_WHY)


def _last_told() -> tuple[int, str] | None:
    """Number and digest of the head that was told last, as long as that is remembered."""
    letter = Letter.objects.filter(kind=KIND, queued__peer__way=Peer.Way.PARENT).order_by("-queued__id").first()
    if letter is None:
        return None
    head = json.loads(bytes(letter.body))["head"]
    return int(head["number"]), str(head["digest"])


def take(envelope: Envelope, peer: Peer, now: datetime) -> None:
    """Keep a head of a child's audit log, and what speaks against it."""
    came = _read(envelope)
    last = HeldHead.objects.filter(peer=peer).order_by("-id").first()
    if last and (last.number, last.digest, last.public) == (came.head.number, came.head.digest, came.public):
        HeldHead.objects.filter(pk=last.pk).update(seen_at=now)
        return
    HeldHead.objects.create(
        peer=peer,
        number=came.head.number,
        digest=came.head.digest,
        signed_at=came.head.at,
        public=came.public,
        signature=came.head.signature,
        came_at=now,
        seen_at=now,
        faults=" ".join(_faults(came, last)) if last else "",
    )


def _read(envelope: Envelope) -> Came:
    try:
        body = json.loads(envelope.body)
        head = read_line(json.dumps(body["head"]))
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(body["public"]))
        before = body["before"] and (int(body["before"][0]), str(body["before"][1]))
        sound = fingerprint(key) == head.key and genuine(head, key)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInputError("It is no head of an audit log.", advice="See that both nodes run a version.") from error
    if not sound:
        raise BadInputError(
            "The head does not carry the signature that it names.", advice="Verify the child's log: watchward audit."
        )
    return Came(head=head, public=body["public"], before=before or None)


def _faults(came: Came, last: HeldHead) -> Iterator[str]:
    """What shows that a log is not the one that its head before was of, or leaves that open."""
    head, entry = came.head, f"entry {last.number:,}"
    if came.public != last.public:
        yield "It is signed with another key than the head before."
    if head.number < last.number:
        yield f"The log went back from {entry} to {head.number:,}: put back to a backup, or cut off."
        return
    digest = _digest_now(came, last.number)
    if digest is None:
        yield f"It does not say what {entry} is now, so nothing shows that the log goes on from there."
    elif digest != last.digest:
        yield f"The log was rewritten: {entry} is not what it was when its head came."


def _digest_now(came: Came, number: int) -> str | None:
    """What an entry is by now, as far as a head says so."""
    said = dict([came.before] if came.before else [])
    said[came.head.number] = came.head.digest
    return said.get(number)


AUDIT_HEAD: Final = Kind(
    name=KIND,
    way=Way.UP,
    label="Where the audit log stands, signed",
    take=take,
    held=lambda _: 0,
    withdraw=lambda _: 0,  # they are evidence, against the child too, and protect nobody
)
