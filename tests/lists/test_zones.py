"""A resolver that shows who it is transfers its zone, whole or what changed; all others are refused."""

import socket
import struct
from pathlib import Path

import dns.message
import dns.name
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.tsigkeyring
import dns.xfr
import dns.zone
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intel.lists.builders import NOW
from lists.builders import a_control, excepted, placed
from lists.running import KEYRING, TSIG, ZONE, running
from lists.test_state import node, steps
from watchward.base.clock import HeldClock
from watchward.intel.lists import rpz
from watchward.lists.controls import Controls
from watchward.lists.published import Publication, append, publish
from watchward.lists.zones.asking import Desk, answers, key_of
from watchward.lists.zones.server import notice
from watchward.lists.zones.zone import Zones

HERE = a_control(tsig=TSIG)
UNSIGNED = a_control("u1", unsigned=True, addresses=("127.0.0.0/8",))


class Secondary:
    """A resolver that keeps a zone by transfers, as dnspython reads them."""

    def __init__(self):
        self.zone = dns.zone.Zone(ZONE)
        self.serial = None

    def ask(self, desk):
        known = None if self.serial is None else 0  # nothing is known, or what the zone says
        query, _ = dns.xfr.make_query(self.zone, serial=known, keyring=KEYRING, keyname="c1.")
        kind = query.question[0].rdtype
        asked = desk.read(query.to_wire(), "127.0.0.1")
        context = None
        sizes = 0
        with dns.xfr.Inbound(self.zone, kind, self.serial, is_udp=False) as inbound:
            for wire in answers(asked, whole=True):
                sizes += len(wire)
                message = dns.message.from_wire(
                    wire, keyring=query.keyring, request_mac=query.mac, xfr=True,
                    origin=dns.name.from_text(ZONE), tsig_ctx=context, multi=True,
                    one_rr_per_rrset=kind == dns.rdatatype.IXFR,
                )  # fmt: skip
                assert message.had_tsig
                context = message.tsig_ctx
                done = inbound.process_message(message)
        assert done
        self.serial = self.zone.get_soa().serial
        return sizes

    @property
    def names(self):
        return {str(name): str(rdata.target) for name, _, rdata in self.zone.iterate_rdatas(dns.rdatatype.CNAME)}


def names_of(view):
    """What a zone is to hold, by the file that would be made of the same list."""
    content = rpz.rpz([one.listed for one in view], rpz.Zone(origin=ZONE.removesuffix("."), serial=1)).content
    zone = dns.zone.from_text(content.decode(), origin=ZONE, relativize=True)
    return {str(name): str(rdata.target) for name, _, rdata in zone.iterate_rdatas(dns.rdatatype.CNAME)}


@settings(max_examples=60, deadline=None)
@given(steps, st.randoms(use_true_random=False))
def test_a_resolver_that_transfers_now_and_then_holds_what_the_list_holds(tmp_path_factory, told, chance):
    folder, clock = tmp_path_factory.mktemp("lists"), HeldClock(at=NOW)
    lists = node(folder, clock, HERE)
    zones = Zones(folder, now=clock.now)
    desk = Desk(Controls(folder / "controls.json"), zones)
    zones.follow({HERE.zone: lists.of(HERE).view})
    often, seldom = Secondary(), Secondary()
    for step in told:
        if isinstance(step, dict):
            append(folder, **step)
        before = zones.get(HERE.zone).serial
        lists.refresh()
        changed = zones.follow({HERE.zone: lists.of(HERE).view})
        assert (zones.get(HERE.zone).serial != before) == bool(changed)
        often.ask(desk)
        assert often.names == names_of(lists.of(HERE).view)
        if chance.random() < 0.3:
            zones = Zones(folder, now=clock.now)  # the process ended, and another begins
            zones.follow({HERE.zone: lists.of(HERE).view})
            assert zones.get(HERE.zone).serial == often.serial
            desk = Desk(Controls(folder / "controls.json"), zones)
        if chance.random() < 0.4:
            seldom.ask(desk)
            assert seldom.names == often.names
    seldom.ask(desk)
    assert seldom.names == names_of(lists.of(HERE).view)


@pytest.fixture
def desk(tmp_path):
    lists = node(
        tmp_path, HeldClock(at=NOW), HERE, UNSIGNED, a_control("c2", organisation="RJ2", within=("RJ2",), tsig=TSIG)
    )
    append(tmp_path, changed=[placed(f"n{number}.example") for number in range(3000)])
    lists.refresh()
    zones = Zones(tmp_path, now=lambda: NOW)
    zones.follow({HERE.zone: lists.of(HERE).view})
    found = Desk(Controls(tmp_path / "controls.json"), zones)
    found.zones, found.lists, found.folder = zones, lists, tmp_path
    return found


def test_what_changed_is_a_fraction_of_the_whole(desk):
    resolver = Secondary()
    whole = resolver.ask(desk)
    append(desk.folder, changed=[placed("new.example")], lifted=[placed("n7.example").id])
    desk.lists.refresh()
    desk.zones.follow({HERE.zone: desk.lists.of(HERE).view})
    assert resolver.ask(desk) < 1_000
    assert whole > 100_000
    assert "new.example" in resolver.names
    assert "n7.example" not in resolver.names
    assert resolver.ask(desk) < 300  # nothing changed


def test_one_who_is_too_far_behind_is_sent_the_whole(desk):
    resolver = Secondary()
    resolver.ask(desk)
    before = resolver.serial
    publish(desk.folder, Publication(blocks=(placed("only.example"),)))
    desk.lists.refresh()
    desk.zones.follow({HERE.zone: desk.lists.of(HERE).view})
    assert desk.zones.get(HERE.zone).since(before) is None
    resolver.ask(desk)
    assert set(resolver.names) == {"only.example", "*.only.example"}


def refusal(desk, query, address="127.0.0.1"):
    found = desk.read(query if isinstance(query, bytes) else query.to_wire(), address)
    if isinstance(found, bytes):
        assert len(found) <= len(query if isinstance(query, bytes) else query.to_wire())
        return dns.rcode.to_text(found[3] & 15)
    return found


def keyed(name, kind, key="c1.", secret=TSIG):
    query = dns.message.make_query(name, kind)
    query.use_tsig(dns.tsigkeyring.from_text({key: ("hmac-sha256", secret)}), key)
    return query


def test_whoever_shows_nothing_is_refused_and_so_is_every_other_question(desk):
    assert refusal(desk, dns.message.make_query(ZONE, "AXFR"), "192.0.2.1") == "REFUSED"
    assert refusal(desk, dns.message.make_query("www.example.", "A")) == "REFUSED"
    assert refusal(desk, dns.message.make_query(ZONE, "ANY")) == "REFUSED"
    assert refusal(desk, keyed("www.example.", "A")) == "REFUSED"
    assert refusal(desk, keyed("n1.example." + ZONE, "CNAME")) == "REFUSED"
    assert refusal(desk, keyed("rj2.rpz.watchward.", "AXFR")) == "REFUSED"  # another organisation's
    assert refusal(desk, keyed(ZONE, "AXFR", key="c2.")) == "REFUSED"
    assert refusal(desk, keyed(ZONE, "AXFR", key="nobody.")) == "NOTAUTH"
    assert refusal(desk, keyed(ZONE, "AXFR", secret="AAAA" * 10)) == "NOTAUTH"
    update = dns.message.make_query(ZONE, "SOA")
    update.set_opcode(dns.opcode.UPDATE)
    assert refusal(desk, update) in ("NOTIMP", "FORMERR")
    assert refusal(desk, notice(UNSIGNED, desk.zones.get(HERE.zone))) == "NOTIMP"
    assert desk.read(b"", "127.0.0.1") is None
    assert desk.read(b"\0\0\x80" + bytes(20), "127.0.0.1") is None  # an answer to nothing


def test_a_resolver_that_knows_no_keys_is_known_by_its_address_where_that_was_allowed(desk):
    asked = desk.read(dns.message.make_query(ZONE, "AXFR").to_wire(), "127.0.0.1")
    assert asked.control == UNSIGNED
    assert asked.key is None


@given(st.binary(max_size=120), st.integers(0, 80))
def test_no_question_whatever_it_holds_gets_more_than_it_brought(noise, cut):
    zones = Zones(Path("/nonexistent"), now=lambda: NOW)
    desk = Desk(Controls(Path("/nonexistent/c")), zones)
    for data in (noise, keyed(ZONE, "AXFR").to_wire()[:cut] + noise):
        found = desk.read(data, "192.0.2.1")
        assert found is None or len(found) <= len(data)


def test_over_udp_only_the_edition_is_told(desk):
    asked = desk.read(keyed(ZONE, "IXFR").to_wire(), "127.0.0.1")
    [wire] = answers(asked, whole=False)
    assert len(wire) < 400
    assert struct.unpack("!H", wire[6:8]) == (1,)


def test_a_notice_is_signed_for_whoever_has_a_key(desk):
    zone = desk.zones.get(HERE.zone)
    told = dns.message.from_wire(notice(HERE, zone), keyring={key_of(HERE).name: key_of(HERE)})
    assert told.had_tsig
    assert told.opcode() == dns.opcode.NOTIFY
    assert not dns.message.from_wire(notice(UNSIGNED, zone)).had_tsig


def test_two_blocks_with_one_exception_under_both_let_it_pass_until_both_are_gone(tmp_path):
    clock = HeldClock(at=NOW)
    lists, zones = node(tmp_path, clock, HERE), Zones(tmp_path, now=clock.now)
    desk = Desk(Controls(tmp_path / "controls.json"), zones)
    resolver = Secondary()

    def follow(**change):
        append(tmp_path, **change)
        lists.refresh()
        zones.follow({HERE.zone: lists.of(HERE).view})
        resolver.ask(desk)
        return resolver.names

    follow(changed=[placed("evil.example"), placed("b.evil.example")], excepted=[excepted("a.b.evil.example")])
    assert follow(lifted=[placed("evil.example").id])["a.b.evil.example"] == "rpz-passthru."
    assert follow(lifted=[placed("b.evil.example").id]) == {}


def test_a_damaged_past_is_forgotten_and_serials_go_on(tmp_path):
    clock = HeldClock(at=NOW)
    lists, zones = node(tmp_path, clock, HERE), Zones(tmp_path, now=clock.now)
    for name in ("a.example", "b.example", "c.example"):
        append(tmp_path, changed=[placed(name)])
        lists.refresh()
        zones.follow({HERE.zone: lists.of(HERE).view})
    file = tmp_path / "zones.journal"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(b"".join([lines[0], b"{broken\n", *lines[2:], b'{"zone":']))
    again = Zones(tmp_path, now=clock.now)
    again.follow({HERE.zone: lists.of(HERE).view})
    zone = again.get(HERE.zone)
    assert zone.serial == zones.get(HERE.zone).serial
    assert len(zone.steps) == 1
    assert file.read_bytes().endswith(b"}\n")


def test_a_running_server_answers_over_tcp_and_udp_and_tells_of_each_change(tmp_path):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ear:
        ear.bind(("127.0.0.1", 0))
        ear.settimeout(10)
        place = f"127.0.0.1@{ear.getsockname()[1]}"
        with running(tmp_path, a_control(tsig=TSIG, notify=(place,))) as server:
            first = server.serial()
            ear.recv(4096)  # that there is a zone at all
            append(server.lists, changed=[placed("evil.example")])
            data, sender = ear.recvfrom(4096)
            told = dns.message.from_wire(data, keyring=KEYRING)
            assert told.opcode() == dns.opcode.NOTIFY
            ear.sendto(data[:2] + bytes([data[2] | 0x80]) + data[3:12], sender)
            server.eventually(lambda: server.serial() != first)
            query = keyed(ZONE, "SOA")
            assert dns.query.udp(query, "127.0.0.1", port=server.dns, timeout=5).answer[0][0].serial == server.serial()
            zone = dns.zone.Zone(ZONE)
            dns.query.inbound_xfr(
                "127.0.0.1", zone, dns.xfr.make_query(zone, keyring=KEYRING, keyname="c1.")[0], port=server.dns
            )
            assert zone.get_node("evil.example") is not None
