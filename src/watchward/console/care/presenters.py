"""How a map of care looks on a page."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from watchward.console.care.adapters import Part
from watchward.console.care.queries import Refinement
from watchward.console.care.storing import FROM_TEMPLATE
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.service import Service
from watchward.estate.care.system import System
from watchward.estate.care.templates import Measure, read
from watchward.estate.care.trouble import edge

Params = dict[str, object]


def amount(number: float) -> str:
    """A number of a week as people read it.

    >>> amount(1234.5), amount(3.14159)
    ('1,234', '3.1')

    """
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"  # noqa: PLR2004 - below ten a whole number says too little


def asked(table: str, key: str = "") -> str:
    """The query of the address of a thing's form."""
    return "?" + urlencode({"table": table, "key": key} if key else {"table": table})


@dataclass(frozen=True, kw_only=True)
class MapPage:
    """An organisation's map, as its page shows it."""

    code: str
    part: Part
    refinements: Mapping[str, Refinement]

    @property
    def tag(self) -> Params:
        """How far it is mapped, in a word or two."""
        if not self.part.care.services:
            return {"text": "No care known", "colour": "grey"}
        if self.part.arranged is not None and self.part.arranged.confirmed_at is not None:
            return {"text": "Mapped", "colour": "green"}
        if self.part.own:
            return {"text": "Begun, not confirmed", "colour": "blue"}
        return {"text": "Not mapped", "colour": "yellow"}

    @property
    def standing(self) -> str:
        """What the map rests on, in a sentence."""
        arranged = self.part.arranged
        if arranged is not None and arranged.confirmed_at is not None:
            return f"{arranged.confirmed_by} confirmed it on {arranged.confirmed_at:%-d %B %Y}: {arranged.reason}."
        if self.part.own:
            return "Something was refined; nobody has confirmed the whole yet. It counts as unmapped until then."
        if self.part.known is None:
            return "Nobody has said what care it gives, and no template fits its kind."
        title = read(self.part.known.template).title
        return (
            f"Not mapped: the template “{title}” stands in, with wide uncertainty. {self.size} "
            "Refine it, and what is worked out from it becomes more certain."
        )

    @property
    def size(self) -> str:
        """What is known of its size."""
        assert self.part.known is not None
        known = [f"{amount(value)} {Measure(one).label}" for one, value in self.part.known.measures.items()]
        return f"Its size is known: {', '.join(known)}." if known else "Not even its size is known."

    @cached_property
    def _names(self) -> dict[str, str]:
        care = self.part.care
        found = {one.id: _called(one) for one in care.services} | {one.id: _called(one) for one in care.systems}
        return found | {one.id: one.name for one in care.equipment} | {one.id: one.name for one in care.suppliers}

    def name(self, key: str) -> str:
        """What a thing is called on the page."""
        return self._names.get(key, key)

    @cached_property
    def _needs(self) -> dict[str, list[Dependency]]:
        found: dict[str, list[Dependency]] = defaultdict(list)
        for one in self.part.care.dependencies:
            found[one.consumer].append(one)
        return found

    def needs(self, key: str) -> list[tuple[str, str]]:
        """What a thing needs: names, with the query that leads to each dependency. Alternatives stand together."""
        needs = self._needs.get(key, ())
        groups: dict[str, list[Dependency]] = defaultdict(list)
        for one in needs:
            groups[one.group or edge(one.consumer, one.provider)].append(one)
        return [(self._group(found), asked("dependencies", edge(key, found[0].provider))) for found in groups.values()]

    def _group(self, found: list[Dependency]) -> str:
        names = [self.name(one.provider) for one in found]
        if len(names) == 1:
            return names[0]
        few = " or ".join(names[:2])
        return few if len(names) == 2 else f"{few} or {len(names) - 2} more"  # noqa: PLR2004 - two can be read

    def host(self, system: System) -> str:
        """Where a system runs."""
        if system.host == self.code:
            return "On its own premises"
        return self.name(system.host) if system.host else ""

    def refined(self, key: str) -> str:
        """Who said it; empty for what a template says."""
        found = self.refinements.get(key)
        if found is None or found.reason.startswith(FROM_TEMPLATE):
            return ""
        return f"{found.by}, {found.at}: {found.reason}"


def _called(thing: Service | System) -> str:
    """A thing's kind, and its own name where that says more."""
    own = thing.id.rpartition("/")[2]
    return thing.kind.label if own == thing.kind else own.replace("_", " ").capitalize()
