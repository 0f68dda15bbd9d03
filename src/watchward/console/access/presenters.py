"""People and the audit log in the words and parameters of the pages."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.urls import reverse

from watchward.base.audit import told
from watchward.console.access.models import AuditEntry, Post, User

_STATE_COLOURS = {"active": "green", "invited": "blue", "disabled": "grey"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRow:
    """One person in the list of people."""

    user: User
    posts: Sequence[Post]

    @property
    def address(self) -> str:
        """Where the person's page is."""
        return reverse("person", args=[self.user.pk])

    @property
    def roles(self) -> str:
        """The roles that may be seen, in words."""
        return "; ".join(str(post) for post in self.posts) or "No role that you may see"


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """One person, as far as whoever is looking may see and change them.

    Args:
        user: the person.
        posts: the roles that may be seen.
        may: the names of what the viewer may do here: `give`, `link`, `manage`, `recover`.
        recovery_asked: whether the person asked for help with a lost authenticator.

    """

    user: User
    posts: Sequence[Post]
    may: Collection[str]
    recovery_asked: bool

    @property
    def state_tag(self) -> dict[str, str]:
        """Parameters of the NHS tag."""
        return {"text": self.user.state.capitalize(), "colour": _STATE_COLOURS[self.user.state]}

    @property
    def role_rows(self) -> list[dict[str, object]]:
        """Rows of the NHS summary list: each role, where, and how to withdraw it."""
        return [self._role_row(post) for post in self.posts]

    def _role_row(self, post: Post) -> dict[str, object]:
        where = post.organisation.name if post.organisation else "The whole node"
        row: dict[str, object] = {"key": {"text": post.title}, "value": {"text": where}}
        if "give" in self.may:
            href = reverse("withdraw_post", args=[self.user.pk, post.pk])
            items = [{"href": href, "text": "Withdraw", "visuallyHiddenText": str(post)}]
            row["actions"] = {"items": items}
        return row


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One entry of the audit log."""

    entry: AuditEntry

    @property
    def sentence(self) -> str:
        """What was done, in words."""
        names = {
            "by": self.entry.actor_name,
            "subject": self.entry.subject_name,
            "organisation": self.entry.organisation_name,
        }
        return told(self.entry.event, names=names, details=json.loads(self.entry.details))

    @property
    def where(self) -> str:
        """The organisation that it concerned."""
        return self.entry.organisation_name or "The whole node"
