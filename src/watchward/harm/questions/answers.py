"""The answers that a question offers, and what each makes of the map."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite

from watchward.base.errors import BadInputError
from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap
from watchward.estate.care.service import Service
from watchward.estate.care.suppliers import bare, identifier
from watchward.estate.care.system import Supplier, System
from watchward.estate.care.templates import Arrangement, Measure, template
from watchward.harm.questions.finding import Asked
from watchward.harm.questions.question import Sort, Subject

UNKNOWN, YES, NO, HERE, OTHER = "unknown", "yes", "no", "here", "other"

SHARES = {
    "0.02": "Nothing, or next to nothing",
    "0.25": "About a quarter",
    "0.5": "About half",
    "0.75": "About three quarters",
    "0.95": "Nearly all of it",
    "0.99": "All of it: we would hardly notice",
}
"""How much goes on. Certainty is not on offer: nobody has it before the day."""

UNTIL_FELT = {
    "0.25": "At once, or within minutes",
    "1": "After about an hour",
    "3": "After a few hours",
    "8": "After a shift",
    "24": "After about a day",
    "72": "After about three days",
    "168": "After a week or more",
}

UNTIL_USED = {
    "1": "About an hour",
    "3": "A few hours",
    "8": "A shift",
    "24": "About a day",
    "72": "About three days",
    "168": "A week or more",
}

_FIXED: Mapping[Sort, dict[str, str]] = {
    Sort.ACTIVITY: {},
    Sort.BUFFER: UNTIL_FELT,
    Sort.FLOOR: SHARES,
    Sort.MANUAL_HOURS: UNTIL_USED,
    Sort.SECOND: {YES: "Yes", NO: "No"},
    Sort.SIZE: {},
}

_MOST = 1e9
_LONGEST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What somebody says to a question.

    Args:
        subject: what was asked.
        value: one of the choices, or a number as typed.
        name: the supplier's name, where the answer is one that the node does not know yet.

    """

    subject: Subject
    value: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What an answer makes of a map.

    Args:
        care: the things that are new or other than before.
        measures: what is known of its size from now on.

    """

    care: CareMap = field(default_factory=CareMap)
    measures: Mapping[Measure, float] | None = None


def choices(asked: Asked, subject: Subject) -> dict[str, str]:
    """The answers that can be chosen, without "I don't know"; none where a number is typed."""
    match subject.sort:
        case Sort.MANUAL:
            floor = _dependency(asked.care, subject).floor or 0.0
            return {value: words for value, words in SHARES.items() if float(value) >= floor}
        case Sort.HOST:
            named = sorted(asked.care.suppliers, key=lambda one: (one.name.casefold(), one.id))
            known = {one.id: one.name for one in named}
            return {HERE: "It runs on our own premises", **known, OTHER: "Another company"}
        case _:
            return _FIXED[subject.sort]


def subject_named(asked: Asked, key: str) -> Subject | None:
    """The subject of a question by its key; None where the map has nothing of the kind (any more)."""
    sort, _, about = key.partition(" ")
    if sort not in set(Sort):
        return None
    subject = Subject(sort=Sort(sort), about=tuple(about.split(" > ")))
    return subject if _exists(asked, subject) else None


def _exists(asked: Asked, subject: Subject) -> bool:
    care, code = asked.care, asked.organisation
    match subject.sort:
        case Sort.SIZE:
            return asked.known is not None and subject.about[0] in set(Measure)
        case Sort.ACTIVITY:
            return any(one.id == subject.about[0] and one.organisation == code for one in care.services)
        case Sort.HOST | Sort.SECOND:
            return any(one.id == subject.about[0] and one.organisation == code for one in care.systems)
        case Sort.BUFFER | Sort.FLOOR | Sort.MANUAL | Sort.MANUAL_HOURS:
            mine = subject.about[0].partition("/")[0] == code
            return mine and any((one.consumer, one.provider) == subject.about for one in care.dependencies)


def said(asked: Asked, answer: Answer) -> Said:
    """What an answer makes of the map; nothing where it leaves it as it is (no second one).

    Raises:
        BadInputError: it is none of the choices, or no number.

    """
    subject, care = answer.subject, asked.care
    offered = choices(asked, subject)
    if offered and answer.value not in offered:
        raise BadInputError(
            f"“{answer.value[:40]}” is none of the answers.", advice=f"Give one of: {', '.join([*offered, UNKNOWN])}."
        )
    match subject.sort:
        case Sort.FLOOR | Sort.MANUAL | Sort.BUFFER | Sort.MANUAL_HOURS:
            found = _with_number(_dependency(care, subject), subject.sort, float(answer.value))
            return Said(care=CareMap(dependencies=(found,)))
        case Sort.SECOND:
            return Said() if answer.value == NO else Said(care=_second(care, _system(care, subject)))
        case Sort.HOST:
            return Said(care=_hosted(asked, _system(care, subject), answer))
        case Sort.ACTIVITY:
            weekly = _number(answer.value)
            service = next(one for one in care.services if one.id == subject.about[0])
            return Said(care=CareMap(services=(replace(service, weekly=weekly, low=weekly, high=weekly),)))
        case Sort.SIZE:
            return _of_size(asked, Measure(subject.about[0]), _number(answer.value))


def _dependency(care: CareMap, subject: Subject) -> Dependency:
    return next(one for one in care.dependencies if (one.consumer, one.provider) == subject.about)


def _system(care: CareMap, subject: Subject) -> System:
    return next(one for one in care.systems if one.id == subject.about[0])


def _with_number(one: Dependency, sort: Sort, value: float) -> Dependency:
    """The dependency with a number; by hand never ends below where it began."""
    if sort is Sort.FLOOR and one.manual is not None:
        return replace(one, floor=value, manual=max(value, one.manual))
    match sort:
        case Sort.FLOOR:
            return replace(one, floor=value)
        case Sort.MANUAL:
            return replace(one, manual=value)
        case Sort.BUFFER:
            return replace(one, buffer_hours=value)
        case _:
            return replace(one, manual_hours=value)


def _second(care: CareMap, first: System) -> CareMap:
    """A second system that any of those may turn to who need the first, and have nothing else."""
    name = f"{first.id}_second"
    group = f"{first.id.rpartition('/')[2]} or second"
    second = System(id=name, organisation=first.organisation, kind=first.kind)
    return CareMap(systems=(second,), dependencies=tuple(_either(care, first.id, name, group)))


def _either(care: CareMap, first: str, second: str, group: str) -> Iterator[Dependency]:
    for one in care.dependencies:
        mine = one.consumer.partition("/")[0] == first.partition("/")[0]
        if mine and one.provider == first and not one.group:
            yield replace(one, group=group)
            yield replace(one, group=group, provider=second)


def _hosted(asked: Asked, system: System, answer: Answer) -> CareMap:
    if answer.value == HERE:
        return CareMap(systems=(replace(system, host=asked.organisation),))
    if answer.value != OTHER:
        return CareMap(systems=(replace(system, host=answer.value),))
    name = " ".join(answer.name.split())
    if not name:
        raise BadInputError("Which company is it?", advice="Give its name, or choose “I do not know”.")
    known = asked.care.suppliers
    same = (one for one in known if bare(one.name) == bare(name))
    new = Supplier(id=identifier(name, {one.id for one in known}), name=name[:_LONGEST])
    supplier = next(same, new)
    return CareMap(systems=(replace(system, host=supplier.id),), suppliers=(supplier,))


def _of_size(asked: Asked, measure: Measure, value: float) -> Said:
    """The services that the template scales by this measure, as they are once it is known."""
    assert asked.known is not None
    measures = {**asked.known.measures, measure: value}
    before = _services(asked.known, asked)
    now = {one.id: one for one in asked.care.services}
    after = _services(replace(asked.known, measures=measures), asked)
    changed = [one for name, one in after.items() if name in now and now[name] == before.get(name) and now[name] != one]
    return Said(care=CareMap(services=tuple(changed)), measures={measure: value})


def _services(known: Arrangement, asked: Asked) -> dict[str, Service]:
    return {one.id: one for one in template(known, organisation=asked.organisation).services}


def _number(text: str) -> float:
    try:
        value = float(text.replace(",", "").strip())
    except ValueError:
        value = -1.0
    if not (isfinite(value) and 0 < value <= _MOST):
        raise BadInputError(f"“{text[:40]}” is no number that can be.", advice="Give a number above 0, such as 32.")
    return value
