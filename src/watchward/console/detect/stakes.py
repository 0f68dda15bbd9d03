"""Work out what is at stake at organisations, and bring the order of their alerts in line with it."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final

from django.db import connection, transaction
from django.db.models import F, Q

from watchward.console.access.guard import Reach
from watchward.console.care import adapters as care
from watchward.console.care import rows
from watchward.console.care.models import CareDependency
from watchward.console.detect.models import Alert, RuleRecord, Stake
from watchward.console.detect.ordering import kind_of, mark_of, order_for, records_of, stake_of
from watchward.console.estate.models import Organisation
from watchward.console.harm import own
from watchward.estate.care.system import SystemKind
from watchward.harm.expected import Record, at_stake, likelihood
from watchward.harm.losing import Losses, losses
from watchward.harm.model import model
from watchward.harm.outcome import Amount
from watchward.harm.parameters.alerts import alert_parameters
from watchward.harm.parameters.overriding import Override

AT_ONCE: Final = 20
"""Organisations that are worked out while whoever changed their map waits; more are left to the worker."""

A_RUN: Final = 100
"""Organisations that one run of the worker works out at most, so that other jobs have their turn."""

_NAMED_AT_ONCE: Final = 400

_PLACED_AT_ONCE: Final = 500

_LABELS: Final = {str(one): one.label for one in SystemKind}


def basis() -> str:
    """A name for the parameters that stakes and their order are worked out with, as they hold at all of the node."""
    return _digest(own.said(own.standing(None)))


@lru_cache(maxsize=4)
def _digest(_: tuple[Override, ...]) -> str:
    table = own.table_for(None)
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


def numbers_changed(place: Organisation | None) -> None:
    """The numbers behind harm are others at an organisation and below it (None: everywhere)."""
    where = Reach(everything=True) if place is None else Reach(paths=(place.path,))
    stakes = Stake.objects.filter(where.q("organisation__path"), device="")
    if stakes.update(stale=True) <= AT_ONCE:
        for stake in stakes.select_related("organisation"):
            work_out(stake.organisation)


def organisations_changed(codes: Iterable[str]) -> None:
    """Organisations came or are other ones: the worker weighs them anew, and those of which they are a part."""
    listed = sorted(codes)
    for start in range(0, len(listed), _NAMED_AT_ONCE):
        some = listed[start : start + _NAMED_AT_ONCE]
        near = Organisation.objects.filter(Q(code__in=some) | Q(children__code__in=some))
        Stake.objects.filter(organisation__in=near, device="").update(stale=True)


@transaction.atomic
def work_out(organisation: Organisation) -> None:
    """Work out what is at stake at an organisation, and order its alerts by it."""
    rows.in_turn()  # what is read here holds until it is written: else an older answer could cover a newer one
    part = care.part_of(organisation)
    found = None
    if part.care.services:
        found = losses(model(care.surroundings(organisation), own.table_for(organisation)), organisation.code)
    _store(organisation, found, mapped=part.own)
    reorder(organisation)


def _store(organisation: Organisation, found: Losses | None, *, mapped: bool) -> None:
    before = Stake.objects.filter(organisation=organisation).exclude(device="").values_list("device", flat=True)
    Stake.objects.bulk_create(
        rows_of(organisation.pk, found, before=before, mapped=mapped),
        update_conflicts=True,
        unique_fields=["organisation", "device"],
        update_fields=columns_of(Stake),
    )


def columns_of(model: type[Stake]) -> list[str]:
    """What a row says, its key aside."""
    return [one.name for one in model._meta.concrete_fields if one.name not in {"id", "organisation", "device"}]


def rows_of(organisation: int, found: Losses | None, *, before: Iterable[str], mapped: bool) -> list[Stake]:
    """What is at stake at an organisation as rows; `before`: the devices that have a row."""
    whole = found.whole.whole if found else None
    common = {**_columns("whole", whole), "mapped": mapped, "stale": False, "basis": basis()}
    rows = {"": Stake(organisation_id=organisation, device="", **common)}
    # A device that has gone from the map keeps its row, and is from then on like any other there.
    for name in before:
        rows[name] = Stake(organisation_id=organisation, device=name, **common)
    for one in found.devices if found else ():
        name = one.equipment.name.casefold()
        rows[name] = Stake(
            organisation_id=organisation,
            device=name,
            identity=one.stake.identity,
            carries=[_LABELS[kind] for kind in one.systems],
            **common,
            **_columns("own", one.stake.own),
        )
    return list(rows.values())


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
    places = []
    for device, importance in waiting.values_list("device", "importance").distinct():
        if stake := order.stake(organisation.pk, device):
            places.append((device, importance, stake.pk, at_stake(stake_of(stake), mark_of(importance))))
    for start in range(0, len(places), _PLACED_AT_ONCE):
        _place(organisation, places[start : start + _PLACED_AT_ONCE])


def _place(organisation: Organisation, places: Sequence[tuple[str, int, int, float]]) -> None:
    """Order open alerts by device and importance: upon which stake they stand, and the harm at stake.

    One statement for all of them: Django would make one for each place, and look through all alerts in each.
    """
    name = {one.name: f'"{one.column}"' for one in Alert._meta.concrete_fields}
    statement = f"""
        UPDATE "{Alert._meta.db_table}" SET {name["stake"]} = column3, {name["score"]} = {name["likelihood"]} * column4
        FROM (VALUES {", ".join(["(%s, %s, %s, %s)"] * len(places))}) AS places
        WHERE {name["organisation"]} = %s AND NOT {name["closed"]}
        AND {name["device"]} = column1 AND {name["importance"]} = column2
    """  # noqa: S608 - names of our own
    values: list[str | int | float] = []
    for place in places:
        values += place
    with connection.cursor() as cursor:
        cursor.execute(statement, [*values, organisation.pk])


@transaction.atomic
def reorder_rule(record: RuleRecord) -> None:
    """Order the open alerts of a rule anew, after people closed some of them."""
    waiting = Alert.objects.filter(rule=record.rule_id, closed=False).order_by()
    for level, stored in list(waiting.values_list("level", "likelihood").distinct()):
        real = likelihood(kind_of(record.rule_id, level), Record(real=record.real, not_real=record.not_real))
        if stored > 0 and real != stored:
            waiting.filter(level=level, likelihood=stored).update(likelihood=real, score=F("score") * (real / stored))
    RuleRecord.objects.filter(pk=record.pk, real=record.real, not_real=record.not_real).update(stale=False)


def waiting() -> int:
    """At how many organisations it is to be worked out what is at stake: by other parameters, or for the first time."""
    Stake.objects.filter(device="", stale=False).exclude(basis=basis()).update(stale=True)
    return Stake.objects.filter(device="", stale=True).count()


def follow() -> None:
    """Bring stakes and order in line with what has changed, a few organisations at a time; and rules."""
    for stake in Stake.objects.filter(device="", stale=True).select_related("organisation").order_by("pk")[:A_RUN]:
        work_out(stake.organisation)
    for record in RuleRecord.objects.filter(stale=True):
        reorder_rule(record)
