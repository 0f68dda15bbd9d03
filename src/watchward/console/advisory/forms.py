"""What people type on the pages of high severity alerts, checked before an action sees it."""

from datetime import date, datetime, time
from typing import Any, Final

from django import forms

from watchward.console.access.models import User
from watchward.console.advisory import queries
from watchward.console.estate.models import Organisation
from watchward.estate.organisation import OrganisationKind
from watchward.respond.advisory.answer import Step
from watchward.respond.advisory.content import ANSWERING, SMALL, Action, Advisory, Product, Severity, Whom
from watchward.respond.rota import LONDON

ROWS: Final = 4
"""Things to do that the form has room for; the API takes more."""

_USUAL: Final = SMALL | {OrganisationKind.TRUST, OrganisationKind.ICB}
_PARTS: Final = 4
_NOON: Final = time(17, 0)
"""A day that is named ends with the working day."""


_OF_OTHERS: Final = {
    Step.ACKNOWLEDGE: "We are finding out for them",
    Step.APPLY: "It applies to them, and is being done",
    Step.NOT_CONCERNED: "It does not apply to them",
    Step.FINISH: "Everything that is asked is done there",
}


class AdvisoryForm(forms.Form):
    """What a high severity alert says."""

    area = forms.CharField(label="For which area?", max_length=20)
    number = forms.CharField(label="Its number", max_length=20)
    title = forms.CharField(label="What is it about, in a few words?", max_length=150)
    severity = forms.ChoiceField(
        label="How much hurry is there?", choices=[(one.value, f"{one.label}: {one.meaning}") for one in Severity]
    )
    plain = forms.CharField(label="What it means, in plain words", max_length=1_000)
    what = forms.CharField(label="What is wrong, for those who look after computers", max_length=10_000)
    products = forms.CharField(label="Which products?", max_length=5_000, required=False)
    cves = forms.CharField(label="Which vulnerabilities?", max_length=2_000, required=False)
    kinds = forms.MultipleChoiceField(
        label="Which kinds of organisations are asked?",
        choices=[(one.value, one.label) for one in sorted(ANSWERING, key=lambda kind: kind.label)],
        error_messages={"required": "Choose at least one kind of organisation"},
    )
    only_known = forms.BooleanField(
        label="Ask only those of which we know that they run one of the products", required=False
    )
    reason = forms.CharField(label="Why is it corrected?", max_length=300, required=False)

    def __init__(self, *args: Any, viewer: User, corrects: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._viewer = viewer
        self.fields["reason"].required = corrects
        for row in range(ROWS):
            first = row == 0
            self.fields[f"action_{row}"] = forms.CharField(
                label=f"Thing {row + 1} to do", max_length=300, required=first
            )
            self.fields[f"by_{row}"] = forms.DateField(label="To be done by", required=first)

    def clean_area(self) -> Organisation:
        """The area, if the person may issue alerts for it."""
        code = self.cleaned_data["area"].strip().upper()
        found = queries.areas_for(self._viewer).filter(code=code).first()
        if found is None:
            raise forms.ValidationError("Enter the code of an area for which you may issue alerts")
        return found

    def clean(self) -> dict[str, Any]:
        """Each thing to do has its day."""
        given = super().clean() or {}
        for row in range(1, ROWS):
            if bool(given.get(f"action_{row}")) != bool(given.get(f"by_{row}")):
                self.add_error(f"by_{row}", "Give what is to be done and its day, or leave both empty")
        return given

    def says(self) -> Advisory:
        """What was typed, as an alert."""
        given = self.cleaned_data
        return Advisory(
            number=given["number"].strip().upper(),
            title=given["title"].strip(),
            severity=Severity(given["severity"]),
            what=given["what"].strip(),
            plain=given["plain"].strip(),
            products=tuple(_product(line) for line in given["products"].splitlines() if line.strip()),
            cves=tuple(given["cves"].upper().replace(",", " ").split()),
            actions=tuple(
                Action(text=given[f"action_{row}"].strip(), by=_end_of(given[f"by_{row}"]))
                for row in range(ROWS)
                if given.get(f"action_{row}") and given.get(f"by_{row}")
            ),
            whom=Whom(
                area=given["area"].code,
                kinds=frozenset(OrganisationKind(one) for one in given["kinds"]),
                only_known=given["only_known"],
            ),
        )


def first_of(area: Organisation | None, number: str) -> dict[str, object]:
    """What the form of a new alert begins with."""
    return {
        "area": area.code if area else "",
        "number": number,
        "severity": Severity.HIGH.value,
        "kinds": [one.value for one in _USUAL],
    }


def typed(says: Advisory) -> dict[str, object]:
    """An alert as it would have been typed."""
    found: dict[str, object] = {
        "area": says.whom.area,
        "number": says.number,
        "title": says.title,
        "severity": says.severity.value,
        "plain": says.plain,
        "what": says.what,
        "products": "\n".join(_line(one) for one in says.products),
        "cves": " ".join(says.cves),
        "kinds": [one.value for one in says.whom.kinds],
        "only_known": says.whom.only_known,
    }
    for row, action in enumerate(says.actions[:ROWS]):
        found |= {f"action_{row}": action.text, f"by_{row}": action.by.astimezone(LONDON).date().isoformat()}
    return found


def _product(line: str) -> Product:
    """A product from a line: its name, versions, supplier and what its events come from, with bars between."""
    parts = [part.strip() for part in line.split("|")] + [""] * _PARTS
    return Product(name=parts[0], versions=parts[1], supplier=parts[2], sends=parts[3])


def _line(one: Product) -> str:
    return f"{one.name} | {one.versions} | {one.supplier} | {one.sends}".rstrip(" |")


def _end_of(day: date) -> datetime:
    return datetime.combine(day, _NOON, tzinfo=LONDON)


class StepForm(forms.Form):
    """Something that is said about an answer."""

    step = forms.TypedChoiceField(choices=[(one.value, one.said) for one in Step], coerce=Step)
    note = forms.CharField(max_length=1_000, required=False)


class ForForm(forms.Form):
    """Something that is said for small organisations."""

    step = forms.TypedChoiceField(
        label="What holds for them?",
        choices=[(one.value, label) for one, label in _OF_OTHERS.items()],
        coerce=Step,
        error_messages={"required": "Choose what holds for them"},
    )
    note = forms.CharField(
        label="On what ground do you answer for them?",
        max_length=1_000,
        error_messages={"required": "Say on what ground you answer for them"},
    )
    organisation = forms.MultipleChoiceField(
        label="For whom?", error_messages={"required": "Choose at least one organisation"}
    )

    def __init__(self, *args: Any, codes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]  # a ChoiceField
