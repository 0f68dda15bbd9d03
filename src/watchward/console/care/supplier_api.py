"""The REST API of suppliers: the node's one list, who depends on them, and what is said of them."""

from typing import Any, Final

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.console.access.guard import require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.care import queries, rows, supplier_actions
from watchward.console.care import supplier_queries as suppliers_of
from watchward.console.care.api import ReasonIn
from watchward.console.care.models import CareSupplier
from watchward.estate.care.suppliers import identifier
from watchward.estate.care.system import Supplier

router = Router(tags=["Map of care"])
CLOCK = SystemClock()
_MOST: Final = 500
_MOST_LISTED: Final = 1_000


class SupplierIn(Schema):
    """A supplier that is not on the list."""

    name: str = Field(min_length=1, max_length=300)
    reason: str = Field(min_length=1, max_length=300)


class SupplierOut(Schema):
    """A supplier."""

    id: str
    name: str


class ListedOut(SupplierOut):
    """A supplier, and how many organisations that one may see depend on it."""

    organisations: int


class DependentOut(Schema):
    """An organisation that depends on a supplier: which of its systems run there, and what else needs it."""

    organisation: str
    runs: list[str]
    needs: list[str]


class DependentsOut(SupplierOut):
    """A supplier with those that depend on it, as far as one may see; the first 500 by name."""

    organisations: int
    dependents: list[DependentOut]


@router.post("/organisations/{code}/care/supplier", response=SupplierOut)
def add_supplier(request: HttpRequest, code: str, given: SupplierIn) -> Supplier:
    """Add a supplier on whom an organisation depends to the node's list."""
    return supplier_actions.add_supplier(
        by=viewer_of(request),
        organisation=seen(queries.organisation_visible_to(viewer_of(request), code)),
        supplier=Supplier(id=identifier(given.name, [one.id for one in rows.suppliers()]), name=given.name),
        reason=given.reason,
        clock=CLOCK,
    )


@router.get("/suppliers", response=list[ListedOut])
def suppliers(request: HttpRequest, text: str = "") -> list[suppliers_of.Listed]:
    """The node's suppliers, those behind most organisations first; 1,000 at most, so narrow them by part of a name."""
    require_anywhere(viewer_of(request), Permission.CARE_VIEW)
    return suppliers_of.suppliers_for(viewer_of(request), text=text.replace("\0", ""))[:_MOST_LISTED]


@router.post("/suppliers/{path:key}/rename", response=SupplierOut)
def rename_supplier(request: HttpRequest, key: str, given: SupplierIn) -> CareSupplier:
    """Call a supplier otherwise, on every map; only whoever reaches all organisations that name it may."""
    found = _there(request, key)
    supplier_actions.rename_supplier(
        by=viewer_of(request), supplier=found, name=given.name, reason=given.reason, clock=CLOCK
    )
    return _there(request, key)


@router.post("/suppliers/{path:key}/remove", response={204: None})
def remove_supplier(request: HttpRequest, key: str, given: ReasonIn) -> Status[None]:
    """Take a supplier that no map names off the list."""
    found = _there(request, key)
    supplier_actions.remove_supplier(by=viewer_of(request), supplier=found, reason=given.reason, clock=CLOCK)
    return Status(204, None)


@router.post("/suppliers/{path:key}/restore", response=SupplierOut)
def restore_supplier(request: HttpRequest, key: str, given: ReasonIn) -> CareSupplier:
    """Put a supplier back on the list."""
    found = _there(request, key)
    supplier_actions.restore_supplier(by=viewer_of(request), supplier=found, reason=given.reason, clock=CLOCK)
    return found


@router.get("/suppliers/{path:key}", response=DependentsOut)
def supplier(request: HttpRequest, key: str) -> dict[str, Any]:
    """A supplier, by its identifier without `supplier/`, and what depends on it."""
    viewer, found = viewer_of(request), _there(request, key)
    dependents = suppliers_of.dependents_of(viewer, found.pk)
    told = [
        {"organisation": one.organisation.code, "runs": one.runs, "needs": one.needs}
        for one in suppliers_of.described(list(dependents[:_MOST]), found.pk)
    ]
    return {"id": found.pk, "name": found.name, "organisations": dependents.count(), "dependents": told}


def _there(request: HttpRequest, key: str) -> CareSupplier:
    require_anywhere(viewer_of(request), Permission.CARE_VIEW)
    return seen(suppliers_of.supplier(f"supplier/{key}"))
