"""What the exercise writes down of itself, so that it can be scored: what it attacked when, and how much was everyday.

The ledger is one file of JSON lines in the node's home. It holds the attacks' documents as they were sent, because an
event's identifier follows from its source and its document; the node itself never reads it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from watchward.base.errors import BadInputError
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin

PART_BYTES = 200_000_000
"""How large a ledger grows before it begins anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attack:
    """One event of a story, as it was sent and acknowledged.

    Args:
        label: which step of which performance of which story (`story/number/step`).
        organisation: the code of the organisation that sent it.
        source: its source's identifier.
        name: what the request called it (`_id`).
        at: its own time, in microseconds since 1970.
        document: the JSON document.

    """

    label: str
    organisation: str
    source: str
    name: str
    at: int
    document: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """The beginning of one run: its plan."""

    start: int
    sector: str
    seed: int
    rate: float
    speed: float
    everyday_per_day: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Everyday:
    """How many everyday events have been acknowledged since the last such line."""

    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the ledger: exactly one of the three."""

    run: Run | None = None
    everyday: Everyday | None = None
    attack: Attack | None = None


class Ledger:
    """The ledger of one run. Opening it begins a new one; what an earlier run wrote is given up.

    A ledger that has grown to `PART_BYTES` begins anew, as if the run had begun then: an exercise that goes on for days
    is scored by its last part, and does not fill the disk.
    """

    def __init__(self, path: Path, run: Run) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path, self._run = path, run
        self._file = path.open("wb")
        self.write(Line(run=run))

    def write(self, *lines: Line) -> None:
        """Write some lines down."""
        if self._file.tell() > PART_BYTES:
            self._file.close()
            self._file = self._path.open("wb")
            now = max((line.attack.at for line in lines if line.attack), default=self._run.start)
            lines = (Line(run=replace(self._run, start=now)), *lines)
        self._file.write(b"".join(msgspec.json.encode(line) + b"\n" for line in lines))
        self._file.flush()

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


def read(path: Path) -> Iterator[Line]:
    """The lines of a ledger; a last line that is not whole is left out.

    Raises:
        BadInputError: there is no ledger.

    """
    if not path.is_file():
        raise BadInputError(
            f"{path} is not there: no exercise ran on this node.",
            advice="Run watchward up --exercise, or score without a node: watchward exercise score --rules FOLDER",
        )
    with path.open("rb") as file:
        for line in file:
            if line.endswith(b"\n"):
                yield msgspec.json.decode(line, type=Line)


def identified(attacks: Sequence[Attack]) -> Iterator[tuple[str, Attack]]:
    """Each event of an attack with the identifier (32 hexadecimal digits) that the node derives for it."""
    decoder = Decoder()
    by_source: dict[tuple[str, str], list[Attack]] = {}
    for attack in attacks:
        by_source.setdefault((attack.organisation, attack.source), []).append(attack)
    for (organisation, source), group in by_source.items():
        origin = Origin(organisation=organisation, source=source, received_at=datetime.fromtimestamp(0, UTC))
        documents = [attack.document.encode() for attack in group]
        decoded = decoder.decode_documents(documents, origin, names=[attack.name for attack in group])
        names = decoded.batch.column("event_id").to_pylist()
        yield from ((name.hex(), group[at]) for name, at in zip(names, decoded.positions, strict=True))
