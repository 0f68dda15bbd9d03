"""`watchward harm`: what the loss of anything on the map of care does to patients."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.errors import BadInputError
from watchward.harm import hour
from watchward.node.words import WIDTH_IN_A_PIPE, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from watchward.estate.care.map import CareMap
    from watchward.harm.model import Model
    from watchward.harm.outcome import Amount, Outcome
    from watchward.harm.sensitivity import Swing
    from watchward.harm.worst import Loss, Worst

app = App(name="harm", help="Say what hurts patients most, and what would happen if something failed.")
app.command(
    "watchward.node.cli.validate:validate", name="validate", help="Set the model against incidents of the past."
)

MOST_SAMPLES = 10_000
MOST_SHOWN = 10_000
_SHOWN = 25
_UNIT = "Harm is counted in severity-weighted patients: 1 is one patient who dies or is left with a lasting injury."

AsJson = Annotated[bool, Parameter(name="--json", negative=())]
MapFile = Annotated[Path | None, Parameter(name="--map")]
Down = Annotated[list[str], Parameter(consume_multiple=True, negative=())]


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """Which map a command works on, how long things fail, and from when."""

    home: Path | None
    file: Path | None
    hours: int
    begins: str

    def model(self) -> "Model":
        """The map, laid out with the standard parameters."""
        from watchward.harm.model import model  # noqa: PLC0415 - compiles the model; --help does not wait for it
        from watchward.harm.parameters.table import standard  # noqa: PLC0415 - as above

        self._sensible()
        found = _read(self.file) if self.file else _kept(self.home)
        if not found.services:
            raise BadInputError(
                "This map has no service, so that nothing can hurt a patient.",
                advice="Bring in organisations (watchward estate import), or a map with a services table.",
            )
        return model(found, standard())

    def _sensible(self) -> None:
        from watchward.harm.scenario import Scenario  # noqa: PLC0415 - as above

        Scenario(begins=self.hour, hours=self.hours, failures=())
        if self.home and self.file:
            raise BadInputError("Both --home and --map were given.", advice="Give one of them.")

    @property
    def hour(self) -> int:
        """The hour of the week at which it begins."""
        return hour.read(self.begins)


@app.command(name="what-if")
def what_if(  # noqa: PLR0913 - each is an option of the command
    *,
    down: Down,
    hours: int,
    begins: str = "Mon 09:00",
    samples: int = 256,
    exposes: Annotated[bool, Parameter(negative=())] = False,
    home: Path | None = None,
    map_: MapFile = None,
    as_json: AsJson = False,
) -> None:
    """Say what happens to care and to patients if things fail together.

    Args:
        down: the identifiers of what fails: organisations, systems, suppliers, services, equipment.
        hours: for how many hours it fails.
        begins: the day and hour at which it begins.
        samples: with how many draws of what is not known the 90% intervals are made; 0 for none.
        exposes: whoever stopped it may have taken the records in it.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        map_: a map of care instead: a CSV, JSON or ZIP file, or a folder of such files.
        as_json: print one JSON object: each service's capacity by hour, care displaced, patients harmed.

    """
    from watchward.harm import as_json as plain  # noqa: PLC0415 - as in `_Asked.model`
    from watchward.harm import asking  # noqa: PLC0415
    from watchward.harm.what_if import what_if as work_out  # noqa: PLC0415

    _not_too_many(samples, MOST_SAMPLES, "draws", least=0)
    asked = _Asked(home=home, file=map_, hours=hours, begins=begins)
    laid_out = asked.model()
    scenario = asking.scenario(laid_out, down, hours=hours, begins=asked.hour, exposes=exposes)
    outcome = work_out(laid_out, scenario, samples=samples)
    if as_json:
        print(json.dumps(plain.outcome(outcome), indent=2))  # noqa: T201 - the output
    else:
        _show_outcome(outcome)


@app.command
def rank(  # noqa: PLR0913 - each is an option of the command
    *,
    inside: Annotated[str, Parameter(name="--in")] = "",
    hours: int = 24,
    begins: str = "Mon 09:00",
    top: int = 20,
    samples: int = 128,
    home: Path | None = None,
    map_: MapFile = None,
    as_json: AsJson = False,
) -> None:
    """Say what hurts patients most when it is lost: systems, suppliers, organisations, equipment.

    Args:
        inside: only what organisations here have and need, and harm to their patients: the code of an organisation,
            an integrated care board or a region.
        hours: for how many hours each is lost.
        begins: the day and hour at which that begins.
        top: how many are told.
        samples: with how many draws of what is not known the 90% intervals are made; 0 for none.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        map_: a map of care instead: a CSV, JSON or ZIP file, or a folder of such files.
        as_json: print one JSON object.

    """
    from watchward.harm import as_json as plain  # noqa: PLC0415 - as in `_Asked.model`
    from watchward.harm.within import area  # noqa: PLC0415
    from watchward.harm.worst import worst  # noqa: PLC0415

    _not_too_many(samples, MOST_SAMPLES, "draws", least=0)
    _not_too_many(top, MOST_SHOWN, "places", least=1)
    asked = _Asked(home=home, file=map_, hours=hours, begins=begins)
    laid_out = asked.model()
    where = area(laid_out, _codes(laid_out, inside)) if inside else None
    found = worst(laid_out, begins=asked.hour, hours=hours, area=where, count=top, samples=samples)
    if as_json:
        print(json.dumps(plain.worst(found, laid_out), indent=2))  # noqa: T201 - the output
    else:
        _show_worst(found, laid_out)


@app.command
def sensitivity(  # noqa: PLR0913 - each is an option of the command
    *,
    down: Down,
    hours: int,
    begins: str = "Mon 09:00",
    exposes: Annotated[bool, Parameter(negative=())] = False,
    home: Path | None = None,
    map_: MapFile = None,
    as_json: AsJson = False,
) -> None:
    """Say which assumption moves the harm of a failure most.

    Args:
        down: the identifiers of what fails.
        hours: for how many hours it fails.
        begins: the day and hour at which it begins.
        exposes: whoever stopped it may have taken the records in it.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        map_: a map of care instead: a CSV, JSON or ZIP file, or a folder of such files.
        as_json: print one JSON object.

    """
    from watchward.harm import as_json as plain  # noqa: PLC0415 - as in `_Asked.model`
    from watchward.harm import asking  # noqa: PLC0415
    from watchward.harm.sensitivity import sensitivity as work_out  # noqa: PLC0415

    asked = _Asked(home=home, file=map_, hours=hours, begins=begins)
    laid_out = asked.model()
    scenario = asking.scenario(laid_out, down, hours=hours, begins=asked.hour, exposes=exposes)
    swings = work_out(laid_out, scenario)
    if as_json:
        print(json.dumps(plain.swings(swings, scenario, laid_out), indent=2))  # noqa: T201 - the output
    else:
        _show_swings(swings, laid_out)


def _read(file: Path) -> "CareMap":
    """A map in files, checked as a whole."""
    from watchward.estate.care.tables import complete  # noqa: PLC0415 - as above

    if not file.exists():
        raise BadInputError(f"{file} is not there.", advice="Name a CSV, JSON or ZIP file, or a folder of such files.")
    kinds = {".csv", ".json", ".zip"}
    files = sorted(one for one in file.iterdir() if one.suffix.casefold() in kinds) if file.is_dir() else [file]
    if not files:
        raise BadInputError(f"{file} holds no map.", advice="Put the files of watchward estate export into it.")
    return complete({one.name: one.read_bytes() for one in files})


def _kept(home: Path | None) -> "CareMap":
    """The map of a node."""
    from watchward.node.cli.home import opened  # noqa: PLC0415 - as above

    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.care import queries  # noqa: PLC0415

    return queries.map_visible_to(Service(name="watchward harm"))


def _codes(laid_out: "Model", inside: str) -> frozenset[str]:
    from watchward.harm import asking  # noqa: PLC0415 - as above
    from watchward.harm.within import codes_within  # noqa: PLC0415

    found = codes_within(laid_out.care, inside) or codes_within(laid_out.care, inside.upper())
    if not found:
        asking.require(laid_out, [inside])
        raise BadInputError(
            f"{inside} is no organisation.", advice="Give the code of an organisation, board or region."
        )
    return found


def _not_too_many(number: int, most: int, things: str, *, least: int) -> None:
    if not least <= number <= most:
        raise BadInputError(f"{number:,} {things} cannot be worked out.", advice=f"Ask for {least} to {most:,}.")


def _show_outcome(found: "Outcome") -> None:
    from watchward.harm import as_json as plain  # noqa: PLC0415 - as above

    out = _out()
    scenario, total = found.scenario, found.total
    lost = ", ".join(failure.thing for failure in scenario.failures)
    out.print(f"{lost} down for {hour.lasting(scenario.hours)} from {hour.words(scenario.begins)}")
    out.print(f"Harm {_said(found.harm())} severity-weighted patients. {_UNIT}")
    shown = Table(
        "care", "displaced", "taken in elsewhere", "patient-days of waiting", "harm", box=None, header_style="bold"
    )
    from watchward.harm.outcome import amount  # noqa: PLC0415

    by_kind = sorted(found.by_kind().items(), key=lambda one: -float(one[1].harm(found.weighting)[0]))
    for name, parts in [*((kind.label, parts) for kind, parts in by_kind), ("all", total)]:
        figures = (parts.displaced, parts.absorbed, parts.delay, parts.harm(found.weighting))
        shown.add_row(name, *(_said(amount(figure)) for figure in figures))
    out.print(shown)
    _show_unknown(out, plain.known(found.model))


def _show_worst(found: "Worst", laid_out: "Model") -> None:
    from watchward.harm import as_json as plain  # noqa: PLC0415 - as above

    out = _out()
    out.print(f"What hurts most when it is lost for {hour.lasting(found.hours)} from {hour.words(found.begins)}")
    out.print(_UNIT)
    out.print(_losses(found.losses))
    if found.shared:
        out.print("Single points of failure behind several organisations:")
        out.print(_losses(found.shared))
    others = ", ".join(found.changed_by)
    out.print(f"Other weightings that would order the first ten otherwise: {others or 'none'}.")
    _show_unknown(out, plain.known(laid_out))


def _losses(losses: "Sequence[Loss]") -> Table:
    shown = Table(
        "", "lost", "harm", "care displaced", "organisations", "worse than the next", box=None, header_style="bold"
    )
    for place, one in enumerate(losses, start=1):
        same = place < len(losses) and one.harm == losses[place].harm
        sure = "as bad" if same else f"{one.above_next:.0%} sure" if place < len(losses) else ""
        shown.add_row(str(place), one.thing, _said(one.harm), _said(one.displaced), f"{one.organisations:,}", sure)
    return shown


def _show_swings(swings: "Sequence[Swing]", laid_out: "Model") -> None:
    out = _out()
    shown = Table(
        "what is not known", "harm at its low end", "harm at its high end", "basis", box=None, header_style="bold"
    )
    for one in swings[:_SHOWN]:
        known = laid_out.table.parameters.get(one.key)
        shown.add_row(one.key, _number(one.low), _number(one.high), known.basis.value if known else "size of the map")
    out.print(f"Harm at the estimate: {_number(swings[0].estimate) if swings else 0} severity-weighted patients")
    out.print(shown)
    if len(swings) > _SHOWN:
        out.print(f"{counted(len(swings) - _SHOWN, 'number')} more move it less; --json tells all.")


def _show_unknown(out: Console, known: dict[str, int]) -> None:
    out.print(
        f"{known['template_only']:,} of {known['organisations']:,} organisations that give care have not confirmed "
        "their map: a template stands in for them, with wide uncertainty."
    )


def _said(one: "Amount") -> str:
    """An estimate with its interval."""
    if one.low is None or one.high is None:
        return _number(one.value)
    return f"{_number(one.value)} ({_number(one.low)} to {_number(one.high)})"


def _number(value: float) -> str:
    """A number to three figures: more would claim what nobody knows."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004 - three figures


def _out() -> Console:
    out = Console(highlight=False, markup=False)
    if not out.is_terminal:
        out.width = WIDTH_IN_A_PIPE
    return out
