"""How much passed, class by class and day by day."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import F

from watchward.console.link.models import Passage, Peer


def count(peer: Peer, fate: Passage.Fate, amounts: Mapping[tuple[str, str], tuple[int, int]], *, at: datetime) -> None:
    """Add to what passed.

    Args:
        peer: from or to whom.
        fate: what became of it.
        amounts: how many things and bytes, by class and reason.
        at: when.

    """
    for (kind, why), (things, size) in amounts.items():
        key = {"peer": peer, "day": at.date(), "kind": kind[:40], "fate": fate, "why": why[:200]}
        # Nearly always there is a row of the day already: to add to it is one statement.
        added = {"count": F("count") + things, "size": F("size") + size, "last_at": at}
        if Passage.objects.filter(**key).update(**added):
            continue
        first = {"count": things, "size": size, "first_at": at, "last_at": at}
        _, new = Passage.objects.get_or_create(**key, defaults=first)
        if not new:
            Passage.objects.filter(**key).update(**added)
