"""How blocks are put to people: what, why, since, until, and what is to be done next."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from watchward.console.access.models import User
from watchward.console.harm.presenters import amount
from watchward.console.jinja import moment
from watchward.console.protect.models import Block
from watchward.console.protect.rows import life_of, person_key
from watchward.intel.observable import Kind
from watchward.respond.blocks import life as lives
from watchward.respond.blocks.life import Because, Life, State

_COLOURS: Final = {
    State.PROPOSED: "yellow",
    State.CANARY: "orange",
    State.IN_FORCE: "red",
    State.LIFTED: "grey",
}
KINDS: Final = {
    Kind.DOMAIN: "Name, with all under it",
    Kind.IPV4: "IPv4 address",
    Kind.IPV6: "IPv6 address",
    Kind.NETWORK: "Network",
    Kind.URL: "Web address",
    Kind.EMAIL: "E-mail address",
    Kind.SHA256: "File (SHA-256)",
    Kind.SHA1: "File (SHA-1)",
    Kind.MD5: "File (MD5)",
}
"""What people may propose to block, in words."""


_NAMED: Final = 10
"""Systems that one sentence names."""


def before(found: Mapping[str, Any]) -> str:
    """What was known of contacts when somebody decided, in short."""
    devices, care = found["devices"], found["care"]
    if not devices:
        return "Before them: no device had contacted it"
    carrying = "none that carries care" if not care else f"{care:,} that carr{'ies' if care == 1 else 'y'} care"
    return f"Before them: {devices:,} device{'' if devices == 1 else 's'} had contacted it, {carrying}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockRow:
    """One block in a list, or at the top of its page."""

    block: Block
    now: datetime

    @property
    def life(self) -> Life:
        """What has happened to it."""
        return life_of(self.block)

    @property
    def tag(self) -> dict[str, str]:
        """Parameters of the NHS tag."""
        state = self.life.state
        return {"text": state.label, "colour": _COLOURS[state]}

    @property
    def kind(self) -> str:
        """What kind of thing it is, in words."""
        known = {str(one): text for one, text in KINDS.items()}
        return known.get(self.block.kind, self.block.kind.replace("_", " ").capitalize())

    @property
    def where(self) -> str:
        """For whom it is."""
        if self.life.state is State.CANARY:
            count = len(self.block.tried_at)
            return f"{count} {'organisation' if count == 1 else 'organisations'} of the canary group"
        if self.block.organisation is None:
            return "All organisations of this node" if self.block.peer_id is None else "All of this node, from above"
        below = ", without those below it" if self.block.alone else ", with all below it"
        return f"{self.block.organisation.name}{below}"

    @property
    def times(self) -> str:
        """Since when and until when."""
        if self.life.state is State.LIFTED and self.block.lifted_at is not None:
            because = Because(self.block.because).label if self.block.because else ""
            return f"Lifted {moment(self.block.lifted_at)}. {because}"
        since = self.life.since
        begun = f"Since {moment(since)}" if since else f"Proposed {moment(self.block.proposed_at)}"
        if self.life.review_by is not None:
            return (
                f"{begun}, until {moment(self.life.review_by)}, or {moment(self.block.until)} if somebody else keeps it"
            )
        return f"{begun}, until {moment(self.block.until)}"

    @property
    def needs(self) -> str:
        """What it waits for; empty where for nothing."""
        life = self.life
        if life.review_by is not None and life.state is State.IN_FORCE:
            return f"Put in force in an emergency. It is lifted {moment(life.review_by)} unless somebody else keeps it."
        if life.state is State.PROPOSED:
            if life.reach.wide and life.checked_at is None:
                return "What it would do to care is being looked for."
            who = "person" if life.missing == 1 else "people"
            return f"{life.missing} {who} must agree." if life.missing else ""
        if life.state is State.CANARY and life.canary_at is not None:
            ready = life.canary_at + lives.TRIED_FOR
            return f"It may be put in force from {moment(ready)}." if self.now < ready else "It may be put in force."
        return ""

    def steps_for(self, viewer: User) -> list[tuple[str, str]]:
        """Those of the steps that are the viewer's: nobody reviews what they put in force alone."""
        alone = self.life.state is State.IN_FORCE and self.life.emergency == person_key(viewer)
        return [] if alone else self.steps

    @property
    def steps(self) -> list[tuple[str, str]]:
        """What somebody may decide next, each with its words; the plain one first."""
        match self.life.state:
            case State.PROPOSED:
                return [("agree", "Agree"), ("emergency", "Put it in force now, in an emergency")]
            case State.CANARY:
                first = ("agree", "Agree") if self.life.missing else ("enforce", "Put it in force")
                return [first, ("emergency", "Put it in force now, in an emergency")]
            case State.IN_FORCE:
                return [("keep", "Reviewed: keep it")] if self.life.review_by is not None else []
            case State.LIFTED:
                return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What a check of harm found."""

    found: Mapping[str, Any]

    @property
    def sentence(self) -> str:
        """The finding, in one sentence."""
        count, care = self.found["devices"], self.found["care"]
        if not count:
            return f"No device that this node hears of contacted it in the last {self.found['days']} days."
        devices = f"{count:,} device{'' if count == 1 else 's'} contacted it in the last {self.found['days']} days"
        if not care:
            return f"{devices}; none of them carries care, as far as the maps of care know."
        return f"{devices}; {care:,} of them carr{'ies' if care == 1 else 'y'} care."

    @property
    def stops(self) -> str:
        """What would happen to care, in large words; empty where nothing that carries care contacted it."""
        care = self.found["care"]
        if not care:
            return ""
        several = care != 1
        devices = f"{care:,} device{'s' if several else ''} that carr{'y' if several else 'ies'} care"
        systems = ", ".join(self.found["systems"][:_NAMED])
        return f"{devices} contacted it, and may stop working without it: {systems}."

    @property
    def devices(self) -> list[dict[str, Any]]:
        """The devices that are named, with their organisations: those that carry care first."""
        named = [one | {"place": place["name"]} for place in self.found["organisations"] for one in place["devices"]]
        return sorted(named, key=lambda one: not one["carries"])

    @property
    def harm(self) -> str:
        """What the loss of those would do."""
        if self.found["harm"] is None:
            return f"It cannot be said what their loss would do. {self.found['why_not']}"
        if not self.found["care"]:
            return ""
        return (
            f"If all of these stopped working for {self.found['hours']} hours: {amount(self.found['harm'])} "
            "severity-weighted patients harmed, with its 90% interval. That is the most it could do: a device may well "
            "work without what is blocked."
        )
