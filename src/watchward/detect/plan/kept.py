"""Plans that were laid out once and need not be again: kept in the cache folder, by the rules that they are for.

What is kept is plain data with a checksum (`detect.sigma.store`), never code. Plans with crowds of texts are not kept:
they are large, and mostly lists that change every day.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from watchward.detect.plan import routing
from watchward.detect.plan.routing import Start
from watchward.detect.plan.tables import Crowds, Tables
from watchward.detect.sigma import store
from watchward.detect.sigma.rule import Rule

MOST = 8
"""So many plans are kept: a scan needs two, and levels and tags may make others."""

_NAME = "plan-{}.msgpack"
_ENTRY = "plan"


@dataclass(frozen=True, kw_only=True)
class Laid:
    """A plan as it is laid out: the same for every thread, and before any event was seen."""

    tables: Tables
    start: Start


def kept_or_laid(
    rules: Sequence[Rule], cache: Path | None, lay: Callable[[], tuple[Tables, Crowds]]
) -> tuple[Laid, Crowds]:
    """The plan for some rules, from the cache if it is there; otherwise as `lay` makes it."""
    file = cache and _file(cache, rules)
    if file and (kept := _read(file)):
        return kept, {}
    made, crowds = lay()
    found = Laid(tables=made, start=routing.start(made))
    if file and not crowds:
        _write(file, found)
    return found, crowds


def _file(cache: Path, rules: Sequence[Rule]) -> Path | None:
    """Where the plan is kept: by all that it depends on, which is what the rules ask, in their order.

    None where a rule asks for a number of more than 64 bits or half a character, which cannot be written.
    """
    try:
        asked = msgspec.msgpack.encode([rule.condition for rule in rules])
    except (OverflowError, UnicodeEncodeError):
        return None
    return cache / _NAME.format(sha256(asked).hexdigest())


def _read(file: Path) -> Laid | None:
    try:
        return _DECODER.decode(store.read(file)[_ENTRY])
    except (KeyError, ValueError):
        return None


def _write(file: Path, laid: Laid) -> None:
    store.write(file, {_ENTRY: msgspec.msgpack.encode(laid, enc_hook=_bytes)})
    with suppress(OSError):  # another process may be taking the same ones away
        several = sorted(file.parent.glob(_NAME.format("*")), key=lambda one: one.stat().st_mtime)
        for old in several[:-MOST]:
            old.unlink()


def _bytes(array: np.ndarray) -> bytes:
    return array.tobytes()


def _array(type_: Any, content: bytes) -> np.ndarray:
    """The array of a type such as `Ints`; its own memory, for loops are compiled for arrays that may be written."""
    (item,) = type_.__args__[1].__args__
    return np.frombuffer(content, dtype=item).copy()


_DECODER = msgspec.msgpack.Decoder(Laid, dec_hook=_array)
