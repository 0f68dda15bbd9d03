"""A node that correlates, for tests: its journal, and a projector that can be started again."""

from dataclasses import replace
from datetime import timedelta

from console.detect.journals import MOMENT, a_match, an_entry, write
from console.factories import OrganisationFactory
from detect.correlate.streams import correlation
from watchward.detect.match import Purpose
from watchward.lake.journal import SourceSeen
from watchward.node.correlations.running import Correlations, Rules
from watchward.node.projector import Projector

GUESSING = correlation("event_count", ["failed"], "10m", {"gte": 3}, id="guessing", group_by=["User"])
QUIET = correlation("temporal", ["failed", "worked"], "10m", "failed and not worked", id="quiet", group_by=["User"])


def minute(number):
    return MOMENT + timedelta(minutes=number)


def failed(number, at, user="jo", **changes):
    return a_match(
        number,
        rule_id="failed",
        observed_at=minute(at),
        received_at=minute(at),
        carried={"User": user},
        purpose=Purpose.PART,
        segment="2026-03-01/g1-000000000001.parquet",
        **changes,
    )


def worked(number, at, user="jo"):
    return replace(failed(number, at, user), rule_id="worked")


def entry(sequence, *matches, at=None, gateway="g1"):
    """An entry whose source was last at some minute of the hour, and which was received then."""
    times = [match.observed_at for match in matches] + ([] if at is None else [minute(at)])
    seen = SourceSeen(
        source="source-1",
        organisation="X001",
        events=1,
        duplicates=0,
        bad=0,
        first_observed_at=min(times),
        last_observed_at=max(times),
    )
    return replace(an_entry(sequence, *matches, gateway=gateway, received_at=max(times)), sources=[seen])


class Node:
    """A journal and a projector that can be started again."""

    def __init__(self, folder, clock):
        OrganisationFactory(code="X001")
        self.folder, self.clock = folder, clock
        self.rules = Rules(correlations=[GUESSING])
        self.start()

    def start(self):
        self.correlations = Correlations(folder=self.folder, rules=self.rules)
        self.projector = Projector(folder=self.folder, clock=self.clock, correlations=self.correlations)
        self.projector.begin()

    def falls_silent(self, *, minutes):
        """Nothing comes for so long after what came last; the projector looks when that begins, and when it ends."""
        self.projector.let_time_pass()
        self.clock.advance(timedelta(minutes=minutes))
        self.projector.let_time_pass()

    def receives(self, *entries):
        write(self.folder, *entries)
        self.projector.catch_up()
