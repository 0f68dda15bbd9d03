"""Who has an account, what roles they hold, and what was done."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from watchward.access.roles import ROLES, Role
from watchward.console.estate.models import Organisation


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
    def known_role(self) -> Role | None:
        """The role, if this version of Watchward knows it; one that it does not know grants nothing."""
        return ROLES.get(self.role)

    @property
    def title(self) -> str:
        """The role in words."""
        return self.known_role.title if self.known_role else f"Unknown role {self.role!r}"


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
