"""Events of the lake's Parquet files, of which a scan reads no more columns than its rules do.

Only rules for the log sources in a row group ask for anything. Rules with keywords ask for everything: unless the
traces of the texts (`lake.traces`) say that no keyword of theirs is there, all columns are read.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from watchward.detect.columns import log_sources
from watchward.detect.sigma.logsource import Triple
from watchward.detect.texts.traces import Trace
from watchward.lake import traces
from watchward.telemetry.asked import Ask
from watchward.telemetry.batch import ENVELOPE, column_of
from watchward.telemetry.logsource import LogSource
from watchward.telemetry.sources.errors import FileError

_ROWS = 65_536
_SOURCE = ("product", "category", "service")


class Stored:
    """Reads what the lake wrote.

    Args:
        ask: the fields that rules without keywords read of the events of a log source.
        hold_keywords: whether events that left a trace may hold keywords that a rule for their log source looks for;
            without a trace, whether there is such a rule.

    """

    def __init__(self, ask: Ask, hold_keywords: Callable[[Triple, Trace | None], bool]) -> None:
        self._ask = cache(ask)
        self._hold_keywords = hold_keywords

    def batches(self, path: Path, only: int | None = None) -> Iterator[tuple[pa.RecordBatch, frozenset[Triple]]]:
        """The events of a file or of one of its row groups, and the log sources whose events may hold keywords."""
        with pq.ParquetFile(path) as file:
            names = file.schema_arrow.names
            missing = [name for name in ENVELOPE.names if name not in names]
            if missing:
                raise FileError(
                    f"{path} holds no events: it has no column {missing[0]}.",
                    advice="Scan Parquet files that the lake of a node wrote.",
                )
            left = traces.of(path, file.metadata)
            for group in range(file.num_row_groups) if only is None else (only,):
                found = _sources(file, group) if left is None else {trace.source: trace for trace in left[group]}
                keywords = frozenset(source for source, trace in found.items() if self._hold_keywords(source, trace))
                columns = None if keywords else self._columns(found, names)
                for batch in file.iter_batches(_ROWS, row_groups=[group], columns=columns, use_threads=False):
                    yield batch, keywords

    def _columns(self, sources: Iterable[Triple], names: Sequence[str]) -> list[str]:
        """The columns that are asked of events of some log sources; those of the envelope are always needed."""
        asked: set[str] = set(ENVELOPE.names)
        for product, category, service in sources:
            fields = self._ask(LogSource(product=product, category=category, service=service))
            asked.update(map(column_of, fields))
        return [name for name in names if name in asked]


def rows_of_groups(path: Path) -> list[int]:
    """How many events each row group of a file holds."""
    footer = pq.read_metadata(path)
    return [footer.row_group(group).num_rows for group in range(footer.num_row_groups)]


def _sources(file: pq.ParquetFile, group: int) -> dict[Triple, None]:
    """The log sources of the events of a row group that left no traces."""
    (batch,) = file.read_row_group(group, columns=_SOURCE, use_threads=False).combine_chunks().to_batches()
    return dict.fromkeys(log_sources(batch)[0])
