"""Whether care systems begin to fail where a block holds, by what a node can honestly know.

A node sees no patients and no screens. It sees devices that carry care fall silent, alerts on them, its own controls
refusing names of care suppliers, and what people report. None of these proves that a block is to blame; a block is
undone in seconds and made again as fast, so what began after it is enough.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Sign(StrEnum):
    """What tells that care may be failing; the values are stored and travel."""

    REFUSED = "refused"
    REPORTED = "reported"
    SILENT = "silent"

    @property
    def label(self) -> str:
        """The sign in words."""
        return _SIGNS[self]


_SIGNS: Final = {
    Sign.REFUSED: "A care system was refused what this block names.",
    Sign.REPORTED: "Somebody reported that care is failing.",
    Sign.SILENT: "A device that carries care fell silent.",
}

WATCHED_FOR: Final = timedelta(hours=24)
"""How long after a block came somewhere, silence there is held against it."""

SILENT_TOGETHER: Final = 2
"""One device falls silent every day somewhere; so many at one organisation, soon after a block, do not."""


VOICES: Final = 2
"""So many organisations must say that care fails, before what is in force for many is lifted for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failing:
    """One sign.

    Args:
        sign: what was seen.
        organisation: the code of where.
        thing: which device or system.
        at: when.

    """

    sign: Sign
    organisation: str
    thing: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Where a block came to hold, and since when there."""

    organisation: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a block is withdrawn, and why."""

    withdraw: bool
    why: tuple[str, ...] = ()


def judge(signs: Iterable[Failing], held: Iterable[Held]) -> Verdict:
    """Whether signs speak against a block.

    A person's report counts by itself, whenever it comes after the block. Silence counts where it began within a day of
    the block coming there, and two devices or more fell silent, or one where a care system was refused what is blocked.
    A refusal alone does not count: it may be the very infection that the block holds off.
    """
    since = {one.organisation: one.since for one in held}
    why: list[str] = []
    silent: dict[str, set[str]] = {}
    refused: dict[str, set[str]] = {}
    for one in signs:
        began = since.get(one.organisation)
        if began is None or one.at < began:
            continue
        match one.sign:
            case Sign.REPORTED:
                why.append(f"{one.organisation}: {one.thing}. {one.sign.label}")
            case Sign.REFUSED:
                refused.setdefault(one.organisation, set()).add(one.thing)
            case Sign.SILENT if one.at <= began + WATCHED_FOR:
                silent.setdefault(one.organisation, set()).add(one.thing)
            case Sign.SILENT:
                pass
    why += [_silence(where, things) for where, things in sorted(silent.items()) if _speaks(things, refused.get(where))]
    return Verdict(withdraw=bool(why), why=tuple(why))


def _speaks(silent: set[str], refused: set[str] | None) -> bool:
    return len(silent) >= SILENT_TOGETHER or bool(refused)


def _silence(where: str, things: set[str]) -> str:
    named = ", ".join(sorted(things)[:5])
    return f"{where}: {len(things)} devices that carry care fell silent soon after the block came: {named}."
