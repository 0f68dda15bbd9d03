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


@pytest.mark.parametrize("evaluator", ["plan", "reference"])
@pytest.mark.parametrize("family", FAMILIES)
def test_we_agree_with_the_specification(family, evaluator):
    verdicts = [driver.judge(case, runner.answer(case.request(), evaluator)) for case in FAMILIES[family]]
    wrong = {one.case.id: f"{one.outcome}: {one.words}" for one in verdicts if one.outcome != "agrees"}

    assert {name: words for name, words in wrong.items() if name not in KNOWN} == {}
    assert [one.case.id for one in verdicts if one.outcome == "agrees" and one.case.id in KNOWN] == []
