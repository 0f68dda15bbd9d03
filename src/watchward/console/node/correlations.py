"""How the correlations of a node are: what they hold, what they had to leave out, and what somebody should do."""

from collections.abc import Iterator
from datetime import timedelta

from watchward.base.clock import Clock
from watchward.console.detect.models import GivenUp, Projection, Rule
from watchward.console.estate.models import Source
from watchward.console.node.finding import Finding, State
from watchward.console.rules.models import RuleLife
from watchward.detect.lives.lives import Standing

LATELY = timedelta(days=1)
"""How long what was left out is told on."""

_ABOUT = "Correlations"


def correlations(clock: Clock) -> Iterator[Finding]:
    """What rules that look at several events together hold, and what they left out lately."""
    since = clock.now() - LATELY
    count = RuleLife.objects.filter(correlation=True, rule__loaded=True).exclude(standing=Standing.OFF.value).count()
    done = Projection.objects.first()
    left_out = [*_failed(done, clock), *_given_up(clock), *_late(clock)]
    yield from left_out
    if not left_out:
        held = f"{done.correlated_events if done else 0:,}"
        one = "One correlation is" if count == 1 else f"{count:,} correlations are"
        found = f"{one} run; for them {held} events are held." if count else "None is run."
        yield Finding(about=_ABOUT, state=State.GOOD, found=f"{found} Nothing came too late since {since:%d %B %H:%M}.")


def _failed(done: Projection | None, clock: Clock) -> Iterator[Finding]:
    failed_at = done.correlations_failed_at if done else None
    if failed_at is not None and clock.now() - failed_at < LATELY:
        yield Finding(
            about=_ABOUT,
            state=State.BAD,
            found=f"They failed on {failed_at:%d %B %H:%M}, because of a fault, and forgot what they held.",
            advice="Read logs/projector.log and report it. Alerts of single events are not affected.",
        )


def _given_up(clock: Clock) -> Iterator[Finding]:
    for lost in GivenUp.objects.filter(last_at__gte=clock.now() - LATELY).order_by("-events", "rule"):
        title = Rule.objects.filter(pk=lost.rule).values_list("title", flat=True).first() or lost.rule
        yield Finding(
            about=_ABOUT,
            state=State.LOOK,
            found=f"“{title}” gave up {lost.groups:,} groups with {lost.events:,} events since it is run, the last on"
            f" {lost.last_at:%d %B %H:%M}, because memory was short: something brings very many different values.",
            advice="Find what floods it, for what it gave up it cannot see; or raise correlations_mib in config.toml.",
        )


def _late(clock: Clock) -> Iterator[Finding]:
    late = list(Source.objects.filter(late_at__gte=clock.now() - LATELY).order_by("-late", "name")[:100])
    if late:
        worst = late[0]
        others = f", and of {len(late) - 1:,} other sources as well" if len(late) > 1 else ""
        yield Finding(
            about=_ABOUT,
            state=State.LOOK,
            found=f"Matches came too late to count, most of the source {worst.name} ({worst.late:,} since it was added,"
            f" the last on {worst.late_at:%d %B %H:%M}){others}. Alerts of single events were raised all the same.",
            advice="If it often sends late, give it a longer time on its page; if not, check its clock.",
        )
