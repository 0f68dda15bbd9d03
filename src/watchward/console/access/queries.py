"""What may be read about people, and who may read it."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, TypedDict

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from django.utils.timezone import get_current_timezone

from watchward.access.permissions import Permission
from watchward.base.errors import BadInputError
from watchward.console.access.guard import Actor, may_over, permissions_anywhere, reach
from watchward.console.access.models import AuditEntry, Post, User
from watchward.console.estate.models import Organisation

MANY = 2_000
"""How many entries are cheap to sort."""


def posts_visible_to(viewer: Actor) -> QuerySet[Post]:
    """The roles that are held over organisations whose people the viewer may see."""
    within = reach(viewer, Permission.USER_VIEW).q("organisation__path")
    return Post.objects.filter(within).select_related("user", "organisation")


def audit_visible_to(viewer: Actor) -> QuerySet[AuditEntry]:
    """What was done in the organisations whose audit log the viewer may read, newest first."""
    allowed = reach(viewer, Permission.AUDIT_VIEW)
    within = AuditEntry.objects.filter(allowed.q("organisation_path"))
    if allowed.everything or within.order_by()[:MANY].count() < MANY:
        return within
    # The newest are soon found among many: walking back from the end beats sorting all that the index of paths finds.
    unindexed = AuditEntry.objects.alias(place=Concat("organisation_path", Value("")))
    return unindexed.filter(allowed.q("place"))


def has_second_step(user: User) -> bool:
    """Whether someone signs in with more than a password."""
    return bool(is_mfa_enabled(user))


def has_another_second_step(user: User, authenticator: int) -> bool:
    """Whether someone could still sign in without this authenticator."""
    return bool(Authenticator.objects.filter(user=user).exclude(pk=authenticator).exists())


def audit_found(viewer: Actor, chosen: Mapping[str, Any]) -> QuerySet[AuditEntry]:
    """The entries that match the filter of the audit page."""
    found = audit_visible_to(viewer)
    if chosen.get("event"):
        found = found.filter(event=chosen["event"])
    if chosen.get("who"):
        found = found.filter(Q(actor_name__icontains=chosen["who"]) | Q(subject_name__icontains=chosen["who"]))
    if chosen.get("organisation"):
        found = found.filter(organisation=chosen["organisation"].upper())
    if chosen.get("since"):
        found = found.filter(at__gte=_midnight(chosen["since"]))
    if chosen.get("until"):
        found = found.filter(at__lt=_midnight(chosen["until"] + timedelta(days=1)))
    return found


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=get_current_timezone())


def people_found(viewer: Actor, search: str) -> QuerySet[User]:
    """The people whose name or address contains what was searched."""
    return people_visible_to(viewer).filter(Q(name__icontains=search) | Q(email__icontains=search))


def posts_of(users: Iterable[User], viewer: Actor) -> dict[int, list[Post]]:
    """The roles of each of these people, as far as the viewer may see them."""
    allowed = reach(viewer, Permission.USER_VIEW)
    return {user.pk: [post for post in user.posts.all() if post.path in allowed] for user in users}


def permissions_of(viewer: User) -> frozenset[Permission]:
    """What the viewer may do somewhere: for what a page offers; the action decides."""
    return permissions_anywhere(viewer)


def may_do_to(viewer: User, user: User) -> frozenset[str]:
    """What a page may offer the viewer to do to someone's account."""
    offers = {
        "link": Permission.USER_INVITE,
        "manage": Permission.USER_MANAGE,
        "recover": Permission.RECOVERY_APPROVE,
    }
    may = {name for name, permission in offers.items() if may_over(viewer, permission, user=user)}
    if Permission.POST_GIVE in permissions_anywhere(viewer):
        may.add("give")
    return frozenset(may if viewer != user else may - {"manage", "recover"})


def recovery_asked(user: User, *, at: datetime) -> bool:
    """Whether someone waits for a colleague to confirm that they lost their authenticator."""
    return user.recoveries.filter(approved_at=None, expires_at__gt=at).exists()


def organisation_of(code: str) -> Organisation:
    """The organisation with a code.

    Raises:
        BadInputError: there is none.

    """
    found = Organisation.objects.filter(code=code.strip().upper()).first()
    if found is None:
        raise BadInputError(
            f"There is no organisation with the code {code!r}.",
            advice="Look it up on the page Organisations, or with: watchward estate list",
        )
    return found


def people_visible_to(viewer: Actor) -> QuerySet[User]:
    """Everyone who holds a role over an organisation whose people the viewer may see."""
    allowed = reach(viewer, Permission.USER_VIEW)
    if allowed.everything:
        return User.objects.prefetch_related("posts__organisation")
    seen = Post.objects.filter(allowed.q("organisation__path")).values("user")
    return User.objects.filter(pk__in=seen).prefetch_related("posts__organisation")


def person_with_address(viewer: Actor, email: str) -> User:
    """Someone by their address.

    Raises:
        BadInputError: there is nobody.

    """
    found = people_visible_to(viewer).filter(email=email.lower()).first()
    if found is None:
        raise BadInputError(f"There is no account for {email}.", advice="See who has one: watchward user list")
    return found


class PersonInWords(TypedDict):
    """Someone with an account, for a list that is printed."""

    email: str
    name: str
    roles: list[str]
    state: str


def people_in_words(viewer: Actor) -> list[PersonInWords]:
    """Everyone whom the viewer may see."""
    return [
        {
            "email": person.email,
            "name": person.name,
            "roles": [str(post) for post in person.posts.all()],
            "state": person.state,
        }
        for person in people_visible_to(viewer)
    ]


def is_set_up() -> bool:
    """Whether anybody has set up an account on this node yet."""
    return User.objects.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists()
