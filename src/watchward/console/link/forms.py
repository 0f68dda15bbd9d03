"""What people type about links, checked before an action sees it."""

from typing import Any, Final

from django import forms
from django.http import QueryDict

from watchward.console.access.models import User
from watchward.console.estate.models import Organisation
from watchward.console.link import kinds, queries
from watchward.console.link.models import Peer

MEGABYTE: Final = 1 << 20
_MOST_THINGS: Final = 1_000_000_000
_MOST_MEGABYTES: Final = 1_000_000


class InviteForm(forms.Form):
    """Which node may join, and for whom it speaks."""

    name = forms.CharField(
        label="What is the node called here?",
        max_length=200,
        error_messages={"required": "Name the node, as people here know it"},
    )
    organisation = forms.CharField(
        label="Which organisation does it speak for?",
        max_length=20,
        error_messages={"required": "Give the code of the organisation that it speaks for"},
    )
    days = forms.IntegerField(
        label="For how many days is the code good?",
        min_value=1,
        max_value=30,
        initial=3,
        error_messages={
            "invalid": "Enter a number of days from 1 to 30",
            "required": "Enter a number of days from 1 to 30",
        },
    )

    def __init__(self, *given: Any, viewer: User, **options: Any) -> None:
        self._viewer = viewer
        super().__init__(*given, **options)

    def clean_organisation(self) -> Organisation:
        """The organisation, if one may invite a node that speaks for it."""
        found = queries.organisation_to_invite(self._viewer, self.cleaned_data["organisation"])
        if found is None:
            raise forms.ValidationError(
                "There is no organisation with this code for which you may invite a node: look its code up under"
                " Organisations"
            )
        return found


class LimitForm(forms.Form):
    """How much a child may send in a day."""

    things = forms.IntegerField(
        label="Most things a day",
        min_value=0,
        max_value=_MOST_THINGS,
        error_messages={"required": "Enter how many things it may send a day; 0 takes nothing at all"},
    )
    megabytes = forms.IntegerField(
        label="Most megabytes a day",
        min_value=0,
        max_value=_MOST_MEGABYTES,
        error_messages={"required": "Enter how many megabytes it may send a day; 0 takes nothing at all"},
    )
    reason = forms.CharField(
        label="Why?", max_length=500, error_messages={"required": "Say in a few words why; it is recorded"}
    )


class PolicyForm(forms.Form):
    """What this node tells another, class by class."""

    open = forms.MultipleChoiceField(
        label="What may this node tell it?", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, given: QueryDict | None = None, *, peer: Peer) -> None:
        self._going = [kind for kind in kinds.all_kinds() if kind.may_go_to(peer)]
        told = [kind.name for kind in self._going if kind.is_let_out_to(peer)]
        super().__init__(given, initial={"open": told})
        self.choices = [(kind.name, kind.label) for kind in self._going]
        self.fields["open"].choices = self.choices  # type: ignore[attr-defined]  # that of a choice

    @property
    def lets_out(self) -> dict[str, bool]:
        """What is let out and what not, after the form was found valid."""
        chosen = set(self.cleaned_data["open"])
        return {kind.name: kind.name in chosen for kind in self._going}


class ReasonForm(forms.Form):
    """Why something is done that cannot be taken back."""

    reason = forms.CharField(
        label="Why?", max_length=500, error_messages={"required": "Say in a few words why; it is recorded"}
    )
