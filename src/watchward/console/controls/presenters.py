"""How controls look on a page: words, and parameters for the NHS components."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from watchward.console.controls.connecting import makes_of
from watchward.console.controls.models import Control
from watchward.lists.connecting import Program
from watchward.lists.seen import Reading, Standing

Params = dict[str, object]

NAMES: Final = {
    Program.BIND: "BIND 9: a resolver, which hears of each change by zone transfer",
    Program.UNBOUND: "Unbound: a resolver; it knows no keys, so it is known by its address alone",
    Program.FIREWALL: "Firewall: external dynamic lists of addresses, domains and web addresses",
    Program.SQUID: "Squid: a web proxy, which fetches three files each minute",
    Program.SURICATA: "Suricata: a network sensor, which fetches data sets and rules each minute",
    Program.ZEEK: "Zeek: a network sensor, which fetches a table each minute",
    Program.DEFENDER: "Microsoft Defender: a script of yours passes the list on to its interface",
    Program.STIX: "Anything that reads STIX 2.1: one bundle",
}
"""What can be connected, in the order in which most people ask."""

_FORMS: Final = {"zone": "Zone transfer", "rpz": "Zone as a file", "explained": "Reasons"}
_LATE_SECONDS: Final = 600
"""After so long a control should have read what changed: the slowest that this node knows asks every five minutes."""


def name_of(program: Program) -> str:
    """What people call a make of control."""
    return NAMES[program].partition(":")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A control, and where it stands as the server of lists told last; None where that never ran."""

    control: Control
    standing: Standing | None
    now: datetime

    @property
    def make(self) -> str:
        """What it is."""
        named = [name_of(one) for one in makes_of(self.control)]
        return " or ".join(named) or "Reads nothing"

    @property
    def last(self) -> Reading | None:
        """What it read last."""
        return self.standing.last if self.standing else None

    @property
    def late(self) -> bool:
        """Whether it should have read by now what is blocked, and has not."""
        if not self.control.enabled or self.standing is None or self.standing.holds_now:
            return False
        since = max(self.standing.changed_at, self.control.created_at)
        return (self.now - since).total_seconds() > _LATE_SECONDS

    @property
    def tag(self) -> Params:
        """Whether it holds what is blocked now, in a few words."""
        if not self.control.enabled:
            return {"text": "Disabled", "colour": "grey"}
        if self.last is None:
            return {"text": "Has read nothing yet", "colour": "red" if self.late else "yellow"}
        if self.standing and self.standing.holds_now:
            return {"text": "Up to date", "colour": "green"}
        return {"text": "Behind", "colour": "red" if self.late else "yellow"}

    @property
    def sentence(self) -> str:
        """What that means, and what to do."""
        if not self.control.enabled:
            return "It may read nothing. What it read before it still blocks, until somebody changes it there."
        if self.last is None:
            return (
                "It has never read its list, so it blocks nothing from here. Write its configuration into it, and see"
                " that it reaches this node."
            )
        if self.standing and self.standing.holds_now:
            return "It has read all that is blocked now."
        return "Its list has changed since it read last. If that lasts, see that it runs and reaches this node."

    @property
    def reads(self) -> list[tuple[str, Reading]]:
        """What it read, form by form, the latest first."""
        reads = self.standing.reads if self.standing else {}
        return sorted(((_FORMS.get(name, name), one) for name, one in reads.items()), key=lambda one: one[1].at)[::-1]


def shown(controls: Iterable[Control], standings: dict[str, Standing], *, now: datetime) -> list[Shown]:
    """Controls as a page lists them, those that are behind first: to be cut into pages after this, not before."""
    found = [Shown(control=one, standing=standings.get(one.pk), now=now) for one in controls]
    return sorted(found, key=lambda one: (not one.late, not one.control.enabled, one.control.name.casefold()))


def summary(found: Sequence[Shown]) -> str:
    """How many of those that may read hold what is blocked now."""
    reading = [one for one in found if one.control.enabled]
    current = sum(bool(one.standing and one.standing.holds_now) for one in reading)
    if not reading:
        return "No control may read: what is decided here blocks nothing."
    if current == len(reading):
        return "Every control that may read holds all that is blocked now."
    return f"{current:,} of {len(reading):,} controls that may read hold all that is blocked now."
