"""The part of intel/queries.py that says where an indicator may be met: at whom its markings let it be used.

A gateway looks for every indicator in the events of all organisations of its node. An alert tells what was looked for:
so it is raised for those alone who may have the indicator, and says no more of one that only a few may have, because
those over an organisation read its alerts too (ADR 0236).
"""

from collections.abc import Collection as Several
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from watchward.console.estate.models import Organisation
from watchward.console.intel.bulk import chunks
from watchward.console.intel.guard import groups
from watchward.console.intel.models import Indicator
from watchward.intel.markings import Audience, Groups, Tlp, may_receive
from watchward.intel.pattern import indicator_of

UNTOLD_TITLE: Final = "An indicator that was shared with a few"
UNTOLD: Final = "Whoever may have it finds what it says by its identifier, under Intelligence."
_NAMED: Final = "indicator--"


@dataclass(frozen=True, kw_only=True)
class Met:
    """Some indicators, and who may have each.

    Args:
        audiences: by indicator; of one that this node does not keep, there are none.
        groups: the sharing groups.

    """

    audiences: Mapping[str, Several[Audience]]
    groups: Groups

    def may_be_raised(self, rule: str, organisation: Organisation) -> bool:
        """Whether an alert of a rule may be raised for an organisation: always, but for indicators not meant for it."""
        found = self.audiences.get(indicator_of(rule))
        if found is None:
            return True
        over = organisation.path.strip("/").split("/")
        reader = self.groups.reader(organisation.code, above=over, person=True)
        return any(may_receive(one, reader) for one in found)

    def may_be_told(self, rule: str) -> bool:
        """Whether an alert may say what it looks for, to all who read alerts."""
        found = self.audiences.get(indicator_of(rule))
        return found is None or any(map(may_be_named, found))


def may_be_named(audience: Audience) -> bool:
    """Whether what has this audience may be named to all who read alerts and blocks."""
    return audience.level <= Tlp.GREEN and not audience.groups and not audience.unknown


def met(rules: Iterable[str]) -> Met:
    """Who may have the indicators among some rules."""
    named = {indicator_of(rule) for rule in rules if rule.startswith(_NAMED)}
    if not named:
        return Met(audiences={}, groups=Groups())
    found: dict[str, list[Audience]] = {}
    for some in chunks(sorted(named)):
        rows = Indicator.objects.filter(stix_id__in=some).values_list("stix_id", "object__audience__key")
        for stix_id, key in rows:
            found.setdefault(stix_id, []).append(Audience.of(key))
    return Met(audiences=found, groups=groups())
