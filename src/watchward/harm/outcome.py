"""What a scenario does to care: in the whole, by kind, board and region, and for every service on demand."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from watchward.estate.care.service import Service, ServiceKind
from watchward.harm.kernels.arrays import Floats
from watchward.harm.kernels.worlds import ABSORBED, DELAY, DISPLACED, LOST, WAITING
from watchward.harm.model import KINDS, Model
from watchward.harm.parameters.drawing import Draws, ends
from watchward.harm.parameters.table import CARE, EXPOSED, SENSITIVITIES, SEVERITIES, Weighting
from watchward.harm.quotient import Laid
from watchward.harm.scenario import Scenario

_COLUMN = {name: at for at, name in enumerate(CARE)}
_HOURS_OF_WEEK = 168


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """An estimate, and the interval that holds 90% of the draws; both ends are None where nothing was drawn."""

    value: float
    low: float | None = None
    high: float | None = None


def amount(worlds: Floats) -> Amount:
    """The amount that a number in all worlds comes to: the median world first, then the draws."""
    if len(worlds) == 1:
        return Amount(value=float(worlds[0]))
    low, high = ends(worlds[1:])
    return Amount(value=float(worlds[0]), low=low, high=high)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What harm is made of, in every world (world first); docs/harm/definitions.md says what each is.

    Args:
        displaced: units of care that could not happen where they should.
        absorbed: of these, taken in elsewhere.
        lost: of these, not taken in and not coming again.
        delay: patient-days of waiting.
        harmed: patients, by severity from minor to major (world, severity).
        records: records exposed, by sensitivity from demographic to special (world, sensitivity).

    """

    displaced: Floats
    absorbed: Floats
    lost: Floats
    delay: Floats
    harmed: Floats
    records: Floats

    def harm(self, weighting: Weighting) -> Floats:
        """The one unit: severity-weighted patients, in every world."""
        found: Floats = (
            self.harmed @ np.array(weighting.severity)
            + self.records @ np.array(weighting.record)
            + weighting.delay * self.delay
        )
        return found

    def told(self, weighting: Weighting) -> dict[str, Amount | dict[str, Amount]]:
        """Each part and the sum, as amounts."""
        return {
            "displaced": amount(self.displaced),
            "absorbed": amount(self.absorbed),
            "lost": amount(self.lost),
            "delay": amount(self.delay),
            "harmed": {name: amount(self.harmed[:, at]) for at, name in enumerate(SEVERITIES)},
            "records": {name: amount(self.records[:, at]) for at, name in enumerate(SENSITIVITIES)},
            "harm": amount(self.harm(weighting)),
        }


@dataclass(frozen=True, kw_only=True)
class ServiceOutcome:
    """What becomes of one service: capacity by hour at the estimate, and the parts of harm."""

    service: Service
    capacity: Floats
    parts: Parts


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a scenario does.

    Services that are alike in all but their size share one cell; `services` takes them out again.

    Args:
        capacity: what remains of each class of alike things, by hour, at the estimate.
        cells: what becomes of each cell (world, cell, column).
        hourly: displaced care by kind and hour (world, kind, hour).
        line: displaced, absorbed, lost and waiting care at the estimate (column, kind, hour).
        taken_by: units that each pool takes in at the estimate.
        exposed: records that failures may expose, by thing's number and sensitivity.

    """

    model: Model
    scenario: Scenario
    draws: Draws
    laid: Laid
    capacity: Floats
    cells: Floats
    hourly: Floats
    line: Floats
    taken_by: Floats
    exposed: Mapping[int, NDArray[np.int64]]

    @property
    def weighting(self) -> Weighting:
        """The standard weighting."""
        return self.model.table.weightings[0]

    @cached_property
    def total(self) -> Parts:
        """All of it."""
        return self.parts(np.ones(len(self.laid.cells.kind), dtype=bool), self.exposed.values())

    def harm(self) -> Amount:
        """Severity-weighted patients, by the standard weighting."""
        return amount(self.total.harm(self.weighting))

    def by_kind(self) -> dict[ServiceKind, Parts]:
        """The parts by kind of service; records belong to no kind."""
        kinds = self.laid.cells.kind
        return {KINDS[kind]: self.parts(kinds == kind, ()) for kind in np.unique(kinds)}

    def by_board(self) -> dict[str, Parts]:
        """The parts by integrated care board; empty for what has none."""
        return self._by_place(1, lambda code: self.model.care.places[code].icb)

    def by_region(self) -> dict[str, Parts]:
        """The parts by region; empty for what has none."""
        return self._by_place(2, lambda code: self.model.care.places[code].region)

    def taken_in(self) -> dict[tuple[ServiceKind, str], float]:
        """Units that others take in at the estimate, by kind and the integrated care board that takes them."""
        found: dict[tuple[ServiceKind, str], float] = {}
        for pool, taken in zip(self.laid.pool_of, self.taken_by, strict=True):
            kind, board, _ = self.model.pools.names[pool]
            if taken > 0:
                found[ServiceKind(kind), board] = found.get((ServiceKind(kind), board), 0.0) + float(taken)
        return found

    def waiting_hours(self) -> dict[ServiceKind, float]:
        """After how many hours from the beginning nobody waits any more, by kind, at the estimate."""
        found: dict[ServiceKind, float] = {}
        cells = self.laid.cells
        sizes = self.model.sizes(self.draws)[0]
        care = self._care[0]
        for cell, kind in enumerate(cells.kind):
            waiting = self.cells[0, cell, WAITING]
            rate = care[kind, _COLUMN["catch_up"]] * cells.weekly[cell] * sizes[cells.act[cell]] / _HOURS_OF_WEEK
            hours = self.scenario.hours + waiting / rate if waiting > 0 else self._last_wait(int(kind))
            found[KINDS[kind]] = max(found.get(KINDS[kind], 0.0), float(hours))
        return found

    def _last_wait(self, kind: int) -> float:
        late = np.flatnonzero(self.line[WAITING, kind] > 0)
        return float(late[-1] + 1) if len(late) else 0.0

    def services(self) -> Iterator[ServiceOutcome]:
        """What becomes of each service that is hit."""
        rows, services = self.model.belonging.row, self.model.care.services
        for at, number in enumerate(self.laid.service):
            cell = self.laid.cell_of[at]
            whole = self.laid.cells.weekly[cell]
            part = self.model.services.weekly[number] / whole if whole else 0.0
            yield ServiceOutcome(
                service=services[rows[self.model.services.thing[number]]],
                capacity=self.capacity[self.laid.cells.thing[cell]],
                parts=self.parts(np.arange(len(self.laid.cells.kind)) == cell, (), part),
            )

    def parts(
        self, cells: NDArray[np.bool_], records: Iterable[NDArray[np.int64]], share: float | Floats = 1.0
    ) -> Parts:
        """The parts of some cells (a share of them, or of each its own) and of some records."""
        care = self._care
        some = self.cells[:, cells] * np.reshape(share, (-1, 1))
        kinds = self.laid.cells.kind[cells]
        harmed = np.zeros((len(some), len(SEVERITIES)))
        splits = [_COLUMN[f"split_{severity}"] for severity in SEVERITIES]
        for kind in np.unique(kinds):
            patients = _patients(some[:, kinds == kind].sum(axis=1), care[:, kind])
            harmed += patients[:, None] * care[:, kind][:, splits]
        whole = some.sum(axis=1)
        count = sum((one.astype(np.float64) for one in records), start=np.zeros(len(SENSITIVITIES)))
        return Parts(
            displaced=whole[:, DISPLACED],
            absorbed=whole[:, ABSORBED],
            lost=whole[:, LOST],
            delay=whole[:, DELAY],
            harmed=harmed,
            records=self.draws.of(EXPOSED)[:, None] * count,
        )

    @cached_property
    def _care(self) -> Floats:
        """What each kind of service has, in every world (world, kind, number)."""
        return self.model.care_values(self.draws)

    def _by_place(self, column: int, place_of: Callable[[str], str]) -> dict[str, Parts]:
        names = np.array([self.model.pools.names[pool][column] for pool in self.laid.pool_of])
        of_cell = names[self.laid.cells.pool] if len(self.laid.cells.pool) else np.zeros(0, dtype=str)
        records: dict[str, list[NDArray[np.int64]]] = {}
        owner = self.model.belonging.owner
        for thing, count in self.exposed.items():
            records.setdefault(place_of(self.model.ids[owner[thing]]), []).append(count)
        return {
            str(name): self.parts(of_cell == name, records.get(str(name), ()))
            for name in sorted({*of_cell.tolist(), *records})
        }


def _patients(sums: Floats, care: Floats) -> Floats:
    """Patients harmed by care that is lost, moved and late, in every world."""
    column = _COLUMN
    by_loss = care[:, column["by_loss"]]
    by_move = (1 - care[:, column["deferrable"]]) * by_loss * care[:, column["by_move"]]
    found: Floats = sums[:, LOST] * by_loss + sums[:, ABSORBED] * by_move + sums[:, DELAY] * care[:, column["by_day"]]
    return found
