"""The gateway under load: HTTPS `_bulk`, senders on the same machine, rows counted afterwards.

    python bench/gateway.py [--seconds 60] [--senders 2] [--per-request 2000] [--rate 0] [--rules FOLDER]

Each body is distinct: every event has a record number of its own. The events are those of a file, or made up at about
2.3 kB each. A rate (events a second, all senders together) shows the answer's delay below saturation.
"""

import argparse
import base64
import hashlib
import json
import os
import platform
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from multiprocessing import Event, Process, Queue
from pathlib import Path

import msgspec
import numpy as np
import zstandard

sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

from watchward.lake import hunt, journal
from watchward.node.home import Home

SECRET = "s" * 43
SHARED = Path(__file__).parents[1].parent / "shared" / "data"


def templates(count: int) -> list[bytes]:
    """Events as an agent shipped them, each with a place for its record number; made up where there are none."""
    file = SHARED / "telemetry" / "windows-events.ndjson.zst"
    if not file.exists():
        filler = "x" * 1700
        made = {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "Message": filler}
        return [json.dumps(made | {"Hostname": f"ward-{n}", "RecordNumber": "@@"}).encode() for n in range(count)]
    found = []
    with zstandard.open(file, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            if number % 17 == 0:  # over the whole file, not its beginning
                event = json.loads(line)
                event["RecordNumber"] = "@@"
                found.append(json.dumps(event, separators=(",", ":")).encode())
            if len(found) == count:
                break
    return found


class Body:
    """The body of a request, made once; each time it is sent its events get record numbers of their own, in place."""

    def __init__(self, events: list[list[bytes]]) -> None:
        line = b'{"create":{"_index":"logs"}}\n'
        self.content = bytearray(b"".join(line + (b"0" * DIGITS).join(event) + b"\n" for event in events))
        sizes = [len(line) + DIGITS + sum(map(len, event)) + 1 for event in events]
        begins = np.cumsum([0, *sizes[:-1]]) + [len(line) + len(event[0]) for event in events]
        self.places = begins[:, None] + np.arange(DIGITS)
        self.bytes = np.frombuffer(self.content, np.uint8)

    def number(self, first: int) -> bytearray:
        numbers = np.arange(first, first + len(self.places), dtype=np.int64)
        self.bytes[self.places] = numbers[:, None] // POWERS % 10 + ord("0")
        return self.content


DIGITS = 12
POWERS = 10 ** np.arange(DIGITS - 1, -1, -1, dtype=np.int64)


def send(number: int, port: int, gates: tuple[Event, Event], results: Queue, options: argparse.Namespace) -> None:
    """One sender: numbers the events of each body just before it sends it, and times every answer."""
    events = [one.split(b'"@@"') for one in templates(options.per_request * 8)]
    bodies = [Body(events[at :: len(events) // options.per_request][: options.per_request]) for at in range(8)]
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    key = base64.b64encode(f"key:{SECRET}".encode()).decode()
    connection = context.wrap_socket(socket.create_connection(("127.0.0.1", port)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = connection.makefile("rb")
    ready, go = gates
    ready.set()
    go.wait()
    begin, used = time.monotonic(), time.process_time()
    sent, size, delays, refused, record = 0, 0, [], 0, number * 10 ** (DIGITS - 1)
    while time.monotonic() - begin < options.seconds:
        body = bodies[record // options.per_request % len(bodies)].number(record)
        record += options.per_request
        head = (
            f"POST /_bulk?filter_path=errors,items.*.error,items.*.status HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: ApiKey {key}\r\nContent-Type: application/x-ndjson\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        started = time.monotonic()
        connection.sendall(head.encode())
        connection.sendall(body)
        status = reader.readline()
        length = 0
        while (line := reader.readline()) not in (b"\r\n", b""):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        answer = reader.read(length)
        if b" 200 " in status and answer.count(b'"status":201') == options.per_request:
            delays.append(time.monotonic() - started)
            sent += options.per_request
            size += len(body)
        else:
            refused += 1
            time.sleep(0.2)
        if options.rate:
            time.sleep(max(0.0, begin + sent * options.senders / options.rate - time.monotonic()))
    results.put(Sent(sent, size, delays, time.monotonic() - begin, refused, time.process_time() - used))


@dataclass(frozen=True)
class Sent:
    """What one sender did, or all of them together."""

    events: int
    bytes: int
    delays: list[float]
    seconds: float
    refused: int
    processor_seconds: float


def start_gateway(home: Home, port: int, rules: Path | None) -> subprocess.Popen:
    home.create()
    source = {
        "source": "bench", "name": "bench", "key_id": "key", "organisation": "ZZ1", "enabled": True,
        "digest": hashlib.sha256(SECRET.encode()).hexdigest(),
    }  # fmt: skip
    home.sources.write_bytes(msgspec.json.encode({"version": 1, "sources": [source]}))
    if rules is not None:
        shutil.copytree(rules, home.rules / "bench")
    environment = {
        **os.environ,  # noqa: TID251
        "PYTHONPATH": str(Path(__file__).parents[1] / "src"),
        "WATCHWARD_GATEWAY_PORT": str(port),
    }
    command = [sys.executable, "-m", "watchward", "serve", "gateway", "--home", str(home.path)]
    process = subprocess.Popen(command, env=environment)
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except OSError:
            assert process.poll() is None
            time.sleep(0.1)
        else:
            return process


def processor_seconds(process: subprocess.Popen) -> float:
    """What a process has used so far, in user and system time: the same however busy the machine is."""
    fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--senders", type=int, default=2)
    parser.add_argument("--per-request", type=int, default=2000)
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--rules", type=Path, default=SHARED / "sigma" / "rules" / "windows")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder) / "home")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        gateway = start_gateway(home, port, options.rules if options.rules.exists() else None)
        try:
            before = processor_seconds(gateway)
            done = run(port, options)
            used = processor_seconds(gateway) - before
        finally:
            gateway.terminate()
            gateway.wait()
        rows = hunt.run(home.lake, "SELECT count(*), count(DISTINCT event_id) FROM events", organisations=None).rows[0]
        matches = sum(len(entry.matches) for _, entry in journal.read(home.journal))
        stored = sum(file.stat().st_size for file in home.lake.rglob("*.parquet"))
    sent, delays = done.events, done.delays
    print(f"machine: {platform.node()}, {os.cpu_count()} cores; {options.senders} senders on the same machine")
    print("| what | figure |\n|---|---|")
    size = f"{done.bytes / max(sent, 1):,.0f} B each, {done.seconds:.0f} s"
    print(f"| events a second over HTTPS `_bulk`, {size} | {sent / done.seconds:,.0f} |")
    print(f"| sender's answer, median / p99 | {percentile(delays, 0.5):.3f} s / {percentile(delays, 0.99):.3f} s |")
    print(f"| acknowledged / rows afterwards / distinct | {sent:,} / {rows[0]:,} / {rows[1]:,} |")
    print(f"| requests refused (asked to come later) | {done.refused} |")
    print(f"| the gateway's processor time for an event | {used / max(sent, 1) * 1e6:.1f} µs |")
    print(f"| the senders' processor time for an event | {done.processor_seconds / max(sent, 1) * 1e6:.1f} µs |")
    print(f"| cores in use, of {os.cpu_count()} | {(used + done.processor_seconds) / done.seconds:.2f} |")
    print(f"| matches in the journal; bytes an event in the lake | {matches:,}; {stored / max(sent, 1):.0f} |")
    assert rows[0] == rows[1] >= sent, "an acknowledged event is missing, or is there twice"


def run(port: int, options: argparse.Namespace) -> Sent:
    results, go = Queue(), Event()
    ready = [Event() for _ in range(options.senders)]
    senders = [
        Process(target=send, args=(number + 1, port, (ready[number], go), results, options))
        for number in range(options.senders)
    ]
    for sender in senders:
        sender.start()
    for one in ready:
        assert one.wait(timeout=120)
    go.set()
    done = [results.get(timeout=options.seconds + 120) for _ in senders]
    for sender in senders:
        sender.join()
    return Sent(
        events=sum(one.events for one in done),
        bytes=sum(one.bytes for one in done),
        delays=[delay for one in done for delay in one.delays],
        seconds=max(one.seconds for one in done),
        refused=sum(one.refused for one in done),
        processor_seconds=sum(one.processor_seconds for one in done),
    )


if __name__ == "__main__":
    main()
