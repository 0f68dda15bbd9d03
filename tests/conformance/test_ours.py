from itertools import groupby

import pytest

from conformance.suite import FOLDER, driver, module

runner = module(FOLDER / "runners" / "watchward_runner.py")
FAMILIES = {name: list(cases) for name, cases in groupby(driver.load(), key=lambda case: case.id.rpartition("/")[0])}

NULL = "a field whose value is null is read as absent (ADR 0002)"
KNOWN = {
    "modifiers/exists/null-is-there": NULL,
    "modifiers/exists/null-is-not-absent": NULL,
    "modifiers/windash/inside-a-word": "only dashes at the beginning of a word are exchanged (ADR 0111)",
}
"""Cases on which we do not agree, and why. One that begins to agree must be taken off the list."""

WAITING = {("plan", "correlations by the fast evaluator")}
"""What an evaluator does not do yet, in the words of its runner."""


@pytest.mark.parametrize("evaluator", ["plan", "reference"])
@pytest.mark.parametrize("family", FAMILIES)
def test_we_agree_with_the_specification(family, evaluator):
    verdicts = [driver.judge(case, runner.answer(case.request(), evaluator)) for case in FAMILIES[family]]
    verdicts = [one for one in verdicts if (evaluator, one.words) not in WAITING]
    wrong = {one.case.id: f"{one.outcome}: {one.words}" for one in verdicts if one.outcome != "agrees"}

    assert {name: words for name, words in wrong.items() if name not in KNOWN} == {}
    assert [one.case.id for one in verdicts if one.outcome == "agrees" and one.case.id in KNOWN] == []


def test_what_an_evaluator_does_not_do_yet_is_still_not_done():
    told = {
        (evaluator, runner.answer(case.request(), evaluator).get("unsupported"))
        for evaluator in ("plan", "reference")
        for name in ("correlations/generate", "correlations/aliases")
        for case in FAMILIES[name][:1]
    }

    assert {one for one in told if one[1]} == WAITING
