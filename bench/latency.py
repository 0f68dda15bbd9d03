"""From an event's arrival to its alert on the page: a gateway, a projector and the console, as a node runs them.

    python bench/latency.py [--events 60] [--background 2000]

Each event is an attack on a device of its own, so that it makes a new alert. It is sent over HTTPS, and the page of
alerts is asked for that device again and again until the alert stands on it. Meanwhile ordinary events arrive at the
given rate (events a second).
"""

import argparse
import base64
import contextlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import httpx
from pages import free_port, wait

from watchward.node.config import child_environment

sys.path.insert(0, str(Path(__file__).parent / "parts"))

from people import person
from sender import Sender

PATIENCE_SECONDS = 240
AGAIN_SECONDS = 0.05
ATTACK = {"Image": r"C:\Windows\System32\vssadmin.exe", "CommandLine": "vssadmin.exe delete shadows /all /quiet"}


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--events", type=int, default=60)
    arguments.add_argument("--background", type=int, default=2_000)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary, contextlib.ExitStack() as stack:
        home, web, gateway = Path(temporary), free_port(), free_port()
        key, token = prepare(home)
        ports = {"WATCHWARD_WEB_PORT": str(web), "WATCHWARD_GATEWAY_PORT": str(gateway)}
        for name in ("gateway", "projector", "web"):
            command = [sys.executable, "-m", "watchward", "serve", name, "--home", str(home)]
            process = subprocess.Popen(
                command, env=child_environment(ports), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)
        reader = stack.enter_context(httpx.Client(base_url=f"https://localhost:{web}", verify=False, timeout=60))  # noqa: S501 - the node's own certificate
        reader.headers["Authorization"] = f"Bearer {token}"
        sender = Sender(gateway, key)
        wait(reader)
        sender.until_ready()
        seen(reader, sender, "warm-1", PATIENCE_SECONDS)
        stop = threading.Event()
        background = threading.Thread(target=Sender(gateway, key).flow, args=(options.background, stop))
        background.start()
        delays = sorted(seen(reader, sender, f"WS-{n:04}", PATIENCE_SECONDS) for n in range(options.events))
        stop.set()
        background.join()
    cuts = statistics.quantiles(delays, n=100)
    print(f"{len(delays)} attacks among {options.background:,} events/s, from sending to the alert on the page:")
    print(
        f"median {1000 * statistics.median(delays):.0f} ms, p95 {1000 * cuts[94]:.0f} ms, p99 {1000 * cuts[98]:.0f} ms"
    )
    return 0


def prepare(home: Path) -> tuple[str, str]:
    """A node's home with one organisation, a source for it, and a token of its cyber lead."""
    from watchward.node.config import load
    from watchward.node.wiring import migrate, start_django

    config = load(home)
    start_django(config)
    migrate(config)
    from watchward.base.clock import SystemClock
    from watchward.console.access.guard import Service
    from watchward.console.estate.actions import add_source
    from watchward.console.estate.models import Organisation
    from watchward.console.tokens.actions import make_token
    from watchward.estate.shipper import Shipper

    place = Organisation.objects.create(code="XB1", name="Bench Exercise Trust", kind="trust", path="/XB1/")
    user = person("lead", "organisation_cyber_lead", place)
    clock = SystemClock()
    made = add_source(
        by=Service(name="bench"), organisation=place, name="bench", shipper=Shipper.WINLOGBEAT, clock=clock
    )
    token = make_token(by=user, name="bench", days=1, clock=clock)
    return base64.b64encode(f"{made.key_id}:{made.secret}".encode()).decode(), token.secret


def seen(reader: httpx.Client, sender: Sender, device: str, patience: float) -> float:
    """Seconds from sending an attack on a device to its alert on the list of alerts."""
    began = time.monotonic()
    sender.send(device, User="WARD\\kim", **ATTACK)
    while not reader.get("/api/v1/alerts", params={"device": device}).json()["total"]:
        assert time.monotonic() - began < patience, "no alert came"
        time.sleep(AGAIN_SECONDS)
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
