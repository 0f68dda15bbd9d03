"""`watchward advisory`: high severity alerts of a node, and what organisations answer."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.node.cli.home import opened

app = App(name="advisory", help="Issue high severity alerts, and see what organisations answer.")
AsJson = Annotated[bool, Parameter(name="--json", negative=())]
NAME = "watchward advisory"


@app.command(name="list")
def list_(*, ended: bool = False, home: Path | None = None, as_json: AsJson = False) -> None:
    """List the alerts that are in force, with how many organisations have answered.

    Args:
        ended: list those that were withdrawn instead.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.advisory import queries  # noqa: PLC0415 - as above

    by, now = Service(name=NAME), SystemClock().now()
    rows = []
    for one in queries.advisory_page(by, ended=ended, number=1)[0]:
        whole = queries.together(queries.progress(by, one, now))
        figures = {"asked": whole.asked, "answered": whole.answered, "closed": whole.closed, "late": whole.late}
        rows.append({"number": one.number, "title": one.title, "area": one.organisation.code} | figures)
    if as_json:
        sys.stdout.write("".join(json.dumps(row) + "\n" for row in rows))
        return
    table = Table(*("Number", "Title", "Area", "Asked", "Answered", "Closed", "Late"), box=None)
    for row in rows:
        table.add_row(*(str(cell) for cell in row.values()))
    Console(highlight=False, soft_wrap=True).print(table if rows else "None.")


@app.command
def issue(file: Path, *, draft: bool = False, home: Path | None = None, as_json: AsJson = False) -> None:
    """Issue the alert that a file describes, and say how many organisations it asks.

    Args:
        file: JSON, of the form in docs/guides/advisories.md.
        draft: keep it as a draft, and say how many it would ask.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.advisory import actions, queries  # noqa: PLC0415 - as above
    from watchward.respond.advisory.as_json import of_json  # noqa: PLC0415 - as above

    by, clock = Service(name=NAME), SystemClock()
    says = of_json(_document(file))
    area = queries.areas_for(by).filter(code=says.whom.area).first()
    if area is None:
        raise BadInputError(
            f"There is no organisation {says.whom.area!r}.", advice="Look it up with: watchward estate list"
        )
    made = actions.draft_advisory(by=by, organisation=area, says=says, clock=clock)
    asked = queries.preview(made, clock.now()).total
    if not draft:
        actions.issue_advisory(by=by, advisory=made, clock=clock)
    if as_json:
        sys.stdout.write(json.dumps({"number": made.number, "issued": not draft, "asked": asked}) + "\n")
        return
    what = "would ask" if draft else "asks"
    Console(highlight=False, soft_wrap=True).print(f"{made.number} {what} {asked:,} organisations.")


@app.command
def report(
    number: str, *, at: str = "", form: Annotated[Literal["csv", "json"], Parameter(name="--as")] = "json",
    home: Path | None = None,
) -> None:  # fmt: skip
    """Print how an alert stands, or stood at a moment.

    Args:
        number: of the alert, such as CC-0042.
        at: a day or a moment, such as 2026-12-01 or 2026-12-01T09:00:00Z; now without one.
        form: csv for a table of all answers, json for all of it.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.advisory import queries, reporting  # noqa: PLC0415 - as above
    from watchward.console.advisory.report_views import moment_of  # noqa: PLC0415 - as above

    by = Service(name=NAME)
    found = queries.advisory_visible_to(by, number)
    if found is None:
        raise BadInputError(f"There is no alert {number!r}.", advice="See them with: watchward advisory list")
    made = reporting.report(by, found, moment_of(at))
    sys.stdout.write(reporting.as_csv(made) if form == "csv" else json.dumps(reporting.as_json(made)) + "\n")


def _document(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise BadInputError(f"{file} cannot be read: {error}.", advice="Give a file with JSON.") from error
    if not isinstance(found, dict):
        raise BadInputError(f"{file} holds no JSON object.", advice="See docs/guides/advisories.md for its form.")
    return found
