"""What people say about the maps of organisations. Each action checks, writes and records in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError
from watchward.console.access.audit import Deed, record, record_each
from watchward.console.access.guard import Actor, require
from watchward.console.care import adapters, arranging, arranging_checks, bringing, rows, storing
from watchward.console.care.arranging import Arranged as Arranged  # noqa: PLC0414 - part of what `arrange` takes
from watchward.console.care.models import Arrangement
from watchward.console.care.storing import Change, Stored
from watchward.console.care.telling import said_by, tell
from watchward.console.estate.models import Organisation
from watchward.estate.care.carriers import Carried, with_carriers
from watchward.estate.care.system import Supplier
from watchward.estate.care.tables import TABLES, Read, Thing


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
    """Say what is known of organisations whose maps are templates, in a few writes however many they are.

    Raises:
        CareMapError: something of it cannot be; nothing is changed.

    """
    for one in wanted:
        require(by, Permission.CARE_REFINE, at=one.organisation)
    rows.in_turn()
    said = said_by(by, reason, clock)
    arranging_checks.check(wanted, suppliers)
    new = storing.write_suppliers(suppliers, said)
    arranging.write(wanted, said)
    tell([one.organisation for one in wanted], suppliers=new)
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


@transaction.atomic
def refine(*, by: Actor, organisation: Organisation, wish: Wish, reason: str, clock: Clock) -> Stored:
    """Say what a thing of an organisation's map is: a new one, or what it is instead of another.

    Raises:
        CareMapError: the map would not be sound; nothing is changed.

    """
    return refine_all(by=by, organisation=organisation, wishes=[wish], reason=reason, clock=clock)


@transaction.atomic
def refine_all(*, by: Actor, organisation: Organisation, wishes: Sequence[Wish], reason: str, clock: Clock) -> Stored:
    """Say what several things of an organisation's map are, at once.

    Raises:
        CareMapError: the map would not be sound; nothing is changed.

    """
    require(by, Permission.CARE_REFINE, at=organisation)
    rows.in_turn()
    part = adapters.part_of(organisation)
    things: storing.Keyed = storing.keyed(part.care)
    for wish in wishes:
        things = _fulfilled(things, wish)
    done = _change(by, Change(organisation=organisation, part=part, after=storing.unkeyed(things)), reason, clock)
    if done.anything:
        named = TABLES[wishes[0].table].key(wishes[0].thing)
        subject = named if len(wishes) == 1 else f"{named} and {len(wishes) - 1} more"
        _refined(by, organisation, subject, reason, clock)
    return done


def _fulfilled(things: storing.Keyed, wish: Wish) -> storing.Keyed:
    key = (wish.table, TABLES[wish.table].key(wish.thing))
    if key[1] != wish.instead_of and any(name == key[1] for _, name in things):
        raise BadInputError(f"There is a {key[1]} already.", advice="Change that one, or use another identifier.")
    if wish.instead_of:
        things = {key if old == (wish.table, wish.instead_of) else old: one for old, one in things.items()}
    return {**things, key: wish.thing}


@transaction.atomic
def equip(*, by: Actor, organisation: Organisation, carried: Sequence[Carried], reason: str, clock: Clock) -> Stored:
    """Say which devices carry things of an organisation's map, each instead of those that were said to.

    Raises:
        BadInputError: there is no such thing in the map.
        CareMapError: the map would not be sound; nothing is changed.

    """
    require(by, Permission.CARE_REFINE, at=organisation)
    rows.in_turn()
    part = adapters.part_of(organisation)
    after = replace(part.care, places={}, suppliers=())
    for one in carried:
        after = with_carriers(after, organisation.code, one)
    done = _change(by, Change(organisation=organisation, part=part, after=after), reason, clock)
    if done.anything:
        _refined(by, organisation, f"the devices of {', '.join(one.thing for one in carried[:3])}", reason, clock)
    return done


def _refined(by: Actor, organisation: Organisation, subject: str, reason: str, clock: Clock) -> None:
    record(
        AuditEvent.CARE_REFINED, by=by, subject=subject, organisation=organisation, clock=clock, reason=reason.strip()
    )


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
    rows.in_turn()
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
    said = said_by(by, reason, clock)
    storing.check([change], ())
    done = storing.write(change, said)
    tell([change.organisation])
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
    rows.in_turn()
    said, found = said_by(by, reason, clock), brought.found
    changes = bringing.changes(found, organisations, whole=brought.whole)
    storing.check(changes, found.care.suppliers, found.origins)
    new = storing.write_suppliers(found.care.suppliers, said)
    done = {change.organisation.code: storing.write(change, said) for change in changes}
    tell(organisations, suppliers=new)
    deeds = (_brought(one, done[one.code], reason) for one in organisations if done[one.code].anything)
    record_each(AuditEvent.CARE_IMPORTED, by=by, deeds=deeds, clock=clock)
    return done


def _brought(organisation: Organisation, done: Stored, reason: str) -> Deed:
    counts = {"added": done.added, "changed": done.changed, "removed": done.removed}
    return Deed(subject=organisation.name, organisation=organisation, details={**counts, "reason": reason.strip()})


@transaction.atomic
def undo(*, by: Actor, organisation: Organisation, reason: str, clock: Clock) -> Stored:
    """Go back to the template: whatever was refined at an organisation is lost, and its size and suppliers stay known.

    Raises:
        BadInputError: nothing was refined there.
        CareMapError: somebody elsewhere needs something that the template lacks.

    """
    require(by, Permission.CARE_REFINE, at=organisation)
    rows.in_turn()
    part = adapters.part_of(organisation)
    if part.arranged is None or not part.own:
        raise BadInputError("Its map is the template already.", advice="There is nothing to undo.")
    said = said_by(by, reason, clock)
    done = storing.unwrite(storing.back_to_template(organisation, part), said)
    tell([organisation])
    record(
        AuditEvent.CARE_UNDONE,
        by=by,
        subject=organisation,
        organisation=organisation,
        clock=clock,
        reason=reason.strip(),
        added=done.added,
        changed=done.changed,
        removed=done.removed,
    )
    return done


@transaction.atomic
def confirm(*, by: Actor, organisation: Organisation, reason: str, clock: Clock) -> Arrangement:
    """Answer for an organisation's map: from now on it counts as mapped. A map by template becomes its own so."""
    require(by, Permission.CARE_REFINE, at=organisation)
    rows.in_turn()
    part = adapters.part_of(organisation)
    if not part.care.services:
        raise BadInputError("There is nothing to confirm: it gives no care yet.", advice="Add its services first.")
    said = said_by(by, reason, clock)
    if not part.own:
        after = replace(part.care, places={}, suppliers=())
        storing.write(Change(organisation=organisation, part=part, after=after), said)
    arranged = Arrangement.objects.get(organisation=organisation)
    arranged.confirmed_at, arranged.confirmed_by = clock.now(), str(by)[:200]
    arranged.reason = reason.strip()[:300]
    arranged.save()
    tell([organisation])
    record(
        AuditEvent.CARE_CONFIRMED,
        by=by,
        subject=organisation,
        organisation=organisation,
        clock=clock,
        reason=reason.strip(),
    )
    return arranged
