"""A hunt: one question to the events, by someone who may see those of some organisations."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Self
from urllib.parse import urlencode

from watchward.access.permissions import Permission
from watchward.base.clock import Clock
from watchward.console.access.guard import organisations_where, reach
from watchward.console.access.models import User
from watchward.console.config import current
from watchward.console.detect import actions, queries
from watchward.console.pace import Pace
from watchward.lake import events as lake_events
from watchward.lake import hunt
from watchward.lake.hunt import Answer, Limits
from watchward.telemetry.masking import masked_value

LIMITS: Final = Limits(seconds=20.0, memory_bytes=512 << 20, rows=5_000, answer_bytes=16 << 20)
"""How much a hunt from a page or the API may use; the command line allows more."""

PACE: Final = Pace(what="hunts", at_once=2, a_minute=20)
"""How many hunts one person may run: the node's processors and memory are there for everyone."""

EXAMPLES: Final = (
    (
        "Programs that ran least often",
        (
            "SELECT lower(regexp_extract(Image, '[^\\\\/]+$')) AS program, count(*) AS times,\n"
            "  count(DISTINCT device) AS devices, any_value(Image) AS one_of_its_places\nFROM events\n"
            "WHERE category = 'process_creation'\nGROUP BY 1\nORDER BY devices, times\nLIMIT 50"
        ),
    ),
    (
        "Failed sign-ins by account",
        (
            "SELECT TargetUserName, IpAddress, count(*) AS times\nFROM events\n"
            "WHERE service = 'security' AND EventID = '4625'\nGROUP BY ALL\nORDER BY times DESC\nLIMIT 50"
        ),
    ),
    (
        "What talked to one address",
        (
            "SELECT observed_at, device, Image, DestinationIp, DestinationPort\nFROM events\n"
            "WHERE DestinationIp = '192.0.2.7'\nORDER BY observed_at DESC\nLIMIT 200"
        ),
    ),
    (
        "Which organisations sent events, and how many",
        (
            "SELECT organisation, count(*) AS events, max(observed_at) AS last\nFROM events\n"
            "GROUP BY organisation\nORDER BY events DESC"
        ),
    ),
)
"""Questions to begin with, each with its name."""

FIELDS: Final = (
    "Image", "ParentImage", "CommandLine", "User", "EventID", "TargetUserName", "IpAddress",
    "DestinationIp", "DestinationPort", "TargetFilename", "TargetObject", "QueryName", "ScriptBlockText",
)  # fmt: skip
"""Columns that a hunt may name though no event has them yet."""

_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")


def ask(*, by: User, sql: str, purpose: str, clock: Clock) -> Answer:
    """Answer a hunt over what its asker may see, after recording who asks what and why.

    Raises:
        HuntError: the SQL is wrong, does more than read, or went beyond its limits.
        TooSoonError: the asker has as many hunts under way, or has asked as often in this minute, as one may.

    """
    with PACE.turn(by.pk):
        actions.announce_hunt(by=by, sql=sql, purpose=purpose, clock=clock)
        answer = hunt.run(current().lake, sql, organisations=_visible(by), limits=LIMITS, fields=FIELDS)
    if queries.hunts_from_outside(by):
        # The columns of a hunt are whatever its SQL says, so no column can be trusted to hold no free text.
        rows = [tuple(masked_value(value) for value in row) for row in answer.rows]
        return Answer(
            columns=answer.columns, types=answer.types, rows=rows, truncated=answer.truncated, seconds=answer.seconds
        )
    return answer


def as_csv(answer: Answer) -> str:
    """The answer as CSV, in which no cell is read as a formula by a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(answer.columns)
    writer.writerows([harmless(value) for value in row] for row in answer.rows)
    return text.getvalue()


def harmless(value: Any) -> Any:
    """A cell of a table that no spreadsheet takes for a formula."""
    return f"'{value}" if isinstance(value, str) and value.startswith(_DANGEROUS) else value


def _visible(by: User) -> frozenset[str] | None:
    if reach(by, Permission.HUNT_RUN).everything:
        return None
    return frozenset(organisations_where(by, Permission.HUNT_RUN).values_list("code", flat=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where an event is that a hunt found: on which device, and when; `organisation` where the answer says it."""

    device: str
    at: datetime
    organisation: str = ""

    @classmethod
    def parse(cls, given: Mapping[str, str]) -> Self | None:
        """From an address; None where it names no event."""
        device, organisation = given.get("device", ""), given.get("organisation", "")
        try:
            at = datetime.fromisoformat(given.get("at", ""))
            if not device or "\0" in device + organisation or at.tzinfo is None:
                return None
            return cls(device=device, at=at.astimezone(UTC), organisation=organisation)
        except (OverflowError, ValueError):
            return None

    @property
    def address(self) -> str:
        """The query of the address that asks for this event."""
        named = {"device": self.device, "at": self.at.isoformat(), "organisation": self.organisation}
        return urlencode({name: value for name, value in named.items() if value})


def spots(answer: Answer, most: int) -> list[Spot | None]:
    """Where the events of the first rows are, for rows that say on which device they happened, and when."""
    if not {"device", "observed_at"} <= set(answer.columns):
        return []
    rows = (dict(zip(answer.columns, row, strict=True)) for row in answer.rows[:most])
    return [Spot.parse({name: "" if value is None else str(value) for name, value in _named(row)}) for row in rows]


def _named(row: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from (("device", row["device"]), ("at", row["observed_at"]), ("organisation", row.get("organisation")))


def events_at(*, by: User, spot: Spot, rule: str, clock: Clock) -> Sequence[lake_events.Event]:
    """The events of a row of a hunt, after recording who asks about them.

    Raises:
        TooSoonError: as for `ask`.

    """
    visible = _visible(by)
    named = frozenset({spot.organisation}) if spot.organisation else visible
    where = f"device = {_quoted(spot.device)} AND observed_at = {_quoted(spot.at.isoformat())}"
    asked = f"SELECT * FROM events WHERE {where}"  # noqa: S608 - for the audit log; it is not run
    with PACE.turn(by.pk):
        actions.announce_hunt(by=by, sql=asked, purpose=f"Whether the rule “{rule}” finds it", clock=clock)
        if visible is not None and named is not None:
            named &= visible
        return lake_events.at_moment(current().lake, device=spot.device, at=spot.at, organisations=named)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def shown_rows(answer: Answer, most: int) -> Sequence[Sequence[str]]:
    """The first rows as text for a page."""
    return [["" if value is None else str(value) for value in row] for row in answer.rows[:most]]
