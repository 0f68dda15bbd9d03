"""What people type about controls, checked before an action sees it."""

from typing import Any

from django import forms

from watchward.console.access.models import User
from watchward.console.controls import queries
from watchward.console.controls.actions import Wanted
from watchward.console.controls.presenters import NAMES
from watchward.console.estate.models import Organisation
from watchward.lists.connecting import Program

_OFFERED = [(one.value, words) for one, words in NAMES.items()]


class ControlForm(forms.Form):
    """A control that is to read lists."""

    organisation = forms.CharField(
        label="Organisation code",
        max_length=20,
        error_messages={"required": "Enter the code of the organisation whose it is"},
    )
    name = forms.CharField(
        label="What is it called?", max_length=200, error_messages={"required": "Name it, as people here know it"}
    )
    program = forms.ChoiceField(label="What is it?", choices=_OFFERED, error_messages={"required": "Choose what it is"})
    addresses = forms.CharField(label="From which addresses may it ask?", max_length=2_000, required=False)
    notify = forms.CharField(label="Where is a resolver told of a change?", max_length=2_000, required=False)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._viewer = viewer

    def clean_organisation(self) -> Organisation:
        """The organisation, if the person may add controls for it."""
        found = queries.organisation_to_manage(self._viewer, self.cleaned_data["organisation"])
        if found is None:
            raise forms.ValidationError("Enter the code of an open organisation whose controls you may manage")
        return found

    @property
    def make(self) -> Program:
        """What it is, after the form was found valid."""
        return Program(self.cleaned_data["program"])

    @property
    def wanted(self) -> Wanted:
        """The control, after the form was found valid."""
        return wanted(
            self.make,
            name=self.cleaned_data["name"],
            addresses=self.cleaned_data["addresses"].replace(",", " ").split(),
            notify=self.cleaned_data["notify"].replace(",", " ").split(),
        )


def wanted(program: Program, *, name: str, addresses: list[str], notify: list[str]) -> Wanted:
    """A control of this make, as an action wants it."""
    return Wanted(
        name=name,
        forms=[program.family],
        addresses=addresses,
        notify=notify,
        unsigned=program is Program.UNBOUND,
    )
