"""What an alert is expected to do to patients: how likely it is real, times what its device puts at stake.

docs/harm/definitions.md gives the formulas; ADR 0185 argues them.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import betaincinv, ndtri
from scipy.stats import qmc

from watchward.harm.kernels.arrays import Floats
from watchward.harm.outcome import Amount, amount
from watchward.harm.parameters import alerts
from watchward.harm.parameters.drawing import moved
from watchward.harm.parameters.table import Parameter

_SEED, _DRAWS = 1854, 1024
_Z95 = 1.6448536269514722
_LEAST = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What became of a rule's alerts that people have closed."""

    real: int = 0
    not_real: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AtStake:
    """What a device puts at stake, in severity-weighted patients.

    Args:
        whole: the harm of losing the whole organisation.
        own: the harm of losing what the map says that the device carries; None where it is not on the map.
        identity: whether it carries the accounts by which the organisation's other computers know people.

    """

    whole: Amount
    own: Amount | None = None
    identity: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Expected harm of an alert, and what it is made of, each with its 90% interval.

    Args:
        harm: severity-weighted patients.
        likelihood: that the alert is real.
        carried: harm of losing what the device carries.
        reach: how likely an attacker gets from it to the rest.
        whole: harm of losing the whole organisation.

    """

    harm: Amount
    likelihood: Amount
    carried: Amount
    reach: Amount
    whole: Amount


UNKNOWN = AtStake(whole=Amount(value=alerts.of("unknown").value))
"""What stands in until the harm of losing an organisation is worked out."""


def likelihood(kind: str, record: Record) -> float:
    """How likely an alert is real: what its rule's level says, moved by what became of the rule's closed alerts.

    Args:
        kind: the level of the rule (`alerts.LEVELS`), or `report` where a person wrote.
        record: what became of them.

    >>> likelihood("high", Record())
    0.12
    >>> round(likelihood("high", Record(not_real=90)), 3)
    0.012

    """
    mean, strength = alerts.of(f"real/{kind}").value, alerts.of("strength").value
    return (mean * strength + record.real) / (strength + record.real + record.not_real)


def at_stake(stake: AtStake, mark: str) -> float:
    """What a device puts at stake: what it carries, and by chance all the rest.

    Args:
        stake: what is known of it.
        mark: how much care depends on it (`alerts.MARKS`), as somebody marked it.

    """
    share, reach = alerts.of(f"carries/{mark}").value, _reach(stake, mark).value
    own = stake.own.value if stake.own else 0.0
    return _sum(own, share * stake.whole.value, reach, stake.whole.value)


def _sum(own: float, marked: float, reach: float, whole: float) -> float:
    carried = max(own, marked)
    return carried + reach * max(whole - carried, 0.0)


def _reach(stake: AtStake, mark: str) -> Parameter:
    marked, identity = alerts.of(f"reach/{mark}"), alerts.of("reach/identity")
    return identity if stake.identity and identity.value > marked.value else marked


def expected(kind: str, record: Record, stake: AtStake, mark: str) -> Expected:
    """Expected harm with its parts and intervals; the estimates are those of `likelihood` and `at_stake`."""
    uniform = qmc.Sobol(6, rng=np.random.default_rng(_SEED)).random(_DRAWS)
    uniform = np.clip(np.vstack([np.full((1, 6), 0.5), uniform]), _LEAST, 1 - _LEAST)
    real = _likelihoods(kind, record, uniform[:, :3])
    reach = _drawn(_reach(stake, mark), uniform[:, 3])
    whole = _spread(stake.whole, uniform[:, 4])
    carried = _drawn(alerts.of(f"carries/{mark}"), uniform[:, 5]) * whole
    if stake.own:
        # What hurts more than we think hurts more as a part and as a whole: both are drawn by the same number.
        carried = np.maximum(carried, _spread(stake.own, uniform[:, 4]))
    harm = real * (carried + reach * np.maximum(whole - carried, 0.0))
    return Expected(
        harm=amount(harm), likelihood=amount(real), carried=amount(carried), reach=amount(reach), whole=amount(whole)
    )


def _likelihoods(kind: str, record: Record, uniform: Floats) -> Floats:
    mean, strength = _drawn(alerts.of(f"real/{kind}"), uniform[:, 0]), _drawn(alerts.of("strength"), uniform[:, 1])
    real, not_real = mean * strength + record.real, (1 - mean) * strength + record.not_real
    found: Floats = betaincinv(real, not_real, uniform[:, 2])
    found[0] = likelihood(kind, record)
    return found


def _drawn(parameter: Parameter, uniform: Floats) -> Floats:
    """A parameter in every draw, the first at its median."""
    return moved(parameter.spread * _normal(uniform), parameter.value, share=parameter.share)


def _spread(one: Amount, uniform: Floats) -> Floats:
    """An amount in every draw: log-normal, as wide to each side as its interval is there."""
    normal = _normal(uniform)
    if one.value <= 0 or one.low is None or one.high is None:
        return np.full(len(uniform), one.value)
    below = np.log(one.value / max(one.low, one.value * _LEAST)) / _Z95
    above = np.log(max(one.high, one.value) / one.value) / _Z95
    found: Floats = one.value * np.exp(normal * np.where(normal < 0, max(below, 0.0), above))
    return found


def _normal(uniform: Floats) -> Floats:
    found: Floats = ndtri(uniform)
    return found
