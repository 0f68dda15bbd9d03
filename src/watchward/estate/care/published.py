"""Published activity: the files of NHS England from which an organisation's size is known."""

import calendar
import csv
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from watchward.base.errors import BadInputError
from watchward.estate.care.templates.measure import Measure
from watchward.estate.care.trouble import CareMapError, Origin, Trouble

_MONTHS_KEPT: Final = 12
"""Of a measure that is published by the month, so many of the latest months are averaged."""

_DAYS_OF_A_MONTH: Final = 365.25 / 12

_NONE: Final = frozenset({"", "-", "*", "NA", "N/A"})
"""What publications write where there is no number."""

_Row = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """One number that was published about an organisation.

    Args:
        organisation: its code.
        measure: what was counted.
        value: how many; activity is that of one week.
        period: the month as `2026-03`; empty where the file does not say.

    """

    organisation: str
    measure: Measure
    value: float
    period: str


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What one file says.

    Args:
        file: the file's name.
        layout: which publication it was recognised as.
        counts: what it counts.

    """

    file: str
    layout: str
    counts: tuple[Count, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """One publication, recognised by its columns.

    Args:
        title: what it is.
        code: the column of the organisation's code.
        period: the column of the month; empty where only the file's name says it.
        monthly: the measures that count a month's activity, and their columns.
        standing: the measures that count what there is, and their columns.
        reads: the columns that say which rows count.
        sums: whether an organisation has several rows of one month, to be added up.
        wanted: which rows count, and for which measure; rows of None do not.

    """

    title: str
    code: str
    period: str = ""
    monthly: Mapping[Measure, str] = field(default_factory=dict)
    standing: Mapping[Measure, str] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    sums: bool = False
    wanted: Callable[[_Row], Measure | None] | None = None

    @property
    def columns(self) -> frozenset[str]:
        """What the heading must have."""
        named = {self.code, self.period, *self.reads, *self.monthly.values(), *self.standing.values()}
        return frozenset(named - {""})


def _pathways(part: str, treatment: str) -> Callable[[_Row], Measure | None]:
    """The completed pathways of all specialties together: `C_999` rows are the totals of the others."""
    parts = {"part_1a": Measure.COMPLETED_ADMITTED, "part_1b": Measure.COMPLETED_NOT_ADMITTED}
    return lambda row: parts.get(row[part].casefold()) if row[treatment] in {"C_999", "999"} else None


def _everybody(row: _Row) -> Measure | None:
    return Measure.REGISTERED_PATIENTS if row["sex"] == "ALL" and row["age"] == "ALL" else None


_PATHWAYS: Final = (Measure.COMPLETED_ADMITTED, Measure.COMPLETED_NOT_ADMITTED)


def _waiting_times(title: str, *, code: str, part: str, treatment: str, total: str) -> _Layout:
    """A publication of waiting times: a row for each part of the pathway and each treatment function."""
    return _Layout(
        title=f"referral to treatment waiting times, {title}",
        code=code,
        period="period",
        monthly=dict.fromkeys(_PATHWAYS, total),
        sums=True,
        reads=(part, treatment),
        wanted=_pathways(part, treatment),
    )


_LAYOUTS: Final = (
    _Layout(
        title="A&E attendances and emergency admissions, by provider and month",
        code="code",
        monthly={
            Measure.AE_ATTENDANCES: "total attendances",
            Measure.EMERGENCY_ADMISSIONS: "total emergency admissions",
        },
    ),
    _Layout(
        title="A&E attendances and emergency admissions, months together",
        code="org_code",
        period="period",
        monthly={Measure.AE_ATTENDANCES: "att_total", Measure.EMERGENCY_ADMISSIONS: "emadm_total"},
    ),
    _waiting_times(
        "full extract",
        code="provider org code",
        part="rtt part type",
        treatment="treatment function code",
        total="total all",
    ),
    _waiting_times("by provider", code="provider_code", part="rtt_part", treatment="tfc_code", total="total_all"),
    _Layout(
        title="critical care and general and acute beds, by trust and month",
        code="trust_code",
        period="period",
        standing={
            Measure.BEDS: "general_acute_beds_available",
            Measure.CRITICAL_CARE_BEDS: "adult_critical_care_beds_available",
        },
    ),
    _Layout(
        title="patients registered at a GP practice",
        code="code",
        standing={Measure.REGISTERED_PATIENTS: "number_of_patients"},
        reads=("sex", "age"),
        wanted=_everybody,
    ),
    _Layout(title="GP practices with list sizes", code="code", standing={Measure.REGISTERED_PATIENTS: "list_size"}),
)


def read(lines: Iterable[str], *, file: str) -> Reading:
    """What a published file says of organisations' sizes.

    Args:
        lines: its lines; a file of any length is read without being held in memory.
        file: its name, from which the month is read where the file does not say it.

    Raises:
        BadInputError: it is no publication that is known.
        CareMapError: it is, and rows of it make no sense; the error names each with row and column.

    """
    rows = csv.reader(lines)
    heading = _heading(next(rows, []))
    layout = _layout(heading)
    if layout is None:
        raise BadInputError(f"{file} is no publication of activity that is known.", advice=_known())
    counts, troubles = _Counts(layout, file), list[Trouble]()
    try:
        for number, row in enumerate(rows, start=2):
            if any(row):
                troubles += counts.add(_named(heading, row), number)
    except csv.Error as error:
        troubles.append(_trouble(f"The file is broken here ({error}).", "", file, rows.line_num))
    if troubles:
        raise CareMapError(troubles)
    return Reading(file=file, layout=layout.title, counts=tuple(counts.all()))


def is_known(heading: str) -> bool:
    """Whether a file that begins with this line is a publication that is known."""
    return _layout(_heading(next(csv.reader([heading]), []))) is not None


def _heading(names: Sequence[str]) -> list[str]:
    return [" ".join(name.lstrip("\ufeff").split()).casefold() for name in names]


def _layout(heading: Sequence[str]) -> _Layout | None:
    return next((one for one in _LAYOUTS if one.columns <= set(heading)), None)


def sizes(readings: Iterable[Reading]) -> dict[str, dict[Measure, float]]:
    """The size of each organisation that the files know: the mean of the latest year of each measure."""
    known: dict[tuple[str, Measure], dict[str, float]] = defaultdict(dict)
    for reading in readings:
        for count in reading.counts:
            known[count.organisation, count.measure][count.period or reading.file] = count.value
    found: dict[str, dict[Measure, float]] = defaultdict(dict)
    for (organisation, measure), by_month in known.items():
        latest = [by_month[month] for month in sorted(by_month)[-_MONTHS_KEPT:]]
        found[organisation][measure] = sum(latest) / len(latest)
    return dict(found)


def _known() -> str:
    return "Known are: " + "; ".join(layout.title for layout in _LAYOUTS) + "."


def _named(heading: Sequence[str], row: Sequence[str]) -> dict[str, str]:
    """A row by column; where publications use a heading twice, the first is the one of all attendances."""
    found: dict[str, str] = {}
    for name, value in zip(heading, row, strict=False):
        found.setdefault(name, value.strip())
    return dict.fromkeys(heading, "") | found


class _Counts:
    """The counts of one file as its rows are read."""

    def __init__(self, layout: _Layout, file: str) -> None:
        self._layout = layout
        self._file = file
        self._month = month_of(file)
        self._found: dict[tuple[str, Measure, str], float] = defaultdict(float)

    def add(self, row: _Row, number: int) -> Iterator[Trouble]:
        """Count a row, or say what is wrong with it."""
        wanted = self._layout.wanted(row) if self._layout.wanted else None
        if self._layout.wanted and wanted is None:
            return
        code = row[self._layout.code].upper()
        if not code:
            yield _trouble("There is no code.", self._layout.code, self._file, number)
            return
        period = month_of(row[self._layout.period]) if self._layout.period else self._month
        for measure, column in (*self._layout.monthly.items(), *self._layout.standing.items()):
            if wanted not in {None, measure} or row[column] in _NONE:
                continue
            value = _number(row[column])
            if value is None:
                yield _trouble(f"{row[column]!r} is no count.", column, self._file, number)
                continue
            self._keep((code, measure, period), _weekly(value, period) if measure in self._layout.monthly else value)

    def _keep(self, key: tuple[str, Measure, str], value: float) -> None:
        self._found[key] = self._found[key] + value if self._layout.sums else value

    def all(self) -> Iterator[Count]:
        """Everything that was counted."""
        for (organisation, measure, period), value in self._found.items():
            yield Count(organisation=organisation, measure=measure, value=value, period=period)


def _number(text: str) -> float | None:
    """A count as publications write it: 17,712 or 17712.0; None where it is none."""
    plain = text.replace(",", "")
    return float(plain) if re.fullmatch(r"\d{1,12}(\.\d+)?", plain, re.ASCII) else None


def _weekly(monthly: float, period: str) -> float:
    days = calendar.monthrange(int(period[:4]), int(period[5:]))[1] if period else _DAYS_OF_A_MONTH
    return monthly * 7 / days


_NAMES: Final = {name.casefold(): number for number, name in enumerate(calendar.month_name) if name}
_SHORT: Final = {name.casefold(): number for number, name in enumerate(calendar.month_abbr) if name}


def month_of(text: str) -> str:
    """The month that a text names, such as a period or a file's name; empty where it names none.

    >>> [month_of(text) for text in ("2026-03-01", "RTT-April-2026", "Jan26-AE.csv", "beds")]
    ['2026-03', '2026-04', '2026-01', '']

    """
    digits = re.search(r"(?<!\d)(20\d\d)-?(0[1-9]|1[0-2])(?!\d\d\d)", text, re.ASCII)
    if digits:
        return f"{digits[1]}-{digits[2]}"
    words = re.search(r"([A-Za-z]{3,9})[ _-]*(20)?(\d\d)(?!\d)", text, re.ASCII)
    if words:
        number = _NAMES.get(words[1].casefold()) or _SHORT.get(words[1].casefold())
        return f"20{words[3]}-{number:02d}" if number else ""
    return ""


def _trouble(text: str, column: str, file: str, row: int) -> Trouble:
    return Trouble(text=text, advice="Download the file again.", column=column, origin=Origin(file=file, row=row))
