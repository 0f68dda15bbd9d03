"""Work in threads with connections of their own, on a database that lets them meet."""

import threading
import time

from django.db import connection, connections

PATIENCE = 60


def meanwhile(work):
    """A thread that does something, not yet started, and the list that gets what came of it, an error too."""
    found = []

    def run():
        try:
            found.append(work())
        except Exception as error:  # noqa: BLE001 - whatever it is, the test tells it
            found.append(error)
        finally:
            connections.close_all()

    return threading.Thread(target=run), found


def until_somebody_waits():
    """Wait until something waits for a lock of another; PostgreSQL alone."""
    ends = time.monotonic() + PATIENCE
    with connection.cursor() as cursor:
        while time.monotonic() < ends:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.05)
    raise AssertionError("nobody waits")
