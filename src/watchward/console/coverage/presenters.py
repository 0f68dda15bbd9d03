"""What the coverage pages say, in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from watchward.console.coverage.queries import Coverage
from watchward.console.estate.models import Organisation
from watchward.detect.coverage.matrix import Covered, Gain, Served, Sight, Viewed, by_tactic

GAINS_SHOWN: Final = 8

_TAGS: Final = {
    Sight.SEEN: {"text": "✓ Seen", "colour": "green"},
    Sight.PARTLY: {"text": "◐ In part", "colour": "yellow"},
    Sight.UNSEEN: {"text": "✗ Not seen", "colour": "red"},
}


def tag_of(one: Covered | Viewed) -> dict[str, str]:
    """How well something is seen, as parameters of the NHS tag: a sign and words, not colour alone."""
    return _TAGS[one.sight]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveragePresenter:
    """The page of what rules can see.

    Args:
        found: None before the first survey.
        organisation: whose coverage it is; None for all that the viewer may see.
        only: the sight to which techniques are narrowed.

    """

    found: Coverage | None
    organisation: Organisation | None
    only: Sight | None

    @property
    def where(self) -> str:
        """Whose coverage it is."""
        return self.organisation.name if self.organisation else "All organisations that you look after"

    @property
    def several(self) -> bool:
        """Whether it is of more than one organisation that sends."""
        return self.found is not None and self.found.tally.organisations > 1

    @property
    def at(self) -> datetime | None:
        """When it was worked out."""
        return self.found.at if self.found else None

    @property
    def sees(self) -> int:
        """How many rules see wholly at one organisation at least."""
        return int((self.found.tally.whole > 0).sum()) if self.found else 0

    @property
    def partly(self) -> int:
        """How many others see in part."""
        tally = self.found.tally if self.found else None
        return int(((tally.part > 0) & (tally.whole == 0)).sum()) if tally else 0

    @property
    def blind(self) -> int:
        """How many see nothing."""
        return self.found.rules - self.sees - self.partly if self.found else 0

    @property
    def not_counted(self) -> str:
        """The rules that are no coverage because they raise no alerts."""
        if self.found is None or not (self.found.on_trial or self.found.off):
            return ""
        parts = [(self.found.on_trial, "on trial"), (self.found.off, "switched off")]
        return " and ".join(f"{count:,} {'rule' if count == 1 else 'rules'} {what}" for count, what in parts if count)

    @property
    def tactics(self) -> list[Served]:
        """The tactics with their techniques; kinds of techniques stand on the pages of these."""
        if self.found is None:
            return []
        every = [one for one in self.found.chart.covered(self.found.tally) if one.technique.parent == one.technique.id]
        return by_tactic(one for one in every if self.only in (None, one.sight))

    @property
    def gains(self) -> Sequence[Gain]:
        """What to send to see most."""
        return self.found.chart.gains(self.found.tally)[:GAINS_SHOWN] if self.found else []

    @property
    def query(self) -> str:
        """The part of the address that says whose coverage it is."""
        return "?" + urlencode({"organisation": self.organisation.code}) if self.organisation else ""

    @property
    def choices(self) -> list[tuple[str, str]]:
        """To what techniques may be narrowed."""
        return [("", "All techniques"), *((one.value, _TAGS[one]["text"][2:] + " only") for one in Sight)]


def scores(one: Covered, *, several: bool, senders: int) -> str:
    """How many rules see a technique, as a short sentence."""
    said = f"{one.whole:,} of {one.rules:,} {'rule sees' if one.rules == 1 else 'rules see'}"
    said += f", {one.partly:,} in part" if one.partly else ""
    if several:
        said += f"; at {one.seen_at:,} of {senders:,} organisations"
    return said


def of_techniques(one: Served) -> str:
    """How many of a tactic's techniques are seen how well."""
    seen, partly, unseen = (one.count(sight) for sight in Sight)
    parts = [(seen, "seen"), (partly, "in part"), (unseen, "not seen")]
    said = ", ".join(f"{count} {what}" for count, what in parts if count)
    total = seen + partly + unseen
    return f"Of {total} {'technique' if total == 1 else 'techniques'}: {said}."
