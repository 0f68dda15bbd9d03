"""What people say of a map as a whole: how large the organisation is, where its systems run, what carries them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms

from watchward.console.care.adapters import Part
from watchward.console.care.forms import ReasonForm, host_choices
from watchward.estate.care.carriers import Carried, carried_by
from watchward.estate.care.recognising import Suggestion
from watchward.estate.care.suppliers import bare, identifier
from watchward.estate.care.system import Supplier, System, SystemKind
from watchward.estate.care.tables.column import UnfitError, number
from watchward.estate.care.templates import Measure, Template, TemplateKind, read

_TITLES: Final = [(kind.value, read(kind).title) for kind in TemplateKind]
_MOST_DEVICES: Final = 500
_FEW: Final = 3


class SizeForm(ReasonForm):
    """How large an organisation is, and which template fits it.

    Args:
        part: its map.

    """

    template = forms.ChoiceField(label="What kind of organisation is it?", choices=_TITLES)

    def __init__(self, data: Any, *, part: Part) -> None:
        known = part.known
        kind = known.template if known else None
        sizes = {one.value: _plain(value) for one, value in known.measures.items()} if known else {}
        super().__init__(data, initial={"template": kind.value if kind else "", **sizes})
        if kind is None:
            self.fields["template"] = forms.ChoiceField(
                label="What kind of organisation is it?", choices=[("", "Choose …"), *_TITLES]
            )
        self.document = read(kind) if kind else None
        counted = {one.value: _counted(one, self.document) for one in measures_of(self.document)}
        self.fields = {"template": self.fields["template"], **counted, "reason": self.fields["reason"]}

    @property
    def counted(self) -> list[forms.BoundField]:
        """The fields of its size."""
        return [self[one.value] for one in measures_of(self.document)]

    def clean(self) -> dict[str, Any]:
        """The sizes that changed, as `measures`; none where it is another kind, whose sizes are others."""
        cleaned: dict[str, Any] = super().clean() or {}
        measures: dict[Measure, float | None] = {}
        for one in measures_of(self.document):
            text = cleaned.get(one.value, "").strip()
            if text == self.initial.get(one.value, ""):
                continue
            try:
                measures[one] = number(text) if text else None
            except UnfitError as error:
                self.add_error(one.value, f"{text!r} does not fit. {error}")
        cleaned["measures"] = measures
        return cleaned


def _plain(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:g}"  # noqa: PLR2004 - a part of a hundred is none


def measures_of(document: Template | None) -> list[Measure]:
    """What tells the size of such organisations, the best first."""
    if document is None:
        return []
    others = [measure for line in document.services for measure in line.by]
    return list(dict.fromkeys([document.measure, *others]))


def _counted(measure: Measure, document: Template | None) -> forms.Field:
    label = measure.label[0].upper() + measure.label[1:]
    hint = ""
    if document is not None and measure is document.measure:
        size = document.size
        hint = f"Usual: {size.value:,.0f}, mostly from {size.low:,.0f} to {size.high:,.0f}"
    return forms.CharField(label=label, help_text=hint, required=False)


class HostsForm(ReasonForm):
    """Where each of an organisation's systems runs.

    Args:
        part: its map.
        code: its code.

    """

    rest = forms.BooleanField(label="All others run on its own premises", required=False)

    def __init__(self, data: Any, *, part: Part, code: str) -> None:
        self._code = code
        self.systems = tuple(part.care.systems)
        self._names = {f"host-{at}": one for at, one in enumerate(self.systems)}
        super().__init__(data, initial={name: one.host for name, one in self._names.items()})
        choices = host_choices(part.care, code)
        listed = {name: _host(one, choices) for name, one in self._names.items()}
        self.fields = {**listed, "rest": self.fields["rest"], "reason": self.fields["reason"]}

    @property
    def shown(self) -> list[forms.BoundField]:
        """A field for each system."""
        return [self[name] for name in self._names]

    def changed(self) -> dict[str, str]:
        """Where systems run that were said to run elsewhere before, by their identifiers."""
        rest = self._code if self.cleaned_data["rest"] else ""
        given = {one.id: self.cleaned_data[name] or rest for name, one in self._names.items()}
        return {one.id: given[one.id] for one in self.systems if given[one.id] != one.host}


def _host(system: System, choices: Sequence[tuple[str, str]]) -> forms.Field:
    now = [] if system.host in dict(choices) else [(system.host, system.host)]
    return forms.ChoiceField(label=called(system), choices=[*choices, *now], required=False)


def called(system: System) -> str:
    """A system's kind, and its own name where that says more."""
    own = system.id.rpartition("/")[2]
    return system.kind.label if own == system.kind else own.replace("_", " ").capitalize()


class SupplierForm(ReasonForm):
    """A supplier that is not on the node's list."""

    name = forms.CharField(
        label="Its name", max_length=300, help_text="As its contracts call it, such as Elm Records Ltd"
    )
    field_order = ("name", "reason")

    def clean_name(self) -> str:
        """The name, if there is any."""
        name = " ".join(self.cleaned_data["name"].split())
        if not bare(name):
            raise forms.ValidationError("Give a name with letters or numbers")
        return name

    def supplier(self, taken: Sequence[str]) -> Supplier:
        """The supplier, by an identifier of its own."""
        name = self.cleaned_data["name"]
        return Supplier(id=identifier(name, taken), name=name)


class CarriersForm(ReasonForm):
    """Which devices carry one system or service.

    Args:
        part: the organisation's map.
        thing: the identifier of the system or service.
        suggested: devices that probably do, by their names.

    """

    devices = forms.MultipleChoiceField(label="Devices that carry it", required=False)
    others = forms.CharField(label="Other devices", required=False, help_text="Their names, each on a line of its own")
    spare = forms.CharField(
        label="How many of them may fail before anybody notices?",
        help_text="0 where each of them is needed",
        required=False,
        max_length=6,
    )
    field_order = ("devices", "others", "spare", "reason")

    def __init__(self, data: Any, *, part: Part, thing: str, suggested: Sequence[Suggestion]) -> None:
        now = carried_by(part.care, thing)
        sure = [one.device for one in suggested if one.sure]
        usual = max(0, len(sure) - 1) if not now.devices and thing.endswith(f"/{SystemKind.IDENTITY}") else now.spare
        super().__init__(data, initial={"devices": [*now.devices, *sure], "spare": str(usual)})
        self._thing = thing
        listed = [(name, name) for name in now.devices]
        listed += [(one.device, f"{one.device}: by its name, {one.sign}") for one in suggested]
        self.fields["devices"] = forms.MultipleChoiceField(
            label="Devices that carry it", choices=listed, required=False
        )

    def clean(self) -> dict[str, Any]:
        """What is said, as `carried`."""
        cleaned: dict[str, Any] = super().clean() or {}
        typed = [" ".join(line.split()) for line in cleaned.get("others", "").splitlines()]
        names = tuple(dict.fromkeys([*cleaned.get("devices", []), *filter(None, typed)]))
        text = cleaned.get("spare", "").strip() or "0"
        if len(names) > _MOST_DEVICES:
            self.add_error("others", f"Name at most {_MOST_DEVICES}: those that stand in for each other count as one")
        if not (text.isascii() and text.isdigit() and int(text) < max(1, len(names))):
            self.add_error("spare", f"Give a whole number from 0 to {max(0, len(names) - 1)}")
        else:
            cleaned["carried"] = Carried(thing=self._thing, devices=names, spare=int(text))
        return cleaned


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Devices of which one thing is suggested for one reason: nobody ticks a hundred boxes.

    Args:
        key: names them in the form.
        found: the suggestions.

    """

    key: str
    found: tuple[Suggestion, ...]

    @property
    def first(self) -> Suggestion:
        """One of them: they differ only in the device."""
        return self.found[0]

    @property
    def named(self) -> str:
        """A few of the devices by name."""
        few = ", ".join(one.device.partition(".")[0] for one in self.found[:_FEW])
        return f"{few} and {len(self.found) - _FEW} more" if len(self.found) > _FEW else few


def alike(suggested: Sequence[Suggestion]) -> list[Alike]:
    """Suggestions by what is suggested and why, those that nobody needs to think about first."""
    groups: dict[tuple[bool, str, str], list[Suggestion]] = defaultdict(list)
    for one in suggested:
        groups[not one.sure, one.thing, one.sign].append(one)
    return [
        Alike(key=f"{thing}: {sign}: {unsure:d}", found=tuple(found))
        for (unsure, thing, sign), found in sorted(groups.items())
    ]


class SuggestedForm(ReasonForm):
    """Which devices carry what, as their names suggest.

    Args:
        groups: what they probably carry.

    """

    devices = forms.MultipleChoiceField(label="Which of these is right?")
    field_order = ("devices", "reason")

    def __init__(self, data: Any, *, groups: Sequence[Alike]) -> None:
        super().__init__(data, initial={"devices": [one.key for one in groups if one.first.sure]})
        self._groups = {one.key: one for one in groups}
        self.fields["devices"] = forms.MultipleChoiceField(
            label="Which of these is right?",
            choices=[(key, key) for key in self._groups],
            error_messages={"required": "Choose those for which it is right"},
        )

    def by_thing(self) -> Mapping[str, list[str]]:
        """The devices that were chosen, by what they carry."""
        found: dict[str, list[str]] = {}
        for key in self.cleaned_data["devices"]:
            group = self._groups[key]
            found.setdefault(group.first.thing, []).extend(one.device for one in group.found)
        return found


class CarriesForm(ReasonForm):
    """What one device carries.

    Args:
        things: the systems and services of its organisation, by identifier, with their names.
        now: what it carries already.
        probably: what it carries by its name; None where that says nothing.

    """

    things = forms.MultipleChoiceField(label="What does it carry?", required=False)
    field_order = ("things", "reason")

    def __init__(
        self, data: Any, *, things: Mapping[str, str], now: Sequence[str], probably: Suggestion | None
    ) -> None:
        sure = [probably.thing] if probably is not None and probably.sure else []
        super().__init__(data, initial={"things": [*now, *sure]})
        self.fields["things"] = forms.MultipleChoiceField(
            label="What does it carry?", choices=list(things.items()), required=False
        )
