"""The questions to an organisation about its map: worked out when somebody looks, and kept until something changes."""

from dataclasses import dataclass, replace
from threading import Lock
from typing import Final

from watchward.console.care import adapters as maps
from watchward.console.care import rows
from watchward.console.estate.models import Organisation
from watchward.console.harm import own
from watchward.console.harm.models import PassedQuestion
from watchward.estate.care.map import CareMap
from watchward.harm.questions import finding
from watchward.harm.questions.finding import Asked
from watchward.harm.questions.question import Question
from watchward.harm.questions.words import Words

TABLES_ASKED: Final = ("services", "systems", "dependencies")
"""The tables of which an answer may change things."""

_KEPT: Final = 64
_ELSEWHERE: Final = 100
"""Organisations elsewhere whose things are looked at, at most."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """What there is to ask of an organisation, the most useful first, and its ranking as it stands.

    Args:
        asked: the map and the numbers.
        questions: what could be asked.
        ranking: what hurts most when it is lost for a day, with its harm, the worst first.

    """

    asked: Asked
    questions: tuple[Question, ...]
    ranking: tuple[tuple[str, float], ...]


_lock = Lock()
_kept: dict[tuple[int, str, int, frozenset[str]], Found] = {}


def found_for(organisation: Organisation) -> Found:
    """The questions to an organisation."""
    passed = frozenset(PassedQuestion.objects.filter(organisation=organisation).values_list("key", flat=True))
    key = (rows.version(), own.digest_for(organisation), organisation.pk, passed)
    with _lock:
        if key in _kept:
            return _kept[key]
    asked = replace(asked_of(organisation), passed=passed)
    losses = finding.losses(asked)
    harm = dict(zip(losses.things, losses.harm.tolist(), strict=True)) if losses.mine else {}
    order = sorted(((thing, each) for thing, each in harm.items() if each > 0), key=lambda one: (-one[1], one[0]))
    found = Found(asked=asked, questions=tuple(finding.questions(asked, losses)), ranking=tuple(order))
    with _lock:
        if len(_kept) >= _KEPT:
            _kept.clear()
        _kept[key] = found
    return found


def asked_of(organisation: Organisation) -> Asked:
    """The map of an organisation with what needs it and what it needs elsewhere, and the numbers that hold there."""
    part = maps.part_of(organisation)
    care = maps.surroundings(organisation, needed=True)
    return Asked(care=care, table=own.table_for(organisation), organisation=organisation.code, known=part.known)


def is_own(organisation: Organisation) -> bool:
    """Whether its map is its own, and not its template."""
    return maps.part_of(organisation).own


def words_for(organisation: Organisation, care: CareMap | None = None) -> Words:
    """What things are called in the questions to an organisation."""
    care = care or asked_of(organisation).care
    names = dict(Organisation.objects.filter(code__in=care.places).values_list("code", "name"))
    return Words(care=care, organisation=organisation.code, names=names)
