"""The comparison with history as plain data, for `watchward harm validate --json`."""

from typing import Any

from watchward.harm.history.clinical import Harmed
from watchward.harm.history.cross import Fold, Test
from watchward.harm.history.fact import Fact
from watchward.harm.history.reach import Reach
from watchward.harm.history.report import Report, Summary, good, summary
from watchward.harm.history.score import Interval


def as_json(report: Report) -> dict[str, Any]:
    """Everything that the page says, in full precision."""
    return {
        "whole": _summary(report.whole),
        "table_as_it_stands": _summary(report.untaught),
        "incidents": [_fold(fold) for fold in report.folds],
        "clinical": [_harmed(one) for one in report.clinical],
        "reach": [_reach(one) for one in report.reach],
    }


def _fold(fold: Fold) -> dict[str, Any]:
    return {
        "incident": fold.incident.key,
        "title": fold.incident.title,
        "learnt_from": list(fold.learnt_from),
        "reach": {"width": fold.reach.width, "common": fold.reach.common, "scatter": fold.reach.scatter},
        "summary": _summary(summary(fold.tests)),
        "table_as_it_stands": _summary(summary(fold.tests, learnt=False)),
        "figures": [_test(test) for test in fold.tests],
        "left_out": list(fold.incident.left_out),
    }


def _harmed(one: Harmed) -> dict[str, Any]:
    return {
        "degree": one.recorded_as,
        "classes": list(one.classes),
        "recorded": _fact(one.recorded),
        "harmed": _interval(one.harmed),
        "predicted": _interval(one.predicted),
        "inside": one.predicted.holds(one.recorded.value),
    }


def _reach(one: Reach) -> dict[str, Any]:
    return {
        "title": one.title,
        "unit": "share",
        "published": _fact(one.published) if one.published else None,
        "predicted": _interval(one.predicted),
    }


def _test(test: Test) -> dict[str, Any]:
    return {
        "figure": test.figure.key,
        "title": test.figure.title,
        "unit": "share of ordinary activity" if test.figure.as_share else "number",
        "published": _fact(test.figure.published),
        "to_hold": test.to_hold,
        "ordinary": test.scale,
        "predicted": _interval(test.ours),
        "inside": test.ours.holds(test.to_hold),
        "narrow": test.ours.narrow,
        "good": good(test.ours, test.to_hold),
        "table_as_it_stands": _interval(test.table),
        "naive": _interval(test.naive),
    }


def _fact(one: Fact) -> dict[str, Any]:
    return {
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "source": one.source.title,
        "address": one.source.address,
        "published": one.source.published,
        "reading": one.reading.value,
        "note": one.note,
    }


def _interval(one: Interval) -> dict[str, float]:
    return {"estimate": one.estimate, "low": one.low, "high": one.high}


def _summary(one: Summary) -> dict[str, float]:
    return {
        "figures": one.tests,
        "inside": one.inside,
        "narrow": one.narrow,
        "good": one.good,
        "score": one.ours,
        "score_naive": one.naive,
        "better": one.better,
        "score_log": one.ours_log,
        "score_log_naive": one.naive_log,
        "better_log": one.better_log,
    }
