"""The field columns of a batch, read where they lie in memory."""

from numba import int32, int64

from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.loads import byte_at, copied, four_at, put_four, word_at

BASE = 4096
"""The address from which all places in memory are counted."""

UNSEEN, ASKED = -1, -2
"""In place of a value's number: nobody has asked for it yet; it is asked for."""

HIT = 1 << 30
"""Among the marks of a value's code: a word stands in the value."""

# The parts of an array in Arrow's C data interface, each of eight bytes.
_OFFSET, _BUFFERS, _CHILDREN, _DICTIONARY = 16, 40, 48, 56


@inlined
def place_at(memory, at):
    """The place to which a pointer leads; negative for none."""
    return int64(word_at(memory, at)) - BASE


@inner_loop
def lay(memory, array, children, fields):
    """Say where some children of an array lie, which are texts in dictionaries."""
    pointers = place_at(memory, array + _CHILDREN)
    for field in range(len(children)):
        child = place_at(memory, pointers + 8 * children[field])
        offset = int64(word_at(memory, child + _OFFSET))
        buffers = place_at(memory, child + _BUFFERS)
        fields.valid[field] = place_at(memory, buffers)
        fields.codes[field] = place_at(memory, buffers + 8) + 4 * offset
        fields.offset[field] = offset
        dictionary = place_at(memory, child + _DICTIONARY)
        buffers = place_at(memory, dictionary + _BUFFERS)
        fields.begins[field] = place_at(memory, buffers + 8) + 4 * int64(word_at(memory, dictionary + _OFFSET))
        fields.texts[field] = place_at(memory, buffers + 16)
        fields.size[field] = int64(word_at(memory, dictionary))


@inlined
def code_at(memory, fields, field, row):
    """The code of a row's value, or -1 where it has none; so has a code that lies outside its dictionary."""
    valid = fields.valid[field]
    if valid >= 0:
        bit = fields.offset[field] + row
        if (byte_at(memory, valid + (bit >> 3)) >> (bit & 7)) & 1 == 0:
            return int64(-1)
    code = int64(four_at(memory, fields.codes[field] + 4 * row))
    return code if code < fields.size[field] else int64(-1)


@inlined
def number_of(values, column, row):
    """The number of a row's value in one of the plan's columns."""
    field = values.slots[column]
    if field < 0:
        return values.nulls[column]
    code = code_at(values.memory, values.fields, field, row)
    if code < 0:
        return values.nulls[column]
    return int32(four_at(values.memory, values.numbers[field] + 4 * code))


@inner_loop
def unseen(values, routes, left, right):
    """The values whose numbers rows need and that have none yet: pairs of field and code, each once."""
    memory, fields, slots, numbers = values.memory, values.fields, values.slots, values.numbers
    size = 0
    for row in range(len(values.sources)):
        source = values.sources[row]
        if source < 0:
            continue
        for place in range(routes.reads_first[source], routes.reads_first[source + 1]):
            field = slots[routes.reads[place]]
            if field < 0:
                continue
            code = code_at(memory, fields, field, row)
            if code >= 0 and int32(four_at(memory, numbers[field] + 4 * code)) == UNSEEN:
                put_four(memory, numbers[field] + 4 * code, int32(ASKED))
                left[size], right[size] = field, code
                size += 1
    return size


@inner_loop
def put_numbers(memory, lines, fields, codes, found):
    """Write numbers into the lines of fields, at the places of codes."""
    for pair in range(len(codes)):
        put_four(memory, lines[fields[pair]] + 4 * codes[pair], found[pair])


@inner_loop
def spans_of(memory, fields, at, codes, spans):
    """Where the texts of some codes lie, each of the field at the same place."""
    for pair in range(len(codes)):
        place = fields.begins[at[pair]] + 4 * codes[pair]
        spans.begins[pair] = fields.texts[at[pair]] + int64(int32(four_at(memory, place)))
        spans.ends[pair] = fields.texts[at[pair]] + int64(int32(four_at(memory, place + 4)))


@inner_loop
def copy_texts(memory, spans, data, first):
    """Copy texts to one another's end."""
    at = 0
    for text in range(len(spans.begins)):
        first[text] = at
        at = copied(data, at, memory, spans.begins[text], spans.ends[text] - spans.begins[text])
    first[len(spans.begins)] = at


@inner_loop
def unsearched(memory, fields, marks, engines, at, codes, who):
    """The values that have not been searched for the words that concern their rows: of each, field, code and engine.

    `engines` has the number of each row's words, or -1; `marks` a line for each field, in which the bit of that number
    is set for each code that was asked for.
    """
    size = 0
    for field in range(len(marks)):
        valid, offset = fields.valid[field], fields.offset[field]
        row = 0
        while row < len(engines):
            bit = offset + row
            if valid >= 0 and bit & 7 == 0 and byte_at(memory, valid + (bit >> 3)) == 0:
                row += 8  # eight rows without a value
                continue
            engine = engines[row]
            code = code_at(memory, fields, field, row) if engine >= 0 else int64(-1)
            row += 1
            if code < 0:
                continue
            place = marks[field] + 4 * code
            known = int32(four_at(memory, place))
            if (known >> engine) & 1 == 0:
                put_four(memory, place, known | (int32(1) << engine))
                at[size], codes[size], who[size] = field, code, engine
                size += 1
    return size


@inner_loop
def note_hits(memory, marks, at, codes):
    """Mark codes whose values hold a word."""
    for pair in range(len(codes)):
        place = marks[at[pair]] + 4 * codes[pair]
        put_four(memory, place, int32(four_at(memory, place)) | int32(HIT))


@inner_loop
def rows_hit(memory, fields, marks, field, engines, rows, codes):
    """The rows whose value in one field holds a word, with its code."""
    size = 0
    for row in range(len(engines)):
        code = code_at(memory, fields, field, row) if engines[row] >= 0 else int64(-1)
        if code >= 0 and int32(four_at(memory, marks[field] + 4 * code)) & HIT:
            rows[size], codes[size] = row, code
            size += 1
    return size
