"""The whole comparison with history: every test, and what they come to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from watchward.harm.history.clinical import Harmed, clinical
from watchward.harm.history.cross import Fold, Test, folds
from watchward.harm.history.incidents import INCIDENTS
from watchward.harm.history.reach import Reach, reach
from watchward.harm.history.score import Interval
from watchward.harm.parameters.table import Table

REACH_INSIDE = 0.7
STRETCH_INSIDE = 0.9
REACH_BETTER = 0.3
STRETCH_BETTER = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What some tests come to.

    Args:
        tests: how many there are.
        inside: the share of published figures inside our interval, however wide.
        narrow: the share of our intervals that are narrow enough to be of use.
        good: the share of which both is so.
        ours: our mean interval score, in shares of ordinary activity.
        naive: that of the naive model.
        ours_log: our mean interval score on the scale of logarithms.
        naive_log: that of the naive model.

    """

    tests: int
    inside: float
    narrow: float
    good: float
    ours: float
    naive: float
    ours_log: float
    naive_log: float

    @property
    def better(self) -> float:
        """By what share our score is better than the naive model's; below 0 it is worse."""
        return 1 - self.ours / self.naive

    @property
    def better_log(self) -> float:
        """The same on the scale of logarithms."""
        return 1 - self.ours_log / self.naive_log


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All that was compared.

    Args:
        folds: each incident, predicted from the others.
        clinical: patients harmed by one of them.
        reach: how far another one reached.

    """

    folds: tuple[Fold, ...]
    clinical: tuple[Harmed, ...]
    reach: tuple[Reach, ...] = ()

    @property
    def whole(self) -> Summary:
        """What all tests come to."""
        return summary([test for fold in self.folds for test in fold.tests])

    @property
    def untaught(self) -> Summary:
        """What they come to for the table as it stands, with nothing learnt."""
        return summary([test for fold in self.folds for test in fold.tests], learnt=False)


def summary(tests: Sequence[Test], *, learnt: bool = True) -> Summary:
    """What some tests come to, for the model that learnt from other incidents, or for the table as it stands."""
    chosen = [(test, test.ours if learnt else test.table) for test in tests]
    return Summary(
        tests=len(chosen),
        inside=_mean(one.holds(test.to_hold) for test, one in chosen),
        narrow=_mean(one.narrow for _, one in chosen),
        good=_mean(good(one, test.to_hold) for test, one in chosen),
        ours=_mean(_shares(test, one) for test, one in chosen),
        naive=_mean(_shares(test, test.naive) for test, _ in chosen),
        ours_log=_mean(_logs(test, one) for test, one in chosen),
        naive_log=_mean(_logs(test, test.naive) for test, _ in chosen),
    )


def good(one: Interval, published: float) -> bool:
    """Whether a prediction holds what was published and is narrow enough to be of use."""
    return one.holds(published) and one.narrow


def validate(table: Table) -> Report:
    """Set the model against history."""
    return Report(folds=folds(table, INCIDENTS), clinical=clinical(table), reach=reach(table))


def _published(test: Test) -> float:
    return test.figure.published.value


def _shares(test: Test, one: Interval) -> float:
    return one.over(test.scale).score(_published(test) / test.scale)


def _logs(test: Test, one: Interval) -> float:
    at = _published(test)
    return one.logarithms().score(Interval(estimate=at, low=at, high=at).logarithms().estimate)


def _mean(values: Iterable[float]) -> float:
    found = [float(value) for value in values]
    return sum(found) / len(found)
