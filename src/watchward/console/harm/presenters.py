"""How harm is put to people: figures with their intervals, and findings in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from watchward.console.harm.adapters import HOURS
from watchward.console.harm.asked import Asked
from watchward.console.harm.queries import Ranking
from watchward.harm import hour, unmapped

_WHOLE: Final = 100
_MOST: Final = 0.98
"""No more than this can be said from 64 draws."""

_SURE: Final = 0.9
_LIKELY: Final = 0.75

_MOST_PLACES: Final = 9

Found = Mapping[str, Any]


def figure(value: float) -> str:
    """A number to two figures below a hundred and three above: more would claim what nobody knows.

    It is never written in powers of ten.

    >>> figure(0.00235), figure(7.25), figure(12345.6), figure(0), figure(0.0000001)
    ('0.0024', '7.2', '12,300', '0', '0.0000001')

    """
    if abs(value) >= _WHOLE:
        digits = len(f"{abs(value):.0f}") - 3
        return f"{round(value, -digits):,.0f}"
    return f"{float(f'{value:.2g}'):,.{_MOST_PLACES}f}".rstrip("0").rstrip(".") if value else "0"


def amount(one: Found) -> str:
    """An estimate with its 90% interval."""
    if one["low"] is None:
        return figure(one["value"])
    return f"{figure(one['value'])} ({figure(one['low'])} to {figure(one['high'])})"


def sure(share: float) -> str:
    """How sure it is that one thing is worse than the next, in words and as a share.

    >>> sure(1.0), sure(0.97), sure(0.8), sure(0.5)
    ('more than 98% sure', '97% sure', 'likely (80%)', 'cannot be told apart (50%)')

    """
    if share > _MOST:
        return f"more than {_MOST:.0%} sure"
    if share >= _SURE:
        return f"{share:.0%} sure"
    return f"likely ({share:.0%})" if share >= _LIKELY else f"cannot be told apart ({share:.0%})"


@dataclass(frozen=True, kw_only=True)
class RowPresenter:
    """One loss in a ranking.

    Args:
        one: what was found of it.
        following: that of the next; None for the last.
        names: the names of organisations by code.
        hours: for how long it is lost.
        place: the code of the organisation whose patients are counted; empty for the whole node.

    """

    one: Found
    following: Found | None
    names: Mapping[str, str]
    hours: int
    place: str = ""

    @property
    def name(self) -> str:
        """What is lost."""
        return called(self.one["thing"], self.names)

    @property
    def sort(self) -> str:
        """What sort of thing it is."""
        return str(self.one["thing"]["sort"])

    @property
    def harm(self) -> str:
        """Severity-weighted patients."""
        return amount(self.one["harm"])

    @property
    def made_of(self) -> list[str]:
        """The parts, each with its unit."""
        one = self.one
        hurt = sum(part["value"] for part in one["harmed"].values())
        parts = [
            f"{figure(hurt)} patients harmed, of whom {amount(one['harmed']['major'])} die or have a lasting injury",
            f"{amount(one['displaced'])} contacts of care displaced",
            f"{figure(one['delay']['value'])} patient-days of waiting",
        ]
        if not one["displaced"]["value"]:
            parts = ["No care displaced"]
        records = sum(part["value"] for part in one["records"].values())
        return [*parts, f"{figure(records)} records exposed, as far as is expected"] if records else parts

    @property
    def how_sure(self) -> str:
        """How sure it is that this is worse than what follows."""
        if self.following is None:
            return ""
        if self.one["harm"] == self.following["harm"]:
            return "as bad as the next"
        return sure(self.one["above_next"])

    @property
    def elsewhere(self) -> str:
        """Where other weightings would put it, where that is another place."""
        places = sorted(set(self.one["places"]))
        return f"{places[0]} to {places[-1]}" if len(places) > 1 else ""

    @property
    def query(self) -> str:
        """What leads to the what-if of the same loss."""
        return Asked(down=(self.one["id"],), hours=self.hours, exposes=True, organisation=self.place).query

    @property
    def unmapped(self) -> str:
        """The share of its harm that lies where nobody has confirmed the map; empty where it is none."""
        return unmapped.of_row(self.one.get("unmapped", {}).get("value", 0.0))


def called(thing: Found, names: Mapping[str, str]) -> str:
    """A thing of the map, as people call it."""
    code = thing["organisation"]
    where = names.get(code, code)
    if thing["sort"] == "organisation":
        return where
    return f"{thing['what']}, {where}" if where else str(thing["what"])


@dataclass(frozen=True, kw_only=True)
class RankingPresenter:
    """What hurts most in an area.

    Args:
        ranking: as it was worked out.
        names: organisations by code.
        whose: whose own numbers are among those behind it, and how many.

    """

    ranking: Ranking
    names: Mapping[str, str]
    whose: Mapping[str, int]

    @property
    def where(self) -> str:
        """Whose patients are counted."""
        return self.ranking.place.name if self.ranking.place else "All organisations of this node"

    @property
    def lasting(self) -> str:
        """For how long each thing is lost."""
        return hour.lasting(self.ranking.hours)

    @property
    def rows(self) -> list[RowPresenter]:
        """What hurts most."""
        return self._rows("ranking")

    @property
    def shared(self) -> list[RowPresenter]:
        """Single points of failure behind several organisations."""
        return self._rows("single_points")

    def _rows(self, name: str) -> list[RowPresenter]:
        found: Sequence[Found] = self.ranking.found[name]
        return [
            RowPresenter(
                one=one,
                following=found[at] if at < len(found) else None,
                names=self.names,
                hours=self.ranking.hours,
                place=self.ranking.place.code if self.ranking.place else "",
            )
            for at, one in enumerate(found, start=1)
        ]

    @property
    def finding(self) -> str:
        """What the page found, in one sentence."""
        if not self.rows:
            return "Nothing that is on the map would hurt patients"
        first = self.rows[0]
        return f"Losing {first.name} for {self.lasting} would hurt patients most"

    @property
    def pairs(self) -> list[dict[str, str]]:
        """Pairs whose joint loss is far worse than both alone."""
        return [
            {
                "name": " and ".join(called(thing, self.names) for thing in one["things"]),
                "together": figure(one["together"]),
                "alone": f"{figure(one['alone'][0])} and {figure(one['alone'][1])}",
                "query": Asked(
                    down=tuple(thing["id"] for thing in one["things"]), hours=self.ranking.hours, exposes=True
                ).query,
            }
            for one in self.ranking.found["pairs"]
        ]

    @property
    def since(self) -> str:
        """What has changed since it was worked out; empty where nothing has."""
        changed = {"the map": self.ranking.other_map, "the numbers behind harm": self.ranking.other_numbers}
        named = " and ".join(name for name, other in changed.items() if other)
        return f"{named} {'have' if self.ranking.other_numbers else 'has'} changed since" if named else ""

    @property
    def unknown(self) -> str:
        """How much of the map nobody has confirmed."""
        return unknown(self.ranking.found["map"])

    @property
    def unmapped(self) -> str:
        """For how many of the worst losses most of the harm lies where nobody has confirmed the map."""
        shares = [one["unmapped"]["value"] for one in self.ranking.found["ranking"] if "unmapped" in one]
        return unmapped.of_losses(shares)

    @property
    def own_numbers(self) -> str:
        """Whose own some of the numbers behind it are; empty where none is."""
        return whose_numbers(self.whose)

    @property
    def weightings(self) -> str:
        """Whether another reasonable weighting would change the order."""
        others = self.ranking.found["changed_by"]
        if not others:
            return "No other weighting that we tried would change the order of the first ten."
        return f"The first ten would stand in another order if one held: {'; '.join(others)}."

    @property
    def lengths(self) -> list[tuple[int, str]]:
        """The lengths of time to choose from."""
        return [(hours, hour.lasting(hours)) for hours in HOURS]


def codes_in(found: Found) -> set[str]:
    """The organisations that a ranking names."""
    things = [one["thing"] for name in ("ranking", "single_points") for one in found[name]]
    things += [thing for pair in found["pairs"] for thing in pair["things"]]
    return {thing["organisation"] for thing in things}


def unknown(known: Mapping[str, int]) -> str:
    """How much of a map nobody has confirmed: unknown is not zero.

    >>> unknown({"organisations": 8, "template_only": 6})
    '6 of 8 organisations that give care (75%) have not confirmed what they depend on.'

    """
    whole, template = known["organisations"], known["template_only"]
    if not whole:
        return "No organisation here gives care that is on the map."
    if not template:
        return f"All {whole:,} organisations that give care have confirmed what they depend on."
    share = f"{template / whole:.0%}"
    return f"{template:,} of {whole:,} organisations that give care ({share}) have not confirmed what they depend on."


def whose_numbers(whose: Mapping[str, int]) -> str:
    """Whose own some of the numbers behind an answer are, by organisation; an empty name is the node.

    >>> whose_numbers({"Elm Trust": 1}), whose_numbers({"": 3})
    ("1 number is Elm Trust's own.", "3 numbers are this node's own.")
    >>> whose_numbers({"Elm Trust": 1, "": 2}), whose_numbers({})
    ("3 numbers are not ours: 1 is Elm Trust's own, 2 are this node's own.", '')

    """
    told = [(count, "is" if count == 1 else "are", f"{name or 'this node'}'s own") for name, count in whose.items()]
    if len(told) > 1:
        each = ", ".join(f"{count:,} {verb} {owner}" for count, verb, owner in told)
        return f"{sum(whose.values()):,} numbers are not ours: {each}."
    return "".join(f"{count:,} {'number' if count == 1 else 'numbers'} {verb} {owner}." for count, verb, owner in told)
