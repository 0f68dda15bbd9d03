"""Make a node ready for the exercise: its invented organisations, a source for each of them, and some people."""

from dataclasses import replace
from typing import TYPE_CHECKING

from watchward.base.clock import SystemClock
from watchward.base.errors import BadSetupError
from watchward.detect.sigma.rule import Level
from watchward.estate.care.map import joined
from watchward.estate.care.tables import Read
from watchward.estate.care.templates import Arrangement
from watchward.estate.organisation import OrganisationKind
from watchward.estate.shipper import Shipper
from watchward.node.config import Config
from watchward.node.exercise import advisory, care, keys, sharing, staff
from watchward.node.exercise.keys import Key, Prepared
from watchward.node.exercise.sector import Sector, Sensor, Site, size_of
from watchward.respond.rota import Channel

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from watchward.console.care.actions import Arranged
    from watchward.console.estate.models import Organisation

NAME = "watchward exercise"
WHY = "Invented for the exercise"


def sector_of(text: str, *, seed: int = 1) -> Sector:
    """The sector of that size (see `size_of`)."""
    return Sector(size_of(text), seed=seed)


def prepare(config: Config, *, sector: str | None = None, seed: int = 1) -> Prepared:
    """Put the sector's organisations into the node's database and make a source for each; twice changes nothing.

    Django must be ready and the database migrated. Without a sector, the one that was prepared before will do, and
    else the default one.

    Raises:
        BadSetupError: the node is a real one, or was prepared for another sector.

    """
    if not config.exercise:
        raise BadSetupError(
            f"{config.layout.path} is the home of a real node: an exercise would mix invented events with real ones.",
            advice="Start another node with: watchward up --exercise --home FOLDER",
        )
    found = keys.load(config.layout)
    if found is not None:
        if (found.sector, found.seed) != (sector or found.sector, seed):
            raise BadSetupError(
                f"This home was prepared for the sector {found.sector!r} with seed {found.seed}.",
                advice="Ask for that one again, or name another home.",
            )
        return found
    chosen = sector or "default"
    prepared = Prepared(sector=chosen, seed=seed, keys=_register(sector_of(chosen, seed=seed)))
    keys.save(config.layout, prepared)
    return prepared


def _register(sector: Sector) -> list[Key]:
    from django.db import transaction  # noqa: PLC0415 - the caller has made Django ready

    from watchward.console.access.guard import Service  # noqa: PLC0415 - as above
    from watchward.console.estate import actions, queries  # noqa: PLC0415 - as above

    by, clock = Service(name=NAME), SystemClock()
    with transaction.atomic():
        actions.import_organisations(by=by, records=sector.organisations(), clock=clock)
        organisations = {one.code: one for one in queries.organisations_visible_to(by).iterator()}
        wanted = [
            actions.NewSource(organisation=organisations[site.record.code], name=_name(site), shipper=_shipper(site))
            for site in sector.sites()
        ]
        made = actions.add_sources(by=by, wanted=wanted, clock=clock)
        _staff(sector, organisations)
        arrange_care(sector, organisations)
        advisory.issue(sector, organisations)
        sharing.open_collection(sector, organisations)
    return [
        Key(organisation=one.organisation.code, source=new.source.id, key_id=new.key_id, secret=new.secret)
        for one, new in zip(wanted, made, strict=True)
    ]


def _staff(sector: Sector, organisations: "Mapping[str, Organisation]") -> None:
    """Invite the invented people, and put them on the rotas."""
    from watchward.console.access import actions as access  # noqa: PLC0415 - the caller has made Django ready
    from watchward.console.access.guard import Service  # noqa: PLC0415 - as above
    from watchward.console.respond import actions  # noqa: PLC0415 - as above

    by, clock = Service(name=NAME), SystemClock()
    for member in staff.members(sector):
        where = organisations[member.organisation] if member.organisation else None
        access.invite(by=by, email=member.email, name=member.name, role=member.role, organisation=where, clock=clock)
    for ladder in staff.ladders(sector):
        where = organisations[ladder.organisation]
        rules = actions.RotaRules(
            tell_from=ladder.tell_from.rank,
            disturb_from=Level.CRITICAL.rank,
            quiet_from=ladder.quiet[0],
            quiet_until=ladder.quiet[1],
            repeat_minutes=30,
            climbs=True,
        )
        actions.set_rota(by=by, organisation=where, rules=rules, clock=clock)
        for number, (name, address) in enumerate(ladder.steps, start=1):
            details = actions.ContactDetails(name=name, channel=Channel.EMAIL, address=address)
            contact = actions.add_contact(by=by, organisation=where, details=details, clock=clock)
            actions.add_duty(by=by, organisation=where, number=number, contact=contact, hours=None, clock=clock)


def arrange_care(sector: Sector, organisations: "Mapping[str, Organisation]") -> None:
    """Say what care the invented organisations give, and what that needs."""
    from watchward.console.access.guard import Service  # noqa: PLC0415 - the caller has made Django ready
    from watchward.console.care import actions  # noqa: PLC0415 - as above

    by, clock = Service(name=NAME), SystemClock()
    wanted = list(_arranged(sector, organisations))
    actions.arrange(by=by, wanted=wanted, suppliers=care.SUPPLIERS, reason=WHY, clock=clock)
    trusts = [sector.site(OrganisationKind.TRUST, number) for number in range(sector.count(OrganisationKind.TRUST))]
    brought = actions.Brought(found=Read(care=joined(map(care.equipped, trusts)), origins={}), whole=True)
    mine = [organisations[site.record.code] for site in trusts]
    actions.import_maps(by=by, organisations=mine, brought=brought, reason=WHY, clock=clock)
    for site in filter(care.confirmed, trusts):
        actions.confirm(by=by, organisation=organisations[site.record.code], reason=WHY, clock=clock)


def _arranged(sector: Sector, organisations: "Mapping[str, Organisation]") -> "Iterator[Arranged]":
    """What is known of each organisation that gives care."""
    for site in sector.sites():
        known = care.arrangement(site)
        if known is None:
            continue
        yield _said(organisations[site.record.code], replace(known, outside=care.outside_of(sector, site)))
    for one in sector.others():
        yield _said(organisations[one.record.code], one.known)


def _said(organisation: "Organisation", known: Arrangement) -> "Arranged":
    from watchward.console.care.actions import Arranged  # noqa: PLC0415 - the caller has made Django ready

    return Arranged(
        organisation=organisation,
        template=known.template,
        measures=known.measures,
        hosts=known.hosts,
        outside=known.outside,
        source="invented for the exercise",
    )


def _name(site: Site) -> str:
    return f"{site.place} collector"


def _shipper(site: Site) -> Shipper:
    return Shipper.NXLOG if site.sensor is Sensor.NXLOG else Shipper.WINLOGBEAT
