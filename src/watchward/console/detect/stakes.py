"""Work out what is at stake at organisations, and bring the order of their alerts in line with it."""

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from typing import Final

from django.db import transaction
from django.db.models import F, QuerySet

from watchward.console.care import adapters as care
from watchward.console.care.models import CareDependency
from watchward.console.detect.models import Alert, RuleRecord, Stake
from watchward.console.detect.ordering import kind_of, mark_of, order_for, records_of, stake_of
from watchward.console.estate.models import Organisation
from watchward.estate.care.system import SystemKind
from watchward.estate.device import Importance
from watchward.harm.expected import Record, at_stake, likelihood
from watchward.harm.losing import Losses, losses
from watchward.harm.model import model
from watchward.harm.outcome import Amount
from watchward.harm.parameters.alerts import alert_parameters
from watchward.harm.parameters.table import standard

AT_ONCE: Final = 20
"""Organisations that are worked out while whoever changed their map waits; more are left to the worker."""

_A_RUN: Final = 100
"""Organisations that one run of the worker works out at most, so that other jobs have their turn."""

_LABELS: Final = {str(one): one.label for one in SystemKind}


@cache
def basis() -> str:
    """A name for the parameters that stakes and their order are worked out with."""
    table = standard()
    said = repr((sorted(table.parameters.items()), table.weightings, sorted(alert_parameters().items())))
    return sha256(said.encode()).hexdigest()[:16]


def map_changed(organisations: Iterable[Organisation]) -> None:
    """Maps have changed: bring stakes and order in line, at once where it is few organisations."""
    changed = list(organisations)
    named = CareDependency.objects.filter(organisation__in=changed).values_list("provider", flat=True)
    codes = {provider.partition("/")[0] for provider in named.distinct()} - {one.code for one in changed}
    Stake.objects.filter(organisation__code__in=codes, device="").update(stale=True)
    stakes = Stake.objects.filter(organisation__in=changed, device="")
    if stakes.update(stale=True) <= AT_ONCE:
        for stake in stakes.select_related("organisation"):
            work_out(stake.organisation)


@transaction.atomic
def work_out(organisation: Organisation) -> None:
    """Work out what is at stake at an organisation, and order its alerts by it."""
    part = care.part_of(organisation)
    found = None
    if part.care.services:
        found = losses(model(care.surroundings(organisation), standard()), organisation.code)
    _store(organisation, found, mapped=part.own)
    reorder(organisation)


def _store(organisation: Organisation, found: Losses | None, *, mapped: bool) -> None:
    whole = found.whole.whole if found else None
    common = {**_columns("whole", whole), "mapped": mapped, "stale": False, "basis": basis()}
    rows = {"": Stake(organisation=organisation, device="", **common)}
    # A device that has gone from the map keeps its row, and is from then on like any other there.
    for name in Stake.objects.filter(organisation=organisation).exclude(device="").values_list("device", flat=True):
        rows[name] = Stake(organisation=organisation, device=name, **common)
    for one in found.devices if found else ():
        name = one.equipment.name.casefold()
        rows[name] = Stake(
            organisation=organisation,
            device=name,
            identity=one.stake.identity,
            carries=[_LABELS[kind] for kind in one.systems],
            **common,
            **_columns("own", one.stake.own),
        )
    columns = [one.name for one in Stake._meta.concrete_fields if one.name not in {"id", "organisation", "device"}]
    Stake.objects.bulk_create(
        rows.values(), update_conflicts=True, unique_fields=["organisation", "device"], update_fields=columns
    )


def _columns(name: str, one: Amount | None) -> dict[str, float | None]:
    return {
        name: one.value if one else None,
        f"{name}_low": one.low if one else None,
        f"{name}_high": one.high if one else None,
    }


def reorder(organisation: Organisation) -> None:
    """Order the open alerts of an organisation anew, in a few writes however many they are."""
    waiting = Alert.objects.filter(organisation=organisation, closed=False).order_by()
    order = order_for([organisation], ())
    kinds = list(waiting.values_list("rule", "level", "likelihood").distinct())
    records = records_of({rule for rule, _, _ in kinds})
    for rule, level, stored in kinds:
        real = likelihood(kind_of(rule, level), records.get(rule, Record()))
        if real != stored:
            waiting.filter(rule=rule, level=level).update(likelihood=real)
    by_stake: dict[int, set[str]] = {}
    for device in waiting.values_list("device", flat=True).distinct():
        stake = order.stake(organisation.pk, device)
        if stake is not None and stake.device:
            by_stake.setdefault(stake.pk, set()).add(device)
    usual = order.stakes[organisation.pk, ""]
    named = [name for names in by_stake.values() for name in names]
    _score(waiting.exclude(device__in=named), usual)
    for stake in order.stakes.values():
        if stake.pk in by_stake:
            _score(waiting.filter(device__in=by_stake[stake.pk]), stake)


def _score(alerts: QuerySet[Alert], stake: Stake) -> None:
    for importance in Importance:
        harm = at_stake(stake_of(stake), mark_of(importance))
        alerts.filter(importance=importance).update(stake=stake, score=F("likelihood") * harm)


@transaction.atomic
def reorder_rule(record: RuleRecord) -> None:
    """Order the open alerts of a rule anew, after people closed some of them."""
    waiting = Alert.objects.filter(rule=record.rule_id, closed=False).order_by()
    for level, stored in list(waiting.values_list("level", "likelihood").distinct()):
        real = likelihood(kind_of(record.rule_id, level), Record(real=record.real, not_real=record.not_real))
        if stored > 0 and real != stored:
            waiting.filter(level=level, likelihood=stored).update(likelihood=real, score=F("score") * (real / stored))
    RuleRecord.objects.filter(pk=record.pk, real=record.real, not_real=record.not_real).update(stale=False)


def follow() -> None:
    """Bring stakes and order in line with whatever has changed since: parameters, maps, new organisations, rules."""
    Stake.objects.filter(device="", stale=False).exclude(basis=basis()).update(stale=True)
    for stake in Stake.objects.filter(device="", stale=True).select_related("organisation").order_by("pk")[:_A_RUN]:
        work_out(stake.organisation)
    for record in RuleRecord.objects.filter(stale=True):
        reorder_rule(record)
