"""Work out what is at stake at many organisations from one layout of the whole map: after an upgrade, for a new nation.

It goes on in small transactions, each of which leaves its organisations wholly done, so that it may be stopped at any
moment and the projector waits for milliseconds. Where alerts are open comes first, the newest before all others.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import structlog
from django.db import connection, transaction
from django.db.models import Max

from watchward.console.care import rows
from watchward.console.care.models import Arrangement
from watchward.console.detect.models import Alert, Stake
from watchward.console.detect.ordering import order_for
from watchward.console.detect.stakes import columns_of, rows_of
from watchward.console.estate.models import Organisation
from watchward.console.harm import adapters as harm
from watchward.console.harm import own
from watchward.console.harm.adapters import Laid
from watchward.harm.losing import Losses, losses_of_many
from watchward.harm.model import Model

log = structlog.get_logger(__name__)

_A_TIME: Final = 100
"""Organisations that one transaction brings in line."""

_PAUSE_SECONDS: Final = 0.01
"""Between two transactions, for others who want to write."""

_ROWS: Final = 200


def weigh_all() -> int:
    """Bring all that is stale in line with the map as it is laid out; return at how many organisations.

    Those with numbers of their own are left to be worked out one by one (`stakes.follow`). It ends early when the map
    or the numbers change: what it has not come to stays stale.
    """
    laid = harm.laid_out()
    waiting = _waiting()
    found = losses_of_many(laid.model, _giving(laid.model, [code for _, code in waiting]))
    done = 0
    for start in range(0, len(waiting), _A_TIME):
        some = waiting[start : start + _A_TIME]
        if not _brought_in_line(some, found, laid):
            break
        done += len(some)
        time.sleep(_PAUSE_SECONDS)
    log.info("alerts_weighed", organisations=done, left=len(waiting) - done)
    return done


def _waiting() -> list[tuple[int, str]]:
    """The organisations that are stale, by number and code: those with the newest open alerts first.

    Those where other numbers hold than at all of the node are left out: one layout has one table.
    """
    newest = dict(Alert.objects.filter(closed=False).values_list("organisation").annotate(Max("last_at")).order_by())
    stale = Stake.objects.filter(device="", stale=True)
    named = stale.values_list("organisation", "organisation__code", "organisation__path")
    theirs = own.paths()
    plain = [(pk, code) for pk, code, path in named if not path.startswith(theirs)]
    return sorted(plain, key=lambda one: (one[0] not in newest, -newest[one[0]].timestamp() if one[0] in newest else 0))


def _giving(model: Model, codes: Collection[str]) -> list[str]:
    """Those that give care: of others nobody can say what they have to lose."""
    owners = model.belonging.owner[model.services.thing]
    giving = {model.ids[at] for at in set(owners.tolist())}
    return [code for code in codes if code in giving]


@transaction.atomic
def _brought_in_line(some: Sequence[tuple[int, str]], found: Mapping[str, Losses], laid: Laid) -> bool:
    """Store what is at stake at some organisations, and order their alerts by it.

    False, and nothing is stored, where the map has changed since it was laid out, or the numbers that hold there.
    """
    rows.in_turn()  # whoever changes either waits, or was first
    if laid.stale or own.digest_for(None) != laid.numbers or _with_numbers([pk for pk, _ in some]):
        return False
    refined = set(
        Arrangement.objects.filter(organisation__in=[pk for pk, _ in some], own=True).values_list("organisation")
    )
    before: dict[int, list[str]] = {pk: [] for pk, _ in some}
    named = Stake.objects.filter(organisation__in=before).exclude(device="").values_list("organisation", "device")
    for pk, device in named:
        before[pk].append(device)
    wanted = [
        row for pk, code in some for row in rows_of(pk, found.get(code), before=before[pk], mapped=(pk,) in refined)
    ]
    Stake.objects.bulk_create(
        wanted,
        batch_size=_ROWS,
        update_conflicts=True,
        unique_fields=["organisation", "device"],
        update_fields=columns_of(Stake),
    )
    _order_anew([pk for pk, _ in some])
    return True


def _with_numbers(organisations: Sequence[int]) -> bool:
    """Whether at one of these other numbers hold than at all of the node."""
    theirs = own.paths()
    places = Organisation.objects.filter(pk__in=organisations).values_list("path", flat=True)
    return any(path.startswith(theirs) for path in places)


def _order_anew(organisations: Sequence[int]) -> None:
    alerts = Alert.objects.filter(organisation__in=organisations, closed=False).order_by()
    listed = list(alerts.only("pk", "rule", "organisation", "device", "level", "importance", *_ORDERED))
    places = list(Organisation.objects.filter(pk__in=organisations).only("pk"))
    order = order_for(places, {one.rule_id for one in listed})
    changed = []
    for one in listed:
        before = (one.stake_id, one.likelihood, one.score)
        order.place(one)
        if before != (one.stake_id, one.likelihood, one.score):
            changed.append(one)
    _write(changed)


_ORDERED: Final = ("stake", "likelihood", "score")


def _write(alerts: Sequence[Alert]) -> None:
    """Write where alerts stand: one statement for each, prepared once, is ten times as quick as Django's own way."""
    fields = {one.name: one for one in Alert._meta.concrete_fields}
    written = [fields[name] for name in (*_ORDERED, "id")]
    names = ", ".join(f"{connection.ops.quote_name(fields[name].column or name)} = %s" for name in _ORDERED)
    values = [[one.get_db_prep_save(getattr(alert, one.attname), connection) for one in written] for alert in alerts]
    with connection.cursor() as cursor:
        table = connection.ops.quote_name(Alert._meta.db_table)
        cursor.executemany(f"UPDATE {table} SET {names} WHERE id = %s", values)  # noqa: S608 - names of our own
