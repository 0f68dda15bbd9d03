"""How the numbers behind harm are shown: ours, and what sites say in their place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import urlencode

from watchward.console.estate.models import Organisation
from watchward.console.harm.models import OwnNumber
from watchward.harm.parameters.table import Basis, Parameter, Table

A_PAGE: Final = 15
EVERYTHING: Final = "Everything"
"""What a number is about that is about no one kind."""

_NAMES: Final = {
    "buffer_hours": "Hours before anything is noticed",
    "by_day": "Patients harmed for each day of waiting",
    "by_loss": "Patients harmed for each unit that does not happen",
    "by_move": "Harm that remains when somebody else takes the patient",
    "catch_up": "What can be caught up on top of ordinary work",
    "deferrable": "What comes again later",
    "exposed": "Chance that records were taken too",
    "apart": "How far missing things hold up different patients",
    "far": "What others in the region may take",
    "floor": "What goes on by hand at once",
    "manual": "What goes on by hand in the end",
    "manual_hours": "Hours until working by hand runs well",
    "near": "What others in the board may take",
    "spare": "Spare room of those who may take patients",
    "split_considerable": "Of those harmed: considerably",
    "split_major": "Of those harmed: die or have a lasting injury",
    "split_minor": "Of those harmed: a little",
    "split_significant": "Of those harmed: significantly",
}


def figures(value: float) -> str:
    """A number of the table, never in powers of ten.

    >>> figures(0.00003), figures(2160.0), figures(0.55)
    ('0.00003', '2160', '0.55')

    """
    return f"{float(f'{value:.5g}'):.12f}".rstrip("0").rstrip(".")


def named(parameter: Parameter) -> str:
    """What a number is, in plain words."""
    return _NAMES.get(parameter.name, parameter.name.replace("_", " ").capitalize())


def _share(share: float) -> str:
    """A share of all numbers; what is little is not told as nothing."""
    return "under 1%" if 0 < share < 0.005 else f"{share:.0%}"  # noqa: PLR2004 - what would be rounded to nothing


def about(key: str) -> str:
    """What a number is about: `dependency/theatres/pathology/floor` is about theatres without pathology."""
    parts = [part.replace("_", " ") for part in key.split("/")[1:-1]]
    return " without ".join(parts).capitalize() if parts else EVERYTHING


def said(parameter: Parameter) -> str:
    """A number with its range and unit."""
    unit = "" if parameter.share else f" {parameter.unit}"
    if parameter.low == parameter.high:
        return f"{figures(parameter.value)}{unit}"
    return f"{figures(parameter.value)} ({figures(parameter.low)} to {figures(parameter.high)}){unit}"


@dataclass(frozen=True, kw_only=True)
class NumbersAsked:
    """Which numbers are looked for.

    Args:
        about: a kind of service or system; empty for all.
        basis: what they rest on; None for anything.
        text: words that their names, reasons or sources hold.
        page: which page of them, from 1.

    """

    about: str = ""
    basis: Basis | None = None
    text: str = ""
    page: int = 1


@dataclass(frozen=True, kw_only=True)
class NumbersPresenter:
    """The parameters as they hold at an organisation, or at all of the node.

    Args:
        table: as they hold.
        ours: as they come with Watchward.
        rows: what stands in their place.
        place: the organisation; None for the whole node.
        asked: which are looked for.
        may: at which organisations the viewer may say otherwise, by code; empty for the whole node.

    """

    table: Table
    ours: Table
    rows: Sequence[OwnNumber]
    place: Organisation | None
    asked: NumbersAsked
    may: Sequence[tuple[str, str]]

    @property
    def finding(self) -> str:
        """What share is assumption."""
        assumed = next(count for basis, count, _ in self.shares if basis is Basis.ASSUMPTION)
        return f"{assumed / len(self.table.parameters):.0%} of the numbers behind harm are assumptions"

    @cached_property
    def shares(self) -> list[tuple[Basis, int, str]]:
        """How many numbers rest on what."""
        found = [one.basis for one in self.table.parameters.values()]
        counted = {basis: found.count(basis) for basis in Basis}
        return [(basis, count, _share(count / len(found))) for basis, count in counted.items()]

    @property
    def groups(self) -> list[tuple[str, str]]:
        """What the table can be narrowed to."""
        kinds = {part for key in self.table.parameters for part in key.split("/")[1:-1]}
        return [("", EVERYTHING), *((kind, kind.replace("_", " ").capitalize()) for kind in sorted(kinds))]

    @cached_property
    def matching(self) -> list[Parameter]:
        """All that are looked for."""
        words = self.asked.text.casefold().split()
        return [one for one in self.table.parameters.values() if self._matches(one, words)]

    def _matches(self, one: Parameter, words: Sequence[str]) -> bool:
        if self.asked.basis not in {None, one.basis}:
            return False
        if self.asked.about and self.asked.about not in one.key.split("/")[1:-1]:
            return False
        text = f"{one.key} {about(one.key)} {named(one)} {one.why} {self.source(one)}".casefold()
        return all(word in text for word in words)

    @property
    def pages(self) -> int:
        """How many pages they fill."""
        return max(1, -(-len(self.matching) // A_PAGE))

    @property
    def page(self) -> int:
        """Which of them this is."""
        return min(self.asked.page, self.pages)

    @property
    def shown(self) -> list[Parameter]:
        """Those on this page."""
        return self.matching[(self.page - 1) * A_PAGE : self.page * A_PAGE]

    def address(self, page: int) -> str:
        """The query of another page of the same."""
        given = {"organisation": self.place.code if self.place else "", "about": self.asked.about}
        given |= {"basis": self.asked.basis.value if self.asked.basis else "", "text": self.asked.text}
        return "?" + urlencode({**given, "page": page})

    def source(self, one: Parameter) -> str:
        """Where a number comes from."""
        known = self.table.sources.get(one.source)
        return known.citation if known else one.source

    def instead(self, one: Parameter) -> str:
        """Our number, where a site's own stands in its place; empty where ours holds."""
        return said(self.ours.parameters[one.key]) if one.basis is Basis.SITE else ""

    def change(self, key: str) -> str:
        """The query of the form that puts another in its place."""
        return "?" + urlencode({"key": key, "organisation": self.place.code if self.place else ""})

    @property
    def own(self) -> list[Mapping[str, object]]:
        """What stands in the place of ours, one a row."""
        return [self._own(one) for one in self.rows]

    def _own(self, one: OwnNumber) -> Mapping[str, object]:
        ours = self.ours.parameters.get(one.key)
        used = self.table.parameters.get(one.key)
        holds = used is not None and used.basis is Basis.SITE and (used.value, used.why) == (one.value, one.reason)
        mine = [code for code, _ in self.may]
        return {
            "row": one,
            "about": about(one.key),
            "name": named(ours) if ours else one.key,
            "value": said(used)
            if holds and used
            else f"{figures(one.value)} ({figures(one.low)} to {figures(one.high)})",
            "ours": said(ours) if ours else "no longer in the table",
            "where": one.organisation.name if one.organisation else "The whole node",
            "holds": holds,
            "may": "" in mine or (one.organisation is not None and self._reaches(one.organisation.path)),
        }

    def _reaches(self, path: str) -> bool:
        return any(code and f"/{code}/" in path for code, _ in self.may)
