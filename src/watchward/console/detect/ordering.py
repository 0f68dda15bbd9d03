"""Expected harm of alerts as it is stored: what is known of stakes and of rules, looked up for many alerts at once.

No model of harm is run here: stakes are worked out by `console.detect.stakes` when maps change (ADR 0186).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from django.db.models import F
from django.db.models.functions import Greatest

from watchward.console.detect.models import Alert, RuleRecord, Stake
from watchward.console.estate.models import Organisation
from watchward.detect.alerts.triage import CloseReason
from watchward.detect.sigma.rule import Level
from watchward.estate.device import Importance
from watchward.harm.expected import UNKNOWN, AtStake, Record, at_stake, likelihood
from watchward.harm.outcome import Amount

REPORTED: Final = "reported-by-a-person"
"""The rule of alerts that people raise by writing."""

REAL: Final = frozenset({CloseReason.DEALT_WITH})
NOT_REAL: Final = frozenset({CloseReason.EXPECTED, CloseReason.FALSE_ALARM})

_BATCH: Final = 500


@dataclass(frozen=True, kw_only=True)
class Order:
    """Orders some alerts: the stakes of their organisations by device, and the records of their rules."""

    stakes: Mapping[tuple[int, str], Stake]
    records: Mapping[str, Record]

    def place(self, alert: Alert) -> None:
        """Say what an alert's expected harm is."""
        alert.stake = self.stake(alert.organisation_id, alert.device)
        alert.likelihood = likelihood(kind_of(alert.rule_id, alert.level), self.records.get(alert.rule_id, Record()))
        alert.score = alert.likelihood * at_stake(stake_of(alert.stake), mark_of(alert.importance))

    def stake(self, organisation: int, device: str) -> Stake | None:
        """What a device puts at stake, by the name that its alerts have for it, in full or up to the first dot."""
        full = device.casefold()
        for name in (full, full.partition(".")[0], ""):
            if found := self.stakes.get((organisation, name)):
                return found
        return None


def order_for(organisations: Collection[Organisation], rules: Collection[str]) -> Order:
    """What orders the alerts of some organisations and rules; organisations that are new are noted for working out."""
    keys = {one.pk for one in organisations}
    stakes = _stakes(keys)
    if new := [one for one in organisations if (one.pk, "") not in stakes]:
        Stake.objects.bulk_create(
            [Stake(organisation=one, device="") for one in new], batch_size=_BATCH, ignore_conflicts=True
        )
        stakes |= _stakes({one.pk for one in new})
    return Order(stakes=stakes, records=records_of(rules))


def _stakes(organisations: Collection[int]) -> dict[tuple[int, str], Stake]:
    found: dict[tuple[int, str], Stake] = {}
    wanted = sorted(organisations)
    for start in range(0, len(wanted), _BATCH):
        for one in Stake.objects.filter(organisation__in=wanted[start : start + _BATCH]):
            found[one.organisation_id, one.device] = one
    return found


def records_of(rules: Collection[str]) -> dict[str, Record]:
    """What became of the closed alerts of some rules; rules of which none was closed are not in it."""
    found: dict[str, Record] = {}
    wanted = sorted(set(rules))
    for start in range(0, len(wanted), _BATCH):
        kept = RuleRecord.objects.filter(rule__in=wanted[start : start + _BATCH])
        for rule, real, not_real in kept.values_list("rule", "real", "not_real"):
            found[rule] = Record(real=real, not_real=not_real)
    return found


def kind_of(rule: str, level: int) -> str:
    """What the table of likelihoods calls an alert of a rule."""
    return "report" if rule == REPORTED else list(Level)[level].value


def mark_of(importance: int) -> str:
    """What the table of marks calls an importance."""
    return Importance(importance).name.lower()


def stake_of(stake: Stake | None) -> AtStake:
    """A stored stake as the model of harm knows it; what is not worked out is unknown."""
    if stake is None or stake.whole is None:
        return UNKNOWN
    own = None if stake.own is None else Amount(value=stake.own, low=stake.own_low, high=stake.own_high)
    whole = Amount(value=stake.whole, low=stake.whole_low, high=stake.whole_high)
    return AtStake(whole=whole, own=own, identity=stake.identity)


def learn(alert: Alert, before: str) -> None:
    """Count what people say about an alert in the record of its rule: in place of what they had said before."""
    real = (alert.closed_reason in REAL) - (before in REAL)
    not_real = (alert.closed_reason in NOT_REAL) - (before in NOT_REAL)
    if real or not_real:
        RuleRecord.objects.get_or_create(rule_id=alert.rule_id)
        RuleRecord.objects.filter(rule=alert.rule_id).update(
            real=Greatest(F("real") + real, 0), not_real=Greatest(F("not_real") + not_real, 0), stale=True
        )
