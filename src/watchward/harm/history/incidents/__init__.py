"""The incidents of the past that were published well enough to be set against the model."""

from watchward.harm.history.incident import Incident
from watchward.harm.history.incidents.america import AMERICA
from watchward.harm.history.incidents.clinic import CLINIC
from watchward.harm.history.incidents.hse import HSE
from watchward.harm.history.incidents.synnovis import SYNNOVIS
from watchward.harm.history.incidents.wannacry import WANNACRY

INCIDENTS: tuple[Incident, ...] = (WANNACRY, SYNNOVIS, HSE, CLINIC, AMERICA)
"""In the order in which pages list them."""
