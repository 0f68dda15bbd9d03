"""What people type about a map of care, checked before an action sees it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from django import forms

from watchward.estate.care.map import CareMap
from watchward.estate.care.tables import TABLES, Table, Thing
from watchward.estate.care.tables.rows import read_row
from watchward.estate.care.trouble import Trouble

MOST_BYTES: Final = 5_000_000
"""How large a file may be that somebody brings in on a page; larger ones go by the command line."""

_HIDDEN: Final = frozenset({"id", "organisation"})
_CHOOSE: Final = ("", "Choose …")
_NOBODY: Final = ("", "Nobody has said")
_WORDS: Final = frozenset({"product", "name", "group", "elsewhere_provider", "reason"})
_FURTHER: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "dependencies": (
        "How long it can do without, and what stands in, if you know",
        ("buffer_hours", "floor", "manual", "manual_hours", "group", "share"),
    ),
    "services": ("How sure you are of the number", ("low", "high")),
    "systems": (
        "How many people's records are in it",
        ("records_clinical", "records_demographic", "records_special"),
    ),
}
"""What few can answer at once, folded away: what it is called, and its fields."""


class ReasonForm(forms.Form):
    """Why something is changed."""

    reason = forms.CharField(
        label="How do you know?",
        max_length=300,
        help_text="Such as: asked the ward sister, or read it in the contract",
        error_messages={"required": "Say in a few words how you know"},
    )

    def tell(self, troubles: Sequence[Trouble]) -> None:
        """Say what is wrong, each at its field where it has one."""
        for trouble in troubles:
            field = trouble.column if trouble.column in self.fields else None
            self.add_error(field, f"{trouble.text} {trouble.advice}")


class WhyForm(ReasonForm):
    """Why something is taken away."""

    reason = forms.CharField(label="Why?", max_length=300, error_messages={"required": "Say in a few words why"})


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
        consumer: of a new dependency, what needs.

    """

    def __init__(  # noqa: PLR0913 - what the address and the map say
        self, data: Any, *, table: Table, care: CareMap, code: str, thing: Thing | None, consumer: str = ""
    ) -> None:
        initial = table.texts(thing) if thing is not None else {"consumer": consumer}
        super().__init__(data, initial=initial)
        self._table, self._care, self._code = table, care, code
        self._before = initial if thing is not None else {}
        own = dict(self._fields())
        self.fields = {**own, "reason": self.fields["reason"]}

    @property
    def shown(self) -> list[forms.BoundField]:
        """The fields that everybody sees, the reason last."""
        return [bound for bound in self if bound.name not in self._folded]

    @property
    def further(self) -> list[forms.BoundField]:
        """The fields that are folded away."""
        return [self[name] for name in self._folded]

    @property
    def further_title(self) -> str:
        """What is folded away."""
        return _FURTHER[self._table.name][0] if self._folded else ""

    @property
    def further_open(self) -> bool:
        """Whether something is said in what is folded away, or wrong with it."""
        usual = {"", "0"} if self._table.name == "systems" else {"", "1"}
        return any(bound.errors or str(bound.value() or "") not in usual for bound in self.further)

    @property
    def _folded(self) -> tuple[str, ...]:
        return _FURTHER[self._table.name][1] if self._table.name in _FURTHER else ()

    def width(self, name: str) -> str:
        """How wide a field is: numbers are short."""
        return "" if name in _WORDS else "10"

    def _fields(self) -> Iterator[tuple[str, forms.Field]]:
        for column in self._table.columns:
            if column.name in _HIDDEN:
                continue
            choices = column.choices or self._choices(column.name)
            if choices:
                needed = column.required and column.name != "provider"
                hint = "" if column.name == "host" else column.hint
                first = [] if self._before.get(column.name) or not column.required else [_CHOOSE]
                listed = forms.ChoiceField(
                    label=column.label, help_text=hint, choices=[*first, *choices], required=needed
                )
                yield column.name, listed
            else:
                needed = column.required and column.name not in {"low", "high"}
                yield column.name, forms.CharField(label=column.label, help_text=column.hint, required=needed)
            if column.name in {"provider", "host"}:
                yield _elsewhere(column.name)

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
                hosts = host_choices(care, self._code)
                now = self._before.get("host", "")
                return hosts if now in dict(hosts) else [*hosts, (now, now)]
            case _:
                return ()

    def clean(self) -> dict[str, Any]:
        """The thing itself, as `thing`; whatever does not fit is told at its field."""
        cleaned: dict[str, Any] = super().clean() or {}
        texts = self._before | {name: str(value) for name, value in cleaned.items()} | {"organisation": self._code}
        for name in ("provider", "host"):
            elsewhere = texts.pop(f"elsewhere_{name}", "").strip()
            texts |= {name: elsewhere} if elsewhere else {}
        if self._table.name == "dependencies" and not texts.get("provider") and "provider" not in self.errors:
            self.add_error("provider", "Choose what it needs, or name something of another organisation")
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


def host_choices(care: CareMap, code: str) -> list[tuple[str, str]]:
    """Where a system may run: on the organisation's own premises, or at a supplier."""
    by_name = sorted(care.suppliers, key=lambda one: one.name.casefold())
    return [_NOBODY, (code, "On its own premises"), *((one.id, one.name) for one in by_name)]


def _elsewhere(column: str) -> tuple[str, forms.Field]:
    if column == "provider":
        label, hint = "Or something of another organisation", "Its identifier, such as RXX/pathology"
    else:
        label, hint = "Or at another organisation", "Its code, such as RXX"
    return f"elsewhere_{column}", forms.CharField(label=label, help_text=hint, required=False)


def table_named(name: str) -> Table | None:
    """The table of that name, if things of it are changed on pages."""
    return TABLES[name] if name in {"services", "systems", "equipment", "dependencies"} else None
