"""How much of the care that somebody may see is mapped: counted on the map that is laid out, and never read anew."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from watchward.access.permissions import Permission
from watchward.console.access.guard import Actor
from watchward.console.harm import queries as harm
from watchward.console.harm.queries import Sight
from watchward.estate.care.service import ServiceKind
from watchward.estate.organisation import OrganisationKind
from watchward.harm.model import KINDS


@dataclass(frozen=True, kw_only=True)
class Coverage:
    """How much of the care that one may see is mapped.

    Args:
        organisations: by kind, how many are `mapped`, by `template` only, or have `nothing`.
        activity: by kind of service, the share of its weekly activity that lies in mapped organisations.

    """

    organisations: Mapping[OrganisationKind, Counter[str]]
    activity: Mapping[ServiceKind, float]


def coverage(viewer: Actor, *, below: str = "") -> Coverage:
    """How much of the care that the viewer may see is mapped, at an organisation and below it, or everywhere.

    Raises:
        NotLaidOutError: the map is large, and the worker has not come to it yet.

    """
    sight = harm.sight(viewer, below, seeing=Permission.CARE_VIEW)
    if sight is None:
        return Coverage(organisations={}, activity={})
    return Coverage(organisations=_organisations(sight), activity=_activity(sight))


def _organisations(sight: Sight) -> dict[OrganisationKind, Counter[str]]:
    model, area = sight.laid.model, sight.area
    belonging, places = model.belonging, list(model.care.places.values())
    giving = np.zeros(len(model.ids), dtype=bool)
    giving[belonging.owner[model.services.thing]] = True
    of = np.flatnonzero(belonging.owner == np.arange(len(model.ids)))
    of = of if area is None else of[area.mine[of]]
    found: dict[OrganisationKind, Counter[str]] = defaultdict(Counter)
    for row, gives in zip(belonging.row[of].tolist(), giving[of].tolist(), strict=True):
        place = places[row]
        found[place.kind]["nothing" if not gives else "mapped" if place.mapped else "template"] += 1
    return dict(found)


def _activity(sight: Sight) -> dict[ServiceKind, float]:
    services, mapped = sight.laid.model.services, sight.laid.model.belonging.mapped
    among = slice(None) if sight.area is None else sight.area.services
    kind, weekly = services.kind[among], services.weekly[among]
    known = np.bincount(kind, weekly * (mapped[services.thing[among]] > 0), len(KINDS))
    whole = np.bincount(kind, weekly, len(KINDS))
    return {one: float(known[at] / whole[at]) for at, one in enumerate(KINDS) if whole[at]}
