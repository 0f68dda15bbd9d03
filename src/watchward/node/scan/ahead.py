"""Things made a little ahead, in a thread of their own, while those before them are still in use."""

import queue
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

Thing = TypeVar("Thing")

_WAITING = 2
"""How many may wait for whoever takes them: more would only hold memory."""


class Ahead(Generic[Thing]):
    """The same things in the same order, made by another thread; what it raises is raised where they are taken.

    Used as a context, so that the thread has ended when whoever takes them has, even halfway.
    """

    def __init__(self, things: Iterator[Thing]) -> None:
        self._things = things
        self._queue: queue.Queue[tuple[Thing] | BaseException | None] = queue.Queue(_WAITING)
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._make, daemon=True)

    def __enter__(self) -> Iterator[Thing]:
        self._thread.start()
        return self._taken()

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        while self._thread.is_alive():
            try:
                self._queue.get(timeout=0.05)
            except queue.Empty:
                continue

    def _taken(self) -> Iterator[Thing]:
        while (made := self._queue.get()) is not None:
            if isinstance(made, BaseException):
                raise made
            yield made[0]

    def _make(self) -> None:
        try:
            for thing in self._things:
                self._queue.put((thing,))
                if self._stopped.is_set():
                    break
        except BaseException as error:  # noqa: BLE001 - it is raised again where the things are taken
            self._queue.put(error)
        self._queue.put(None)
