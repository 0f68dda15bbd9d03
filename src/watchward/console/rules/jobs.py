"""The scheduled work about rules."""

from dataclasses import asdict
from datetime import timedelta

import structlog

from watchward.base.clock import Clock
from watchward.console import config
from watchward.console.access.guard import Service
from watchward.console.jobs import periodic
from watchward.console.rules import actions, adapters, queries
from watchward.detect.lives.lives import Standing
from watchward.detect.lives.trial import Suggestion, is_over
from watchward.gateway import measured

log = structlog.get_logger(__name__)

BY = Service(name="Watchward")


@periodic(every=timedelta(minutes=1))
def take_measured(*, clock: Clock) -> None:
    """Add up what the gateways measured of their rules."""
    adapters.take_measured(measured.told(config.current().journal), clock=clock)


@periodic(every=timedelta(minutes=5))
def mend_lives(*, clock: Clock) -> None:  # noqa: ARG001 - every job is given one
    """See that gateways read what was decided about rules."""
    if adapters.mend_lives(config.current().rules):
        log.warning("lives_mended", advice="Nothing is to be done: the file said something else than was decided.")


@periodic(every=timedelta(hours=1))
def end_trials(*, clock: Clock) -> None:
    """Put rules in force whose trial has ended and was quiet, and what only serves correlations, which has no trial."""
    now = clock.now()
    if serving := queries.serving_on_trial(BY):
        reason = "It only serves correlations, and raises nothing by itself: there is nothing to try."
        actions.decide_rules(by=BY, rules=serving, standing=Standing.FORCE, reason=reason, clock=clock)
    quiet = [
        trial
        for trial in queries.trials(BY, now)
        if trial.suggestion is Suggestion.PROMOTE and is_over(trial.life.trial_until, now)
    ]
    if quiet:
        most = config.current().rule_alerts_a_day
        reason = f"Its trial has ended, and it was quiet: a rule may raise {most} alerts a day for each 1,000 devices."
        names = [trial.life.pk for trial in quiet]
        actions.decide_rules(by=BY, rules=names, standing=Standing.FORCE, reason=reason, clock=clock)


@periodic(every=timedelta(hours=24))
def forget_counts(*, clock: Clock) -> None:
    """Forget what was counted of rules so long ago that nobody asks for it."""
    log.info("counts_forgotten", **asdict(adapters.forget(clock.now().date())))
