"""`watchward estate`: bring in the published organisation files, and look at what there is."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.table import Table

from watchward.base.clock import SystemClock
from watchward.base.errors import BadInputError
from watchward.estate import ods
from watchward.estate.organisation import OrganisationKind, OrganisationRecord
from watchward.estate.placement import Settled, settle
from watchward.node.cli import care_map
from watchward.node.cli.home import opened
from watchward.node.words import counted

app = App(name="estate", help="Bring in organisations and what care they give, and look at what there is.")
app.command(care_map.template_, name="template")
app.command(care_map.export, name="export")
app.command(care_map.coverage, name="coverage")
app.command(care_map.questions, name="questions")

BAD_INPUT = 2
_SHOWN = 5

AsJson = Annotated[bool, Parameter(name="--json", negative=())]


@app.command(name="import")
def import_(  # noqa: PLR0913 - each is an option of the command
    *files: Path,
    layout: Annotated[str | None, Parameter(name="--as")] = None,
    under: str | None = None,
    reason: str = "Imported from files",
    whole: bool = False,
    home: Path | None = None,
    as_json: AsJson = False,
) -> int:
    """Read files and keep what they say: organisations, their activity, their maps of care. Twice changes nothing.

    What a file holds is recognised: the register's files put organisations into the tree; publications of activity say
    how large they are; maps (CSV tables, ZIP, JSON) say what care they give and what that needs, all of it or nothing.

    Args:
        files: files, or folders of CSV files.
        layout: how to read the register's files; without it, each file's layout is recognised.
        under: the code of the organisation below which those go that no file gives a place.
        reason: how it is known what the maps say; it is kept with each row.
        whole: the files hold the whole maps of their organisations: remove what is not in them.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object.

    """
    expanded = _expanded(files)
    found = care_map.sorted_by_content(expanded) if layout is None else care_map.Sorted(registers=expanded)
    registers = _Registers(found.registers, layout, under) if found.registers else None
    opened(home)
    from django.db import transaction  # noqa: PLC0415 - needs Django to be ready

    with transaction.atomic():
        told = registers.store() if registers else {}
        activity = care_map.import_activity(found.activity) if found.activity else {}
        maps = care_map.import_maps(found.maps, reason=reason, whole=whole) if found.maps else {}
    if as_json:
        more = {name: value for name, value in (("maps", maps), ("activity", activity)) if value}
        print(json.dumps({**told, **more}, indent=2))  # noqa: T201 - the output
    else:
        if registers:
            registers.tell()
        care_map.tell(maps, activity)
    return BAD_INPUT if registers and registers.refused else 0


class _Registers:
    """The register's files of one import.

    Raises:
        BadInputError: none of them can be read.

    """

    def __init__(self, files: Sequence[Path], layout: str | None, under: str | None) -> None:
        self._readings, self.refused = _read(files, layout)
        self._under = under
        if not self._readings:
            advice = "\n".join(str(error) for error in self.refused)
            raise BadInputError("No organisation was read.", advice=advice)

    def store(self) -> dict[str, object]:
        """Put the organisations into the tree."""
        from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
        from watchward.console.estate import actions, queries  # noqa: PLC0415

        by = Service(name="watchward estate import")
        self._settled = settle(self._readings, known=queries.known_records(by), under=self._under)
        done = actions.import_organisations(by=by, records=self._settled.records, clock=SystemClock())
        self._counts = {
            "created": done.created,
            "changed": done.changed,
            "moved": done.moved,
            "unchanged": done.unchanged,
        }
        return {**self._counts, **_report(self._readings, self.refused, self._settled)}

    def tell(self) -> None:
        """Say what was done."""
        _tell(self._readings, self.refused, self._settled, self._counts)


@app.command(name="list")
def list_(
    text: str = "", *, kind: str = "", below: str = "", home: Path | None = None, as_json: AsJson = False
) -> None:
    """List the organisations.

    Args:
        text: part of a name, or a code or postcode.
        kind: only those of one kind, such as gp_practice.
        below: only those at or below the organisation with this code.
        home: the node's home; without it WATCHWARD_HOME, else watchward-home in this folder.
        as_json: print one JSON object a line.

    """
    opened(home)
    from watchward.console.access.guard import Service  # noqa: PLC0415 - needs Django to be ready
    from watchward.console.estate import queries  # noqa: PLC0415

    wanted = text.casefold()
    paths = queries.paths(Service(name="watchward estate list"))
    inside = f"/{below.upper()}/"
    if kind and kind not in list(OrganisationKind):
        raise BadInputError(f"There is no kind {kind!r}.", advice=f"Use one of {', '.join(OrganisationKind)}.")
    if below and below.upper() not in paths:
        raise BadInputError(f"There is no organisation {below!r}.", advice="Look it up with: watchward estate list")
    found = [
        record
        for record in queries.known_records(Service(name="watchward estate list"))
        if (not kind or record.kind == kind)
        and (not below or inside in paths[record.code])
        and (wanted in record.name.casefold() or wanted in {record.code.casefold(), record.postcode.casefold()})
    ]
    if as_json:
        sys.stdout.writelines(json.dumps(_line(record) | {"path": paths[record.code]}) + "\n" for record in found)
    else:
        _list(found)


def _line(record: OrganisationRecord) -> dict[str, str | None]:
    line = {name: getattr(record, name) for name in ("code", "name", "kind", "parent", "successor", "postcode")}
    return line | {"opened_on": str(record.opened_on or ""), "closed_on": str(record.closed_on or "")}


def _list(found: Sequence[OrganisationRecord]) -> None:
    table = Table("code", "name", "kind", "below", "closed", box=None, header_style="bold")
    for record in found:
        table.add_row(record.code, record.name, record.kind.label, record.parent or "", str(record.closed_on or ""))
    out = Console(soft_wrap=True, highlight=False)
    out.print(table)
    out.print(counted(len(found), "organisation"))


def _expanded(files: Sequence[Path]) -> list[Path]:
    if not files:
        raise BadInputError("No file was named.", advice="Give CSV files, or folders that hold them.")
    found: list[Path] = []
    for file in files:
        if not file.exists():
            raise BadInputError(f"{file} is not there.", advice="Check the name.")
        found += sorted(file.rglob("*.csv")) if file.is_dir() else [file]
    return found


def _read(files: Sequence[Path], layout: str | None) -> tuple[list[ods.Reading], list[ods.LayoutError]]:
    """What the files say; a file that cannot be used does not stop the others."""
    readings, refused = [], []
    for file in files:
        try:
            reading = ods.read(ods.decode(file.read_bytes(), file=file.name), file=file.name, layout=layout)
            if layout and not (reading.claims or reading.successions):
                raise _fits_nothing(reading)
            readings.append(reading)
        except ods.LayoutError as error:
            refused.append(error)
    return readings, refused


def _fits_nothing(reading: ods.Reading) -> ods.LayoutError:
    left = "; ".join(f"{count:,} left out: {reason}" for reason, count in reading.left_out.items())
    return ods.LayoutError(
        file=reading.file,
        line=1,
        found=f"no row that can be read as {reading.layout}" + (f" ({left})" if left else ""),
        expected="another layout: leave --as out, and it is recognised",
    )


def _report(readings: Sequence[ods.Reading], refused: Sequence[ods.LayoutError], settled: Settled) -> dict[str, object]:
    return {
        "files": [
            {"file": one.file, "layout": one.layout, "rows": len(one.claims), "left_out": dict(one.left_out)}
            for one in readings
        ],
        "refused": [
            {"file": one.file, "line": one.line, "reason": one.message, "advice": one.advice} for one in refused
        ],
        "remarks": [
            {"text": one.text, "advice": one.advice, "organisations": list(one.codes)} for one in settled.remarks
        ],
    }


def _tell(
    readings: Sequence[ods.Reading],
    refused: Sequence[ods.LayoutError],
    settled: Settled,
    counts: dict[str, int],
) -> None:
    out = Console(soft_wrap=True, highlight=False, markup=False)
    for reading in readings:
        left = "".join(f"; left out {count:,}: {reason}" for reason, count in reading.left_out.items())
        merged = reading.successions and not reading.claims
        said = counted(len(reading.successions), "merger") if merged else counted(len(reading.claims), "row")
        out.print(f"{reading.file}: {said} read as {reading.layout}{left}")
    out.print(", ".join(f"{count:,} {what}" for what, count in counts.items()))
    for remark in settled.remarks:
        named = ", ".join(remark.codes[:_SHOWN]) + (" …" if len(remark.codes) > _SHOWN else "")
        out.print(f"{remark.text}: {len(remark.codes):,} ({named}). {remark.advice}")
    for error in refused:
        Console(stderr=True, soft_wrap=True, highlight=False, markup=False).print(f"Not read: {error}")
