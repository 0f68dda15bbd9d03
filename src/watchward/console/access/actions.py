"""What people do with accounts and roles. Each action checks, writes and records in one transaction."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from watchward.access.permissions import Permission
from watchward.access.roles import ADMINISTRATOR, NATIONAL_ANALYST, Role
from watchward.base.audit import AuditEvent
from watchward.base.clock import Clock
from watchward.base.errors import BadInputError, NotAllowedError
from watchward.console.access import links, mails
from watchward.console.access.audit import record
from watchward.console.access.endings import end_tokens, sign_out_everywhere
from watchward.console.access.guard import Actor, Service, require, require_over
from watchward.console.access.models import Link, Post, Recovery, User
from watchward.console.estate.models import Organisation

ENROL_WITHIN = timedelta(hours=24)
"""How long an account may be without a second step after a link or a recovery."""

RECOVERY_LASTS = timedelta(hours=24)
CODE_ATTEMPTS = 5
_CODE_LETTERS = "ABCDEFGHJKMNPQRTUVWXYZ2346789"  # none that sounds or looks like another


FORGOTTEN = Service(name="the page for forgotten passwords")
FIRST_ADDRESS = "first-administrator@watchward.invalid"
"""The address of the first administrator until they give their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDetails:
    """What a person says when they set up their account. Name and address may be known already, and are then empty."""

    password: str
    name: str = ""
    email: str = ""


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
    """Take a role away, and the tokens that may draw on it."""
    require(by, Permission.POST_GIVE, at=post.organisation)
    if post.role == ADMINISTRATOR.key and post.organisation is None and not _other_administrators(post.user):
        raise BadInputError(
            f"{post.user} is the only administrator of the whole node.", advice="Give someone else the role first."
        )
    record(
        AuditEvent.POST_WITHDRAWN,
        by=by,
        subject=post.user,
        organisation=post.organisation,
        clock=clock,
        role=post.title,
    )
    end_tokens(post.user, by=by, clock=clock)
    post.delete()


@transaction.atomic
def invite(  # noqa: PLR0913 - an invitation says all of this
    *, by: Actor, email: str, name: str, role: Role, organisation: Organisation | None, clock: Clock
) -> links.FreshLink:
    """Make an account with a role, and a link with which its owner sets it up. The link is mailed where mail is set up.

    Raises:
        BadInputError: the address is none, or the person has an account already.

    """
    require(by, Permission.USER_INVITE, at=organisation)
    try:
        validate_email(email)
    except ValidationError as error:
        raise BadInputError(f"{email!r} is not an email address.", advice="Write it as name@example.org.") from error
    if User.objects.filter(email=email.lower()).exists():
        raise BadInputError(
            f"There is an account for {email} already.",
            advice="Open that person's page and give them the role there; if you cannot see them, ask an administrator "
            "of the organisation that they work for.",
        )
    user = User.objects.create_user(email=email, name=name)
    record(AuditEvent.INVITATION_SENT, by=by, subject=user, organisation=organisation, clock=clock, email=user.email)
    give_post(by=by, user=user, role=role, organisation=organisation, clock=clock)
    fresh = links.make(user, Link.Purpose.INVITATION, maker=str(by), at=clock.now())
    transaction.on_commit(partial(mails.send_link, fresh, Link.Purpose.INVITATION, maker=str(by)))
    return fresh


@transaction.atomic
def make_link(*, by: Actor, user: User, clock: Clock) -> links.FreshLink:
    """Make a link with which someone sets a new password, or accepts an invitation that has expired."""
    require_over(by, Permission.USER_INVITE, user=user)
    purpose = Link.Purpose.PASSWORD if user.has_usable_password() else Link.Purpose.INVITATION
    record(
        AuditEvent.LINK_MADE,
        by=by,
        subject=user,
        organisation=user.home_organisation,
        clock=clock,
        purpose=str(purpose),
    )
    fresh = links.make(user, purpose, maker=str(by), at=clock.now())
    transaction.on_commit(partial(mails.send_link, fresh, purpose, maker=str(by)))
    return fresh


@transaction.atomic
def send_password_link(*, by: Service, email: str, clock: Clock) -> None:
    """Mail someone who forgot their password a link to set a new one, if there is such an account."""
    require(by, Permission.USER_INVITE, at=None)
    user = User.objects.filter(email=email.lower(), is_active=True).first()
    if user is None or not user.has_usable_password():
        return
    make_link(by=by, user=user, clock=clock)


@transaction.atomic
def make_first_link(*, by: Service, clock: Clock) -> links.FreshLink | None:
    """Make the link for the first administrator, as long as nobody has set up an account on this node.

    Returns:
        The link; None when there is somebody already, who can invite others.

    """
    require(by, Permission.USER_INVITE, at=None)
    if any(user.has_usable_password() for user in User.objects.filter(posts__role=ADMINISTRATOR.key)):
        return None
    user, _ = User.objects.get_or_create(email=FIRST_ADDRESS, defaults={"name": "First administrator", "password": "!"})
    for role in (ADMINISTRATOR, NATIONAL_ANALYST):
        give_post(by=by, user=user, role=role, organisation=None, clock=clock)
    record(AuditEvent.LINK_MADE, by=by, subject=user, clock=clock, purpose=str(Link.Purpose.FIRST))
    return links.make(user, Link.Purpose.FIRST, maker=str(by), at=clock.now())


@transaction.atomic
def set_up_account(*, by: User, secret: str, details: AccountDetails, clock: Clock) -> None:
    """Use a one-time link: set the password, and for a new account the name; for the first one the address too.

    Raises:
        LinkError: the link is of no use any more.
        BadInputError: the address belongs to someone else.

    """
    link = _own_link(by, secret, clock)
    _complete(by, details, purpose=Link.Purpose(link.purpose), clock=clock)
    record(AuditEvent.LINK_USED, by=by, subject=by, organisation=by.home_organisation, clock=clock, maker=link.maker)


@transaction.atomic
def enter_exercise(*, by: User, secret: str, clock: Clock) -> None:
    """Use the link of the first administrator to look around an exercise at once, and set up the account later."""
    link = _own_link(by, secret, clock)
    if link.purpose != Link.Purpose.FIRST or not settings.WATCHWARD.exercise:
        raise NotAllowedError("This node shows no exercise.", advice="Set up your account first.")
    record(AuditEvent.LINK_USED, by=by, subject=by, clock=clock, maker=link.maker)


@transaction.atomic
def complete_account(*, by: User, details: AccountDetails, clock: Clock) -> None:
    """Set up the account with which one has been looking around an exercise."""
    if by.has_usable_password():
        raise NotAllowedError("This account has been set up.", advice="Change its details on the page of your account.")
    _complete(by, details, purpose=Link.Purpose.FIRST, clock=clock)
    record(AuditEvent.PASSWORD_CHANGED, by=by, subject=by, organisation=by.home_organisation, clock=clock)


def _own_link(by: User, secret: str, clock: Clock) -> Link:
    """Take the person's own link, which nobody can use again."""
    link = links.usable(secret, at=clock.now())
    if link.user != by:
        raise NotAllowedError("This link is someone else's.", advice="Use the link that was made for you.")
    link.used_at = clock.now()
    link.save()
    return link


def _complete(user: User, details: AccountDetails, *, purpose: Link.Purpose, clock: Clock) -> None:
    if purpose == Link.Purpose.FIRST:
        if User.objects.exclude(pk=user.pk).filter(email=details.email.lower()).exists():
            raise BadInputError(f"There is an account for {details.email} already.", advice="Give another address.")
        user.email = details.email.lower()
    if purpose != Link.Purpose.PASSWORD:
        user.name = details.name
    user.set_password(details.password)
    sign_out_everywhere(user, by=user, clock=clock)
    user.enrol_by = clock.now() + ENROL_WITHIN
    user.save()


@transaction.atomic
def ask_recovery(*, by: User, clock: Clock) -> Recovery:
    """Say that one has lost one's authenticator. Whoever calls this has seen the person's password."""
    if not by.is_active:
        raise NotAllowedError("This account is disabled.", advice="Ask an administrator to enable it.")
    by.recoveries.filter(approved_at=None).delete()
    code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(8))
    record(AuditEvent.RECOVERY_ASKED, by=by, subject=by, organisation=by.home_organisation, clock=clock)
    return Recovery.objects.create(
        user=by, code=f"{code[:4]}-{code[4:]}", asked_at=clock.now(), expires_at=clock.now() + RECOVERY_LASTS
    )


def approve_recovery(*, by: User, user: User, code: str, clock: Clock) -> None:
    """Confirm, as a second person, that a colleague lost their authenticator: it is removed, and they set up a new one.

    Raises:
        NotAllowedError: one may not do this for that person, or is that person.
        BadInputError: the colleague did not ask, or the code is not the one that they were shown.

    """
    require_over(by, Permission.RECOVERY_APPROVE, user=user)
    if by == user:
        raise NotAllowedError(
            "You cannot confirm your own recovery.", advice="Ask a colleague who may, or an administrator."
        )
    recovery = _matching_recovery(user, code, clock)
    with transaction.atomic():
        recovery.approved_at = clock.now()
        recovery.save()
        Authenticator.objects.filter(user=user).delete()
        sign_out_everywhere(user, by=by, clock=clock)
        user.enrol_by = clock.now() + ENROL_WITHIN
        user.save()
        record(AuditEvent.RECOVERY_APPROVED, by=by, subject=user, organisation=user.home_organisation, clock=clock)
        transaction.on_commit(partial(mails.tell_of_recovery, user, approver=str(by)))


@transaction.atomic
def recover_without_colleague(*, by: Service, user: User, clock: Clock) -> links.FreshLink:
    """Take away the second step of someone whom no colleague can confirm, and make a link for a new password.

    Only for whoever runs the node, who could change its database anyway. Until the link is used, nobody signs in: the
    password alone opens nothing.
    """
    require_over(by, Permission.RECOVERY_APPROVE, user=user)
    if not user.is_active:
        raise BadInputError(f"The account of {user} is disabled.", advice="Enable it first: watchward user enable …")
    Authenticator.objects.filter(user=user).delete()
    sign_out_everywhere(user, by=by, clock=clock)
    user.enrol_by = None
    user.save()
    record(AuditEvent.RECOVERY_APPROVED, by=by, subject=user, organisation=user.home_organisation, clock=clock)
    return make_link(by=by, user=user, clock=clock)


def _matching_recovery(user: User, code: str, clock: Clock) -> Recovery:
    """The request that the code belongs to. A wrong code counts, even though nothing else is written."""
    recovery = user.recoveries.filter(approved_at=None, expires_at__gt=clock.now(), attempts__lt=CODE_ATTEMPTS).first()
    if recovery is None:
        raise BadInputError(
            f"{user} has not asked for help with a lost authenticator, or too long ago.",
            advice="Ask them to sign in with their password and to choose “I have lost it”; it shows a code.",
        )
    given = "".join(letter for letter in code.upper() if letter.isalnum())
    if not secrets.compare_digest(given.encode(), recovery.code.replace("-", "").encode()):
        recovery.attempts += 1
        recovery.save()
        raise BadInputError(
            "The code is not the one that they were shown.",
            advice="Speak to the person, in a way in which you recognise them, and ask them to read it out.",
        )
    return recovery


@transaction.atomic
def disable(*, by: Actor, user: User, clock: Clock) -> None:
    """Keep someone from signing in, and end their sessions. Their roles stay, for the day on which they return."""
    require_over(by, Permission.USER_MANAGE, user=user)
    if by == user:
        raise NotAllowedError("You cannot disable your own account.", advice="Ask another administrator.")
    user.is_active = False
    sign_out_everywhere(user, by=by, clock=clock)
    user.save()
    user.links.filter(used_at=None).delete()
    record(AuditEvent.USER_DISABLED, by=by, subject=user, organisation=user.home_organisation, clock=clock)


@transaction.atomic
def enable(*, by: Actor, user: User, clock: Clock) -> None:
    """Let someone sign in again."""
    require_over(by, Permission.USER_MANAGE, user=user)
    user.is_active = True
    user.save()
    record(AuditEvent.USER_ENABLED, by=by, subject=user, organisation=user.home_organisation, clock=clock)


def _other_administrators(user: User) -> bool:
    posts = Post.objects.filter(role=ADMINISTRATOR.key, organisation=None, user__is_active=True)
    return posts.exclude(user=user).exists()
