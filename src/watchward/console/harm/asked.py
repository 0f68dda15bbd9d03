"""What somebody asks of a what-if, as it stands in the address of the page: so that it can be kept and sent."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict

from watchward.base.errors import BadInputError
from watchward.harm import hour
from watchward.harm.scenario import LONGEST

MOST: Final = 20
_DIGITS: Final = 5
NAMES: Final = ("down", "hours", "begins", "exposes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Things that fail together.

    Args:
        down: their identifiers.
        hours: for how long.
        begins: the hour of the week at which it begins.
        exposes: whether whoever stopped them may have taken the records in them.
        text: what is searched for, to be added.

    """

    down: tuple[str, ...] = ()
    hours: int = 24
    begins: int = 9
    exposes: bool = False
    text: str = ""

    @property
    def query(self) -> str:
        """The same as an address."""
        given: dict[str, object] = {"down": self.down, "hours": self.hours, "begins": hour.words(self.begins)}
        return urlencode(given | ({"exposes": "1"} if self.exposes else {}), doseq=True)

    @property
    def begins_in_words(self) -> str:
        """The hour of the week at which it begins."""
        return hour.words(self.begins)

    def with_thing(self, thing: str) -> "Asked":
        """The same, and one thing more."""
        return replace(self, down=(*self.down, thing), text="")

    def without(self, thing: str) -> "Asked":
        """The same but for one thing."""
        return replace(self, down=tuple(one for one in self.down if one != thing), text="")


def read(given: QueryDict) -> Asked:
    """What an address asks.

    Raises:
        BadInputError: its hours make no sense.

    """
    down = [one.replace("\0", "").strip() for one in given.getlist("down")]
    hours = given.get("hours", "24").strip()
    asked = Asked(
        down=tuple(dict.fromkeys(one for one in down if one)),
        begins=hour.read(given.get("begins", "") or "Mon 09:00"),
        exposes=given.get("exposes") == "1",
        text=given.get("text", "").replace("\0", "").strip(),
    )
    if not (hours.isdecimal() and hours.isascii() and len(hours) < _DIGITS and 1 <= int(hours) <= LONGEST):
        raise BadInputError(
            f"“{hours[:20]}” is no number of hours.", advice=f"Give a whole number from 1 to {LONGEST:,}."
        )
    if len(asked.down) > MOST:
        raise BadInputError(f"{len(asked.down)} things are too many to show.", advice=f"Choose {MOST} at most.")
    return replace(asked, hours=int(hours))
