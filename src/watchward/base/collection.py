"""Python's garbage collector, where it does harm."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without_collection() -> Iterator[None]:
    """Leave the garbage collector out while many objects are made that hold no circles, or will all stay.

    It would walk through all of them again and again and find nothing: a quarter to half of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
