"""Make a node ready for the exercise: its invented organisations, and a source for each of them."""

from watchward.base.clock import SystemClock
from watchward.base.errors import BadSetupError
from watchward.estate.shipper import Shipper
from watchward.node.config import Config
from watchward.node.exercise import keys
from watchward.node.exercise.keys import Key, Prepared
from watchward.node.exercise.sector import Sector, Sensor, Site, size_of

NAME = "watchward exercise"


def sector_of(text: str, *, seed: int = 1) -> Sector:
    """The sector of that size (see `size_of`)."""
    return Sector(size_of(text), seed=seed)


def prepare(config: Config, *, sector: str = "default", seed: int = 1) -> Prepared:
    """Put the sector's organisations into the node's database and make a source for each; twice changes nothing.

    Django must be ready and the database migrated.

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
        if (found.sector, found.seed) != (sector, seed):
            raise BadSetupError(
                f"This home was prepared for the sector {found.sector!r} with seed {found.seed}.",
                advice="Ask for that one again, or name another home.",
            )
        return found
    prepared = Prepared(sector=sector, seed=seed, keys=_register(sector_of(sector, seed=seed)))
    keys.save(config.layout, prepared)
    return prepared


def _register(sector: Sector) -> list[Key]:
    from django.db import transaction  # noqa: PLC0415 - the caller has made Django ready

    from watchward.console.access.guard import Service  # noqa: PLC0415 - as above
    from watchward.console.estate import actions, queries  # noqa: PLC0415 - as above

    by, clock = Service(name=NAME), SystemClock()
    made = []
    with transaction.atomic():
        actions.import_organisations(by=by, records=sector.organisations(), clock=clock)
        for site in sector.sites():
            organisation = queries.organisation_visible_to(by, site.record.code)
            assert organisation is not None
            new = actions.add_source(
                by=by, organisation=organisation, name=_name(site), shipper=_shipper(site), clock=clock
            )
            made.append(Key(organisation=site.record.code, source=new.source.id, key_id=new.key_id, secret=new.secret))
    return made


def _name(site: Site) -> str:
    return f"{site.place} collector"


def _shipper(site: Site) -> Shipper:
    return Shipper.NXLOG if site.sensor is Sensor.NXLOG else Shipper.WINLOGBEAT
