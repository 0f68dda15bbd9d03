"""Somebody who sends events over HTTPS, as Winlogbeat does."""

import contextlib
import json
import threading
import time

import httpx

PATIENCE_SECONDS = 240


class Sender:
    """Sends events as Winlogbeat does."""

    def __init__(self, port: int, key: str):
        self.client = httpx.Client(base_url=f"https://localhost:{port}", verify=False, timeout=120)  # noqa: S501 - the node's own certificate
        self.client.headers.update({"Authorization": f"ApiKey {key}", "Content-Type": "application/x-ndjson"})
        self.record = time.time_ns()

    def until_ready(self):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(httpx.TransportError):
                if self.client.get("/").status_code == 200:
                    return
            assert time.monotonic() < deadline, "the gateway does not answer"
            time.sleep(0.2)

    def send(self, device: str, *, count: int = 1, **data: str) -> None:
        lines = []
        for _ in range(count):
            self.record += 1
            event = {
                "@timestamp": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
                "winlog": {
                    "channel": "Microsoft-Windows-Sysmon/Operational",
                    "provider_name": "Microsoft-Windows-Sysmon",
                    "event_id": "1",
                    "computer_name": device,
                    "record_id": self.record,
                    "event_data": data,
                },
            }
            lines += ['{"create":{"_index":"logs"}}', json.dumps(event)]
        answer = self.client.post("/_bulk", content="\n".join(lines) + "\n")
        answer.raise_for_status()

    def flow(self, rate: int, stop: threading.Event) -> None:
        """Ordinary events, five times a second."""
        while rate and not stop.is_set():
            began = time.monotonic()
            self.send(
                f"WS-QUIET-{self.record % 500}",
                count=max(1, rate // 5),
                Image=r"C:\Windows\System32\notepad.exe",
                CommandLine=f"notepad.exe {self.record % 1000}.txt",
            )
            stop.wait(max(0.0, 0.2 - (time.monotonic() - began)))
