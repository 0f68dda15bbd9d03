"""What may be read about saved what-ifs: whoever may see the care that one counts may see it."""

from functools import reduce
from operator import or_
from typing import Final

from django.db.models import Q, QuerySet

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, organisations_where, reach
from watchward.console.estate.models import Organisation
from watchward.console.scenarios.models import SavedScenario

_WORDS: Final = 8
"""Words of a search that are looked for; more narrow nothing further."""


def scenarios(viewer: Actor, text: str = "") -> QuerySet[SavedScenario]:
    """What was saved about the care that somebody may see, what hurt most first.

    With a `text`, those in whose name, note, organisation or maker all its words are.
    """
    found = SavedScenario.objects.filter(reach(viewer, Permission.HARM_VIEW).q("organisation_path"))
    for word in text.split()[:_WORDS]:
        said = [Q(**{f"{field}__icontains": word}) for field in ("name", "note", "made_by", "organisation__name")]
        found = found.filter(reduce(or_, said))
    return found.select_related("organisation")


def scenario(viewer: Actor, key: int) -> SavedScenario | None:
    """One of them."""
    return scenarios(viewer).filter(pk=key).first()


def may_change(viewer: Actor, saved: SavedScenario) -> bool:
    """Whether somebody may rename and delete it."""
    where = reach(viewer, Permission.SCENARIO_SAVE)
    return where.everything or bool(saved.organisation_path and saved.organisation_path in where)


def may_save(viewer: Actor) -> bool:
    """Whether somebody may save a what-if anywhere."""
    where = reach(viewer, Permission.SCENARIO_SAVE)
    return where.everything or bool(where.paths)


def saves_for_all(viewer: Actor) -> bool:
    """Whether somebody may save what counts the whole node."""
    return reach(viewer, Permission.SCENARIO_SAVE).everything


def saves_for(viewer: Actor) -> list[Organisation]:
    """The organisations from which down somebody may save: where their roles stand."""
    paths = reach(viewer, Permission.SCENARIO_SAVE).paths
    return list(Organisation.objects.filter(path__in=paths).order_by("name"))


def place_to_save(viewer: Actor, code: str) -> Organisation | None:
    """The organisation of a code, if somebody may save what counts its patients."""
    return organisations_where(viewer, Permission.SCENARIO_SAVE).filter(code=code).first()
