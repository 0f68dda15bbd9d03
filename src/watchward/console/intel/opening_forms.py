"""What people type about who may use a collection, and who belongs to a sharing group."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms

from watchward.access.roles import ROLES
from watchward.console.access.models import User
from watchward.console.estate.models import Organisation
from watchward.console.intel import queries
from watchward.console.intel.actions import NewCollection, Share
from watchward.console.intel.models import Group
from watchward.intel.markings import Tlp

_MEANS: Final = {
    Tlp.CLEAR: "everyone may have it",
    Tlp.GREEN: "every organisation that has joined may have it",
    Tlp.AMBER: "those it is sent to, and those whom they serve",
    Tlp.AMBER_STRICT: "only those it is sent to",
    Tlp.RED: "only the eyes of those to whom it was given",
}
LEVELS: Final = [(one.name.lower(), f"{one.text}: {means}") for one, means in _MEANS.items()]
EVERYONE: Final = "all"
MOST_MEMBERS: Final = queries.MOST_MEMBERS


class CollectionForm(forms.Form):
    """A new collection."""

    organisation = forms.CharField(
        label="Organisation code",
        max_length=20,
        error_messages={"required": "Enter the code of the organisation whose it is"},
    )
    title = forms.CharField(
        label="What is it called?", max_length=200, error_messages={"required": "Say in a few words what it holds"}
    )
    description = forms.CharField(label="What does it hold, and for whom?", max_length=1000, required=False)
    unmarked = forms.ChoiceField(
        label="How far may go what carries no marking?", choices=LEVELS, initial=Tlp.AMBER_STRICT.name.lower()
    )

    def __init__(self, *args: Any, viewer: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._viewer = viewer

    def clean_organisation(self) -> Organisation:
        """The organisation, if the person may make collections for it."""
        code = self.cleaned_data["organisation"].strip().upper()
        found = queries.organisations_to_manage(self._viewer).filter(code=code).first()
        if found is None:
            raise forms.ValidationError("Enter the code of an open organisation whose intelligence you may manage")
        return found

    @property
    def wanted(self) -> NewCollection:
        """The collection, after the form was found valid."""
        given = self.cleaned_data
        return NewCollection(
            organisation=given["organisation"],
            title=given["title"],
            description=given["description"],
            unmarked=Tlp[given["unmarked"].upper()],
        )


class OpenForm(forms.Form):
    """Who may do what with a collection."""

    who = forms.ChoiceField(
        label="For whom?",
        choices=[(EVERYONE, "Every organisation"), ("one", "One organisation, and those below it")],
        initial="one",
        error_messages={"required": "Choose for whom"},
    )
    organisation = forms.CharField(label="Its code", max_length=20, required=False)
    what = forms.ChoiceField(
        label="What may they do?",
        choices=[
            ("read", "Read it"),
            ("both", "Read it and add to it"),
            ("write", "Add to it, without reading it"),
            ("none", "Nothing: take back what they may do now"),
        ],
        initial="read",
        error_messages={"required": "Choose what they may do"},
    )
    role = forms.ChoiceField(
        label="Who there?",
        choices=[
            ("", "Everybody, and programs"),
            *((one.key, f"Only a {one.title.lower()}") for one in ROLES.values()),
        ],
        required=False,
    )

    def clean(self) -> dict[str, Any]:
        """The organisation is known."""
        given = super().clean() or {}
        given["whom"] = None
        if given.get("who") == "one":
            found = queries.organisations_named([given.get("organisation", "").strip().upper()])
            if not found:
                self.add_error("organisation", "Enter the code of an open organisation: look it up under Organisations")
            given["whom"] = found[0] if found else None
        return given

    @property
    def share(self) -> Share:
        """What is to hold, after the form was found valid."""
        given = self.cleaned_data
        what = given["what"]
        return Share(
            organisation=given["whom"],
            role=given["role"],
            read=what in {"read", "both"},
            write=what in {"write", "both"},
        )


class GroupForm(forms.Form):
    """A sharing group."""

    name = forms.CharField(
        label="What is it called?", max_length=200, error_messages={"required": "Name it as its members do"}
    )
    members = forms.CharField(label="Who belongs to it?", max_length=20_000, required=False)

    def __init__(self, *args: Any, group: Group | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._group = group

    def clean_members(self) -> Sequence[Organisation]:
        """The organisations with these codes; one that was closed since it joined may stay."""
        codes = list(dict.fromkeys(self.cleaned_data["members"].replace(",", " ").upper().split()))
        if len(codes) > MOST_MEMBERS:
            raise forms.ValidationError(f"Name {MOST_MEMBERS} organisations at most; of a region, name the region")
        found = queries.may_belong(codes, self._group)
        if unknown := sorted(set(codes) - {one.code for one in found}):
            raise forms.ValidationError(f"No open organisation has the code {', '.join(unknown[:5])}")
        return found
