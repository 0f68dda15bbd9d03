"""How the inner loops are compiled: kept on disk, without the interpreter's lock, and without counting references.

Numba counts the references to every array that a function is handed, with atomic operations in each call; in loops of
many small functions that took most of the time (ADR 0086). Without the counting a function cannot make arrays: it is
handed those that it fills.
"""

from numba import njit

inner_loop = njit(cache=True, nogil=True, _nrt=False)
inlined = njit(cache=True, nogil=True, _nrt=False, forceinline=True)
