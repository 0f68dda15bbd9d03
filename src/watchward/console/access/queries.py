"""What may be read about people, and who may read it."""

from django.db.models import QuerySet

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor, reach
from watchward.console.access.models import AuditEntry, Post


def posts_visible_to(viewer: Actor) -> QuerySet[Post]:
    """The roles that are held over organisations whose people the viewer may see."""
    within = reach(viewer, Permission.USER_VIEW).q("organisation__path")
    return Post.objects.filter(within).select_related("user", "organisation")


def audit_visible_to(viewer: Actor) -> QuerySet[AuditEntry]:
    """What was done in the organisations whose audit log the viewer may read."""
    return AuditEntry.objects.filter(reach(viewer, Permission.AUDIT_VIEW).q("organisation_path"))
