"""Every incident predicted from the others: what was learnt from four, set against the fifth."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from watchward.harm.history.fact import Fact
from watchward.harm.history.fit import Lesson, Posterior, Scale, learn, untaught
from watchward.harm.history.incident import Figure, Incident
from watchward.harm.history.score import Interval, naive
from watchward.harm.history.space import Space, normals, space_of
from watchward.harm.history.trial import Trial, trial
from watchward.harm.parameters.table import ANY_SERVICE, Parameter, Table

Floats = NDArray[np.float64]

DRAWS = 128
LEAST, MOST = 0.001, 0.985
"""Published shares beyond these are taken for these: nobody counts finer, and "all" means nearly all."""

_Z95 = 1.6448536269514722


@dataclass(frozen=True, slots=True, kw_only=True)
class Test:
    """One published figure beside what was predicted of it.

    Args:
        figure: what was published.
        scale: how much of the figure's unit all ordinary activity is.
        ours: what the model predicts with what it learnt from the other incidents.
        table: what it predicts from the parameter table as it stands.
        naive: what the naive model predicts, which learnt from the same other incidents.

    """

    figure: Figure
    scale: float
    ours: Interval
    table: Interval
    naive: Interval

    @property
    def to_hold(self) -> float:
        """What an interval must hold to be right: what was published, "all" being nearly all."""
        return min(self.figure.published.value, MOST * self.scale)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """One incident that was left out of learning.

    Args:
        incident: which.
        learnt_from: the others.
        reach: how far what is not known reaches, as learnt from them.
        tests: its figures, in order.

    """

    incident: Incident
    learnt_from: tuple[str, ...]
    reach: Scale
    tests: tuple[Test, ...]


def folds(table: Table, incidents: Sequence[Incident]) -> tuple[Fold, ...]:
    """Each incident predicted from all others."""
    return tuple(_fold(table, held, [one for one in incidents if one is not held]) for held in incidents)


def _fold(table: Table, held: Incident, others: Sequence[Incident]) -> Fold:
    unseen = unaware(table, held.key)
    trials = [trial(one, unseen) for one in others]
    own = trial(held, unseen)
    keys = sorted({key for one in (*trials, own) for key in one.keys})
    space = space_of(unseen, keys, [*others, held])
    parameters = np.where(np.arange(space.size) < space.first_assumption(), 1.0, 0.0)
    posterior = learn([_lesson(space, one) for one in trials], parameters)
    ours = intervals(space, own, posterior)
    plain = intervals(space, own, untaught(parameters))
    share = naive([test.published.value / one.scale(test) for one in trials for test in one.incident.figures])
    tests = []
    for figure, mine, as_it_stands in zip(held.figures, ours, plain, strict=True):
        scale = own.scale(figure)
        tests.append(Test(figure=figure, scale=scale, ours=mine, table=as_it_stands, naive=share.over(1 / scale)))
    learnt_from = tuple(one.key for one in others)
    return Fold(incident=held, learnt_from=learnt_from, reach=posterior.scale, tests=tuple(tests))


def _lesson(space: Space, one: Trial) -> Lesson:
    """What there is to learn from an incident."""
    shares = [one.share(figure) for figure in one.incident.figures]
    return Lesson(
        predict=partial(log_odds, space, one),
        observed=np.array([_odds(fact.value) for fact in shares]),
        spread=np.array([spread(fact) for fact in shares]),
        hospitals=one.incident.hospitals,
    )


def intervals(space: Space, one: Trial, known: Posterior) -> list[Interval]:
    """What the model predicts of an incident with what is known, with the interval that holds nine draws of ten."""
    figures = len(one.incident.figures)
    drawn = normals(DRAWS, 2 * space.size + figures)
    tried = known.next_incident(drawn[:, : space.size], drawn[:, space.size : 2 * space.size], one.incident.hospitals)
    found = log_odds(space, one, tried)
    found[1:] += known.scale.scatter * drawn[:, 2 * space.size :]
    shares = expit(found)
    scales = [one.scale(figure) for figure in one.incident.figures]
    return [
        Interval.of(float(column[0]) * scale, column[1:] * scale)
        for column, scale in zip(shares.T, scales, strict=True)
    ]


def log_odds(space: Space, one: Trial, tried: Floats) -> Floats:
    """Log odds of the shares that figures are, by world and figure; worlds that agree are worked out once."""
    own = [at for at, (key, _) in enumerate(space.assumptions) if key == one.incident.key]
    columns = [space.first_assumption() + at for at in own]
    relevant = np.concatenate([tried[:, columns], tried[:, : space.first_assumption()]], axis=1)
    _, first, back = np.unique(relevant, axis=0, return_index=True, return_inverse=True)
    distinct = tried[first]
    _, group = np.unique(distinct[:, columns], axis=0, return_inverse=True)
    group = group.ravel()
    assumed = space.assumed(distinct)
    found = np.empty((len(distinct), len(one.incident.figures)))
    for number in range(int(group.max()) + 1):
        rows = np.flatnonzero(group == number)
        stated = {name: float(values[rows[0]]) for (key, name), values in assumed.items() if key == one.incident.key}
        found[rows] = one.predict(space.draws(distinct[rows]), stated)
    odds: Floats = logit(np.clip(found / [one.scale(figure) for figure in one.incident.figures], 1e-5, 1 - 1e-4))
    return odds[back.ravel()]


def spread(published: Fact) -> float:
    """How far a publication leaves its figure open, as log odds (one standard deviation).

    An interval that reaches to nothing or beyond says how much more it could be, and as much how much less.
    """
    middle = _odds(published.value)
    up = _odds(published.high) - middle
    down = middle - _odds(published.low) if published.low > 0 else up
    return max(up, down) / _Z95


def _odds(share: float) -> float:
    return float(logit(min(max(share, LEAST), MOST)))


def unaware(table: Table, key: str) -> Table:
    """The table without what was set with one incident in view: it takes the general row of its provider."""
    parameters = {name: _general(table, one, key) for name, one in table.parameters.items()}
    return replace(table, parameters=parameters)


def _general(table: Table, one: Parameter, key: str) -> Parameter:
    parts = one.key.split("/")
    if not one.source.startswith(key) or parts[0] != "dependency":
        return one
    instead = table.parameters[f"dependency/{ANY_SERVICE}/{parts[2]}/{parts[3]}"]
    return replace(one, value=instead.value, low=instead.low, high=instead.high)
