"""The clinical side of Synnovis: patients expected to be harmed, beside those of whom harm was recorded."""

from dataclasses import dataclass

import numpy as np

from watchward.harm.history.fact import Assumption, Fact, Source
from watchward.harm.history.incidents.synnovis import HARM_LOW, HARM_MODERATE, HARM_SEVERE, SYNNOVIS
from watchward.harm.history.score import Interval
from watchward.harm.history.space import normals, stated
from watchward.harm.history.trial import trial
from watchward.harm.parameters.drawing import draw
from watchward.harm.parameters.table import SEVERITIES, Table
from watchward.harm.what_if import in_worlds

DRAWS = 256

SARI = Source(
    title="Sari et al., Sensitivity of routine system for reporting patient safety incidents in an NHS hospital, BMJ",
    address="https://www.bmj.com/content/334/7584/79.abstract",
    published="2007-01-11",
)
RECORDED = Assumption(
    name="recorded",
    value=0.25,
    low=0.05,
    high=0.7,
    why=(
        "Of 110 admissions in which a review of notes found harm, routine reporting had found it in six (5%). After an "
        "incident that everybody watches, and with the notes of those postponed read for harm, far more is found; "
        "harm that shows later, elsewhere or nowhere is still not. From routine reporting to most of it."
    ),
    sources=(SARI,),
)
"""The share of patients harmed of whom harm is recorded."""

BEDS = 2167
"""General and acute beds of the two trusts, April 2022 (NHS England): other services are scaled by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmed:
    """Patients harmed to some degree.

    Args:
        recorded_as: what the health service calls the degree.
        classes: the classes of DCB0129, for a single patient, that we set it against.
        recorded: how many were recorded.
        harmed: how many the model expects.
        predicted: of how many of these it expects harm to be recorded.

    """

    recorded_as: str
    classes: tuple[str, ...]
    recorded: Fact
    harmed: Interval
    predicted: Interval


_DEGREES = (
    ("low", ("minor", "significant"), HARM_LOW),
    ("moderate", ("considerable",), HARM_MODERATE),
    ("severe", ("major",), HARM_SEVERE),
)


def clinical(table: Table) -> tuple[Harmed, ...]:
    """What the table as it stands expects of ten weeks of Synnovis; no other incident teaches rates of harm."""
    hospitals = trial(SYNNOVIS, table, beds=BEDS)
    assumed = {one.name: one.value for one in SYNNOVIS.assumptions()}
    outcome = in_worlds(hospitals.model, hospitals.scenario(assumed), draw(table, DRAWS, hospitals.model.activities))
    harmed = outcome.total.harmed
    shares = np.concatenate([[RECORDED.value], stated(RECORDED, normals(DRAWS, 1)[:, 0])])
    found = []
    for degree, classes, recorded in _DEGREES:
        worlds = harmed[:, [SEVERITIES.index(name) for name in classes]].sum(axis=1)
        expected, predicted = (Interval.of(float(some[0]), some[1:]) for some in (worlds, worlds * shares))
        found.append(
            Harmed(recorded_as=degree, classes=classes, recorded=recorded, harmed=expected, predicted=predicted)
        )
    return tuple(found)
