"""The tables of a paper for a board."""

from collections.abc import Iterator, Sequence
from typing import Final

from watchward.console.harm.charts import Line
from watchward.console.harm.presenters import figure
from watchward.console.harm.sensitivity_presenter import SwingsPresenter
from watchward.console.harm.what_if_presenter import LASTING, WhatIfPresenter, said
from watchward.console.scenarios.paper import Grid, Made
from watchward.console.scenarios.presenters import Side
from watchward.harm.errors import HarmError
from watchward.harm.outcome import Parts, amount
from watchward.harm.parameters.table import SENSITIVITIES, SEVERITIES, Weighting

_MOVING: Final = 5
_COUNTS: Final = 0.01
_DIGITS: Final = 12


def asked(shown: WhatIfPresenter) -> Grid:
    """What was asked."""
    taken = "Whoever stopped it may have taken them" if shown.asked.exposes else "None are taken"
    rows = [
        ("What fails", shown.lost),
        ("For how long", shown.lasting),
        ("From when", shown.begins),
        ("Records", taken),
        ("Whose patients are counted", f"{shown.counted[0].upper()}{shown.counted[1:]}"),
    ]
    return Grid(caption="The question", head=("", ""), rows=rows)


def parts_of(shown: WhatIfPresenter) -> Grid:
    """The parts of harm beside their sum, each with its weight."""
    parts, weighting = shown.answer.seen.total, shown.answer.outcome.weighting
    rows = [*_parts(parts, weighting), ("Sum, severity-weighted patients", shown.harm, "", figure(_sum(shown)))]
    return Grid(
        caption=f"The parts of harm and their sum, by the weighting “{weighting.name}”",
        head=("Part", "Estimate (90% interval)", "Weight of one", "Adds to the sum"),
        rows=rows,
    )


def _sum(shown: WhatIfPresenter) -> float:
    return shown.answer.harm.value


def _parts(parts: Parts, weighting: Weighting) -> Iterator[tuple[str, str, str, str]]:
    columns = [
        (f"Patients with {LASTING[name]}", parts.harmed[:, at], weighting.severity[at])
        for at, name in reversed(list(enumerate(SEVERITIES)))
    ]
    columns.append(("Patient-days of waiting without injury", parts.delay, weighting.delay))
    columns += [
        (f"{name.capitalize()} records exposed", parts.records[:, at], weighting.record[at])
        for at, name in enumerate(SENSITIVITIES)
        if parts.records[:, at].any()
    ]
    for name, worlds, weight in columns:
        yield name, said(amount(worlds)), figure(weight), figure(float(worlds[0]) * weight)


def kinds(shown: WhatIfPresenter) -> Grid:
    """Displaced care by kind of service."""
    kinds = shown.kinds[: len(lines_of(shown))]
    return Grid(
        caption="Displaced care by kind of service, what hurts most first",
        head=("Service", "Least that remains", "Displaced", "Taken in elsewhere", "Patient-days waited", "Harm"),
        rows=[
            (
                one["name"],
                one["lowest"],
                f"{one['displaced']} {one['unit']}",
                one["absorbed"],
                one["delay"],
                one["harm"],
            )
            for one in kinds
        ],
    )


def lines_of(shown: WhatIfPresenter) -> Sequence[Line]:
    """The time lines of the services that matter: those with a hundredth of the harm or more, the worst at least."""
    answer = shown.answer
    least = _COUNTS * answer.harm.value
    mattering = [kind for kind, parts in answer.kinds if answer.harm_of(parts).value >= least]
    return shown.lines[: max(1, len(mattering))]


def left_out(shown: WhatIfPresenter) -> list[str]:
    """What is not shown, in words."""
    rest = [kind.label for kind, _ in shown.answer.kinds[len(lines_of(shown)) :]]
    return [f"With less than a hundredth of the harm each, and not shown: {', '.join(rest)}."] if rest else []


def lessened(shown: WhatIfPresenter) -> Iterator[Grid]:
    """What mending it earlier would save, and who could take the work."""
    rows = [(end, harm) for end, harm, _ in shown.stages]
    yield Grid(
        caption="Harm if all were mended, or a spare took over, earlier",
        head=("Mended or replaced after", "Severity-weighted patients"),
        rows=rows,
    )
    if shown.takers:
        takers = [(where, kind, units) for kind, where, units in shown.takers]
        yield Grid(caption="Who could take the work", head=("Where", "Service", "Units"), rows=takers)


def places(shown: WhatIfPresenter) -> Grid:
    """Harm by integrated care board."""
    head = ("Integrated care board", "Harm", "Contacts of care displaced")
    return Grid(caption="Harm by integrated care board, the worst first", head=head, rows=shown.places)


def weighed(shown: WhatIfPresenter) -> Grid:
    """Harm by each weighting."""
    total = shown.answer.seen.total
    rows = [(one.name.capitalize(), said(amount(total.harm(one)))) for one in shown.answer.laid.model.table.weightings]
    return Grid(caption="Harm by each weighting", head=("Weighting", "Severity-weighted patients"), rows=rows)


def moving(shown: WhatIfPresenter, caption: str = "What moves this answer most, each number by itself") -> list[Grid]:
    """The numbers that move it most; none where it is too large for moving its numbers one by one."""
    try:
        swings = SwingsPresenter(what_if=shown, swings=shown.answer.swings, table=shown.answer.laid.model.table)
    except HarmError:
        return []
    rows = [(one.name, one.basis, one.low, one.high) for one in swings.rows[:_MOVING]]
    head = ("Number", "Rests on", "Harm at its low end", "Harm at its high end")
    return [Grid(caption=caption, head=head, rows=rows)]


def origin(sides: Sequence[Side], made: Made) -> Grid:
    """Where the figures come from."""
    laid, outcome = sides[0].shown.answer.laid, sides[0].shown.answer.outcome
    tables = dict.fromkeys(one.shown.answer.laid.numbers[:_DIGITS] for one in sides)
    saved = [
        (f"Saved as “{one.saved.saved.name}”", f"By {one.saved.saved.made_by}, {one.saved.saved.made_at:%-d %B %Y}")
        for one in sides
        if one.saved
    ]
    rows = [
        ("Worked out", f"{made.at:%-d %B %Y, %H:%M}, for {made.by}"),
        ("On the node", f"{made.node}{' (an exercise: everything is invented)' if made.exercise else ''}"),
        *saved,
        ("Map of care", f"Version {laid.version}"),
        ("Numbers", f"Table {' and '.join(tables)}, weighting “{outcome.weighting.name}”"),
        ("Intervals", f"{len(outcome.draws.values) - 1} draws of what is not known; each holds 90% of them"),
        ("Watchward", made.program),
        ("Made again at", made.address),
    ]
    return Grid(caption="Origin", head=("", ""), rows=rows)
