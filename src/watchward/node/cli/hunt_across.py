"""`watchward hunt-across`: questions to the events of several organisations, here and at the nodes below."""

import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.node.cli.home import opened
from watchward.node.scan.written import printable
from watchward.node.words import counted

if TYPE_CHECKING:
    from watchward.console.hunts.models import Answer, Question

app = App(name="hunt-across", help="Ask what the events of several organisations hold; the events stay where they are.")
AsJson = Annotated[bool, Parameter(name="--json", negative=())]
NAME = "watchward hunt-across"
_FORMS = {".yml": "sigma", ".yaml": "sigma", ".sql": "sql"}


@app.command
def ask(  # noqa: PLR0913 - what is asked, and what for
    file: Path,
    *,
    title: str,
    purpose: str,
    days: int = 7,
    rows: bool = False,
    home: Path | None = None,
    as_json: AsJson = False,
) -> None:
    """Ask all organisations of this node and of those below, and say under which number answers come.

    Args:
        file: a Sigma rule (.yml) or one SELECT over `events` (.sql).
        title: what you want to know, in a few words.
        purpose: what for: those who are asked read it, and it is kept.
        days: how many days back.
        rows: ask for the rows too; somebody at each organisation has to let them out.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    form = _FORMS.get(file.suffix.lower())
    if form is None:
        raise BadInputError(f"{file} is neither a rule nor a query.", advice="Give a file that ends in .yml or .sql.")
    try:
        text = file.read_text("utf-8")
    except (OSError, ValueError) as error:
        raise BadInputError(f"{file} cannot be read: {error}.", advice="Give a file with a rule or a query.") from error
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.hunts import actions, queries  # noqa: PLC0415 - as above
    from watchward.console.hunts.models import Question  # noqa: PLC0415 - as above

    by = Service(name=NAME)
    wanted = actions.Wanted(title=title, purpose=purpose, form=Question.Form(form), text=text, days=days, rows=rows)
    question = actions.ask_question(by=by, wanted=wanted, clock=SystemClock())
    asked = queries.counted(by, question)["asked"]
    if as_json:
        sys.stdout.write(json.dumps({"id": question.pk, "asked": asked}) + "\n")
        return
    _say(f"Asked as {question.pk}: {counted(asked, 'organisation')} of this node, and those of the nodes below.")


@app.command(name="list")
def list_(*, page: int = 1, home: Path | None = None, as_json: AsJson = False) -> None:
    """List what was asked, here and by the nodes above, the latest first, with what was found.

    Args:
        page: which page of 25, from 1.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.hunts import presenters, queries  # noqa: PLC0415 - as above

    by, now = Service(name=NAME), SystemClock().now()
    questions, _ = queries.questions_page(by, max(page, 1))
    each = queries.counted_each(by, questions)
    rows = [
        {
            "id": one.pk,
            "title": one.title,
            "asked_by": presenters.asked_by(one),
            "at": one.at.isoformat(timespec="seconds"),
            "standing": presenters.standing(one, now),
        }
        | each[one.pk]
        for one in questions
    ]
    if as_json:
        sys.stdout.write("".join(json.dumps(row) + "\n" for row in rows))
        return
    if not rows:
        _say("Nobody has asked anything.")
        return
    names = ("id", "title", "asked_by", "at", "standing")
    shown = [
        [*(str(row[name]) for name in names), f"{row['answered']} of {row['asked']}", str(row["holding"])]
        for row in rows
    ]
    _table(("Number", "Question", "Asked by", "When", "State", "Answered", "Found something"), shown)


@app.command
def show(key: str, *, page: int = 1, home: Path | None = None, as_json: AsJson = False) -> None:
    """Show one question and what each organisation answers, those that found most first.

    Args:
        key: the question's number, as `list` shows it.
        page: which page of 25 answers, from 1.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.hunts import presenters, queries  # noqa: PLC0415 - as above

    by = Service(name=NAME)
    question = queries.question_visible_to(by, key)
    if question is None:
        raise BadInputError(f"There is no question {key!r}.", advice="See them with: watchward hunt-across list")
    answers, more = queries.answers_page(by, question, max(page, 1))
    told = queries.counted(by, question)
    if as_json:
        found = {"question": _question(question), "counted": told, "answers": [*map(_answer, answers)], "more": more}
        sys.stdout.write(json.dumps(found) + "\n")
        return
    _say(f"{question.title}: {told['answered']:,} of {told['asked']:,} answered, {told['holding']:,} found something.")
    if presenters.about_people(question):
        _say(presenters.about_people(question))
    rows = [
        [
            *map(
                str,
                (
                    one.pk,
                    f"{one.name} ({one.code})",
                    one.stands.label,
                    presenters.number(one, "events"),
                    presenters.number(one, "devices"),
                    one.reason,
                ),
            )
        ]
        for one in answers
    ]
    _table(("Answer", "Organisation", "State", "Events", "Devices", "Why"), rows)
    if more:
        _say(f"There are more: --page {max(page, 1) + 1}")


@app.command
def found(
    number: int, *, whole: bool = False, page: int = 1, home: Path | None = None, as_json: AsJson = False
) -> None:
    """Show the rows that were found at an organisation of this node, as they would leave.

    Args:
        number: the answer's number, as `show` prints it.
        whole: as they would leave with the names of people and computers.
        page: which page of 50 rows, from 1.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object, with all rows.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.hunts import actions, cleaning, presenters  # noqa: PLC0415 - as above

    by, clock = Service(name=NAME), SystemClock()
    rows = actions.look_at_rows(by=by, answer=_held(number), whole=whole, page=None, clock=clock)
    if as_json:
        sys.stdout.write(json.dumps(cleaning.plain(rows)) + "\n")
        return
    shown = presenters.RowsShown(table=rows, asked=presenters.RowsFilter(page=max(page, 1)))
    _table(rows.columns, shown.rows)
    _say(shown.which or "There are no rows.")


@app.command
def answer(  # noqa: PLR0913 - what is said, and how much of it
    number: int,
    what: Literal["allow", "give", "refuse"],
    *,
    reason: str = "",
    whole: bool = False,
    home: Path | None = None,
    as_json: AsJson = False,
) -> None:
    """Say whether an organisation of this node answers a question.

    Args:
        number: the answer's number, as `show` prints it.
        what: allow: its events may be counted; give: the rows that were found may go; refuse: nothing goes.
        reason: why it is refused; whoever asked reads it.
        whole: rows go with the names of people and computers; NHS numbers never do.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.hunts import actions  # noqa: PLC0415 - as above

    by, clock, held = Service(name=NAME), SystemClock(), _held(number)
    match what:
        case "allow":
            actions.allow_counting(by=by, answer=held, clock=clock)
        case "give":
            actions.give_rows(by=by, answer=held, whole=whole, unseen=True, clock=clock)
        case "refuse":
            actions.refuse_answer(by=by, answer=held, reason=reason, clock=clock)
    if as_json:
        sys.stdout.write(json.dumps(_answer(held)) + "\n")
        return
    _say(f"{held.name}: {held.stands.label.lower()}.")


def _held(number: int) -> "Answer":
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.hunts import queries  # noqa: PLC0415 - as above

    held = queries.answer_visible_to(Service(name=NAME), number)
    if held is None:
        raise BadInputError(
            f"No organisation of this node has an answer {number}.",
            advice="See them with: watchward hunt-across show NUMBER-OF-THE-QUESTION",
        )
    return held


def _question(one: "Question") -> dict[str, object]:
    names = ("title", "purpose", "asker", "node", "form", "text", "asks_about", "wants_rows")
    moments = {name: getattr(one, name).isoformat() for name in ("since", "until", "at", "ends_at")}
    return {"id": one.pk} | {name: getattr(one, name) for name in names} | moments


def _answer(one: "Answer") -> dict[str, object]:
    names = ("code", "name", "state", "events", "devices", "below", "reason")
    told_by = one.peer.name if one.peer else ""
    return {"answer": one.pk} | {name: getattr(one, name) for name in names} | {"told_by": told_by}


def _say(text: str) -> None:
    Console(highlight=False, markup=False, soft_wrap=True).print(printable(text))


def _table(names: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table; other nodes said much of it, and must not be able to steer a terminal."""
    table = Table(*map(printable, names), box=None)
    for row in rows:
        table.add_row(*map(printable, row))
    Console(highlight=False, markup=False, soft_wrap=True).print(table)
