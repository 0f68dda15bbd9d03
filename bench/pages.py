"""How fast the console's pages are: a sector of 40,000 organisations with 100,000 open alerts, over real HTTPS.

`python bench/pages.py --keep FOLDER` keeps the sector, so that a second run need not build it. "Processor" is the time
that the server itself computed for a page on average: on a machine with other work it is the figure to compare.
"""

import argparse
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import httpx

from watchward.node.config import child_environment

ALERTS, RULES, SOURCES, RUNS = 100_000, 2_400, 3_000, 40
NOW = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)
BATCH = 5_000


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--keep", type=Path)
    keep = arguments.parse_args().keep
    with tempfile.TemporaryDirectory() as temporary:
        home = keep or Path(temporary)
        new = not (home / "built").exists()
        prepare(home, new=new)
        readers, cookie = people()
        port = free_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "watchward", "serve", "web", "--home", str(home)],
            env=child_environment({"WATCHWARD_WEB_PORT": str(port)}),
        )
        try:
            measure(port, server.pid, readers, cookie)
        finally:
            server.terminate()
            server.wait()
    return 0


def prepare(home: Path, *, new: bool) -> None:
    from watchward.node.config import load
    from watchward.node.wiring import migrate, start_django

    home.mkdir(parents=True, exist_ok=True)
    config = load(home)
    start_django(config)
    migrate(config)
    if new:
        began = time.monotonic()
        build()
        (home / "built").touch()
        print(f"sector built in {time.monotonic() - began:.0f} s")


def build() -> None:
    from django.db import transaction

    from watchward.base.clock import SystemClock
    from watchward.console.access.guard import Service
    from watchward.console.detect.models import Projection
    from watchward.console.estate.actions import import_organisations
    from watchward.console.estate.models import Organisation, Source
    from watchward.node.exercise.sector import SIZES, Sector

    sector = Sector(SIZES["large"])
    import_organisations(by=Service(name="bench"), records=list(sector.organisations()), clock=SystemClock())
    rng = random.Random(1)
    places = list(Organisation.objects.filter(kind__in=["trust", "gp_practice", "care_home"]))
    trusts = [place for place in places if place.kind == "trust"]
    with transaction.atomic():
        rules()
        alerts([rng.choice(trusts if rng.random() < 0.7 else places) for _ in range(ALERTS)], rng)
        Source.objects.bulk_create(
            Source(
                id=f"src-{n:05}",
                name=f"Collector {n}",
                shipper="winlogbeat",
                organisation=place,
                organisation_path=place.path,
                created_at=NOW,
                created_by="bench",
                last_sent_at=NOW,
                events=n,
            )
            for n, place in enumerate(rng.choices(places, k=SOURCES))
        )
        Projection.objects.create(pk=1, revision=ALERTS)


def rules() -> None:
    from watchward.console.detect.models import Rule, RuleTechnique

    Rule.objects.bulk_create(
        Rule(
            id=f"rule-{n}",
            title=f"Odd use of a system program, kind {n}",
            level=n % 5,
            description="What a rule says about itself. " * 5,
            tags=["attack.execution", f"attack.t{1001 + n % 200}"],
            category="process_creation",
        )
        for n in range(RULES)
    )
    RuleTechnique.objects.bulk_create(
        RuleTechnique(rule_id=f"rule-{n}", technique=f"T{1001 + n % 200}") for n in range(RULES)
    )


def alerts(places, rng) -> None:
    from watchward.console.detect.models import Alert, AlertEvent
    from watchward.console.estate.models import Device
    from watchward.detect.sigma.rule import Level
    from watchward.harm.expected import UNKNOWN, Record, at_stake, likelihood

    levels, marks = list(Level), ["", "low", "normal", "high", "vital"]
    for start in range(0, len(places), BATCH):
        devices, rows, events = [], [], []
        for n, place in enumerate(places[start : start + BATCH], start):
            level = levels[int(5 * rng.random() ** 2)]
            importance = rng.choice([2, 2, 2, 2, 3, 4])
            seen = NOW - timedelta(seconds=rng.randrange(14 * 86_400))
            device = Device(
                id=UUID(int=rng.getrandbits(128)),
                organisation=place,
                organisation_path=place.path,
                name=f"{place.code}-WS-{n:06}",
                importance=importance,
                first_seen_at=seen,
                last_seen_at=NOW,
            )
            alert = Alert(
                id=UUID(int=rng.getrandbits(128)),
                rule_id=f"rule-{int(RULES * rng.random() ** 3)}",
                organisation=place,
                organisation_path=place.path,
                device=device.name,
                known_device=device,
                level=level.rank,
                importance=importance,
                likelihood=likelihood(level.value, Record()),
                score=likelihood(level.value, Record()) * at_stake(UNKNOWN, marks[importance]),
                count=rng.randrange(1, 200),
                first_at=seen,
                last_at=seen + timedelta(minutes=rng.randrange(300)),
                received_at=seen,
                received_last_at=seen,
                revision=n,
                state=rng.choice(["open", "open", "acknowledged"]),
            )
            devices.append(device)
            rows.append(alert)
            events.append(
                AlertEvent(
                    alert=alert,
                    event_id=f"{n:032x}",
                    observed_at=seen,
                    source="src-00001",
                    segment="2026-07-01/g1-000000000001.parquet",
                    row=0,
                    fields={"Image": r"C:\Windows\System32\certutil.exe", "CommandLine": "certutil -urlcache -f x"},
                )
            )
        Device.objects.bulk_create(devices)
        Alert.objects.bulk_create(rows)
        AlertEvent.objects.bulk_create(events)


def people():
    """A national analyst, the lead of an ICB, of a trust, and a care home's manager, each with a session."""
    from allauth.mfa.totp.internal.auth import TOTP
    from django.conf import settings
    from django.test import Client

    from watchward.console.access.models import Post, User
    from watchward.console.estate.models import Organisation

    User.objects.filter(email__endswith="@bench.example").delete()
    readers = {}
    for role, kind in (
        ("national_analyst", "nation"),
        ("regional_lead", "icb"),
        ("organisation_cyber_lead", "trust"),
        ("care_provider_manager", "care_home"),
    ):
        place = Organisation.objects.filter(kind=kind).order_by("code").first()
        user = User.objects.create_user(f"{role}@bench.example", role)
        TOTP.activate(user, "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")
        Post.objects.create(user=user, role=role, organisation=place)
        client = Client()
        client.force_login(user)
        readers[role] = (client.cookies[settings.SESSION_COOKIE_NAME].value, place)
    return readers, settings.SESSION_COOKIE_NAME


def pages(place):
    """What each reader opens."""
    from watchward.console.detect.models import Alert

    alert = Alert.objects.filter(organisation_path__startswith=place.path).order_by("-score").first()
    found = {
        "alerts": "/alerts/",
        "alerts, deep page": "/alerts/?page=400",
        "alerts, critical": "/alerts/?level=critical",
        "alerts, newest": "/alerts/?order=newest",
        "alerts, words": "/alerts/?text=kind 77",
        "alerts, technique": "/alerts/?technique=T1059",
        "alerts, given to me": "/alerts/?assignee=me",
        "organisations": "/organisations/",
        "one organisation": f"/organisations/{place.code}/",
        "devices": "/devices/",
        "sources": "/sources/",
    }
    if alert:
        found |= {"one alert": f"/alerts/{alert.pk}/", "one device": f"/devices/{alert.known_device_id}/"}
    return found


def measure(port, server, readers, cookie) -> None:
    print(f"\n{'page':24}{'who':26}{'median':>9}{'p95':>9}{'worst':>9}{'processor':>12}")
    everything, computed = [], []
    with httpx.Client(base_url=f"https://localhost:{port}", verify=False, timeout=60) as client:  # noqa: S501 - the node's own certificate
        wait(client)
        for role, (session, place) in readers.items():
            for name, path in pages(place).items():
                times, before = [], 0.0
                for run in range(RUNS + 3):
                    before = before if run > 3 else processor(server)
                    began = time.perf_counter()
                    answer = client.get(path, headers={"Cookie": f"{cookie}={session}"})
                    times.append(1000 * (time.perf_counter() - began))
                    assert answer.status_code in {200, 403}, (path, answer.status_code, answer.headers)
                if answer.status_code == 200:
                    everything += times[3:]
                    computed.append((processor(server) - before) / RUNS)
                    show(name, role, times[3:], computed[-1])
    show("every page", "everyone", everything, statistics.mean(computed))


def processor(process) -> float:
    """Milliseconds that a process has computed."""
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return 1000 * (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def show(name, who, times, computed) -> None:
    p95 = statistics.quantiles(times, n=20)[-1]
    print(
        f"{name:24}{who:26}{statistics.median(times):7.0f}ms{p95:7.0f}ms{max(times):7.0f}ms{computed:10.0f}ms",
        flush=True,
    )


def wait(client) -> None:
    deadline = time.monotonic() + 60
    while True:
        try:
            client.get("/account/sign-in/")
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the console does not answer"
            time.sleep(0.2)
        else:
            return


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


if __name__ == "__main__":
    sys.exit(main())
