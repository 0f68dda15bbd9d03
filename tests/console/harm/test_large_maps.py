"""Maps too large for a page to lay out: the worker does, and whatever happens to it, the pages go on."""

import resource

import pytest
from structlog.testing import capture_logs

from console.care.arranged import a_system, refine
from console.harm.areas import SUPPLIER, an_area, large_maps
from watchward.access.roles import NATIONAL_ANALYST
from watchward.base.clock import SystemClock
from watchward.console.care.models import CareService
from watchward.console.harm import adapters, keeping
from watchward.console.harm.models import WorkedOut
from watchward.console.harm.warming import warm

WHAT_IF = f"/api/v1/harm/what-if?down={SUPPLIER}&hours=24"


@pytest.fixture
def area():
    return an_area()


@pytest.fixture
def large(area, monkeypatch, tmp_path):
    """A node whose map counts as large; what it keeps of it lies in this folder."""
    monkeypatch.setattr(adapters, "HOURS", (4, 24))
    with large_maps(monkeypatch, tmp_path):
        yield area


@pytest.fixture
def analyst(signed_in):
    return signed_in(NATIONAL_ANALYST, None)


@pytest.fixture
def small_answer(analyst, area):  # noqa: ARG001 - asked before the map counts as large
    return analyst.get(WHAT_IF).json()


def test_a_question_waits_for_the_worker_and_then_has_the_same_answer(small_answer, large, analyst):  # noqa: ARG001
    early = analyst.get(WHAT_IF)
    assert (early.status_code, "worker" in early.json()["advice"]) == (503, True)
    assert analyst.get("/harm/what-if/").status_code == 503

    assert adapters.lay_out()

    assert analyst.get(WHAT_IF).json() == small_answer
    assert "Larkmere Practice Records" in analyst.get("/harm/what-if/?text=larkmere").text
    assert not adapters.is_behind()


def test_the_map_is_opened_before_somebody_asks_where_there_is_one(large):  # noqa: ARG001
    with capture_logs() as logs:
        warm()
    assert not logs

    adapters.lay_out()
    with capture_logs() as logs:
        warm()
    (told,) = logs
    assert (told["event"], told["things"] > 0, told["harm"] > 0) == ("harm_warmed", True, True)


def test_while_a_changed_map_is_not_laid_out_the_one_before_answers(large, analyst):
    _, trust, _ = large
    adapters.lay_out()
    refine(trust, a_system(trust))

    assert adapters.is_behind()
    assert analyst.get(WHAT_IF).status_code == 200
    assert "changed since" in analyst.get(f"/harm/what-if/?down={SUPPLIER}").text

    adapters.lay_out()
    assert "changed since" not in analyst.get(f"/harm/what-if/?down={SUPPLIER}").text


def test_the_ranking_of_one_that_was_made_by_the_map_of_before_says_so_and_is_made_anew(large, analyst):
    _, trust, _ = large
    asked = f"/api/v1/harm/ranking?organisation={trust.code}"
    adapters.lay_out()
    refine(trust, a_system(trust))

    before = analyst.get(asked).json()
    assert before["stale"]

    adapters.lay_out()
    after = analyst.get(asked).json()
    assert (after["stale"], after["at"] > before["at"]) == (False, True)


@pytest.mark.parametrize("harm", [lambda whole: whole[:-100], lambda whole: whole[:-1] + b"x", lambda _: b"rubbish"])
def test_a_layout_that_was_cut_off_or_has_rotted_is_made_anew(large, analyst, tmp_path, harm):  # noqa: ARG001
    adapters.lay_out()
    (file,) = tmp_path.iterdir()
    file.write_bytes(harm(file.read_bytes()))

    assert analyst.get(WHAT_IF).status_code == 503
    assert adapters.is_behind()
    adapters.lay_out()
    assert analyst.get(WHAT_IF).status_code == 200


def test_a_full_disk_leaves_the_layout_and_the_rankings_of_before(large, analyst):
    _, trust, _ = large
    adapters.lay_out()
    refine(trust, a_system(trust))
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        with pytest.raises(keeping.NotKeptError, match="Make room"):
            adapters.lay_out()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    adapters.work_out_rankings(clock=SystemClock())
    assert analyst.get("/api/v1/harm/ranking").status_code == 200
    assert analyst.get(WHAT_IF).status_code == 200


class Stopping(SystemClock):
    """The clock of a worker that is killed when it has asked for the time so often."""

    left = 2

    def now(self):
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().now()


def test_a_worker_that_is_killed_amid_rankings_goes_on_where_it_was(large):  # noqa: ARG001
    adapters.lay_out()
    with pytest.raises(KeyboardInterrupt):
        adapters.work_out_rankings(clock=Stopping())
    assert WorkedOut.objects.count() == 2

    assert adapters.rankings_missing()
    assert adapters.work_out_rankings(clock=SystemClock()) == 4
    assert not adapters.rankings_missing()


@pytest.mark.parametrize("wrong", [{"weekly": float("inf")}, {"high": -1.0, "low": -2.0}, {"kind": "witchcraft"}])
def test_one_bad_map_does_not_stop_the_questions_of_all_others(large, analyst, wrong):
    _, trust, _ = large
    refine(trust, a_system(trust))
    CareService.objects.filter(organisation=trust, kind="maternity").update(**wrong)

    adapters.lay_out()
    adapters.work_out_rankings(clock=SystemClock())

    assert analyst.get(WHAT_IF).status_code == 200
    assert analyst.get("/api/v1/harm/ranking").json()["found"]["ranking"][0]["harm"]["value"] > 0
