"""What people type on the pages of the estate, checked before an action sees it."""

from typing import Any

from django import forms

from watchward.console.access.models import User
from watchward.console.estate import queries
from watchward.console.estate.lateness import MOST_MINUTES_LATE
from watchward.console.estate.models import Organisation
from watchward.estate.device import Importance
from watchward.estate.shipper import OFFERED


class MarkForm(forms.Form):
    """How much care depends on a device, and why."""

    importance = forms.TypedChoiceField(
        label="How much care depends on it?",
        choices=[(str(one.value), one.label) for one in sorted(Importance, reverse=True)],
        coerce=lambda value: Importance(int(value)),
        error_messages={"required": "Choose how much care depends on it"},
    )
    reason = forms.CharField(
        label="Why?",
        max_length=300,
        error_messages={"required": "Say in a few words why"},
    )


class LatenessForm(forms.Form):
    """How late events of a source may come."""

    minutes = forms.IntegerField(
        label="How many minutes late?",
        required=False,
        min_value=0,
        max_value=MOST_MINUTES_LATE,
        error_messages={
            "invalid": "Enter a whole number of minutes",
            "min_value": "Enter 0 minutes or more",
            "max_value": f"Enter {MOST_MINUTES_LATE:,} minutes (a week) or fewer",
        },
    )


class SourceForm(forms.Form):
    """A new source."""

    organisation = forms.CharField(
        label="Organisation code",
        max_length=20,
        error_messages={"required": "Enter the code of the organisation that it sends for"},
    )
    name = forms.CharField(
        label="What sends?", max_length=200, error_messages={"required": "Enter a name for what sends"}
    )
    shipper = forms.ChoiceField(
        label="Which program sends?",
        choices=[(one.value, one.label) for one in OFFERED],
        error_messages={"required": "Choose the program that sends"},
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._viewer = viewer

    def clean_organisation(self) -> Organisation:
        """The organisation, if the person may add sources to it."""
        code = self.cleaned_data["organisation"].strip().upper()
        found = queries.organisations_for_sources(self._viewer).filter(code=code).first()
        if found is None:
            raise forms.ValidationError("Enter the code of an open organisation whose sources you may manage")
        return found
