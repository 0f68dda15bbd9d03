"""What people type about a map of care, checked before an action sees it."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django import forms

from watchward.estate.care.map import CareMap
from watchward.estate.care.tables import TABLES, Table, Thing
from watchward.estate.care.tables.rows import read_row
from watchward.estate.care.trouble import Trouble

MOST_BYTES: Final = 5_000_000
"""How large a file may be that somebody brings in on a page; larger ones go by the command line."""

_HIDDEN: Final = frozenset({"id", "organisation"})
_NOBODY: Final = ("", "Nobody has said")


class ReasonForm(forms.Form):
    """Why something is changed."""

    reason = forms.CharField(
        label="How do you know?", max_length=300, error_messages={"required": "Say in a few words how you know"}
    )


class BringForm(ReasonForm):
    """A map as a file."""

    file = forms.FileField(
        label="The map", error_messages={"required": "Choose a .json or .zip file, or one table as .csv"}
    )
    whole = forms.BooleanField(label="This is the whole map: remove what is not in it", required=False)

    def clean_file(self) -> Any:
        """The file, if it is not too large."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("Choose a file of at most 5 MB; larger ones go by: watchward estate import")
        return file


class ThingForm(ReasonForm):
    """One thing of an organisation's map; its fields are the columns of its table.

    Args:
        table: what sort of thing.
        care: the organisation's map, whose things can be chosen.
        code: the organisation's code.
        thing: what it is now; None for a new one.

    """

    def __init__(self, data: Any, *, table: Table, care: CareMap, code: str, thing: Thing | None) -> None:
        initial = table.texts(thing) if thing is not None else {}
        super().__init__(data, initial=initial)
        self._table, self._care, self._code, self._before = table, care, code, initial
        own = dict(self._fields())
        self.fields = {**own, "reason": self.fields["reason"]}

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields in their order, the reason last."""
        return list(self)

    def _fields(self) -> Iterator[tuple[str, forms.Field]]:
        for column in self._table.columns:
            if column.name in _HIDDEN:
                continue
            choices = column.choices or self._choices(column.name)
            if choices:
                yield (
                    column.name,
                    forms.ChoiceField(
                        label=column.label, help_text=column.hint, choices=choices, required=column.required
                    ),
                )
            else:
                needed = column.required and column.name not in {"low", "high"}
                yield column.name, forms.CharField(label=column.label, help_text=column.hint, required=needed)
        if self._table.name == "dependencies":
            yield (
                "elsewhere",
                forms.CharField(
                    label="Or something of another organisation",
                    help_text="Its identifier, such as RXX/pathology; then leave the choice above as it is",
                    required=False,
                ),
            )

    def _choices(self, column: str) -> Sequence[tuple[str, str]]:
        care = self._care
        names = [*(one.id for one in care.services), *(one.id for one in care.systems)]
        own = [(name, name.partition("/")[2].replace("_", " ").capitalize()) for name in names]
        match self._table.name, column:
            case "dependencies", "consumer":
                return own
            case "dependencies", "provider":
                carrying = [(one.id, one.name) for one in care.equipment]
                things = [*own, *carrying, *((one.id, one.name) for one in care.suppliers)]
                now = self._before.get("provider", "")
                return things if not now or now in dict(things) else [(now, now), *things]
            case "systems", "host":
                hosts = [_NOBODY, (self._code, "On its own premises"), *((one.id, one.name) for one in care.suppliers)]
                now = self._before.get("host", "")
                return hosts if now in dict(hosts) else [*hosts, (now, now)]
            case _:
                return ()

    def clean(self) -> dict[str, Any]:
        """The thing itself, as `thing`; whatever does not fit is told at its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        texts = self._before | {name: str(value) for name, value in cleaned.items()} | {"organisation": self._code}
        if texts.pop("elsewhere", ""):
            texts["provider"] = cleaned["elsewhere"].strip()
        if self._table.name == "services":
            texts |= {name: texts.get(name) or texts.get("weekly", "") for name in ("low", "high")}
        texts["id"] = self._before.get("id") or self._identifier(texts)
        if not self.errors:
            troubles: list[Trouble] = []
            cleaned["thing"] = read_row(self._table, texts, None, troubles)
            self.tell(troubles)
        return cleaned

    def _identifier(self, texts: dict[str, str]) -> str:
        """A new thing is called after what it is; a second one of a kind gets a number."""
        name = f"device/{texts.get('name', '')}" if self._table.name == "equipment" else texts.get("kind", "")
        taken = {one.id for one in self._care.services} | {one.id for one in self._care.systems}
        number, found = 1, f"{self._code}/{name}"
        while found in taken:
            number += 1
            found = f"{self._code}/{name}_{number}"
        return found

    def tell(self, troubles: Sequence[Trouble]) -> None:
        """Say what is wrong, each at its field where it has one."""
        for trouble in troubles:
            field = trouble.column if trouble.column in self.fields else None
            self.add_error(field, f"{trouble.text} {trouble.advice}")


def table_named(name: str) -> Table | None:
    """The table of that name, if things of it are changed on pages."""
    return TABLES[name] if name in {"services", "systems", "equipment", "dependencies"} else None
