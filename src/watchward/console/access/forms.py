"""The forms of accounts and roles. They read what was typed; actions decide whether it may be."""

from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password

from watchward.access.roles import ROLES
from watchward.base.audit import AuditEvent
from watchward.console.access.models import Link, User

EVENTS = [(event.value, event.value.replace(".", " ").replace("_", " ").capitalize()) for event in AuditEvent]


class AccountForm(forms.Form):
    """What a person says when they set up their account."""

    email = forms.EmailField(label="Email address")
    name = forms.CharField(label="Full name", max_length=150)
    password = forms.CharField(label="Password", strip=False)

    def __init__(self, *args: Any, user: User, purpose: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._user = user
        if purpose != Link.Purpose.FIRST:
            del self.fields["email"]
            self.initial.setdefault("name", user.name)
        if purpose == Link.Purpose.PASSWORD:
            del self.fields["name"]

    def clean_password(self) -> str:
        """A password that is long, not common, and not the person's own name."""
        password = str(self.cleaned_data["password"])
        likeness = User(
            email=self.cleaned_data.get("email", self._user.email), name=self.cleaned_data.get("name", self._user.name)
        )
        validate_password(password, likeness)
        return password


class PostForm(forms.Form):
    """A role, and the organisation over which it is held."""

    role = forms.ChoiceField(
        label="Role", choices=[(role.key, f"{role.title}: {role.purpose}") for role in ROLES.values()]
    )
    organisation = forms.CharField(label="Code of the organisation", max_length=20, required=False)


class InviteForm(PostForm):
    """A new person, with their first role."""

    email = forms.EmailField(label="Email address")
    name = forms.CharField(label="Full name", max_length=150)

    field_order = ("email", "name", "role", "organisation")


class CodeForm(forms.Form):
    """The code that a colleague reads out."""

    code = forms.CharField(label="Code", max_length=20)


class ForgottenForm(forms.Form):
    """Whose password was forgotten."""

    email = forms.EmailField(label="Email address")


class AuditFilter(forms.Form):
    """Which entries of the audit log to show."""

    event = forms.ChoiceField(
        label="What was done",
        choices=[("", "Anything"), *((event, str(event)) for event in AuditEvent)],
        required=False,
    )
    who = forms.CharField(label="By whom, or to whom", max_length=100, required=False)
    organisation = forms.CharField(label="Code of the organisation", max_length=20, required=False)
    since = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}), required=False)
    until = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}), required=False)
