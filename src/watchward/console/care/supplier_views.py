"""The pages of suppliers: who depends on them, and how to add one, call it otherwise and take it off the list."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import permissions_anywhere, require, require_anywhere
from watchward.console.asked import seen, viewer_of
from watchward.console.care import queries, rows, supplier_actions
from watchward.console.care import supplier_queries as suppliers_of
from watchward.console.care.forms import WhyForm
from watchward.console.care.knowing_forms import SupplierForm
from watchward.console.care.knowing_views import done
from watchward.console.care.models import CareSupplier
from watchward.console.care.presenters import thing_name
from watchward.console.paging import page_of, slice_of

CLOCK = SystemClock()


@require_GET
def suppliers(request: HttpRequest) -> HttpResponse:
    """The suppliers of the node, those behind most organisations first."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.CARE_VIEW)
    text = " ".join(request.GET.get("text", "").replace("\0", "").split())[:100]
    shown = {
        "page": slice_of(request, suppliers_of.suppliers_for(viewer, text=text)),
        "text": text,
        "may": permissions_anywhere(viewer),
        "removed": [] if text else suppliers_of.removed(),
    }
    return render(request, "care/suppliers.jinja", shown)


@require_GET
def supplier(request: HttpRequest, key: str) -> HttpResponse:
    """One supplier, and everything that one may see that depends on it."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.CARE_VIEW)
    found = seen(suppliers_of.supplier(f"supplier/{key}"))
    dependents = suppliers_of.dependents_of(viewer, found.pk)
    page = page_of(request, dependents)
    shown = {
        "supplier": found,
        "kinds": suppliers_of.kinds_of(dependents),
        "dependents": suppliers_of.described(page.rows, found.pk),
        "links": page.links,
        "everything": queries.sees_everything(viewer),
        "name": thing_name,
        "may_change": suppliers_of.may_change(viewer, found),
    }
    return render(request, "care/supplier.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def rename_supplier(request: HttpRequest, key: str) -> HttpResponse:
    """Another name for a supplier; posting gives it on every map."""
    found = _changeable(request, key)
    form = SupplierForm(request.POST or None, initial={"name": request.GET.get("name", "")[:300] or found.name})

    def act() -> None:
        name, reason = form.cleaned_data["name"], form.cleaned_data["reason"]
        by = viewer_of(request)
        supplier_actions.rename_supplier(by=by, supplier=found, name=name, reason=reason, clock=CLOCK)

    if request.method == "POST" and done(form, act):
        messages.success(request, f"It is called {form.cleaned_data['name']} on every map from now on.")
        return redirect("supplier", key=key)
    return render(request, "care/supplier_rename.jinja", {"supplier": found, "form": form})


@require_http_methods(["GET", "HEAD", "POST"])
def remove_supplier(request: HttpRequest, key: str) -> HttpResponse:
    """Say what taking a supplier off the list means, or putting it back; posting does it."""
    found = _changeable(request, key)
    form = WhyForm(request.POST or None)

    def act() -> None:
        action = supplier_actions.restore_supplier if found.removed_at else supplier_actions.remove_supplier
        action(by=viewer_of(request), supplier=found, reason=form.cleaned_data["reason"], clock=CLOCK)

    if request.method == "POST" and done(form, act):
        messages.success(request, f"{found.name} is {'on the list again' if found.removed_at else 'off the list'}.")
        return redirect("supplier", key=key)
    return render(request, "care/supplier_remove.jinja", {"supplier": found, "form": form})


def _changeable(request: HttpRequest, key: str) -> CareSupplier:
    """A supplier, if whoever asks may change it."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.CARE_REFINE)
    found = seen(suppliers_of.supplier(f"supplier/{key}"))
    if not suppliers_of.may_change(viewer, found):
        require(viewer, Permission.CARE_REFINE, at=None)
    return found


@require_http_methods(["GET", "HEAD", "POST"])
def new_supplier(request: HttpRequest, code: str) -> HttpResponse:
    """A form for a supplier on whom an organisation depends; posting adds it to the list."""
    viewer = viewer_of(request)
    organisation = seen(queries.organisation_visible_to(viewer, code))
    require(viewer, Permission.CARE_REFINE, at=organisation)
    form = SupplierForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted, reason = form.supplier([one.id for one in rows.suppliers()]), form.cleaned_data["reason"]
        try:
            supplier_actions.add_supplier(
                by=viewer, organisation=organisation, supplier=wanted, reason=reason, clock=CLOCK
            )
        except BadInputError as error:
            form.add_error("name", f"{error.message} {error.advice}")
        else:
            messages.success(request, f"{wanted.name} is on the list. Now say which systems run there.")
            return redirect(f"{reverse('care_hosts', args=[code])}?at={wanted.id}")
    return render(request, "care/supplier_new.jinja", {"organisation": organisation, "form": form})
