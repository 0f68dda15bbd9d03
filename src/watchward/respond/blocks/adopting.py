"""What an organisation does with what others know or block: by its written policy, or by a person's word."""

from dataclasses import dataclass
from enum import StrEnum

from watchward.intel.observable import Kind


class Adoption(StrEnum):
    """What becomes of something offered; the values are stored."""

    AT_ONCE = "at_once"
    WAITS = "waits"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """An organisation's written policy.

    Args:
        decided: whether a block that people of a region or the nation decided on is adopted at once.
        confidence: how much must be believed of an indicator, in percent (1 to 100: the chance that it belongs to an
            attack), so that it is blocked at once; None: never without a person.
        sources: codes of the organisations whose indicators are meant; none: of any.
        kinds: what kinds of things may be blocked without a person; none: any.
        check_first: whether what care systems here contacted in the last 30 days waits for a person.

    """

    decided: bool = True
    confidence: int | None = None
    sources: frozenset[str] = frozenset()
    kinds: frozenset[Kind] = frozenset()
    check_first: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Something that an organisation might block.

    Args:
        kind: what kind of thing it is.
        decided: whether people decided on it for a region or the nation; else it is an indicator.
        believed: the chance that an indicator belongs to an attack, 0 to 1, by what the organisation may have.
        source: code of the organisation that brought it.
        well_known: whether a list of what everybody uses has it.
        care: whether care systems here contacted it in the last 30 days; None where nobody has looked.

    """

    kind: Kind
    decided: bool = False
    believed: float = 0.0
    source: str = ""
    well_known: bool = False
    care: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What becomes of an offer, and why."""

    adoption: Adoption
    why: str


def adopt(policy: Policy, offer: Offer) -> Answer:
    """What a policy says of an offer. Two people's decision stands above what one organisation is unsure of."""
    if offer.decided:
        return _decided(policy, offer)
    if why := _unnamed(policy, offer):
        return Answer(adoption=Adoption.REFUSED, why=why)
    if offer.well_known:
        return Answer(adoption=Adoption.WAITS, why="It is well known, so a person decides.")
    if policy.check_first and offer.care is not False:
        seen = "Nobody has looked yet whether care systems here" if offer.care is None else "Care systems here"
        return Answer(adoption=Adoption.WAITS, why=f"{seen} contacted it in the last 30 days.")
    sure = f"The policy blocks what is believed to {policy.confidence}%; it is believed to {percent(offer.believed)}%."
    return Answer(adoption=Adoption.AT_ONCE, why=sure)


def percent(believed: float) -> int:
    """A belief as pages show it, by which policies go."""
    return round(100 * believed)


def has_faded(policy: Policy, believed: float) -> bool:
    """Whether something is believed less than a policy asks, so that a block of the policy's ends."""
    return policy.confidence is not None and percent(believed) < policy.confidence


def _decided(policy: Policy, offer: Offer) -> Answer:
    if not policy.decided:
        return Answer(adoption=Adoption.WAITS, why="The policy leaves every block to a person.")
    if policy.check_first and offer.care:
        return Answer(adoption=Adoption.WAITS, why="Care systems here contacted it in the last 30 days.")
    return Answer(adoption=Adoption.AT_ONCE, why="The policy adopts what the region and the nation decide.")


def _unnamed(policy: Policy, offer: Offer) -> str:
    """Why a policy does not speak of an indicator; empty where it does."""
    if policy.confidence is None:
        return "The policy blocks no indicator by itself."
    if policy.sources and offer.source not in policy.sources:
        return f"The policy does not name {offer.source or 'its source'}."
    if policy.kinds and offer.kind not in policy.kinds:
        return f"The policy does not name things of the kind {offer.kind}."
    if has_faded(policy, offer.believed):
        return f"The policy blocks what is believed to {policy.confidence}%; it is to {percent(offer.believed)}%."
    return ""
