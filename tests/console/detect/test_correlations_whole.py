"""The law of correlations, through the node's own door: what is final depends on the events alone."""

from datetime import UTC, datetime, timedelta

from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from console.detect.journals import a_match, write
from detect.correlate.streams import SECOND, batches, found, late_by, some_correlations, some_events
from watchward.base.clock import HeldClock
from watchward.console.detect.models import Alert
from watchward.detect.correlate.marks import Lateness
from watchward.detect.match import Purpose
from watchward.lake.journal import JournalEntry, SourceSeen
from watchward.node.correlations.running import Correlations, Rules
from watchward.node.projector import Projector

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RECEIVED = EPOCH + timedelta(days=1)
LATENESS = Lateness(usual=timedelta(seconds=30))
CUTS = st.lists(st.integers(0, 40), max_size=6)
DELAYS = st.lists(st.integers(0, 30), min_size=1, max_size=8)


def match(one, received_at):
    return a_match(
        int(one.event_id, 16),
        rule_id=one.rule,
        organisation=one.organisation,
        observed_at=EPOCH + timedelta(microseconds=one.at),
        received_at=received_at,
        carried=dict(one.fields),
        purpose=Purpose.PART,
    )


def entry(gateway, sequence, number, stream, *, at):
    """What a gateway appends for some matches, whose source's latest event was at some second."""
    received_at = RECEIVED + timedelta(seconds=number)
    seen = SourceSeen(
        source="source-1",
        organisation="XA1",
        events=len(stream),
        duplicates=0,
        bad=0,
        first_observed_at=EPOCH,
        last_observed_at=EPOCH + timedelta(microseconds=at),
    )
    return JournalEntry(
        gateway=gateway,
        sequence=sequence,
        segment="2026-03-01/g1-000000000001.parquet",
        received_at=received_at,
        events=len(stream),
        sources=[seen],
        devices=[],
        matches=[match(one, received_at) for one in stream],
    )


class Run:
    """A node that receives a stream; at some entries its projector is killed and started again."""

    def __init__(self, folder, correlations):
        self.folder = folder
        self.rules = Rules(correlations=correlations)
        self.sequences = {"g1": 1, "g2": 1}
        self.number = 0
        self.clock = HeldClock(at=RECEIVED)
        self.start()

    def start(self):
        self.correlations = Correlations(folder=self.folder, rules=self.rules)
        self.projector = Projector(
            folder=self.folder, clock=self.clock, correlations=self.correlations, lateness=LATENESS.usual
        )
        self.projector.begin()

    def receive(self, stream, *, at, gateway="g1"):
        write(self.folder, entry(gateway, self.sequences[gateway], self.number, stream, at=at))
        self.sequences[gateway] += 2
        self.number += 1
        self.projector.catch_up()

    def fall_silent(self, seconds):
        """All sources say nothing for so long."""
        self.projector.let_time_pass()
        self.clock.advance(timedelta(seconds=seconds))
        self.projector.let_time_pass()


def final_alerts():
    """What alerts say of findings that are certain, and were not undone."""
    return {
        (
            alert.pk,
            alert.rule_id,
            alert.organisation.code,
            alert.count,
            alert.first_at,
            alert.last_at,
            tuple(event.event_id for event in alert.events.all()),
        )
        for alert in Alert.objects.filter(provisional=False).exclude(closed_reason="withdrawn")
    }


def moment(microseconds):
    return EPOCH + timedelta(microseconds=microseconds)


def what_the_reference_finds(correlations, stream):
    return {
        (
            one.id,
            one.correlation,
            one.organisation,
            one.events,
            moment(one.first_at),
            moment(one.last_at),
            one.event_ids,
        )
        for one in found(correlations, stream)
    }


@settings(deadline=None, max_examples=25)
@given(correlations=some_correlations(), stream=some_events(), arrival=st.tuples(CUTS, DELAYS), data=st.data())
def test_no_cut_no_order_within_the_lateness_and_no_restart_changes_the_alerts_that_are_final(
    tmp_path_factory, correlations, stream, arrival, data
):
    cuts, delays = arrival
    with transaction.atomic():
        run = Run(tmp_path_factory.mktemp("journal"), correlations)
        for batch in batches(late_by(stream, delays), cuts):
            gateway = data.draw(st.sampled_from(["g1", "g2"]))
            run.receive(batch, at=max(one.at for one in batch), gateway=gateway)
            run.fall_silent(data.draw(st.sampled_from([0, 65, 85, 3_600]), label="silence"))
            match data.draw(st.sampled_from(["go on", "save", "start again", "start again without a state"])):
                case "save":
                    run.correlations.save()
                case "start again":
                    run.start()
                case "start again without a state":
                    (run.folder / "correlations.state").unlink(missing_ok=True)
                    run.start()
                case _:
                    pass
        run.receive([], at=1_000 * SECOND)

        assert not Alert.objects.filter(provisional=True).exists()
        assert final_alerts() == what_the_reference_finds(correlations, stream)
        transaction.set_rollback(True)
