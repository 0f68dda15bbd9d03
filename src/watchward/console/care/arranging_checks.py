"""What is wrong with what people say of organisations whose maps are templates: all of it at once."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from math import isfinite
from typing import Final

from watchward.console.care import adapters, rows
from watchward.console.care.arranging import Arranged
from watchward.console.care.models import Arrangement, CareEquipment, CareService, CareSystem
from watchward.console.care.storing import organisations_of
from watchward.console.estate.models import Organisation
from watchward.estate.care import templates
from watchward.estate.care.system import Supplier
from watchward.estate.care.templates import Template
from watchward.estate.care.trouble import CareMapError, Trouble

_MOST: Final = 1e9
_CORRECT: Final = "Correct the name, or leave it out."


def check(wanted: Sequence[Arranged], suppliers: Iterable[Supplier]) -> None:
    """Refuse what cannot be: sizes that are none, names that the template lacks, and what is nowhere on the map.

    Raises:
        CareMapError: everything that is wrong.

    """
    known = _Known(wanted, suppliers)
    troubles = [trouble for one in wanted for trouble in _troubles(one, known)]
    if troubles:
        raise CareMapError(troubles)


class _Known:
    """What is there after all that is wanted was done, as far as it is named."""

    def __init__(self, wanted: Sequence[Arranged], suppliers: Iterable[Supplier]) -> None:
        self._wanted = {one.organisation.code: one for one in wanted}
        self._suppliers = {one.id for one in (*rows.suppliers(), *suppliers)}
        chosen = {name for one in wanted for _, _, name in one.choices() if name} - self._suppliers
        elsewhere = organisations_of({name.partition("/")[0] for name in chosen} - self._wanted.keys())
        self._places = {one.code: one for one in (*elsewhere, *(one.organisation for one in wanted))}
        self._ids: dict[str, frozenset[str]] = {}

    def is_organisation_or_supplier(self, name: str) -> bool:
        """Whether a system may run there."""
        return name in self._suppliers or name in self._places

    def is_thing(self, name: str) -> bool:
        """Whether something of the map is called so."""
        code = name.partition("/")[0]
        if name in self._suppliers or name in self._places:
            return True
        if code in self._places and code not in self._ids:
            self._ids[code] = frozenset(self._things(self._places[code]))
        return name in self._ids.get(code, ())

    def _things(self, one: Organisation) -> Iterator[str]:
        if self.is_own(one):
            for model in (CareService, CareSystem, CareEquipment):
                yield from model.objects.filter(organisation=one).values_list("pk", flat=True)
        elif known := self.arrangement(one):
            yield from (f"{one.code}/{name}" for name in templates.names(known))

    def is_own(self, one: Organisation) -> bool:
        """Whether an organisation's map has rows of its own."""
        return self._said.get(one.pk, ("", False))[1]

    def arrangement(self, one: Organisation) -> templates.Arrangement | None:
        """What will be known of an organisation beside its template; None where none fits."""
        wanted = self._wanted.get(one.code)
        said = wanted.template.value if wanted and wanted.template else self._said.get(one.pk, ("", False))[0]
        before = self._before.of(one, said)
        if wanted is None or before is None:
            return before
        sizes = {**before.measures, **wanted.measures}
        outside = {**before.outside, **wanted.outside}
        return replace(
            before,
            measures={measure: value for measure, value in sizes.items() if value is not None},
            outside={name: chosen for name, chosen in outside.items() if chosen},
        )

    @cached_property
    def _said(self) -> dict[int, tuple[str, bool]]:
        """Which templates people said to fit, and whose maps are their own."""
        found: dict[int, tuple[str, bool]] = {}
        for some in self._in_parts:
            stored = Arrangement.objects.filter(organisation__in=some).values_list("organisation", "template", "own")
            found |= {pk: (template, own) for pk, template, own in stored}
        return found

    @cached_property
    def _before(self) -> adapters.Known:
        pks = [one.pk for one in self._places.values()]
        return adapters.Known(pks if len(pks) <= rows.BATCH else None)

    @property
    def _in_parts(self) -> Iterator[list[int]]:
        pks = [one.pk for one in self._places.values()]
        yield from (pks[start : start + rows.BATCH] for start in range(0, len(pks), rows.BATCH))


def _troubles(one: Arranged, known: _Known) -> Iterator[Trouble]:
    yield from _sizes(one)
    if known.is_own(one.organisation):
        yield from _refined(one)
        return
    after = known.arrangement(one.organisation)
    if after is not None:
        yield from _names(one, templates.read(after.template))
    elif any(True for _ in one.choices()) or (one.measures and not one.remembered):
        yield _trouble(one, "No template fits this kind of organisation by itself.", "Say which one does.", "template")
    yield from _hosts(one, known)
    yield from _outside(one, known)


def _refined(one: Arranged) -> Iterator[Trouble]:
    """Of a map with rows of its own, nothing that is said of its template would change anything."""
    if one.template or any(True for _ in one.choices()) or (one.measures and not one.remembered):
        yield _trouble(
            one,
            "Its map is its own by now, so that this would change nothing.",
            "Change its services and systems themselves, or go back to the template first.",
        )


def _names(one: Arranged, document: Template) -> Iterator[Trouble]:
    systems = {line.name for line in document.systems}
    replaceable = systems | {line.name for line in document.services} | set(document.outsiders())
    for named, there, what in ((one.hosts, systems, "system"), (one.outside, replaceable, "service or system")):
        for name in (name for name, chosen in named.items() if chosen and name not in there):
            yield _trouble(one, f"The template {document.kind} has no {what} {name!r}.", _CORRECT, name)
    counting = {measure for line in document.services for measure in line.by} | {document.measure}
    for measure, value in one.measures.items():
        if value is not None and measure not in counting and not one.remembered:
            text = f"The template {document.kind} is not sized by the number of {measure.label}."
            yield _trouble(one, text, f"Give {' or '.join(sorted(counting))}.", measure.value)


def _sizes(one: Arranged) -> Iterator[Trouble]:
    for measure, value in one.measures.items():
        if value is not None and not (isfinite(value) and 0 <= value <= _MOST):
            yield _trouble(one, f"{value:g} is no number of {measure.label}.", "Give a number from 0.", measure.value)


def _hosts(one: Arranged, known: _Known) -> Iterator[Trouble]:
    for name, host in one.hosts.items():
        if host and not known.is_organisation_or_supplier(host):
            advice = "Add the supplier first, or correct the name."
            yield _trouble(one, f"{host!r} is neither an organisation nor a supplier.", advice, name)


def _outside(one: Arranged, known: _Known) -> Iterator[Trouble]:
    advice = "Name a service or system of another organisation."
    for name, chosen in one.outside.items():
        if chosen.partition("/")[0] == one.organisation.code:
            yield _trouble(one, f"{chosen!r} is its own, and not elsewhere.", advice, name)
        elif chosen and not known.is_thing(chosen):
            yield _trouble(one, f"{chosen!r} is nowhere on the map.", advice, name)


def _trouble(one: Arranged, text: str, advice: str, column: str = "") -> Trouble:
    return Trouble(text=text, advice=advice, thing=one.organisation.code, column=column)
