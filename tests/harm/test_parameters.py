"""The parameter table: complete, readable, and refused as a whole where it is wrong."""

from pathlib import Path

import numpy as np
import pytest

from watchward.estate.care.service import ServiceKind, Week
from watchward.estate.care.system import SystemKind
from watchward.estate.care.week import HOURS, shares
from watchward.harm.errors import ParameterError
from watchward.harm.parameters import page, reading
from watchward.harm.parameters.drawing import draw, each_end, ends
from watchward.harm.parameters.overriding import Override, overridden
from watchward.harm.parameters.table import CARE, NEEDS, Basis, rows, standard

PROJECT = Path(__file__).parents[2]


def the_tables():
    return {name: rows(f"{name}.csv") for name in reading.FILES}


def test_every_kind_of_service_has_every_parameter():
    keys = {f"service/{kind}/{name}" for kind in ServiceKind for name in CARE}

    assert keys <= set(standard().parameters)


@pytest.mark.parametrize("consumer", [*ServiceKind, *SystemKind, "supplier", "equipment", "organisation"])
def test_every_pair_of_kinds_finds_numbers(consumer):
    table = standard()
    for provider in [*ServiceKind, *SystemKind, "supplier", "equipment", "organisation"]:
        assert all(f"{table.pair(consumer, provider)}/{name}" in table.parameters for name in NEEDS)


def test_the_severities_of_a_service_add_up_to_one():
    parameters = standard().parameters
    for kind in ServiceKind:
        split = [parameters[f"service/{kind}/{name}"].value for name in CARE if name.startswith("split_")]
        assert sum(split) == pytest.approx(1)


def test_being_taken_in_elsewhere_is_never_worse_than_not_being_seen():
    assert all(one.share for key, one in standard().parameters.items() if key.endswith("/by_move"))


def test_every_number_says_whether_it_is_an_assumption_and_why():
    assert all(one.basis in Basis and one.why for one in standard().parameters.values())


def test_the_page_of_parameters_is_up_to_date():
    assert (PROJECT / "docs/harm/parameters.md").read_text() == page.page(standard()), "run `make parameters`"


@pytest.mark.parametrize(
    ("file", "column", "text", "problem"),
    [
        ("services", "value", "half", "services.csv row 2, value: 'half' is no number"),
        ("services", "high", "1.5", "services.csv row 2, low and high: a share lies between 0 and 1"),
        ("services", "low", "0.9", "does not hold for low, value, high"),
        ("services", "basis", "guess", "services.csv row 2, basis: 'guess' is none of"),
        ("services", "parameter", "farr", "service/ambulance_dispatch/near: has no row"),
        ("dependencies", "why", " ", "dependencies.csv row 2, why: say why"),
        ("dependencies", "low", "-1", "low: must be above 0"),
        ("weightings", "minor", "2", "a worse class never weighs less"),
        ("families", "correlation", "3", "families.csv row 2, correlation: lies between 0 and 1"),
    ],
)
def test_a_table_that_is_wrong_is_refused_with_row_and_column(file, column, text, problem):
    tables = the_tables()
    tables[file] = [{**tables[file][0], column: text}, *tables[file][1:]]

    with pytest.raises(ParameterError) as refused:
        reading.read(tables)

    assert problem in refused.value.message


def test_all_that_is_wrong_is_said_at_once():
    tables = the_tables()
    tables["services"] = [{**row, "value": "x"} for row in tables["services"][:3]] + tables["services"][3:]

    with pytest.raises(ParameterError) as refused:
        reading.read(tables)

    assert all(f"services.csv row {at}, value" in refused.value.message for at in (2, 3, 4))


def test_a_file_of_the_wrong_shape_is_refused_by_its_columns():
    tables = the_tables()
    tables["services"] = [{"name": "x"}]

    with pytest.raises(ParameterError, match=r"services\.csv: column 'why' is missing"):
        reading.read(tables)


def an_override(**changed):
    given = {
        "key": "service/outpatients/catch_up",
        "value": 0.3,
        "low": 0.2,
        "high": 0.4,
        "by": "A. Nurse",
        "why": "So.",
    }
    return Override(**{**given, **changed})


def test_a_site_may_put_its_own_figure_and_the_record_says_who_and_why():
    changed = overridden(standard(), [an_override()]).parameters["service/outpatients/catch_up"]

    assert (changed.value, changed.basis, changed.source, changed.why) == (0.3, Basis.SITE, "A. Nurse", "So.")
    assert standard().parameters["service/outpatients/catch_up"].basis is Basis.ASSUMPTION


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"key": "service/x/y"}, "there is no such parameter"),
        ({"low": 0.35}, "does not hold"),
        ({"key": "service/gp_appointments/by_loss", "high": float("inf")}, "more than 1,000,000"),
        ({"by": ""}, "say who says so"),
        ({"why": ""}, "say why"),
        ({"key": "dependency/theatres/imaging/floor", "value": 0.95, "low": 0.95, "high": 0.95}, "less than its floor"),
    ],
)
def test_an_override_that_cannot_be_is_refused(changed, problem):
    with pytest.raises(ParameterError) as refused:
        overridden(standard(), [an_override(**changed)])

    assert problem in refused.value.message


@pytest.mark.parametrize("week", Week)
def test_the_hours_of_a_week_share_all_of_its_activity(week):
    assert len(shares(week)) == HOURS
    assert sum(shares(week)) == pytest.approx(1)
    assert min(shares(week)) >= 0


def test_draws_lie_around_the_median_as_the_range_says():
    draws = draw(standard(), 4096)
    for key in ("service/outpatients/near", "dependency/any/any/buffer_hours", "exposure/exposed"):
        parameter = standard().parameters[key]
        low, high = ends(draws.of(key)[1:])
        assert draws.of(key)[0] == parameter.value
        assert np.median(draws.of(key)[1:]) == pytest.approx(parameter.value, rel=0.02)
        # The wider side sets the spread: one end is met, the other lies at it or beyond.
        assert low <= parameter.low * 1.05
        assert high >= parameter.high * 0.95


def test_draws_are_always_the_same_and_shares_stay_shares():
    first, second = (draw(standard(), 64, ["a"]) for _ in range(2))

    assert np.array_equal(first.values, second.values)
    assert np.array_equal(first.activity, second.activity)
    shares_at = [at for at, one in enumerate(standard().parameters.values()) if one.share]
    assert ((first.values[:, shares_at] >= 0) & (first.values[:, shares_at] <= 1)).all()
    drawn = [at for at, one in enumerate(standard().parameters.values()) if one.value > 0]
    assert (first.values[:, drawn] > 0).all()


def test_what_hangs_together_is_drawn_together():
    draws = draw(standard(), 256)
    split = [draws.of(f"service/maternity/{name}") for name in CARE if name.startswith("split_")]
    floors, manuals = (draws.of(f"dependency/pathology/laboratory/{name}") for name in ("floor", "manual"))
    other = draws.of("dependency/outpatients/pathology/floor")

    assert np.allclose(sum(split), 1)
    assert (floors <= manuals).all()
    assert np.corrcoef(floors[1:], other[1:])[0, 1] > 0.3


def test_each_end_moves_one_number_at_a_time():
    draws = each_end(standard(), ["exposure/exposed"], ["a", "b"], ["b"])

    exposed = standard().parameters["exposure/exposed"]
    assert draws.of("exposure/exposed")[[0, 3, 4]].tolist() == [exposed.value] * 3
    assert draws.of("exposure/exposed")[2] == pytest.approx(exposed.high, rel=0.1)
    assert draws.activity[:, 1].round(3).tolist() == [0, 0, 0, -1.645, 1.645]
    assert not draws.activity[:, 0].any()
