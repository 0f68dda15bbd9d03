"""What may be read about organisations, devices and sources, and who may read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Model, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, Reach, organisations_where, reach
from watchward.console.detect.models import LEVELS, Alert
from watchward.console.detect.queries import alerts_visible_to
from watchward.console.estate.arrivals import refused_since
from watchward.console.estate.filters import (
    DeviceFilter,
    OrganisationFilter,
    Quiet,
    SourceFilter,
    Standing,
)
from watchward.console.estate.importing import as_record
from watchward.console.estate.models import (
    BadRecord,
    Credential,
    Device,
    DeviceAlias,
    Organisation,
    Source,
    SourceTally,
)
from watchward.console.filtering import Filter
from watchward.detect.alerts.triage import AlertState
from watchward.detect.sigma.rule import Level
from watchward.estate.organisation import OrganisationKind, OrganisationRecord

PAGE: Final = 25
"""Rows on one page of a list."""

MOST_COUNTED: Final = 10_000
"""A longer list is only said to be longer: counting millions would cost more than reading the page. Whoever pages on
beyond it has it counted as far as they go."""

FEW: Final = 2_000
"""A list that is no longer is found first and sorted then."""

MOST_ALERTING: Final = 1_000
"""The organisations of so many waiting alerts, the most serious, come before the others."""

MOST_ALERTING_DEVICES: Final = 500
"""The devices of so many waiting alerts, the most serious, come before the others."""

SILENT_AFTER: Final = timedelta(hours=24)
"""A source that has not sent for so long is called silent."""

_UNCLOSED: Final = Q(state__in=[AlertState.OPEN.value, AlertState.ACKNOWLEDGED.value])

_AREAS: Final = (OrganisationKind.NATION, OrganisationKind.REGION, OrganisationKind.ICB, OrganisationKind.TRUST)
"""Kinds that stand at the top of the list: what a file places nowhere is a pharmacy more often than an area."""

_Row = TypeVar("_Row", bound=Model)
_Key = TypeVar("_Key", int, UUID)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[_Row]):
    """One page of a list.

    Args:
        rows: what stands on it.
        total: how long the whole list is; `counted_to` and one more stands for any longer list.
        number: which page it is, from 1.
        counted_to: how far the list was counted; None: to its end.

    """

    rows: Sequence[_Row]
    total: int
    number: int
    counted_to: int | None = None

    @property
    def pages(self) -> int:
        """How many pages the list has; at least one."""
        return max(1, -(-self.total // PAGE))

    @property
    def more(self) -> bool:
        """Whether the list is longer than was counted."""
        return self.counted_to is not None and self.total > self.counted_to


def organisations_visible_to(viewer: Actor) -> QuerySet[Organisation]:
    """The organisations that the viewer may see."""
    return organisations_where(viewer, Permission.ORGANISATION_VIEW)


def devices_visible_to(viewer: Actor) -> QuerySet[Device]:
    """The devices of the organisations whose devices the viewer may see."""
    return Device.objects.filter(reach(viewer, Permission.DEVICE_VIEW).q("organisation_path"))


def anything_sends(viewer: Actor) -> bool:
    """Whether anything has ever sent from the organisations that someone may see: else silence says nothing."""
    within = reach(viewer, Permission.ORGANISATION_VIEW).q("organisation_path")
    return Source.objects.filter(within, last_sent_at__isnull=False).exists()


def sources_visible_to(viewer: Actor) -> QuerySet[Source]:
    """The sources of the organisations whose sources the viewer may see."""
    return Source.objects.filter(reach(viewer, Permission.SOURCE_VIEW).q("organisation_path"))


def known_records(viewer: Actor) -> list[OrganisationRecord]:
    """Every organisation that the viewer may see, as a record."""
    found = list(organisations_visible_to(viewer))
    codes = {organisation.pk: organisation.code for organisation in found}
    return [as_record(organisation, codes) for organisation in found]


def paths(viewer: Actor) -> dict[str, str]:
    """The place of every organisation that the viewer may see, by its code."""
    return dict(organisations_visible_to(viewer).values_list("code", "path"))


def organisation_page(viewer: Actor, asked: OrganisationFilter, today: datetime) -> Page[Organisation]:
    """One page of the organisations that someone asked for.

    Those with waiting alerts come first, the most serious first; then the others by name.
    """
    found = _asked_for(viewer, asked, today, field="path")
    total = found.order_by().count()
    if total > FEW:
        found = _asked_for(viewer, asked, today, field="place")
    number = _number(asked, total)
    first = _alerting(viewer, asked, found)
    chosen = _first_of_all(first, found.exclude(pk__in=first).order_by("name", "pk"), number)
    rows = Organisation.objects.select_related("parent", "successor").in_bulk(chosen)
    return Page(rows=[rows[key] for key in chosen if key in rows], total=total, number=number)


def _alerting(viewer: Actor, asked: OrganisationFilter, found: QuerySet[Organisation]) -> list[int]:
    """Those of some organisations that have the most serious waiting alerts, in the order of these."""
    within = reach(viewer, Permission.ORGANISATION_VIEW).q("organisation_path")
    alerts = Alert.objects.filter(within, _below(asked.below, "organisation_path"), closed=False)
    by_score = alerts.order_by("-score", "-last_at", "id").values_list("organisation", flat=True)[:MOST_ALERTING]
    first = list(dict.fromkeys(by_score))
    wanted = set(found.filter(pk__in=first).order_by().values_list("pk", flat=True))
    return [key for key in first if key in wanted]


def _asked_for(viewer: Actor, asked: OrganisationFilter, today: datetime, *, field: str) -> QuerySet[Organisation]:
    within = reach(viewer, Permission.ORGANISATION_VIEW).q(field)
    found = _walked(Organisation.objects.all(), "path").filter(within, _below(asked.below, field))
    match Standing(asked.standing):
        case Standing.OPEN:
            found = found.filter(Q(closed_on=None) | Q(closed_on__gte=today.date()))
        case Standing.CLOSED:
            found = found.filter(closed_on__lt=today.date())
        case Standing.ALL:
            pass
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.text:
        found = found.filter(
            Q(name__icontains=asked.text) | Q(code__iexact=asked.text) | Q(postcode__istartswith=asked.text)
        )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """How many alerts wait at an organisation and below it, and how serious the most serious is.

    `alerts` counts no further than `MOST_COUNTED` and one more.
    """

    alerts: int
    worst: Level


def waiting(viewer: Actor, organisations: Sequence[Organisation]) -> dict[int, Waiting]:
    """The alerts that wait at some organisations and below them, by the organisation's key; none are left out.

    Numbers only, as on the overview: whoever may see an organisation may see how many alerts wait there.
    """
    within = reach(viewer, Permission.ORGANISATION_VIEW)
    shown = [organisation for organisation in organisations if organisation.path in within]
    above = set(Organisation.objects.filter(parent__in=shown).order_by().values_list("parent", flat=True).distinct())
    found = _waiting_at([one for one in shown if one.pk not in above])
    for organisation in shown:
        if organisation.pk in above and (counted := _waiting_below(organisation)):
            found[organisation.pk] = counted
    return found


def _waiting_at(organisations: Sequence[Organisation]) -> dict[int, Waiting]:
    """For organisations with nothing below them, in one statement."""
    keys = {organisation.path: organisation.pk for organisation in organisations}
    rows = _waiting_alerts().filter(organisation_path__in=list(keys)).order_by()
    found: dict[int, Waiting] = {}
    for path, level, count in rows.values_list("organisation_path", "level").annotate(n=Count("*")):
        before = found.get(keys[path])
        total, worst = (before.alerts, before.worst) if before else (0, LEVELS[level])
        found[keys[path]] = Waiting(alerts=total + count, worst=max(worst, LEVELS[level], key=lambda one: one.rank))
    return found


def _waiting_below(organisation: Organisation) -> Waiting | None:
    """For an organisation with others below it: a bounded count, because a nation's alerts are many."""
    alerts = _waiting_alerts().filter(Reach(paths=(organisation.path,)).q("organisation_path")).order_by()
    total = alerts.values("level")[: MOST_COUNTED + 1].count()
    if not total:
        return None
    worst = next(level for level in reversed(LEVELS) if alerts.filter(level=level.rank).exists())
    return Waiting(alerts=total, worst=worst)


def _waiting_alerts() -> QuerySet[Alert]:
    """Alerts that nobody has closed, in the form for which the index `alert_counted` was made."""
    return Alert.objects.filter(_UNCLOSED, level__in=range(len(LEVELS)))


def waiting_alerts(viewer: Actor, device: Device, limit: int = 10) -> list[Alert]:
    """The alerts about a device, those that wait first, and among them the most serious."""
    found = alerts_visible_to(viewer).filter(known_device=device).select_related("rule", "stake")
    return list(found.order_by("closed", "-score", "-last_at")[:limit])


def alert_counts(viewer: Actor, devices: Sequence[Device]) -> dict[UUID, int]:
    """How many alerts wait for each of some devices."""
    found = alerts_visible_to(viewer).filter(known_device__in=devices, closed=False)
    return dict(found.order_by().values_list("known_device").annotate(n=Count("*")))


def device_counts(viewer: Actor, organisations: Sequence[Organisation]) -> dict[int, int]:
    """How many devices each of some organisations has itself."""
    found = devices_visible_to(viewer).filter(organisation__in=organisations)
    return dict(found.order_by().values_list("organisation").annotate(n=Count("*")))


def devices_below(viewer: Actor, organisation: Organisation) -> int:
    """How many devices there are at an organisation and below it; `MOST_COUNTED` and one more for any larger number."""
    found = devices_visible_to(viewer).filter(Reach(paths=(organisation.path,)).q("organisation_path"))
    return found.order_by().values("organisation_path")[: MOST_COUNTED + 1].count()


def sources_of(viewer: Actor, organisation: Organisation) -> list[Source]:
    """The sources of an organisation itself, not of those below it; at most one page of them."""
    return list(sources_visible_to(viewer).filter(organisation=organisation)[:PAGE])


def organisation_visible_to(viewer: Actor, code: str) -> Organisation | None:
    """One organisation, if the viewer may see it."""
    return organisations_visible_to(viewer).filter(code=code.upper()).select_related("parent", "successor").first()


def chain(organisation: Organisation) -> list[Organisation]:
    """What an organisation lies in, from the top down. Names of what lies above are no secret."""
    codes = organisation.path.strip("/").split("/")[:-1]
    found = {above.code: above for above in Organisation.objects.filter(code__in=codes)}
    return [found[code] for code in codes if code in found]


def tops(viewer: Actor) -> list[Organisation]:
    """Where the viewer's part of the tree begins, and one level below each."""
    within = reach(viewer, Permission.ORGANISATION_VIEW)
    if within.everything:
        begin = list(Organisation.objects.filter(parent=None).order_by("name"))
    else:
        begin = list(Organisation.objects.filter(path__in=within.paths).order_by("name"))
    below = Organisation.objects.filter(parent__in=begin, kind__in=_AREAS).order_by("name")
    return begin + list(below.exclude(pk__in=[one.pk for one in begin])[:PAGE])


def children(organisation: Organisation) -> tuple[list[Organisation], dict[OrganisationKind, int]]:
    """The first organisations directly below one, and how many there are of each kind."""
    below = organisation.children.filter(closed_on=None)
    counts = below.order_by().values_list("kind").annotate(n=Count("*"))
    return list(below.order_by("name")[:PAGE]), {OrganisationKind(kind): n for kind, n in counts}


def predecessors(organisation: Organisation) -> list[Organisation]:
    """The closed organisations whose work an organisation took over."""
    return list(organisation.predecessors.order_by("name"))


def device_page(viewer: Actor, asked: DeviceFilter) -> Page[Device]:
    """One page of the devices that someone asked for.

    Those with waiting alerts come first, the most serious first; then those on which most care depends; then by name.
    """
    found = _devices(viewer, asked, field="organisation_path")
    total, counted_to = _length(found, asked)
    if total > FEW:
        found = _devices(viewer, asked, field="place")
    number = _number(asked, total)
    first = _alerting_devices(viewer, asked, found)
    chosen = _first_of_all(
        first, found.exclude(pk__in=first).order_by("-importance", "name", "organisation_path"), number
    )
    rows = Device.objects.select_related("organisation").in_bulk(chosen)
    shown = [rows[key] for key in chosen if key in rows]
    return Page(rows=shown, total=total, number=number, counted_to=counted_to)


def _alerting_devices(viewer: Actor, asked: DeviceFilter, found: QuerySet[Device]) -> list[UUID]:
    """Those of some devices that have the most serious waiting alerts, in the order of these."""
    alerts = alerts_visible_to(viewer).filter(_below(asked.below, "organisation_path"), closed=False)
    known = alerts.exclude(known_device=None).order_by("-score", "-last_at", "id")
    first = list(dict.fromkeys(known.values_list("known_device", flat=True)[:MOST_ALERTING_DEVICES]))
    wanted = set(found.filter(pk__in=first).order_by().values_list("pk", flat=True))
    return [key for key in first if key in wanted]


def _devices(viewer: Actor, asked: DeviceFilter, *, field: str) -> QuerySet[Device]:
    within = reach(viewer, Permission.DEVICE_VIEW).q(field)
    found = _walked(Device.objects.all(), "organisation_path").filter(within, _below(asked.below, field))
    if asked.importance:
        found = found.filter(importance=asked.importance)
    if asked.text:
        aliases = DeviceAlias.objects.filter(value=asked.text.casefold()).values("device")
        found = found.filter(Q(name__istartswith=asked.text) | Q(pk__in=aliases))
    return found


def device_visible_to(viewer: Actor, key: UUID) -> Device | None:
    """One device, if the viewer may see it."""
    return devices_visible_to(viewer).filter(pk=key).select_related("organisation").first()


def aliases_of(device: Device) -> list[DeviceAlias]:
    """The names and addresses of a device, the latest first."""
    return list(device.aliases.all()[:200])


def may_mark(viewer: Actor, device: Device) -> bool:
    """Whether someone may say how much care depends on a device."""
    return device.organisation_path in reach(viewer, Permission.DEVICE_MARK)


def source_page(viewer: Actor, asked: SourceFilter, now: datetime) -> Page[Source]:
    """One page of the sources that someone asked for: those that have been silent longest first."""
    found = sources_visible_to(viewer).filter(_below(asked.below, "organisation_path"))
    match Quiet(asked.quiet):
        case Quiet.SILENT:
            found = found.filter(enabled=True).filter(Q(last_sent_at=None) | Q(last_sent_at__lt=now - SILENT_AFTER))
        case Quiet.SENDING:
            found = found.filter(enabled=True, last_sent_at__gte=now - SILENT_AFTER)
        case Quiet.DISABLED:
            found = found.filter(enabled=False)
        case Quiet.ANY:
            pass
    if asked.text:
        found = found.filter(
            Q(name__icontains=asked.text) | Q(organisation__name__icontains=asked.text) | Q(pk=asked.text)
        )
    return _page(found.order_by("-enabled", "last_sent_at", "name").select_related("organisation"), asked)


def source_visible_to(viewer: Actor, key: str) -> Source | None:
    """One source, if the viewer may see it."""
    return sources_visible_to(viewer).filter(pk=key).select_related("organisation").first()


def credentials_of(source: Source) -> list[Credential]:
    """The keys of a source, the newest first; those that were withdrawn too."""
    return list(source.credentials.all())


def credential_of(source: Source, key_id: str) -> Credential | None:
    """One key of a source."""
    return source.credentials.filter(key_id=key_id).first()


def tallies_of(source: Source, since: datetime) -> list[SourceTally]:
    """What a source sent in each ten minutes since a moment."""
    return list(source.tallies.filter(start__gte=since).order_by("start"))


def bad_records_of(source: Source) -> list[BadRecord]:
    """The latest records of a source that could not be read."""
    return list(source.bad_records.all()[:10])


def devices_refused_of(source: Source, since: datetime) -> int:
    """How many devices of a source were not made since a day, because it brought too many."""
    return refused_since(since.date(), source=source.pk).get(source.pk, 0)


def sent_since(sources: Sequence[Source], since: datetime) -> dict[str, int]:
    """How many events each of some sources sent since a moment."""
    found = SourceTally.objects.filter(source__in=sources, start__gte=since).order_by().values_list("source")
    return dict(found.annotate(n=Sum("events")))


def may_manage_sources(viewer: Actor, organisation: Organisation) -> bool:
    """Whether someone may add sources to an organisation and change them."""
    return organisation.path in reach(viewer, Permission.SOURCE_MANAGE)


def may_view_rota(viewer: Actor, organisation: Organisation) -> bool:
    """Whether someone may see who is told of an organisation's alerts."""
    return organisation.path in reach(viewer, Permission.ROTA_VIEW)


def organisations_for_sources(viewer: Actor) -> QuerySet[Organisation]:
    """The open organisations for which someone may add a source."""
    return organisations_where(viewer, Permission.SOURCE_MANAGE).filter(closed_on=None)


def _below(code: str, field: str) -> Q:
    """At an organisation or below it; nowhere when there is no such organisation."""
    if not code:
        return Q()
    paths = Organisation.objects.filter(code=code).values_list("path", flat=True)
    return Reach(paths=tuple(paths)).q(field)


def _walked(rows: QuerySet[_Row], field: str) -> QuerySet[_Row]:
    """Rows with their organisation's path as `place` too, for which no index can be searched (ADR 0061).

    A long list walks along the index in its own order and leaves out what is elsewhere; a short one is found by its
    path and then sorted.
    """
    place = Coalesce(field, Value("")) if connection.vendor == "sqlite" else F(field)
    return rows.alias(place=place)  # type: ignore[return-value]  # django-stubs forgets which model it is


def _page(found: QuerySet[_Row], asked: Filter) -> Page[_Row]:
    total, counted_to = _length(found, asked)
    number = _number(asked, total)
    rows = list(found[(number - 1) * PAGE : number * PAGE])
    return Page(rows=rows, total=total, number=number, counted_to=counted_to)


def _length(found: QuerySet[_Row], asked: Filter) -> tuple[int, int]:
    """How long a list is, and how far it was counted: at least to the end of the page that is asked for."""
    counted_to = max(MOST_COUNTED, asked.page * PAGE)
    # Counting paths, which stand in an index, and not keys, for which each row would have to be read.
    return found.order_by().values("organisation_path")[: counted_to + 1].count(), counted_to


def _number(asked: Filter, total: int) -> int:
    """The page that is asked for, or the last where there is none such."""
    return min(asked.page, max(1, -(-total // PAGE)))


def _first_of_all(first: list[_Key], others: QuerySet[_Row], number: int) -> list[_Key]:
    """The keys on one page of a list that begins with some rows and goes on with the others."""
    start = (number - 1) * PAGE
    chosen = first[start : start + PAGE]
    if len(chosen) < PAGE:
        after = max(0, start - len(first))
        chosen += others.values_list("pk", flat=True)[after : after + PAGE - len(chosen)]
    return chosen
