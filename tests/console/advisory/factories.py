"""High severity alerts at an invented nation with regions, boards and those below them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from console.factories import OrganisationFactory
from respond.advisory.builders import an_advisory
from watchward.base.clock import HeldClock
from watchward.console.access.guard import Service
from watchward.console.advisory import actions
from watchward.console.advisory.models import Advisory, Answer
from watchward.console.estate.models import Organisation
from watchward.estate.organisation import OrganisationKind
from watchward.respond.advisory.content import Action, Whom

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
DESK = Service(name="the national desk")
ASKED = frozenset({OrganisationKind.TRUST, OrganisationKind.CARE_HOME, OrganisationKind.GP_PRACTICE})


@dataclass(frozen=True)
class Nation:
    """A nation of two regions, each with a board, a Trust and two care homes."""

    nation: Organisation
    regions: list[Organisation]
    boards: list[Organisation]
    trusts: list[Organisation]
    homes: list[Organisation]


def a_nation(prefix="X"):
    """The nation, stored."""
    nation = OrganisationFactory(code=f"{prefix}N", name="Larkland", kind=OrganisationKind.NATION)
    regions, boards, trusts, homes = [], [], [], []
    for number, name in enumerate(("Fenmark", "Westmoor")):
        kind = OrganisationKind.REGION
        region = OrganisationFactory(code=f"{prefix}R{number}", name=name, kind=kind, parent=nation)
        board = OrganisationFactory(
            code=f"{prefix}B{number}", name=f"{name} Care Board", kind=OrganisationKind.ICB, parent=region
        )
        regions.append(region)
        boards.append(board)
        trusts.append(OrganisationFactory(code=f"{prefix}T{number}", name=f"{name} Hospitals Trust", parent=board))
        homes += [
            OrganisationFactory(
                code=f"{prefix}C{number}{each[0]}",
                name=f"{each} Lodge {name}",
                kind=OrganisationKind.CARE_HOME,
                parent=board,
            )
            for each in ("Ash", "Elm")
        ]
    return Nation(nation, regions, boards, trusts, homes)


def says_for(area, *, now=NOW, **changes):
    """What an alert says for an area; its actions are to be done within two weeks of a moment."""
    given = {
        "actions": (Action(text="Install the update", by=now + timedelta(days=14)),),
        "whom": Whom(area=area.code, kinds=ASKED),
    }
    return replace(an_advisory(), **given | changes)


def a_draft(area=None, *, clock=None, **changes):
    """A draft for an area."""
    area, clock = area or OrganisationFactory(), clock or HeldClock(at=NOW)
    number = f"CC-{Advisory.objects.count() + 1:04}"
    says = says_for(area, now=clock.now(), **{"number": number} | changes)
    return actions.draft_advisory(by=DESK, organisation=area, says=says, clock=clock)


def an_issued(area=None, *, clock=None, **changes):
    """An alert that was issued for an area, which asks at least the area itself where that is a Trust."""
    clock = clock or HeldClock(at=NOW)
    return actions.issue_advisory(by=DESK, advisory=a_draft(area, clock=clock, **changes), clock=clock)


def the_answer(advisory, organisation):
    """The answer of an organisation, as it stands now."""
    return Answer.objects.select_related("advisory", "organisation").get(advisory=advisory, organisation=organisation)
