"""The map of care: every service, system, supplier and device that care depends on, and what depends on what."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from watchward.estate.care.dependency import Dependency
from watchward.estate.care.service import Service
from watchward.estate.care.system import Equipment, Supplier, System
from watchward.estate.organisation import OrganisationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An organisation as the map needs it: what it is, and who is near enough to take its patients.

    Args:
        code: the organisation's code.
        kind: what sort of organisation it is.
        site_of: the organisation of which this is a site, with which it fails; empty where it stands by itself.
        icb: the code of its integrated care board; empty where it has none.
        region: the code of its region; empty where it has none.
        mapped: whether somebody there has confirmed its map. False: a template stands in, with wide uncertainty.

    """

    code: str
    kind: OrganisationKind
    site_of: str = ""
    icb: str = ""
    region: str = ""
    mapped: bool = False


@dataclass(frozen=True, kw_only=True)
class CareMap:
    """What care there is and what it needs, for any number of organisations.

    Identifiers are unique among all services, systems, suppliers, equipment and places together: anything of those can
    be said to fail. `estate.care.checking` makes sure that the whole is sound; a map is not looked at before that.
    """

    places: Mapping[str, Place] = field(default_factory=dict)
    services: Sequence[Service] = ()
    systems: Sequence[System] = ()
    suppliers: Sequence[Supplier] = ()
    equipment: Sequence[Equipment] = ()
    dependencies: Sequence[Dependency] = ()

    def identifiers(self) -> Iterator[str]:
        """Everything that can fail, by its identifier."""
        yield from self.places
        for things in (self.services, self.systems, self.suppliers, self.equipment):
            yield from (thing.id for thing in things)


def joined(maps: Iterable[CareMap]) -> CareMap:
    """Several maps as one; what is wrong with that is for a check to say."""
    parts = list(maps)
    places: dict[str, Place] = {}
    for part in parts:
        places |= part.places
    return CareMap(
        places=places,
        services=tuple(chain.from_iterable(part.services for part in parts)),
        systems=tuple(chain.from_iterable(part.systems for part in parts)),
        suppliers=tuple(chain.from_iterable(part.suppliers for part in parts)),
        equipment=tuple(chain.from_iterable(part.equipment for part in parts)),
        dependencies=tuple(chain.from_iterable(part.dependencies for part in parts)),
    )
