"""What a block would do to care: who contacted it, what they carry, and what the loss of that would do.

The answer is an upper bound: it takes each device that contacted the thing as one that stops working without it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watchward.estate.care.map import CareMap
from watchward.harm.model import Model
from watchward.harm.outcome import Amount
from watchward.harm.scenario import Failure, Scenario
from watchward.harm.what_if import what_if
from watchward.respond.blocks.errors import BlockError

HOURS: Final = 72
"""How long what is blocked keeps care systems from working, in the check."""

BEGINS: Final = 9
"""It begins on Monday at nine: the busiest hours."""

SAMPLES: Final = 64
"""In how many worlds the interval is looked for: as many as a what-if on a page has."""


def require_accepted(care: int, *, accepted: bool, why: str) -> None:
    """Refuse to go on with a block that devices which carry care contacted, unless somebody says that they accept that.

    Args:
        care: how many such devices the last check found.
        accepted: whether whoever decides said that they accept what it may do to care.
        why: their reason.

    Raises:
        BlockError: they did not, or gave no reason.

    """
    if care and not (accepted and why.strip()):
        devices = "1 device that carries care" if care == 1 else f"{care:,} devices that carry care"
        raise BlockError(
            f"{devices} contacted what this would block, and may stop working.",
            advice="Look at what they carry. To go on all the same, say that you accept that, and why.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A device that contacted something.

    Args:
        organisation: the code of whose device it is.
        device: its name.
        events: in how many events it did.
        first_at: when for the first time.
        last_at: and when last.

    """

    organisation: str
    device: str
    events: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """A device that contacted it, and what it carries.

    Args:
        contact: what was seen.
        thing: its identifier on the map of care; empty where the map does not know it.
        systems: what it carries, in words.
        suppliers: on whose products and services that stands.

    """

    contact: Contact
    thing: str = ""
    systems: tuple[str, ...] = ()
    suppliers: tuple[str, ...] = ()

    @property
    def is_care(self) -> bool:
        """Whether the map of care says that it carries something."""
        return bool(self.systems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Carriers:
    """What the map of care says of the devices of some organisations, by code and folded name."""

    devices: Mapping[tuple[str, str], tuple[str, tuple[str, ...], tuple[str, ...]]]

    def touched(self, contact: Contact) -> Touched:
        """What one that was seen carries; a name counts with and without its domain."""
        name = contact.device.casefold()
        for called in (name, name.partition(".")[0]):
            if found := self.devices.get((contact.organisation, called)):
                return Touched(contact=contact, thing=found[0], systems=found[1], suppliers=found[2])
        return Touched(contact=contact)


def carriers(maps: Iterable[CareMap]) -> Carriers:
    """Which devices carry what, in the maps of some organisations."""
    found: dict[tuple[str, str], tuple[str, tuple[str, ...], tuple[str, ...]]] = {}
    for care in maps:
        systems = {one.id: one for one in care.systems}
        names = {one.id: one.name for one in care.suppliers}
        carried: dict[str, set[str]] = defaultdict(set)
        stands_on: dict[str, set[str]] = defaultdict(set)
        for one in care.dependencies:
            carried[one.provider].add(one.consumer)
            if one.provider in names:
                stands_on[one.consumer].add(names[one.provider])
        for system in care.systems:
            if system.host in names:
                stands_on[system.id].add(names[system.host])
        for device in care.equipment:
            mine = [systems[one] for one in sorted(carried[device.id]) if one in systems]
            found[device.organisation, device.name.casefold()] = (
                device.id,
                tuple(sorted({one.kind.label for one in mine})),
                tuple(sorted({name for one in mine for name in stands_on[one.id]})),
            )
    return Carriers(devices=found)


def loss(model: Model, touched: Sequence[Touched]) -> Amount:
    """What losing the care systems among these would do to patients, all together, for three days."""
    things = sorted({one.thing for one in touched if one.is_care and one.thing in model.number})
    if not things:
        return Amount(value=0.0)
    failures = tuple(Failure(thing=thing) for thing in things)
    return what_if(model, Scenario(begins=BEGINS, hours=HOURS, failures=failures), samples=SAMPLES).harm()
