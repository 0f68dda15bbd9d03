"""What is at stake at many organisations, worked out at once: as one by one, and stopped at any moment."""

import pytest

from console.care.arranged import CLOCK, a_system, bring, refine
from console.detect.factories import AlertFactory, RuleFactory
from console.harm.areas import an_area, large_maps, own_number_and_passed_question
from watchward.console.care import adapters as care
from watchward.console.detect import jobs, stakes, weighing_all
from watchward.console.detect.models import Alert, Stake
from watchward.console.detect.ordering import order_for
from watchward.console.detect.weighing_all import weigh_all
from watchward.console.harm import adapters as harm
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap
from watchward.estate.care.system import Equipment


@pytest.fixture
def area():
    """An area whose trust has a server on its map, with alerts on it, beside it, and at a surgery and a board."""
    board, trust, surgeries = an_area()
    record = next(one.id for one in care.part_of(trust).care.systems if one.id.endswith("patient_record"))
    server = Equipment(id=f"{trust.code}/device/SRV01", organisation=trust.code, name="SRV01")
    needs = Dependency(consumer=record, provider=server.id)
    bring([trust], CareMap(equipment=(server,), dependencies=(needs,)))
    for place, device in ((trust, "srv01.trust.example"), (trust, "pc-7"), (surgeries[0], "pc-1"), (board, "pc-2")):
        rule = RuleFactory()
        alert = AlertFactory(organisation=place, device=device, rule=rule)
        order_for([place], [rule.pk]).place(alert)
        alert.save()
    return board, trust, surgeries


def stored():
    """What is at stake: what is said of it, estimates, and the ends of intervals."""
    kept = Stake.objects.order_by("organisation", "device")
    said = list(kept.values_list("organisation__code", "device", "carries", "identity", "mapped", "stale", "basis"))
    estimates, ends = (
        [-1.0 if number is None else number for row in kept.values_list(*columns) for number in row]
        for columns in (("whole", "own"), ("whole_low", "whole_high", "own_low", "own_high"))
    )
    return said, estimates, ends


def forget():
    Stake.objects.exclude(device="").delete()
    Stake.objects.update(stale=True, whole=None, basis="")
    Alert.objects.update(score=0)


@pytest.mark.usefixtures("area")
def test_all_at_once_come_to_what_each_comes_to_by_itself():
    jobs.order_alerts(clock=CLOCK)
    said, estimates, ends = stored()
    scores = list(Alert.objects.order_by("pk").values_list("score", flat=True))
    forget()

    assert weigh_all() == 3

    again = stored()
    assert again[0] == said
    assert again[1] == pytest.approx(estimates, rel=1e-6)
    assert again[2] == pytest.approx(ends, rel=0.7)  # of 200 draws, which are others for a larger map
    assert list(Alert.objects.order_by("pk").values_list("score", flat=True)) == pytest.approx(scores, rel=1e-6)
    assert {alert.stake.device for alert in Alert.objects.filter(device="srv01.trust.example")} == {"srv01"}


@pytest.mark.usefixtures("area")
def test_where_many_wait_the_worker_works_them_out_at_once(monkeypatch):
    monkeypatch.setattr(stakes, "A_RUN", 2)
    forget()

    jobs.order_alerts(clock=CLOCK)

    assert not Stake.objects.filter(stale=True).exists()
    assert not Alert.objects.filter(score=0).exists()


def test_organisations_with_numbers_of_their_own_are_worked_out_by_these_however_many_wait(area, monkeypatch):
    _, _, (surgery, *_) = area
    before = Stake.objects.get(organisation=surgery, device="").whole
    own_number_and_passed_question(surgery)
    theirs = Stake.objects.get(organisation=surgery, device="").whole
    assert theirs != before
    monkeypatch.setattr(stakes, "A_RUN", 2)
    forget()

    jobs.order_alerts(clock=CLOCK)

    assert Stake.objects.get(organisation=surgery, device="").whole == theirs
    assert not Stake.objects.filter(stale=True).exists()


def test_a_map_that_has_changed_since_it_was_laid_out_leaves_everything_waiting(area, monkeypatch, tmp_path):
    _, trust, _ = area
    forget()
    with large_maps(monkeypatch, tmp_path):
        harm.lay_out()
        refine(trust, a_system(trust))
        forget()

        assert weigh_all() == 0

    assert Stake.objects.filter(stale=True).count() == 3


@pytest.mark.parametrize("everywhere", [True, False])
def test_numbers_that_change_while_all_is_worked_out_leave_it_to_the_next_time(area, monkeypatch, everywhere):
    _, _, (surgery, *_) = area
    forget()
    worked_out = weighing_all.losses_of_many

    def meanwhile(*given):
        found = worked_out(*given)
        own_number_and_passed_question(None if everywhere else surgery)
        forget()
        return found

    monkeypatch.setattr(weighing_all, "losses_of_many", meanwhile)

    assert weigh_all() == 0
    assert Stake.objects.filter(stale=True).count() == 3
