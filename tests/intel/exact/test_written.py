import json

from watchward.detect.sigma.rule import Level
from watchward.intel.exact import written
from watchward.intel.observable import Kind, observable

STAMP = "2026-03-01T12:00:00.000Z"


def an_indicator(number, **said):
    return {
        "type": "indicator",
        "spec_version": "2.1",
        "id": f"indicator--00000000-0000-4000-8000-{number:012d}",
        "created": STAMP,
        "modified": STAMP,
        "valid_from": STAMP,
        "pattern_type": "stix",
        **said,
    }


def a_bundle(*objects):
    name = "bundle--00000000-0000-4000-8000-000000000000"
    return json.dumps({"type": "bundle", "id": name, "objects": objects}).encode()


def test_a_list_names_the_same_indicator_for_the_same_thing_in_every_list():
    one = written.read(b"# bad\nhxxp://evil[.]example/x\nevil[.]example\nward 7\n", name="feed.txt")
    other = written.read(b"\xef\xbb\xbfevil.example", name="other.txt")
    assert [one.observable.value for one in one.entries] == ["http://evil.example/x", "evil.example"]
    assert one.entries[1].indicator == other.entries[0].indicator
    assert (one.entries[1].source, one.entries[1].title, one.entries[1].level) == (
        "feed.txt",
        "domain evil.example",
        Level.MEDIUM,
    )
    assert [reason.partition(":")[0] for reason in one.refused] == ["line 4"]


def test_a_bundle_says_of_whom_an_indicator_is_how_sure_and_until_when():
    person = "identity--00000000-0000-4000-8000-00000000000a"
    raw = a_bundle(
        {
            "type": "identity",
            "spec_version": "2.1",
            "id": person,
            "created": STAMP,
            "modified": STAMP,
            "name": "Elm ICB",
            "identity_class": "organization",
        },
        an_indicator(
            1,
            name="Lapwing",
            pattern="[domain-name:value = 'Evil.example' OR ipv4-addr:value = '192.0.2.7']",
            confidence=85,
            valid_until="2026-09-01T00:00:00Z",
            created_by_ref=person,
        ),
        an_indicator(2, pattern="[domain-name:value = 'a.example'] FOLLOWEDBY [domain-name:value = 'b.example']"),
        an_indicator(3, pattern="[domain-name:value = 'withdrawn.example']", revoked=True),
        {"type": "indicator", "id": "indicator--4"},
    )
    found = written.read(raw, name="bundle.json")
    assert {one.observable for one in found.entries} == {
        observable(Kind.DOMAIN, "evil.example"),
        observable(Kind.IPV4, "192.0.2.7"),
    }
    entry = found.entries[0]
    assert (entry.title, entry.source, entry.confidence, entry.until.year) == ("Lapwing", "Elm ICB", 85, 2026)
    assert [one.id[-1] for one in found.patterns] == ["2"]
    assert found.passed_over == 0
    assert len(found.refused) == 1
