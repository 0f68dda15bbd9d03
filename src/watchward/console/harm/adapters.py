"""The model of harm laid out over the node's map, and the rankings that the worker makes of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache, cached_property, partial
from threading import Lock
from typing import Any, Final

import structlog
from django.db.models import QuerySet

from watchward.base.clock import Clock
from watchward.base.errors import NotReadyError
from watchward.console.care import adapters as maps
from watchward.console.care import rows
from watchward.console.estate.models import Organisation
from watchward.console.harm import keeping, own
from watchward.console.harm.keeping import Label, Stamp
from watchward.console.harm.models import Validated, WorkedOut
from watchward.console.recent import Recent
from watchward.estate.organisation import OrganisationKind
from watchward.harm import as_json
from watchward.harm.history import as_json as history
from watchward.harm.history.report import validate
from watchward.harm.model import KINDS, SORTS, SYSTEMS, Model, model
from watchward.harm.pairs import pairs
from watchward.harm.parameters.table import Table, standard
from watchward.harm.ranking import Ranking, rank
from watchward.harm.within import Area, area
from watchward.harm.worst import worst

log = structlog.get_logger(__name__)

BEGINS: Final = 9
"""Rankings are of losses that begin on Monday at nine: the busiest hours."""

HOURS: Final = (4, 24, 168)
SHOWN: Final = 20
_PAIRS: Final = 10
_TABLES: Final = 16
"""Organisations with numbers of their own for which the map is kept laid out besides."""

_ANSWERS, _RANKINGS, _SIGHTS = 32, 200, 64
"""How many what-ifs, rankings of single organisations, and parts of the tree that somebody sees are kept with a map."""

AREAS: Final = frozenset({OrganisationKind.ICB, OrganisationKind.NATION, OrganisationKind.REGION})
"""What is ranked by the worker, and never while somebody waits."""

SMALL: Final = 1_000
"""The map of so many organisations is laid out by whoever needs it: it takes a fraction of a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a thing of the map is.

    Args:
        id: its identifier.
        sort: `system`, `supplier`, `equipment`, `service` or `organisation`.
        what: what it is, in words.
        organisation: the code of the organisation that it belongs to; empty for a supplier.

    """

    id: str
    sort: str
    what: str
    organisation: str


class Things(Mapping[str, Described]):
    """What each thing of a map is, said when somebody asks."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def __getitem__(self, thing: str) -> Described:
        model, number = self._model, self._model.number[thing]
        belonging = model.belonging
        sort, row, owner = SORTS[belonging.sort[number]], belonging.row[number], belonging.owner[number]
        match sort:
            case "service":
                what = KINDS[belonging.kind[number]].label
            case "system":
                what = SYSTEMS[belonging.kind[number]].label
            case "equipment":
                what = model.care.equipment[row].name
            case "supplier":
                what = model.care.suppliers[row].name
            case _:
                what = ""
        return Described(id=thing, sort=sort, what=what, organisation=model.ids[owner] if owner >= 0 else "")

    def __iter__(self) -> Iterator[str]:
        return iter(self._model.ids)

    def __len__(self) -> int:
        return len(self._model.ids)


@dataclass(frozen=True, kw_only=True)
class Laid:
    """The map laid out, what each thing of it is, and what was worked out with it and is kept as long as it is.

    `elsewhere` has the same map with other numbers, where organisations have some of their own; `called` is what finds
    things by name, the same for all of these.
    """

    version: int
    model: Model
    things: Mapping[str, Described]
    answers: Recent[Any] = field(default_factory=partial(Recent, _ANSWERS))
    rankings: Recent[Any] = field(default_factory=partial(Recent, _RANKINGS))
    sights: Recent[Any] = field(default_factory=partial(Recent, _SIGHTS))
    called: Recent[Any] = field(default_factory=partial(Recent, 1))
    elsewhere: "list[Laid]" = field(default_factory=list)

    def by(self, table: Table) -> "Laid":
        """The same map with these numbers: what is laid out does not hang on them."""
        if table is self.model.table:
            return self
        for one in self.elsewhere:
            if one.model.table is table:
                return one
        model = replace(self.model, table=table)
        found = Laid(version=self.version, model=model, things=self.things, called=self.called)
        self.elsewhere[:] = [*self.elsewhere[1 - _TABLES :], found]
        return found

    @property
    def stale(self) -> bool:
        """Whether the map of care has changed since."""
        return rows.version() != self.version

    @cached_property
    def numbers(self) -> str:
        """A name for the numbers: others have another name."""
        return own.digest(self.model.table)


class NotLaidOutError(NotReadyError):
    """The worker has not come to the map of care yet."""

    def __init__(self) -> None:
        super().__init__(
            "The map of care is not laid out yet, so that nothing can be asked of it.",
            advice="Try again in a minute. If it stays so, see on the page Node whether the worker does its jobs.",
        )


_lock, _opening = Lock(), Lock()
_kept: list[tuple[object, Laid]] = []


def laid_out(place: Organisation | None = None) -> Laid:
    """The model over the node's map, with the numbers that hold at an organisation; None: at all of the node.

    A large map is as the worker laid it out last.

    Raises:
        NotLaidOutError: the map is large, and the worker has not come to it yet.

    """
    found, table = _laid_last(), own.table_for(place)
    with _lock:
        return found.by(table)


def _laid_last() -> Laid:
    small = is_small()
    mark: object = maps.care_map() if small else keeping.stamp()
    before = next(iter(_kept), None)
    if before is not None and _same(before[0], mark):
        return before[1]
    # While somebody opens what the worker laid out anew, what was laid out before answers everybody else.
    if not _opening.acquire(blocking=small or before is None):
        assert before is not None
        return before[1]
    try:
        if not _kept or not _same(_kept[0][0], mark):
            _kept[:] = [(mark, _laid_here() if small else _laid_by_the_worker())]
        return _kept[0][1]
    finally:
        _opening.release()


def _same(one: object, other: object) -> bool:
    return one is other or (isinstance(one, Stamp) and one == other)


def is_small() -> bool:
    """Whether the node's map is so small that whoever needs it lays it out."""
    return Organisation.objects.count() <= SMALL


def _laid_here() -> Laid:
    version = rows.version()
    laid = model(maps.sound(maps.care_map()), standard())
    return Laid(version=version, model=laid, things=Things(laid))


def _laid_by_the_worker() -> Laid:
    found = keeping.kept(table_digest(), standard())
    if found is None:
        raise NotLaidOutError
    label, laid = found
    return Laid(version=label.version, model=laid, things=Things(laid))


def ranking_of(laid: Laid, where: Area | None, hours: int, every: Ranking | None = None) -> dict[str, Any]:
    """What hurts most in an area (None: the whole node), as it is stored and shown.

    `every`: a ranking of the whole map over the same time, where there is one already.
    """
    found = worst(laid.model, begins=BEGINS, hours=hours, area=where, count=SHOWN, every=every)
    told = as_json.worst(found, laid.model)
    told["map"] = as_json.known(laid.model, where)
    for name in ("ranking", "single_points"):
        told[name] = [one | {"thing": asdict(laid.things[one["id"]])} for one in told[name]]
    told["pairs"] = [] if where else _pairs_of(laid, hours)
    return told


def _pairs_of(laid: Laid, hours: int) -> list[dict[str, Any]]:
    found = pairs(laid.model, begins=BEGINS, hours=hours, count=_PAIRS)
    return [
        {
            "things": [asdict(laid.things[one.first]), asdict(laid.things[one.second])],
            "alone": list(one.alone),
            "together": one.together,
        }
        for one in found
    ]


def area_of(laid: Laid, organisation: Organisation) -> Area:
    """An organisation and all below it."""
    codes = set(maps.codes_below(organisation.path))
    return area(laid.model, frozenset(codes & laid.model.care.places.keys()))


def is_behind() -> bool:
    """Whether the map is large, and another one than the one that is kept."""
    return not is_small() and keeping.label() != Label(version=rows.version(), basis=table_digest())


def lay_out() -> bool:
    """Lay a large map out and keep it for other processes, where it has changed; return whether it had to be done.

    Raises:
        NotKeptError: the disk refused it; this process goes on with it, and others with the one before.

    """
    if not is_behind():
        return False
    laid = _laid_here()
    try:
        keeping.keep(laid.model, Label(version=laid.version, basis=table_digest()))
    finally:
        with _opening:
            _kept[:] = [(keeping.stamp(), laid)]
    log.info("care_map_kept", things=len(laid.model.ids))
    return True


def rankings_missing() -> bool:
    """Whether a map is kept of which some rankings are not made yet."""
    label = keeping.label()
    if label is None:
        return False
    return bool(_wanted([None, *_areas()]) - _made(label.version))


def _wanted(places: Sequence[Organisation | None]) -> set[tuple[str, int, str]]:
    """The rankings that there should be: where, for how long, and with which numbers."""
    numbers = zip(places, own.digests(places), strict=True)
    return {(place.code if place else "", hours, each) for place, each in numbers for hours in HOURS}


def _made(version: int) -> set[tuple[str, int, str]]:
    """The rankings that there are of a map."""
    return set(WorkedOut.objects.filter(version=version).values_list("place", "hours", "numbers"))


def _areas() -> QuerySet[Organisation]:
    return Organisation.objects.filter(kind__in=AREAS).order_by("path")


def work_out_rankings(*, clock: Clock) -> int:
    """Make the rankings of the node, its regions and its boards, where the map or their numbers are others.

    Those that are made stay made if this is stopped: whoever begins again goes on with the rest. Returns how many.
    """
    laid = laid_out()
    places: list[Organisation | None] = [None, *_areas()] if laid.model.care.services else []
    made, fresh, every = 0, _made(laid.version), dict[int, Ranking]()
    for place in places:
        mine = laid.by(own.table_for(place))
        where, code = area_of(mine, place) if place else None, place.code if place else ""
        for hours in HOURS:
            if (code, hours, mine.numbers) in fresh:
                continue
            if mine is laid and hours not in every:
                every[hours] = rank(laid.model, begins=BEGINS, hours=hours)
            found = ranking_of(mine, where, hours, every.get(hours) if mine is laid else None)
            at = {"version": laid.version, "numbers": mine.numbers, "at": clock.now(), "found": found}
            WorkedOut.objects.update_or_create(place=code, hours=hours, defaults=at)
            made += 1
    stay = [one.code if one else "" for one in places]
    gone, _ = WorkedOut.objects.exclude(place__in=stay, hours__in=HOURS).delete()
    if made or gone:
        log.info("harm_ranked", areas=len(places), rankings=made)
    return made


@cache
def table_digest() -> str:
    """A name for the parameter table as it stands: another table has another name."""
    return own.digest(standard())


def validate_model(*, clock: Clock) -> bool:
    """Set the model against history, once for each parameter table; return whether it had to be done."""
    digest = table_digest()
    if Validated.objects.filter(table=digest).exists():
        return False
    found = history.as_json(validate(standard()))
    Validated.objects.exclude(table=digest).delete()
    Validated.objects.create(table=digest, at=clock.now(), found=found)
    return True
