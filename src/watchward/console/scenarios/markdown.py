"""A paper as Markdown, for whoever writes their own around it."""

import re
from collections.abc import Iterator, Sequence

from watchward.console.scenarios.grids import lines_of
from watchward.console.scenarios.paper import Grid, Paper, Section


def markdown(paper: Paper) -> str:
    """The texts and tables of a paper; pictures are told by their findings."""
    lines = [f"# {plain(paper.title)}", "", f"**{plain(paper.headline)}**", ""]
    lines += [f"*{plain(paper.kind)}, {paper.made.at:%-d %B %Y}*", ""]
    if paper.made.exercise:
        lines += ["**Exercise: every organisation here is invented.**", ""]
    for section in paper.sections:
        lines += _section(section)
    return "\n".join(lines)


def _section(section: Section) -> Iterator[str]:
    yield from (f"## {plain(section.title)}", "")
    for text in section.texts:
        yield from (plain(text), "")
    if section.points:
        yield from (f"- {plain(point)}" for point in section.points)
        yield ""
    for shown in section.unfolding:
        yield from (f"- **{plain(line.name)}**: {plain(line.finding)}" for line in lines_of(shown))
        yield ""
    for grid in section.grids:
        yield from _grid(grid)


def _grid(grid: Grid) -> Iterator[str]:
    yield _row(grid.head)
    yield _row(["---"] * len(grid.head))
    yield from (_row([plain(cell) for cell in row]) for row in grid.rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def plain(text: str) -> str:
    r"""A text that Markdown shows as it is: what would make it a table, a link, a tag, a heading or a list is marked.

    >>> plain("A | b <script> [x](y)\nc"), plain("1. first"), plain("~~~")
    ('A \\| b \\<script\\> \\[x\\](y) c', '1\\. first', '\\~\\~\\~')

    """
    marked = "".join(f"\\{letter}" if letter in "\\|<>[]`*_~#&" else letter for letter in text)
    return re.sub(r"^(\d*)([-+=.)])(?=\s|$|[-+=])", r"\1\\\2", " ".join(marked.split()))
