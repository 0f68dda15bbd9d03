"""Adastra, August 2022: how far a supplier's failure reaches. No care that did not happen was ever published."""

from dataclasses import dataclass

import numpy as np

from watchward.estate.care.map import CareMap, Place
from watchward.estate.care.service import ServiceKind
from watchward.estate.care.system import Supplier
from watchward.estate.care.templates.fill import Arrangement, template
from watchward.estate.care.templates.kind import TemplateKind
from watchward.estate.organisation import OrganisationKind
from watchward.harm.history.fact import Fact, Source, fact
from watchward.harm.history.score import Interval
from watchward.harm.model import KINDS, model
from watchward.harm.outcome import Outcome
from watchward.harm.parameters.drawing import draw
from watchward.harm.parameters.table import Table
from watchward.harm.scenario import Failure, Scenario
from watchward.harm.what_if import in_worlds

DRAWS = 256
PROVIDERS, CUSTOMERS = 20, 17
"""Twenty providers of 111 of which seventeen use the supplier: 85%, as published; their sizes are the template's."""

BEGINS = 3 * 24 + 7
"""Thursday 4 August 2022, seven in the morning."""

HOURS = 89
"""To the end of Sunday 7 August, when all of it was still down."""

HSJ = Source(
    title="Health Service Journal, 8 August 2022, as Patient Safety Learning quotes it",
    address="https://www.pslhub.org/blogs/entry/4112-cyber-attack-triggers-111-%E2%80%98total-system-outage%E2%80%99/",
    published="2022-08-08",
)
NETSEC = Source(
    title="NetSec.news, quoting the NHS: 999 was not affected",
    address="https://www.netsec.news/nhs-111-services-disrupted-by-cyberattack-on-managed-service-provider/",
    published="2022-08",
)
_SUPPLIER, _AMBULANCES = "supplier", "ambulances"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """One question about how far it reached.

    Args:
        title: what is asked.
        published: what was published; None where nothing was.
        predicted: what the model says, a share.

    """

    title: str
    published: Fact | None
    predicted: Interval


def reach(table: Table) -> tuple[Reach, ...]:
    """How far the model has the loss of the supplier of 111's software reach, over its first four days."""
    laid_out = model(_sector(), table)
    scenario = Scenario(begins=BEGINS, hours=HOURS, failures=(Failure(thing=_SUPPLIER),))
    outcome = in_worlds(laid_out, scenario, draw(table, DRAWS, laid_out.activities))
    held_up = [one for one in outcome.services() if one.service.kind is ServiceKind.URGENT_CARE_111]
    return (
        Reach(
            title="111 providers whose calls are held up",
            published=fact(0.85, HSJ),
            predicted=_certain(len(held_up) / PROVIDERS),
        ),
        Reach(
            title="999 calls that are not dispatched as ever",
            published=fact(0.0, NETSEC),
            predicted=_share(outcome, ServiceKind.AMBULANCE_DISPATCH),
        ),
        Reach(
            title="111 calls that are not taken where they should be, Thursday to Sunday",
            published=None,
            predicted=_share(outcome, ServiceKind.URGENT_CARE_111),
        ),
    )


def _sector() -> CareMap:
    """Providers of 111, some with the supplier's software on the supplier's premises, and an ambulance service."""
    codes = [f"provider{number}" for number in range(PROVIDERS)]
    hosted = {"triage_111": _SUPPLIER}
    maps = [
        template(
            Arrangement(template=TemplateKind.URGENT_CARE_111, hosts=hosted if number < CUSTOMERS else {}),
            organisation=code,
        )
        for number, code in enumerate(codes)
    ]
    maps.append(template(Arrangement(template=TemplateKind.AMBULANCE_TRUST), organisation=_AMBULANCES))
    places = {code: Place(code=code, kind=OrganisationKind.TRUST, region="all") for code in (*codes, _AMBULANCES)}
    return CareMap(
        places=places,
        services=tuple(one for some in maps for one in some.services),
        systems=tuple(one for some in maps for one in some.systems),
        suppliers=(Supplier(id=_SUPPLIER, name="Supplier of software for 111"),),
        dependencies=tuple(one for some in maps for one in some.dependencies),
    )


def _share(outcome: Outcome, kind: ServiceKind) -> Interval:
    """The share of ordinary activity of those hours that is displaced."""
    hours = (BEGINS + np.arange(HOURS)) % outcome.model.weeks.shape[1]
    services = outcome.model.services
    mine = services.kind == KINDS.index(kind)
    ordinary = sum(
        weekly * outcome.model.weeks[week, hours].sum()
        for weekly, week in zip(services.weekly[mine], services.week[mine], strict=True)
    )
    sizes = outcome.model.sizes(outcome.draws)[:, services.act[mine][0]]
    shares = outcome.hourly[:, KINDS.index(kind)].sum(axis=1) / (ordinary * sizes)
    return Interval.of(float(shares[0]), shares[1:])


def _certain(share: float) -> Interval:
    return Interval(estimate=share, low=share, high=share)
