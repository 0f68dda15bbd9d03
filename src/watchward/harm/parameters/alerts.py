"""The parameters with which alerts are ordered: a table of their own, since maps of care are drawn without them."""

from functools import cache

from watchward.harm.parameters import reading
from watchward.harm.parameters.table import Parameter, rows

LEVELS = ("informational", "low", "medium", "high", "critical")
"""How serious a rule holds its findings to be, from the mildest."""

MARKS = ("low", "normal", "high", "vital")
"""How much care depends on a device, as somebody marked it, from the least."""

FIRST = "alert"


@cache
def alert_parameters() -> dict[str, Parameter]:
    """Every parameter of the order of alerts, by its key, such as `alert/real/high`."""
    return reading.numbers({"alerts": rows("alerts.csv")}, FIRST)


def of(name: str) -> Parameter:
    """One of them by its name.

    >>> of("reach/identity").value
    0.5

    """
    return alert_parameters()[f"{FIRST}/{name}"]
