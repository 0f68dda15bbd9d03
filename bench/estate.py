"""How fast organisations are imported and devices are recognised: a sector of 40,000 organisations.

`python bench/estate.py` makes a node's home of its own. Seconds of processor are this process's alone.
"""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

NOW = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)
DEVICES = 25_000


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        measure(Path(folder))
    return 0


def measure(home: Path) -> None:
    from watchward.node.config import load
    from watchward.node.wiring import migrate, start_django

    config = load(home)
    start_django(config)
    migrate(config)
    from django.db import transaction

    from watchward.base.clock import SystemClock
    from watchward.console.access.guard import Service
    from watchward.console.estate.actions import import_organisations
    from watchward.console.estate.adapters import EstateProjection
    from watchward.lake.journal import DeviceSeen
    from watchward.node.exercise.sector import SIZES, Sector

    records = list(Sector(SIZES["large"]).organisations())
    by = Service(name="bench")

    def imported() -> None:
        import_organisations(by=by, records=records, clock=SystemClock())

    timed(f"import {len(records):,} organisations", len(records), imported)
    timed("import them again (nothing changes)", len(records), imported)

    trust = next(record.code for record in records if record.kind == "trust")

    def seen(at: datetime) -> list[DeviceSeen]:
        return [
            DeviceSeen(
                organisation=trust,
                name=f"WS-{n:06}.trust.example",
                aliases={"ip": [f"10.{n >> 16}.{n >> 8 & 255}.{n & 255}"]},
                source="src-1",
                first_observed_at=at,
                last_observed_at=at,
                events=1,
            )
            for n in range(DEVICES)
        ]

    projection = EstateProjection()

    def see(at: datetime, by_whom: EstateProjection) -> None:
        with transaction.atomic():
            by_whom.see_devices(seen(at))

    timed(f"{DEVICES:,} devices appear", DEVICES, lambda: see(NOW, projection))
    timed("the same within a minute", DEVICES, lambda: see(NOW + timedelta(seconds=30), projection))
    timed("the same five minutes later", DEVICES, lambda: see(NOW + timedelta(minutes=5), projection))
    timed("the same two hours later", DEVICES, lambda: see(NOW + timedelta(hours=2), projection))
    timed("the same for a projector that just started", DEVICES, lambda: see(NOW, EstateProjection()))


def timed(what: str, count: int, work) -> None:
    began, cpu = time.perf_counter(), time.process_time()
    work()
    wall, used = time.perf_counter() - began, time.process_time() - cpu
    print(f"{what:46}{wall:8.1f} s{used:8.1f} s of processor{count / used:12,.0f} a second")


if __name__ == "__main__":
    raise SystemExit(main())
