import re
from pathlib import Path

import pytest

from watchward.harm.history.as_json import as_json
from watchward.harm.history.cross import MOST, folds, unaware
from watchward.harm.history.incidents.america import AMERICA
from watchward.harm.history.incidents.clinic import CLINIC
from watchward.harm.history.reach import reach
from watchward.harm.history.report import Report, summary
from watchward.harm.history.trial import trial
from watchward.harm.parameters.drawing import draw
from watchward.harm.parameters.table import standard
from watchward.node.cli import main

PAGE = Path(__file__).parents[3] / "docs/harm/validation.md"
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


@pytest.fixture(scope="module")
def report() -> Report:
    return Report(folds=folds(standard(), [AMERICA, CLINIC]), clinical=())


def test_the_page_of_validation_is_up_to_date(capsys):
    assert main(["harm", "validate"]) == 0
    made, kept = capsys.readouterr().out, PAGE.read_text()

    # Machines differ in the last digits of a sum, and a rounded number may tip over; words may not.
    assert NUMBER.sub("#", made) == NUMBER.sub("#", kept), "run `make validation`"
    numbers = [[float(one.replace(",", "")) for one in NUMBER.findall(text)] for text in (made, kept)]
    assert numbers[0] == pytest.approx(numbers[1], rel=0.03, abs=1.01), "run `make validation`"


def test_predictions_are_the_same_every_time(report):
    again = folds(standard(), [AMERICA, CLINIC])

    assert [test.ours for fold in again for test in fold.tests] == [
        test.ours for fold in report.folds for test in fold.tests
    ]


def test_each_incident_learns_from_the_others_only(report):
    assert [(fold.incident.key, fold.learnt_from) for fold in report.folds] == [
        ("america", ("clinic",)),
        ("clinic", ("america",)),
    ]


def test_failures_are_counted_as_plainly_as_successes(report):
    found = as_json(report)

    figures = [one for fold in found["incidents"] for one in fold["figures"]]
    assert len(figures) == len(AMERICA.figures) + len(CLINIC.figures)
    assert found["whole"]["good"] == pytest.approx(sum(one["good"] for one in figures) / len(figures))
    assert all(one["good"] == (one["inside"] and one["narrow"]) for one in figures)
    assert all(one["published"]["address"].startswith("http") for one in figures)


def test_scores_count_what_is_learnt_and_what_is_not(report):
    tests = report.folds[0].tests

    assert summary(tests).ours != summary(tests, learnt=False).ours
    assert summary(tests).naive == summary(tests, learnt=False).naive


def test_nothing_that_was_set_with_an_incident_in_view_is_used_against_it():
    table = unaware(standard(), "synnovis")

    set_with_it = [
        key for key, one in standard().parameters.items() if one.source == "synnovis2024" and "dependency" in key
    ]
    assert set_with_it
    for key in set_with_it:
        _, _, provider, name = key.split("/")
        assert table.parameters[key].value == standard().parameters[f"dependency/any_service/{provider}/{name}"].value


def test_a_hospital_that_lost_nothing_lost_no_care():
    one = trial(CLINIC, standard())

    figures = one.predict(draw(one.model.table, 0), {stated.name: 1.0 for stated in CLINIC.assumptions()})

    assert figures[0, 0] == pytest.approx(0)


def test_the_loss_of_a_supplier_holds_up_whom_it_serves_and_nobody_else():
    providers, ambulances, calls = reach(standard())

    assert providers.predicted.estimate == providers.published.value
    assert ambulances.predicted.high == 0
    assert 0 < calls.predicted.low < calls.predicted.estimate < calls.predicted.high < 1


def test_all_that_is_published_as_lost_is_held_by_an_interval_that_reaches_nearly_all(report):
    monday = next(test for test in report.folds[1].tests if test.figure.key == "clinic/outpatients-1")

    assert monday.figure.published.value == 1.0
    assert monday.to_hold == pytest.approx(MOST)
