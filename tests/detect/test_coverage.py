"""What rules can see with the events that arrive."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from detect.builders import rule_with
from telemetry.builders import an_origin, decoded
from watchward.detect.coverage.sight import Given, Reach, Seen, Sight, needed_fields, sight
from watchward.detect.sigma import rules
from watchward.detect.sigma.rule import Rule
from watchward.telemetry.decode import Decoder

GOLDEN = Path(__file__).parent.parent / "golden" / "telemetry"
PROCESS = {"Channel": "Microsoft-Windows-Sysmon/Operational", "EventID": 1}
OR = "one:\n    Image: a\nother:\n    CommandLine: b\ncondition: one or other\n"
WITHOUT = "one:\n    Image: a\nfilter:\n    CommandLine: b\ncondition: one and not filter\n"
PRESENT = "one:\n    Image: a\n    User|exists: true\ncondition: one\n"
HASHES = "one:\n    Hashes|contains: 'IMPHASH=ab'\ncondition: one\n"


def given_by(*events: object) -> tuple[Given, ...]:
    seen = Seen()
    seen.add(decoded(*events).batch)
    return seen.given()


def given_in(name: str) -> tuple[Given, ...]:
    seen = Seen()
    for path in sorted(GOLDEN.glob(f"{name}/events.ndjson")):
        seen.add(Decoder().decode_ndjson(path.read_bytes(), an_origin()).batch)
    return seen.given()


@pytest.mark.parametrize(
    ("detection", "needed"),
    [
        (OR, {"Image", "CommandLine"}),
        (WITHOUT, {"Image"}),
        (PRESENT, {"Image", "User"}),
        (HASHES, {"Hashes (IMPHASH)"}),
        ("one:\n    Image: a\n    User: null\ncondition: one\n", {"Image"}),
        ("one:\n    Image|fieldref: ParentImage\ncondition: one\n", {"Image", "ParentImage"}),
        ("one:\n    - word\ncondition: one\n", set()),
    ],
)
def test_a_rule_needs_the_fields_without_which_its_condition_cannot_hold(detection, needed):
    assert needed_fields(rule_with(detection)) == needed


@pytest.mark.parametrize(
    ("detection", "event", "reach", "missing"),
    [
        (OR, {"Image": "x", "CommandLine": "y"}, Reach.WHOLE, set()),
        (OR, {"Image": "x"}, Reach.PART, {"CommandLine"}),
        (OR, {"User": "x"}, Reach.NONE, {"Image", "CommandLine"}),
        (WITHOUT, {"Image": "x"}, Reach.WHOLE, set()),
        (PRESENT, {"Image": "x"}, Reach.NONE, {"User"}),
        (HASHES, {"Hashes": "MD5=a,SHA256=b"}, Reach.NONE, {"Hashes (IMPHASH)"}),
        (HASHES, {"Hashes": "MD5=a,IMPHASH=b"}, Reach.WHOLE, set()),
        ("one:\n    EventID: 7\ncondition: one\n", {"Image": "x"}, Reach.NONE, {"EventID"}),
        ("one:\n    EventID: [7, 1]\ncondition: one\n", {"Image": "x"}, Reach.WHOLE, set()),
    ],
)
def test_a_rule_sees_as_far_as_the_fields_that_arrive_let_it(detection, event, reach, missing):
    found = sight(rule_with(detection), given_by(PROCESS | event))
    assert (found.reach, found.missing) == (reach, missing)


def test_a_rule_whose_log_source_nobody_sends_sees_nothing_and_lacks_the_log_source():
    found = sight(rule_with(OR), given_by({"Channel": "Security", "EventID": 4624, "Image": "x"}))
    assert found == Sight(reach=Reach.NONE, source=None, missing=frozenset())


def test_parts_of_a_rule_may_see_by_different_events():
    parts = "one:\n    EventID: 1\n    Image: a\nother:\n    EventID: 4688\n    User: b\ncondition: one or other\n"
    security = {"Channel": "Security", "EventID": 4688, "TargetUserName": "b"}
    assert sight(rule_with(parts), given_by(PROCESS | {"Image": "x"})).missing == {"User"}
    assert sight(rule_with(parts), given_by(PROCESS | {"Image": "x"}, security)).reach is Reach.WHOLE


def published(shared_data: Path, product: str) -> list[Rule]:
    folders = sorted(path for path in (shared_data / "sigma").iterdir() if path.name.startswith("rules"))
    return [rule for rule in rules.load(folders).rules if rule.logsource.product == product]


def counted(wanted: Iterable[Rule], given: Iterable[Given]) -> Counter[Reach]:
    return Counter(sight(rule, given).reach for rule in wanted)


def test_at_least_two_thousand_published_windows_rules_run_on_defenders_tables(shared_data: Path):
    found = counted(published(shared_data, "windows"), given_in("[AD]*"))
    assert found[Reach.WHOLE] >= 2_380  # docs/reference/telemetry.md says how many in each table


def test_over_two_thousand_published_windows_rules_run_on_ocsf(shared_data: Path):
    assert counted(published(shared_data, "windows"), given_in("ocsf"))[Reach.WHOLE] >= 2_140


def test_every_published_linux_rule_runs_on_what_linux_machines_send(shared_data: Path):
    given = [*given_in("*linux*"), *given_in("auditbeat")]
    found = counted(published(shared_data, "linux"), given)
    assert set(found) == {Reach.WHOLE}
