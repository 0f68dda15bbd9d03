"""What people type about a what-if that they keep."""

from typing import TYPE_CHECKING, Any

from django import forms

from watchward.console.access.models import User
from watchward.console.scenarios import queries
from watchward.console.scenarios.actions import LONGEST_NAME, LONGEST_NOTE

if TYPE_CHECKING:
    from watchward.console.estate.models import Organisation


class NameForm(forms.Form):
    """What it is called, and what it is for."""

    name = forms.CharField(
        label="Name",
        max_length=LONGEST_NAME,
        error_messages={"required": "Give it a name by which others will know it"},
    )
    note = forms.CharField(label="Note", required=False, max_length=LONGEST_NOTE)


class SaveForm(NameForm):
    """The same, and whose patients it counts.

    `place` holds the organisation; None for the whole node.
    """

    organisation = forms.CharField(label="Whose patients it counts", required=False, max_length=20)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._viewer = viewer
        self.place: Organisation | None = None

    def clean_organisation(self) -> str:
        """The code of an organisation at which the person may save."""
        code: str = self.cleaned_data["organisation"].strip().upper()
        if not code and queries.saves_for_all(self._viewer):
            return ""
        self.place = queries.place_to_save(self._viewer, code)
        if self.place is None:
            raise forms.ValidationError("Enter the code of an organisation for which you may save what-ifs")
        return code
