"""The forms in which lists are served: as pinned by golden files, and never broken by what stands in them."""

import csv
import json
import re
import shutil
import subprocess
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path

import dns.rdatatype
import dns.zone
import pytest
from hypothesis import example, given

from intel.lists.builders import EVERY_KIND, a_block, listed, several
from watchward.intel.lists import defender, edl, explained, rpz, squid, stix, suricata, zeek
from watchward.intel.lists.block import is_address
from watchward.intel.markings import Tlp
from watchward.intel.observable import Kind, observable
from watchward.intel.stix import read as read_stix

GOLDEN = Path(__file__).parents[2] / "golden" / "lists"
ZONE = rpz.Zone(origin="rpz.watchward", serial=2026112201)


def forms(found):
    """Every form, by the name of its golden file."""
    return {
        "addresses.txt": edl.addresses(found).content,
        "defender.json": b"\n".join(defender.defender(found)[0]),
        "domains.txt": edl.domains(found).content,
        "explained.json": explained.explained(found),
        "rpz.zone": rpz.rpz(found, ZONE).content,
        "squid-addresses": squid.addresses(found).content,
        "squid-domains": squid.domains(found).content,
        "squid-urls": squid.urls(found).content,
        "stix.json": stix.stix(found, markings=[Tlp.GREEN.marking]).content,
        "suricata-dataset-rules.rules": suricata.dataset_rules("/var/lib/watchward"),
        "suricata-domains.lst": suricata.dataset(found, suricata.Set.DOMAINS).content,
        "suricata-ips.lst": suricata.dataset(found, suricata.Set.IPS).content,
        "suricata-md5.lst": suricata.dataset(found, suricata.Set.MD5).content,
        "suricata-sha256.lst": suricata.dataset(found, suricata.Set.SHA256).content,
        "suricata.rules": suricata.rules(found).content,
        "urls.txt": edl.urls(found).content,
        "zeek.intel": zeek.zeek(found).content,
    }


EXCEPTIONS = [observable(Kind.DOMAIN, "lab.evil.example"), observable(Kind.IPV6, "2001:db8:9::1")]


@pytest.mark.parametrize("name", sorted(forms(())))
def test_a_list_is_as_the_golden_file_has_it(name):
    assert forms(listed(*EVERY_KIND, exceptions=EXCEPTIONS))[name] == (GOLDEN / name).read_bytes()


def names_of(content):
    zone = dns.zone.from_text(content.decode(), origin="rpz.watchward.", relativize=True, check_origin=True)
    return {str(name): str(rdata.target) for name, _, rdata in zone.iterate_rdatas(dns.rdatatype.CNAME)}


def test_a_zone_is_read_back_by_another_reader_with_names_addresses_and_what_passes():
    assert names_of(rpz.rpz(listed(*EVERY_KIND[:6], exceptions=EXCEPTIONS[:1]), ZONE).content) == {
        "evil.example": ".",
        "*.evil.example": ".",
        "lab.evil.example": "rpz-passthru.",
        "*.lab.evil.example": "rpz-passthru.",
        "c2.worse.example": ".",
        "*.c2.worse.example": ".",
        "32.7.100.51.198.rpz-ip": ".",
        "128.7.zz.db8.2001.rpz-ip": ".",
        "24.0.113.0.203.rpz-ip": ".",
        "48.zz.9.db8.2001.rpz-ip": ".",
    } | {"24.0.113.0.203.rpz-ip": "."}


@given(several)
def test_nothing_in_a_block_breaks_a_zone(found):
    rendered = rpz.rpz(found, ZONE)
    owners = names_of(rendered.content)
    assert {"evil.example", "c2.worse.example"} <= set(owners)
    assert set(owners.values()) <= {".", "rpz-passthru."}
    lines = rendered.content.decode("ascii").splitlines()
    assert all(re.fullmatch(r"[a-z0-9_.*-]+ CNAME (\.|rpz-passthru\.) ; [\x20-\x7e]*", line) for line in lines[4:])
    told = {one.block for one in rendered.left_out}
    speaks_of = (Kind.DOMAIN, Kind.IPV4, Kind.IPV6, Kind.NETWORK)
    assert rendered.entries + len(told) == sum(one.kind in speaks_of for one in found)


@given(several)
def test_nothing_in_a_block_breaks_a_plain_list(found):
    assert all(is_address(line) for line in edl.addresses(found).content.decode("ascii").splitlines())
    name = re.compile(r"(\*\.)?[a-z0-9_.-]{3,253}")
    assert all(name.fullmatch(line) for line in edl.domains(found).content.decode("ascii").splitlines())
    url = re.compile(r"[a-z0-9_.:\[\]-]+/[\x21-\x7e]*")
    assert all(url.fullmatch(line) for line in edl.urls(found).content.decode("ascii").splitlines())


@given(several)
@example(listed(a_block(Kind.DOMAIN, "evil.example", indicator="one; two")))
def test_nothing_in_a_block_breaks_a_rule(found):
    rule = re.compile(
        r'drop (dns|tls|http|ip) (any|\$HOME_NET) any -> \S+ any \(msg:"[A-Za-z0-9 .,_()/\'-]*"; '
        r'((content:"[^"; ]*"|[a-z_.]+(:[^"; ]*)?); ?)* ?'
        r"metadata:indicator [^\";, ]+, created_at [0-9_]{10}(, expires_at [0-9_]{10})?; "
        r"gid:1[0-9]{6}; sid:3[0-9]{9}; rev:1;\)",
    )
    lines = suricata.rules(found).content.decode("ascii").splitlines()
    assert all(rule.fullmatch(line) for line in lines)
    numbers = [re.search(r"sid:([0-9]+);", line)[1] for line in lines]
    assert len(set(numbers)) == len(numbers)
    for kind in suricata.Set:
        for line in suricata.dataset(found, kind).content.decode("ascii").splitlines():
            if kind is suricata.Set.DOMAINS:
                assert re.fullmatch(r"[a-z0-9_.-]+", b64decode(line, validate=True).decode())
            else:
                assert re.fullmatch(r"[0-9a-f.:]+", line)


@given(several)
def test_nothing_in_a_block_breaks_a_table_of_zeek(found):
    header, *rows = zeek.zeek(found).content.decode("ascii").split("\n")[:-1]
    columns = len(header.split("\t")) - 1
    for row in rows:
        cells = row.split("\t")
        assert len(cells) == columns
        assert cells[1].startswith("Intel::")
        assert all(cell and all(" " <= char <= "~" for char in cell) for cell in cells)
        assert not row.startswith("#")


@given(several)
def test_nothing_in_a_block_breaks_a_file_of_squid(found):
    names = squid.domains(found).content.decode("ascii").splitlines()
    assert all(re.fullmatch(r"\.?[a-z0-9_.-]{3,254}", name) for name in names)
    whole = {name[1:] for name in names if name.startswith(".")}
    assert not any(name.strip(".").partition(".")[2] in whole for name in names)
    for line in squid.urls(found).content.decode("ascii").splitlines():
        assert re.fullmatch(r"\^[\x21-\x7e]+", line)
        re.compile(line)


@given(several)
def test_nothing_in_a_block_breaks_json(found):
    bodies, _ = defender.defender(found)
    for body in bodies:
        for one in json.loads(body)["Indicators"]:
            assert len(one["title"]) <= 100
            assert one["action"] == "Block"
    assert len(json.loads(explained.explained(found))["blocks"]) == len(found)
    assert read_stix(stix.stix(found).content).refused == ()


def test_the_expression_of_a_url_matches_it_and_what_begins_with_it_alone():
    (line,) = squid.urls(listed(a_block(Kind.URL, "http://evil.example/a+(b)?c=[1]"))).content.decode().splitlines()
    assert re.match(line, "http://evil.example/a+(b)?c=[1]&d")
    assert re.match(line, "http://evil.example:80/a+(b)?c=[1]")
    assert not re.match(line, "http://evilxexample/a+(b)?c=[1]")


def test_what_a_form_cannot_hold_is_told():
    long = a_block(Kind.DOMAIN, ".".join(["a" * 60] * 4))
    assert "too long" not in rpz.rpz(listed(long), ZONE).content.decode()
    assert [one.block for one in rpz.rpz(listed(long), ZONE).left_out] == [long]
    network = a_block(Kind.NETWORK, "203.0.113.0/24")
    assert [one.block for one in defender.defender(listed(network))[1]] == [network]


def test_rules_keep_their_numbers_while_others_come_and_go():
    few = suricata.rules(listed(*EVERY_KIND[:2])).content.splitlines()
    assert set(few) <= set(suricata.rules(listed(*EVERY_KIND)).content.splitlines())


def test_many_indicators_for_defender_go_in_several_requests():
    many = listed(*(a_block(Kind.DOMAIN, f"h{number}.evil.example", number) for number in range(1201)))
    bodies, _ = defender.defender(many)
    assert [len(json.loads(body)["Indicators"]) for body in bodies] == [500, 500, 201]


def test_a_serial_grows_with_time_and_with_each_edition_and_round_the_end():
    at = datetime(2026, 11, 22, tzinfo=UTC)
    first = rpz.serial_after(None, at)
    assert first == int(at.timestamp())
    assert rpz.serial_after(first, at) == first + 1
    assert rpz.serial_after(first + 5, at) == first + 6
    assert rpz.serial_after(2**32 - 1, datetime(1970, 1, 1, tzinfo=UTC)) == 0


def test_the_tables_of_zeek_are_read_back_with_what_was_blocked():
    rows = zeek.zeek(listed(*EVERY_KIND)).content.decode().splitlines()
    table = list(csv.DictReader([rows[0].removeprefix("#fields\t"), *rows[1:]], delimiter="\t"))
    assert {"evil.example", "198.51.100.7", "203.0.113.0/24"} <= {row["indicator"] for row in table}


def tool(name):
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/sbin:/bin")
    if found is None:
        pytest.skip(f"needs {name}: apt-get install bind9-utils unbound squid")
    return found


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603
    return done.returncode, done.stdout + done.stderr


def test_bind_takes_the_zone(tmp_path):
    checker = tool("named-checkzone")
    (tmp_path / "zone").write_bytes(rpz.rpz(listed(*EVERY_KIND, exceptions=EXCEPTIONS), ZONE).content)
    code, said = run(checker, "-k", "ignore", "rpz.watchward", str(tmp_path / "zone"))
    assert code == 0, said
    assert "loaded serial 2026112201" in said


def test_unbound_takes_the_zone(tmp_path):
    checker = tool("unbound-checkconf")
    (tmp_path / "zone").write_bytes(rpz.rpz(listed(*EVERY_KIND, exceptions=EXCEPTIONS), ZONE).content)
    (tmp_path / "unbound.conf").write_text(
        f'server:\n  chroot: ""\n  directory: "{tmp_path}"\n'
        '  username: ""\n  module-config: "respip validator iterator"\n'
        f'rpz:\n  name: "rpz.watchward."\n  zonefile: "{tmp_path}/zone"\n',
    )
    code, said = run(checker, str(tmp_path / "unbound.conf"))
    assert code == 0, said


def test_squid_takes_the_files(tmp_path):
    checker = tool("squid")
    found = listed(*EVERY_KIND, a_block(Kind.DOMAIN, "a.evil.example", 20), exceptions=EXCEPTIONS[1:])
    for name in ("domains", "addresses", "urls"):
        (tmp_path / name).write_bytes(getattr(squid, name)(found).content)
    settings = squid.CONFIGURATION.format(folder=tmp_path)
    (tmp_path / "squid.conf").write_text(f"http_port 3128\nvisible_hostname test\n{settings}http_access allow all\n")
    code, said = run(checker, "-k", "parse", "-f", str(tmp_path / "squid.conf"))
    assert code == 0, said
    assert not re.search(r"WARNING|ERROR|FATAL", said), said
