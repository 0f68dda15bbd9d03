"""Bring the stored map of organisations in line with what somebody says, all of it or nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from django.db.models import Q

from watchward.base.errors import BadInputError
from watchward.console.care import adapters, rows
from watchward.console.care.adapters import Part
from watchward.console.care.models import Arrangement, CareDependency, CareSupplier, CareSystem, Choice
from watchward.console.estate.models import Organisation
from watchward.estate.care import templates
from watchward.estate.care.checking import require_sound
from watchward.estate.care.map import CareMap, joined
from watchward.estate.care.system import Supplier
from watchward.estate.care.tables import TABLES, Thing
from watchward.estate.care.trouble import CareMapError, Origins, Trouble

OWN_TABLES: Final = ("services", "systems", "equipment", "dependencies")
"""The tables whose rows belong to one organisation."""

FROM_TEMPLATE: Final = "As the template"
"""How the reason of a row begins that nobody has refined yet."""

Keyed = Mapping[tuple[str, str], Thing]
"""Things by their table and their key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What the map of one organisation is, and what it is to be; places aside."""

    organisation: Organisation
    part: Part
    after: CareMap


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """How many things a change added, changed and removed."""

    added: int
    changed: int
    removed: int

    @property
    def anything(self) -> bool:
        """Whether it changed anything."""
        return bool(self.added or self.changed or self.removed)


def keyed(care: CareMap) -> dict[tuple[str, str], Thing]:
    """The things that belong to an organisation, by table and key."""
    return {(name, TABLES[name].key(one)): one for name in OWN_TABLES for one in getattr(care, name)}


def unkeyed(things: Keyed, suppliers: Iterable[Supplier] = ()) -> CareMap:
    """The map of such things."""
    parts: dict[str, list[Any]] = {name: [] for name in OWN_TABLES}
    for (name, _), thing in things.items():
        parts[name].append(thing)
    return CareMap(
        services=tuple(parts["services"]),
        systems=tuple(parts["systems"]),
        suppliers=tuple(suppliers),
        equipment=tuple(parts["equipment"]),
        dependencies=tuple(parts["dependencies"]),
    )


def check(changes: Sequence[Change], suppliers: Iterable[Supplier], origins: Origins | None = None) -> None:
    """Refuse changes that would leave the map unsound, with everything that is wrong.

    Raises:
        CareMapError: something is.

    """
    wanted = joined([change.after for change in changes])
    known = {one.id: one for one in (*rows.suppliers(), *suppliers)}
    troubles = [*_elsewhere(changes, origins or {}), *_still_needed(changes)]
    if troubles:
        raise CareMapError(troubles)
    context = _context(changes, wanted, set(known))
    require_sound(joined([replace(wanted, suppliers=tuple(known.values())), context]), origins=origins)


def _elsewhere(changes: Sequence[Change], origins: Origins) -> Iterable[Trouble]:
    """Things whose identifier does not say to whom they belong, and needs of things that are somebody else's."""
    for change in changes:
        start = f"{change.organisation.code}/"
        for (table, key), thing in keyed(change.after).items():
            name = getattr(thing, "consumer", None) or key
            if not name.startswith(start):
                yield Trouble(
                    text=f"{name!r} does not begin with {start!r}.",
                    advice="Begin the identifier of a thing with the code of its organisation.",
                    thing=key,
                    column="consumer" if table == "dependencies" else "id",
                    origin=origins.get(key),
                )


def _still_needed(changes: Sequence[Change]) -> Iterable[Trouble]:
    for change in changes:
        before = {key for table, key in keyed(change.part.care) if table != "dependencies"}
        gone = before - {key for table, key in keyed(change.after) if table != "dependencies"}
        others = [one.organisation for one in changes]
        needing = CareDependency.objects.filter(provider__in=gone).exclude(organisation__in=others)
        chosen = Choice.objects.filter(chosen__in=gone, role=Choice.Role.OUTSIDE)
        for name in sorted({*needing.values_list("provider", flat=True), *chosen.values_list("chosen", flat=True)}):
            yield Trouble(
                text=f"{name} is needed by other organisations.",
                advice="Ask them to name another first.",
                thing=name,
            )


def _context(changes: Sequence[Change], wanted: CareMap, suppliers: set[str]) -> CareMap:
    """What the changed maps name of other organisations."""
    own = {key for _, key in keyed(wanted)}
    named = {one.provider for one in wanted.dependencies} - own - suppliers
    hosts = {one.host for one in wanted.systems} - suppliers
    mine = {change.organisation.code for change in changes}
    codes = {name.partition("/")[0] for name in named | hosts} | mine
    found = {one.code: adapters.part_of(one) for one in organisations_of(codes)}
    places = {code: part.care.places[code] for code, part in found.items()}
    others: dict[tuple[str, str], Thing] = {}
    for code, part in found.items():
        if code not in mine:
            others |= {key: one for key, one in keyed(part.care).items() if key[1] in named}
    return replace(unkeyed(others), places=places)


def organisations_of(codes: Iterable[str]) -> list[Organisation]:
    """The organisations of some codes, however many codes files make up."""
    listed, found = sorted(codes), list[Organisation]()
    for start in range(0, len(listed), rows.BATCH):
        found += Organisation.objects.filter(code__in=listed[start : start + rows.BATCH])
    return found


def write(change: Change, said: Mapping[str, Any]) -> Stored:
    """Make the rows of one organisation those of the change; who said what stays with rows that do not change."""
    before, after = keyed(change.part.care), keyed(change.after)
    added = [key for key in after if key not in before]
    changed = [key for key, thing in after.items() if key in before and before[key] != thing]
    removed = [key for key in before if key not in after]
    touched = dict.fromkeys([*added, *changed])
    if change.part.own:
        _delete([*removed, *changed])
        _insert({key: after[key] for key in touched}, change.organisation, said)
    else:
        _insert({key: after[key] for key in touched}, change.organisation, said)
        kept = {key: thing for key, thing in after.items() if key not in touched}
        _insert(kept, change.organisation, {**said, "reason": f"{FROM_TEMPLATE} {_template(change.part)} has it"})
    _own(change.organisation, change.part, said)
    return Stored(added=len(added), changed=len(changed), removed=len(removed))


def _template(part: Part) -> str:
    return part.known.template.value if part.known else ""


def _delete(keys: Sequence[tuple[str, str]]) -> None:
    for table, key in keys:
        if table == "dependencies":
            consumer, _, provider = key.partition(" > ")
            CareDependency.objects.filter(consumer=consumer, provider=provider).delete()
        else:
            rows.MODELS[table].objects.filter(pk=key).delete()


def _insert(things: Keyed, organisation: Organisation, said: Mapping[str, Any]) -> None:
    for table in OWN_TABLES:
        made = [rows.row(table, thing, organisation, said) for (name, _), thing in things.items() if name == table]
        rows.MODELS[table].objects.bulk_create(made, batch_size=rows.BATCH)


def _own(organisation: Organisation, part: Part, said: Mapping[str, Any]) -> None:
    arranged = part.arranged or Arrangement(
        organisation=organisation, organisation_path=organisation.path, template=_template(part)
    )
    if not arranged.own:
        arranged.own = True
        for name, value in said.items():
            setattr(arranged, name, value)
        arranged.save()


def back_to_template(organisation: Organisation, part: Part) -> Change:
    """The change that undoes every refinement of an organisation's map.

    Raises:
        CareMapError: somebody elsewhere needs what the template lacks.

    """
    care = templates.template(part.known, organisation=organisation.code) if part.known else CareMap()
    back = Change(organisation=organisation, part=part, after=care)
    needed = list(_still_needed([back]))
    if needed:
        raise CareMapError(needed)
    return back


def compared(change: Change) -> Stored:
    """How many things a change would add, change and remove."""
    before, after = keyed(change.part.care), keyed(change.after)
    return Stored(
        added=len(after.keys() - before.keys()),
        changed=sum(before[key] != thing for key, thing in after.items() if key in before),
        removed=len(before.keys() - after.keys()),
    )


def unwrite(back: Change, said: Mapping[str, Any]) -> Stored:
    """Take away the rows of an organisation, so that its map is its template again."""
    for table in OWN_TABLES:
        rows.MODELS[table].objects.filter(organisation=back.organisation).delete()
    Arrangement.objects.filter(organisation=back.organisation).update(
        own=False, confirmed_at=None, confirmed_by="", **said
    )
    return compared(back)


def naming(suppliers: Sequence[str]) -> list[Organisation]:
    """The organisations whose maps name some suppliers."""
    return list(
        Organisation.objects.filter(
            Q(pk__in=CareSystem.objects.filter(host__in=suppliers).values("organisation"))
            | Q(pk__in=CareDependency.objects.filter(provider__in=suppliers).values("organisation"))
            | Q(pk__in=Choice.objects.filter(chosen__in=suppliers).values("organisation"))
        )
    )


def write_suppliers(suppliers: Iterable[Supplier], said: Mapping[str, Any]) -> list[Supplier]:
    """Keep suppliers that are new, and return those; those that the node knows under another name are refused.

    Raises:
        BadInputError: one has another name here, or the identifier of an organisation.

    """
    known = {one.id: one.name for one in rows.suppliers()}
    new = [one for one in suppliers if one.id not in known]
    for one in suppliers:
        if known.get(one.id, one.name) != one.name:
            raise BadInputError(
                f"The supplier {one.id} is called {known[one.id]!r} here, not {one.name!r}.",
                advice="Use its name as it is, or another identifier.",
            )
    taken = next((one.code for one in organisations_of(one.id for one in new)), None)
    if taken or any(one.id.partition("/")[0] != "supplier" for one in new):
        raise BadInputError(
            f"{taken or next(one.id for one in new if not one.id.startswith('supplier/'))} cannot name a supplier.",
            advice="Begin its identifier with supplier/, such as supplier/records-1.",
        )
    CareSupplier.objects.bulk_create(  # one that was taken off the list comes back so
        [CareSupplier(id=one.id, name=one.name, **said) for one in new],
        batch_size=rows.BATCH,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["name", "former_name", "removed_at", *said],
    )
    return new
