"""How loops are compiled: kept on disk, without the interpreter's lock, and the inner ones without counting references.

Numba counts the references to every array that a function is handed, with atomic operations in each call; in loops of
many small functions that took most of the time (ADR 0086). Without the counting a function cannot make arrays: it is
handed those that it fills.

What numba keeps of a function is renewed when the function's own file changes, and not when that of a function which it
calls does: an update could go on running half of the old code. So what is kept lies in a folder that is named by all
these sources together: beside the package or, where that cannot be written, in the account's cache folder.
`NUMBA_CACHE_DIR` names another place.
"""

import hashlib
import os
from pathlib import Path

from numba import config, njit


def _kept() -> Path:
    package = Path(__file__).parents[2]
    sources = b"".join(path.read_bytes() for path in sorted(package.glob("*/kernels/*.py")))
    if config.CACHE_DIR:
        place = Path(config.CACHE_DIR)
    elif os.access(package, os.W_OK):
        place = package / "__pycache__"
    else:
        place = Path.home() / ".cache" / "watchward"
    return place / f"kernels-{hashlib.blake2b(sources, digest_size=8).hexdigest()}"


config.CACHE_DIR = str(_kept())

loop = njit(cache=True, nogil=True)
spliced = njit(cache=True, nogil=True, inline="always")
inner_loop = njit(cache=True, nogil=True, _nrt=False)
inlined = njit(cache=True, nogil=True, _nrt=False, forceinline=True)
