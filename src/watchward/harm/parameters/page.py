"""The parameter table as a page to read: docs/harm/parameters.md is exactly this."""

from collections import Counter
from collections.abc import Iterator

from watchward.harm.parameters import alerts, questions
from watchward.harm.parameters.table import CARE, NEEDS, SENSITIVITIES, SEVERITIES, Basis, Parameter, Table

_HEAD = """# The numbers that harm is worked out with

Made from the tables in `src/watchward/harm/parameters` by `make parameters`; [definitions](definitions.md) says what
each number does. A number stands as median (low to high): with 5 chances in 100 it is below the low end, and with 5
above the high one.
"""
_DEPENDENCIES = """## What goes on without a provider

`any_service` and `any_system` stand for whatever has no row of its own, `any` for anything else. Buffer and getting
there are hours; floor and by hand are shares of ordinary capacity. All of these are assumptions: nobody has measured
them across the sector.
"""

_ALERTS = """`real` is how likely an alert is real before anything of its rule was closed, `reach` how likely an
attacker gets from a device to everything else of its organisation, `carries` what a device off the map carries,
as a share of the harm of losing the whole organisation. ADR 0185 argues them; they are not counted above.
"""

_QUESTIONS = """With these the questions about an organisation's map are chosen, and its answers taken. ADR 0187 argues
them; they are not counted above, and not drawn.
"""

_WEIGHTINGS = """Severity-weighted patients for one harmed patient by class, one exposed record by sensitivity, and one
patient-day of waiting. The first is the standard one. They are judgements, not measurements, so they are not drawn:
each gives a ranking of its own. ADR 0163 argues them.
"""


def page(table: Table) -> str:
    """The whole page, as Markdown."""
    return "\n".join([_HEAD, *_shares(table), *_services(table), *_pairs(table), *_apart(), *_rest(table)])


def cell(parameter: Parameter) -> str:
    """A number and its range.

    >>> from watchward.harm.parameters.table import standard
    >>> cell(standard().parameters["exposure/exposed"])
    '0.37 (0.12 to 0.7)'

    """
    return f"{parameter.value:g} ({parameter.low:g} to {parameter.high:g})"


def shares(table: Table) -> dict[Basis, int]:
    """How many parameters rest on what."""
    counted = Counter(parameter.basis for parameter in table.parameters.values())
    return {basis: counted[basis] for basis in Basis}


def _shares(table: Table) -> Iterator[str]:
    counted = shares(table)
    whole = sum(counted.values())
    yield "## How much of it is assumption\n"
    yield f"Of {whole} numbers:\n"
    yield from (f"- {count} ({count / whole:.0%}) are *{basis}*: {basis.meaning}" for basis, count in counted.items())
    yield ""


def _services(table: Table) -> Iterator[str]:
    yield "## Services\n"
    kinds = sorted({key.split("/")[1] for key in table.parameters if key.startswith("service/")})
    for kind in kinds:
        yield f"### {kind.replace('_', ' ').capitalize()}\n"
        yield "| parameter | value | unit | basis | why |"
        yield "|---|---|---|---|---|"
        for name in CARE:
            one = table.parameters[f"service/{kind}/{name}"]
            yield f"| {name} | {cell(one)} | {one.unit} | {_basis(one)} | {one.why} |"
        yield ""


def _pairs(table: Table) -> Iterator[str]:
    yield _DEPENDENCIES
    yield "| consumer | provider | buffer | floor | by hand | getting there | basis | why |"
    yield "|---|---|---|---|---|---|---|---|"
    pairs = sorted({key.rpartition("/")[0] for key in table.parameters if key.startswith("dependency/")})
    for pair in pairs:
        _, consumer, provider = pair.split("/")
        numbers = [table.parameters[f"{pair}/{name}"] for name in NEEDS]
        cells = " | ".join(cell(one) for one in numbers)
        yield f"| {consumer} | {provider} | {cells} | {_basis(numbers[1])} | {numbers[1].why} |"
    yield ""


def _alone(table: Table, title: str, first: str) -> Iterator[str]:
    """The parameters of a part that has one row for each."""
    yield f"## {title}\n"
    yield "| parameter | value | basis | why |\n|---|---|---|---|"
    found = [one for key, one in table.parameters.items() if key.startswith(first)]
    yield from (f"| {one.name} | {cell(one)} | {_basis(one)} | {one.why} |" for one in found)
    yield ""


def _apart() -> Iterator[str]:
    """The parameters that stand in tables of their own: of the order of alerts, and of questions."""
    listed = [
        ("The order of alerts", _ALERTS, alerts.FIRST, alerts.alert_parameters()),
        ("Questions to a site", _QUESTIONS, questions.FIRST, questions.question_parameters()),
    ]
    for title, said, first, parameters in listed:
        yield f"## {title}\n\n{said}"
        yield "| parameter | value | unit | basis | why |\n|---|---|---|---|---|"
        for key, one in parameters.items():
            yield f"| {key.removeprefix(f'{first}/')} | {cell(one)} | {one.unit} | {_basis(one)} | {one.why} |"
        yield ""


def _rest(table: Table) -> Iterator[str]:
    yield from _alone(table, "How needs add up, and what is typed in afterwards", "joint/")
    yield from _alone(table, "Confidentiality", "exposure/")
    yield "## Weightings\n"
    yield _WEIGHTINGS
    yield f"| weighting | {' | '.join((*SEVERITIES, *SENSITIVITIES))} | delay | why |"
    yield "|---" * 10 + "|"
    for one in table.weightings:
        weights = " | ".join(f"{weight:g}" for weight in (*one.severity, *one.record, one.delay))
        yield f"| {one.name} | {weights} | {one.why} |"
    yield "\n## Families\n"
    yield "| family | parameters | correlation | why |\n|---|---|---|---|"
    yield from (
        f"| {one.name} | {', '.join(one.members)} | {one.correlation:g} | {one.why} |" for one in table.families
    )
    yield "\n## Sources\n"
    yield from (f"- `{one.key}`: {one.citation}. {one.address}" for one in table.sources.values())
    yield ""


def _basis(parameter: Parameter) -> str:
    return f"*{parameter.basis}*" + (f", {parameter.source}" if parameter.source else "")
