"""Who asks for a zone, and what is answered: transfers for controls that show who they are, refusals for all else."""

import base64
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import dns.exception
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.tsig
import dns.tsigkeyring
from dns.rdtypes.ANY.SOA import SOA
from dns.rdtypes.ANY.TSIG import TSIG

from watchward.lists.controls import Control, Controls
from watchward.lists.zones import wire
from watchward.lists.zones.zone import Zone, Zones

_ASKABLE: Final = (dns.rdatatype.SOA, dns.rdatatype.AXFR, dns.rdatatype.IXFR)
_ANSWER: Final = 0x8400
"""It is an answer, and of authority."""
_MOST: Final = 60_000
"""Bytes of a message, with room for what signs it."""
_FUDGE: Final = 300
_NOT_AUTH: Final = 9


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question that a control may ask.

    Args:
        control: which one asks.
        zone: for which zone.
        kind: the whole (AXFR), what changed (IXFR), or only which edition there is (SOA).
        serial: of a question for what changed, the edition that the asker has.
        id: the number of the question.
        question: it, as it came.
        key: by which its answer is signed; None where none is needed.
        mac: the signature of the question.

    """

    control: Control
    zone: Zone
    kind: dns.rdatatype.RdataType
    serial: int | None
    id: int
    question: bytes
    key: dns.tsig.Key | None
    mac: bytes


def key_of(control: Control) -> dns.tsig.Key | None:
    """The TSIG key of a control."""
    if not control.tsig:
        return None
    name = dns.name.from_text(control.id)
    return dns.tsig.Key(name, base64.b64decode(control.tsig), dns.tsig.HMAC_SHA256)


class Desk:
    """Reads questions."""

    def __init__(self, controls: Controls, zones: Zones) -> None:
        self._controls = controls
        self._zones = zones

    def read(self, data: bytes, address: str) -> Asked | bytes | None:
        """A question that may be answered; or else the refusal; None of what is no question at all."""
        if len(data) < 12 or data[2] & 0x80:  # noqa: PLR2004 - a header's length
            return None
        try:
            message = dns.message.from_wire(data, keyring=self._key, ignore_trailing=False)
        except (
            dns.message.UnknownTSIGKey,
            dns.tsig.BadSignature,
            dns.tsig.BadTime,
            dns.tsig.BadKey,
            dns.tsig.BadAlgorithm,
        ):
            return _refusal(data, _NOT_AUTH)
        except (dns.exception.DNSException, ValueError, struct.error):
            return _refusal(data, dns.rcode.FORMERR)
        if message.opcode() != dns.opcode.QUERY:
            return _refusal(data, dns.rcode.NOTIMP)
        return self._asked(message, data, address) or _refusal(data, dns.rcode.REFUSED)

    def _asked(self, message: dns.message.Message, data: bytes, address: str) -> Asked | None:
        if len(message.question) != 1 or message.question[0].rdtype not in _ASKABLE:
            return None
        question = message.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        zone = self._zones.get(name)
        control = self._control(message, name, address)
        if zone is None or control is None:
            return None
        key = key_of(control) if message.had_tsig else None
        return Asked(
            control=control,
            zone=zone,
            kind=question.rdtype,
            serial=_serial(message.authority),
            id=message.id,
            question=data[12 : 12 + len(question.name.to_wire() or b"") + 4],
            key=key,
            mac=message.mac or b"",
        )

    def _control(self, message: dns.message.Message, zone: str, address: str) -> Control | None:
        """Who asks: by the key that signed the question, or by an address from which no key is needed."""
        if message.had_tsig and message.keyname is not None:
            found = self._controls.of(message.keyname.to_text(omit_final_dot=True).lower())
            named = found if found is not None and found.from_here(address) else None
        else:
            signless = (one for one in self._controls.all if one.unsigned and one.zone == zone)
            named = next((one for one in signless if one.placed_at(address)), None)
        return named if named is not None and named.zone == zone and "rpz" in named.forms else None

    def _key(self, _message: dns.message.Message, name: dns.name.Name) -> dns.tsig.Key | None:
        found = self._controls.of(name.to_text(omit_final_dot=True).lower())
        return None if found is None else key_of(found)


def answers(asked: Asked, *, whole: bool) -> Iterator[bytes]:
    """The messages that answer a question; over UDP (not `whole`) only which edition there is."""
    told: Iterator[tuple[int, bytes]] | None = None
    if whole and asked.kind == dns.rdatatype.IXFR and asked.serial is not None:
        told = asked.zone.since(asked.serial)
    if whole and told is None and asked.kind != dns.rdatatype.SOA:
        told = asked.zone.whole()
    parcels = told if told is not None else iter([(1, wire.soa(asked.zone.serial))])
    context = None
    for count, body in _messages(parcels):
        message = struct.pack("!HHHHHH", asked.id, _ANSWER, 1, count, 0, 0) + asked.question + body
        if asked.key is not None:
            message, context = _signed(message, asked, context)
        yield message


def _messages(parcels: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Parcels together, as many as fit into a message."""
    held: list[bytes] = []
    count = size = 0
    for records, body in parcels:
        if held and size + len(body) > _MOST:
            yield count, b"".join(held)
            held, count, size = [], 0, 0
        held.append(body)
        count += records
        size += len(body)
    if held:
        yield count, b"".join(held)


def _signed(
    message: bytes, asked: Asked, context: dns.tsig.HMACTSig | dns.tsig.GSSTSig | None
) -> tuple[bytes, dns.tsig.HMACTSig | dns.tsig.GSSTSig | None]:
    """A message with its signature, which also covers those before it."""
    key = asked.key
    assert key is not None
    blank = TSIG(
        dns.rdataclass.ANY, dns.rdatatype.TSIG, key.algorithm, 0, _FUDGE, b"", asked.id, dns.rcode.NOERROR, b""
    )
    made, after = dns.tsig.sign(message, key, blank, int(time.time()), asked.mac, context, multi=True)
    data = made.to_wire() or b""
    name = key.name.to_wire() or b""
    record = name + struct.pack("!HHIH", dns.rdatatype.TSIG, dns.rdataclass.ANY, 0, len(data)) + data
    return message[:10] + struct.pack("!H", 1) + message[12:] + record, after


def _serial(authority: list[dns.rrset.RRset]) -> int | None:
    for rrset in authority:
        for rdata in rrset:
            if isinstance(rdata, SOA):
                return int(rdata.serial)
    return None


def _refusal(data: bytes, code: int) -> bytes:
    """An answer without anything: never longer than what was asked, so that nobody is flooded with it."""
    return data[:2] + struct.pack("!HHHHH", 0x8000 | (data[2] & 0x79) << 8 | code, 0, 0, 0, 0)
