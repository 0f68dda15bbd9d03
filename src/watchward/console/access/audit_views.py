"""The audit log, as those may read it who answer for an organisation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from watchward.access.permissions import Permission
from watchward.console.access import queries
from watchward.console.access.forms import AuditFilter
from watchward.console.access.guard import require_anywhere
from watchward.console.access.presenters import AuditRow
from watchward.console.asked import viewer_of
from watchward.console.paging import page_of


@require_safe
def audit(request: HttpRequest) -> HttpResponse:
    """Show what was done, newest first."""
    viewer = viewer_of(request)
    require_anywhere(viewer, Permission.AUDIT_VIEW)
    chosen = AuditFilter(request.GET)
    page = page_of(request, queries.audit_found(viewer, chosen.cleaned_data if chosen.is_valid() else {}))
    rows = [AuditRow(entry=entry) for entry in page.rows]
    context = {
        "rows": rows,
        "page": page,
        "form": chosen,
        "any_filter": any(chosen.data.values()),
    }
    return render(request, "access/audit.jinja", context)
