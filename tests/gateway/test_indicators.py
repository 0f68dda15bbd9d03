"""Indicators in what a gateway receives: looked for with each batch, and told by the journal."""

import itertools
import time
from datetime import UTC, datetime

import httpx
import pytest
from msgspec.structs import replace

from gateway.gateways import an_event, bulk_of
from intel.builders import an_id
from intel.exact.builders import an_entry
from intel.live.builders import a_pattern
from watchward.detect.match import Purpose
from watchward.intel.exact import folder
from watchward.intel.live import folder as patterns
from watchward.intel.observable import Kind
from watchward.lake import journal

NUMBERS = itertools.count(5_000)
NAME = "evil.gateway-test.example"
ONE = an_entry(Kind.DOMAIN, NAME, 71, title="Campaign Lapwing", confidence=80, source="Elm ICB")
ONE_WORD = an_entry(Kind.FILE_NAME, "lapwing.exe", 72, since=datetime(2026, 2, 1, tzinfo=UTC))


@pytest.fixture
def published(gateway):
    folder.publish(gateway.home.indicators, [ONE, ONE_WORD])
    yield gateway
    folder.publish(gateway.home.indicators, [])


def send(sender: httpx.Client, *events):
    answer = sender.post("/_bulk", content=bulk_of(list(events)), headers={"Content-Type": "application/x-ndjson"})
    assert not answer.json()["errors"]


def matches(gateway, *indicators):
    wanted = {one.indicator for one in indicators}
    entries = [entry for _, entry in journal.read(gateway.home.journal)]
    return [match for entry in entries for match in entry.matches if match.rule_id in wanted]


def a_query(name):
    return an_event(next(NUMBERS), EventID=22, QueryName=name)


def test_a_running_gateway_finds_what_was_published_a_moment_ago_and_no_longer_what_was_withdrawn(published, sender):
    before = len(matches(published, ONE))
    send(sender, a_query(f"www.{NAME}"), a_query("good.gateway-test.example"))
    (match,) = matches(published, ONE)[before:]
    assert (match.rule_title, match.level, match.fields) == ("Campaign Lapwing", "high", {"QueryName": f"www.{NAME}"})
    assert match.described.startswith(f"An indicator of an attack: domain {NAME}. Shared by Elm ICB.")
    assert match.author == "Elm ICB"

    folder.append(published.home.indicators, removed=[ONE])
    send(sender, a_query(f"www.{NAME}"))
    assert len(matches(published, ONE)) == before + 1


def test_one_event_that_holds_an_indicator_in_several_fields_matches_it_once(published, sender):
    image = r"C:\Temp\Lapwing.exe"
    before = len(matches(published, ONE_WORD))
    send(sender, an_event(next(NUMBERS), Image=image, ParentImage=image))
    (match,) = matches(published, ONE_WORD)[before:]
    assert match.fields == {"Image": image, "ParentImage": image}
    assert "It has counted since 1 February 2026." in match.described


def test_an_event_that_is_sent_again_is_no_second_match(published, sender):
    event = a_query(NAME)
    before = len(matches(published, ONE))
    send(sender, event)
    send(sender, event)
    assert len(matches(published, ONE)) == before + 1


def found_at_last(gateway, sender, pattern, **fields):
    """Send an event again and again, each time another, until the pattern is found in it."""
    before = {match.event_id for match in matches(gateway, pattern)}
    for _ in range(300):
        send(sender, an_event(next(NUMBERS), **fields))
        if found := [match for match in matches(gateway, pattern) if match.event_id not in before]:
            return found[0]
        time.sleep(0.1)
    raise AssertionError("it is not found")


class Named:
    """A pattern as `matches` asks for it."""

    def __init__(self, pattern):
        self.indicator = pattern.id


def test_a_running_gateway_finds_patterns_published_a_moment_ago_and_no_longer_those_withdrawn(gateway, sender):
    pattern = a_pattern("[process:command_line LIKE '%--gateway-lapwing%']", number=81, confidence=80, source="Elm ICB")
    patterns.publish(gateway.home.patterns, [pattern])
    line = "a.exe --gateway-lapwing"
    match = found_at_last(gateway, sender, Named(pattern), CommandLine=line)
    assert (match.rule_title, match.level, match.fields) == ("Campaign 81", "high", {"CommandLine": line})
    assert match.described == f"An indicator of an attack: pattern {pattern.pattern}. Shared by Elm ICB. 80% sure."
    assert match.author == "Elm ICB"

    patterns.change(gateway.home.patterns, added=[replace(pattern, trial=True)])
    later = found_at_last(gateway, sender, Named(pattern), CommandLine=line)
    while later.purpose is not Purpose.TRIAL:
        later = found_at_last(gateway, sender, Named(pattern), CommandLine=line)

    patterns.change(gateway.home.patterns, removed=[pattern.id])
    other = a_pattern("[process:command_line LIKE '%--gateway-plover%']", number=82)
    patterns.change(gateway.home.patterns, added=[other])
    found_at_last(gateway, sender, Named(other), CommandLine="a.exe --gateway-plover")
    count = len(matches(gateway, Named(pattern)))
    send(sender, an_event(next(NUMBERS), CommandLine=line))
    assert len(matches(gateway, Named(pattern))) == count


def test_no_event_is_lost_or_met_twice_while_patterns_come_and_go(gateway, sender):
    steady = a_pattern("[process:command_line LIKE '%--steady-lapwing%']", number=90)
    patterns.publish(gateway.home.patterns, [steady])
    found_at_last(gateway, sender, Named(steady), CommandLine="a.exe --steady-lapwing")
    before = len(matches(gateway, Named(steady)))
    for number in range(40):
        coming = a_pattern(f"[process:command_line LIKE '%--come-and-go-{number}%']", number=100 + number)
        patterns.change(gateway.home.patterns, added=[coming], removed=[an_id("indicator", 99 + number)])
        send(sender, an_event(next(NUMBERS), CommandLine="a.exe --steady-lapwing"))
    events = [match.event_id for match in matches(gateway, Named(steady))[before:]]
    assert len(events) == len(set(events)) == 40
