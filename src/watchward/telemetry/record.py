"""One foreign document as one event: its fields under their Sigma names, its time, its number, and the rest.

This is the plain statement of how a document is read. `decode` does the same faster, and tests hold the two together.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from watchward.telemetry import times
from watchward.telemetry.documents import Members, leaves, members, plain
from watchward.telemetry.paths import NATIVE, RECORD, TIME, Place, above_fields, leads_to_fields, place
from watchward.telemetry.registry import Kind, Registry
from watchward.telemetry.values import Value, text

LONGEST_NUMBER = 18
"""The digits of the greatest record number; what is longer is no record number."""

_NAMES = ("@Name", "Name", "#attributes.Name")
_TEXTS = ("#text", "Value", "content", "text")


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """An event as its sender wrote it, before its log source is known.

    Args:
        fields: the fields that have a column.
        unmapped: every other value by its path.
        observed: when it happened, in microseconds since 1970; None where the document gives no time.
        number: the number that the log gave it; None where it gives none.

    """

    fields: dict[str, str]
    unmapped: dict[str, Value]
    observed: int | None
    number: int | None


class Places:
    """Where paths belong under one registry, remembered for the most used ones."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.of = lru_cache(maxsize=20_000)(lambda path: place(path, registry))
        above = above_fields(registry)
        self.leads_to_fields = lru_cache(maxsize=20_000)(lambda path: leads_to_fields(path, above))

    def is_text(self, path: str) -> bool:
        """Whether rules read the whole object at this path as text."""
        name = self.of(path).field
        return name is not None and self.registry.kinds.get(name) is Kind.JSON


def read(line: bytes, places: Places) -> Record:
    """The event in one document; raises UnreadableError where it is none."""
    reading = _Reading()
    for path, (value, kept) in dict(_values(members(line), places)).items():
        reading.take(path, value, places.of(path), kept=kept)
    return reading.record()


@dataclass(slots=True)
class _Reading:
    """What has been read of one document so far: for each field the rank, path, value and text that hold it."""

    fields: dict[str, tuple[int, str, Value, str]] = field(default_factory=dict)
    unmapped: dict[str, Value] = field(default_factory=dict)
    time: tuple[int, int | None] = (0, None)
    number: tuple[int, int | None] = (0, None)

    def take(self, path: str, value: Value, where: Place, *, kept: bool) -> None:
        """Put one value where it belongs; `kept` when `unmapped` would hold it if no field does."""
        if kept and (where.field in (None, TIME, RECORD) or where.rank < NATIVE):
            self.unmapped[path] = value
        if where.field is None:
            return
        if where.field == TIME:
            self._take_time(value, where.rank)
        elif where.field == RECORD:
            self._take_number(value, where.rank)
        elif (words := text(value)) is not None:
            self._take_field(where.field, (where.rank, path, value, words))

    def _take_time(self, value: Value, rank: int) -> None:
        if isinstance(value, str | int | float) and not isinstance(value, bool) and rank >= self.time[0]:
            micros = times.parse(value)
            self.time = self.time if micros is None else (rank, micros)

    def _take_number(self, value: Value, rank: int) -> None:
        digits = text(value) or ""
        if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER and rank >= self.number[0]:
            self.number = (rank, int(digits))

    def _take_field(self, name: str, claim: tuple[int, str, Value, str]) -> None:
        held = self.fields.get(name)
        loser = claim
        if held is None or claim[0] >= held[0]:
            self.fields[name], loser = claim, held or claim
        if loser[0] == NATIVE and loser is not self.fields[name]:
            self.unmapped[loser[1]] = loser[2]

    def record(self) -> Record:
        """All that was read."""
        return Record(
            fields={name: words for name, (_, _, _, words) in self.fields.items()},
            unmapped=self.unmapped,
            observed=self.time[1],
            number=self.number[1],
        )


def _values(document: Members, places: Places, prefix: str = "") -> Iterator[tuple[str, tuple[Value, bool]]]:
    """Each value with its path, and whether it is the sender's own (not a part shown again)."""
    for name, value in document:
        path = f"{prefix}{name}"
        if isinstance(value, Members) and value:
            if places.is_text(path):
                yield path, (plain(value), False)
            yield from _values(value, places, f"{path}.")
        elif isinstance(value, list) and any(isinstance(item, Members) for item in value):
            yield path, (plain(value), True)
            if places.leads_to_fields(path):
                yield from _listed(path, value)
        else:
            yield path, (plain(value), True)


def _listed(path: str, values: list[object]) -> Iterator[tuple[str, tuple[Value, bool]]]:
    """The fields inside the objects of a list: named pairs each by its name, others as one list a path."""
    together: dict[str, list[Value]] = {}
    for item in values:
        if not isinstance(item, Members):
            continue
        inner = dict(leaves(item))
        name = next((inner[key] for key in _NAMES if isinstance(inner.get(key), str)), None)
        if path.endswith("EventData.Data") and isinstance(name, str):
            yield (
                f"{path.removesuffix('.Data')}.{name}",
                (next((inner[key] for key in _TEXTS if key in inner), None), True),
            )
        else:
            for key, value in inner.items():
                together.setdefault(f"{path}.{key}", []).append(value)
    for inner_path, found in together.items():
        yield inner_path, (found, False)
