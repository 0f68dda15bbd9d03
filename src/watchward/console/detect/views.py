"""The pages of alerts. Each asks a query or does an action, and shows what a presenter says."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from watchward.access.permissions import Permission
from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.console.access.guard import Actor, reach, require_anywhere
from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.config import current
from watchward.console.detect import actions, queries
from watchward.console.detect.alert_presenter import AlertPresenter, EventPresenter
from watchward.console.detect.correlated_presenter import CorrelatedPresenter
from watchward.console.detect.filters import AlertFilter
from watchward.console.detect.models import Alert, AlertEvent
from watchward.console.detect.presenters import AlertListPresenter, AlertRow, reasons
from watchward.console.estate.queries import anything_sends
from watchward.console.harm import own
from watchward.console.harm.presenters import whose_numbers
from watchward.console.intel import sharing_presenters, sharing_queries
from watchward.detect.alerts.alert import EVENTS_KEPT
from watchward.detect.alerts.triage import CloseReason, Step
from watchward.lake import events as lake

CLOCK = SystemClock()
TIMELINE_EVENTS = 50


@require_GET
def alert_list(request: HttpRequest) -> HttpResponse:
    """The alerts that the viewer may see, most important first."""
    viewer, asked = viewer_of(request), AlertFilter.parse(request.GET)
    require_anywhere(viewer, Permission.ALERT_VIEW)
    handle = reach(viewer, Permission.ALERT_HANDLE)
    shown = AlertListPresenter(
        page=queries.alert_page(viewer, asked), asked=asked, may_handle=bool(handle.everything or handle.paths)
    )
    told = reach(viewer, Permission.ROTA_VIEW)
    context = {
        "shown": shown,
        "plain": queries.prefers_plain_words(viewer),
        "may_view_rota": bool(told.everything or told.paths),
        "nothing_sends": not (shown.page.alerts or anything_sends(viewer)),
    }
    return render(request, "detect/alerts.jinja", context)


@require_GET
def alert_detail(request: HttpRequest, key: UUID) -> HttpResponse:
    """One alert: what happened, whom it hurts, what to do next."""
    viewer = viewer_of(request)
    alert = _visible(viewer, key)
    others, count = queries.others_touched(viewer, alert)
    outside = queries.is_outside(viewer, alert.organisation)
    events = [_event(alert, kept, outside=outside) for kept in queries.events_of(alert)]
    shown = AlertPresenter(
        alert=alert,
        first=first_event(alert, outside=outside),
        events=events,
        steps=queries.steps_of(alert),
        others=others,
        others_count=count,
        same_device=queries.same_device(viewer, alert),
        people=queries.people_who_may_handle(alert),
        may_handle=queries.may_handle(viewer, alert),
        outside=outside,
        record=queries.record_of(alert),
        own_numbers=_own_numbers(alert),
    )
    context = {
        "shown": shown,
        "correlated": correlated(viewer, alert, outside=outside),
        "may_hunt": queries.may_hunt(viewer),
        "may_tune": queries.may_tune(viewer, alert),
        "events_days": current().events_days,
        "plain": queries.prefers_plain_words(viewer),
        "may_share": sharing_queries.may_share(viewer, alert),
        "shares": sharing_queries.shares_of(viewer, alert),
        "share_look": sharing_presenters,
    }
    return render(request, "detect/alert.jinja", context)


def _own_numbers(alert: Alert) -> str:
    """Whose own some of the numbers behind its harm are; empty where none is, or nothing was worked out with them."""
    used = alert.stake is not None and alert.stake.whole is not None
    return whose_numbers(own.whose(alert.organisation)) if used else ""


@require_GET
def alert_timeline(request: HttpRequest, key: UUID) -> HttpResponse:
    """What the alert's device did around the moment at which it began."""
    viewer = viewer_of(request)
    alert = _visible(viewer, key)
    shown = events_around(alert, outside=queries.is_outside(viewer, alert.organisation))
    template = "detect/_timeline.jinja" if request.headers.get("HX-Request") else "detect/timeline.jinja"
    return render(request, template, {"events": shown, "alert": alert, "row": AlertRow(alert=alert)})


@require_POST
def acknowledge(request: HttpRequest, key: UUID) -> HttpResponse:
    """Say that one is looking at an alert."""
    actions.acknowledge_alerts(by=viewer_of(request), alerts=[key], clock=CLOCK)
    return _done(request, key, "You acknowledged this alert.")


@require_POST
def reopen(request: HttpRequest, key: UUID) -> HttpResponse:
    """Put an alert back among those that wait."""
    actions.reopen_alerts(by=viewer_of(request), alerts=[key], clock=CLOCK)
    return _done(request, key, "The alert is open again.")


@require_POST
def assign(request: HttpRequest, key: UUID) -> HttpResponse:
    """Give an alert to someone, or to nobody."""
    viewer, chosen = viewer_of(request), request.POST.get("assignee", "")
    people = {str(person.pk): person for person in queries.people_who_may_handle(_visible(viewer, key))}
    actions.assign_alerts(by=viewer, alerts=[key], assignee=people.get(chosen), clock=CLOCK)
    return _done(request, key, f"The alert is given to {people.get(chosen, 'nobody')}.")


@require_POST
def note(request: HttpRequest, key: UUID) -> HttpResponse:
    """Write something down about an alert."""
    actions.note_alert(by=viewer_of(request), alert=key, note=request.POST.get("note", ""), clock=CLOCK)
    return _done(request, key, "Your note is saved.")


@require_http_methods(["GET", "HEAD", "POST"])
def close(request: HttpRequest, key: UUID) -> HttpResponse:
    """Show what closing an alert will do, and then close it."""
    _visible(viewer_of(request), key)
    return _close(request, [key], back=reverse("alert", args=[key]))


@require_POST
def step_many(request: HttpRequest) -> HttpResponse:
    """Take one step with all alerts that are ticked."""
    viewer, keys = viewer_of(request), _ticked(request.POST)
    back = reverse("alerts") + AlertFilter.parse(QueryDict(request.POST.get("back", "").lstrip("?"))).address()
    step = request.POST.get("step", "")
    if step == Step.CLOSE:
        return _close(request, keys, back=back)
    if step != Step.ACKNOWLEDGE:
        raise BadInputError("There is no such step.", advice="Go back to the list and use its buttons.")
    done = actions.acknowledge_alerts(by=viewer, alerts=keys, clock=CLOCK)
    messages.success(request, f"You acknowledged {_alerts(len(done))}.")
    return redirect(back)


def _close(request: HttpRequest, keys: list[UUID], *, back: str) -> HttpResponse:
    viewer, reason = viewer_of(request), request.POST.get("reason", "")
    if request.method == "POST" and reason in set(CloseReason):
        done = actions.close_alerts(
            by=viewer,
            alerts=keys,
            reason=CloseReason(reason),
            note=request.POST.get("note", ""),
            clock=CLOCK,
        )
        messages.success(request, f"You closed {_alerts(len(done))}. To undo this, open an alert again on its page.")
        return redirect(back)
    chosen = queries.alerts_by_key(viewer, keys)
    if not chosen:
        raise BadInputError("No alert is chosen.", advice="Go back to the list and tick those that you mean.")
    asked_again = request.method == "POST" and "confirmed" in request.POST
    context = {
        "rows": [AlertRow(alert=alert) for alert in chosen],
        "reasons": reasons(),
        "back": back,
        "address": request.path,
        "error": "Choose why" if asked_again else "",
    }
    return render(request, "detect/close.jinja", context, status=400 if asked_again else 200)


def _ticked(form: QueryDict) -> list[UUID]:
    try:
        return [UUID(key) for key in form.getlist("alert")]
    except ValueError as error:
        raise BadInputError("That is not an alert.", advice="Go back to the list and tick alerts there.") from error


def _alerts(count: int) -> str:
    return "1 alert" if count == 1 else f"{count:,} alerts"


def _visible(viewer: User, key: UUID) -> Alert:
    return seen(queries.alert_visible_to(viewer, key))


def first_event(alert: Alert, *, outside: bool) -> EventPresenter:
    """The alert's earliest event, from the lake if it still keeps it."""
    kept = next(iter(queries.events_of(alert, limit=1)), None)
    if kept is None:
        return EventPresenter(event=None, device=alert.device, outside=outside)
    event = lake.fetch(current().lake, event_id=kept.event_id, segment=kept.segment, row=kept.row)
    rule, device = queries.rule_met(alert, kept), kept.device or alert.device
    return EventPresenter(
        event=event, kept=kept, device=device, outside=outside, category=rule.category, service=rule.service
    )


def correlated(viewer: Actor, alert: Alert, *, outside: bool) -> CorrelatedPresenter | None:
    """What a correlation found, where one raised the alert."""
    found = queries.correlation_of(viewer, alert)
    if found is None:
        return None
    correlation, rules, made_of = found
    return CorrelatedPresenter(
        alert=alert,
        found=correlation,
        events=queries.events_of(alert, limit=EVENTS_KEPT),
        rules=rules,
        made_of=made_of,
        outside=outside,
    )


def events_around(alert: Alert, *, outside: bool) -> list[EventPresenter]:
    """What the alert's device did around the moment at which it began, as far as the lake still keeps it."""
    kept = {event.event_id: event for event in queries.events_of(alert, limit=100)}
    around = lake.timeline(
        current().lake,
        organisation=alert.organisation.code,
        device=alert.device,
        around=alert.first_at,
        limit=TIMELINE_EVENTS,
    )
    return [EventPresenter(event=event, kept=kept.get(event.event_id), device="", outside=outside) for event in around]


def _event(alert: Alert, kept: AlertEvent, *, outside: bool) -> EventPresenter:
    rule = alert.rule
    return EventPresenter(
        event=None, kept=kept, device=alert.device, outside=outside, category=rule.category, service=rule.service
    )


def _done(request: HttpRequest, key: UUID, message: str) -> HttpResponse:
    messages.success(request, message)
    return redirect("alert", key=key)
