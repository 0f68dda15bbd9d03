"""How often one account may do something, and how often at once."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import ceil
from typing import Final

from django.core.cache import cache

from watchward.base.errors import TooSoonError

MINUTE: Final = 60


def counted(what: str, who: object) -> int:
    """Count one more time within this minute, and say how many times that makes.

    It keeps nothing but the count, so that two threads cannot take each other's.
    """
    key = f"{what}-{who}-{int(time.time()) // MINUTE}"
    cache.add(key, 0, 2 * MINUTE)
    return int(cache.incr(key))


def until_next_minute() -> float:
    """Seconds until counting begins anew."""
    return MINUTE - time.time() % MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How much of something costly each account may ask for.

    Args:
        what: its name, in the plural.
        at_once: how many one account may have under way.
        a_minute: how many one account may start in a minute.

    """

    what: str
    at_once: int
    a_minute: int
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)
    _under_way: Counter[object] = field(default_factory=Counter, repr=False)

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
