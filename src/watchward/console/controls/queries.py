"""What may be read about controls, and who may read it."""

from django.db.models import QuerySet

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, reach
from watchward.console.config import current
from watchward.console.controls.models import Control
from watchward.lists import seen


def controls_visible_to(viewer: Actor) -> QuerySet[Control]:
    """The controls of the organisations whose controls the viewer may see."""
    within = reach(viewer, Permission.CONTROL_VIEW).q("organisation_path")
    return Control.objects.filter(within).select_related("organisation")


def standings() -> dict[str, seen.Standing]:
    """Where each control stands, by its id, as the server of lists told last; nothing where it never ran."""
    told = seen.read(current().home / "lists")
    return told.controls if told else {}
