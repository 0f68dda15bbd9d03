"""What the worker does for response, again and again."""

from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console.jobs import periodic
from watchward.console.respond.adapters import write_due_notices
from watchward.console.respond.sending import send_waiting


@periodic(every=timedelta(seconds=10))
def tell_people(*, clock: Clock) -> None:
    """Tell people of alerts by their rotas, and send the notices that wait."""
    write_due_notices(clock=clock)
    send_waiting(clock=clock)
