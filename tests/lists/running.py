"""The server of lists as a process, and resolvers that read from it."""

import base64
import hashlib
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.tsig
import dns.tsigkeyring

from lists.builders import a_control
from watchward.lists.controls import written

SECRET = "s" * 43
DIGEST = hashlib.sha256(SECRET.encode()).hexdigest()
TSIG = base64.b64encode(b"k" * 32).decode()
KEYRING = dns.tsigkeyring.from_text({"c1.": ("hmac-sha256", TSIG)})
ZONE = "rj1.rpz.watchward."

PROGRAM = """
import sys
from pathlib import Path
from watchward.base.clock import SystemClock
from watchward.lists.server import Settings, serve
folder, http, dns = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
serve(Settings(host="127.0.0.1", port=http, dns_port=dns, published=folder / "lists",
               controls=folder / "controls.json", cache=folder / "cache"), clock=SystemClock())
"""


def free_port():
    """A port that is free for TCP and UDP."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
            udp.bind(("127.0.0.1", 0))
            port = udp.getsockname()[1]
            try:
                tcp.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class Running:
    """A server of lists that runs."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.lists = folder / "lists"
        self.lists.mkdir(exist_ok=True)
        self.http, self.dns = free_port(), free_port()
        self.process = None

    def controls(self, *controls):
        temporary = self.folder / "controls.new"
        temporary.write_bytes(written(controls))
        temporary.rename(self.folder / "controls.json")

    def start(self):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "-c", PROGRAM, str(self.folder), str(self.http), str(self.dns)]
            self.process = subprocess.Popen(command, stderr=log, stdout=log, env=environment)  # noqa: S603
        self.eventually(self._listens)

    def _listens(self):
        for port in (self.dns, self.http):
            socket.create_connection(("127.0.0.1", port)).close()
        return True

    def stop(self):
        self.process.terminate()
        self.process.wait(20)

    def soa(self, *, keyed=True, zone=ZONE):
        query = dns.message.make_query(zone, "SOA")
        if keyed:
            query.use_tsig(KEYRING, "c1.")
        return dns.query.tcp(query, "127.0.0.1", port=self.dns, timeout=5)

    def serial(self):
        return self.soa().answer[0][0].serial

    def eventually(self, check, seconds=20):
        end = time.monotonic() + seconds
        while True:
            try:
                if found := check():
                    return found
            except (OSError, dns.exception.Timeout, EOFError):
                assert self.process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.02)


@contextmanager
def running(folder, *controls):
    """A server of lists that runs while the block does."""
    server = Running(folder)
    server.controls(*(controls or [a_control(digests=(DIGEST,), tsig=TSIG)]))
    try:
        server.start()
        yield server
    finally:
        server.stop()
