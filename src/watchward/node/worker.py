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
    from watchward.console import apart  # noqa: PLC0415 - Django is ready only now
    from watchward.console.hunts import adapters as questions  # noqa: PLC0415
    from watchward.console.jobs import all_jobs  # noqa: PLC0415
    from watchward.console.lookback import adapters  # noqa: PLC0415
    from watchward.console.node.scheduler import Scheduler  # noqa: PLC0415

    stop = threading.Event()

    def end(*_: object) -> None:
        stop.set()
        apart.end_all()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    with alone(config.layout.path, "worker"):
        adapters.put_back()
        questions.put_back()
        Scheduler(
            [*all_jobs(), *(job(config, stop) for job in (_looking_back, _looking_for_indicators, _answering))],
            clock=SystemClock(),
        ).run_until(stop)


def _looking_back(config: Config, stop: threading.Event) -> "Job":
    """The job that does what pages left to look back over."""
    from watchward.console.jobs import Job  # noqa: PLC0415 - Django is ready only now
    from watchward.node.lookback.process import do_next  # noqa: PLC0415

    home = config.layout

    def work(*, clock: Clock) -> None:
        cache = home.cache if home.cache.is_dir() else None
        do_next(home.lake, home.rule_folders, cache, clock=clock, stop=stop)

    return Job(name="node.look_back", every=_LOOK_BACK_EVERY, work=work, purpose="Let rules look back, as people ask.")


def _looking_for_indicators(config: Config, stop: threading.Event) -> "Job":
    """The job that looks for new indicators in the events that are kept."""
    from watchward.console.jobs import Job  # noqa: PLC0415 - Django is ready only now
    from watchward.node.lookback.apart import do_next  # noqa: PLC0415

    def work(*, clock: Clock) -> None:
        do_next(config.layout, clock=clock, stop=stop)

    return Job(
        name="node.look_for_indicators",
        every=_LOOK_BACK_EVERY,
        work=work,
        purpose="Look for new indicators in the events that are kept.",
    )


def _answering(config: Config, stop: threading.Event) -> "Job":
    """The job that answers questions to the events of this node."""
    from watchward.console.jobs import Job  # noqa: PLC0415 - Django is ready only now
    from watchward.node.hunts import do_next  # noqa: PLC0415

    def work(*, clock: Clock) -> None:
        do_next(config.layout, clock=clock, stop=stop)

    return Job(
        name="node.answer_questions",
        every=_LOOK_BACK_EVERY,
        work=work,
        purpose="Answer questions to the events of this node, as organisations let it.",
    )
