"""Who may see a piece of intelligence: TLP 2.0, sharing groups, and whatever else an object is marked with.

An object's markings are read once into an **audience**, and every way out asks `may_receive`. Three laws hold:

1. a further marking never lets anyone in whom the others kept out;
2. of several levels the strictest counts, wherever in the object it stands;
3. what is not understood, and a group that is unknown or has no members, is shared with nobody but the owner.

The owner is the organisation that brought the object into this node. `addressed` is not a marking but the owner's act
of sending: it names the recipients of whom TLP speaks.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import Final, Self
from uuid import UUID, uuid5

from watchward.base.errors import BadInputError


class Tlp(IntEnum):
    """A level of the Traffic Light Protocol 2.0, the widest first, so that the greatest is the strictest."""

    CLEAR = 0
    GREEN = 1
    AMBER = 2
    AMBER_STRICT = 3
    RED = 4

    @property
    def text(self) -> str:
        """The level as the protocol writes it: `TLP:AMBER+STRICT`."""
        return f"TLP:{self.name.replace('_', '+')}"

    @property
    def marking(self) -> str:
        """The STIX identifier of the level's own marking definition."""
        return _TLP_2[self]

    @classmethod
    def of(cls, text: str) -> Self | None:
        """Read a level as people and programs write it; None where it is none.

        >>> Tlp.of("tlp:amber+strict"), Tlp.of("WHITE"), Tlp.of("amber-ish")
        (<Tlp.AMBER_STRICT: 3>, <Tlp.CLEAR: 0>, None)

        """
        found = _WRITTEN.get(re.sub(r"^tlp[:=_ -]|[\s\"]", "", text.strip().lower()))
        return None if found is None else cls(found)


_WRITTEN: Final = {
    "clear": Tlp.CLEAR,
    "white": Tlp.CLEAR,
    "green": Tlp.GREEN,
    "amber": Tlp.AMBER,
    "amber+strict": Tlp.AMBER_STRICT,
    "amber-strict": Tlp.AMBER_STRICT,
    "amber_strict": Tlp.AMBER_STRICT,
    "red": Tlp.RED,
}

# From oasis-open/cti-stix-common-objects, extension definition TLP 2.0.
_TLP_2: Final = {
    Tlp.CLEAR: "marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
    Tlp.GREEN: "marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
    Tlp.AMBER: "marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
    Tlp.AMBER_STRICT: "marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
    Tlp.RED: "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}
# From STIX 2.1, section 7.2.1.4: the four levels of TLP 1.
_TLP_1: Final = {
    Tlp.CLEAR: "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9",
    Tlp.GREEN: "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da",
    Tlp.AMBER: "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82",
    Tlp.RED: "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed",
}
TLP_EXTENSION: Final = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
"""The STIX extension in which a marking definition says a level of TLP 2.0."""

_OURS: Final = UUID("7a0d5d8e-5a6f-4a4e-9a8b-0d5f3c1c2b11")
GROUP_EXTENSION: Final = f"extension-definition--{uuid5(_OURS, 'sharing-group')}"
"""The STIX extension in which a marking definition names a sharing group."""

SECTOR: Final = "sector"
"""The group of every organisation that has joined; nobody joins or leaves it by hand."""

_MEMBER: Final = "organisation:"
_KEEPER: Final = "keeper:"


def organisation_group(code: str) -> str:
    """The group that has one organisation, for ever, as its only member."""
    return f"{_MEMBER}{code}"


def keeper_group(code: str) -> str:
    """The group of one organisation alone, in whose collection something was put: not for those below it, either."""
    return f"{_KEEPER}{code}"


def keepers(groups: Iterable[str]) -> frozenset[str]:
    """The organisations among some groups, in whose collections something was put.

    >>> sorted(keepers(["keeper:N1", "organisation:T1", "pathology"]))
    ['N1']

    """
    return frozenset(one.removeprefix(_KEEPER) for one in groups if one.startswith(_KEEPER))


def is_made_by_itself(name: str) -> bool:
    """Whether a group of this name has its members without anybody saying so.

    >>> is_made_by_itself(SECTOR), is_made_by_itself("organisation:RX1"), is_made_by_itself("pathology")
    (True, True, False)

    """
    return name == SECTOR or name.startswith((_MEMBER, _KEEPER))


@dataclass(frozen=True, slots=True, kw_only=True)
class Marking:
    """What one marking definition asks for.

    Args:
        id: its STIX identifier.
        level: the level of TLP, if it gives one.
        groups: sharing groups, to all of which a reader must belong.
        statements: words to be shown with what is marked; they keep nobody out.
        unknown: what in it is not understood, in words; anything here shares with nobody.

    """

    id: str
    level: Tlp | None = None
    groups: frozenset[str] = frozenset()
    statements: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


STANDARD: Final[Mapping[str, Marking]] = {
    identifier: Marking(id=identifier, level=level) for table in (_TLP_1, _TLP_2) for level, identifier in table.items()
}
"""The markings that everybody knows by their identifiers. No sender can define them otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who may receive an object.

    Args:
        owner: code of the organisation that brought it into this node.
        level: the strictest level that it, or a part of it, is marked with.
        groups: sharing groups, to all of which a reader must belong.
        addressed: groups to any of which its owner has sent it.
        unknown: whether something about its markings is not understood.

    """

    owner: str
    level: Tlp
    groups: frozenset[str] = frozenset()
    addressed: frozenset[str] = frozenset()
    unknown: bool = False

    @property
    def key(self) -> str:
        """The audience as text, the same for the same readers: a store keeps few of them, and selects by them.

        Where the owner makes no difference to who may see an object, the key does not name it.
        """
        return json.dumps(
            {
                "level": self.level.name,
                **({"owner": self.owner} if not self.is_of_everybody else {}),
                **({"groups": sorted(self.groups)} if self.groups else {}),
                **({"addressed": sorted(self.addressed)} if self.addressed and not self.is_of_everybody else {}),
                **({"unknown": True} if self.unknown else {}),
            },
            separators=(",", ":"),
        )

    @property
    def is_of_everybody(self) -> bool:
        """Whether its level alone lets everybody have it, whoever owns it."""
        return self.level <= Tlp.GREEN and not self.groups and not self.unknown

    def is_within(self, other: "Audience") -> bool:
        """Whether everybody who may receive what has this audience may receive what has another.

        Where that takes members of groups to know, it says no.
        """
        if self == other or (other.is_of_everybody and other.level <= self.level):
            return True
        return (
            (self.owner, self.unknown, other.unknown) == (other.owner, False, False)
            and other.level <= self.level
            and other.groups <= self.groups
            and other.addressed >= self.addressed
        )

    @property
    def keepers(self) -> frozenset[str]:
        """The organisations that may have it because it was put into their collections."""
        return keepers(self.addressed)

    @property
    def without_keepers(self) -> "Audience":
        """The same for everybody else."""
        kept = frozenset(map(keeper_group, self.keepers))
        return replace(self, addressed=self.addressed - kept)

    @property
    def goes_below(self) -> bool:
        """Whether those below an organisation may have whatever that may have of it."""
        return self.level <= Tlp.AMBER and not self.groups and not self.unknown

    @classmethod
    def of(cls, key: str) -> "Audience":
        """The audience that has this key."""
        said = json.loads(key)
        return cls(
            owner=said.get("owner", ""),
            level=Tlp[said["level"]],
            groups=frozenset(said.get("groups", ())),
            addressed=frozenset(said.get("addressed", ())),
            unknown=said.get("unknown", False),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who asks, as this node knows them; never as they describe themselves. Made by `Groups.reader`.

    Args:
        organisation: code of the organisation for which they ask; None for anyone at all.
        above: codes of the organisations over it, nearest first or not.
        groups: sharing groups to which it belongs.
        groups_above: those to which an organisation over it belongs.
        person: whether a signed-in person reads with their own eyes, and no machine takes it away.

    """

    organisation: str | None = None
    above: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    groups_above: frozenset[str] = frozenset()
    person: bool = False


ANYONE: Final = Reader()
"""A reader of whom nothing is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Groups:
    """The sharing groups that this node knows, with the codes of their members."""

    members: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def reader(self, organisation: str, *, above: Iterable[str] = (), person: bool = False) -> Reader:
        """An organisation as a reader, with the groups that it and those over it belong to."""
        over = frozenset(above) - {organisation}
        return Reader(
            organisation=organisation,
            above=over,
            groups=self._of(frozenset([organisation])) | {keeper_group(organisation)},
            groups_above=self._of(over) - {SECTOR},
            person=person,
        )

    def _of(self, codes: frozenset[str]) -> frozenset[str]:
        listed = (name for name, members in self.members.items() if not members.isdisjoint(codes))
        named = (name for name in listed if name and not is_made_by_itself(name))
        return frozenset(named) | {organisation_group(code) for code in codes} | {SECTOR}


def marking(definition: Mapping[str, object]) -> Marking:
    """What a STIX marking definition, parsed from JSON, asks for.

    One of the standard definitions is known by its identifier alone: what the document says is not believed.
    """
    identifier = definition.get("id")
    if not isinstance(identifier, str):
        return Marking(id="", unknown=("a marking definition without an identifier",))
    if identifier in STANDARD:
        return STANDARD[identifier]
    found = Marking(id=identifier)
    if "definition_type" in definition:
        found = _with_definition(found, definition["definition_type"], definition.get("definition"))
    extensions = definition.get("extensions", {})
    for name, extension in extensions.items() if isinstance(extensions, Mapping) else [("extensions", extensions)]:
        found = _with_extension(found, name, extension)
    if found == Marking(id=identifier):
        return _doubted(found, "a marking definition that defines nothing")
    return found


def _with_definition(found: Marking, kind: object, body: object) -> Marking:
    said = body if isinstance(body, Mapping) else {}
    match str(kind).lower():
        case "statement" if isinstance(said.get("statement"), str):
            return replace(found, statements=(*found.statements, said["statement"]))
        case "tlp" if len(said) == 1:
            return _with_level(found, *said.values())
        case _:
            return _doubted(found, f"a definition of type {kind!r}")


def _with_extension(found: Marking, name: str, extension: object) -> Marking:
    said = extension if isinstance(extension, Mapping) else {}
    if name == TLP_EXTENSION:
        return _with_level(found, said.get("tlp_2_0"))
    if name == GROUP_EXTENSION:
        group = group_name(said.get("sharing_group"))
        return replace(found, groups=found.groups | {group}) if group else _doubted(found, "a group without a name")
    return _doubted(found, f"the extension {name}")


def _with_level(found: Marking, said: object) -> Marking:
    level = Tlp.of(said) if isinstance(said, str) else None
    if level is None:
        return _doubted(found, f"the level {said!r}")
    return replace(found, level=max(level, found.level or Tlp.CLEAR))


def _doubted(found: Marking, what: str) -> Marking:
    return replace(found, unknown=(*found.unknown, what))


def group_name(said: object) -> str:
    """A sharing group's name in its one spelling; empty where there is none."""
    return unicodedata.normalize("NFC", said).strip() if isinstance(said, str) else ""


def group_marking(group: str) -> dict[str, object]:
    """The STIX marking definition that names a sharing group; the same for the same group at every node."""
    name = group_name(group)
    if not name:
        raise BadInputError("A sharing group without a name cannot be marked.", advice="Give the group's name.")
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": f"marking-definition--{uuid5(_OURS, f'group:{name}')}",
        "created": "2026-01-01T00:00:00.000Z",
        "name": f"Sharing group {name}",
        "extensions": {GROUP_EXTENSION: {"extension_type": "property-extension", "sharing_group": name}},
    }


def tlp_marking(level: Tlp) -> dict[str, object]:
    """The published STIX marking definition of a level of TLP 2.0."""
    return {
        "type": "marking-definition",
        "spec_version": "2.1",
        "id": level.marking,
        "created": "2022-10-01T00:00:00.000Z",
        "name": level.text,
        "extensions": {
            TLP_EXTENSION: {
                "extension_type": "property-extension",
                "tlp_2_0": level.text.removeprefix("TLP:").lower(),
            },
        },
    }


def read(
    markings: Iterable[str],
    definitions: Mapping[str, Marking],
    *,
    owner: str,
    addressed: Iterable[str] = (),
    unmarked: Tlp = Tlp.AMBER_STRICT,
) -> Audience:
    """Who may receive an object that carries these markings, of the whole and of its parts.

    Args:
        markings: identifiers of marking definitions, from `object_marking_refs` and `granular_markings` alike.
        definitions: the marking definitions that this node has, beside the standard ones.
        owner: code of the organisation that brought it into this node.
        addressed: groups to which the owner has sent it; `organisation_group` names a single organisation.
        unmarked: the level of what carries none, as agreed with its source.

    """
    known = [STANDARD.get(identifier) or definitions.get(identifier) for identifier in markings]
    found = [one for one in known if one is not None]
    levels = [one.level for one in found if one.level is not None]
    return Audience(
        owner=owner,
        level=max(levels, default=unmarked),
        groups=frozenset().union(*(one.groups for one in found)),
        addressed=frozenset(name for name in map(group_name, addressed) if name),
        unknown=len(found) < len(known) or any(one.unknown for one in found),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """What an object says of its own markings.

    Args:
        whole: identifiers of the markings of the whole.
        parts: for each marking of a part, its identifier and the selectors of that part.

    """

    whole: tuple[str, ...] = ()
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        """Every marking, of whole and parts: what counts when the object leaves whole."""
        return (*self.whole, *(identifier for identifier, _ in self.parts))


UNREADABLE: Final = f"marking-definition--{uuid5(_OURS, 'unreadable')}"
"""Stands for a marking that cannot be read. It is defined nowhere, so it shares with nobody."""


def marked(document: Mapping[str, object]) -> Marked:
    """The markings that an object, parsed from JSON, carries; what cannot be read stands as `UNREADABLE`."""
    granular = document.get("granular_markings", [])
    parts = [granular] if not isinstance(granular, list) else granular
    return Marked(whole=_identifiers(document.get("object_marking_refs", [])), parts=tuple(_parts(parts)))


def _identifiers(said: object) -> tuple[str, ...]:
    if not isinstance(said, list):
        return (UNREADABLE,)
    return tuple(one if isinstance(one, str) else UNREADABLE for one in said)


def _parts(granular: Iterable[object]) -> Iterable[tuple[str, tuple[str, ...]]]:
    for part in granular:
        said = part if isinstance(part, Mapping) else {}
        if "lang" in said and "marking_ref" not in said:
            continue  # says in which language a part is written, and marks nothing
        identifier = said.get("marking_ref")
        selectors = said.get("selectors")
        named = tuple(map(str, selectors)) if isinstance(selectors, list) else ()
        yield (identifier if isinstance(identifier, str) else UNREADABLE), named


def may_receive(audience: Audience, reader: Reader) -> bool:
    """Whether the object may go to this reader."""
    return refusal(audience, reader) is None


def may_hold(audience: Audience, hosted: Iterable[Reader]) -> bool:
    """Whether a node may be sent the object: when one of the organisations it hosts may receive it."""
    return any(may_receive(audience, reader) for reader in hosted)


def admitted(keys: Iterable[str], reader: Reader) -> frozenset[str]:
    """Of the keys of audiences that a store holds, those that this reader may receive."""
    return frozenset(key for key in keys if may_receive(Audience.of(key), reader))


def refusal(audience: Audience, reader: Reader) -> str | None:
    """Why the object may not go to this reader, in words; None where it may."""
    if reader.organisation is not None and reader.organisation == audience.owner:
        if audience.level is Tlp.RED and not reader.person:
            return "TLP:RED is for the eyes of people, and no machine takes it away."
        return None
    if audience.unknown:
        return "It carries a marking that this node does not know."
    if not audience.groups <= reader.groups:
        return "It is for the members of a sharing group."
    return _refused_by_level(audience, reader)


def _refused_by_level(audience: Audience, reader: Reader) -> str | None:
    match audience.level:
        case Tlp.CLEAR:
            return None
        case Tlp.GREEN:
            return None if reader.organisation is not None else "TLP:GREEN is for those who have joined."
        case Tlp.AMBER:
            over = reader.above if audience.owner in reader.above else frozenset[str]()
            sent = not audience.addressed.isdisjoint(reader.groups | reader.groups_above)
            return None if over or sent else "TLP:AMBER is for its recipients and those whom they serve."
        case Tlp.AMBER_STRICT:
            sent = not audience.addressed.isdisjoint(reader.groups)
            return None if sent else "TLP:AMBER+STRICT is for its recipients alone."
        case Tlp.RED:
            return "TLP:RED is for the people to whom it was given."
