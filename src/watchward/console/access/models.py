"""Who has an account, what roles they hold, and what was done."""

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.crypto import salted_hmac

from watchward.access.roles import ROLES, Role
from watchward.console.estate.models import Organisation


def _new_salt() -> str:
    return secrets.token_hex(16)


class UserManager(BaseUserManager["User"]):
    """Makes accounts."""

    def create_user(self, email: str, name: str, password: str | None = None) -> "User":
        """Make an account; without a password nobody can sign in to it by one."""
        user = self.model(email=self.normalize_email(email).lower(), name=name)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """The account of an e-mail address, however it is capitalised."""
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """A person with an account. The e-mail address is the name by which they sign in."""

    email = models.EmailField(max_length=254, unique=True)
    name = models.CharField(max_length=150)
    is_active = models.BooleanField(default=True)
    joined_at = models.DateTimeField(auto_now_add=True)
    # Part of what each session is signed with: a new value ends every session of the account.
    sessions = models.CharField(max_length=32, default=_new_salt)
    # Until when the account may be used to set up a second step of signing in, while it has none.
    enrol_by = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]

    class Meta:
        ordering: ClassVar = ["name", "email"]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The person's name, as Django's own parts ask for it."""
        return str(self)

    @property
    def home_organisation(self) -> Organisation | None:
        """The organisation under which the record of the account is kept: that of the person's first role."""
        post = self.posts.select_related("organisation").first()
        return post.organisation if post else None

    @property
    def state(self) -> str:
        """Whether the person can sign in, in words."""
        if not self.is_active:
            return "disabled"
        return "active" if self.has_usable_password() else "invited"

    def get_session_auth_hash(self) -> str:
        """What a session is bound to: it ends when the password changes or the sessions are ended."""
        return salted_hmac("watchward.session", self.password + self.sessions, algorithm="sha256").hexdigest()

    def end_sessions(self) -> None:
        """Sign the person out everywhere; takes effect when the account is saved."""
        self.sessions = secrets.token_hex(16)


class Post(models.Model):
    """A role that a person holds over an organisation and everything below it; over the whole node without one."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="posts")
    role = models.CharField(max_length=40)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="posts"
    )
    given_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user", "role", "organisation"], nulls_distinct=False, name="one_post_of_each_kind"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}, {self.organisation or 'the whole node'}"

    @property
    def path(self) -> str:
        """The place in the tree from which downwards the role is held; empty for the whole node."""
        return self.organisation.path if self.organisation else ""

    @property
    def known_role(self) -> Role | None:
        """The role, if this version of Watchward knows it; one that it does not know grants nothing."""
        return ROLES.get(self.role)

    @property
    def title(self) -> str:
        """The role in words."""
        return self.known_role.title if self.known_role else f"Unknown role {self.role!r}"


class Link(models.Model):
    """A one-time link to an account. Only the digest of its secret is kept: who reads the database cannot use it."""

    class Purpose(models.TextChoices):
        """Why it was made."""

        FIRST = "first", "for the first administrator"
        INVITATION = "invitation", "to join"
        PASSWORD = "password", "to set a new password"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="links")
    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    digest = models.CharField(max_length=64, unique=True)
    maker = models.CharField(max_length=200)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"link {self.get_purpose_display()} for {self.user}"


class Recovery(models.Model):
    """A person's word that they lost their authenticator, given after their password, for a colleague to confirm."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recoveries")
    code = models.CharField(max_length=20)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    approved_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"recovery of {self.user}"


class AuditEntry(models.Model):
    """One thing that was done. It points at nothing, so it outlives what it is about; `digest` chains it."""

    number = models.BigIntegerField(primary_key=True)
    at = models.DateTimeField(db_index=True)
    event = models.CharField(max_length=60, db_index=True)
    actor = models.CharField(max_length=300)
    actor_name = models.CharField(max_length=200)
    subject = models.CharField(max_length=300, db_index=True)
    subject_name = models.CharField(max_length=300)
    organisation = models.CharField(max_length=20)
    organisation_name = models.CharField(max_length=200)
    organisation_path = models.CharField(max_length=400, db_index=True)
    details = models.TextField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["-number"]

    def __str__(self) -> str:
        return f"{self.number} {self.event}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Write the entry once; an entry is never changed."""
        kwargs["force_insert"] = True
        super().save(*args, **kwargs)


class AuditHead(models.Model):
    """Where the chain of audit entries ends: one row, locked by whoever adds to it."""

    number = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"head at {self.number}"
