"""Log sources and derived fields for whole batches: decided once for each combination of values, then looked up."""

from collections.abc import Callable, Sequence

import numpy as np

from watchward.telemetry import derive, logsource
from watchward.telemetry.columns import Columns
from watchward.telemetry.derive import Derivation
from watchward.telemetry.kernels.rows import chains
from watchward.telemetry.kernels.tables import Array, Work
from watchward.telemetry.logsource import LogSource
from watchward.telemetry.registry import Registry

_CHAINS = 1 << 15
"""How many combinations of signs are remembered; beyond them, memory starts anew."""

_MOST = 1 << 62


class Sources:
    """The log sources of events, by their signs' codes, under one configured log source."""

    def __init__(self, columns: Columns, configured: LogSource) -> None:
        self._columns = columns
        self._configured = configured
        self._signs = [columns.index[name] for name in logsource.SIGNS]
        self._told = {
            number: _Told(columns, columns.index[name], logsource.TELLING[name])
            for number, name in enumerate(logsource.SIGNS)
            if name in logsource.TELLING
        }
        self.forget()

    def forget(self, room: int = _CHAINS) -> None:
        """Start anew, as must be done when a dictionary was given up; `room` is for how many combinations."""
        self._keys = np.zeros((2 * room, 3), np.int64)
        self._key_id = np.full(2 * room, -1, np.int64)
        self._chains = np.zeros((room, 3), np.int64)
        self._count = 1
        self.known = [logsource.of({}, self._configured)]

    def of(self, work: Work, rows: int) -> Array:
        """For each row the number of its log source in `known`; all new texts must be in their dictionaries."""
        ids = np.zeros(rows, np.int64)
        for number, column in enumerate(self._signs):
            slot = self._columns.slot(column)
            if slot < 0:
                continue
            codes = self._told[number].of(work.codes[slot]) if number in self._told else work.codes[slot]
            count = chains(codes, number, ids, self._keys, self._key_id, self._count, self._chains)
            if count < 0:
                # Every row adds at most one chain a sign: with this much room, the next try succeeds.
                self.forget(max(_CHAINS, 1 << (rows * len(self._signs)).bit_length()))
                return self.of(work, rows)
            self._count = count
        for chain in range(len(self.known), self._count):
            self.known.append(logsource.of(self._texts(chain), self._configured))
        return ids

    def _texts(self, chain: int) -> dict[str, str]:
        """The signs along a chain."""
        found = {}
        while chain:
            parent, number, code = self._chains[chain].tolist()
            told = self._told.get(number)
            dictionary = self._columns.dictionaries[self._signs[number]]
            found[logsource.SIGNS[number]] = told.texts[code] if told else dictionary.text(code)
            chain = parent
        return found


class _Told:
    """What a column's texts tell, by their codes: `texts` by the codes of that."""

    def __init__(self, columns: Columns, column: int, tell: Callable[[str], str]) -> None:
        self._columns = columns
        self._column = column
        self._tell = tell
        self._token = b""
        self._known = np.full(1, -1, np.int32)
        self.texts: list[str] = []

    def of(self, codes: Array) -> Array:
        """The codes of what is told, by the codes of the texts; -1 stays -1."""
        dictionary = self._columns.dictionaries[self._column]
        if dictionary.token != self._token:
            self._token, self._known = dictionary.token, np.full(1, -1, np.int32)
        told = [self._tell(dictionary.text(code)) for code in range(len(self._known) - 1, dictionary.size)]
        self.texts.extend(text for text in dict.fromkeys(told) if text not in self.texts)
        new = [self.texts.index(text) for text in told]
        # The last place is for what is absent.
        self._known = np.concatenate([self._known[:-1], np.array([*new, -1], np.int32)])
        found: Array = self._known[codes]
        return found


class Derivations:
    """Fields that follow from others, by the codes of those."""

    def __init__(self, columns: Columns, registry: Registry) -> None:
        self._columns = columns
        self._registry = registry
        self._maps: dict[Derivation, tuple[tuple[bytes, ...], Array]] = {}
        self._pairs: dict[Derivation, tuple[tuple[bytes, ...], dict[tuple[int, ...], int]]] = {}

    def fill(self, work: Work, ids: Array, known: Sequence[LogSource]) -> None:
        """Fill the derived fields of all rows; `ids` are the numbers of their log sources in `known`."""
        present = np.flatnonzero(np.bincount(ids, minlength=len(known)))
        wanted: dict[Derivation, list[int]] = {}
        for number in present.tolist():
            for derivation in derive.applying_to(known[number]):
                if derivation.field in self._registry:
                    wanted.setdefault(derivation, []).append(number)
        for derivation in sorted(wanted, key=derive.order):
            if any(self._columns.slot(self._columns.index[name]) >= 0 for name in derivation.of):
                chosen = np.zeros(len(known), np.bool_)
                chosen[wanted[derivation]] = True
                self._fill(work, derivation, chosen[ids])

    def _fill(self, work: Work, derivation: Derivation, chosen: Array) -> None:
        target = self._columns.index[derivation.field]
        slot = self._columns.slot(target)
        if slot >= 0 and not derivation.replaces:
            chosen &= work.codes[slot] < 0
        rows = np.flatnonzero(chosen)
        sources = [self._codes(work, name, rows) for name in derivation.of]
        if len(sources) == 1:
            codes = self._mapped(work, derivation, sources[0])
        else:
            codes = self._paired(work, derivation, sources)
        if not (codes >= 0).any():
            return
        if slot < 0:
            slot = self._columns.take_slot(work, target)
        work.codes[slot][rows] = np.where(codes >= 0, codes, work.codes[slot][rows])

    def _codes(self, work: Work, name: str, rows: Array) -> Array:
        slot = self._columns.slot(self._columns.index[name])
        return work.codes[slot][rows] if slot >= 0 else np.full(len(rows), -1, np.int32)

    def _tokens(self, derivation: Derivation) -> tuple[bytes, ...]:
        names = (*derivation.of, derivation.field)
        return tuple(self._columns.dictionaries[self._columns.index[name]].token for name in names)

    def _mapped(self, work: Work, derivation: Derivation, codes: Array) -> Array:
        """What follows from one field, remembered by its code: -1 where nothing follows, -2 where not yet known."""
        tokens = self._tokens(derivation)
        held, known = self._maps.get(derivation, ((), np.empty(0, np.int32)))
        size = self._columns.dictionaries[self._columns.index[derivation.of[0]]].size
        if held != tokens:
            known = np.empty(0, np.int32)
        if len(known) < size + 1:  # one more, so that code -1 (absent) finds the last place
            known = np.concatenate([known[:-1], np.full(2 * size + 1 - max(len(known) - 1, 0), -2, np.int32)])
            known[-1] = -1
        self._maps[derivation] = tokens, known
        fresh = np.unique(codes[known[codes] == -2])  # noqa: PLR2004 - explained above
        if len(fresh):
            known[fresh] = self._derived(work, derivation, [(int(code),) for code in fresh])
        return known[codes]

    def _paired(self, work: Work, derivation: Derivation, sources: list[Array]) -> Array:
        tokens = self._tokens(derivation)
        held, known = self._pairs.get(derivation, ((), {}))
        if held != tokens or len(known) > _CHAINS:
            known = {}
        self._pairs[derivation] = tokens, known
        first, place = _alike(sources)
        both = list(zip(*(codes[first].tolist() for codes in sources), strict=True))
        fresh = [pair for pair in both if pair not in known]
        known.update(zip(fresh, (int(code) for code in self._derived(work, derivation, fresh)), strict=True))
        return np.array([known[pair] for pair in both], np.int32)[place.reshape(-1)]

    def _derived(self, work: Work, derivation: Derivation, codes: Sequence[tuple[int, ...]]) -> Array:
        """The codes of what follows from each combination of codes, -1 where nothing does."""
        columns = [self._columns.index[name] for name in derivation.of]
        texts = [derivation.value(*map(self._text, columns, each)) for each in codes]
        found = np.full(len(texts), -1, np.int32)
        given = [at for at, text in enumerate(texts) if text is not None]
        found[given] = self._columns.codes(
            work, self._columns.index[derivation.field], [texts[at] or "" for at in given]
        )
        self._columns.flush(work)
        return found

    def _text(self, column: int, code: int) -> str | None:
        return None if code < 0 else self._columns.dictionaries[column].text(code)


def _alike(sources: list[Array]) -> tuple[Array, Array]:
    """The first row of each combination of codes, and for each row the number of its combination."""
    key = np.zeros(len(sources[0]), np.int64)
    room = 1
    for codes in sources:
        size = int(codes.max(initial=-1)) + 2
        if room * size > _MOST:  # too many for one number: combine those that there are
            key, room = np.unique(key, return_inverse=True)[1], len(key)
        key, room = key * size + codes + 1, room * size
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    return first, place


class Digests:
    """What stands for a column's texts in the names of events, by code."""

    def __init__(self, columns: Columns, field: str, digest: Callable[[str], int]) -> None:
        self._columns = columns
        self._column = columns.index[field]
        self._digest = digest
        self._token = b""
        self._known: list[int] = []

    def of(self, work: Work) -> Array | None:
        """For each row the digest of its text and 0 where it has none; None where no row has one."""
        slot = self._columns.slot(self._column)
        if slot < 0:
            return None
        dictionary = self._columns.dictionaries[self._column]
        if dictionary.token != self._token:
            self._token, self._known = dictionary.token, []
        self._known.extend(self._digest(dictionary.text(code)) for code in range(len(self._known), dictionary.size))
        found: Array = np.array([*self._known, 0], np.uint64)[work.codes[slot]]
        return found
