"""The part of the adapters that goes over many rows again and again, a piece at a time, and keeps how far it has come.

When it has come to the end, what is added later follows its place, so that going on costs one question that finds
nothing. It begins anew when what decides how rows are judged has changed, and in any case after a while: for what
changes by time alone.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from watchward.console.intel.models import Round

Work = Callable[[int, int], int | None]
"""Does a piece: at most so many rows after a place. The key of the last; None where there were none."""


def go_round(  # noqa: PLR0913 - what is gone over, when it begins anew, and how much is done at once
    name: str, work: Work, *, said: str, every: timedelta, most: int, pieces: int, now: datetime
) -> None:
    """Do some pieces of a round.

    Args:
        name: of the round.
        work: does one piece; may be repeated.
        said: what decides now how rows are judged.
        every: how long after its beginning a round begins anew in any case.
        most: how many rows a piece has.
        pieces: how many are done at most.
        now: the moment.

    """
    at, _ = Round.objects.get_or_create(name=name)
    if at.whole and (at.said != said or at.began_at is None or not at.began_at <= now < at.began_at + every):
        at.place, at.said, at.began_at, at.whole = 0, said, now, False
        at.save()
    for _ in range(pieces):
        last = work(at.place, most)
        if last is None:
            if not at.whole:
                at.whole = True
                at.save(update_fields=["whole"])
            return
        at.place = last
        at.save(update_fields=["place"])  # only now: what a fault interrupts is done again
