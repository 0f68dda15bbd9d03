"""The texts of a page of a Parquet file, where they lie."""

from numba import int64

from watchward.telemetry.kernels.compiled import inner_loop
from watchward.telemetry.kernels.loads import four_at


@inner_loop
def plain_texts(memory, begin, end, begins, ends):
    """Where each text of a page lies that holds them one after the other, each behind its length; how many fit it."""
    at = begin
    for text in range(len(begins)):
        if at + 4 > end:
            return text
        length = int64(four_at(memory, at))
        at += 4
        if length > end - at:
            return text
        begins[text], ends[text] = at, at + length
        at += length
    return len(begins)
