"""Bring the stored organisations in line with records, in few statements however many there are."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.apps import apps
from django.db import models
from django.db.models import OuterRef, QuerySet, Subquery

from watchward.base.errors import BadInputError
from watchward.console.estate.models import Organisation
from watchward.estate.organisation import OrganisationKind, OrganisationRecord, path_of

_BATCH: Final = 1000
_FIELDS: Final = ("name", "kind", "parent", "path", "postcode", "opened_on", "closed_on")
_LONGEST_PATH: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many organisations an import made, changed and left as they were; `moved` counts all with a new place.

    `touched` are the codes of all that are new, other than before, or elsewhere.
    """

    created: int
    changed: int
    moved: int
    unchanged: int
    touched: frozenset[str] = frozenset()

    @property
    def anything(self) -> bool:
        """Whether the import changed anything at all."""
        return bool(self.created or self.changed or self.moved)


def as_record(organisation: Organisation, codes: Mapping[int, str]) -> OrganisationRecord:
    """A stored organisation as a record.

    Args:
        organisation: what is stored.
        codes: the code of every stored organisation by its key, for parent and successor.

    """
    return OrganisationRecord(
        code=organisation.code,
        name=organisation.name,
        kind=OrganisationKind(organisation.kind),
        parent=codes.get(organisation.parent_id or 0),
        opened_on=organisation.opened_on,
        closed_on=organisation.closed_on,
        successor=codes.get(organisation.successor_id or 0),
        postcode=organisation.postcode,
    )


def store(records: Iterable[OrganisationRecord]) -> Imported:
    """Make the stored organisations say what the records say; those without a record stay, and move with their parents.

    Raises:
        BadInputError: a record names a parent that neither exists nor is among the records, or parents form a circle.

    """
    wanted = {record.code: record for record in records}
    stored = {organisation.code: organisation for organisation in Organisation.objects.all()}
    codes = {organisation.pk: code for code, organisation in stored.items()}
    before = {code: as_record(organisation, codes) for code, organisation in stored.items()}
    paths = _paths({**before, **wanted})
    moved = [code for code, organisation in stored.items() if organisation.path != paths[code]]
    created = [code for code in wanted if code not in stored]
    changed = [code for code, record in wanted.items() if code in stored and before[code] != record]
    touched = {*moved, *created, *changed}
    _write({code: wanted.get(code) or before[code] for code in touched}, paths, stored)
    _link_successors(wanted, before, stored)
    _copy_paths([stored[code].pk for code in moved])
    return Imported(
        created=len(created),
        changed=len(changed),
        moved=len(moved),
        unchanged=len(wanted) - len(created) - len(changed),
        touched=frozenset(touched),
    )


def _paths(records: Mapping[str, OrganisationRecord]) -> dict[str, str]:
    """The path of every organisation."""
    chains: dict[str, tuple[str, ...]] = {}

    def chain(code: str, below: tuple[str, ...]) -> tuple[str, ...]:
        if code in below:
            raise BadInputError(
                f"The organisations {', '.join(below)} lie within each other in a circle.",
                advice="Correct the parent of one of them in the file.",
            )
        if code not in chains:
            parent = records[code].parent
            if parent is not None and parent not in records:
                raise BadInputError(
                    f"{code} names {parent} as its parent, and there is no such organisation.",
                    advice=f"Import the file that lists {parent} first, or together with this one.",
                )
            chains[code] = (*(chain(parent, (*below, code)) if parent else ()), code)
        return chains[code]

    found = {code: path_of(chain(code, ())) for code in records}
    for code, path in found.items():
        if len(path) > _LONGEST_PATH:
            raise BadInputError(f"{code} lies too deep in the tree.", advice="Correct the parents in the file.")
    return found


def _write(
    records: Mapping[str, OrganisationRecord], paths: Mapping[str, str], stored: dict[str, Organisation]
) -> None:
    """Insert and update level by level, so that each parent has its key before its children need it."""
    by_depth = sorted(records.values(), key=lambda record: paths[record.code].count("/"))
    level: list[Organisation] = []
    depth = 0
    for record in by_depth:
        if paths[record.code].count("/") != depth:
            _upsert(level, stored)
            level, depth = [], paths[record.code].count("/")
        level.append(_organisation(record, paths[record.code], stored))
    _upsert(level, stored)


def _organisation(record: OrganisationRecord, path: str, stored: Mapping[str, Organisation]) -> Organisation:
    organisation = stored.get(record.code) or Organisation(code=record.code)
    organisation.name = record.name[:200]
    organisation.kind = record.kind.value
    organisation.parent = stored[record.parent] if record.parent else None
    organisation.path = path
    organisation.postcode = record.postcode[:10]
    organisation.opened_on = record.opened_on
    organisation.closed_on = record.closed_on
    return organisation


def _upsert(organisations: Sequence[Organisation], stored: dict[str, Organisation]) -> None:
    new = [organisation for organisation in organisations if organisation.code not in stored]
    old = [organisation for organisation in organisations if organisation.code in stored]
    for organisation in Organisation.objects.bulk_create(new, batch_size=_BATCH):
        stored[organisation.code] = organisation
    Organisation.objects.bulk_create(
        old, batch_size=_BATCH, update_conflicts=True, unique_fields=["id"], update_fields=_FIELDS
    )


def _link_successors(
    wanted: Mapping[str, OrganisationRecord],
    before: Mapping[str, OrganisationRecord],
    stored: Mapping[str, Organisation],
) -> None:
    """Once every organisation has its key, point those that closed at what took over."""
    changed = []
    for code, record in wanted.items():
        known = before[code].successor if code in before else None
        if record.successor != known and (record.successor is None or record.successor in stored):
            stored[code].successor = stored[record.successor] if record.successor else None
            changed.append(stored[code])
    Organisation.objects.bulk_update(changed, ["successor"], batch_size=100)


def _copy_paths(moved: Sequence[int]) -> None:
    """Give every row elsewhere that copies its organisation's path the new one."""
    path = Organisation.objects.filter(pk=OuterRef("organisation_id")).values("path")[:1]
    for model in _copying():
        for start in range(0, len(moved), _BATCH):
            rows: QuerySet[models.Model] = QuerySet(model).filter(organisation_id__in=moved[start : start + _BATCH])
            rows.update(organisation_path=Subquery(path))


def _copying() -> list[type[models.Model]]:
    """The models whose rows copy the path of the organisation that they point at; what is only a record stays."""
    found = []
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.get_fields()}
        link = fields.get("organisation")
        if "organisation_path" in fields and isinstance(link, models.ForeignKey):
            found.append(model)
    return found
