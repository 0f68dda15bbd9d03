"""What the projector does as a whole: from entries of the match journal on disk to alerts in the database.

`python bench/projector.py` writes journals of matches of a hundred rules, which as many correlations read, and has a
projector with an SQLite database catch up with each. Figures are processor time of the projector (user and system).
"""

import random
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

MATCHES, RULES, USERS, DEVICES = 10_000, 100, 20_000, 2_000
BEGAN = datetime(2026, 8, 1, 9, 0, tzinfo=UTC)
SMALL, LARGE = 20, 500
SCENES = [
    # what, matches an entry, of how many rules and devices (None: no alert of their own), correlations
    ("only for correlations, small entries", SMALL, None, True),
    ("only for correlations, large entries", LARGE, None, True),
    ("for few alerts, again and again", SMALL, (20, 10), True),
    ("for few alerts, without correlations", SMALL, (20, 10), False),
    ("each for an alert of its own, nearly", SMALL, (RULES, DEVICES), True),
]


def main() -> int:
    with tempfile.TemporaryDirectory() as temporary:
        prepare(Path(temporary))
        print(f"{'matches':<40}{'an entry':>10}{'alerts':>8}{'matches/s':>12}{'s per 10,000':>14}")
        for number, (what, size, alerts, correlated) in enumerate(SCENES):
            # What the first entries bring with them (compiled loops, sources, organisations) is no part of it.
            projector, folder = a_projector(Path(temporary) / f"journal{number}", correlated=correlated)
            random_ = random.Random(number)
            fill(folder, random_, size, alerts, at=BEGAN + timedelta(days=number), count=2_000)
            projector.catch_up()
            known = count_alerts()
            fill(folder, random_, size, alerts, at=BEGAN + timedelta(days=number, minutes=30))
            began = time.process_time()
            projector.catch_up()
            seconds = time.process_time() - began
            rate, each = MATCHES / seconds, seconds * 10_000 / MATCHES
            print(f"{what:<40}{size:>10,}{count_alerts() - known:>8,}{rate:>12,.0f}{each:>14.2f}", flush=True)
    return 0


def prepare(home: Path) -> None:
    from watchward.node.config import load
    from watchward.node.wiring import migrate, start_django

    config = load(home)
    start_django(config)
    migrate(config)
    from watchward.console.estate.models import Organisation

    for code in codes():
        Organisation.objects.create(code=code, name=f"Trust {code}", kind="trust", path=f"/{code}/")


def codes() -> list[str]:
    return [f"XP{number:02d}" for number in range(20)]


def count_alerts() -> int:
    from watchward.console.detect.models import Alert

    return Alert.objects.count()


def a_projector(folder: Path, *, correlated: bool):
    from correlate import correlations

    from watchward.base.clock import SystemClock
    from watchward.console.detect.models import Projection
    from watchward.node.correlations.running import Correlations, Rules
    from watchward.node.projector import Projector

    folder.mkdir()
    Projection.objects.all().delete()
    rules = Rules(correlations=correlations() if correlated else ())
    projector = Projector(folder=folder, clock=SystemClock(), correlations=Correlations(folder=folder, rules=rules))
    projector.begin()
    return projector, folder


def fill(folder: Path, random_: random.Random, size: int, alerts, *, at: datetime, count: int = MATCHES) -> None:  # noqa: PLR0913 - told apart by name
    """Append entries with so many matches in all, a second apart from a moment on."""
    from watchward.lake.journal import JournalEntry, SourceSeen, Writer

    writer = Writer(folder / "g1")
    for _ in range(count // size):
        at += timedelta(seconds=1)
        seen = SourceSeen(
            source="beats", organisation=codes()[0], events=20 * size, duplicates=0, bad=0,
            first_observed_at=at, last_observed_at=at,
        )  # fmt: skip
        matches = [a_match(random_, at, row, alerts) for row in range(size)]
        entry = JournalEntry(
            gateway="g1", sequence=writer.sequence, segment="2026-08-01/g1-000000000001.parquet", received_at=at,
            events=20 * size, sources=[seen], devices=[], matches=matches,
        )  # fmt: skip
        writer.append(entry)
    writer.close()


def a_match(random_: random.Random, at: datetime, row: int, alerts):
    from watchward.detect.match import Match, Purpose
    from watchward.detect.sigma.rule import Level

    rules, devices = alerts or (RULES, DEVICES)
    rule, device = random_.randrange(rules), random_.randrange(devices)
    user = f"user{random_.randrange(USERS)}"
    return Match(
        event_id=f"{random_.getrandbits(128):032x}",
        rule_id=f"rule{rule}",
        rule_title=f"Rule {rule}",
        level=Level.MEDIUM,
        organisation=codes()[device % len(codes())],
        device=f"WS-{device}",
        source="beats",
        observed_at=at,
        received_at=at,
        segment="2026-08-01/g1-000000000001.parquet",
        row=row,
        fields={"Image": r"C:\Windows\System32\rundll32.exe", "CommandLine": f"rundll32.exe c:\\x{row}.dll,Start"},
        context={"User": user, "ParentImage": r"C:\Windows\explorer.exe"},
        purpose=Purpose.PART if alerts is None else Purpose.ALERT,
        carried={
            "User": user,
            "TargetUserName": f"target{random_.randrange(5000)}",
            "IpAddress": f"192.0.2.{random_.randrange(250)}",
            "BytesOut": str(random_.randrange(100_000)),
        },
    )


if __name__ == "__main__":
    raise SystemExit(main())
