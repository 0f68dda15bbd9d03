"""The comparison with history as a page to read: docs/harm/validation.md is exactly this."""

from collections.abc import Iterator

from watchward.harm.history.clinical import RECORDED
from watchward.harm.history.cross import Fold, Test
from watchward.harm.history.fact import Assumption, Fact, Source
from watchward.harm.history.incident import Incident, Step
from watchward.harm.history.notes import CLINICAL, INTRODUCTION, MISSING, REACH, VERDICT, WHY
from watchward.harm.history.report import (
    REACH_BETTER,
    REACH_INSIDE,
    STRETCH_BETTER,
    STRETCH_INSIDE,
    Report,
    Summary,
    good,
    summary,
)
from watchward.harm.history.score import Interval


def page(report: Report) -> str:
    """The whole page, ending with a line's end."""
    lines = [*_head(report), *_by_incident(report), VERDICT, ""]
    for fold in report.folds:
        lines += _incident(fold)
    lines += [
        *_clinical(report),
        *_reach(report),
        "## What could not be tested",
        "",
        *(f"- {one}" for one in MISSING),
        "",
        *_sources(report),
    ]
    return "\n".join(lines) + "\n"


def _head(report: Report) -> Iterator[str]:
    yield "# The model of harm set against history"
    yield ""
    yield INTRODUCTION
    yield ""
    whole, plain = report.whole, report.untaught
    yield "| what is asked | reach | stretch | learnt from the others | nothing learnt |"
    yield "|---|--:|--:|--:|--:|"
    yield (
        f"| published figures inside our 90% interval, intervals no wider than ± 60% | {REACH_INSIDE:.0%} | "
        f"{STRETCH_INSIDE:.0%} | **{whole.good:.0%}** | {plain.good:.0%} |"
    )
    yield f"| inside, however wide | | | {whole.inside:.0%} | {plain.inside:.0%} |"
    yield f"| narrow enough, wherever the figure lies | | | {whole.narrow:.0%} | {plain.narrow:.0%} |"
    yield (
        f"| mean interval score better than the naive model's | {REACH_BETTER:.0%} | {STRETCH_BETTER:.0%} | "
        f"**{whole.better:.0%}** | {plain.better:.0%} |"
    )
    yield f"| the same on the scale of logarithms | | | {whole.better_log:.0%} | {plain.better_log:.0%} |"
    yield ""


def _by_incident(report: Report) -> Iterator[str]:
    yield (
        "| incident | figures | inside and narrow | inside | score | naive score | better | nothing learnt: inside and "
        "narrow | inside | better |"
    )
    yield "|---|" + "--:|" * 9
    rows = [(fold.incident.title, fold.tests) for fold in report.folds]
    for title, tests in [*rows, ("**all**", [test for fold in report.folds for test in fold.tests])]:
        yield _row(title, summary(tests), summary(tests, learnt=False))
    yield ""


def _row(title: str, one: Summary, plain: Summary) -> str:
    return (
        f"| {title} | {one.tests} | {one.good:.0%} | {one.inside:.0%} | {one.ours:.2f} | {one.naive:.2f} | "
        f"{one.better:.0%} | {plain.good:.0%} | {plain.inside:.0%} | {plain.better:.0%} |"
    )


def _incident(fold: Fold) -> Iterator[str]:
    incident = fold.incident
    yield f"## {incident.title}"
    yield ""
    reach = fold.reach
    yield (
        f"{incident.story} Predicted from what was learnt of: {', '.join(fold.learnt_from)}. They say that the table's "
        f"ranges are {reach.width:g} times as wide in truth, {reach.common:.0%} of that the same everywhere, and that "
        f"figures scatter by {reach.scatter:g} besides."
    )
    yield ""
    yield from _put_in(incident)
    yield "| figure | published | predicted | inside and narrow | nothing learnt | naive |"
    yield "|---|--:|--:|---|--:|--:|"
    yield from (_test(test) for test in fold.tests)
    yield ""
    if incident.key in WHY:
        yield WHY[incident.key]
        yield ""
    if incident.left_out:
        yield "Published, and not tested against:"
        yield ""
        yield from (f"- {one}" for one in incident.left_out)
        yield ""


def _clinical(report: Report) -> Iterator[str]:
    yield "## Patients harmed by Synnovis"
    yield ""
    yield CLINICAL
    yield ""
    yield "| recorded as | classes of DCB0129 | recorded | harmed, as the table stands | of these recorded | inside |"
    yield "|---|---|--:|--:|--:|---|"
    for one in report.clinical:
        inside = "yes" if one.predicted.holds(one.recorded.value) else "**no**"
        expected = (_interval(part, share=False) for part in (one.harmed, one.predicted))
        cells = (_published(one.recorded, share=False), *expected, inside)
        yield f"| {one.recorded_as} | {', '.join(one.classes)} | {' | '.join(cells)} |"
    yield ""


def _reach(report: Report) -> Iterator[str]:
    yield "## Reach through a supplier: Adastra, 2022"
    yield ""
    yield REACH
    yield ""
    yield "| what is asked | published | predicted by the table as it stands |"
    yield "|---|--:|--:|"
    for one in report.reach:
        published = _published(one.published, share=True) if one.published else "nothing"
        certain = one.predicted.low == one.predicted.high
        predicted = _number(one.predicted.estimate, share=True) if certain else _interval(one.predicted, share=True)
        yield f"| {one.title} | {published} | {predicted} |"
    yield ""


def _put_in(incident: Incident) -> Iterator[str]:
    yield "| what was lost | from hour | left | basis |"
    yield "|---|--:|--:|---|"
    for loss in incident.losses:
        things = ", ".join(kind.label.lower() for kind in loss.kinds)
        for at, step in enumerate(loss.steps):
            yield f"| {things if at == 0 else 'the same'} | {step.hour} | {_left(step)} | {_basis(step.left)} |"
    for own in incident.activity:
        if isinstance(own.weekly, Assumption):
            yield f"| {own.kind.label.lower()} in a week, ordinarily | | {_stated(own.weekly)} | {_basis(own.weekly)} |"
    yield ""


def _left(step: Step) -> str:
    if isinstance(step.left, Assumption):
        return f"{step.left.value:.0%} ({step.left.low:.0%} to {step.left.high:.0%})"
    return f"{step.left.value:.0%}"


def _stated(one: Assumption) -> str:
    return f"{one.value:,.0f} ({one.low:,.0f} to {one.high:,.0f})"


def _basis(one: Fact | Assumption) -> str:
    return f"assumption: {one.why}" if isinstance(one, Assumption) else f"{one.reading}: {one.source.title}"


def _test(test: Test) -> str:
    share = test.figure.as_share
    published = test.figure.published
    verdict = "yes" if good(test.ours, test.to_hold) else f"**no**, {_failing(test)}"
    cells = (
        f"{test.figure.title}{' (derived)' if published.reading == 'derived' else ''}",
        _published(published, share=share),
        _interval(test.ours, share=share),
        verdict,
        _interval(test.table, share=share),
        _interval(test.naive, share=share),
    )
    return f"| {' | '.join(cells)} |"


def _failing(test: Test) -> str:
    published = test.to_hold
    where = "" if test.ours.holds(published) else "too high" if published < test.ours.low else "too low"
    wide = "" if test.ours.narrow else "too wide"
    return " and ".join(word for word in (where, wide) if word)


def _published(one: Fact, *, share: bool) -> str:
    value = _number(one.value, share=share)
    if one.low == one.high:
        return value
    return f"{value} ({_number(one.low, share=share)} to {_number(one.high, share=share)})"


def _interval(one: Interval, *, share: bool) -> str:
    ends = (_number(end, share=share) for end in (one.low, one.high))
    return f"{_number(one.estimate, share=share)} ({' to '.join(ends)})"


def _number(value: float, *, share: bool) -> str:
    """A share in per cent, anything else to three digits.

    >>> _number(0.256, share=True), _number(13534.4, share=False)
    ('26%', '13,500')

    """
    if share:
        return f"{value:.0%}"
    return f"{float(f'{value:.3g}'):,.0f}" if abs(value) >= 10 else f"{value:.2g}"  # noqa: PLR2004 - digits to show


def _sources(report: Report) -> Iterator[str]:
    yield "## Sources"
    yield ""
    found: dict[Source, None] = {}
    found |= dict.fromkeys(RECORDED.sources) | {one.published.source: None for one in report.reach if one.published}
    for fold in report.folds:
        stated = [test.figure.published for test in fold.tests]
        stated += [step.left for loss in fold.incident.losses for step in loss.steps if isinstance(step.left, Fact)]
        found |= dict.fromkeys(one.source for one in stated)
        found |= dict.fromkeys(source for one in fold.incident.assumptions() for source in one.sources)
    yield from (f"- {one.title}, {one.when}: <{one.address}>" for one in found)
