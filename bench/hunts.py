"""What a hunt over the organisations of one node costs: 1,000 of them, each with a few events of the last hour.

`python bench/hunts.py [organisations]` builds them in a node's home of its own, asks one Sigma rule and one query, and
says how long the worker took until every organisation was counted, and how long the page of all answers took.
"""

import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "parts"))

from people import person, signed_in

EVENTS_EACH, SEGMENTS = 40, 20
UNMAPPED = '{"rest": "' + "x" * 1_000 + '"}'
"""What no field has of an event, of usual size."""

RULE = """title: Loader
logsource: {product: windows, category: process_creation}
detection: {s: {Image|endswith: loader.exe}, condition: s}
"""
SQL = "SELECT device, Image FROM events WHERE Image LIKE '%loader.exe'"


def main(organisations: int = 1_000) -> int:
    with tempfile.TemporaryDirectory() as folder:
        from watchward.node.config import load
        from watchward.node.wiring import migrate, start_django

        config = load(Path(folder) / "home")
        config.layout.create()
        start_django(config)
        migrate(config)
        build(config.layout, organisations)
        for form, text in (("sigma", RULE), ("sql", SQL)):
            done, seconds = answered(config.layout, form, text)
            each = seconds / done * 1000
            print(f"{form:<6}{done:>7,} organisations counted {seconds:>9,.1f} s, {each:>8,.1f} ms each", flush=True)
        print(f"the page of {organisations:,} answers {page() * 1000:>7,.0f} ms")
    return 0


def build(home, organisations):
    """A board with small organisations, each of which sends events; the loader ran at every tenth."""
    import pyarrow as pa

    from lake.batches import rows
    from watchward.base.clock import SystemClock
    from watchward.console.estate.models import Organisation, Source
    from watchward.estate.organisation import OrganisationKind
    from watchward.lake import segments
    from watchward.lake.segments import Segment

    at = SystemClock().now() - timedelta(hours=1)
    top = Organisation.objects.create(code="XB", name="Larkmere Board", kind=OrganisationKind.ICB, path="/XB/")
    codes = [f"XC{number:05}" for number in range(organisations)]
    Organisation.objects.bulk_create(
        Organisation(code=code, name=f"Home {code}", kind=OrganisationKind.CARE_HOME, parent=top, path=f"/XB/{code}/")
        for code in codes
    )
    Source.objects.bulk_create(
        Source(
            id=f"s-{one.code}",
            name="Computers",
            shipper="filebeat",
            organisation=one,
            organisation_path=one.path,
            created_at=at,
            created_by="bench",
        )
        for one in Organisation.objects.exclude(pk=top.pk)
    )

    for number in range(SEGMENTS):
        parts = [
            rows(
                *(f"{code}-{number}-{each}" for each in range(EVENTS_EACH // SEGMENTS)),
                organisation=code,
                device=f"PC-{code}",
                at=at,
                Image="C:\\tmp\\loader.exe" if code.endswith("0") and number == 3 else "C:\\tmp\\other.exe",
            )
            for code in codes
        ]
        table = pa.concat_tables(parts)
        unmapped = pa.array([UNMAPPED] * table.num_rows)
        table = table.set_column(table.schema.get_field_index("unmapped"), "unmapped", unmapped)
        segments.write(home.lake, Segment.of("g1", number + 1, at), table)


def answered(home, form, text):
    """How many organisations were counted, and in how many seconds."""
    from watchward.base.clock import SystemClock
    from watchward.console.access.models import User
    from watchward.console.hunts import actions
    from watchward.console.hunts.models import Answer, Question
    from watchward.node.hunts import do_next

    by = User.objects.first() or person("desk", "national_analyst")
    wanted = actions.Wanted(title="Loader?", purpose="Bench", form=Question.Form(form), text=text, days=7)
    question = actions.ask_question(by=by, wanted=wanted, clock=SystemClock())
    began = time.monotonic()
    while do_next(home, clock=SystemClock(), stop=threading.Event()) and time.monotonic() - began < 60:
        pass
    seconds = time.monotonic() - began
    done = Answer.objects.filter(question=question, state="counted")
    assert done.filter(events__gt=0).exists() or done.count() < 20
    Answer.objects.filter(question=question, state__in=["waiting", "running"]).delete()
    return done.count(), seconds


def page():
    """Seconds of one look at the page of a question with all its answers."""
    from watchward.console.access.models import User
    from watchward.console.hunts.models import Question

    client = signed_in(User.objects.get())
    key = Question.objects.values_list("pk", flat=True)[0]
    client.get(f"/hunts/{key}/", secure=True)
    began = time.monotonic()
    found = client.get(f"/hunts/{key}/", secure=True)
    assert found.status_code == 200, found
    return time.monotonic() - began


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    sys.exit(main(*map(int, sys.argv[1:])))
