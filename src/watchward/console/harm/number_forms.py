"""What people type about the numbers behind harm, checked before an action sees it."""

from collections.abc import Sequence
from math import isfinite
from typing import Any, Final

from django import forms

from watchward.console.harm.number_presenter import figures
from watchward.harm.parameters.table import Parameter

_NUMBERS: Final = ("value", "low", "high")
_LABELS: Final = {
    "value": "Your figure",
    "low": "It is hardly below",
    "high": "It is hardly above",
}


class NumberForm(forms.Form):
    """A figure of one's own in the place of a parameter.

    Args:
        parameter: which.
        places: the organisations at which one may say so, by code and name; an empty code is the whole node.

    """

    def __init__(self, data: Any, *, parameter: Parameter, places: Sequence[tuple[str, str]], at: str) -> None:
        super().__init__(data, initial={"at": at} | {name: figures(getattr(parameter, name)) for name in _NUMBERS})
        self._share = parameter.share
        self.fields["at"] = forms.ChoiceField(label="It holds at", choices=list(places), required=False)
        for name in _NUMBERS:
            self.fields[name] = forms.CharField(label=_LABELS[name], max_length=40)
        self.fields["reason"] = forms.CharField(
            label="How do you know?",
            max_length=300,
            error_messages={"required": "Say in a few words how you know"},
        )

    def clean(self) -> dict[str, Any]:
        """The numbers as numbers; a share may be typed in per cent."""
        cleaned: dict[str, Any] = super().clean() or {}
        for name in _NUMBERS:
            if name in cleaned:
                cleaned[name] = self._number(name, str(cleaned[name]))
        if not self.errors and not cleaned["low"] <= cleaned["value"] <= cleaned["high"]:
            self.add_error("value", "Your figure must lie between the other two")
        return cleaned

    def _number(self, name: str, text: str) -> float:
        plain = text.strip().replace(",", "")
        percent = self._share and plain.endswith("%")
        try:
            value = float(plain.removesuffix("%")) / (100 if percent else 1)
        except ValueError:
            value = float("nan")
        if not isfinite(value):
            self.add_error(name, f"{_LABELS[name]}: “{text[:40]}” is no number")
        elif self._share and not 0 <= value <= 1:
            self.add_error(name, f"{_LABELS[name]}: a share lies between 0 and 1, or 0% and 100%")
        elif value < 0:
            self.add_error(name, f"{_LABELS[name]}: must not be below 0")
        return value
