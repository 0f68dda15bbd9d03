"""Two people who do something at the same moment, each in a transaction of their own."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

from django.db import connection, transaction

_SECONDS = 30
_MEANWHILE = 0.3
"""For so long the first one's transaction stays open while the second one acts."""


def at_once(first, second):
    """Let one person act while the other has acted and not ended yet; return what each came to, errors included."""
    acted, begun = Event(), Event()

    def one():
        with transaction.atomic():
            try:
                return first()
            finally:
                acted.set()
                begun.wait(_SECONDS)
                time.sleep(_MEANWHILE)

    def other():
        acted.wait(_SECONDS)
        begun.set()
        return second()

    with ThreadPoolExecutor(max_workers=2) as threads:
        both = [threads.submit(_alone, one), threads.submit(_alone, other)]
        return [each.exception() or each.result() for each in both]


def _alone(act):
    """Act with a connection of its own, which is let go of."""
    try:
        return act()
    finally:
        connection.close()
