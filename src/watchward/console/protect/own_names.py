"""The names in which organisations' own computers stand: a block of one would cut the organisation off from itself.

Set in ADR 0280: it takes several computers and a good part of an organisation's, and what is blocked already stays.
"""

from collections import defaultdict
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Final

from django.db.models import Count, F, Q, QuerySet, Value
from django.db.models.functions import StrIndex, Substr
from publicsuffixlist import PublicSuffixList

from watchward.base.clock import SystemClock
from watchward.console.config import current
from watchward.console.estate.models import DeviceAlias, Organisation
from watchward.estate.device import AliasKind
from watchward.intel import normal
from watchward.intel.never import Own

_FEWEST: Final = 5
_PART: Final = 0.2
_KEPT_FOR: Final = 300
_LATELY: Final = timedelta(days=30)
_CLOCK: Final = SystemClock()
_COMPUTERS: Final = Count("device", distinct=True)
_AFTER_THE_DOT: Final = Substr("value", StrIndex("value", Value(".")) + 1)
_MOST: Final = 100_000
"""Names under which computers stand that are looked at, those with the most computers first."""

_suffixes: Final = PublicSuffixList()


def own_by_computers() -> Own:
    """Each registrable name in which computers of an organisation stand, with the sentence that says so.

    It is worked out anew every five minutes, by two questions of the database, and one more for each
    name that has enough computers only with all that stand under it.
    """
    config = current()
    return _found(config.home, frozenset(config.not_own_domains), int(monotonic() // _KEPT_FOR))


@lru_cache(maxsize=2)
def _found(home: Path, but: frozenset[str], moment: int) -> Own:  # noqa: ARG001 - another node, or later: others
    rows = _called_lately()
    computers = dict(rows.values_list("organisation").annotate(_COMPUTERS))
    by_domain = rows.annotate(domain=_AFTER_THE_DOT).values_list("organisation", "domain")
    counted = by_domain.annotate(count=_COMPUTERS).order_by(F("count").desc())
    by_name: dict[tuple[int, str], list[int]] = defaultdict(list)
    for organisation, domain, count in counted[:_MOST]:
        if name := _registrable(domain):
            by_name[organisation, name].append(count)
    enough = []
    for (key, name), counts in by_name.items():
        least = max(_FEWEST, _PART * computers[key])
        # One computer may stand under several names of one: then all under it are counted once more, each once.
        if max(counts) >= least or (sum(counts) >= least and _under(key, name) >= least):
            enough.append((key, name))
    called = Organisation.objects.in_bulk({key for key, _ in enough})
    whose = {name: f"Computers of {called[key].name} stand in {name}." for key, name in enough if name not in but}
    return Own.of(because=whose)


def _called_lately() -> QuerySet[DeviceAlias]:
    """The full names that computers had lately."""
    lately = _CLOCK.now() - _LATELY
    return DeviceAlias.objects.filter(kind=AliasKind.FQDN.value, valid_until__gte=lately).order_by()


def _under(organisation: int, name: str) -> int:
    """How many computers of an organisation stand in a name, or in one under it."""
    within = Q(domain__iexact=name) | Q(domain__iendswith=f".{name}")
    return (
        _called_lately()
        .annotate(domain=_AFTER_THE_DOT)
        .filter(within, organisation=organisation)
        .values("device")
        .distinct()
        .count()
    )


def _registrable(domain: str) -> str:
    """What somebody registered of a name; empty where that cannot be said."""
    try:
        return _suffixes.privatesuffix(normal.domain(domain)) or ""
    except ValueError:  # computers are called anything
        return ""
