"""The invented people of an exercise: someone in each role, and who is told of alerts.

Their addresses end in `.test`, to which nothing is ever sent (`ConsoleConfig.plays`). Nobody of them can sign in: like
any invited person, they have no password until an administrator makes them a link and somebody sets one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from watchward.access.roles import (
    ADMINISTRATOR,
    AUDITOR,
    BOARD_MEMBER,
    CARE_PROVIDER_MANAGER,
    CLINICAL_SAFETY_OFFICER,
    NATIONAL_ANALYST,
    ORGANISATION_CYBER_LEAD,
    REGIONAL_LEAD,
    Role,
)
from watchward.detect.sigma.rule import Level
from watchward.estate.organisation import OrganisationKind
from watchward.node.exercise import names
from watchward.node.exercise.sector import TOP, Person, Sector, Site

_TRUST = (ORGANISATION_CYBER_LEAD, CLINICAL_SAFETY_OFFICER, BOARD_MEMBER, ADMINISTRATOR)
_ROLES: Mapping[OrganisationKind, tuple[Role, ...]] = {
    OrganisationKind.REGION: (REGIONAL_LEAD,),
    OrganisationKind.ICB: (REGIONAL_LEAD,),
    OrganisationKind.TRUST: _TRUST,
    OrganisationKind.GP_PRACTICE: (CARE_PROVIDER_MANAGER,),
    OrganisationKind.CARE_HOME: (CARE_PROVIDER_MANAGER,),
}
_NATIONAL = (NATIONAL_ANALYST, NATIONAL_ANALYST, AUDITOR)
_PLACES = 6
"""People work at this many organisations of each kind: enough to look at."""

_HAVE_ROTAS = (OrganisationKind.REGION, OrganisationKind.ICB, OrganisationKind.TRUST)
_NIGHT = (time(20), time(7))


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Someone who holds a role at an organisation; without one, over the whole node."""

    name: str
    email: str
    role: Role
    organisation: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Who is told of an organisation's alerts: one after another, by name and address.

    Args:
        organisation: its code.
        steps: the first is told at once, each other when those before do not answer.
        tell_from: the lowest level of alert that they are told of.
        quiet: the hours in which only critical alerts disturb them.

    """

    organisation: str
    steps: Sequence[tuple[str, str]]
    tell_from: Level = Level.HIGH
    quiet: tuple[time, time] = _NIGHT


def members(sector: Sector) -> Iterator[Member]:
    """Someone in each role."""
    for number, role in enumerate(_NATIONAL):
        first, family = names.person(number + 1 + sector.seed)
        email = f"{first}.{family}@operations.exercise.test".lower()
        yield Member(name=f"{first} {family}", email=email, role=role, organisation=None)
    for kind, roles in _ROLES.items():
        for place in range(min(sector.count(kind), _PLACES)):
            site = sector.site(kind, place)
            for number, role in enumerate(roles):
                person = _worker(site, number)
                yield Member(
                    name=f"{person.first} {person.family}",
                    email=f"{person.login}@{site.realm}",
                    role=role,
                    organisation=site.record.code,
                )


def ladders(sector: Sector) -> Iterator[Ladder]:
    """The rota of each Trust, and of what lies above them, where alerts climb that nobody answers."""
    desk = ("Operations centre, duty desk", "duty-desk@operations.exercise.test")
    yield Ladder(organisation=TOP.code, steps=[desk], tell_from=Level.CRITICAL)
    for kind in _HAVE_ROTAS:
        for number in range(sector.count(kind)):
            site = sector.site(kind, number)
            lead = _worker(site, 0)
            on_call = ("On-call engineer", f"on-call@{site.realm}")
            cyber_lead = (f"{lead.first} {lead.family}, cyber lead", f"{lead.login}@{site.realm}")
            steps = [on_call, cyber_lead] if kind is OrganisationKind.TRUST else [cyber_lead]
            yield Ladder(organisation=site.record.code, steps=steps)


def _worker(site: Site, number: int) -> Person:
    """One of a site's people; of each kind of site others, so that few are namesakes."""
    return site.person(number + len(_TRUST) * list(_ROLES).index(site.record.kind))
