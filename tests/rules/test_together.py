"""What every correlation of the starter pack promises, and the streams in which it fires and in which it does not."""

import json
from uuid import UUID

import pytest

from rules.starter import RULES, together
from watchward.detect import reference as single
from watchward.detect.alerts.attack import technique
from watchward.detect.correlate import reference
from watchward.detect.correlate.reference import Seen
from watchward.detect.sigma import rules

PACK = together()
KEYS = ["title", "id", "status", "description", "references", "author", "date", "tags", "correlation"]
KEYS += ["falsepositives", "level"]
SECOND = 1_000_000


def streams(kind):
    return [
        pytest.param(one, stream, id=f"{one.path.stem}: {name}")
        for one in PACK
        for name, stream in json.loads(one.cases_path.read_text())[kind].items()
    ]


def happened(stream):
    """The events of a stream, each with the second at which it happened; what is varied is another each time."""
    at, number = 0, 0
    for part in stream:
        for _ in range(part.get("times", 1)):
            number += 1
            varied = {part["vary"]: f"10.0.0.{number}"} if "vary" in part else {}
            yield at, {**part["event"], **varied}
            at += part.get("every", 1)


def found(one, stream):
    """The titles of what its file finds in a stream, where each event is of the Security log of Windows."""
    loaded = rules.load([one.path])
    assert loaded.rejected == ()
    seen = [
        Seen(at=at * SECOND, event_id=f"{number:032x}", rule=rule.id, fields=event)
        for number, (at, event) in enumerate(happened(stream))
        for rule in loaded.rules
        if single.matches(rule.condition, event)
    ]
    titles = {correlation.id: correlation.title for correlation in loaded.correlations}
    return [titles[finding.correlation] for finding in reference.findings(loaded.correlations, seen)]


@pytest.mark.parametrize(("one", "stream"), streams("fires"))
def test_it_fires_once_where_it_should(one, stream):
    assert found(one, stream).count(one.rule["title"]) == 1


@pytest.mark.parametrize(("one", "stream"), streams("silent"))
def test_it_stays_silent_where_it_should(one, stream):
    assert one.rule["title"] not in found(one, stream)


@pytest.mark.parametrize("one", PACK, ids=lambda one: one.path.stem)
def test_it_has_what_a_reader_needs(one):
    techniques = [tag.removeprefix("attack.") for tag in one.rule["tags"] if tag.startswith("attack.t1")]
    assert list(one.rule) == KEYS
    assert len(one.rule["description"]) >= 60
    assert one.rule["falsepositives"]
    assert UUID(one.rule["id"]).version == 4
    assert techniques
    assert all(technique(key) for key in techniques)
    assert one.path.stem == one.rule["title"].lower().replace(" ", "_")


def test_what_only_serves_a_correlation_raises_no_alert():
    loaded = rules.load([RULES])
    own = {one.rule["id"] for one in PACK}
    parts = {rule.id for rule in (*loaded.rules, *loaded.correlations) if rule.path.parent.name == "together"}

    assert loaded.silent == parts - own
