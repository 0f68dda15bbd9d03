"""What goes when something is shared: with patients, staff and internal names taken out, and shown before it goes."""

import csv
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from watchward.intel.personal import MARKS, Inside, Taken, find, machine, names_in


class Fate(StrEnum):
    """What becomes of a field."""

    KEPT = "kept"
    IN_PART = "in part"
    TAKEN = "taken"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What becomes of one field, and why.

    Args:
        field: its name.
        fate: whether it goes whole, in part, or not at all.
        taken: how often something of each class was taken out.
        why: the reason as a sentence.

    """

    field: str
    fate: Fate
    taken: Mapping[Taken, int]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What goes, and what was taken out of it.

    Args:
        fields: what goes.
        decisions: one for each field that was given, in its order.

    """

    fields: Mapping[str, str]
    decisions: tuple[Decision, ...]

    @property
    def taken(self) -> dict[Taken, int]:
        """How often something of each class was taken out, of all fields together."""
        total: Counter[Taken] = Counter()
        for decision in self.decisions:
            total.update(decision.taken)
        return dict(sorted(total.items()))


_NOTHING: Final = "Nothing in it is shaped like a person or an internal name."
_SOMEBODY: Final = frozenset({Taken.MAIL, Taken.NHS_NUMBER, Taken.PERSON, Taken.PHONE, Taken.USER})
_LONGEST: Final = 65_536
"""Characters of a field that are looked at; what is beyond does not go."""


def to_share(fields: Mapping[str, str], inside: Inside) -> Shared:
    """What of these fields goes, and why.

    Names that a field of users or computers gives are taken out of all other fields too.
    """
    inside = with_names(fields, inside)
    decisions = []
    kept: dict[str, str] = {}
    for name, value in fields.items():
        text, decision = _decided(name, value, inside)
        decisions.append(decision)
        kept[name] = text
    return Shared(fields=kept, decisions=tuple(decisions))


def cleaned(text: str, inside: Inside) -> tuple[str, Mapping[Taken, int]]:
    """A text without what is shaped like a patient, a member of staff or an internal name, and how often it held each.

    >>> cleaned("Call Mrs Smith, 943 476 5919", Inside())[0]
    'Call ⟦person⟧, ⟦NHS number⟧'

    """
    text = "".join(one for one in text[:_LONGEST] if unicodedata.category(one) != "Cf")  # unseen, and splits numbers
    taken: Counter[Taken] = Counter()
    while found := _apart(text, inside):  # what is taken changes where words end, so look again
        for start, end, what in reversed(found):
            text = text[:start] + what.mark + text[end:]
            taken[what] += 1
    return text, dict(sorted(taken.items()))


def _apart(text: str, inside: Inside) -> list[tuple[int, int, Taken]]:
    """What is to be taken out, in order and without overlaps; nothing that already stands for something taken."""
    found: list[tuple[int, int, Taken]] = []
    start = 0
    for mark in [*MARKS.finditer(text), None]:
        end = len(text) if mark is None else mark.start()
        found += [(one + start, other + start, what) for (one, other), what in find(text[start:end], inside)]
        start = end if mark is None else mark.end()
    apart: list[tuple[int, int, Taken]] = []
    for one in sorted(found, key=lambda one: (one[0], -one[1], one[2])):
        if not apart or one[0] >= apart[-1][1]:
            apart.append(one)
    return apart


def _decided(name: str, value: str, inside: Inside) -> tuple[str, Decision]:
    what = _field_class(name)
    if what is not None and value.strip() and not machine(value) and not MARKS.fullmatch(value):
        why = f"The field says a {what.words}, and does not go."
        return what.mark, Decision(field=name, fate=Fate.TAKEN, taken={what: 1}, why=why)
    text, taken = cleaned(value, inside)
    if not taken:
        return text, Decision(
            field=name, fate=Fate.KEPT, taken={}, why="Nothing in it is shaped like a person or a name."
        )
    said = ", ".join(f"{one.words} ({count})" for one, count in taken.items())
    fate = Fate.TAKEN if not MARKS.sub("", text).strip() else Fate.IN_PART
    return text, Decision(field=name, fate=fate, taken=taken, why=f"Taken out: {said}.")


def with_names(fields: Mapping[str, str], inside: Inside) -> Inside:
    """What is known of the organisation, with the people and computers that some fields name."""
    users, hosts = set(inside.users), set(inside.hosts)
    for name, value in fields.items():
        match _field_class(name):
            case Taken.USER if not MARKS.search(value):
                users |= names_in(Taken.USER, value)
            case Taken.HOST if not MARKS.search(value):
                hosts |= names_in(Taken.HOST, value)
            case _:
                pass
    return replace(inside, users=frozenset(users), hosts=frozenset(hosts))


def fields_of_users() -> frozenset[str]:
    """The names of the fields that say a user, in small letters."""
    return frozenset(name for name, what in _known_fields().items() if what is Taken.USER)


def names_people(field: str) -> bool:
    """Whether a field may name a person: a patient, or a member of staff by name, account, address or number.

    >>> names_people("TargetUserName"), names_people("Computer"), names_people("Image")
    (True, False, False)

    """
    return _field_class(field) not in (None, Taken.HOST)


def tells_of_somebody(text: str) -> bool:
    r"""Whether a text that values are compared with is shaped like one person, or holds where that person's files lie.

    >>> tells_of_somebody(r"C:\Users\j.doe\a.exe"), tells_of_somebody("C:\\Users\\Public\\"), tells_of_somebody("%")
    (True, False, False)

    """
    forms = {text, text.replace("\\\\", "\\")}  # as in a regular expression
    found = ((form[start:end], what) for form in forms for (start, end), what in find(form, Inside()))
    return any(what in _SOMEBODY and any(map(str.isalnum, value)) for value, what in found)


def _field_class(name: str) -> Taken | None:
    return _known_fields().get(name.lower())


@cache
def _known_fields() -> dict[str, Taken]:
    text = (files("watchward.intel") / "data" / "personal_fields.csv").read_text(encoding="utf-8")
    return {name: Taken(row["class"]) for row in csv.DictReader(text.splitlines()) for name in row["fields"].split()}
