"""The worker process: scheduled and queued work."""

import signal
import threading

from watchward.base.clock import SystemClock
from watchward.node.alone import alone
from watchward.node.config import Config
from watchward.node.wiring import migrate, start_django


def serve_worker(config: Config) -> None:
    """Do scheduled and queued work until the process is asked to end."""
    start_django(config)
    migrate(config)
    from watchward.console.jobs import all_jobs  # noqa: PLC0415 - Django is ready only now
    from watchward.console.node.scheduler import Scheduler  # noqa: PLC0415

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with alone(config.layout.path, "worker"):
        Scheduler(all_jobs(), clock=SystemClock()).run_until(stop)
