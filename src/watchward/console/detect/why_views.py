"""Why a rule matched an alert's event, and why another one did not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from watchward.console.access.models import User
from watchward.console.asked import seen, viewer_of
from watchward.console.config import current
from watchward.console.detect import queries
from watchward.console.detect.models import Alert, Rule
from watchward.console.detect.presenters import AlertRow
from watchward.detect.events import texts_of
from watchward.detect.explain import account
from watchward.detect.explain.account import Line
from watchward.detect.explain.outline import outline_in
from watchward.detect.explain.why import Verdict, Why, why
from watchward.detect.sigma import placeholders, rules
from watchward.detect.sigma.pack import starter_pack
from watchward.lake import events as lake
from watchward.telemetry.masking import masked_text


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyPresenter:
    """What there is to say about one rule and the earliest event of an alert.

    Args:
        found: nothing where the rule's file, or the event, is no longer there; then `missing` says so.
        own: it is the alert's own rule.
        outside: the reader is outside the organisation, so what is shaped like an NHS number is hidden.

    """

    title: str
    found: Why | None
    own: bool
    outside: bool
    missing: str = ""

    @property
    def headline(self) -> str:
        """What came of it."""
        if self.found is None:
            return self.missing
        if self.own and self.found.verdict is Verdict.MATCHED:
            return "The rule matched because all of this was so:"
        if self.own:
            return "The rule has changed since: as it is now, it would not match. " + account.headline(self.found)
        return account.headline(self.found)

    @property
    def lines(self) -> list[Line]:
        """Each part of the condition; none where the rule does not read such events."""
        if self.found is None or self.found.verdict is Verdict.OTHER_EVENTS:
            return []
        return list(account.lines(self.found.condition))

    @property
    def lacks(self) -> list[str]:
        """What would be needed for a match."""
        if self.found is None or self.found.verdict is Verdict.OTHER_EVENTS:
            return []
        return [self.shown(account.lacking(lack)) for lack in self.found.lacks]

    def shown(self, text: str) -> str:
        """A text as this reader may see it."""
        return masked_text(text) if self.outside else text


@require_GET
def alert_why(request: HttpRequest, key: UUID) -> HttpResponse:
    """Which parts of a rule an alert's earliest event meets: of the alert's own rule, or of another one."""
    viewer = viewer_of(request)
    alert = seen(queries.alert_visible_to(viewer, key))
    asked = request.GET.get("rule", "").strip()[:300]
    candidates = queries.rules_called(viewer, asked) if asked else [alert.rule]
    shown = explained(viewer, alert, candidates[0]) if len(candidates) == 1 else None
    part = request.headers.get("HX-Request") and shown is not None
    context = {"alert": alert, "row": AlertRow(alert=alert), "asked": asked, "candidates": candidates, "shown": shown}
    return render(request, "detect/_why.jinja" if part else "detect/why.jinja", context)


def plain_why(viewer: User, alert: Alert, rule: str) -> Mapping[str, Any]:
    """The same for programs; values are hidden as on the page."""
    candidates = queries.rules_called(viewer, rule) if rule else [alert.rule]
    if len(candidates) != 1:
        raise Http404
    shown = explained(viewer, alert, candidates[0])
    if shown.found is None:
        raise Http404
    return {"rule": candidates[0].pk, "title": shown.title, **plain_of(shown)}


def plain_of(shown: WhyPresenter) -> Mapping[str, Any]:
    """What there is to say, for programs; nothing where the rule has no file any more."""
    if shown.found is None:
        return {}
    found = account.as_plain(shown.found)
    return _masked(found) if shown.outside else found


def explained(viewer: User, alert: Alert, rule: Rule) -> WhyPresenter:
    """How a rule stands to an alert's earliest event."""
    outside, own = queries.is_outside(viewer, alert.organisation), rule.pk == alert.rule_id
    kept = next(iter(queries.events_of(alert, limit=1)), None)
    event = lake.fetch(current().lake, event_id=kept.event_id, segment=kept.segment, row=kept.row) if kept else None
    if event is None:
        missing = "The event is no longer kept, so that this cannot be told."
        return WhyPresenter(title=rule.title, found=None, own=own, outside=outside, missing=missing)
    return explained_event(event, rule, own=own, outside=outside)


def explained_event(event: lake.Event, rule: Rule, *, own: bool, outside: bool) -> WhyPresenter:
    """How a rule stands to an event.

    Args:
        event: as the lake keeps it.
        rule: the rule.
        own: the rule raised an alert for this event.
        outside: the reader is outside the event's organisation.

    """
    folders = [folder for folder in (current().rules, starter_pack()) if folder.is_dir()]
    loaded = rules.named(folders, file=rule.file, id_=rule.pk, digest=rule.digest)
    if loaded is None:
        missing = "This rule has no file of its own on this node: it was removed, or it is made of several rules."
        return WhyPresenter(title=rule.title, found=None, own=own, outside=outside, missing=missing)
    fields = texts_of(event.fields, event.unmapped) | {"@device": event.device, "@organisation": event.organisation}
    found = why(
        loaded,
        fields,
        source=(event.product, event.category, event.service),
        outline=outline_in(loaded.path.read_bytes(), loaded, placeholders.read(folders).values),
        filters=() if own else rules.filters_in(folders),
    )
    return WhyPresenter(title=rule.title, found=found, own=own, outside=outside)


def _masked(value: Any) -> Any:
    match value:
        case str():
            return masked_text(value)
        case list():
            return [_masked(one) for one in value]
        case dict():
            return {name: _masked(one) for name, one in value.items()}
        case _:
            return value
