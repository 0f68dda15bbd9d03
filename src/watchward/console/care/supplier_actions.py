"""What people say about the node's list of suppliers: one list, from which every organisation chooses.

A name is read by everybody, so whoever changes it must reach all organisations whose maps name the supplier.
"""

from typing import Final

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, require, require_anywhere
from watchward.console.care import rows, storing
from watchward.console.care.models import CareSupplier
from watchward.console.care.supplier_queries import may_change
from watchward.console.care.telling import said_by, tell
from watchward.console.estate.models import Organisation
from watchward.estate.care.suppliers import bare
from watchward.estate.care.system import Supplier

LONGEST_NAME: Final = 300


@transaction.atomic
def add_supplier(*, by: Actor, organisation: Organisation, supplier: Supplier, reason: str, clock: Clock) -> Supplier:
    """Add a supplier to the node's list, on behalf of an organisation that depends on it.

    Raises:
        BadInputError: it is there already, under this or a very like name.

    """
    require(by, Permission.CARE_REFINE, at=organisation)
    rows.in_turn()
    said = said_by(by, reason, clock)
    same = next(
        (one for one in rows.suppliers() if one.id == supplier.id or bare(one.name) == bare(supplier.name)), None
    )
    if same is not None:
        raise BadInputError(
            f"{same.name} is on the list already.",
            advice=f"Choose it there, or give the new one another name than {same.name}.",
        )
    tell([], suppliers=storing.write_suppliers([supplier], said))
    record(
        AuditEvent.CARE_SUPPLIER_ADDED,
        by=by,
        subject=supplier.name,
        organisation=organisation,
        clock=clock,
        reason=reason.strip(),
    )
    return supplier


@transaction.atomic
def rename_supplier(*, by: Actor, supplier: CareSupplier, name: str, reason: str, clock: Clock) -> None:
    """Call a supplier otherwise, on every map; how it was called is kept beside it.

    Raises:
        BadInputError: it has no name, another one has it, or it is called so.

    """
    _require_over(by, supplier)
    rows.in_turn()
    said, before, now = said_by(by, reason, clock), _there(supplier), " ".join(name.split())[:LONGEST_NAME]
    if not bare(now) or now == before.name:
        raise BadInputError("This is no other name.", advice="Give another one, with letters or numbers.")
    _require_free(now, but=before.pk)
    CareSupplier.objects.filter(pk=before.pk).update(name=now, former_name=before.name, **said)
    tell([])
    record(AuditEvent.CARE_SUPPLIER_RENAMED, by=by, subject=now, clock=clock, before=before.name, reason=said["reason"])


@transaction.atomic
def remove_supplier(*, by: Actor, supplier: CareSupplier, reason: str, clock: Clock) -> None:
    """Take a supplier off the list; it can be put back.

    Raises:
        BadInputError: maps name it.

    """
    _require_over(by, supplier)
    rows.in_turn()
    said, before = said_by(by, reason, clock), _there(supplier)
    if naming := storing.naming([before.pk]):
        many = "1 organisation names" if len(naming) == 1 else f"{len(naming):,} organisations name"
        raise BadInputError(
            f"{many} {before.name} on the map, or would with the template.",
            advice="Say first where their systems run instead.",
        )
    CareSupplier.objects.filter(pk=before.pk).update(removed_at=clock.now(), **said)
    tell([])
    record(AuditEvent.CARE_SUPPLIER_REMOVED, by=by, subject=before.name, clock=clock, reason=said["reason"])


@transaction.atomic
def restore_supplier(*, by: Actor, supplier: CareSupplier, reason: str, clock: Clock) -> None:
    """Put a supplier back on the list.

    Raises:
        BadInputError: it is there, or another one has its name by now.

    """
    _require_over(by, supplier)
    rows.in_turn()
    said = said_by(by, reason, clock)
    gone = CareSupplier.objects.filter(pk=supplier.pk).exclude(removed_at=None).first()
    if gone is None:
        raise BadInputError("It is on the list already.", advice="Look at the list again.")
    _require_free(gone.name, but=gone.pk)
    CareSupplier.objects.filter(pk=gone.pk).update(removed_at=None, **said)
    tell([], suppliers=[Supplier(id=gone.pk, name=gone.name)])
    record(AuditEvent.CARE_SUPPLIER_RESTORED, by=by, subject=gone.name, clock=clock, reason=said["reason"])


def _require_over(by: Actor, supplier: CareSupplier) -> None:
    if may_change(by, supplier):
        require_anywhere(by, Permission.CARE_REFINE)
    else:
        require(by, Permission.CARE_REFINE, at=None)


def _there(supplier: CareSupplier) -> CareSupplier:
    found = CareSupplier.objects.filter(pk=supplier.pk, removed_at=None).first()
    if found is None:
        raise BadInputError(f"{supplier.name} is no longer on the list.", advice="Put it back first.")
    return found


def _require_free(name: str, *, but: str) -> None:
    """Refuse a name by which another supplier is called, as far as two names are one."""
    same = next((one for one in rows.suppliers() if one.id != but and bare(one.name) == bare(name)), None)
    if same is not None:
        raise BadInputError(f"{same.name} is on the list already.", advice="Choose a name that tells them apart.")
