"""`watchward harm`: what the loss of anything on the map of care does to patients."""

import json
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from watchward.node.cli import harm_told
from watchward.node.cli.harm_asked import Asked, codes, not_too_many

app = App(name="harm", help="Say what hurts patients most, and what would happen if something failed.")
app.command(
    "watchward.node.cli.validate:validate", name="validate", help="Set the model against incidents of the past."
)

MOST_SAMPLES = 10_000
MOST_SHOWN = 10_000

AsJson = Annotated[bool, Parameter(name="--json", negative=())]
MapFile = Annotated[Path | None, Parameter(name="--map")]
NumbersFile = Annotated[Path | None, Parameter(name="--parameters")]
Down = Annotated[list[str], Parameter(consume_multiple=True, negative=())]


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
    parameters: NumbersFile = None,
    as_json: AsJson = False,
) -> None:
    """Say what happens to care and to patients if things fail together.

    Args:
        down: the identifiers of what fails: organisations, systems, suppliers, services, equipment. What comes back in
            steps is named with them: supplier/records@24:50,72:100 works by half after 24 hours, wholly after 72.
        hours: for how many hours it fails.
        begins: the day and hour at which it begins.
        samples: with how many draws of what is not known the 90% intervals are made; 0 for none.
        exposes: whoever stopped it may have taken the records in it.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        map_: a map of care instead: a CSV, JSON or ZIP file, or a folder of such files.
        parameters: your own figures in the place of ours: a CSV file with the columns parameter, value, low, high, by
            and why.
        as_json: print one JSON object: each service's capacity by hour, care displaced, patients harmed.

    """
    from watchward.harm import as_json as plain  # noqa: PLC0415 - as in `Asked.model`
    from watchward.harm import asking  # noqa: PLC0415
    from watchward.harm.what_if import what_if as work_out  # noqa: PLC0415

    not_too_many(samples, MOST_SAMPLES, "draws", least=0)
    asked = Asked(home=home, file=map_, hours=hours, begins=begins, numbers=parameters)
    laid_out = asked.model()
    scenario = asking.scenario(laid_out, down, hours=hours, begins=asked.hour, exposes=exposes)
    outcome = work_out(laid_out, scenario, samples=samples)
    if as_json:
        print(json.dumps(plain.outcome(outcome), indent=2))  # noqa: T201 - the output
    else:
        harm_told.show_outcome(outcome)


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
    parameters: NumbersFile = None,
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
        parameters: your own figures in the place of ours: a CSV file with the columns parameter, value, low, high, by
            and why.
        as_json: print one JSON object.

    """
    from watchward.harm import as_json as plain  # noqa: PLC0415 - as in `Asked.model`
    from watchward.harm.within import area  # noqa: PLC0415
    from watchward.harm.worst import worst  # noqa: PLC0415

    not_too_many(samples, MOST_SAMPLES, "draws", least=0)
    not_too_many(top, MOST_SHOWN, "places", least=1)
    asked = Asked(home=home, file=map_, hours=hours, begins=begins, numbers=parameters)
    laid_out = asked.model(inside)
    where = area(laid_out, codes(laid_out, inside)) if inside else None
    found = worst(laid_out, begins=asked.hour, hours=hours, area=where, count=top, samples=samples)
    if as_json:
        print(json.dumps(plain.worst(found, laid_out), indent=2))  # noqa: T201 - the output
    else:
        harm_told.show_worst(found, laid_out)


@app.command
def sensitivity(  # noqa: PLR0913 - each is an option of the command
    *,
    down: Down,
    hours: int,
    begins: str = "Mon 09:00",
    exposes: Annotated[bool, Parameter(negative=())] = False,
    home: Path | None = None,
    map_: MapFile = None,
    parameters: NumbersFile = None,
    as_json: AsJson = False,
) -> None:
    """Say which assumption moves the harm of a failure most.

    Args:
        down: the identifiers of what fails, with steps as in `what-if`.
        hours: for how many hours it fails.
        begins: the day and hour at which it begins.
        exposes: whoever stopped it may have taken the records in it.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        map_: a map of care instead: a CSV, JSON or ZIP file, or a folder of such files.
        parameters: your own figures in the place of ours: a CSV file with the columns parameter, value, low, high, by
            and why.
        as_json: print one JSON object.

    """
    from watchward.harm import as_json as plain  # noqa: PLC0415 - as in `Asked.model`
    from watchward.harm import asking  # noqa: PLC0415
    from watchward.harm.sensitivity import sensitivity as work_out  # noqa: PLC0415

    asked = Asked(home=home, file=map_, hours=hours, begins=begins, numbers=parameters)
    laid_out = asked.model()
    scenario = asking.scenario(laid_out, down, hours=hours, begins=asked.hour, exposes=exposes)
    swings = work_out(laid_out, scenario)
    if as_json:
        print(json.dumps(plain.swings(swings, scenario, laid_out), indent=2))  # noqa: T201 - the output
    else:
        harm_told.show_swings(swings, laid_out)
