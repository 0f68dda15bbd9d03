"""What people say about the map of care. Each action checks, writes and records in one transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import Deed, record, record_each
from watchward.console.access.guard import Actor, require
from watchward.console.care import adapters, rows, storing
from watchward.console.care.models import Arrangement, Choice, KnownSize
from watchward.console.care.signals import map_changed
from watchward.console.care.storing import Change, Stored
from watchward.console.estate.models import Organisation
from watchward.estate.care.map import CareMap
from watchward.estate.care.system import Supplier
from watchward.estate.care.tables import TABLES, Read, Thing
from watchward.estate.care.templates import Measure, TemplateKind

_MOST = 1e9


@dataclass(frozen=True, kw_only=True)
class Arranged:
    """What is said of an organisation whose map is a template; what is left out stays as it was.

    Args:
        organisation: which.
        template: which template fits it; None where the likely one does.
        measures: what is known of its size.
        hosts: where its systems run, by their names in the template.
        outside: what elsewhere stands in place of something of the template, by its name there.
        source: where the measures were read.

    """

    organisation: Organisation
    template: TemplateKind | None = None
    measures: Mapping[Measure, float] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    outside: Mapping[str, str] = field(default_factory=dict)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a thing of a map is to be.

    Args:
        table: the name of its table.
        thing: what it is to be.
        instead_of: the key of the thing that it replaces; empty for a new one.

    """

    table: str
    thing: Thing
    instead_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """What files say of maps.

    Args:
        found: what was read.
        whole: whether the files hold whole maps, so that what is not in them is removed; else it stays.

    """

    found: Read
    whole: bool = False


@transaction.atomic
def arrange(*, by: Actor, wanted: Sequence[Arranged], suppliers: Sequence[Supplier], reason: str, clock: Clock) -> None:
    """Say what is known of organisations whose maps are templates, in a few writes however many they are."""
    for one in wanted:
        require(by, Permission.CARE_REFINE, at=one.organisation)
        _sensible(one)
    said = _said(by, reason, clock)
    storing.write_suppliers(suppliers, said)
    _write_arrangements(wanted, said)
    sizes = [
        KnownSize(organisation=one.organisation, measure=measure.value, value=value, source=one.source[:300])
        for one in wanted
        for measure, value in one.measures.items()
    ]
    KnownSize.objects.bulk_create(
        sizes,
        batch_size=rows.BATCH,
        update_conflicts=True,
        unique_fields=["organisation", "measure"],
        update_fields=["value", "source"],
    )
    choices = [
        Choice(organisation=one.organisation, role=role.value, name=name, chosen=chosen)
        for one in wanted
        for role, named in ((Choice.Role.HOST, one.hosts), (Choice.Role.OUTSIDE, one.outside))
        for name, chosen in named.items()
    ]
    Choice.objects.bulk_create(
        choices,
        batch_size=rows.BATCH,
        update_conflicts=True,
        unique_fields=["organisation", "role", "name"],
        update_fields=["chosen"],
    )
    rows.bump()
    map_changed.send(None, organisations=[one.organisation for one in wanted])
    where = wanted[0].organisation if len(wanted) == 1 else None
    record(
        AuditEvent.CARE_ARRANGED,
        by=by,
        subject="organisations",
        organisation=where,
        clock=clock,
        count=len(wanted),
        reason=reason,
    )


def _sensible(one: Arranged) -> None:
    for measure, value in one.measures.items():
        if not (isfinite(value) and 0 <= value <= _MOST):
            raise BadInputError(f"{value} is no number of {measure.label}.", advice="Give a number from 0.")


def _write_arrangements(wanted: Sequence[Arranged], said: Mapping[str, Any]) -> None:
    found = {one.organisation.pk: one for one in wanted}
    stored = set(Arrangement.objects.filter(organisation__in=found).values_list("organisation", flat=True))
    new = [
        Arrangement(
            organisation=one.organisation,
            organisation_path=one.organisation.path,
            template=one.template.value if one.template else "",
            **said,
        )
        for pk, one in found.items()
        if pk not in stored
    ]
    Arrangement.objects.bulk_create(new, batch_size=rows.BATCH)
    for pk in stored:
        template = {"template": found[pk].template} if found[pk].template else {}
        Arrangement.objects.filter(organisation=pk).update(**template, **said)


@transaction.atomic
def refine(*, by: Actor, organisation: Organisation, wish: Wish, reason: str, clock: Clock) -> Stored:
    """Say what a thing of an organisation's map is: a new one, or what it is instead of another.

    Raises:
        CareMapError: the map would not be sound; nothing is changed.

    """
    require(by, Permission.CARE_REFINE, at=organisation)
    part = adapters.part_of(organisation)
    things = storing.keyed(part.care)
    key = (wish.table, TABLES[wish.table].key(wish.thing))
    if key[1] != wish.instead_of and any(name == key[1] for _, name in things):
        raise BadInputError(f"There is a {key[1]} already.", advice="Change that one, or use another identifier.")
    if wish.instead_of:
        things = {key if old == (wish.table, wish.instead_of) else old: one for old, one in things.items()}
    things[key] = wish.thing
    done = _change(by, Change(organisation=organisation, part=part, after=storing.unkeyed(things)), reason, clock)
    if done.anything:
        record(
            AuditEvent.CARE_REFINED,
            by=by,
            subject=key[1],
            organisation=organisation,
            clock=clock,
            reason=reason.strip(),
        )
    return done


@transaction.atomic
def remove(*, by: Actor, organisation: Organisation, thing: tuple[str, str], reason: str, clock: Clock) -> Stored:
    """Take a thing out of an organisation's map, with the dependencies there that begin or end at it.

    Args:
        by: who does.
        organisation: whose map.
        thing: its table and its key.
        reason: why.
        clock: tells when.

    Raises:
        CareMapError: somebody elsewhere needs it.

    """
    require(by, Permission.CARE_REFINE, at=organisation)
    part = adapters.part_of(organisation)
    things = storing.keyed(part.care)
    key = thing[1]
    if thing not in things:
        raise BadInputError(f"There is no {key} in this map.", advice="Look at the map again: somebody took it out.")
    left = {
        name: one
        for name, one in things.items()
        if name != thing
        and not (name[0] == "dependencies" and key in {getattr(one, "consumer", ""), getattr(one, "provider", "")})
    }
    done = _change(by, Change(organisation=organisation, part=part, after=storing.unkeyed(left)), reason, clock)
    record(AuditEvent.CARE_REMOVED, by=by, subject=key, organisation=organisation, clock=clock, reason=reason.strip())
    return done


def _change(by: Actor, change: Change, reason: str, clock: Clock) -> Stored:
    said = _said(by, reason, clock)
    storing.check([change], ())
    done = storing.write(change, said)
    rows.bump()
    map_changed.send(None, organisations=[change.organisation])
    return done


@transaction.atomic
def import_maps(
    *, by: Actor, organisations: Sequence[Organisation], brought: Brought, reason: str, clock: Clock
) -> dict[str, Stored]:
    """Bring the maps of organisations in line with what files say; all of it, or nothing.

    Args:
        by: who brings them in.
        organisations: whose maps; things of others are refused.
        brought: what the files say.
        reason: why.
        clock: tells when.

    Returns:
        What was done at each organisation, by its code.

    Raises:
        CareMapError: the maps would not be sound; the error names each thing with row and column.

    """
    for organisation in organisations:
        require(by, Permission.CARE_REFINE, at=organisation)
    said, found = _said(by, reason, clock), brought.found
    by_code = _by_organisation(found.care)
    changes = [
        _imported(organisation, by_code[organisation.code], whole=brought.whole) for organisation in organisations
    ]
    _nobody_elses(found, organisations)
    storing.check(changes, found.care.suppliers, found.origins)
    storing.write_suppliers(found.care.suppliers, said)
    done = {change.organisation.code: storing.write(change, said) for change in changes}
    rows.bump()
    map_changed.send(None, organisations=organisations)
    deeds = (
        Deed(
            subject=one.name,
            organisation=one,
            details={
                "added": done[one.code].added,
                "changed": done[one.code].changed,
                "removed": done[one.code].removed,
                "reason": reason.strip(),
            },
        )
        for one in organisations
        if done[one.code].anything
    )
    record_each(AuditEvent.CARE_IMPORTED, by=by, deeds=deeds, clock=clock)
    return done


def _by_organisation(care: CareMap) -> dict[str, dict[tuple[str, str], Thing]]:
    """What a map says, by the organisation to which it belongs."""
    found: dict[str, dict[tuple[str, str], Thing]] = defaultdict(dict)
    for key, thing in storing.keyed(care).items():
        owner = getattr(thing, "organisation", None) or getattr(thing, "consumer", "").partition("/")[0]
        found[owner][key] = thing
    return found


def _imported(organisation: Organisation, mine: Mapping[tuple[str, str], Thing], *, whole: bool) -> Change:
    part = adapters.part_of(organisation)
    things = mine if whole else {**storing.keyed(part.care), **mine}
    return Change(organisation=organisation, part=part, after=storing.unkeyed(things))


def _nobody_elses(found: Read, organisations: Sequence[Organisation]) -> None:
    codes = {one.code for one in organisations}
    named = {one.organisation for one in found.care.services} | {one.organisation for one in found.care.systems}
    named |= {one.organisation for one in found.care.equipment}
    named |= {one.consumer.partition("/")[0] for one in found.care.dependencies}
    if named - codes:
        raise BadInputError(
            f"The files speak of {', '.join(sorted(named - codes)[:5])}, which is not among those to be brought in.",
            advice="Correct the codes, import those organisations first, or bring in each one's files by themselves.",
        )


@transaction.atomic
def confirm(*, by: Actor, organisation: Organisation, reason: str, clock: Clock) -> Arrangement:
    """Answer for an organisation's map: from now on it counts as mapped. A map by template becomes its own so."""
    require(by, Permission.CARE_REFINE, at=organisation)
    part = adapters.part_of(organisation)
    if not part.care.services:
        raise BadInputError("There is nothing to confirm: it gives no care yet.", advice="Add its services first.")
    said = _said(by, reason, clock)
    if not part.own:
        after = replace(part.care, places={}, suppliers=())
        storing.write(Change(organisation=organisation, part=part, after=after), said)
    arranged = Arrangement.objects.get(organisation=organisation)
    arranged.confirmed_at, arranged.confirmed_by = clock.now(), str(by)[:200]
    arranged.reason = reason.strip()[:300]
    arranged.save()
    rows.bump()
    map_changed.send(None, organisations=[organisation])
    record(
        AuditEvent.CARE_CONFIRMED,
        by=by,
        subject=organisation,
        organisation=organisation,
        clock=clock,
        reason=reason.strip(),
    )
    return arranged


def _said(by: Actor, reason: str, clock: Clock) -> dict[str, Any]:
    """Who says something, when, and why; a reason is always asked for.

    Raises:
        BadInputError: there is none.

    """
    if not reason.strip():
        raise BadInputError("A change of the map needs its reason.", advice="Say in a few words how you know.")
    return {"changed_at": clock.now(), "changed_by": str(by)[:200], "reason": reason.strip()[:300]}
