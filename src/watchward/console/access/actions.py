"""What people do with accounts and roles. Each action checks, writes and records in one transaction."""

from django.db import transaction

from watchward.access.permissions import Permission
from watchward.access.roles import Role
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.console.access.audit import record
from watchward.console.access.guard import Actor, require
from watchward.console.access.models import Post, User
from watchward.console.estate.models import Organisation


@transaction.atomic
def give_post(*, by: Actor, user: User, role: Role, organisation: Organisation | None, clock: Clock) -> Post:
    """Give someone a role over an organisation and everything below it; over the whole node without one."""
    require(by, Permission.POST_GIVE, at=organisation)
    post, new = Post.objects.get_or_create(user=user, role=role.key, organisation=organisation)
    if new:
        record(AuditEvent.POST_GIVEN, by=by, subject=user, organisation=organisation, clock=clock, role=role.title)
    return post


@transaction.atomic
def withdraw_post(*, by: Actor, post: Post, clock: Clock) -> None:
    """Take a role away."""
    require(by, Permission.POST_GIVE, at=post.organisation)
    record(
        AuditEvent.POST_WITHDRAWN,
        by=by,
        subject=post.user,
        organisation=post.organisation,
        clock=clock,
        role=post.title,
    )
    post.delete()
