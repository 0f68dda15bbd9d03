"""What is looked up and shown of a STIX object, read from its bytes; everything else stays in them unread."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from msgspec import Struct
from msgspec.json import Decoder

from watchward.base.errors import BadInputError
from watchward.intel.errors import PatternError, SlowError
from watchward.intel.observable import Observable
from watchward.intel.pattern import About, compile, observables  # noqa: A004 - the contract
from watchward.intel.stix import StixObject
from watchward.intel.stix.timestamps import moment
from watchward.intel.withheld import Judge, why_not

_SHORT: Final = 200
_LONGEST_REASON: Final = 500
_MOST_COUNTED: Final = 999_999_999
_LONGEST_TITLE_SOURCE: Final = 4 * _SHORT


class _Said(Struct, gc=False):
    """The properties that matter here, of whatever type their sender gave them."""

    name: object = None
    value: object = None
    pattern: object = None
    pattern_type: object = None
    confidence: object = None
    valid_from: object = None
    valid_until: object = None
    sighting_of_ref: object = None
    count: object = None
    first_seen: object = None
    last_seen: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndicatorSaid:
    """What an indicator says.

    Args:
        values: the exact values that it speaks of; None where its pattern is more than that.
        joined: whether it joins several observations.
        unrun: why nothing is looked for by it; empty where something is.

    """

    pattern: str
    pattern_type: str
    values: frozenset[Observable] | None
    valid_from: datetime
    valid_until: datetime | None
    confidence: int | None
    joined: bool = False
    unrun: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SightingSaid:
    """What a sighting says."""

    of: str
    count: int
    first_seen: datetime | None
    last_seen: datetime | None


@dataclass(frozen=True, slots=True)
class Projected:
    """What an object says in columns."""

    title: str
    revoked: bool
    indicator: IndicatorSaid | None = None
    sighting: SightingSaid | None = None


_decode: Final = Decoder(_Said).decode


def projected(one: StixObject) -> Projected:
    """What an object says.

    Raises:
        BadInputError: it is an indicator or a sighting, and something in it that is needed cannot be read.

    """
    said = _decode(one.raw)
    indicator = _indicator(said) if one.type == "indicator" else None
    sighting = _sighting(said) if one.type == "sighting" else None
    return Projected(_title(said), one.revoked, indicator, sighting)


def unsought(said: IndicatorSaid, judge: Judge) -> str:
    """Why nothing looks for what an indicator names, or not for all of it; empty where all of it is looked for."""
    if said.values is None:
        why = said.unrun or why_not(said.pattern, judge)
        return f"Kept, and not looked for: {why}" if why else ""
    whys = {one.value: judge(one) for one in said.values}
    value, why = next(((value, why) for value, why in sorted(whys.items()) if why), ("", ""))
    where = "" if all(whys.values()) else f", as far as it names {value[:_SHORT]}"
    return f"Kept, and not looked for{where}: {why}" if why else ""


def _title(said: _Said) -> str:
    for one in (said.name, said.value, said.pattern):
        if isinstance(one, str) and one:
            return kept(one[:_LONGEST_TITLE_SOURCE])[:_SHORT]
    return ""


def _indicator(said: _Said) -> IndicatorSaid:
    pattern = _text(said.pattern, "pattern")
    kind = _text(said.pattern_type, "pattern_type") if said.pattern_type is not None else "stix"
    confidence = said.confidence
    values = observables(pattern) if kind == "stix" else None
    joined, unrun = (False, "") if values else _asked(pattern, kind)
    return IndicatorSaid(
        pattern=kept(pattern),
        pattern_type=kept(kind)[:40],
        values=values,
        joined=joined,
        unrun=unrun,
        valid_from=_moment(said.valid_from, "valid_from"),
        valid_until=_moment(said.valid_until, "valid_until") if said.valid_until is not None else None,
        confidence=confidence if type(confidence) is int and 0 <= confidence <= 100 else None,  # noqa: PLR2004 - percent
    )


def _asked(pattern: str, kind: str) -> tuple[bool, str]:
    """Whether a pattern joins several observations, and why it cannot be looked for."""
    try:
        return bool(compile(pattern, About(id="", title="", pattern_type=kind)).correlations), ""
    except SlowError:
        raise  # whoever sent it should know, and mend it
    except PatternError as error:
        return False, kept(error.message)[:_LONGEST_REASON]


def _sighting(said: _Said) -> SightingSaid:
    count = said.count if type(said.count) is int else 1
    return SightingSaid(
        of=_text(said.sighting_of_ref, "sighting_of_ref")[:300],
        count=min(max(count, 0), _MOST_COUNTED),
        first_seen=_moment(said.first_seen, "first_seen") if said.first_seen is not None else None,
        last_seen=_moment(said.last_seen, "last_seen") if said.last_seen is not None else None,
    )


def _text(said: object, name: str) -> str:
    if isinstance(said, str) and said:
        return said
    raise BadInputError(f"{name} is no text, or missing.", advice="Ask its sender to mend it.")


def _moment(said: object, name: str) -> datetime:
    try:
        return moment(_text(said, name))
    except ValueError as error:
        raise BadInputError(f"{name}: {error}.", advice="Ask its sender to mend it.") from None


def kept(text: str) -> str:
    """A text as every database can keep it."""
    return text.replace("\0", "�")
