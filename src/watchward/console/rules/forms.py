"""What people give when they decide about rules."""

from typing import Any

from django import forms

from watchward.base.errors import BadInputError
from watchward.detect.lives import sets

MOST_BYTES = 64 << 20


class DecisionForm(forms.Form):
    """Where a rule is to stand, and why."""

    standing = forms.ChoiceField(
        label="What should it do?",
        choices=[
            ("force", "Be in force: its matches raise alerts"),
            ("trial", "Run on trial: its matches are counted, and nobody is told"),
            ("off", "Be off: it is not run"),
        ],
    )
    reason = forms.CharField(label="Why?", max_length=2_000, widget=forms.Textarea)


class ImportForm(forms.Form):
    """An archive of rules, and what is said of it."""

    archive = forms.FileField(label="Archive")
    name = forms.CharField(label="Name", max_length=sets.LONGEST_NAME, required=False)
    version = forms.CharField(label="Release", max_length=60, required=False)
    licence = forms.CharField(label="Licence", max_length=100, required=False)
    in_force = forms.BooleanField(label="Put it in force at once, without a trial", required=False)
    beside = forms.CharField(label="Short name of a further set", max_length=sets.LONGEST_NAME, required=False)

    def clean_archive(self) -> Any:
        """Refuse what is larger than any archive of rules."""
        given = self.cleaned_data["archive"]
        if given.size > MOST_BYTES:
            raise forms.ValidationError(f"The archive is larger than {MOST_BYTES >> 20} MiB.")
        return given

    def clean_beside(self) -> str:
        """Refuse a name that no folder can have."""
        try:
            return sets.folder_of(self.cleaned_data["beside"])
        except BadInputError as error:
            raise forms.ValidationError(f"{error.message} {error.advice}") from error
