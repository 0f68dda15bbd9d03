"""`watchward estate template|export|coverage`, and the part of `import` that is about maps of care and activity."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.estate.care import published, tables
from watchward.estate.care.map import CareMap
from watchward.estate.care.tables import braces, comma
from watchward.estate.care.templates import Arrangement, TemplateKind, known_kind, read, template
from watchward.node.cli.home import opened
from watchward.node.words import counted

_MOST_QUESTIONS = 100

AsJson = Annotated[bool, Parameter(name="--json", negative=())]


@dataclass(kw_only=True)
class Sorted:
    """Files by what they hold; a file of practices with list sizes holds organisations and activity."""

    registers: list[Path] = field(default_factory=list)
    maps: list[Path] = field(default_factory=list)
    activity: list[Path] = field(default_factory=list)


def sorted_by_content(files: Sequence[Path]) -> Sorted:
    """Which files are maps of care, which publications of activity, and which the register's."""
    found = Sorted()
    for file in files:
        if file.suffix.casefold() in {".zip", ".json"}:
            found.maps.append(file)
            continue
        with file.open(encoding="utf-8-sig", errors="replace") as lines:
            heading = lines.readline(100_000)
        if comma.table_of(heading) is not None:
            found.maps.append(file)
            continue
        sizes = published.is_known(heading)
        if sizes:
            found.activity.append(file)
        if not sizes or "list_size" in heading:
            found.registers.append(file)
    return found


def import_maps(files: Sequence[Path], *, reason: str, whole: bool) -> dict[str, dict[str, int]]:
    """Bring in maps of care; all of them, or nothing. The home is opened already."""
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.care import actions, bringing, queries  # noqa: PLC0415

    by = Service(name="watchward estate import")
    found = tables.read({file.name: file.read_bytes() for file in files})
    codes = bringing.owners(found.care)
    organisations = queries.organisations_named(by, codes)
    unknown = codes - {one.code for one in organisations}
    if unknown:
        raise BadInputError(
            f"There is no organisation {', '.join(sorted(unknown)[:5])}.",
            advice="Correct the codes, or import the register's files first.",
        )
    done = actions.import_maps(
        by=by,
        organisations=organisations,
        brought=actions.Brought(found=found, whole=whole),
        reason=reason,
        clock=SystemClock(),
    )
    return {code: {"added": one.added, "changed": one.changed, "removed": one.removed} for code, one in done.items()}


def import_activity(files: Sequence[Path]) -> dict[str, int]:
    """Keep the published sizes of the organisations that the node knows. The home is opened already."""
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.care import actions, queries  # noqa: PLC0415

    by = Service(name="watchward estate import")
    readings = []
    for file in files:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            readings.append(published.read(lines, file=file.name))
    sizes = published.sizes(readings)
    source = "; ".join(dict.fromkeys(one.layout for one in readings))
    known = queries.organisations_named(by, sizes)
    wanted = [
        actions.Arranged(organisation=one, measures=sizes[one.code], source=source, remembered=True) for one in known
    ]
    if wanted:
        actions.arrange(by=by, wanted=wanted, suppliers=(), reason=f"Published: {source}", clock=SystemClock())
    return {"organisations": len(wanted), "unknown": len(sizes) - len(wanted)}


def template_(
    kind: str = "", *, organisation: str = "ORG", scale: float | None = None, as_json: AsJson = False
) -> None:
    """Show what an organisation of a kind usually gives and needs; without a kind, which kinds there are.

    Args:
        kind: which kind, such as acute_trust.
        organisation: the code with which the identifiers begin.
        scale: its size, in what the template is scaled by; without it, the kind's usual size with a wide range.
        as_json: print the map as JSON, which estate import reads.

    """
    if not kind:
        _kinds(as_json=as_json)
        return
    known = known_kind(kind)
    measures = {} if scale is None else {read(known).measure: scale}
    care = template(Arrangement(template=known, measures=measures), organisation=organisation)
    if as_json:
        print(braces.write(care), end="")  # noqa: T201 - the output
    else:
        _show(known, care)


def _kinds(*, as_json: bool) -> None:
    found = [read(kind) for kind in TemplateKind]
    if as_json:
        scaled = {one.kind.value: {"title": one.title, "scale": one.measure.value} for one in found}
        print(json.dumps(scaled, indent=2))  # noqa: T201 - the output
        return
    table = Table("kind", "what", "scaled by", box=None, header_style="bold")
    for one in found:
        table.add_row(one.kind.value, one.title, one.measure.label)
    Console(soft_wrap=True, highlight=False).print(table)


def _show(kind: TemplateKind, care: CareMap) -> None:
    out = Console(soft_wrap=True, highlight=False, markup=False)
    document = read(kind)
    out.print(f"{document.title}, scaled by {document.measure.label} ({document.size.source}).")
    for one in care.services:
        needs = [need.provider.partition("/")[2] for need in care.dependencies if need.consumer == one.id]
        out.print(f"{one.kind.label}: {one.weekly:,.0f} a week ({one.low:,.0f} to {one.high:,.0f})")
        out.print(f"  needs {', '.join(needs)}")
    out.print("Systems: " + ", ".join(one.id.partition("/")[2] for one in care.systems))


def export(
    *,
    to: Path | None = None,
    below: str = "",
    refined: bool = False,
    home: Path | None = None,
    as_json: AsJson = False,
) -> None:
    """Write the map of care, as JSON or as CSV files: what estate import reads again.

    Args:
        to: a file that ends in .json or .zip, or a folder for one CSV file a table.
        below: only the organisation with this code and those below it.
        refined: only organisations whose map somebody refined; else templates stand in for the others.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print the map as one JSON object.

    """
    if to is None and not as_json:
        raise BadInputError("Where to?", advice="Give --to FOLDER, --to map.zip or --to map.json; or --json.")
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.care import queries  # noqa: PLC0415

    care = queries.map_visible_to(Service(name="watchward estate export"), below=below.upper(), stored_only=refined)
    if as_json:
        print(braces.write(care), end="")  # noqa: T201 - the output
    if to is not None:
        _write(care, to)
        Console(stderr=True, soft_wrap=True, highlight=False).print(
            f"{counted(len(care.places), 'organisation')} written to {to}"
        )


def _write(care: CareMap, to: Path) -> None:
    match to.suffix.casefold():
        case ".json":
            to.write_text(braces.write(care), encoding="utf-8")
        case ".zip":
            to.write_bytes(comma.write_zip(care))
        case _:
            to.mkdir(parents=True, exist_ok=True)
            for name, text in comma.write(care).items():
                (to / name).write_text(text, encoding="utf-8")


def coverage(*, below: str = "", home: Path | None = None, as_json: AsJson = False) -> None:
    """Say which organisations have mapped what care they give, and how much of the care that is.

    Args:
        below: only the organisation with this code and those below it.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.care import coverage_queries  # noqa: PLC0415
    from watchward.console.harm import adapters  # noqa: PLC0415

    adapters.lay_out()  # of a large map, which a worker may not have come to
    found = coverage_queries.coverage(Service(name="watchward estate coverage"), below=below.upper())
    if as_json:
        told = {
            "organisations": {kind.value: _standings(count) for kind, count in found.organisations.items()},
            "activity": {kind.value: share for kind, share in found.activity.items()},
        }
        print(json.dumps(told, indent=2))  # noqa: T201 - the output
        return
    out = Console(soft_wrap=True, highlight=False, markup=False)
    table = Table("organisations", "mapped", "by template only", "nothing", box=None, header_style="bold")
    for kind, count in sorted(found.organisations.items(), key=lambda pair: pair[0].label):
        table.add_row(kind.label, *(f"{number:,}" for number in _standings(count).values()))
    out.print(table)
    table = Table("care", "share of its activity that is mapped", box=None, header_style="bold")
    for service, share in sorted(found.activity.items(), key=lambda pair: (-pair[1], pair[0].label)):
        table.add_row(service.label, f"{share:.0%}")
    out.print(table)


def questions(organisation: str, *, count: int = 5, home: Path | None = None, as_json: AsJson = False) -> None:
    """Say which questions about an organisation's map would change its ranking of harm most, and the answers to them.

    Args:
        organisation: its code.
        count: how many questions are told, 1 to 100.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    if not 1 <= count <= _MOST_QUESTIONS:
        raise BadInputError(f"{count} questions cannot be told.", advice=f"Ask for 1 to {_MOST_QUESTIONS}.")
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.harm import queries  # noqa: PLC0415
    from watchward.console.harm import questions as asking  # noqa: PLC0415
    from watchward.harm.questions import as_json as plain  # noqa: PLC0415

    code = organisation.strip().upper()
    place = queries.place_for(Service(name="watchward estate questions"), code)
    if place is None:
        raise BadInputError(f"There is no organisation {code[:40]!r}.", advice="Give its code: watchward estate list.")
    found = asking.found_for(place)
    told = plain.questions(found.asked, asking.words_for(place, found.asked.care), found.questions[:count])
    if as_json:
        print(json.dumps(told, indent=2))  # noqa: T201 - the output
        return
    out = Console(soft_wrap=True, highlight=False, markup=False)
    for at, one in enumerate(told["questions"], start=1):
        out.print(f"{at}. {one['text']} {one['hint']}")
        out.print(f"   {'; '.join(one['choices'].values()) or 'A number'}")
        moves = one["moves"]
        out.print(
            f"   The harm of losing {moves['thing']} may turn out between {moves['low']:.3g} and {moves['high']:.3g}."
        )
    if not told["questions"]:
        out.print("Nothing to ask: no answer would change the ranking.")


def _standings(count: Counter[str]) -> dict[str, int]:
    return {standing: count[standing] for standing in ("mapped", "template", "nothing")}


def tell(maps: Mapping[str, Mapping[str, int]], activity: Mapping[str, Any]) -> None:
    """Say what an import of maps and activity did."""
    out = Console(soft_wrap=True, highlight=False, markup=False)
    for code, done in maps.items():
        out.print(f"{code}: " + ", ".join(f"{count:,} {what}" for what, count in done.items()))
    if activity:
        unknown = f"; {activity['unknown']:,} in the files are not known here" if activity["unknown"] else ""
        out.print(f"The size of {counted(activity['organisations'], 'organisation')} is known{unknown}.")
