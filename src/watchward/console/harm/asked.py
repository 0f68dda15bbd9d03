"""What somebody asks of a what-if, as it stands in the address of the page: so that it can be kept and sent."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict

from watchward.base.errors import BadInputError
from watchward.harm import hour, recovery
from watchward.harm.scenario import LONGEST

MOST: Final = 20
_DIGITS: Final = 5
NAMES: Final = ("down", "back", "hours", "begins", "exposes", "organisation")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Things that fail together.

    Args:
        down: their identifiers, each with its steps back, if it has any, as `recovery` writes them.
        hours: for how long.
        begins: the hour of the week at which it begins.
        exposes: whether whoever stopped them may have taken the records in them.
        organisation: the code of the organisation whose patients are counted, with all below it; empty for everybody
            whose care the asker may see.
        text: what is searched for, to be added.

    """

    down: tuple[str, ...] = ()
    hours: int = 24
    begins: int = 9
    exposes: bool = False
    organisation: str = ""
    text: str = ""

    @property
    def failing(self) -> list[tuple[str, recovery.Steps]]:
        """The identifier of each thing that fails, and how it comes back."""
        return [recovery.named(one) for one in self.down]

    @property
    def things(self) -> list[str]:
        """The identifiers alone."""
        return [thing for thing, _ in self.failing]

    @property
    def back(self) -> dict[str, str]:
        """How each thing comes back, as people type it; empty where it does not."""
        return {thing: recovery.typed(steps) for thing, steps in self.failing}

    @property
    def query(self) -> str:
        """The same as an address."""
        given: dict[str, object] = {"down": self.down, "hours": self.hours, "begins": hour.words(self.begins)}
        given |= {"exposes": "1"} if self.exposes else {}
        return urlencode(given | ({"organisation": self.organisation} if self.organisation else {}), doseq=True)

    @property
    def begins_in_words(self) -> str:
        """The hour of the week at which it begins."""
        return hour.words(self.begins)

    @property
    def of_everybody(self) -> "Asked":
        """The same, counting everybody's patients."""
        return replace(self, organisation="")

    def with_thing(self, thing: str) -> "Asked":
        """The same, and one thing more."""
        return replace(self, down=(*self.without(thing).down, thing), text="")

    def without(self, thing: str) -> "Asked":
        """The same but for one thing."""
        return replace(self, down=tuple(one for one in self.down if recovery.named(one)[0] != thing), text="")


def read(given: QueryDict) -> Asked:
    """What an address asks.

    Raises:
        BadInputError: its hours, or how something comes back, make no sense.

    """
    down = _with_steps([one.replace("\0", "").strip() for one in given.getlist("down")], given.getlist("back"))
    asked = Asked(
        down=tuple(dict.fromkeys(one for one in down if one)),
        hours=_hours(given.get("hours", "24")),
        begins=hour.read(given.get("begins", "") or "Mon 09:00"),
        exposes=given.get("exposes") == "1",
        organisation=organisation(given),
        text=given.get("text", "").replace("\0", "").strip(),
    )
    if len(asked.down) > MOST:
        raise BadInputError(f"{len(asked.down)} things are too many to show.", advice=f"Choose {MOST} at most.")
    return asked


def _hours(typed: str) -> int:
    hours = typed.strip()
    if not (hours.isdecimal() and hours.isascii() and len(hours) < _DIGITS and 1 <= int(hours) <= LONGEST):
        raise BadInputError(
            f"“{hours[:20]}” is no number of hours.", advice=f"Give a whole number from 1 to {LONGEST:,}."
        )
    return int(hours)


def organisation(given: QueryDict) -> str:
    """The code of the organisation whose patients are counted; empty for everybody's."""
    return given.get("organisation", "").replace("\0", "").strip().upper()


def salvaged(given: QueryDict, may_name: Callable[[str], bool]) -> Asked:
    """What still makes sense of an address that `read` refused, so that nobody has to choose everything again."""
    found = Asked(organisation=organisation(given))
    for name in given.getlist("down")[:MOST]:
        with suppress(BadInputError):
            found = found.with_thing(name) if may_name(recovery.named(name)[0]) else found
    with suppress(BadInputError):
        found = replace(found, hours=_hours(given.get("hours", "")))
    with suppress(BadInputError):
        found = replace(found, begins=hour.read(given.get("begins", "")))
    return found


def _with_steps(down: list[str], back: list[str]) -> list[str]:
    """What fails, each once, with its steps back: those of its field, in a form that has one beside each thing."""
    if len(back) == len(down):
        named = {recovery.named(thing)[0]: recovery.read(typed) for thing, typed in zip(down, back, strict=True)}
    else:
        named = dict(map(recovery.named, down))
    return [recovery.written(thing, steps) for thing, steps in named.items()]
