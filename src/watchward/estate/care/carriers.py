"""Which devices carry a thing of the map, said without writing a dependency for each."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from watchward.base.errors import BadInputError
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap
from watchward.estate.care.system import Equipment, SystemKind

GROUP: Final = "servers"
"""The group in which devices stand that carry a thing together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The devices that carry something.

    Args:
        thing: the identifier of a system or a service.
        devices: their names; none where nobody knows them after all.
        spare: how many of them may fail before anything is noticed: 0 where each is needed, all but one where any one
            is enough.

    """

    thing: str
    devices: tuple[str, ...]
    spare: int = 0

    @property
    def share(self) -> float:
        """What part of the need each of them can fill alone.

        >>> Carried(thing="RXX/identity", devices=("DC1", "DC2", "DC3"), spare=1).share
        0.5

        """
        return 1 / max(1, len(self.devices) - self.spare)


def carried_by(care: CareMap, thing: str) -> Carried:
    """The devices that carry something, as a map says."""
    names = {one.id: one.name for one in care.equipment}
    found = [one for one in care.dependencies if one.consumer == thing and one.provider in names]
    needed = round(1 / max(one.share for one in found)) if found else 0
    return Carried(thing=thing, devices=tuple(names[one.provider] for one in found), spare=max(0, len(found) - needed))


def device_id(organisation: str, name: str) -> str:
    """The identifier of a device in the map."""
    return f"{organisation}/device/{name}"


def with_carriers(care: CareMap, organisation: str, carried: Carried) -> CareMap:
    """The map of an organisation in which just these devices carry a thing.

    What one says about a device that carries it already (how long nothing is noticed, say) stays. A device that
    carries nothing any more leaves the map.

    Raises:
        BadInputError: the thing is not in the map, or so many devices cannot be spared.

    """
    things = {one.id for one in care.services} | {one.id for one in care.systems}
    if carried.thing not in things:
        raise BadInputError(f"There is no {carried.thing} in this map.", advice="Name a system or a service of it.")
    if not 0 <= carried.spare <= max(0, len(carried.devices) - 1):
        raise BadInputError(
            f"{carried.spare} of {len(carried.devices)} devices cannot be spared.",
            advice="At least one of them is needed.",
        )
    by_name = {one.name.casefold(): one for one in care.equipment}
    wanted = {one.id: one for one in (_device(by_name, organisation, name) for name in carried.devices)}
    known = {one.id for one in care.equipment}
    kept = [one for one in care.dependencies if not (one.consumer == carried.thing and one.provider in known)]
    before = {one.provider: one for one in care.dependencies if one.consumer == carried.thing}
    dependencies = (*kept, *(_needing(carried, before.get(key), key) for key in wanted))
    equipment = {one.id: one for one in care.equipment} | wanted
    gone = (known & set(before)) - {one.provider for one in dependencies}
    return replace(
        care,
        equipment=tuple(one for key, one in equipment.items() if key not in gone),
        dependencies=dependencies,
    )


def _device(known: dict[str, Equipment], organisation: str, name: str) -> Equipment:
    """The device of that name, the one of the map where there is one: names are compared without case."""
    return known.get(name.casefold()) or Equipment(
        id=device_id(organisation, name), organisation=organisation, name=name
    )


def _needing(carried: Carried, before: Dependency | None, provider: str) -> Dependency:
    one = before or Dependency(consumer=carried.thing, provider=provider)
    return replace(one, group=GROUP, share=carried.share)


def carries(care: CareMap, name: str) -> list[str]:
    """The identifiers of the things that a device carries, by its name in full or up to the first dot."""
    short = name.casefold().partition(".")[0]
    mine = {one.id for one in care.equipment if one.name.casefold().partition(".")[0] == short}
    return [one.consumer for one in care.dependencies if one.provider in mine]


def joining(care: CareMap, thing: str, names: Iterable[str]) -> Carried:
    """The devices that carry something, with some more; as many of them as before may fail unnoticed.

    Domain controllers stand in for each other: where nobody has said anything yet, one of them is enough.
    """
    now = carried_by(care, thing)
    devices = tuple(dict.fromkeys([*now.devices, *names]))
    accounts = any(one.id == thing and one.kind is SystemKind.IDENTITY for one in care.systems)
    return Carried(thing=thing, devices=devices, spare=len(devices) - 1 if accounts and not now.devices else now.spare)


def leaving(care: CareMap, thing: str, name: str) -> Carried:
    """The devices that carry something, without one."""
    now, short = carried_by(care, thing), name.casefold().partition(".")[0]
    devices = tuple(one for one in now.devices if one.casefold().partition(".")[0] != short)
    return Carried(thing=thing, devices=devices, spare=min(now.spare, max(0, len(devices) - 1)))
