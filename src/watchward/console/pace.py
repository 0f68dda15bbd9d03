"""How often one account may do something, how often at once, and how much work of the processor that may be."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from math import ceil
from typing import Concatenate, Final, ParamSpec, TypeVar

from django.core.cache import cache
from django.http import HttpRequest

from watchward.base.errors import TooSoonError

MINUTE: Final = 60
_MOST_SECONDS: Final = 5
"""More than that counts nothing: the first to ask after an upgrade waits for loops that are compiled for everybody."""

_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


def counted(what: str, who: object, more: int = 1) -> int:
    """Count one more time within this minute (or so many), and say how many times that makes.

    It keeps nothing but the count, so that two threads cannot take each other's.
    """
    key = f"{what}-{who}-{int(time.time()) // MINUTE}".replace(" ", "-")  # some caches take no spaces
    cache.add(key, 0, 2 * MINUTE)
    return int(cache.incr(key, more))


def until_next_minute() -> float:
    """Seconds until counting begins anew."""
    return MINUTE - time.time() % MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turns:
    """How many of something each account has under way."""

    what: str
    at_once: int
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _under_way: Counter[object] = field(default_factory=Counter, repr=False)

    @contextmanager
    def _one_of(self, who: object) -> Iterator[None]:
        with self._lock:
            if self._under_way[who] >= self.at_once:
                raise TooSoonError(
                    f"You have {self.at_once} {self.what} under way, and may not have more at once.",
                    advice="Wait until one of them has answered, and try again.",
                    seconds=1,
                )
            self._under_way[who] += 1
        try:
            yield
        finally:
            with self._lock:
                self._under_way[who] -= 1
                if not self._under_way[who]:
                    del self._under_way[who]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace(_Turns):
    """How much of something costly each account may ask for.

    Args:
        what: its name, in the plural.
        at_once: how many one account may have under way.
        a_minute: how many one account may start in a minute.

    """

    a_minute: int

    @contextmanager
    def turn(self, who: object) -> Iterator[None]:
        """Let an account begin another one.

        Raises:
            TooSoonError: it has as many under way, or has begun as many in this minute, as it may.

        """
        if counted(self.what, who) > self.a_minute:
            raise TooSoonError(
                f"You have started {self.a_minute} {self.what} in this minute, and may not start more.",
                advice="Wait until the next minute, and try again.",
                seconds=ceil(until_next_minute()),
            )
        with self._one_of(who):
            yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Work(_Turns):
    """How much of the processor each account may take up with something of which one may cost a thousand others.

    Args:
        what: its name, in the plural.
        at_once: how many one account may have under way.
        seconds_a_minute: says how many seconds of the processor these may take in a minute; the last may go beyond.

    """

    seconds_a_minute: Callable[[], int]

    @contextmanager
    def turn(self, who: object) -> Iterator[None]:
        """Let an account begin another one, and count what this thread computes for it.

        Raises:
            TooSoonError: it has as many under way, or has taken as much of this minute, as it may.

        """
        seconds = self.seconds_a_minute()
        if counted(self.what, who, 0) >= 1000 * seconds:
            raise TooSoonError(
                f"Your {self.what} have kept this node busy for {seconds} seconds of this minute, and you may not ask"
                " more.",
                advice="Wait until the next minute, and open the page again: nothing is lost.",
                seconds=ceil(until_next_minute()),
            )
        with self._one_of(who):
            began = time.thread_time()
            try:
                yield
            finally:
                counted(self.what, who, ceil(1000 * min(time.thread_time() - began, _MOST_SECONDS)))

    def limits(
        self, view: Callable[Concatenate[HttpRequest, _Given], _Answer]
    ) -> Callable[Concatenate[HttpRequest, _Given], _Answer]:
        """A view, for as much as whoever asks may take up."""

        @wraps(view)
        def limited(request: HttpRequest, /, *args: _Given.args, **kwargs: _Given.kwargs) -> _Answer:
            with self.turn(request.user.pk):
                return view(request, *args, **kwargs)

        return limited
