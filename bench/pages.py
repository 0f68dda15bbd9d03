"""How fast the console's pages are: a sector of 40,000 organisations with 100,000 open alerts, over real HTTPS.

`python bench/pages.py --keep FOLDER` keeps the sector, so that a second run need not build it; `--only harm` opens the
pages and API answers of patient harm alone, `--runs` so many times each. "Processor" is the time that the server itself
computed for a page on average, with its 95th percentile and its first opening: on a machine with other work these are
the figures to compare.
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
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import httpx
from harm_pages import harm_answers, harm_pages

from watchward.node.config import child_environment

sys.path.insert(0, str(Path(__file__).parent / "parts"))

from people import person, signed_in

ALERTS, RULES, SOURCES, RUNS = 100_000, 2_400, 3_000, 40
ON_MAP = 0.1
"""The share of a trust's alerts that are on a server of its map."""

NOW = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)
BATCH = 5_000

UNHURRIED = {"WATCHWARD_API_REQUESTS_A_MINUTE": "1000000", "WATCHWARD_HARM_SECONDS_A_MINUTE": "60"}
"""One reader opens here what hundreds would."""


def main() -> int:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--keep", type=Path)
    arguments.add_argument("--only", choices=("all", "console", "harm"), default="all")
    arguments.add_argument("--runs", type=int, default=RUNS)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        home = given.keep or Path(temporary)
        new = not (home / "built").exists()
        prepare(home, new=new)
        readers, cookie = people()
        port = free_port()
        server = subprocess.Popen(
            [sys.executable, "-m", "watchward", "serve", "web", "--home", str(home)],
            env=child_environment({"WATCHWARD_WEB_PORT": str(port)} | UNHURRIED),
        )
        try:
            measure(port, server.pid, readers, cookie, given)
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
        work_out()
        (home / "built").touch()
        print(f"sector built in {time.monotonic() - began:.0f} s")
    set_against_history()


def build() -> None:
    from django.db import transaction

    from watchward.base.clock import SystemClock
    from watchward.console.access.guard import Service
    from watchward.console.detect.models import Projection
    from watchward.console.estate.actions import import_organisations
    from watchward.console.estate.models import Organisation, Source
    from watchward.node.exercise.prepare import arrange_care
    from watchward.node.exercise.sector import SIZES, Sector

    sector = Sector(SIZES["large"])
    import_organisations(by=Service(name="bench"), records=list(sector.organisations()), clock=SystemClock())
    rng = random.Random(1)
    arrange_care(sector, {one.code: one for one in Organisation.objects.all()})
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


def work_out() -> None:
    """What the worker does before anybody looks."""
    from watchward.base.clock import SystemClock
    from watchward.console.detect.weighing_all import weigh_all
    from watchward.console.harm import adapters

    adapters.lay_out()
    adapters.work_out_rankings(clock=SystemClock())
    weigh_all()


def set_against_history() -> None:
    from watchward.base.clock import SystemClock
    from watchward.console.harm import adapters

    adapters.validate_model(clock=SystemClock())


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
    from watchward.console.care.models import CareEquipment
    from watchward.console.detect.models import Alert, AlertEvent
    from watchward.console.detect.ordering import order_for
    from watchward.console.estate.models import Device
    from watchward.detect.sigma.rule import Level

    levels = list(Level)
    carriers = defaultdict(list)
    for code, name in CareEquipment.objects.order_by("pk").values_list("organisation__code", "name"):
        carriers[code].append(name)
    order = order_for(list({place.pk: place for place in places}.values()), [])
    for start in range(0, len(places), BATCH):
        devices, rows, events = [], [], []
        for n, place in enumerate(places[start : start + BATCH], start):
            level = levels[int(5 * rng.random() ** 2)]
            importance = rng.choice([2, 2, 2, 2, 3, 4])
            on_map = carriers.get(place.code)
            seen = NOW - timedelta(seconds=rng.randrange(14 * 86_400))
            device = Device(
                id=UUID(int=rng.getrandbits(128)),
                organisation=place,
                organisation_path=place.path,
                name=rng.choice(on_map) if on_map and rng.random() < ON_MAP else f"{place.code}-WS-{n:06}",
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
                count=rng.randrange(1, 200),
                first_at=seen,
                last_at=seen + timedelta(minutes=rng.randrange(300)),
                received_at=seen,
                received_last_at=seen,
                revision=n,
                state=rng.choice(["open", "open", "acknowledged"]),
            )
            order.place(alert)
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
    from django.conf import settings

    from watchward.console.access.models import User
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
        client = signed_in(person(role, role, place))
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


def measure(port, server, readers, cookie, given) -> None:
    print(f"\n{'':60}{'processor time of the server':>59}")
    print(f"{'page':34}{'who':26}{'median':>9}{'p95':>9}{'worst':>9}{'mean':>12}{'p95':>10}{'first':>10}")
    every = Times([], [])
    with httpx.Client(base_url=f"https://localhost:{port}", verify=False, timeout=60) as client:  # noqa: S501 - the node's own certificate
        wait(client)
        for role, (session, place) in readers.items():
            opened = pages(place) if given.only != "harm" else {}
            if given.only != "console":
                opened |= harm_pages(place) | harm_answers(place)
            for name, path in opened.items():
                found = Times([], [])
                for run in range(given.runs + 3):
                    before, began = processor(server), time.perf_counter()
                    answer = client.get(path.format(run=24 + run), headers={"Cookie": f"{cookie}={session}"})
                    found.waited.append(1000 * (time.perf_counter() - began))
                    found.computed.append(processor(server) - before)
                    if answer.status_code != 200:
                        break
                if answer.status_code != 200:
                    print(f"{name:34}{role:26}{answer.status_code:>9}", flush=True)
                    assert answer.status_code in {400, 403, 404}, (path, answer.status_code, answer.text)
                    continue
                every.waited.extend(found.waited[3:])
                every.computed.extend(found.computed[3:])
                show(name, role, Times(found.waited[3:], found.computed[3:]), found.computed[0])
    show("every page", "everyone", every, 0.0)
    print(f"the server holds {resident(server)} MB")


class Times(NamedTuple):
    """Milliseconds for each time that a page was opened."""

    waited: list[float]
    computed: list[float]


def processor(process) -> float:
    """Milliseconds that a process has computed, to the microsecond: by its own clock (`clock_getcpuclockid`)."""
    return 1000 * time.clock_gettime(~process << 3 | 2)


def resident(process) -> int:
    """Megabytes that a process holds, with what it shares."""
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") >> 20


def show(name, who, times, first) -> None:
    waited, computed = times
    p95, most = statistics.quantiles(waited, n=20)[-1], statistics.quantiles(computed, n=20)[-1]
    print(
        f"{name:34}{who:26}{statistics.median(waited):7.0f}ms{p95:7.0f}ms{max(waited):7.0f}ms"
        f"{statistics.mean(computed):10.0f}ms{most:8.0f}ms{first:8.0f}ms",
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
