"""One incident on the map of care, ready to be asked what the model makes of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from watchward.estate.care.dependency import Dependency
from watchward.estate.care.map import CareMap, Place
from watchward.estate.care.service import Service
from watchward.estate.care.templates.fill import Arrangement, template
from watchward.estate.care.templates.kind import TemplateKind
from watchward.estate.care.templates.measure import Measure
from watchward.estate.care.week import shares
from watchward.estate.organisation import OrganisationKind
from watchward.harm import naming
from watchward.harm.history.fact import Assumption, Fact
from watchward.harm.history.incident import HOURS_OF_WEEK, Figure, Incident
from watchward.harm.model import KINDS, Model, model
from watchward.harm.parameters.drawing import Draws
from watchward.harm.parameters.table import DECISION, JOINT, NEEDS, Table
from watchward.harm.scenario import Failure, Scenario
from watchward.harm.what_if import in_worlds

Floats = NDArray[np.float64]
Assumed = Mapping[str, float]
"""What the assumptions of an incident come to in one world, by name."""

_HOSPITAL = "hospital"


@dataclass(frozen=True, kw_only=True)
class Trial:
    """An incident, and the model of the hospitals that it hit, taken as one.

    Args:
        incident: what was published of it.
        model: the template of an acute trust with the activity of all hospitals that were hit.

    """

    incident: Incident
    model: Model

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The parameters on which its figures hang: numbers of needs, decisions, and how needs add up."""
        care, table = self.model.care, self.model.table
        kinds = naming.kinds(care)
        figured = {kind for figure in self.incident.figures for kind in figure.services}
        below = _reached({one.id for one in care.services if one.kind in figured}, care.dependencies, up=False)
        likely = self.scenario({one.name: one.value for one in self.incident.assumptions()})
        hit = _reached({one.thing for one in likely.failures}, care.dependencies, up=True)
        found: dict[str, None] = {}
        for one in care.dependencies:
            if one.consumer in below and one.provider in hit:
                pair = table.pair(kinds[one.consumer], kinds[one.provider])
                found |= dict.fromkeys(f"{pair}/{name}" for name in NEEDS)
        served = sorted({one.kind for one in care.services if one.id in below & hit})
        found |= dict.fromkeys(f"service/{kind}/{name}" for kind in served for name in DECISION)
        return (*found, *JOINT)

    def share(self, figure: Figure) -> Fact:
        """What was published of a figure, as a share of ordinary activity."""
        whole, fact = self.scale(figure), figure.published
        return replace(fact, value=fact.value / whole, low=fact.low / whole, high=fact.high / whole)

    def scenario(self, assumed: Assumed) -> Scenario:
        """What failed, with what was assumed of it."""
        failures = []
        services, systems = self.model.care.services, self.model.care.systems
        things = [*((one.id, str(one.kind)) for one in services), *((one.id, str(one.kind)) for one in systems)]
        for loss in self.incident.losses:
            steps = tuple((step.hour, _value(step.left, assumed)) for step in loss.steps)
            failures += [Failure(thing=name, steps=steps) for name, kind in things if kind in loss.kinds]
        return Scenario(begins=self.incident.begins, hours=self.incident.hours, failures=tuple(failures))

    def predict(self, draws: Draws, assumed: Assumed) -> Floats:
        """The figures in each world (world, figure), under one set of assumptions."""
        hourly = in_worlds(self.model, self.scenario(assumed), draws).hourly
        activity = {own.kind: _value(own.weekly, assumed) / own.weekly.value for own in self.incident.activity}
        columns = []
        for figure in self.incident.figures:
            displaced = sum(
                activity.get(kind, 1.0) * hourly[:, KINDS.index(kind), figure.first : figure.end].sum(axis=1)
                for kind in figure.services
            )
            columns.append(displaced / self.ordinary(figure) if figure.as_share else displaced)
        return np.stack(columns, axis=1)

    def ordinary(self, figure: Figure) -> float:
        """What is done ordinarily in the hours that a figure counts, of the services that it counts."""
        hours = (self.incident.begins + np.arange(figure.first, figure.end)) % HOURS_OF_WEEK
        return sum(
            one.weekly * float(np.asarray(shares(one.week))[hours].sum())
            for one in self.model.care.services
            if one.kind in figure.services
        )

    def scale(self, figure: Figure) -> float:
        """How much of a figure's unit is all of ordinary activity: 1 for a share."""
        return 1.0 if figure.as_share else self.ordinary(figure)


def trial(incident: Incident, table: Table, *, beds: int | None = None) -> Trial:
    """Lay an incident out on the map that an acute trust starts from.

    Args:
        incident: what was published of it.
        table: the parameter table.
        beds: by how many beds to scale services of which the incident says nothing.

    """
    measures = {} if beds is None else {Measure.BEDS: float(beds)}
    care = template(Arrangement(template=TemplateKind.ACUTE_TRUST, measures=measures), organisation=_HOSPITAL)
    weekly = incident.weekly()
    services = tuple(_counted(one, weekly.get(one.kind, one.weekly)) for one in care.services)
    place = Place(code=_HOSPITAL, kind=OrganisationKind.TRUST)
    laid = CareMap(places={_HOSPITAL: place}, services=services, systems=care.systems, dependencies=care.dependencies)
    return Trial(incident=incident, model=model(laid, table))


def _counted(one: Service, weekly: float) -> Service:
    return replace(one, weekly=weekly, low=weekly, high=weekly)


def _value(stated: Fact | Assumption, assumed: Assumed) -> float:
    return assumed[stated.name] if isinstance(stated, Assumption) else stated.value


def _reached(start: set[str], dependencies: Iterable[Dependency], *, up: bool) -> set[str]:
    """The things at the start, and all that they need (or, going up, all that need them)."""
    onward: dict[str, list[str]] = {}
    for one in dependencies:
        first, then = (one.provider, one.consumer) if up else (one.consumer, one.provider)
        onward.setdefault(first, []).append(then)
    found, todo = set(start), list(start)
    while todo:
        new = set(onward.get(todo.pop(), ())) - found
        found |= new
        todo += new
    return found
