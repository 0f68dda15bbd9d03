"""How sharing an alert looks: one sentence, what goes, what stays here and why, and the choices that decide."""

from dataclasses import dataclass
from typing import Final

from watchward.console.intel.models import SharedAlert
from watchward.console.intel.presenters import LEVEL_MEANS
from watchward.console.intel.sharing_queries import LEVELS, SURE, Proposal
from watchward.intel.markings import Tlp
from watchward.intel.offering import Offer, Standing
from watchward.intel.passing import MOST_CODES
from watchward.intel.stix.telling import UNNAMED
from watchward.telemetry.masking import masked_value

_KINDS: Final = {
    "domain": "Domain", "email": "Mail address", "file_name": "File name", "file_path": "File path",
    "imphash": "Digest of imports", "ipv4": "Address", "ipv6": "Address", "md5": "Digest (MD5)", "mutex": "Mutex",
    "network": "Network", "process_name": "Program name", "registry_key": "Registry key", "sha1": "Digest (SHA-1)",
    "sha256": "Digest (SHA-256)", "sha512": "Digest (SHA-512)", "url": "Web address", "user_agent": "User agent",
}  # fmt: skip
_FIRST: Final = 5
"""So many things that stay here for one reason are shown."""


def kind_words(kind: str) -> str:
    """A kind of thing in words."""
    return _KINDS.get(kind, kind)


def organisations(count: int) -> str:
    """So many organisations, in words."""
    return f"{count:,} {'organisation' if count == 1 else 'organisations'}"


def shared_things(shared: SharedAlert) -> str:
    """What went, in a few words."""
    seen = f"{len(shared.sightings):,} {'sighting' if len(shared.sightings) == 1 else 'sightings'}"
    count = len(shared.things)
    return f"{count:,} {'indicator' if count == 1 else 'indicators'} and {seen}" if count else seen


def marking_words(level: Tlp, group: str) -> str:
    """A marking in words."""
    return f"{level.text}, for the members of {group} alone" if group else level.text


@dataclass(frozen=True, kw_only=True)
class SharePresenter:
    """What would be shared of an alert, and how.

    Args:
        proposal: it.
        outside: whoever looks is outside the organisation, so that what is shaped like an NHS number is hidden.
        error: what is wrong with what was chosen.

    """

    proposal: Proposal
    outside: bool
    error: str = ""

    @property
    def sentence(self) -> str:
        """What goes, with whom, how it is marked, and whether the sender is named."""
        proposed = self.proposal
        wanted, audience = proposed.wanted, proposed.audience
        if wanted is None or audience is None:
            return ""
        if not proposed.is_ready:
            return f"Nothing here is ready to share. {proposed.refusal}"
        where = f"the collection “{wanted.collection.title}” of {wanted.collection.organisation.name}"
        level = audience.level
        marking = marking_words(level, ", ".join(sorted(audience.groups)))
        sender = proposed.alert.organisation.name
        who = (
            f"they see that it comes from {sender}" if wanted.named else f"they do not see that it comes from {sender}"
        )
        return (
            f"{self._what} to {organisations(proposed.reached)} through {where}, as {marking}; {who}.{self._not_told}"
        )

    @property
    def _not_told(self) -> str:
        """Of which linked nodes those for whom they stand learn nothing, and what would change that."""
        count = self.proposal.nodes.too_many
        nodes = "1 linked node is" if count == 1 else f"{count:,} linked nodes are"
        why = f"each of more than {MOST_CODES:,} organisations there would have to be named"
        way = "Choose a collection that is open to every organisation and a wider marking, or a smaller group"
        return f" {nodes} not told, and the organisations there not reached: {why}. {way}." if count else ""

    @property
    def _what(self) -> str:
        if self.proposal.indicator is not None:
            return "One sighting of the indicator that raised this alert goes"
        count = len(self.proposal.chosen)
        things = f"{count:,} {'indicator' if count == 1 else 'indicators'}"
        return f"{things}, each with a sighting, {'goes' if count == 1 else 'go'}"

    @property
    def going(self) -> list[dict[str, object]]:
        """What may go, as the NHS checkboxes take it."""
        chosen = {one.key for one in self.proposal.chosen}
        return [
            {
                "value": one.key,
                "text": self._shown(one) + (" (everybody runs it)" if one.standing is Standing.COMMON else ""),
                "checked": one.key in chosen,
                "hint": {"text": f"{kind_words(one.observable.kind.value)}, from {one.field}. {one.why}".strip()},
            }
            for one in self.proposal.offered.going
        ]

    @property
    def staying(self) -> list[tuple[str, str, str]]:
        """What does not go: the thing, what it is, and why; of many with one reason the first few."""
        told: dict[tuple[str, str], int] = {}
        shown = []
        for one in self.proposal.offered.offers:
            alike = (one.field, one.why)
            told[alike] = told.get(alike, 0) + (not one.may_go)
            if not one.may_go and told[alike] <= _FIRST:
                what = f"{kind_words(one.observable.kind.value)}, from {one.field}"
                shown.append((self._shown(one), what, one.why))
        return shown

    @property
    def staying_too(self) -> str:
        """How many more do not go than are shown."""
        more = sum(not one.may_go for one in self.proposal.offered.offers) - len(self.staying)
        return f"And {more:,} more like these." if more else ""

    @property
    def asked(self) -> bool:
        """Whether something goes by a person's word alone."""
        return any(one.standing in {Standing.ASKED, Standing.COMMON} for one in self.proposal.offered.going)

    @property
    def fields(self) -> list[tuple[str, str, str]]:
        """The matched fields with what was taken out of each, and why."""
        cleaned = self.proposal.offered.cleaned
        return [(one.field, cleaned.fields[one.field].replace("\x1e", " · "), one.why) for one in cleaned.decisions]

    @property
    def places(self) -> list[dict[str, object]]:
        """Where it may be put."""
        wanted = self.proposal.wanted
        return [
            {
                "value": str(one.pk),
                "text": one.title,
                "hint": {"text": f"Of {one.organisation.name}. {one.description}".strip()},
                "checked": wanted is not None and wanted.collection.pk == one.pk,
            }
            for one in self.proposal.collections
        ]

    @property
    def levels(self) -> list[dict[str, object]]:
        """How it may be marked."""
        wanted = self.proposal.wanted
        return [
            {
                "value": one.name.lower(),
                "text": one.text,
                "hint": {"text": LEVEL_MEANS[one]},
                "checked": wanted is not None and wanted.level is one,
            }
            for one in LEVELS
        ]

    @property
    def groups(self) -> list[dict[str, object]]:
        """The groups that it may be kept to."""
        chosen = self.proposal.wanted.group if self.proposal.wanted else ""
        none = {"value": "", "text": "No group", "selected": not chosen}
        return [none, *({"value": one, "text": one, "selected": one == chosen} for one in self.proposal.groups)]

    @property
    def senders(self) -> list[dict[str, object]]:
        """Whether the sender is named."""
        name, wanted = self.proposal.alert.organisation.name, self.proposal.wanted
        named = wanted is None or wanted.named
        return [
            {"value": "yes", "text": f"As {name}", "checked": named},
            {
                "value": "no",
                "text": f"As “{UNNAMED}”",
                "hint": {"text": f"Those over {name} still see that it shared this."},
                "checked": not named,
            },
        ]

    @property
    def sure(self) -> list[dict[str, object]]:
        """How sure the sender is."""
        chosen = self.proposal.wanted.confidence if self.proposal.wanted else 75
        return [
            {"value": str(value), "text": f"{words} ({value} of 100)", "selected": value == chosen}
            for value, words in SURE.items()
        ]

    def _shown(self, offer: Offer) -> str:
        value = offer.observable.value
        return str(masked_value(value)) if self.outside else value
