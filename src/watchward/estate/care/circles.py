"""Which things depend on each other in a circle: allowed, and worth knowing."""

from collections.abc import Mapping, Sequence


def circles(needs: Mapping[str, Sequence[str]]) -> list[tuple[str, ...]]:
    """The largest groups of things each of which depends, in the end, on every other of its group.

    Tarjan's algorithm without recursion: a chain of a million things is as good as any other graph.

    Args:
        needs: what each thing depends on directly; things that need nothing may be left out.

    Returns:
        Each group sorted, the groups by their first member; things that stand in no circle are in none.

    >>> circles({"a": ["b"], "b": ["c"], "c": ["a"], "d": ["a"]})
    [('a', 'b', 'c')]

    """
    search = _Search(needs)
    for start in needs:
        if start not in search.order:
            search.run(start)
    return sorted(search.found)


class _Search:
    """One walk over the whole graph, depth first."""

    def __init__(self, needs: Mapping[str, Sequence[str]]) -> None:
        self.needs = needs
        self.order: dict[str, int] = {}
        self.found: list[tuple[str, ...]] = []
        self._lowest: dict[str, int] = {}
        self._open: list[str] = []
        self._is_open: set[str] = set()

    def run(self, start: str) -> None:
        """Walk everything that can be reached from a thing that was not met yet."""
        self._meet(start)
        walk = [(start, iter(self.needs.get(start, ())))]
        while walk:
            thing, rest = walk[-1]
            for other in rest:
                if other not in self.order:
                    self._meet(other)
                    walk.append((other, iter(self.needs.get(other, ()))))
                    break
                if other in self._is_open:
                    self._lowest[thing] = min(self._lowest[thing], self.order[other])
            else:
                walk.pop()
                self._leave(thing)
                if walk:
                    above = walk[-1][0]
                    self._lowest[above] = min(self._lowest[above], self._lowest[thing])

    def _meet(self, thing: str) -> None:
        self.order[thing] = self._lowest[thing] = len(self.order)
        self._open.append(thing)
        self._is_open.add(thing)

    def _leave(self, thing: str) -> None:
        """Close the group of which this thing was the first to be met, if it was."""
        if self._lowest[thing] != self.order[thing]:
            return
        group = []
        while True:
            member = self._open.pop()
            self._is_open.remove(member)
            group.append(member)
            if member == thing:
                break
        if len(group) > 1:
            self.found.append(tuple(sorted(group)))
