"""A real resolver, with the zone that was made for it, answers a query."""

import shutil
import socket
import subprocess
import time

import dns.message
import dns.query
import dns.rcode
import pytest

from intel.lists.builders import a_block, listed
from watchward.intel.lists import rpz
from watchward.intel.observable import Kind, observable

UNBOUND = shutil.which("unbound", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")

SETTINGS = """
server:
  chroot: ""
  directory: "{folder}"
  username: ""
  pidfile: ""
  logfile: "{folder}/log"
  do-daemonize: no
  interface: 127.0.0.1@{port}
  port: {port}
  do-ip6: no
  module-config: "respip validator iterator"
  local-zone: "fine.example." redirect
  local-data: "fine.example. A 192.0.2.1"
  local-zone: "lab.evil.example." redirect
  local-data: "lab.evil.example. A 192.0.2.2"
remote-control:
  control-enable: no
rpz:
  name: "rpz.watchward."
  zonefile: "{folder}/zone"
"""


@pytest.fixture
def ask(tmp_path):
    if UNBOUND is None:
        pytest.skip("needs unbound: apt-get install unbound")
    excepted = [observable(Kind.DOMAIN, "lab.evil.example")]
    blocks = listed(a_block(Kind.DOMAIN, "evil.example"), exceptions=excepted)
    (tmp_path / "zone").write_bytes(rpz.rpz(blocks, rpz.Zone(origin="rpz.watchward", serial=1)).content)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "unbound.conf").write_text(SETTINGS.format(folder=tmp_path, port=port))
    server = subprocess.Popen([UNBOUND, "-d", "-c", str(tmp_path / "unbound.conf")], stderr=subprocess.DEVNULL)  # noqa: S603

    def ask(name):
        query = dns.message.make_query(name, "A")
        for _ in range(40):
            try:
                return dns.query.udp(query, "127.0.0.1", port=port, timeout=0.5)
            except (dns.exception.Timeout, ConnectionRefusedError):
                assert server.poll() is None, (tmp_path / "log").read_text()
                time.sleep(0.1)
        raise AssertionError((tmp_path / "log").read_text())

    yield ask
    server.terminate()
    server.wait(10)


def test_a_blocked_name_and_all_under_it_is_no_name_and_others_are_answered(ask):
    assert ask("evil.example").rcode() == dns.rcode.NXDOMAIN
    assert ask("deep.under.evil.example").rcode() == dns.rcode.NXDOMAIN
    assert "192.0.2.1" in ask("fine.example").to_text()
    assert "192.0.2.2" in ask("lab.evil.example").to_text()
