"""The pages of response: the rota of an organisation, notices, incidents."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.detect.models import Alert
from watchward.console.estate.models import Organisation
from watchward.console.estate.queries import chain
from watchward.console.filtering import page, word
from watchward.console.respond import actions, presenters, queries
from watchward.console.respond.forms import ContactForm, DutyForm, IncidentForm, RulesForm
from watchward.console.respond.models import LEVELS, Incident
from watchward.respond.incident import IncidentState, Severity, may_follow

CLOCK = SystemClock()


@require_http_methods(["GET", "HEAD", "POST"])
def rota(request: HttpRequest, code: str) -> HttpResponse:
    """Who is told of an organisation's alerts; posting sets the rules."""
    found = _organisation(request, code)
    stored = queries.rota_of(found)
    rules = RulesForm(request.POST or None, initial=presenters.rules_of(stored))
    if request.method == "POST" and rules.is_valid():
        actions.set_rota(by=viewer_of(request), organisation=found, rules=rules.rules(), clock=CLOCK)
        messages.success(request, "The rules of the rota are kept.")
        return redirect("rota", code=found.code)
    return _rota_page(request, found, rules=rules)


@require_POST
def add_contact(request: HttpRequest, code: str) -> HttpResponse:
    """Add a way to reach someone."""
    found = _organisation(request, code)
    form = ContactForm(request.POST)
    if form.is_valid():
        try:
            actions.add_contact(by=viewer_of(request), organisation=found, details=form.details(), clock=CLOCK)
        except BadInputError as error:
            form.add_error("address", ValidationError(f"{error.message} {error.advice}"))
        else:
            messages.success(request, "The contact is added. Send it a trial, and put it on a step.")
            return redirect("rota", code=found.code)
    return _rota_page(request, found, contact=form)


@require_POST
def add_duty(request: HttpRequest, code: str) -> HttpResponse:
    """Put someone on a step."""
    found = _organisation(request, code)
    form = DutyForm(request.POST, organisation=found)
    if form.is_valid():
        given = form.cleaned_data
        actions.add_duty(
            by=viewer_of(request),
            organisation=found,
            number=given["number"],
            contact=given["contact"],
            hours=form.hours(),
            clock=CLOCK,
        )
        messages.success(request, f"{given['contact']} is on step {given['number']}.")
        return redirect("rota", code=found.code)
    return _rota_page(request, found, duty=form)


@require_POST
def remove_duty(request: HttpRequest, key: int) -> HttpResponse:
    """Take someone off a step."""
    duty = seen(queries.duty_visible_to(viewer_of(request), key))
    code = duty.step.rota.organisation.code
    actions.remove_duty(by=viewer_of(request), duty=duty, clock=CLOCK)
    messages.success(request, "Taken off the step.")
    return redirect("rota", code=code)


@require_POST
def set_wait(request: HttpRequest, key: int) -> HttpResponse:
    """Say how long a step waits."""
    step = seen(queries.step_visible_to(viewer_of(request), key))
    minutes = request.POST.get("minutes", "")
    wait = int(minutes) if minutes.isascii() and minutes.isdigit() and len(minutes) < 6 else 0  # noqa: PLR2004
    actions.set_wait(by=viewer_of(request), step=step, minutes=wait, clock=CLOCK)
    messages.success(request, f"Step {step.number} waits {wait} minutes.")
    return redirect("rota", code=step.rota.organisation.code)


@require_POST
def remove_contact(request: HttpRequest, key: int) -> HttpResponse:
    """Remove a contact and its duties."""
    contact = seen(queries.contact_visible_to(viewer_of(request), key))
    actions.remove_contact(by=viewer_of(request), contact=contact, clock=CLOCK)
    messages.success(request, f"{contact.name} is removed, and is on no step any more.")
    return redirect("rota", code=contact.organisation.code)


@require_POST
def try_contact(request: HttpRequest, key: int) -> HttpResponse:
    """Send a contact a trial notice."""
    contact = seen(queries.contact_visible_to(viewer_of(request), key))
    actions.try_contact(by=viewer_of(request), contact=contact, clock=CLOCK)
    messages.success(request, f"A trial notice for {contact.name} is on its way; the page Notices shows how it went.")
    return redirect("rota", code=contact.organisation.code)


@require_GET
def notices(request: HttpRequest) -> HttpResponse:
    """Notices, the newest first."""
    number, below = page(request.GET), word(request.GET, "below")
    require_anywhere(viewer_of(request), Permission.ROTA_VIEW)
    rows, more = queries.notice_page(viewer_of(request), below, number)
    shown = {"notices": rows, "number": number, "more": more, "below": below, "look": presenters}
    return render(request, "respond/notices.jinja", shown)


@require_GET
def incidents(request: HttpRequest) -> HttpResponse:
    """Incidents, the most severe first."""
    require_anywhere(viewer_of(request), Permission.INCIDENT_VIEW)
    number = page(request.GET)
    closed, below = request.GET.get("closed") == "yes", request.GET.get("below", "")[:20]
    text = request.GET.get("text", "").replace("\0", "")[:200]
    rows, total = queries.incident_page(viewer_of(request), closed=closed, below=below, text=text, number=number)
    shown = {
        "closed": closed,
        "below": below,
        "text": text,
        "incidents": rows,
        "total": total,
        "number": number,
        "pages": max(1, -(-total // queries.PAGE)),
        "may_open": queries.organisations_for_incidents(viewer_of(request)).exists(),
        "look": presenters,
    }
    return render(request, "respond/incidents.jinja", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def new_incident(request: HttpRequest) -> HttpResponse:
    """Open an incident, from an alert or by itself; from an alert, one that is open may be chosen instead."""
    viewer = viewer_of(request)
    alert = _alert_of(request)
    belongs = queries.incident_of(alert) if alert else None
    if belongs is not None:
        return redirect("incident", key=belongs)
    given = presenters.incident_from(alert) if alert else {"organisation": request.GET.get("organisation", "")}
    form = IncidentForm(request.POST or None, initial=given, viewer=viewer)
    if request.method == "POST" and form.is_valid():
        made = actions.open_incident(by=viewer, alerts=[alert.pk] if alert else [], clock=CLOCK, **form.cleaned_data)
        messages.success(request, "The incident is open.")
        return redirect("incident", key=made.pk)
    joinable = queries.open_incidents_for(viewer, alert.organisation) if alert else []
    shown = {"form": form, "alert": alert, "joinable": joinable, "look": presenters}
    return render(request, "respond/incident_new.jinja", shown)


@require_GET
def incident(request: HttpRequest, key: int) -> HttpResponse:
    """One incident: what it is, its alerts, its people, its time line, and the next steps."""
    viewer, found = viewer_of(request), _incident(request, key)
    alerts, total = queries.alerts_of(viewer, found)
    shown = {
        "incident": found,
        "above": [*chain(found.organisation), found.organisation],
        "alerts": alerts,
        "total": total,
        "entries": queries.entries_of(found),
        "people": queries.people_of(found),
        "candidates": queries.people_who_may_work_on(found.organisation),
        "may_manage": queries.may_manage_incident(viewer, found),
        "next_states": may_follow(found.named_state),
        "severities": sorted(Severity, reverse=True),
        "look": presenters,
    }
    return render(request, "respond/incident.jinja", shown)


@require_POST
def note(request: HttpRequest, key: int) -> HttpResponse:
    """Add a note to the time line."""
    found = _incident(request, key)
    actions.note_incident(by=viewer_of(request), incident=found, note=request.POST.get("note", "")[:5000], clock=CLOCK)
    messages.success(request, "The note is in the time line.")
    return redirect("incident", key=key)


@require_POST
def change(request: HttpRequest, key: int) -> HttpResponse:
    """Change state, severity, title or lead."""
    found = _incident(request, key)
    lead = _person(found, request.POST.get("lead", ""))
    state, severity = request.POST.get("state", ""), request.POST.get("severity", "")
    actions.change_incident(
        by=viewer_of(request),
        incident=found,
        title=request.POST.get("title"),
        severity=Severity(int(severity)) if severity in {str(one.value) for one in Severity} else None,
        state=IncidentState(state) if state in set(IncidentState) else None,
        lead=lead,
        note=request.POST.get("note", "")[:5000],
        clock=CLOCK,
    )
    messages.success(request, "The incident is changed.")
    return redirect("incident", key=key)


@require_POST
def add_person(request: HttpRequest, key: int) -> HttpResponse:
    """Say that someone works on it."""
    found = _incident(request, key)
    person = _person(found, request.POST.get("person", ""))
    if person is not None:
        actions.add_person(by=viewer_of(request), incident=found, person=person, clock=CLOCK)
        messages.success(request, f"{person} works on it.")
    return redirect("incident", key=key)


@require_POST
def join(request: HttpRequest, key: int) -> HttpResponse:
    """Join alerts to it."""
    found = _incident(request, key)
    keys = [one for text in request.POST.getlist("alert") if (one := _uuid(text)) is not None]
    actions.join_alerts(by=viewer_of(request), incident=found, alerts=keys, clock=CLOCK)
    messages.success(request, "Joined to the incident.")
    return redirect("incident", key=key)


def _rota_page(
    request: HttpRequest,
    found: Organisation,
    *,
    rules: RulesForm | None = None,
    contact: ContactForm | None = None,
    duty: DutyForm | None = None,
) -> HttpResponse:
    stored = queries.rota_of(found)
    steps = queries.duties_of(stored)
    shown = {
        "organisation": found,
        "above": chain(found),
        "rota": stored,
        "steps": steps,
        "contacts": queries.contacts_of(found),
        "would_tell": queries.would_tell(found, LEVELS[-1].rank, CLOCK.now()),
        "rules": rules or RulesForm(initial=presenters.rules_of(stored)),
        "contact_form": contact or ContactForm(),
        "duty_form": duty or DutyForm(initial={"number": max(1, len(steps))}, organisation=found),
        "may_manage": queries.may_manage_rota(viewer_of(request), found),
        "look": presenters,
    }
    return render(request, "respond/rota.jinja", shown)


def _organisation(request: HttpRequest, code: str) -> Organisation:
    return seen(queries.organisation_for_rota(viewer_of(request), code))


def _incident(request: HttpRequest, key: int) -> Incident:
    return seen(queries.incident_visible_to(viewer_of(request), key))


def _alert_of(request: HttpRequest) -> Alert | None:
    key = _uuid(request.POST.get("alert") or request.GET.get("alert") or "")
    return queries.alert_for_incident(viewer_of(request), key) if key else None


def _person(found: Incident, key: str) -> User | None:
    return next((one for one in queries.people_who_may_work_on(found.organisation) if str(one.pk) == key), None)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
