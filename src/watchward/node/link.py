"""The link process: this node as the child of its parent. It says what waits, and asks what the parent has to tell."""

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import structlog

from watchward.base.clock import SystemClock
from watchward.base.errors import WatchwardError
from watchward.node.alone import alone
from watchward.node.config import Config
from watchward.node.wiring import migrate, start_django

if TYPE_CHECKING:
    from watchward.console.link.client import Child
    from watchward.console.link.models import Peer

log = structlog.get_logger(__name__)

_LOOK_SECONDS: Final = 0.02
_SAY_AT_LEAST_EVERY: Final = 5.0
_PARENT_LOOK_SECONDS: Final = 2.0
_LONGEST_WAIT_SECONDS: Final = 60.0


def serve_link(config: Config) -> None:
    """Speak with the parent until the process is asked to end; without a parent, wait until there is one."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    start_django(config)
    migrate(config)
    with alone(config.layout.path, "link"):
        Link(config=config, stop=stop).run()


@dataclass(slots=True, kw_only=True)
class Link:
    """Speaks with whoever is the parent, in two threads: one says, one asks and waits for the answer.

    Args:
        config: the node's settings.
        stop: set when it shall end.

    """

    config: Config
    stop: threading.Event

    def run(self) -> None:
        """Speak until told to stop; a parent that was changed is noticed."""
        from watchward.console.link.client import Child  # noqa: PLC0415 - Django is ready only now
        from watchward.console.link.over import Over, trusting  # noqa: PLC0415 - as above

        while not self.stop.is_set():
            parent = _parent()
            if parent is None:
                self.stop.wait(_PARENT_LOOK_SECONDS)
                continue
            transport = Over(parent.address, trusting(parent.authority))
            child = Child(parent=parent, transport=transport, clock=SystemClock())
            self._speak(child, _marks(parent))
            transport.close()

    def _speak(self, child: "Child", marks: object) -> None:
        """Speak with one parent for as long as it is the parent, and is reached in the same way."""
        gone = threading.Event()
        say = threading.Thread(target=self._again, args=(child, gone, self._say), name="say", daemon=True)
        listen = threading.Thread(target=self._again, args=(child, gone, self._listen), name="listen", daemon=True)
        say.start()
        listen.start()
        while not self.stop.wait(_PARENT_LOOK_SECONDS) and _marks(_parent()) == marks:
            pass
        gone.set()
        say.join()  # the other may wait for its parent's answer for half a minute, and then does nothing with it

    def _again(self, child: "Child", gone: threading.Event, work: Callable[["Child", threading.Event], None]) -> None:
        """Do a part of the work again and again; after failures, wait longer and longer."""
        from django.db import DatabaseError, connection  # noqa: PLC0415 - Django is ready only now

        from watchward.console.link.client import pauses  # noqa: PLC0415 - as above

        waits = pauses()
        while not self._is_over(gone):
            try:
                work(child, gone)
            except (WatchwardError, DatabaseError) as error:
                wait = next(waits)
                log.warning("link_interrupted", error=str(error), again_in_seconds=round(wait, 1))
                connection.close()
                _note(child.parent, error)
                gone.wait(min(wait, _LONGEST_WAIT_SECONDS))
            else:
                waits = pauses()
        connection.close()

    def _is_over(self, gone: threading.Event) -> bool:
        return self.stop.is_set() or gone.is_set()

    def _say(self, child: "Child", gone: threading.Event) -> None:
        """Say what waits; then wait until something does, or it is time to look by oneself."""
        if child.say():
            return
        until = time.monotonic() + _SAY_AT_LEAST_EVERY
        while time.monotonic() < until and not self._is_over(gone):
            rung = child.ear.rung_for()
            if rung is None or child.parent.pk in rung or child.is_doubtful:
                return
            self.stop.wait(_LOOK_SECONDS)

    def _listen(self, child: "Child", gone: threading.Event) -> None:
        """Ask what there is."""
        child.listen(is_over=gone.is_set)


def _note(parent: "Peer", error: Exception) -> None:
    """Have the page of links say what is wrong."""
    from django.db import DatabaseError  # noqa: PLC0415 - Django is ready only now

    from watchward.console.link.models import Peer  # noqa: PLC0415 - as above

    try:
        Peer.objects.filter(pk=parent.pk).update(trouble=str(error)[:1000])
    except DatabaseError:
        log.warning("link_trouble_not_noted")


def _parent() -> "Peer | None":
    from watchward.console.link.telling import parent  # noqa: PLC0415 - Django is ready only now

    return next(iter(parent()), None)


def _marks(parent: "Peer | None") -> object:
    """What a change of shows that it is another parent, or is reached in another way."""
    return parent and (parent.pk, parent.address, parent.joined_at, parent.authority)
