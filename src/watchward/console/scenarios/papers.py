"""What stands in a paper for a board, about one what-if or two side by side."""

from collections.abc import Iterator
from typing import Final

from watchward.console.harm.what_if_presenter import WhatIfPresenter
from watchward.console.scenarios import grids
from watchward.console.scenarios.paper import Grid, Made, Paper, Section
from watchward.console.scenarios.presenters import ComparePresenter, Side
from watchward.harm.parameters.table import Basis

UNIT: Final = (
    "One severity-weighted patient is one patient who dies or is left with a permanent, life-changing injury. Lesser "
    "injuries, waiting and exposed records count as the table of parts says."
)


def of_one(side: Side, made: Made) -> Paper:
    """A paper about one what-if."""
    shown = side.shown
    sections = [
        Section(title="In brief", texts=list(_brief(side))),
        *_noted(side, "Why this was asked"),
        Section(title="What was asked", grids=[grids.asked(shown)]),
        Section(title="How patients would be hurt", texts=[UNIT], grids=[grids.parts_of(shown)]),
    ]
    if shown.kinds:
        sections += [
            Section(title="Which care could not happen", texts=grids.left_out(shown), grids=[grids.kinds(shown)]),
            Section(title=f"How it unfolds over {shown.lasting}", texts=[_READING], unfolding=[shown]),
            Section(title="What would lessen it", texts=[shown.by_hand], grids=list(grids.lessened(shown))),
            Section(title=shown.worst_board, grids=[grids.places(shown)], mapped=[shown]),
        ]
    sections += [
        Section(
            title="How sure this is",
            texts=list(_doubts(shown, made)),
            grids=[grids.weighed(shown), *grids.moving(shown)],
        ),
        Section(title="What is assumed", points=list(_assumed(shown))),
        Section(title="Where these figures come from", grids=[grids.origin([side], made)]),
    ]
    kind = "What if" if side.saved is None else f"What if: {side.saved.saved.name}"
    headline = f"{shown.harm} severity-weighted patients"
    return Paper(title=shown.finding, kind=kind, headline=headline, made=made, sections=sections)


def of_two(both: ComparePresenter, made: Made) -> Paper:
    """A paper that sets two what-ifs side by side."""
    first, second = both.first.shown, both.second.shown
    warnings = [both.apart, both.otherwise, *_unknown(first, second), *map(_changed, both.sides)]
    brief = [both.how_sure, both.weightings, *warnings]
    head = ("", "First", "Second")
    sections = [
        Section(title="In brief", texts=[text for text in brief if text]),
        *_noted(both.first, "Why the first was asked"),
        *_noted(both.second, "Why the second was asked"),
        Section(
            title="Side by side",
            texts=[UNIT],
            grids=[Grid(caption="What both ask and come to", head=head, rows=both.rows)],
        ),
        Section(title="How each unfolds", texts=[_READING], unfolding=[one for one in (first, second) if one.kinds]),
        Section(
            title="How sure this is",
            texts=list(_doubts(first, made)),
            grids=[
                Grid(
                    caption="Harm of both by each weighting, in severity-weighted patients",
                    head=("Weighting", "First", "Second", "Which is worse"),
                    rows=[(name.capitalize(), one, two, worse.capitalize()) for name, one, two, worse in both.weighed],
                ),
                *grids.moving(first, "What moves the first most"),
                *grids.moving(second, "What moves the second most"),
            ],
        ),
        Section(title="What is assumed", points=list(_assumed(first))),
        Section(title="Where these figures come from", grids=[grids.origin(both.sides, made)]),
    ]
    headline = f"{first.harm} against {second.harm} severity-weighted patients"
    kind = "Two what-ifs side by side"
    return Paper(title=both.finding, kind=kind, headline=headline, made=made, sections=sections)


_READING: Final = (
    "Each picture shows how much of its ordinary work a service can still do, hour by hour: full height is all of it."
)


def _brief(side: Side) -> Iterator[str]:
    shown = side.shown
    yield (
        f"{shown.finding}, at {shown.organisations:,} organisation{'' if shown.organisations == 1 else 's'}. Patients "
        f"would be hurt as much as {shown.harm} severity-weighted patients: our best figure, and in brackets the range "
        "in which we are 90% sure that it lies."
    )
    _, worst = shown.harmed[0]
    yield f"{worst} patients would die or be left with a lasting injury."
    if shown.unmapped:
        yield shown.unmapped
    if side.saved is not None:
        yield side.saved.since


def _changed(side: Side) -> str:
    """That a saved one has another answer than then; empty where nothing has changed since."""
    saved = side.saved
    if saved is None or not (saved.again.other_map or saved.again.other_numbers):
        return ""
    return f"“{side.name}”: {saved.since[0].lower()}{saved.since[1:]}"


def _noted(side: Side, title: str) -> list[Section]:
    note = side.saved.saved.note if side.saved else ""
    return [Section(title=title, texts=[line for line in note.splitlines() if line.strip()])] if note else []


def _unknown(first: WhatIfPresenter, second: WhatIfPresenter) -> list[str]:
    if first.unmapped == second.unmapped:
        return [first.unmapped]
    return [f"Of the first: {first.unmapped}" if first.unmapped else "", f"Of the second: {second.unmapped}"]


def _doubts(shown: WhatIfPresenter, made: Made) -> Iterator[str]:
    yield "Trust the order of large differences, and not single figures. What follows says why."
    yield shown.unknown
    if made.validated is not None:
        plain = made.validated["table_as_it_stands"]
        yield (
            f"Set against {plain['figures']} published figures of past attacks, {plain['inside']:.0%} lay inside our "
            f"90% intervals, and {plain['good']:.0%} inside one that is also narrow."
        )
    yield "How the parts are weighed against each other is a judgement. By other weightings that people hold:"


def _assumed(shown: WhatIfPresenter) -> Iterator[str]:
    parameters = shown.answer.laid.model.table.parameters
    guesses = sum(one.basis is Basis.ASSUMPTION for one in parameters.values())
    share = f"{guesses / len(parameters):.0%}"
    yield "What fails does so wholly and at once, and is back wholly and at once; nothing else fails meanwhile."
    yield "It is an ordinary week: no holiday, no strike, no wave of illness."
    yield "Services work by hand, and neighbours take patients in, as far as the numbers say that they can."
    yield "The likelihood of the loss is not counted: this says what it would do, not how often it happens."
    yield (
        f"Of the {len(parameters):,} numbers behind harm, {guesses:,} ({share}) are assumptions, "
        "each with its range and its reason in the table of numbers."
    )
    if shown.own_numbers:
        yield f"{shown.own_numbers} Who said them, and why, stands in the table of numbers."
