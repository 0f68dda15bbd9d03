"""Whatever stands in a rule file or is sent as an event is read, or refused with a reason: no crash, not for ever.

Half of each target's time goes to contents that are the same in every run, half to new ones; a failure says which seed
makes the content again. `make fuzz` runs each for FUZZ_SECONDS.
"""

import os
import random
import resource
import secrets
import signal
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from detect.builders import a_batch
from fuzz import corpus
from fuzz.mutation import SIGMA, mutated
from telemetry.builders import an_origin
from telemetry.test_agreement import assert_both_agree
from watchward.detect.correlate import program
from watchward.detect.events import event_at
from watchward.detect.plan import plan
from watchward.detect.reference import matches
from watchward.detect.sigma import placeholders, rules
from watchward.detect.sigma.document import MOST_LEAVES, parse
from watchward.detect.sigma.ir import Network, Number, Regex, Text, TimePart, Wildcard, leaves
from watchward.detect.sigma.rule import LogSource, Rejected, Rule
from watchward.detect.sigma.wire import from_bytes, to_bytes
from watchward.gateway import bulk
from watchward.gateway.bulk import BulkError
from watchward.telemetry.batch import joined
from watchward.telemetry.decode import Decoder
from watchward.telemetry.sources.errors import FileError
from watchward.telemetry.sources.evtx import EventLog
from watchward.telemetry.sources.sheet import Sheet
from watchward.telemetry.sources.text import TextFile

SECONDS = float(os.environ.get("FUZZ_SECONDS", "8"))
"""Seconds of processor time for each target."""

PATIENCE = 20
"""Seconds of processor time after which one content counts as read for ever."""

MEMORY = 1 << 20
"""Kilobytes by which the process may grow over a whole target."""

FILE = Path("rules.yml")


class ForEverError(Exception):
    """One content took too long."""


def _too_long(*_):
    raise ForEverError


def fuzz(target, seeds, words=(), longest=20_000):
    """Give a target mutations of the seeds until its time is over."""
    known = signal.signal(signal.SIGVTALRM, _too_long)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    try:
        for seed, seconds in ((1, SECONDS / 2), (secrets.randbits(32), SECONDS / 2)):
            chance, end, number = random.Random(seed), time.process_time() + seconds, 0  # noqa: S311 - not a secret
            while time.process_time() < end:
                content = mutated(seeds, chance, words)[:longest]
                number += 1
                signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
                try:
                    target(content)
                except BaseException as error:
                    error.add_note(f"seed {seed}, content {number}: {content!r}")
                    raise
                finally:
                    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.signal(signal.SIGVTALRM, known)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < MEMORY


def test_any_content_of_a_rule_file_is_loaded_or_refused_with_a_reason(tmp_path):
    fuzz(lambda content: _rules(tmp_path / "rules.yml", content), corpus.rule_files(), SIGMA)


def _rules(path, content):
    found = parse(content, FILE)
    for one in found:
        if isinstance(one, Rejected):
            assert one.reason
            assert one.advice
            assert one.line >= 1
        kept = to_bytes([one])
        assert kept is None or from_bytes(kept, FILE) == [one]
        if isinstance(one, Rule):
            assert sum(1 for _ in leaves(one.condition)) <= MOST_LEAVES
    path.write_bytes(content)
    program.compile(rules.load([path]).correlations)


def test_any_content_of_a_file_of_placeholders_is_read_or_refused_with_a_reason(tmp_path):
    def read(content):
        (tmp_path / placeholders.FILE).write_bytes(content)
        found = placeholders.read([tmp_path])
        assert all(one.reason and one.advice for one in found.rejected)

    fuzz(read, [b"Administrators: [jo, sam]\nServers: srv*\n", b"{a: [1, 2]}", *corpus.rule_files()[:20]])


def test_any_lines_sent_as_events_are_read_as_plainly_as_slowly():
    fuzz(assert_both_agree, corpus.event_lines())


def test_any_request_of_a_shipper_is_read_or_refused_as_a_whole():
    decoder = Decoder()

    def read(content):
        try:
            found = bulk.parse(content)
        except BulkError:
            return
        decoded = decoder.decode_documents(found.documents, an_origin(), body=content, names=found.names)
        decoded.batch.validate(full=True)
        assert decoded.batch.num_rows + len(decoded.bad) <= len(found.documents)

    fuzz(read, corpus.bulk_bodies())


def test_any_text_file_is_read_or_refused_with_a_reason(tmp_path):
    fuzz(
        lambda content: _file(tmp_path / "events.json", content),
        [*corpus.event_lines(), *corpus.sheets(), b'[{"a":1},\n{"b":[2]}]', b'{"Records": [{"a": 1}]}'],
    )


def _file(path, content):
    path.write_bytes(content)
    decoder = Decoder()
    with suppress(FileError):
        for some in Sheet(path).documents():
            decoder.decode_documents(some, an_origin()).batch.validate(full=True)
    file = TextFile(path)
    with suppress(FileError):
        if file.is_whole():
            decoder.decode_documents(file.documents(), an_origin()).batch.validate(full=True)
    with suppress(FileError):
        for piece in file.pieces():
            found = decoder.decode_lines(piece.data, piece.size, an_origin(), digest=(0, 0), first=piece.first)
            found.batch.validate(full=True)


@pytest.mark.shared
def test_any_event_log_is_read_or_refused_with_a_reason(shared_data, tmp_path):
    def read(content):
        (tmp_path / "a.evtx").write_bytes(content)
        log = EventLog(tmp_path / "a.evtx")
        try:
            found = [document for some in log.documents() for document in some]
        except FileError:
            return
        Decoder().decode_documents(found, an_origin()).batch.validate(full=True)

    fuzz(read, corpus.event_logs(shared_data), longest=200_000)


def test_plan_and_reference_agree_on_any_rules_and_events():
    seeds = corpus.questions()
    fuzz(lambda content: _both(content, seeds), [text for text, _ in seeds], SIGMA)


def _both(content, seeds):
    """Rules that still load, on events that their seeds had and events with the rules' own texts."""
    asked = [replace(one, logsource=LogSource()) for one in parse(content, FILE) if isinstance(one, Rule)]
    if not asked:
        return
    chance = random.Random(content)  # noqa: S311 - not a secret
    batch = a_batch(*(_event(asked, seeds, chance) for _ in range(6)), source=("windows", "conformance", "x"))
    found = plan.compile(asked).match(batch)
    told = list(zip(found.rows.tolist(), found.rules.tolist(), strict=True))
    events = [event_at(batch, row) for row in range(batch.num_rows)]
    assert told == [
        (row, number)
        for row, event in enumerate(events)
        for number, rule in enumerate(asked)
        if matches(rule.condition, event)
    ]


def _event(rules, seeds, chance):
    """Fields that the rules read, with texts that they look for or that somebody's events have."""
    asked = [leaf for rule in rules for leaf in leaves(rule.condition)]
    known = [value for _, events in chance.choices(seeds, k=3) for event in events for value in event.values()]
    found = {}
    for leaf in chance.choices(asked, k=min(len(asked), 12)) if asked else ():
        text = str(chance.choice([_text(leaf), _text(chance.choice(asked)), *map(str, known[:3])]))
        changed = chance.choice([text, text, text.swapcase(), f"x{text}", f"{text} ", text[1:], text.upper()])
        found[leaf.field or "Message"] = chance.choice([changed, changed, changed, joined([changed, "x"])])
    return {name: value.encode("utf-8", "replace").decode() for name, value in found.items()}


def _text(leaf):
    match leaf:
        case Text():
            return leaf.text
        case Wildcard():
            return "".join("q".join(piece) for piece in leaf.pieces)
        case Regex():
            return leaf.pattern.strip("^$").replace(".*", "")
        case Network():
            return leaf.cidr.partition("/")[0]
        case Number() | TimePart():
            return str(leaf.number)
        case _:
            return "x"
