"""A gateway process for tests, with two organisations that may send, and events for it."""

import base64
import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import msgspec

from watchward.node.home import Home

SECRET = "s" * 43


def an_event(number: int, *, device: str = "ward-1.example", **fields: object) -> dict[str, object]:
    """A process start as NXLog writes it; `number` is its record number."""
    return {
        "@timestamp": "2026-03-01T12:00:00.000Z",
        "EventID": 1,
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "Hostname": device,
        "Computer": device,
        "RecordNumber": number,
        "EventRecordID": number,
        "Image": "C:\\Windows\\System32\\notepad.exe",
        "CommandLine": f"notepad.exe {number}",
        **fields,
    }


def bulk_of(events: list[dict[str, object]], *, action: str = "create", names: list[str] | None = None) -> bytes:
    lines = []
    for position, event in enumerate(events):
        target = {"_index": "logs"} | ({"_id": names[position]} if names else {})
        lines += [json.dumps({action: target}), json.dumps(event)]
    return ("\n".join(lines) + "\n").encode()


def write_sources(home: Home, *organisations: str) -> None:
    home.create()
    sources = [
        {
            "source": f"source-{code}",
            "name": code,
            "key_id": f"key-{code}",
            "digest": hashlib.sha256(SECRET.encode()).hexdigest(),
            "organisation": code,
            "enabled": True,
        }
        for code in organisations
    ]
    home.sources.write_bytes(msgspec.json.encode({"version": 1, "sources": sources}))


def key_of(organisation: str) -> str:
    return base64.b64encode(f"key-{organisation}:{SECRET}".encode()).decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class GatewayProcess:
    """`watchward serve gateway` on a home; it can be killed and started again."""

    home: Home
    tls: bool = True
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    def start(self, *, wait: bool = True) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(__file__).parents[2] / "src"),
            "WATCHWARD_GATEWAY_PORT": str(self.port),
            "WATCHWARD_GATEWAY_TLS": str(self.tls).lower(),
            "WATCHWARD_GATEWAY_FREE_MIB": "0",
            **self.settings,
        }
        command = [sys.executable, "-m", "watchward", "serve", "gateway", "--home", str(self.home.path)]
        with (self.home.path / "gateway.log").open("ab") as output:
            self.process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)  # noqa: S603 - our own program
        if wait:
            self.wait_until_it_serves()

    def wait_until_it_serves(self) -> None:
        for _ in range(2400):
            assert self.process is not None
            if self.process.poll() is not None:
                raise AssertionError(self.log)
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(self.log)

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def end(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    @property
    def log(self) -> str:
        return (self.home.path / "gateway.log").read_text()

    @property
    def authority(self) -> Path:
        return self.home.keys / "authority.pem"

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def client(self, organisation: str = "ZZ1") -> httpx.Client:
        verify = ssl.create_default_context(cafile=self.authority) if self.tls else True
        headers = {"Authorization": f"ApiKey {key_of(organisation)}"}
        return httpx.Client(base_url=self.url, headers=headers, verify=verify, timeout=60)
