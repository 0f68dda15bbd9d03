"""One switch that lifts everything and lets nothing new in, until it is turned back."""

from dataclasses import dataclass
from datetime import datetime

from watchward.respond.blocks.errors import BlockError


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """Whether blocks hold at all.

    Args:
        thrown_at: since when nothing is blocked; None while blocks hold.
        by: who threw it.
        why: their reason.

    """

    thrown_at: datetime | None = None
    by: str = ""
    why: str = ""

    @property
    def thrown(self) -> bool:
        """Whether nothing is blocked."""
        return self.thrown_at is not None


BLOCKING = Switch()


def throw(switch: Switch, *, by: str, why: str, at: datetime) -> Switch:
    """Nothing is blocked from now on. Throwing it twice changes nothing, so that nobody need look first."""
    if switch.thrown:
        return switch
    return Switch(thrown_at=at, by=by, why=_reason(why))


def turn_back(switch: Switch, *, why: str) -> Switch:
    """Blocks hold again: those that were not lifted meanwhile, and have not ended."""
    if not switch.thrown:
        raise BlockError("Blocks hold.", advice="There is nothing to turn back.")
    _reason(why)
    return BLOCKING


def require_blocking(switch: Switch) -> None:
    """Refuse to let anything new in while the switch is thrown."""
    if switch.thrown:
        raise BlockError(
            f"Nothing is blocked: {switch.by} lifted everything ({switch.why}).",
            advice="Turn the switch back first, when care is safe.",
        )


def _reason(why: str) -> str:
    if not why.strip():
        raise BlockError("The switch needs a reason.", advice="Say in a sentence what you saw.")
    return why.strip()
