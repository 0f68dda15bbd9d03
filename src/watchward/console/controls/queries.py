"""What may be read about controls, and who may read it."""

from django.db.models import QuerySet

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, organisations_where, reach
from watchward.console.config import current
from watchward.console.controls.models import Control
from watchward.console.estate.models import Organisation
from watchward.lists import seen


def controls_visible_to(viewer: Actor) -> QuerySet[Control]:
    """The controls of the organisations whose controls the viewer may see."""
    within = reach(viewer, Permission.CONTROL_VIEW).q("organisation_path")
    return Control.objects.filter(within).select_related("organisation")


def control_visible_to(viewer: Actor, key: str) -> Control | None:
    """One of them."""
    return controls_visible_to(viewer).filter(pk=key).first()


def organisation_to_manage(viewer: Actor, code: str) -> Organisation | None:
    """The open organisation of that code, if somebody may add controls for it."""
    found = organisations_where(viewer, Permission.CONTROL_MANAGE).filter(closed_on=None)
    return found.filter(code=code.strip().upper()).first()


def only_organisation_to_manage(viewer: Actor) -> str:
    """The code of the organisation for which somebody may add controls, where there is no other."""
    found = organisations_where(viewer, Permission.CONTROL_MANAGE).filter(closed_on=None)
    codes = list(found.values_list("code", flat=True)[:2])
    return codes[0] if len(codes) == 1 else ""


def may_manage(viewer: Actor, organisation: Organisation) -> bool:
    """Whether somebody may give an organisation's controls new secrets, disable and enable them."""
    return organisation.path in reach(viewer, Permission.CONTROL_MANAGE)


def may_manage_anywhere(viewer: Actor) -> bool:
    """Whether somebody may add controls for some organisation."""
    return organisations_where(viewer, Permission.CONTROL_MANAGE).filter(closed_on=None).exists()


def standings() -> dict[str, seen.Standing]:
    """Where each control stands, by its id, as the server of lists told last; nothing where it never ran."""
    told = seen.read(current().home / "lists")
    return told.controls if told else {}
