"""How a map of care looks on a page."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import urlencode

from watchward.console.care.adapters import Part
from watchward.console.care.queries import Refinement
from watchward.console.care.storing import FROM_TEMPLATE
from watchward.console.care.tasks import tasks
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap
from watchward.estate.care.service import Service, ServiceKind
from watchward.estate.care.system import Equipment, System, SystemKind
from watchward.estate.care.templates import Measure, read
from watchward.estate.care.trouble import edge

Params = dict[str, object]
_FEW = 3


def amount(number: float) -> str:
    """A number of a week as people read it.

    >>> amount(1234.5), amount(3.14159)
    ('1,234', '3.1')

    """
    return f"{number:,.0f}" if number >= 10 else f"{number:.2g}"  # noqa: PLR2004 - below ten a whole number says too little


def asked(table: str, key: str = "", **more: str) -> str:
    """The query of the address of a thing's form."""
    return "?" + urlencode({"table": table, **({"key": key} if key else {}), **more})


def thing_name(key: str) -> str:
    """A thing's identifier in words, without its organisation.

    >>> thing_name("RXX/e_prescribing")
    'Electronic prescribing'

    """
    own = key.partition("/")[2]
    return _KINDS[own] if own in _KINDS else own.removeprefix("device/").replace("_", " ").capitalize()


_KINDS = {str(one): one.label for one in (*ServiceKind, *SystemKind)}


def names_of(care: CareMap) -> dict[str, str]:
    """What the systems and services of a map are called, by identifier."""
    found = {one.id: _called(one) for one in care.services}
    return found | {one.id: _called(one) for one in care.systems}


@dataclass(frozen=True, kw_only=True)
class MapPage:
    """An organisation's map, as its page shows it; `suggested` devices probably carry something of it.

    `elsewhere` are the names of the organisations outside of which it needs something, by code.
    """

    code: str
    part: Part
    refinements: Mapping[str, Refinement]
    suggested: int = 0
    elsewhere: Mapping[str, str] = field(default_factory=dict)

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
            f"Nobody has confirmed a map: the usual one for a “{title}” stands in, with wide uncertainty. {self.size}"
        )

    @property
    def size(self) -> str:
        """What is known of its size."""
        assert self.part.known is not None
        known = [f"{amount(value)} {Measure(one).label}" for one, value in self.part.known.measures.items()]
        return f"Its size is known: {', '.join(known)}." if known else "Not even its size is known."

    @property
    def tasks(self) -> dict[str, object]:
        """What would make the map more certain, as the NHS task list wants it."""
        found = tasks(self.code, self.part, carried=self._carried, suggested=self.suggested)
        return {"items": [one.params for one in found], "idPrefix": "task"}

    @cached_property
    def _carried(self) -> dict[str, list[str]]:
        """The names of the devices that carry each thing."""
        devices = {one.id: one.name for one in self.part.care.equipment}
        found: dict[str, list[str]] = defaultdict(list)
        for one in self.part.care.dependencies:
            if one.provider in devices:
                found[one.consumer].append(devices[one.provider])
        return found

    def carried(self, key: str) -> str:
        """Which devices carry a thing, a few of them by name."""
        found = self._carried.get(key, [])
        few = ", ".join(found[:_FEW])
        return f"{few} and {len(found) - _FEW} more" if len(found) > _FEW else few

    def idle(self) -> list[Equipment]:
        """Devices of the map that carry nothing."""
        busy = {one.provider for one in self.part.care.dependencies}
        return [one for one in self.part.care.equipment if one.id not in busy]

    @cached_property
    def _names(self) -> dict[str, str]:
        care = self.part.care
        return (
            names_of(care) | {one.id: one.name for one in care.equipment} | {one.id: one.name for one in care.suppliers}
        )

    def name(self, key: str) -> str:
        """What a thing is called on the page."""
        if key in self._names:
            return self._names[key]
        owner = self.elsewhere.get(key.partition("/")[0])
        return f"{thing_name(key)} of {owner}" if owner and "/" in key else owner or key

    @cached_property
    def _needs(self) -> dict[str, list[Dependency]]:
        found: dict[str, list[Dependency]] = defaultdict(list)
        for one in self.part.care.dependencies:
            found[one.consumer].append(one)
        return found

    def needs(self, key: str) -> list[tuple[str, str]]:
        """What a thing needs: names, with the query that leads to each dependency. Alternatives stand together."""
        devices = {one.id for one in self.part.care.equipment}
        needs = [one for one in self._needs.get(key, ()) if one.provider not in devices]
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
