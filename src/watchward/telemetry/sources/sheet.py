"""Rows that a person exported from a hunt as comma-separated values: a header of names, and an event a row."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path

from watchward.telemetry.documents import MAX_RECORD
from watchward.telemetry.sources.errors import FileError
from watchward.telemetry.sources.text import damage, opened

ROWS = 20_000
"""How many rows are decoded at once."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file of comma-separated values."""

    path: Path

    def documents(self) -> Iterator[list[bytes]]:
        """The rows as JSON documents, some at a time; a cell without text is absent.

        Raises:
            FileError: the file is no such table, or damaged.

        """
        csv.field_size_limit(MAX_RECORD)
        with self.path.open("rb") as raw, damage(self.path):
            rows = csv.DictReader(TextIOWrapper(opened(raw, self.path), "utf-8-sig", "replace", newline=""))
            try:
                while documents := [_document(row) for row in islice(rows, ROWS)]:
                    yield documents
            except csv.Error as error:
                raise FileError(
                    f"{self.path} is no table of comma-separated values from line {rows.line_num} on: {error}.",
                    advice="What came before was read. Export the rows anew.",
                ) from error


def _document(row: Mapping[str, str]) -> bytes:
    said = {name: text for name, text in row.items() if name and text}
    return json.dumps(said, ensure_ascii=False).encode("utf-8", "replace")
