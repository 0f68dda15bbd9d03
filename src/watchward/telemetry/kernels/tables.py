"""What the inner loops read and write: plain arrays, and the names of their columns.

The arrays of `Tables` live as long as the decoder, those of `Work` as long as a batch. The loops take them one by one,
because handing on a tuple of arrays costs more than the work itself.
"""

from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]

# What a path leads to, where it is no column.
UNMAPPED, TIME, NUMBER = -1, -2, -3

# Flags of a path.
KEPT = 1  # its value also stays in `unmapped`
SLOW_OBJECT = 2  # an object here is read by the plain decoder
SLOW_LIST = 4  # a list of objects here is read by the plain decoder

# What became of a line.
DONE, SLOW, UNKNOWN, FULL = 0, 1, 2, 3

# Columns of `paths`.
COLUMN, RANK, FLAGS = 0, 1, 2

# Columns of `columns`: of its dictionary, then of the batch, then of the line; LATER: its values can wait.
SIZE, GENERATION, LONG, SLOT, STAMP, OWNER, HELD, LATER = 0, 1, 2, 3, 4, 5, 6, 7

# Columns of `rows`.
MOMENT, NUMBERED, STATUS, FIRST_ENTRY, ENTRY_COUNT, HIDING = 0, 1, 2, 3, 4, 5

# Places in `counters`.
SLOTS, ENTRIES, NEWS, SCRATCH, UNKNOWNS, LINES, LATERS = 0, 1, 2, 3, 4, 5, 6

NO_TIME = np.iinfo(np.int64).min


class Tables(NamedTuple):
    """What a decoder has learnt.

    Args:
        seeds: four words for hashing, drawn when the decoder was made.
        keys: from (path of the object, name) to the path of the value: hash, path + 1; 0 where free.
        paths: what each path leads to.
        values: from a column and the bytes of a value as sent to its code: two words of hash, column and generation,
            code + 1; 0 where free. Texts are told apart by these 128 bits.
        value_count: how many places of `values` are taken.
        columns: the state of each column's dictionary; two rows more stand for the time and the record number.

    """

    seeds: Array
    keys: Array
    paths: Array
    values: Array
    value_count: Array
    columns: Array


class Work(NamedTuple):
    """What one batch needs.

    Args:
        codes: codes by slot (a column in use) and row, -1 where absent.
        rows: what is known of each row.
        entries: values for `unmapped`: path, start, end.
        news: texts not seen before: column, start in the scratch, length.
        scratch: the bytes of the new texts.
        unknowns: names not seen before: path of the object, start, end.
        stack: the paths of the objects around the one being read.
        counters: how much of the others is in use.
        later: values that wait for the log source: row, four times the column and how it is written, start, end.

    """

    codes: Array
    rows: Array
    entries: Array
    news: Array
    scratch: Array
    unknowns: Array
    stack: Array
    counters: Array
    later: Array
