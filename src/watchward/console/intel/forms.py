"""What people type about intelligence, checked before an action sees it."""

from typing import Any

from django import forms

from watchward.console.access.models import User
from watchward.console.estate.models import Organisation
from watchward.console.intel import queries


class KeyForm(forms.Form):
    """A new TAXII key."""

    organisation = forms.CharField(
        label="Organisation code",
        max_length=20,
        error_messages={"required": "Enter the code of the organisation whose program it is"},
    )
    name = forms.CharField(
        label="Which program will use it?", max_length=200, error_messages={"required": "Enter a name for the program"}
    )
    read = forms.MultipleChoiceField(label="Which collections may it read?", required=False)
    write = forms.MultipleChoiceField(label="To which may it add?", required=False)

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._viewer = viewer
        self.collections = {str(one.pk): one for one in queries.collections_in_use(viewer)[:50]}
        choices = [(key, one.title) for key, one in self.collections.items()]
        for name in ("read", "write"):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = choices

    def clean_organisation(self) -> Organisation:
        """The organisation, if the person may make keys for it."""
        code = self.cleaned_data["organisation"].strip().upper()
        found = queries.organisations_to_manage(self._viewer).filter(code=code).first()
        if found is None:
            raise forms.ValidationError("Enter the code of an open organisation whose intelligence you may manage")
        return found

    def clean(self) -> dict[str, Any]:
        """At least one collection is named."""
        given = super().clean() or {}
        if not given.get("read") and not given.get("write"):
            self.add_error("read", "Choose at least one collection that it may read or add to")
        return given
