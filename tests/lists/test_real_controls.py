"""Real resolvers and a real proxy, each following the lists of a running server, block and let go within seconds."""

import os
import shutil
import subprocess
import time

import dns.exception
import dns.message
import dns.query
import dns.rcode
import httpx
import pytest

from lists.builders import a_control, placed
from lists.running import DIGEST, SECRET, TSIG, ZONE, free_port, running
from watchward.lists.published import append

WITHIN_SECONDS = 5
"""How long a block may take on a machine that does much else; `bench/protective_lists.py` says how long it takes."""

UNBOUND = """
server:
  chroot: ""
  directory: "{folder}"
  username: ""
  pidfile: ""
  logfile: "{folder}/unbound.log"
  do-daemonize: no
  interface: 127.0.0.1@{port}
  port: {port}
  do-ip6: no
  do-not-query-localhost: no
  module-config: "respip validator iterator"
remote-control:
  control-enable: no
rpz:
  name: "{zone}"
  primary: 127.0.0.1@{dns}
  allow-notify: 127.0.0.1
auth-zone:
  name: "example."
  zonefile: "{folder}/example.db"
  for-downstream: no
  for-upstream: yes
"""

BIND = """
options {{
  directory "{folder}";
  pid-file none; session-keyfile none; managed-keys-directory "{folder}";
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion yes; allow-query {{ any; }}; dnssec-validation no; empty-zones-enable no;
  response-policy {{ zone "{zone}" min-update-interval 0; }} qname-wait-recurse no;
}};
key "c1." {{ algorithm hmac-sha256; secret "{secret}"; }};
server 127.0.0.1 {{ keys {{ "c1."; }}; }};
controls {{ }};
zone "{zone}" {{
  type secondary; file "{folder}/rpz.db"; masterfile-format text;
  primaries {{ 127.0.0.1 port {dns} key "c1."; }};
  allow-notify {{ key "c1."; 127.0.0.1; }}; allow-query {{ none; }};
}};
zone "example" {{ type primary; file "{folder}/example.db"; }};
"""

EXAMPLE = """$TTL 60
$ORIGIN example.
@ SOA ns.example. h.example. 1 60 60 60 60
@ NS ns.example.
ns A 127.0.0.1
evil A 192.0.2.1
*.evil A 192.0.2.1
first A 192.0.2.1
"""


def tool(name, package):
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/sbin:/bin")
    if found is None:
        pytest.skip(f"needs {name}: apt-get install {package}")
    return found


class Program:
    """A program that runs, and what it said."""

    def __init__(self, folder, *command):
        self.log = folder / "said"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603

    def eventually(self, check, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log.read_text(errors="replace")
            try:
                if check():
                    return
            except (OSError, dns.exception.Timeout, httpx.HTTPError):
                pass
            time.sleep(0.02)
        raise AssertionError(self.log.read_text(errors="replace"))

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def answered(port, name="evil.example"):
    return dns.query.udp(dns.message.make_query(name, "A"), "127.0.0.1", port=port, timeout=1).rcode()


def blocks_and_lets_go(resolver, server, port):
    """Drive a resolver through a block and its end, twice, with others blocked meanwhile."""
    resolver.eventually(lambda: answered(port) == dns.rcode.NOERROR)
    resolver.eventually(lambda: answered(port, "first.example") == dns.rcode.NXDOMAIN)
    for number in range(2):
        append(server.lists, changed=[placed("evil.example"), placed(f"other{number}.example")])
        resolver.eventually(lambda: answered(port) == dns.rcode.NXDOMAIN, WITHIN_SECONDS)
        assert answered(port, "deep.under.evil.example") == dns.rcode.NXDOMAIN
        append(server.lists, lifted=[placed("evil.example").id])
        resolver.eventually(lambda: answered(port) == dns.rcode.NOERROR, WITHIN_SECONDS)


def test_unbound_follows_its_zone(tmp_path):
    unbound, port = tool("unbound", "unbound"), free_port()
    control = a_control(unsigned=True, addresses=("127.0.0.1",), notify=(f"127.0.0.1@{port}",))
    (tmp_path / "example.db").write_text(EXAMPLE)
    with running(tmp_path, control) as server:
        append(server.lists, changed=[placed("first.example")])
        settings = UNBOUND.format(folder=tmp_path, port=port, dns=server.dns, zone=ZONE)
        (tmp_path / "unbound.conf").write_text(settings)
        resolver = Program(tmp_path, unbound, "-d", "-c", str(tmp_path / "unbound.conf"))
        try:
            blocks_and_lets_go(resolver, server, port)
        finally:
            resolver.stop()


def test_bind_follows_its_zone_by_key_and_by_what_changed(tmp_path):
    named, port = tool("named", "bind9"), free_port()
    control = a_control(tsig=TSIG, notify=(f"127.0.0.1@{port}",))
    (tmp_path / "example.db").write_text(EXAMPLE)
    with running(tmp_path, control) as server:
        append(server.lists, changed=[placed("first.example"), *(placed(f"n{one}.example") for one in range(2000))])
        settings = BIND.format(folder=tmp_path, port=port, dns=server.dns, zone=ZONE.rstrip("."), secret=TSIG)
        (tmp_path / "named.conf").write_text(settings)
        resolver = Program(tmp_path, named, "-g", "-c", str(tmp_path / "named.conf"))
        try:
            blocks_and_lets_go(resolver, server, port)
            said = resolver.log.read_text()
            assert "Transfer status: success" in said
            assert said.count("IXFR") or "incremental" in said or said.count("Transfer completed") > 2
        finally:
            resolver.stop()


def test_squid_refuses_what_its_list_holds_and_serves_the_rest(tmp_path):
    squid, port, origin = tool("squid", "squid"), free_port(), free_port()
    page = Program(tmp_path, *_pages(tmp_path, origin))
    if os.geteuid() == 0:
        shutil.chown(tmp_path, "proxy", "proxy")
    lists, settings = tmp_path / "domains", tmp_path / "squid.conf"
    with running(tmp_path, a_control(digests=(DIGEST,))) as server:

        def fetch():
            address = f"http://127.0.0.1:{server.http}/lists/squid/domains"
            lists.write_bytes(httpx.get(address, auth=("c1", SECRET), trust_env=False).raise_for_status().content)
            return lists.read_text()

        append(server.lists, changed=[placed("first.test")])
        server.eventually(lambda: "first.test" in fetch())
        settings.write_text(
            f"http_port 127.0.0.1:{port}\nvisible_hostname test\npid_filename none\ncache deny all\n"
            f"access_log none\ncache_log {tmp_path}/cache.log\ncoredump_dir {tmp_path}\nshutdown_lifetime 0 seconds\n"
            f'acl watchward_domains dstdomain "{lists}"\nhttp_access deny watchward_domains\nhttp_access allow all\n'
            f"host_verify_strict off\ncache_peer 127.0.0.1 parent {origin} 0 no-query originserver default\n"
            "never_direct allow all\nnetdb_filename none\n"
        )
        (tmp_path / "proxy").mkdir()
        proxy = Program(tmp_path / "proxy", squid, "-N", "-f", str(settings))
        try:
            proxy.eventually(lambda: through(port, "first.test") == 403)
            assert through(port, "evil.test") == 200
            append(server.lists, changed=[placed("evil.test")])
            server.eventually(lambda: "evil.test" in fetch())
            subprocess.run([squid, "-N", "-k", "parse", "-f", str(settings)], check=True, capture_output=True)  # noqa: S603
            proxy.process.send_signal(1)  # as `squid -k reconfigure` does
            proxy.eventually(lambda: through(port, "evil.test") == 403, WITHIN_SECONDS)
            proxy.eventually(lambda: through(port, "fine.test") == 200, WITHIN_SECONDS)
        finally:
            proxy.stop()
            page.stop()


def _pages(folder, port):
    (folder / "www").mkdir()
    (folder / "www" / "index.html").write_text("fine")
    python = shutil.which("python3")
    return python, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(folder / "www")


def through(port, host):
    return httpx.get(f"http://{host}/", proxy=f"http://127.0.0.1:{port}", trust_env=False).status_code
