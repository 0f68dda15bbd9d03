"""Many texts without an object for each: one array of letters, and where each text begins."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import overload

import numpy as np

from watchward.harm.kernels.arrays import Bytes, Longs


class Texts(Sequence[str]):
    """Texts by number.

    >>> texts = Texts.of(["b", "", "çé"])
    >>> list(texts), texts[-1]
    (['b', '', 'çé'], 'çé')

    """

    __slots__ = ("first", "letters")

    def __init__(self, letters: Bytes, first: Longs) -> None:
        self.letters, self.first = letters, first

    @classmethod
    def of(cls, texts: Iterable[str]) -> "Texts":
        """These texts."""
        written = [one.encode("utf-8", "surrogatepass") for one in texts]
        first = np.zeros(len(written) + 1, dtype=np.int64)
        np.cumsum([len(one) for one in written], out=first[1:])
        return cls(np.frombuffer(b"".join(written), dtype=np.uint8), first)

    def written(self, at: int) -> bytes:
        """A text in UTF-8: in the order of their bytes, texts stand as Python orders them."""
        return self.letters[self.first[at] : self.first[at + 1]].tobytes()

    def __len__(self) -> int:
        return len(self.first) - 1

    @overload
    def __getitem__(self, at: int) -> str: ...

    @overload
    def __getitem__(self, at: slice) -> list[str]: ...

    def __getitem__(self, at: int | slice) -> str | list[str]:
        if isinstance(at, slice):
            return [self[one] for one in range(*at.indices(len(self)))]
        return self.written(range(len(self))[at]).decode("utf-8", "surrogatepass")

    def __iter__(self) -> Iterator[str]:
        letters, first = self.letters.tobytes(), self.first.tolist()
        for begin, end in pairwise(first):
            yield letters[begin:end].decode("utf-8", "surrogatepass")


class Numbers(Mapping[str, int]):
    """The number of each of many texts that stand in order, each once.

    >>> numbers = Numbers(Texts.of(["a", "b/1", "b/2"]))
    >>> numbers["b/2"], "c" in numbers, dict(numbers)
    (2, False, {'a': 0, 'b/1': 1, 'b/2': 2})

    """

    __slots__ = ("_texts",)

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    def __getitem__(self, text: str) -> int:
        wanted, low, high = text.encode("utf-8", "surrogatepass"), 0, len(self._texts)
        while low < high:
            middle = (low + high) // 2
            if self._texts.written(middle) < wanted:
                low = middle + 1
            else:
                high = middle
        if low == len(self._texts) or self._texts.written(low) != wanted:
            raise KeyError(text)
        return low

    def __iter__(self) -> Iterator[str]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)
