"""JSON objects, a line each, straight into dictionary codes by column and row.

The reader knows exactly one way to be right: whatever it does not understand completely it hands to the plain decoder.
"""

from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.interning import postponed, put
from watchward.telemetry.kernels.loads import byte_at
from watchward.telemetry.kernels.names import path_of
from watchward.telemetry.kernels.specials import take_special
from watchward.telemetry.kernels.syntax import (
    BROKEN,
    DEEPEST,
    HAS_OBJECT,
    literal,
    named,
    nested,
    number,
    space,
    string,
)
from watchward.telemetry.kernels.tables import (
    COLUMN,
    DONE,
    ENTRIES,
    ENTRY_COUNT,
    FIRST_ENTRY,
    FLAGS,
    FULL,
    HELD,
    HIDING,
    KEPT,
    LATER,
    LATERS,
    LINES,
    MOMENT,
    NO_TIME,
    NUMBERED,
    OWNER,
    RANK,
    SLOTS,
    SLOW,
    SLOW_LIST,
    SLOW_OBJECT,
    STAMP,
    STATUS,
    UNKNOWN,
    UNKNOWNS,
    UNMAPPED,
)
from watchward.telemetry.kernels.texts import ABSENT, ESCAPED, LIST, NO_ROOM, ODD, PLAIN, SILENT, hides, interned

_QUOTE, _COMMA, _MINUS = 0x22, 0x2C, 0x2D
_OPEN, _CLOSE, _OPEN_LIST = 0x7B, 0x7D, 0x5B
_ZERO, _NINE, _N = 0x30, 0x39, 0x6E


@inlined
def _keep(entries, counters, path, start, end):
    """Note a value for `unmapped`; False where there is no room."""
    at = counters[ENTRIES]
    if at >= entries.shape[0]:
        return False
    entries[at, 0] = path
    entries[at, 1] = start
    entries[at, 2] = end
    counters[ENTRIES] = at + 1
    return True


@inlined
def _unknown(unknowns, counters, parent, start, end):
    """Note a name that was never seen, if there is room."""
    at = counters[UNKNOWNS]
    if at < unknowns.shape[0]:
        unknowns[at, 0] = parent
        unknowns[at, 1] = start
        unknowns[at, 2] = end
        counters[UNKNOWNS] = at + 1


@inlined
def _next(data, at):
    """The next name of an object or its end, behind a value; BROKEN where neither follows."""
    at = space(data, at)
    if byte_at(data, at) == _COMMA:
        at = space(data, at + 1)
        return at if byte_at(data, at) == _QUOTE else BROKEN
    return at if byte_at(data, at) == _CLOSE else BROKEN


@inlined
def _value(data, at, stack, depth):
    """Where a value ends (or BROKEN), how it is written, what it holds if a list, and whether it hides an atom."""
    byte = byte_at(data, at)
    if byte == _QUOTE:
        at, escapes = string(data, at + 1)
        return (at + 1 if at >= 0 else BROKEN), (ESCAPED if escapes else PLAIN), 0, escapes & 2 != 0
    if byte == _MINUS or _ZERO <= byte <= _NINE:
        at, whole = number(data, at)
        return at, (PLAIN if whole else ODD), 0, False
    if byte in (_OPEN, _OPEN_LIST):
        start = at
        at, holds = nested(data, at, stack, depth)
        if at < 0 or byte == _OPEN:
            return at, SILENT, 0, False
        return at, LIST, holds, hides(data, start, at)
    return literal(data, at), (SILENT if byte == _N else PLAIN), 0, False


@inlined
def _take(
    seeds, paths, values, value_count, columns, codes, rows, entries, news, scratch, counters, laters,
    data, row, path, start, end, how, keep, later,
):  # fmt: skip
    """Put a value where its path leads to: DONE, FULL, or SLOW where the plain decoder must decide."""
    column = paths[path, COLUMN]
    if keep and (column < 0 or paths[path, FLAGS] & KEPT) and not _keep(entries, counters, path, start, end):
        return FULL
    if column == UNMAPPED:
        return DONE
    stamp = counters[LINES]
    if column < 0:
        # What is no record number takes the place of one that the same name had before: that goes to the plain decoder.
        done = how == PLAIN and take_special(paths, columns, rows, data, row, path, start, end, stamp)
        return DONE if done else SLOW
    if how == SILENT:
        return SLOW if columns[column, STAMP] == stamp else DONE
    rank = paths[path, RANK]
    held = columns[column, HELD] if columns[column, STAMP] == stamp else -1
    if how == ODD or held == rank or (held >= 0 and (columns[column, OWNER] == path or how == LIST)):
        return SLOW
    if rank < held:
        return DONE
    inner = 1 if byte_at(data, start) == _QUOTE else 0
    if later and how != LIST and columns[column, LATER]:
        if not postponed(laters, counters, row, column, start + inner, end - inner, how):
            return FULL
    else:
        code = interned(
            seeds, values, value_count, columns, news, scratch, counters, data, column, start + inner, end - inner, how
        )
        if code == NO_ROOM:
            return FULL
        if code == ABSENT:
            return DONE
        put(columns, codes, counters, row, column, code)
    columns[column, STAMP] = stamp
    columns[column, OWNER] = path
    columns[column, HELD] = rank
    return DONE


@inlined
def _read(
    seeds, paths, values, value_count, columns, codes, rows, entries, news, scratch, stack, counters, laters,
    data, row, path, start, depth, keep, later,
):  # fmt: skip
    """Read a value and put it where its path leads to: where it ends, and what became of it."""
    at, how, holds, hidden = _value(data, start, stack, depth)
    if at < 0:
        return at, SLOW
    if hidden:
        rows[row, HIDING] = 1
    if path < 0:
        return at, DONE
    if holds and paths[path, COLUMN] != UNMAPPED:
        return at, SLOW
    if holds & HAS_OBJECT and paths[path, FLAGS] & SLOW_LIST:
        return at, SLOW
    return at, _take(
        seeds, paths, values, value_count, columns, codes, rows, entries, news, scratch, counters, laters,
        data, row, path, start, at, how, keep, later,
    )  # fmt: skip


@inlined
def _opens(data, at):
    """Whether an object with something in it begins here."""
    return byte_at(data, at) == _OPEN and byte_at(data, space(data, at + 1)) != _CLOSE


@inlined
def _pairs(
    seeds, keys, paths, values, value_count, columns, codes, rows, entries, news, scratch, unknowns, stack, counters,
    laters, data, at, row, keep, later,
):  # fmt: skip
    """Read what stands between the braces of a line into its row: where that ends, and what became of it."""
    status, depth = DONE, 0
    while True:
        at = space(data, at)
        if byte_at(data, at) == _CLOSE:
            if depth == 0:
                return at + 1, status
            depth -= 1
            at = _next(data, at + 1)
        else:
            name = at + 1
            at, escapes, start = named(data, at)
            if at < 0 or escapes:
                return at, SLOW
            path = path_of(seeds, keys, data, stack[depth], name, at)
            if path < 0:
                _unknown(unknowns, counters, stack[depth], name, at)
                status = UNKNOWN
            elif _opens(data, start):
                depth += 1
                if paths[path, FLAGS] & SLOW_OBJECT or depth >= DEEPEST:
                    return at, SLOW
                stack[depth] = path
                at = start + 1
                continue
            at, taken = _read(
                seeds, paths, values, value_count, columns, codes, rows, entries, news, scratch, stack, counters,
                laters, data, row, path, start, depth + 1, keep, later,
            )  # fmt: skip
            if taken != DONE:
                return at, taken
            at = _next(data, at)
        if at < 0:
            return at, SLOW


@inner_loop
def line(
    seeds, keys, paths, values, value_count, columns, codes, rows, entries, news, scratch, unknowns, stack, counters,
    laters, data, at, end, row, root, keep, later,
):  # fmt: skip
    """Read one line into one row; returns what became of it."""
    counters[LINES] += 1
    rows[row, MOMENT] = NO_TIME
    rows[row, NUMBERED] = -1
    stack[0] = root
    at = space(data, at)
    if byte_at(data, at) != _OPEN:
        return SLOW
    at, status = _pairs(
        seeds, keys, paths, values, value_count, columns, codes, rows, entries, news, scratch, unknowns, stack,
        counters, laters, data, at + 1, row, keep, later,
    )  # fmt: skip
    if status in (DONE, UNKNOWN) and space(data, at) < end:
        return SLOW
    return status


@inner_loop
def read_rows(tables, work, data, starts, ends, pending, first, root, keep, later):
    """Read documents into the pending rows, from place `first` on; returns where a table was full, or their number.

    `root` is the path under which a document's names lie: 0, or that of documents of this program's own making; `keep`
    says whether to note values for `unmapped`, `later` whether values that can wait for the log source are only noted
    (`interning.take_later` takes them).
    """
    seeds, keys, paths, values, value_count, columns = tables
    codes, rows, entries, news, scratch, unknowns, stack, counters, laters = work
    for place in range(first, len(pending)):
        row = pending[place]
        if rows[row, STATUS] == SLOW:
            continue
        entries_before, laters_before = counters[ENTRIES], counters[LATERS]
        status = line(
            seeds, keys, paths, values, value_count, columns, codes, rows, entries, news, scratch, unknowns, stack,
            counters, laters, data, starts[place], ends[place], row, root, keep, later,
        )  # fmt: skip
        if status != DONE:
            counters[ENTRIES], counters[LATERS] = entries_before, laters_before
            for slot in range(counters[SLOTS]):
                codes[slot, row] = -1
        rows[row, FIRST_ENTRY], rows[row, ENTRY_COUNT] = entries_before, counters[ENTRIES] - entries_before
        if status == FULL:
            return place
        rows[row, STATUS] = status
    return len(pending)
