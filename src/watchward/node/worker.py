"""The worker process: scheduled and queued work."""

import signal
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from watchward.base.clock import Clock, SystemClock
from watchward.node.alone import alone
from watchward.node.config import Config
from watchward.node.wiring import migrate, start_django

if TYPE_CHECKING:
    from watchward.console.jobs import Job

_LOOK_BACK_EVERY: Final = timedelta(seconds=1)


def serve_worker(config: Config) -> None:
    """Do scheduled and queued work until the process is asked to end."""
    start_django(config)
    migrate(config)
    from watchward.console.jobs import all_jobs  # noqa: PLC0415 - Django is ready only now
    from watchward.console.lookback import adapters  # noqa: PLC0415
    from watchward.console.node.scheduler import Scheduler  # noqa: PLC0415

    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with alone(config.layout.path, "worker"):
        adapters.put_back()
        Scheduler([*all_jobs(), _looking_back(config, stop)], clock=SystemClock()).run_until(stop)


def _looking_back(config: Config, stop: threading.Event) -> "Job":
    """The job that does what pages left to look back over."""
    from watchward.console.jobs import Job  # noqa: PLC0415 - Django is ready only now
    from watchward.node.lookback.process import do_next  # noqa: PLC0415

    home = config.layout

    def work(*, clock: Clock) -> None:
        cache = home.cache if home.cache.is_dir() else None
        do_next(home.lake, home.rule_folders, cache, clock=clock, stop=stop)

    return Job(name="node.look_back", every=_LOOK_BACK_EVERY, work=work, purpose="Let rules look back, as people ask.")
