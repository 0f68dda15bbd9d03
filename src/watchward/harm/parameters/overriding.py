"""A site's own figures in the place of ours: what, how sure, by whom, and why."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from watchward.harm.errors import ParameterError
from watchward.harm.parameters import reading
from watchward.harm.parameters.table import Basis, Parameter, Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """What a site says in the place of a parameter.

    Args:
        key: the key of the parameter, such as `service/outpatients/catch_up`.
        value: its median, in the parameter's unit.
        low: what it is below with 5 chances in 100.
        high: what it is above with 5 chances in 100.
        by: who says so.
        why: how they know.

    """

    key: str
    value: float
    low: float
    high: float
    by: str
    why: str


def overridden(table: Table, overrides: Iterable[Override]) -> Table:
    """The table with a site's figures; the last counts where one is given twice. Raises `ParameterError`."""
    parameters = dict(table.parameters)
    problems = []
    for override in overrides:
        if override.key not in parameters:
            problems.append(f"{override.key}: there is no such parameter")
            continue
        parameters[override.key] = parameter = _put(parameters[override.key], override)
        problems += [f"{override.key}, {problem}" for problem in reading.unsound(parameter)]
        if not override.by.strip():
            problems.append(f"{override.key}, by: say who says so")
    changed = replace(table, parameters=parameters)
    problems += reading.missing(changed)
    if problems:
        raise ParameterError(problems)
    return changed


def _put(parameter: Parameter, override: Override) -> Parameter:
    return replace(
        parameter,
        value=override.value,
        low=override.low,
        high=override.high,
        basis=Basis.SITE,
        source=override.by,
        why=override.why,
    )
