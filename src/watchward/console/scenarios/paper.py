"""What a paper for a board consists of: sections of texts, tables and pictures, whatever form it is written in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from watchward.console.harm.what_if_presenter import WhatIfPresenter


@dataclass(frozen=True, kw_only=True)
class Grid:
    """A table.

    Args:
        head: the names of its columns.
        rows: its rows; each begins with its own name.
        caption: what it shows.

    """

    caption: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Section:
    """A part of a paper.

    Args:
        title: its heading.
        texts: paragraphs.
        points: a list below them.
        grids: tables.
        unfolding: what-ifs whose time lines are drawn.
        mapped: what-ifs whose maps of boards are drawn.

    """

    title: str
    texts: Sequence[str] = ()
    points: Sequence[str] = ()
    grids: Sequence[Grid] = ()
    unfolding: Sequence[WhatIfPresenter] = ()
    mapped: Sequence[WhatIfPresenter] = ()


@dataclass(frozen=True, kw_only=True)
class Made:
    """When, where, by whom and with what a paper was made.

    Args:
        at: when.
        by: for whom it was worked out.
        node: the host name of the node.
        program: the version of Watchward.
        exercise: whether all of it is invented.
        address: where it can be made again.
        validated: how the model did against history, as `watchward harm validate --json` says; None where unknown.

    """

    at: datetime
    by: str
    node: str
    program: str
    exercise: bool
    address: str
    validated: dict[str, Any] | None


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A paper for a board."""

    title: str
    kind: str
    headline: str
    made: Made
    sections: Sequence[Section]
