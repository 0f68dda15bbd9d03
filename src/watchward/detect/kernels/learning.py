"""What values mean that were never seen before: the facts that hold of them, and the predicates that follow."""

from numba import int64, uint32, uint64

from watchward.telemetry.kernels.compiled import inlined, inner_loop
from watchward.telemetry.kernels.loads import byte_at, word_at
from watchward.telemetry.kernels.texts import may_fold

LONG = 100
"""A text of so many bytes is read by halves, side by side."""

PLAIN, ODD, LIST = 0, 1, 2
"""Kinds of values: as they are, to be folded before they are looked at, and lists."""

_LIST_MARK = 0x1E


@inner_loop
def kinds_of(memory, spans, careful, columns, out):
    """The kind of each value.

    Where a column is `careful`, all letters outside ASCII must be folded; elsewhere only those that fold into ASCII.
    """
    for value in range(len(out)):
        begin, end = spans.begins[value], spans.ends[value]
        every = uint64(0)
        for at in range(begin, end - 7, 8):
            every |= word_at(memory, at)
        for at in range(max(begin, end - 7), end):
            every |= uint64(byte_at(memory, at))
        kind = PLAIN
        if every & uint64(0x8080808080808080):
            if careful[columns[value]]:
                kind = ODD
            else:
                for at in range(begin, end - 1):
                    if byte_at(memory, at) >= 0xC3 and may_fold(memory, at):  # the least of the bytes looked for
                        kind = ODD
                        break
        if begin < end and byte_at(memory, begin) == _LIST_MARK:
            kind = LIST
        out[value] = kind


@inlined
def noted(fact, value, seen, found, count):
    """Note a fact of a value, once; how many there are then."""
    if seen[fact] == value:
        return count
    seen[fact] = value
    found[count] = fact
    return count + 1


@inlined
def told(finders, column, state, kinds, value, seen, found, count):
    """Note the facts of a state of an automaton, and of its suffixes."""
    at = finders.first_at[column]
    number = int64(state) // kinds
    while number != 0:
        for place in range(finders.first[at + number], finders.first[at + number + 1]):
            count = noted(finders.facts[place], value, seen, found, count)
        number = int64(finders.link[at + number])
    return count


@inlined
def contained(memory, begin, end, column, texts, value, seen, found, count):
    """Note what a text contains.

    A step must wait for the one before it to have been looked up. A long text is therefore read as two that overlap by
    the longest key, side by side: the processor waits for both at once.
    """
    finders = texts.contains
    reach = int64(finders.reach[column])
    if reach == 0:
        return count
    moves, base, kinds = finders.moves, uint64(finders.moves_at[column]), texts.kinds[column]
    telling = finders.telling[column]
    classes = uint64(256 * column)
    state = uint32(0)
    at = begin
    if end - begin >= LONG + 2 * reach:
        steps = (end - begin + reach) // 2
        other_at, other = end - steps, uint32(0)
        for step in range(steps):
            state = moves[base + uint64(state + texts.classes[classes + uint64(byte_at(memory, at + step))])]
            other = moves[base + uint64(other + texts.classes[classes + uint64(byte_at(memory, other_at + step))])]
            if state >= telling:
                count = told(finders, column, state, kinds, value, seen, found, count)
            if other >= telling:
                count = told(finders, column, other, kinds, value, seen, found, count)
        return count
    while at < end:
        state = moves[base + uint64(state + texts.classes[classes + uint64(byte_at(memory, at))])]
        at += 1
        if state >= telling:
            count = told(finders, column, state, kinds, value, seen, found, count)
    return count


@inner_loop
def within(memory, spans, texts, seen, told_of, left, right):
    """What texts of the first column contain, as pairs of texts and facts; how many there are."""
    size = 0
    for place in range(len(seen)):
        seen[place] = -1
    for text in range(len(spans.begins)):
        count = contained(memory, spans.begins[text], spans.ends[text], 0, texts, text, seen, told_of, 0)
        for at in range(count):
            if size < len(left):
                left[size], right[size] = text, told_of[at]
            size += 1
    return size


@inlined
def begun(memory, begin, end, column, texts, value, seen, found, count):
    """Note what a text begins with (facts) and what it equals (`~fact`)."""
    tree, kinds = texts.starts, texts.kinds[column]
    moves, first = tree.moves_at[column], tree.first_at[column]
    state = int64(0)
    for at in range(begin, end):
        state = int64(tree.moves[moves + state * kinds + texts.classes[256 * column + byte_at(memory, at)]])
        if state == 0:
            break
        for place in range(tree.first[first + state], tree.first[first + state + 1]):
            fact = tree.facts[place]
            if fact >= 0:
                count = noted(fact, value, seen, found, count)
            elif at + 1 == end:
                count = noted(~fact, value, seen, found, count)
    return count


@inlined
def ended(memory, begin, end, column, texts, value, seen, found, count):
    """Note what a text ends with, which the tree holds reversed."""
    tree, kinds = texts.ends, texts.kinds[column]
    moves, first = tree.moves_at[column], tree.first_at[column]
    state = int64(0)
    for at in range(end - 1, begin - 1, -1):
        state = int64(tree.moves[moves + state * kinds + texts.classes[256 * column + byte_at(memory, at)]])
        if state == 0:
            break
        for place in range(tree.first[first + state], tree.first[first + state + 1]):
            count = noted(tree.facts[place], value, seen, found, count)
    return count


@inner_loop
def learn(memory, columns, parts, spans, more, texts, anchors, programs, is_slow, notes, found, facts):
    """The predicates that hold of values, as pairs in the order of the values; how many there are.

    Each value has its texts in `spans` between `parts[value]` and `parts[value + 1]`, and facts that were told of it
    elsewhere, in `more`. A predicate is looked at where one of its anchors is so. Values with a predicate that is slow
    to decide have their facts written to `facts`; how many these are is returned second.

    `notes` has places for the facts of a value, for when each fact was last seen, and each predicate.
    """
    told_of, seen, looked_at = notes
    more_first, more_facts = more
    left, right = found
    fact_left, fact_right = facts
    size = fact_size = 0
    for place in range(len(seen)):
        seen[place] = -1
    for place in range(len(looked_at)):
        looked_at[place] = -1
    for value in range(len(columns)):
        column = int64(columns[value])
        count = 0
        for place in range(more_first[value], more_first[value + 1]):
            count = noted(more_facts[place], value, seen, told_of, count)
        if texts.every[column] >= 0:
            count = noted(texts.every[column], value, seen, told_of, count)
        for text in range(parts[value], parts[value + 1]):
            begin, end = spans.begins[text], spans.ends[text]
            if begin == end:
                for place in range(texts.empty_first[column], texts.empty_first[column + 1]):
                    count = noted(texts.empty[place], value, seen, told_of, count)
            count = contained(memory, begin, end, column, texts, value, seen, told_of, count)
            count = begun(memory, begin, end, column, texts, value, seen, told_of, count)
            count = ended(memory, begin, end, column, texts, value, seen, told_of, count)
        slow = False
        for at in range(count):
            fact = told_of[at]
            for place in range(anchors.first[fact], anchors.first[fact + 1]):
                predicate = anchors.points_at[place]
                if looked_at[predicate] == value:
                    continue
                looked_at[predicate] = value
                step = programs.entry[predicate]
                while step >= 0:
                    so = seen[programs.fact[step]] == value
                    step = programs.if_so[step] if so else programs.if_not[step]
                if step == -1:
                    if size < len(left):
                        left[size], right[size] = value, predicate
                    size += 1
                    slow |= is_slow[predicate] != 0
        for at in range(count if slow else 0):
            if fact_size < len(fact_left):
                fact_left[fact_size], fact_right[fact_size] = value, told_of[at]
            fact_size += 1
    return size, fact_size


@inlined
def set_hash(seed, predicates, begin, end):
    """A hash of some numbers in order."""
    hashed = seed
    for place in range(begin, end):
        hashed = (hashed ^ uint64(predicates[place])) * uint64(0x9E3779B97F4A7C15)
        hashed ^= hashed >> uint64(29)
    return hashed


@inlined
def is_same(known, number, predicates, begin, end):
    """Whether a set of this number holds just these predicates."""
    first = known.first[number]
    if known.end[number] - first != end - begin:
        return False
    for place in range(end - begin):
        if known.predicates[first + place] != predicates[begin + place]:
            return False
    return True


@inner_loop
def number_sets(at, predicates, seed, known, table, counters, out):
    """Number the set of predicates of each value: pairs in the order of values, then of predicates.

    What is the same set has the same number; the table, of a size that is a power of two, must have room, and so must
    `known`. `counters` has how many numbers there are, and how many predicates in all sets.
    """
    mask = uint64(len(table) - 1)
    begin = 0
    while begin < len(at):
        end = begin
        while end < len(at) and at[end] == at[begin]:
            end += 1
        place = set_hash(seed, predicates, begin, end) & mask
        while table[place] != 0 and not is_same(known, table[place], predicates, begin, end):
            place = (place + uint64(1)) & mask
        if table[place] == 0:
            number, room = counters[0], counters[1]
            for pair in range(begin, end):
                known.predicates[room + pair - begin] = predicates[pair]
            known.first[number] = room
            known.end[number] = room + end - begin
            table[place] = number
            counters[0] = number + 1
            counters[1] = room + end - begin
        out[at[begin]] = table[place]
        begin = end


@inner_loop
def place_sets(seed, known, count, table):
    """Put all sets into an empty table."""
    mask = uint64(len(table) - 1)
    for number in range(1, count):
        place = set_hash(seed, known.predicates, known.first[number], known.end[number]) & mask
        while table[place] != 0:
            place = (place + uint64(1)) & mask
        table[place] = number
