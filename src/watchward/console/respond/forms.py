"""What people type on the pages of response, checked before an action sees it."""

from datetime import time
from typing import Any

from django import forms

from watchward.console.access.models import User
from watchward.console.estate.models import Organisation
from watchward.console.respond import queries
from watchward.console.respond.actions import ContactDetails, RotaRules
from watchward.console.respond.models import LEVELS, Contact
from watchward.respond.incident import Severity
from watchward.respond.rota import Channel, Hours

_LEVEL_CHOICES = [(str(level.rank), f"{level.value.capitalize()} and above") for level in reversed(LEVELS)]
WEEKDAYS = "01234"
EVERY_DAY = "0123456"


class RulesForm(forms.Form):
    """What holds for a whole rota."""

    tell_from = forms.ChoiceField(label="Tell of alerts of which level?", choices=_LEVEL_CHOICES)
    quiet_from = forms.TimeField(label="Quiet from", required=False)
    quiet_until = forms.TimeField(label="Quiet until", required=False)
    disturb_from = forms.ChoiceField(label="In quiet hours, still tell of", choices=_LEVEL_CHOICES)
    repeat_minutes = forms.IntegerField(
        label="Tell again after how many minutes without an answer?", min_value=5, max_value=24 * 60
    )
    climbs = forms.BooleanField(label="When nobody answers, tell the organisation above as well", required=False)

    def rules(self) -> RotaRules:
        """What was typed, as the action takes it."""
        given = self.cleaned_data
        return RotaRules(
            tell_from=int(given["tell_from"]),
            disturb_from=int(given["disturb_from"]),
            quiet_from=given["quiet_from"],
            quiet_until=given["quiet_until"],
            repeat_minutes=given["repeat_minutes"],
            climbs=given["climbs"],
        )


class ContactForm(forms.Form):
    """A way to reach someone."""

    name = forms.CharField(label="Who is reached by it?", max_length=100)
    channel = forms.ChoiceField(label="How?", choices=[(one.value, one.label) for one in Channel])
    address = forms.CharField(label="Mail address, or web address of the webhook", max_length=1000)
    recipient = forms.CharField(label="Telephone number (for text messages)", max_length=40, required=False)
    secret = forms.CharField(label="Secret of the gateway (if it has one)", max_length=500, required=False)

    def details(self) -> ContactDetails:
        """What was typed, as the action takes it."""
        given = self.cleaned_data
        return ContactDetails(**{**given, "channel": Channel(given["channel"])})


class DutyForm(forms.Form):
    """Someone on a step, at some hours."""

    contact = forms.ModelChoiceField(label="Who?", queryset=Contact.objects.none())
    number = forms.IntegerField(label="On which step?", min_value=1, max_value=6)
    days = forms.ChoiceField(label="On which days?", choices=[(EVERY_DAY, "Every day"), (WEEKDAYS, "Monday to Friday"),
                                                              ("56", "Saturday and Sunday")])  # fmt: skip
    begin = forms.TimeField(label="From", required=False)
    end = forms.TimeField(label="Until", required=False)

    def __init__(self, *args: Any, organisation: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = queries.contacts_offered(organisation)  # type: ignore[attr-defined]  # a ModelChoiceField

    def clean(self) -> dict[str, Any]:
        """Hours need both ends."""
        given = super().clean() or {}
        if (given.get("begin") is None) != (given.get("end") is None):
            raise forms.ValidationError("Give both times, or neither for all hours")
        return given

    def hours(self) -> Hours | None:
        """The hours that were typed; None for all."""
        given = self.cleaned_data
        return hours_of(given["days"], given["begin"], given["end"])


def hours_of(days: str, begin: time | None, end: time | None) -> Hours | None:
    """The hours between two times on some week days, of which Monday is 0; whole days without them, None for all."""
    on = frozenset(int(day) for day in days)
    if begin is None or end is None:
        return None if len(on) == len(EVERY_DAY) else Hours(begin=time(), end=time(), days=on)
    return Hours(begin=begin, end=end, days=on)


class IncidentForm(forms.Form):
    """A new incident."""

    title = forms.CharField(
        label="What is happening?", max_length=200, error_messages={"required": "Say in a few words what is happening"}
    )
    organisation = forms.CharField(label="Organisation code", max_length=20)
    severity = forms.TypedChoiceField(
        label="How badly is care hurt?",
        choices=[(str(one.value), one.label) for one in sorted(Severity, reverse=True)],
        coerce=lambda value: Severity(int(value)),
        error_messages={"required": "Choose how badly care is hurt"},
    )
    note = forms.CharField(label="What is known so far?", required=False, max_length=5000)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._viewer = viewer

    def clean_organisation(self) -> Organisation:
        """The organisation, if the person may open incidents there."""
        code = self.cleaned_data["organisation"].strip().upper()
        found = queries.organisations_for_incidents(self._viewer).filter(code=code).first()
        if found is None:
            raise forms.ValidationError("Enter the code of an organisation at which you may open incidents")
        return found
