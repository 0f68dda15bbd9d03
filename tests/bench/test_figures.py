"""From moments to figures: steps add up, delays are kept, and the curve says what the table says."""

from xml.etree import ElementTree as ET

import numpy as np
import pytest
from sector import curve, figures
from sector.nodes import Node, Sector, places
from sector.runs import Way


def a_sector(tmp_path):
    nodes = {one.code: Node(place=one, home=tmp_path / one.code, processes={}) for one in places(2, 4)}
    return Sector(folder=tmp_path, nodes=nodes)


def own(moment):
    return {"published": moment + 1, "transferred": moment + 2}


def test_organisations_are_spread_over_regions_and_lie_below_them(tmp_path):
    sector = a_sector(tmp_path)
    assert [node.code for node in sector.regions] == ["Y1", "Y2"]
    assert [(node.code, node.place.path) for node in sector.organisations] == [
        ("T01", "/NAT/Y1/T01/"),
        ("T02", "/NAT/Y2/T02/"),
        ("T03", "/NAT/Y1/T03/"),
        ("T04", "/NAT/Y2/T04/"),
    ]
    assert [node.code for node in sector.canaries] == ["T02", "T03"]


def test_steps_down_add_up_to_the_whole_and_leave_out_who_was_told_earlier(tmp_path):
    sector = a_sector(tmp_path)
    steps = {"NAT": {"stored": 11.0}, "Y1": {"stored": 12.0}, "Y2": {"stored": 12.5}}
    steps |= {code: {"stored": 14.0} | own(14.0) for code in ("T01", "T03", "T04")}
    steps["T02"] = {"stored": 5.0} | own(5.0)
    way = Way(began_at=10.0, answered_at={"T01": 17.0, "T02": 9.0, "T03": 17.5, "T04": 18.0}, steps=steps)
    found = figures.steps_down(sector, way)
    assert [sum(one.values()) for one in found] == [7.0, 7.5, 8.0]
    assert found[0][figures.REGION] == 1.0
    assert found[2][figures.REGION] == 1.5


def test_steps_up_and_down_go_by_the_nation_only_to_other_regions(tmp_path):
    sector = a_sector(tmp_path)
    shared = {"T01": 11.0, "Y1": 12.0, "NAT": 13.0, "Y2": 14.0, "T02": 15.0, "T03": 13.0, "T04": 16.0}
    steps = {code: {"shared": moment} | own(moment) for code, moment in shared.items()}
    way = Way(began_at=10.0, answered_at={"T01": 14.0, "T02": 18.0, "T03": 16.0, "T04": 19.0}, steps=steps)
    other, neighbour, careful = figures.steps_round(sector, way)
    assert sum(other.values()) == 8.0
    assert sum(neighbour.values()) == 6.0
    assert figures.DECIDED in other
    assert figures.DECIDED not in neighbour
    assert figures.CHECKED not in careful
    steps["T04"] |= {"checked": 16.5}
    assert figures.steps_round(sector, way)[2][figures.CHECKED] == 0.5


def test_delays_are_kept_for_a_simulation_at_another_time(tmp_path):
    steps = [{figures.SHARED: 0.5, figures.UP: 0.25, figures.ORGANISATION: 1.0, figures.LISTED: 2.0, "other": 9.0}]
    delays = figures.delays_of([steps], each=0.02)
    figures.kept(tmp_path / "delays.json", {"policy": delays})
    found = figures.read(tmp_path / "delays.json")["policy"]
    assert (found.begun, found.up, found.down, found.last, found.each) == (0.5, 0.25, 1.0, 2.0, pytest.approx(0.02))


def test_the_curve_is_drawn_and_told_with_the_same_figures():
    curves = {"all at once": np.full(1000, 3.0), "half <late>": np.repeat([2.0, 7200.0], 500)}
    drawn = ET.fromstring(curve.picture(curves, "Share & time"))  # noqa: S314 - our own
    assert len(drawn.findall("{*}polyline")) == 2
    assert "half <late>" in [one.text for one in drawn.findall("{*}text")]
    told = curve.table(curves).splitlines()
    assert told[1].count("3.0 s") == 7
    assert "2.0 h" in told[2]
    assert "50.00%" in told[6]
