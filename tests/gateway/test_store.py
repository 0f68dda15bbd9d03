"""What is kept, in the order in which a crash can come between its steps."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from watchward.detect.correlate import program
from watchward.detect.match import Matches, Purpose
from watchward.detect.plan import plan as plans
from watchward.detect.plan.plan import Plan
from watchward.detect.purposes import Purposes, purposes_of
from watchward.detect.sigma import rules
from watchward.gateway.delivery import Batch, Delivery, Read
from watchward.gateway.store import Store
from watchward.lake import catalogue, journal, segments
from watchward.lake.catalogue import Wanted
from watchward.lake.merge import merge
from watchward.telemetry.decode import Decoder
from watchward.telemetry.decoded import Origin

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
NO_RULES = Plan([])
DECODER = Decoder()


RULE = """
title: Someone asks who they are
id: 6f0f8b1e-3f0e-4b0f-9d53-0d7f4d3c1a55
logsource: {product: windows}
detection:
    asked:
        CommandLine|startswith: who
    by_a_system:
        Image|endswith: service.exe
    condition: asked and not by_a_system
level: high
"""


@pytest.fixture
def node(tmp_path):
    return Node(tmp_path)


class Node:
    """The folders of a node, and gateways that are opened on them as if started again."""

    def __init__(self, folder):
        self.lake, self.journals = folder / "lake", folder / "journal"

    def store(self, gateway="g1"):
        return Store(lake=self.lake, journals=self.journals, gateway=gateway)

    def kept(self):
        found = catalogue.dataset(self.lake, Wanted()).to_table(columns=["CommandLine"])
        return sorted(found["CommandLine"].to_pylist())

    def entries(self):
        return [entry for _, entry in journal.read(self.journals)]


def a_batch(*texts, organisation="ZZ1", source="s1", at=NOW):
    sysmon = '"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1'
    documents = [
        f'{{{sysmon}, "Computer": "ward-1", "Image": "C:\\\\who.exe", "CommandLine": "{text}"}}'.encode()
        for text in texts
    ]
    delivery = Delivery(
        organisation=organisation,
        source=source,
        received_at=at,
        body=b"\n".join(documents),
        documents=documents,
        names=list(texts),
    )
    origin = Origin(organisation=organisation, source=source, received_at=at)
    decoded = DECODER.decode_documents(documents, origin, body=delivery.body, names=delivery.names)
    none = Matches(rows=np.empty(0, np.int64), rules=np.empty(0, np.int32))
    return Batch(
        deliveries=[Read(delivery=delivery, decoded=decoded)],
        events=decoded.batch,
        matches=none,
        plan=NO_RULES,
        purposes=Purposes(),
    )


def test_what_was_kept_is_told_by_the_journal(node):
    (receipt,) = node.store().keep(a_batch("a", "b", "a"))

    (entry,) = node.entries()
    assert receipt.new.tolist() == [True, True, False]
    assert (entry.events, entry.sources[0].duplicates, entry.devices[0].name) == (2, 1, "ward-1")
    assert node.kept() == ["a", "b"]


def test_a_nul_in_an_event_reaches_the_lake_and_not_the_database(node, tmp_path):
    (tmp_path / "rule.yml").write_text(RULE)
    plan = plans.compile(rules.load([tmp_path]).rules)
    batch = a_batch("who\\u0000ami")

    node.store().keep(replace(batch, plan=plan, matches=plan.match(batch.events)))

    (entry,) = node.entries()
    assert entry.matches[0].fields["CommandLine"] == "who\N{REPLACEMENT CHARACTER}ami"
    assert node.kept() == ["who\0ami"]


def test_a_match_keeps_what_its_rule_matched_and_apart_from_it_what_the_sentence_says(node, tmp_path):
    (tmp_path / "rule.yml").write_text(RULE)
    plan = plans.compile(rules.load([tmp_path]).rules)
    batch = a_batch("whoami", "hostname")

    node.store().keep(replace(batch, plan=plan, matches=plan.match(batch.events)))

    (match,) = node.entries()[0].matches
    assert match.fields == {"CommandLine": "whoami"}
    assert match.context == {
        "Channel": "Microsoft-Windows-Sysmon/Operational",
        "EventID": "1",
        "Image": "C:\\who.exe",
    }


def test_an_event_is_recognised_after_a_restart_and_after_a_merge(node):
    for text in ("a", "b"):
        node.store().keep(a_batch(text))
    merge(node.lake, node.journals, fewest=2)

    (receipt,) = node.store().keep(a_batch("a", "b", "c"))

    assert receipt.new.tolist() == [False, False, True]
    assert node.kept() == ["a", "b", "c"]


def test_a_crash_between_segment_and_journal_loses_and_doubles_nothing(node):
    store = node.store()
    store.keep(a_batch("before"))
    store.close()
    # What a kill leaves that comes just before the journal's entry is written.
    torn = segments.Segment.of("g1", 2, NOW)
    segments.write(node.lake, torn, catalogue.dataset(node.lake, Wanted()).to_table())

    (receipt,) = node.store().keep(a_batch("before", "after"))

    assert receipt.new.tolist() == [False, True]
    assert node.kept() == ["after", "before"]


def test_what_the_disk_refuses_is_not_kept_and_may_be_sent_again(node):
    store = node.store()
    (node.lake / "events").mkdir(parents=True)
    in_the_way = node.lake / "events" / "2026-03-01"
    in_the_way.write_text("a file where a folder must be")

    with pytest.raises(OSError, match=r"exists|directory"):
        store.keep(a_batch("a"))
    in_the_way.unlink()
    (receipt,) = store.keep(a_batch("a"))

    assert receipt.accepted == 1
    assert node.kept() == ["a"]
    assert len(node.entries()) == 1


def test_two_gateways_of_a_node_keep_an_event_once(node):
    one, other = node.store("g1"), node.store("g2")
    one.keep(a_batch("a"))

    (receipt,) = other.keep(a_batch("a", "b"))
    (again,) = one.keep(a_batch("a", "b"))

    assert receipt.new.tolist() == [False, True]
    assert again.new.tolist() == [False, False]
    assert node.kept() == ["a", "b"]


def test_what_a_crashed_gateway_had_not_acknowledged_is_no_duplicate_for_another(node):
    segments.write(node.lake, segments.Segment.of("g1", 1, NOW), _rows("a"))

    (receipt,) = node.store("g2").keep(a_batch("a"))

    assert receipt.accepted == 1


def _rows(*texts):
    return pa.Table.from_batches([a_batch(*texts).events])


@pytest.mark.parametrize("jump", [-400, 400])
def test_a_clock_that_is_set_a_year_off_forgets_no_event(node, jump):
    node.store().keep(a_batch("a"))
    far = datetime.fromtimestamp(NOW.timestamp() + jump * 86_400, tz=UTC)
    store = node.store()

    (receipt,) = store.keep(a_batch("a", "b", at=far))

    assert receipt.new.tolist() == [False, True]
    assert sorted(node.kept()) == ["a", "b"]


def test_refused_records_are_counted_even_when_nothing_is_kept(node):
    documents = [b"not json"]
    delivery = Delivery(organisation="ZZ1", source="s1", received_at=NOW, body=b"x", documents=documents)
    origin = Origin(organisation="ZZ1", source="s1", received_at=NOW)
    decoded = DECODER.decode_documents(documents, origin, body=b"x")
    batch = a_batch("a")
    node.store().keep(
        Batch(
            deliveries=[Read(delivery=delivery, decoded=decoded)],
            events=decoded.batch,
            matches=batch.matches,
            plan=NO_RULES,
            purposes=Purposes(),
        )
    )

    (entry,) = node.entries()
    assert (entry.events, entry.segment, entry.sources[0].bad) == (0, "", 1)
    assert entry.sources[0].samples[0].reason


SEVERAL = (
    RULE.replace("title:", "name: asked\ntitle:", 1)
    + """---
title: Someone asks who they are again and again
id: 6f0f8b1e-3f0e-4b0f-9d53-0d7f4d3c1a56
correlation:
    {type: value_count, rules: [asked], group-by: [Computer], timespan: 1h, condition: {field: CommandLine, gte: 2}}
level: high
"""
)


@pytest.mark.parametrize(("generate", "purpose"), [("true", Purpose.ALERT), ("false", Purpose.PART)])
def test_a_match_says_what_it_is_for_and_carries_whole_what_correlations_read(node, tmp_path, generate, purpose):
    (tmp_path / "rule.yml").write_text(SEVERAL.replace("timespan", f"generate: {generate}, timespan"))
    found = rules.load([tmp_path])
    plan = plans.compile(found.rules)
    purposes = purposes_of(program.compile(found.correlations), silent=found.silent)
    batch = a_batch("who" + "a" * 2_000)

    node.store().keep(replace(batch, plan=plan, purposes=purposes, matches=plan.match(batch.events)))

    (match,) = node.entries()[0].matches
    assert match.purpose is purpose
    assert match.carried == {"Computer": "ward-1", "CommandLine": "who" + "a" * 2_000}


NORMAL = """---
title: The ward computer may
id: 6f0f8b1e-3f0e-4b0f-9d53-0d7f4d3c1a99
logsource: {product: windows}
filter:
    rules: 6f0f8b1e-3f0e-4b0f-9d53-0d7f4d3c1a55
    selection: {CommandLine|endswith: i, '@device': ward-1, '@organisation': ZZ1}
    condition: selection
"""


def test_what_a_filter_hides_is_no_match_and_is_counted_once(node, tmp_path):
    (tmp_path / "rule.yml").write_text(RULE + NORMAL)
    found = rules.load([tmp_path])
    plan = plans.compile((*found.rules, *(one.rule for one in found.hidden)))
    purposes = purposes_of(program.compile(()), silent=frozenset(), hidden=found.hidden)
    batch = a_batch("whoami", "whoa", "whoi")
    batch = replace(batch, plan=plan, purposes=purposes, matches=plan.match(batch.events))

    store = node.store()
    store.keep(batch)
    store.keep(batch)

    first, again = node.entries()
    assert [match.fields["CommandLine"] for match in first.matches] == ["whoa"]
    assert (first.hidden, again.hidden) == ({"6f0f8b1e-3f0e-4b0f-9d53-0d7f4d3c1a99": 2}, {})
