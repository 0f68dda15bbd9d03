"""The last answers of something costly: each is made once, by whoever asks first, and nobody waits for another's."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar

_Made = TypeVar("_Made")


@dataclass(slots=True)
class _Place(Generic[_Made]):
    """Where one answer is made and kept."""

    lock: Lock = field(default_factory=Lock)
    made: list[_Made] = field(default_factory=list)


class Recent(Generic[_Made]):
    """So many answers, by what was asked; where there are more, the one that nobody asked for longest goes.

    Whoever asks what somebody else is already working out waits for that; whoever asks something else does not.

    >>> squares = Recent[int](2)
    >>> [squares.get(number, lambda number=number: number * number) for number in (3, 4, 3)]
    [9, 16, 9]

    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = Lock()
        self._places: dict[Hashable, _Place[_Made]] = {}

    def get(self, asked: Hashable, make: Callable[[], _Made]) -> _Made:
        """The answer to what is asked, made where it is not kept; what fails is tried again by the next who asks."""
        with self._lock:
            place = self._places.pop(asked, None) or _Place()
            self._places[asked] = place  # the order of a dictionary is that of use
            while len(self._places) > self._most:
                del self._places[next(iter(self._places))]
        with place.lock:
            if not place.made:
                place.made.append(make())
            return place.made[0]
