"""What a high severity alert costs at the size of the nation: 40,000 organisations asked by one alert.

`python bench/advisory.py` builds the organisations in a node's home of its own; figures are processor time (user and
system), the best of five where a thing can be done five times.
"""

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "parts"))

from people import person, signed_in

HOMES, PRACTICES, TRUSTS = 32_000, 7_800, 200


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        from watchward.node.config import load
        from watchward.node.wiring import migrate, start_django

        config = load(Path(folder) / "home")
        config.layout.create()
        start_django(config)
        migrate(config)
        for what, seconds in stages():
            print(f"{what:<78}{seconds * 1000:>10,.0f} ms", flush=True)
    return 0


def stages():
    from watchward.base.clock import HeldClock, SystemClock
    from watchward.console.access.guard import Service
    from watchward.console.advisory import actions, answering_actions, queries, reporting, telling
    from watchward.console.advisory.filters import AnswerFilter
    from watchward.console.advisory.models import Answer
    from watchward.console.detect.models import Stake
    from watchward.estate.organisation import OrganisationKind
    from watchward.respond.advisory.answer import Step
    from watchward.respond.advisory.content import Action, Advisory, Product, Severity, Whom

    nation = build()
    by, clock = Service(name="bench"), HeldClock(at=SystemClock().now() - timedelta(hours=50))
    kinds = frozenset({OrganisationKind.CARE_HOME, OrganisationKind.GP_PRACTICE, OrganisationKind.TRUST})
    says = Advisory(
        number="CC-0001", title="Bell 2 lets strangers in", severity=Severity.HIGH, what="A flaw.", plain="Ask.",
        products=(Product(name="Bell 2", supplier="Larkmere Records"),), cves=(),
        actions=(Action(text="Install the update", by=clock.now() + timedelta(days=14)),),
        whom=Whom(area=nation.code, kinds=kinds),
    )  # fmt: skip
    draft = actions.draft_advisory(by=by, organisation=nation, says=says, clock=clock)
    yield "see whom a draft would ask: 40,000 organisations", best(lambda: queries.preview(draft, clock.now()))
    seconds, issued = timed(lambda: actions.issue_advisory(by=by, advisory=draft, clock=clock))
    yield f"issue it, and ask {Answer.objects.count():,}", seconds
    seconds, _ = timed(lambda: telling.tell_asked(clock=clock))
    yield "tell people of it (one board with a rota)", seconds
    some = hosted()
    seconds, told = timed(
        lambda: answering_actions.answer_for(
            by=by, advisory=issued, organisations=some, step=Step.FINISH, note="Ours", clock=clock
        )
    )
    yield f"answer for {told.done:,} care homes at once", seconds
    Stake.objects.filter(device="").update(whole=1.5)
    clock.at = SystemClock().now()
    yield "count how far each region is", best(lambda: queries.progress(by, issued, clock.now()))
    late = AnswerFilter(which="late")
    yield (
        "the first page of those who are late, worst first",
        best(lambda: queries.answer_page(by, issued, late, clock.now())),
    )
    client = signed_in(person("desk", "national_analyst"))
    yield "the nation's page, whole, through the web", best(lambda: page(client, f"/advisories/{issued.number}/"))
    yield "a report of every answer, as it stands", best(lambda: reporting.report(by, issued, clock.now()), times=2)


def page(client, address):
    response = client.get(address)
    assert response.status_code in {200, 302}, response.status_code
    if response.status_code == 302:
        raise SystemExit(f"{address} leads to {response.headers['Location']}")


def hosted():
    from watchward.console.estate.models import Organisation

    return list(Organisation.objects.filter(kind="care_home").order_by("pk")[:5_000])


def build():
    from watchward.console.estate.models import Organisation
    from watchward.estate.organisation import OrganisationKind as Kind

    made = []

    def add(code, kind, parent=None):
        path = f"{parent.path if parent else '/'}{code}/"
        made.append(
            Organisation(pk=len(made) + 1, code=code, name=f"Invented {code}", kind=kind, parent=parent, path=path)
        )
        return made[-1]

    nation = add("XN", Kind.NATION)
    regions = [add(f"XR{number}", Kind.REGION, nation) for number in range(7)]
    boards = [add(f"XB{number}", Kind.ICB, regions[number % 7]) for number in range(42)]
    for count, letter, kind in (
        (TRUSTS, "T", Kind.TRUST),
        (PRACTICES, "P", Kind.GP_PRACTICE),
        (HOMES, "C", Kind.CARE_HOME),
    ):
        for number in range(count):
            add(f"X{letter}{number}", kind, boards[number % 42])
    Organisation.objects.bulk_create(made, batch_size=1_000)
    return nation


def timed(work):
    began = time.process_time()
    result = work()
    return time.process_time() - began, result


def best(work, *, times=5):
    return min(timed(work)[0] for _ in range(times))


if __name__ == "__main__":
    raise SystemExit(main())
