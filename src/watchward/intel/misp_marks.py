"""What MISP says about who may see something, as markings: never wider than MISP meant it.

| distribution | means in MISP | is marked |
|---|---|---|
| 0 | the organisation's own | TLP:AMBER+STRICT |
| 1 | this community | TLP:AMBER |
| 2 | connected communities | TLP:GREEN |
| 3 | everybody | nothing: its tags decide |
| 4 | a sharing group | that group, and it is addressed to it |
| 5 | as what it is part of | as what it is part of |
| not said | nothing | nothing: its tags decide, and without these the collection |
| else | nobody knows | so that nobody receives it |
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from watchward.intel.markings import UNREADABLE, Tlp, group_marking, group_name

_INHERITED: Final = 5
_GROUP: Final = 4
_LEVELS: Final = {0: (Tlp.AMBER_STRICT,), 1: (Tlp.AMBER,), 2: (Tlp.GREEN,), 3: ()}
_CONFIDENCE: Final = {
    'misp:confidence-level="completely-confident"': 95,
    'misp:confidence-level="usually-confident"': 75,
    'misp:confidence-level="fairly-confident"': 50,
    'misp:confidence-level="rarely-confident"': 25,
    'misp:confidence-level="unconfident"': 0,
    'admiralty-scale:information-credibility="1"': 90,
    'admiralty-scale:information-credibility="2"': 70,
    'admiralty-scale:information-credibility="3"': 50,
    'admiralty-scale:information-credibility="4"': 30,
    'admiralty-scale:information-credibility="5"': 10,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What an event, an object or an attribute is marked with.

    Args:
        markings: identifiers of marking definitions.
        addressed: sharing groups to which it was sent.
        definitions: the marking definitions of those groups, by identifier.

    """

    markings: tuple[str, ...] = ()
    addressed: frozenset[str] = frozenset()
    definitions: Mapping[str, Mapping[str, object]] = field(default_factory=dict)

    def and_also(self, other: "Marks") -> "Marks":
        """Both together: who may receive it must be let in by either."""
        return Marks(
            markings=tuple(dict.fromkeys((*self.markings, *other.markings))),
            addressed=other.addressed or self.addressed,
            definitions={**self.definitions, **other.definitions},
        )


NOBODY: Final = Marks(markings=(UNREADABLE,))


def of_distribution(said: object, group: object, known: Mapping[str, str]) -> Marks:
    """The marks of a level of distribution.

    Args:
        said: the level, a number or its text; None where nothing was said.
        group: the sharing group's document, or its identifier.
        known: names of this node's groups by the identifiers that MISP gives them.

    """
    if said is None:
        return Marks()
    level = int(said) if isinstance(said, int | str) and re.fullmatch(r"[0-9]", str(said)) else None
    if level == _INHERITED:
        return Marks()
    if level == _GROUP:
        return _of_group(group, known)
    if level not in _LEVELS:
        return NOBODY
    return Marks(markings=tuple(one.marking for one in _LEVELS[level]))


def _of_group(group: object, known: Mapping[str, str]) -> Marks:
    said = group.get("uuid") if isinstance(group, Mapping) else group
    identifier = group_name(said)
    if not identifier or identifier == "0":
        return NOBODY
    # A group that this node does not know has no members here, so that nobody receives what is marked with it.
    name = known.get(identifier, f"misp:{identifier}")
    definition = group_marking(name)
    identifier = str(definition["id"])
    return Marks(markings=(identifier,), addressed=frozenset([name]), definitions={identifier: definition})


def of_tags(tags: Iterable[str]) -> Marks:
    """The marks of tags: those of TLP are understood, and one of TLP that is none lets nobody in."""
    levels = [Tlp.of(tag) for tag in tags if re.match(r"tlp\s*[:=]", tag.strip(), re.IGNORECASE)]
    return Marks(markings=tuple(UNREADABLE if level is None else level.marking for level in levels))


def confidence(tags: Iterable[str]) -> int | None:
    """How sure tags say that somebody is, 0 to 100, the least sure of them; None where none says so."""
    return min((_CONFIDENCE[tag.lower()] for tag in tags if tag.lower() in _CONFIDENCE), default=None)
