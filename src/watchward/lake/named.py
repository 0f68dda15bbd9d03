"""What some columns say in the events of one organisation, the latest first, for as long as there is time."""

import time
from collections.abc import Collection
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import pyarrow.compute as pc
import pyarrow.parquet as pq

from watchward.lake.catalogue import Wanted, choose, contents_of

_KEPT: Final = 2_000
"""Segments whose values are remembered: segments never change."""


def values(lake: Path, organisation: str, columns: Collection[str], *, since: datetime, seconds: float) -> set[str]:
    """The different values of some columns in the events of an organisation.

    Args:
        lake: the node's lake.
        organisation: its code.
        columns: their names, in lower case.
        since: only segments with events from then on.
        seconds: how long it may take; what was read is remembered, so that the next time goes further back.

    """
    ends, found = time.monotonic() + seconds, set[str]()
    chosen = choose(lake, Wanted(organisations=frozenset({organisation}), since=since))
    for path in sorted(chosen.paths, key=lambda one: contents_of(Path(one)).last_observed_at, reverse=True):
        if time.monotonic() > ends:
            break
        try:
            found |= _of_segment(path, organisation, tuple(sorted(columns)))
        except FileNotFoundError:
            continue  # merged since it was listed
    return found


@lru_cache(maxsize=_KEPT)
def _of_segment(path: str, organisation: str, columns: tuple[str, ...]) -> frozenset[str]:
    names = [one for one in contents_of(Path(path)).names if one.lower() in columns]
    if not names:
        return frozenset()
    with pq.ParquetFile(path) as file:
        table = file.read(columns=["organisation", *names], use_threads=False)
    table = table.filter(pc.equal(table.column("organisation"), organisation))
    each = (pc.unique(table.column(name)).to_pylist() for name in names)
    return frozenset(str(value) for several in each for value in several if value)
