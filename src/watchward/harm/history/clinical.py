"""The clinical side of Synnovis: patients expected to be harmed, beside those of whom harm was recorded."""

from dataclasses import dataclass

from watchward.harm.history.fact import Fact
from watchward.harm.history.incidents.synnovis import HARM_LOW, HARM_MODERATE, HARM_SEVERE, SYNNOVIS
from watchward.harm.history.score import Interval
from watchward.harm.history.trial import trial
from watchward.harm.parameters.drawing import draw
from watchward.harm.parameters.table import SEVERITIES, Table
from watchward.harm.what_if import in_worlds

DRAWS = 256

BEDS = 2167
"""General and acute beds of the two trusts, April 2022 (NHS England): other services are scaled by them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Harmed:
    """Patients harmed to some degree.

    Args:
        recorded_as: what the health service calls the degree.
        classes: the classes of DCB0129, for a single patient, that we set it against.
        recorded: how many were recorded.
        predicted: how many the model expects.

    """

    recorded_as: str
    classes: tuple[str, ...]
    recorded: Fact
    predicted: Interval


_DEGREES = (
    ("low", ("minor", "significant"), HARM_LOW),
    ("moderate", ("considerable",), HARM_MODERATE),
    ("severe", ("major",), HARM_SEVERE),
)


def clinical(table: Table) -> tuple[Harmed, ...]:
    """What the table as it stands expects of ten weeks of Synnovis; no other incident teaches rates of harm."""
    one = trial(SYNNOVIS, table, beds=BEDS)
    assumed = {stated.name: stated.value for stated in SYNNOVIS.assumptions()}
    outcome = in_worlds(one.model, one.scenario(assumed), draw(table, DRAWS, one.model.activities))
    harmed = outcome.total.harmed
    found = []
    for degree, classes, recorded in _DEGREES:
        worlds = harmed[:, [SEVERITIES.index(name) for name in classes]].sum(axis=1)
        predicted = Interval.of(float(worlds[0]), worlds[1:])
        found.append(Harmed(recorded_as=degree, classes=classes, recorded=recorded, predicted=predicted))
    return tuple(found)
