"""How long coverage takes on a sector of 40,000 organisations: noting what arrives, the survey, and the pages.

    python bench/arriving.py [RULES]

Every organisation sends Windows process starts; a hundred different ways of sending are dealt out among them.
"""

import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path

from watchward.base.clock import SystemClock

sys.path.insert(0, str(Path(__file__).parent / "parts"))

from people import person, signed_in

ORGANISATIONS = 40_000
AREA = 950
WAYS = 100
PAGES = 30


def _made(folder: Path) -> None:
    from watchward.node.config import Config
    from watchward.node.wiring import migrate, start_django

    config = Config(home=folder)
    start_django(config)
    migrate(config)


def _sector() -> None:
    from watchward.console.coverage.arriving import Ledger
    from watchward.console.coverage.models import Arriving, Survey
    from watchward.console.estate.models import Organisation
    from watchward.detect.coverage.arrivals import Kind

    fields = ("Image", "CommandLine", "ParentImage", "OriginalFileName", "User", "Hashes", "Hashes (IMPHASH)")
    numbers = ("1", "3", "7", "11", "12", "13", "22", "4688", "4624", "4104")
    today = SystemClock().now().date()
    contents = []
    for way in range(WAYS):
        ledger = Ledger()
        given = frozenset(
            name
            for place, name in enumerate((*fields, "TargetFilename", "TargetObject", "QueryName"))
            if way >> (place % 7) & 1 or place < 2
        ) | {"EventID"}
        for number in numbers[: 3 + way % 8]:
            kind = Kind(
                product="windows",
                category="process_creation" if number in ("1", "4688") else None,
                service="sysmon",
                number=number,
                fields=given,
            )
            ledger.note([kind], today)
        contents.append(ledger.content())
    nation = Organisation.objects.create(code="ENG", name="The nation", kind="nation", path="/ENG/")
    areas = Organisation.objects.bulk_create(
        Organisation(code=f"A{n}", name=f"Area {n}", kind="icb", parent=nation, path=f"/ENG/A{n}/")
        for n in range(-(-ORGANISATIONS // AREA))
    )
    Organisation.objects.bulk_create(
        (
            Organisation(
                code=f"X{n}",
                name=f"Practice {n}",
                kind="gp_practice",
                parent=areas[n // AREA],
                path=f"{areas[n // AREA].path}X{n}/",
            )
            for n in range(ORGANISATIONS)
        ),
        batch_size=1000,
    )
    Arriving.objects.bulk_create(
        (Arriving(source="s", organisation=f"X{n}", content=contents[n % WAYS]) for n in range(ORGANISATIONS)),
        batch_size=1000,
    )
    Survey.objects.get_or_create(pk=1)


def _pages() -> dict[str, list[float]]:
    client = signed_in(person("analyst", "national_analyst"))
    found: dict[str, list[float]] = {}
    for path in (
        "/coverage/",
        "/coverage/?organisation=A7",
        "/coverage/?organisation=X39",
        "/coverage/techniques/T1059/",
    ):
        times = []
        for _ in range(PAGES):
            started = time.process_time()
            answer = client.get(path)
            times.append(1000 * (time.process_time() - started))
            assert answer.status_code == 200, (path, answer.status_code)
        found[path] = times
    return found


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        _made(Path(folder))
        from watchward.console.coverage import adapters
        from watchward.detect.sigma.pack import starter_pack

        rules = [Path(one) for one in sys.argv[1:]] or [starter_pack()]
        _sector()
        started = time.process_time()
        adapters.survey(rules, cache=None, clock=SystemClock())
        print(f"survey of {ORGANISATIONS:,} organisations, rules loaded anew  {time.process_time() - started:8.1f} s")
        for path, times in _pages().items():
            worst = statistics.quantiles(times[1:], n=20)[-1]
            print(f"{path:50} first {times[0]:6.0f} ms  median {statistics.median(times):6.1f}  p95 {worst:6.1f} ms")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"most memory {peak:.0f} MiB")


if __name__ == "__main__":
    main()
