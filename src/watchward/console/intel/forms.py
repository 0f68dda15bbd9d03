"""What people type about intelligence, checked before an action sees it."""

from typing import Any

from django import forms

from watchward.console.access.models import User
from watchward.console.estate.models import Organisation
from watchward.console.intel import queries
from watchward.console.intel.actions import Server
from watchward.console.intel.models import Source


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


class SourceForm(forms.Form):
    """A server or a list that is to be read again and again."""

    name = forms.CharField(
        label="Whose is it?", max_length=200, error_messages={"required": "Name whose server or list it is"}
    )
    kind = forms.ChoiceField(
        label="What is there?",
        choices=[
            (Source.Kind.TAXII.value, "A collection of a TAXII 2.1 server: what is new is read each time"),
            (Source.Kind.FEED.value, "A list: plain lines, STIX or an event of MISP, read whole each time"),
        ],
        initial=Source.Kind.TAXII.value,
        error_messages={"required": "Choose what is there"},
    )
    url = forms.CharField(label="Its address", max_length=500, error_messages={"required": "Enter its address"})
    username = forms.CharField(label="User name", max_length=200, required=False)
    password = forms.CharField(label="Password", max_length=500, required=False)
    collection = forms.ChoiceField(
        label="Into which collection?", error_messages={"required": "Choose the collection into which it is read"}
    )
    minutes = forms.ChoiceField(
        label="How often?",
        choices=[
            ("1", "Every minute"),
            ("5", "Every 5 minutes"),
            ("60", "Every hour"),
            ("1440", "Every day"),
        ],
        initial="5",
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.collections = {str(one.pk): one for one in queries.collections_to_manage(viewer)[:50]}
        field = self.fields["collection"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(key, one.title) for key, one in self.collections.items()]

    @property
    def server(self) -> Server:
        """Where it is, after the form was found valid."""
        given = self.cleaned_data
        return Server(
            url=given["url"],
            kind=Source.Kind(given["kind"]),
            username=given["username"],
            secret=given["password"],
            every_minutes=int(given["minutes"]),
        )
