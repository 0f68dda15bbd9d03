"""The names in which organisations' own computers stand: a block of one would cut the organisation off from itself.

Set in ADR 0280: it takes several computers and a good part of an organisation's, and what is blocked already stays.
"""

from collections import Counter
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Final

from django.db.models import Count, F, Value
from django.db.models.functions import StrIndex, Substr
from publicsuffixlist import PublicSuffixList

from watchward.console.config import current
from watchward.console.estate.models import DeviceAlias, Organisation
from watchward.estate.device import AliasKind
from watchward.intel import normal
from watchward.intel.never import Own

_FEWEST: Final = 5
_PART: Final = 0.2
_KEPT_FOR: Final = 300
_MOST: Final = 100_000
"""Names under which computers stand that are looked at, those with the most computers first."""

_suffixes: Final = PublicSuffixList()


def own_by_computers() -> Own:
    """Each registrable name in which computers of an organisation stand, with the sentence that says so.

    It is worked out anew every five minutes, by one question of the database.
    """
    config = current()
    return _found(config.home, frozenset(config.not_own_domains), int(monotonic() // _KEPT_FOR))


@lru_cache(maxsize=2)
def _found(home: Path, but: frozenset[str], moment: int) -> Own:  # noqa: ARG001 - another node, or later: others
    after_the_dot = Substr("value", StrIndex("value", Value(".")) + 1)
    rows = DeviceAlias.objects.filter(kind=AliasKind.FQDN.value).annotate(domain=after_the_dot).order_by()
    counted = rows.values_list("organisation", "domain").annotate(count=Count("pk")).order_by(F("count").desc())
    computers: Counter[int] = Counter()
    by_name: Counter[tuple[int, str]] = Counter()
    for organisation, domain, count in counted[:_MOST]:
        computers[organisation] += count
        if name := _registrable(domain):
            by_name[organisation, name] += count
    enough = [(key, name) for (key, name), count in by_name.items() if count >= max(_FEWEST, _PART * computers[key])]
    called = Organisation.objects.in_bulk({key for key, _ in enough})
    whose = {name: f"Computers of {called[key].name} stand in {name}." for key, name in enough if name not in but}
    return Own.of(because=whose)


def _registrable(domain: str) -> str:
    """What somebody registered of a name; empty where that cannot be said."""
    try:
        return _suffixes.privatesuffix(normal.domain(domain)) or ""
    except ValueError:  # computers are called anything
        return ""
