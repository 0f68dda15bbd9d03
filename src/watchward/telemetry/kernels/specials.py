"""The time and the record number of an event, which are no columns."""

from watchward.telemetry.kernels.compiled import inner_loop
from watchward.telemetry.kernels.dates import iso
from watchward.telemetry.kernels.loads import byte_at
from watchward.telemetry.kernels.tables import COLUMN, HELD, MOMENT, NO_TIME, NUMBERED, RANK, STAMP, TIME

_QUOTE, _ZERO, _NINE = 0x22, 0x30, 0x39
_LONGEST_NUMBER = 18


@inner_loop
def _number_value(data, start, end):
    """A record number, or -1 where it is none."""
    if end - start > _LONGEST_NUMBER or end == start:
        return -1
    value = 0
    for at in range(start, end):
        byte = byte_at(data, at)
        if byte < _ZERO or byte > _NINE:
            return -1
        value = value * 10 + (byte - _ZERO)
    return value


@inner_loop
def take_special(paths, columns, rows, data, row, path, start, end, stamp):
    """Take a time or a record number; False where the plain decoder must look."""
    rank = paths[path, RANK]
    is_time = paths[path, COLUMN] == TIME
    if is_time:
        if byte_at(data, start) != _QUOTE:
            return False
        value = iso(data, start + 1, end - 1)
        if value == NO_TIME:
            return False
    else:
        inner = 1 if byte_at(data, start) == _QUOTE else 0
        value = _number_value(data, start + inner, end - inner)
    state = columns.shape[0] - (2 if is_time else 1)
    if not is_time and value < 0:
        return columns[state, STAMP] != stamp
    if columns[state, STAMP] == stamp and columns[state, HELD] == rank:
        return False
    if columns[state, STAMP] != stamp or columns[state, HELD] < rank:
        rows[row, MOMENT if is_time else NUMBERED] = value
        columns[state, STAMP] = stamp
        columns[state, HELD] = rank
    return True
