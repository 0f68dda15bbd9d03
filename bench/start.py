"""How long `watchward up --exercise` takes: until it serves, until the first page is answered, until it has stopped."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

STARTS = 4
"""The first in a new home, and the best of the others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Seconds, by the clock on the wall, and of all processors until the node had stopped."""

    serves: float
    page: float
    stopped: float
    processor: float


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def start(home: Path) -> Start:
    command = [sys.executable, "-m", "watchward", "up", "--home", str(home), "--exercise"]
    before, began = os.times(), time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as up:
        assert up.stdout
        address = next(found[0] for line in up.stdout if (found := re.search(r"http://localhost:\d+/", line)))
        serves = time.monotonic() - began
        with urllib.request.urlopen(address) as answer:  # noqa: S310 - an address of our own
            assert answer.status == 200
        page = time.monotonic() - began
        asked = time.monotonic()
        up.send_signal(signal.SIGINT)
        up.communicate()
        stopped = time.monotonic() - asked
    after = os.times()
    processor = after.children_user + after.children_system - before.children_user - before.children_system
    return Start(serves=serves, page=page, stopped=stopped, processor=processor)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        home.mkdir(mode=0o700)
        ports = f"web_port = {free_port()}\ngateway_port = {free_port()}\n"
        (home / "config.toml").write_text(f"exercise = true\n{ports}")
        first, *others = [start(home) for _ in range(STARTS)]
    best = min(others, key=lambda one: one.serves)
    print(f"{'':14}{'serves':>10}{'first page':>12}{'stopped':>10}{'processor':>11}   seconds")
    for name, one in (("first start", first), ("second start", best)):
        print(f"{name:14}{one.serves:10.1f}{one.page:12.1f}{one.stopped:10.1f}{one.processor:11.1f}")


if __name__ == "__main__":
    main()
