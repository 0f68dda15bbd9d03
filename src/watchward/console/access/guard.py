"""Who may do what, where. Every query and every action asks here; nothing else decides."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet

from watchward.access.permissions import Permission
from watchward.access.roles import roles_granting
from watchward.base.errors import NotAllowedError
from watchward.console.access.models import Post, User
from watchward.console.estate.models import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A part of the node that acts by itself: a process, or the command line in the hands of whoever runs the node.

    It may do everything. A view never makes one.
    """

    name: str

    def __str__(self) -> str:
        return self.name


Actor = User | Service
"""Whoever does something: a person or a part of the node."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far a permission goes: everything, or the parts of the tree below some paths."""

    everything: bool = False
    paths: tuple[str, ...] = ()

    def __contains__(self, path: str) -> bool:
        """Whether an organisation with this path lies within."""
        return self.everything or path.startswith(self.paths)

    def q(self, field: str) -> Q:
        """A filter for rows whose `field` holds their organisation's path.

        Args:
            field: the name of the column, such as `organisation__path`.

        """
        if self.everything:
            return Q()
        within = Q(pk__in=[])
        for path in self.paths:
            within |= _below(field, path)
        return within


def _below(field: str, path: str) -> Q:
    """Rows below a path, in the form for which each database can use its index."""
    if connection.vendor == "sqlite":
        return Q(**{f"{field}__gte": path, f"{field}__lt": path[:-1] + chr(ord(path[-1]) + 1)})
    return Q(**{f"{field}__startswith": path})


def reach(viewer: Actor, permission: Permission) -> Reach:
    """How far someone's permission goes."""
    if isinstance(viewer, Service):
        return Reach(everything=True)
    if not viewer.is_active:
        return Reach()
    posts = Post.objects.filter(user=viewer, role__in=roles_granting(permission))
    paths = list(posts.values_list("organisation__path", flat=True))
    if None in paths:
        return Reach(everything=True)
    return Reach(paths=_widest([path for path in paths if path]))


def _widest(paths: list[str]) -> tuple[str, ...]:
    """Leave out the paths that lie below another of them."""
    kept: list[str] = []
    for path in sorted(paths):
        if not path.startswith(tuple(kept)):
            kept.append(path)
    return tuple(kept)


def permissions_anywhere(viewer: User) -> frozenset[Permission]:
    """Everything that someone may do somewhere: for menus, never for decisions."""
    return _granted(viewer, Post.objects.filter(user=viewer))


def permissions_over_the_node(viewer: User) -> frozenset[Permission]:
    """Everything that someone may do to the whole node: for menus, never for decisions."""
    return _granted(viewer, Post.objects.filter(user=viewer, organisation=None))


def _granted(viewer: User, posts: QuerySet[Post]) -> frozenset[Permission]:
    roles = [post.known_role for post in posts] if viewer.is_active else []
    return frozenset(permission for role in roles if role for permission in role.grants)


def organisations_where(viewer: Actor, permission: Permission) -> QuerySet[Organisation]:
    """The organisations over which someone holds a permission."""
    return Organisation.objects.filter(reach(viewer, permission).q("path"))


def require(by: Actor, permission: Permission, *, at: Organisation | None) -> None:
    """Refuse unless someone may do this there.

    Args:
        by: who asks.
        permission: what they are about to do.
        at: the organisation that it concerns; None for what concerns the whole node.

    Raises:
        NotAllowedError: they may not.

    """
    allowed = reach(by, permission)
    if allowed.everything or (at is not None and at.path in allowed):
        return
    raise _refusal(by, permission, f"at {at}" if at else "over the whole node")


def require_anywhere(viewer: Actor, permission: Permission) -> None:
    """Refuse unless someone holds this permission somewhere: for pages whose content is scoped besides.

    Raises:
        NotAllowedError: they hold it nowhere.

    """
    allowed = reach(viewer, permission)
    if not (allowed.everything or allowed.paths):
        raise _refusal(viewer, permission, "at any organisation")


def require_over(by: Actor, permission: Permission, *, user: User) -> None:
    """Refuse unless someone may do this in every organisation in which a person holds a role.

    So nobody gains power over an account that reaches further than they do themselves.

    Raises:
        NotAllowedError: they may not.

    """
    if not may_over(by, permission, user=user):
        raise _refusal(by, permission, f"at every organisation at which {user} holds a role")


def may_over(by: Actor, permission: Permission, *, user: User) -> bool:
    """Whether someone may do this in every organisation in which a person holds a role."""
    allowed = reach(by, permission)
    posts = Post.objects.filter(user=user)
    within = posts.filter(allowed.q("organisation__path")).count()
    return allowed.everything or 0 < within == posts.count()


def _refusal(by: Actor, permission: Permission, where: str) -> NotAllowedError:
    return NotAllowedError(
        f"{by} may not {permission.meaning} {where} ({permission}).",
        advice="Ask an administrator of that organisation for a role that may, or ask someone who holds one.",
    )
