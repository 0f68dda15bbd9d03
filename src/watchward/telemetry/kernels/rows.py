"""From codes by column and row to what Arrow needs, and to the text of `unmapped`."""

from numba import uint64

from watchward.telemetry.kernels.compiled import inner_loop
from watchward.telemetry.kernels.loads import copied
from watchward.telemetry.kernels.tables import ENTRY_COUNT, FIRST_ENTRY


@inner_loop
def validity(codes, slots, rows, bits, nulls):
    """One bit a row, set where the column has a value; codes of absent values become 0. Counts the absent ones."""
    for slot in range(slots):
        absent = 0
        for row in range(rows):
            if codes[slot, row] < 0:
                absent += 1
                codes[slot, row] = 0
            else:
                bits[slot, row >> 3] |= 1 << (row & 7)
        nulls[slot] = absent


@inner_loop
def unmapped_sizes(rows, entries, path_offsets, offsets):
    """Where in one buffer each row's JSON object will begin and end; an empty row has no bytes."""
    size = 0
    for row in range(rows.shape[0]):
        offsets[row] = size
        count = rows[row, ENTRY_COUNT]
        if count:
            size += 1 + count  # braces and commas
            for at in range(rows[row, FIRST_ENTRY], rows[row, FIRST_ENTRY] + count):
                path = entries[at, 0]
                size += path_offsets[path + 1] - path_offsets[path] + entries[at, 2] - entries[at, 1]
    offsets[rows.shape[0]] = size
    return size


@inner_loop
def unmapped_texts(data, rows, entries, path_offsets, path_texts, out):
    """Write each row's JSON object, its values as they were sent."""
    put = 0
    for row in range(rows.shape[0]):
        count = rows[row, ENTRY_COUNT]
        if not count:
            continue
        first = rows[row, FIRST_ENTRY]
        for at in range(first, first + count):
            out[put] = 0x7B if at == first else 0x2C
            put += 1
            path = entries[at, 0]
            begin, length = path_offsets[path], path_offsets[path + 1] - path_offsets[path]
            put = copied(out, put, path_texts, begin, length)
            begin, length = entries[at, 1], entries[at, 2] - entries[at, 1]
            put = copied(out, put, data, begin, length)
        out[put] = 0x7D
        put += 1


@inner_loop
def appended(order, news, scratch, offsets, texts, size):
    """Put a column's new texts, in this order, behind those that it has."""
    for at in order:
        begin = offsets[size]
        start, length = news[at, 1], news[at, 2]
        copied(texts, begin, scratch, start, length)
        size += 1
        offsets[size] = begin + length


@inner_loop
def chains(codes, sign, ids, keys, key_ids, count, known):
    """Take each row's chain of signs one sign further; a chain not seen before gets the next number.

    `known` says of each chain which it continues, by which sign, with which code. Returns how many chains there are, or
    -1 where the tables are full.
    """
    mask = len(key_ids) - 1
    for row in range(len(ids)):
        code = codes[row]
        if code < 0:
            continue
        parent = ids[row]
        place = (parent * 0x9E3779B1 + sign * 0x85EBCA77 + code * 0xC2B2AE3D) & mask
        while key_ids[place] >= 0:
            if keys[place, 0] == parent and keys[place, 1] == sign and keys[place, 2] == code:
                break
            place = (place + 1) & mask
        if key_ids[place] < 0:
            if count >= known.shape[0]:
                return -1
            keys[place, 0], keys[place, 1], keys[place, 2] = parent, sign, code
            known[count, 0], known[count, 1], known[count, 2] = parent, sign, code
            key_ids[place] = count
            count += 1
        ids[row] = key_ids[place]
    return count


@inner_loop
def rehash(old, new, kept):
    """Put the kept entries of one value table into another."""
    mask = uint64(new.shape[0] - 1)
    for at in kept:
        place = old[at, 0] & mask
        while new[place, 3] != uint64(0):
            place = (place + uint64(1)) & mask
        for word in range(4):
            new[place, word] = old[at, word]
