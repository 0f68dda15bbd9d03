"""How intelligence looks on a page: words, and parameters for the NHS components."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from watchward.console import filtering
from watchward.console.intel import moments
from watchward.console.intel.believing import Believed
from watchward.console.intel.filters import ObjectFilter
from watchward.console.intel.models import Audience, Client, Collection, Grant, Indicator, Object, Source
from watchward.console.intel.queries import MOST_COUNTED, ObjectPage
from watchward.intel import markings
from watchward.intel.markings import Tlp
from watchward.intel.stix.telling import UNNAMED
from watchward.intel.trust import Reliability
from watchward.respond.blocks.refusing import BLOCKABLE

__all__ = ["UNNAMED"]

Params = dict[str, object]

_NAMES: Final = {
    "attack-pattern": "Way of attacking",
    "course-of-action": "What to do",
    "identity": "Person or organisation",
    "intrusion-set": "Group of attacks",
    "marking-definition": "Marking",
    "observed-data": "What was observed",
    "threat-actor": "Attacker",
}
_COLOUR: Final = {
    Tlp.CLEAR: "white",
    Tlp.GREEN: "green",
    Tlp.AMBER: "orange",
    Tlp.AMBER_STRICT: "orange",
    Tlp.RED: "red",
}
LEVEL_MEANS: Final = {
    Tlp.CLEAR: "Everyone may have it.",
    Tlp.GREEN: "Every organisation that has joined may have it.",
    Tlp.AMBER: "Those it was sent to may have it, and those whom they serve.",
    Tlp.AMBER_STRICT: "Only those it was sent to may have it.",
    Tlp.RED: "It is for the eyes of the people to whom it was given, and no machine takes it away.",
}
_SHOWN_BYTES: Final = 20_000


def type_name(kind: str) -> str:
    """A type of STIX in words.

    >>> type_name("malware"), type_name("x-ward-note"), type_name("threat-actor")
    ('Malware', 'X ward note', 'Attacker')

    """
    return _NAMES.get(kind) or kind.replace("-", " ").capitalize()


def name_of(one: Object) -> str:
    """What an object is called: by its title, or else by its type and the end of its identifier."""
    return one.title or f"{type_name(one.type)} {one.stix_id[-12:]}"


def counted(total: int) -> str:
    """A count as people read it."""
    return f"{total:,}" if total <= MOST_COUNTED else f"more than {MOST_COUNTED:,}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """Who may receive something, as its markings say it."""

    audience: markings.Audience

    @classmethod
    def of(cls, stored: Audience) -> "Marked":
        """From what is stored."""
        return cls(audience=markings.Audience.of(stored.key))

    @property
    def tag(self) -> Params:
        """The level."""
        if self.audience.unknown:
            return {"text": "Unknown marking", "colour": "grey"}
        return {"text": self.audience.level.text, "colour": _COLOUR[self.audience.level]}

    @property
    def sentences(self) -> list[str]:
        """Who may receive it, in words."""
        if self.audience.unknown:
            return ["It carries a marking that this node does not know: only whoever brought it may have it."]
        said = [LEVEL_MEANS[self.audience.level]]
        if self.audience.groups:
            said.append(f"Only members of {_joined(sorted(self.audience.groups))} may have it.")
        if sent := self.audience.without_keepers.addressed:
            said.append(f"It was sent to {_joined([_group(one) for one in sorted(sent)])}.")
        if self.audience.keepers:
            said.append(f"It was put into a collection of {_joined(sorted(self.audience.keepers))}, which may have it.")
        return said


def _joined(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _group(name: str) -> str:
    return "everyone who has joined" if name == markings.SECTOR else name.removeprefix("organisation:")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceState:
    """Whether a source brings what it should."""

    source: Source
    now: datetime

    @property
    def tag(self) -> Params:
        """In two words."""
        if self.source.withdrawn_at:
            return {"text": "Withdrawn", "colour": "grey"}
        if self.source.trial_since:
            return {"text": "On trial", "colour": "yellow"}
        if not self.source.enabled:
            return {"text": "Stopped", "colour": "grey"}
        if self.source.failures:
            return {"text": "Cannot be read", "colour": "red"}
        if self.source.last_at is None:
            return {"text": "Nothing yet", "colour": "yellow"}
        return {"text": "Works", "colour": "green"}

    @property
    def attention(self) -> bool:
        """Whether somebody should look."""
        return bool(self.source.enabled and self.source.failures)


def sources_in_order(sources: Sequence[Source]) -> list[Source]:
    """Those that cannot be read first, the longest failing first; then by name."""
    return sorted(sources, key=lambda one: (not (one.enabled and one.failures), -one.failures, one.name.casefold()))


def grant_words(grant: Grant) -> str:
    """Who else may use a collection, and how."""
    what = " and ".join(word for word, may in (("read", grant.can_read), ("write", grant.can_write)) if may)
    who = f"{grant.organisation.name} and those below it" if grant.organisation else "Every organisation"
    return f"{who} may {what}{f' (people with the role {grant.role})' if grant.role else ''}."


def client_tag(client: Client) -> Params:
    """Whether a key still works."""
    return {"text": "Withdrawn", "colour": "grey"} if client.withdrawn_at else {"text": "Works", "colour": "green"}


def validity(
    indicator: Indicator, now: datetime, withheld: Sequence[tuple[str, str]] = (), faded: Sequence[str] = ()
) -> Params:
    """Whether an indicator is looked for; `withheld` and `faded` are what of it is not."""
    if indicator.revoked:
        return {"text": "Withdrawn", "colour": "grey"}
    if indicator.valid_until and indicator.valid_until <= now:
        return {"text": "Over", "colour": "grey"}
    left_out = {value for value, _ in withheld} | {*faded}
    if indicator.unrun or (left_out and (not indicator.exact or len(left_out) >= indicator.values.count())):
        return {"text": "Not looked for" if indicator.unrun or withheld else "Faded", "colour": "yellow"}
    if left_out:
        return {"text": "Looked for in part", "colour": "yellow"}
    if indicator.object.source.trial_since:
        return {"text": "On trial", "colour": "yellow"}
    return {"text": "Looked for now", "colour": "green"}


def added_at(one: Object) -> datetime:
    """When an object was added."""
    return moments.moment(one.added)


def address_of(collection: Collection, public_url: str) -> str:
    """A collection's address for TAXII clients."""
    return f"{public_url}/taxii2/{collection.root.name}/collections/{collection.pk}/"


def text_of(one: Object) -> str:
    """An object's own text, laid out to be read; a long one is cut."""
    text = json.dumps(json.loads(bytes(one.raw)), indent=2, ensure_ascii=False)
    return text if len(text) <= _SHOWN_BYTES else f"{text[:_SHOWN_BYTES]}\n… it goes on."


def pages(page: ObjectPage, asked: ObjectFilter) -> Params:
    """Parameters of the NHS pagination; empty for a single page."""
    return filtering.pages(asked, more=page.more)


_WIDE: Final = 600
_HIGH: Final = 160


@dataclass(frozen=True, kw_only=True)
class Aged:
    """What is believed of a thing, and how that fades: a curve, with where it is now."""

    believed: Believed
    now: datetime

    @property
    def age(self) -> timedelta:
        """How long ago it was last seen."""
        return max(self.now - self.believed.seen_at, timedelta())

    @property
    def chance(self) -> str:
        """What is believed, as a share."""
        return f"{self.believed.belief.probability:.0%}"

    @property
    def points(self) -> str:
        """The curve, in the units of the drawing."""
        fading = self.believed.decay
        places = [(age / fading.lifetime, left) for age, left in fading.curve(points=61)]
        return " ".join(f"{round(along * _WIDE)},{round((1 - left) * _HIGH)}" for along, left in places)

    @property
    def place(self) -> int:
        """Where it is now on the curve, in the units of the drawing."""
        return round(min(self.age / self.believed.decay.lifetime, 1.0) * _WIDE)

    @property
    def left(self) -> str:
        """What age has left of what was believed when it was last seen."""
        return f"{self.believed.decay.left(self.age):.0%}"

    @property
    def half_at(self) -> datetime:
        """When half of that will be left, if it is not seen again."""
        return self.believed.decay.ends_at(self.believed.seen_at, below=0.5)

    @property
    def gone_at(self) -> datetime:
        """When nothing will be left of it."""
        return self.believed.decay.ends_at(self.believed.seen_at)

    @property
    def may_be_blocked(self) -> bool:
        """Whether things of its kind can be blocked at all."""
        return self.believed.kind in BLOCKABLE


def aged(believed: Sequence[Believed], *, now: datetime) -> list[Aged]:
    """What is believed of each thing, as a page shows it."""
    return [Aged(believed=one, now=now) for one in believed]


def judgements(source: Source) -> list[Params]:
    """What may be said of a source, as items of radio buttons: how reliable it is, and whether it counts at all."""
    letters: list[Params] = [
        {"value": one.value, "text": f"It is {one.words}", "checked": one == source.reliability} for one in Reliability
    ]
    if source.withdrawn_at is not None:
        return letters
    trial: Params = (
        {"value": "believed", "text": "Believe it again: what its indicators match raises alerts"}
        if source.trial_since
        else {"value": "trial", "text": "Put it on trial: what its indicators match is only counted"}
    )
    gone: Params = {
        "value": "withdrawn",
        "text": "Take back all that it ever sent, here and at every node",
        "hint": {
            "text": "Blocks by its indicators are lifted, and nothing more is taken from it. This cannot be undone."
        },
    }
    return [*letters, {"divider": "or"}, trial, gone]
