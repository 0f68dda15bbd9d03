"""Deliveries that arrive together are kept together, and one that brings out a fault costs no other anything."""

from datetime import UTC, datetime

import numpy as np
import pytest

from watchward.detect.plan.plan import Plan
from watchward.detect.purposes import Purposes
from watchward.gateway.batching import Batching
from watchward.gateway.delivery import BusyError, Delivery, FaultError, Receipt
from watchward.gateway.rules import Detection
from watchward.telemetry.decode import Decoder


class Keeper:
    """Keeps batches in memory; a document that says so makes it fail."""

    def __init__(self, error=None):
        self.batches, self.error = [], error

    def keep(self, batch):
        texts = batch.events["CommandLine"].to_pylist() if "CommandLine" in batch.events.schema.names else []
        if self.error is not None and "poison" in texts:
            raise self.error
        self.batches.append(texts)
        return [
            Receipt(identifiers=bytes(16), new=np.ones(one.decoded.batch.num_rows, np.bool_), bad={})
            for one in batch.deliveries
        ]


class Broken:
    """A plan that always fails."""

    rules = ()

    def match(self, batch):
        raise RuntimeError(batch.num_rows)


def a_delivery(text):
    document = f'{{"EventID": 1, "Computer": "ward-1", "CommandLine": "{text}"}}'.encode()
    now = datetime(2026, 3, 1, tzinfo=UTC)
    return Delivery(organisation="ZZ1", source="s", received_at=now, body=document, documents=[document])


def delivered(keeper, *texts, plan=None):
    return delivered_to(keeper, *texts, plan=plan)[0]


def delivered_to(keeper, *texts, plan=None):
    detection = Detection(plan=plan or Plan([]), purposes=Purposes(), decoder=Decoder(), refused=0)
    batching = Batching(store=keeper, detection=lambda: detection, window_seconds=0.5)
    answers = [batching.deliver(a_delivery(text)) for text in texts]
    batching.start()
    batching.drain()
    return answers, batching


def test_what_arrives_together_is_one_batch_in_the_order_of_arrival():
    keeper = Keeper()

    answers = delivered(keeper, "a", "b", "c")

    assert keeper.batches == [["a", "b", "c"]]
    assert [answer.result().accepted for answer in answers] == [1, 1, 1]


def test_a_delivery_that_cannot_be_kept_fails_alone():
    keeper = Keeper(error=RuntimeError("a fault of ours"))

    first, poison, last = delivered(keeper, "a", "poison", "b")

    assert (first.result().accepted, last.result().accepted) == (1, 1)
    with pytest.raises(FaultError):
        poison.result()


def test_a_disk_that_refuses_asks_every_sender_of_the_batch_to_come_again():
    answers = delivered(Keeper(error=OSError(28, "No space left on device")), "a", "poison")

    for answer in answers:
        with pytest.raises(BusyError, match="No space left"):
            answer.result()


def test_events_are_kept_even_where_detection_fails():
    keeper = Keeper()

    (answer,), batching = delivered_to(keeper, "a", plan=Broken())

    assert (answer.result().accepted, batching.unmatched) == (1, 1)
