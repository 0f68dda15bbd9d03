"""What the matches of each rule are for, and what correlations need of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from watchward.detect.correlate.program import Program
from watchward.detect.match import Purpose
from watchward.detect.sigma.filters import Hidden
from watchward.detect.sigma.rule import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Purposes:
    """What the matches of some rules are for.

    Args:
        silent: the ids of rules that only serve correlations.
        trial: the digests of the rules that are on trial: an earlier version of one may be in force beside it.
        fields: what the matches of a rule carry for correlations, by the rule's id.
        hidden: the filters of which rules only count what they hide, by the digests of these rules.

    """

    silent: frozenset[str] = frozenset()
    trial: frozenset[str] = frozenset()
    fields: Mapping[str, frozenset[str]] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)

    def of(self, rule: Rule) -> Purpose:
        """What the matches of a rule are for."""
        if rule.digest in self.trial:
            return Purpose.TRIAL
        return Purpose.PART if rule.id in self.silent else Purpose.ALERT

    def carried(self, rule: Rule) -> frozenset[str]:
        """The fields that the matches of a rule carry for correlations."""
        return frozenset() if rule.digest in self.trial else self.fields.get(rule.id, frozenset())

    @property
    def names(self) -> frozenset[str]:
        """Every field that some match carries."""
        return frozenset().union(*self.fields.values())


def purposes_of(
    program: Program,
    *,
    silent: frozenset[str],
    trial: frozenset[str] = frozenset(),
    hidden: Iterable[Hidden] = (),
) -> Purposes:
    """What the rules that correlations read are for, where some give no alert of their own."""
    return Purposes(
        silent=silent,
        trial=trial,
        fields={rule: program.fields_of(rule) for rule in program.rules},
        hidden={one.rule.digest: one.filter for one in hidden},
    )
