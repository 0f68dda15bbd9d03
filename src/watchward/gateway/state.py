"""What a gateway says of itself to its own node: a small file beside its journal, written again and again.

Whoever asks over the network learns only whether the gateway takes anything; the rest is for those who look after it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import structlog

log = structlog.get_logger()

FILE = "state.json"
EVERY_SECONDS = 10.0

MEASURED_EVERY = 6
"""So many times the state is told until what was measured of the rules is told again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """A rule that cost too much, and is not matched for now.

    Args:
        title: the rule's, and `rule` its id.
        since: when that was; after `until` it is tried again.
        organisation: whose events, and from which `source`, held most of the text that the rule was looking through;
            empty where that is not known.

    """

    title: str
    since: datetime
    until: datetime
    organisation: str
    source: str
    rule: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """One gateway at one moment.

    Args:
        rules: how many it runs.
        waiting_bytes: what it has taken and not yet kept.
        requests: since the process started, as all counts here; `refused` of them were asked to come again.
        indicators: how many things it looks for besides, each named by an indicator, and `patterns` how many
            indicators by patterns that are more than that.
        unmatched: events that were kept although no rule could be asked, because of a fault.
        aside: the rules that cost too much and are not matched for now.
        unasked: comparisons of a value with an expression that were given up, since they took too long.
        remembered: how many events it would recognise if they were sent again, in `remembered_bytes` of memory.
        remembers_seconds: how far back it would recognise every event.

    """

    at: datetime
    started_at: datetime
    rules: int
    waiting_bytes: int
    requests: int
    refused: int
    events: int
    duplicates: int
    bad: int
    unmatched: int
    remembered: int
    remembered_bytes: int
    remembers_seconds: float
    aside: tuple[SetAside, ...] = ()
    unasked: int = 0
    indicators: int = 0
    patterns: int = 0


class Teller:
    """Writes the state of a gateway every few seconds, on a thread of its own."""

    def __init__(
        self, folder: Path, state: Callable[[], State], *, measured: Callable[[], None] = lambda: None
    ) -> None:
        self._file = folder / FILE
        self._state = state
        self._measured = measured
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._tell_again_and_again, name="state", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self) -> None:
        """Tell a last time, and no more."""
        self._stop.set()
        self._thread.join()
        self.tell()
        self._measured()

    def tell(self) -> None:
        """Write the state; a disk that refuses it is no reason to stop receiving."""
        draft = self._file.with_suffix(".new")
        try:
            draft.write_bytes(msgspec.json.encode(self._state()))
            draft.replace(self._file)
        except OSError as error:
            log.warning("state_not_told", file=str(self._file), reason=str(error))

    def _tell_again_and_again(self) -> None:
        self.tell()
        turn = 0
        while not self._stop.wait(EVERY_SECONDS):
            self.tell()
            turn += 1
            if turn % MEASURED_EVERY == 0:
                self._measured()


def told(journals: Path) -> dict[str, State]:
    """What each gateway of a node said last, by its name."""
    found = {}
    for file in sorted(journals.glob(f"*/{FILE}")):
        try:
            found[file.parent.name] = msgspec.json.decode(file.read_bytes(), type=State)
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("state_unreadable", file=str(file), reason=str(error))
    return found
