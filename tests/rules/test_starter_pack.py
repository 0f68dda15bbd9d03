"""What every rule of the starter pack promises, whatever it looks for."""

import re
from collections import Counter
from uuid import UUID

import pytest

from rules.starter import CASES, RULES, written
from watchward.detect.pack import starter_pack

PACK = written()
KEYS = ["title", "id", "status", "description", "references", "author", "date", "tags", "logsource", "detection"]
KEYS += ["falsepositives", "level"]
TACTICS = {
    "reconnaissance",
    "resource-development",
    "initial-access",
    "execution",
    "persistence",
    "privilege-escalation",
    "defense-evasion",
    "credential-access",
    "discovery",
    "lateral-movement",
    "collection",
    "command-and-control",
    "exfiltration",
    "impact",
}
AMERICAN = re.compile(
    r"(?i)\b(colors?|behaviors?|centers?|catalogs?|defenses?|favorites?|analyz\w+|fulfill|"
    r"(un)?(organ|recogn|author|synchron|virtual|minim|custom|summar)iz\w+)\b",
)

each_rule = pytest.mark.parametrize("written", PACK, ids=lambda one: one.name)


def snake(title):
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")


@each_rule
def test_a_rule_has_what_a_reader_needs_in_the_usual_order(written):
    assert list(written.rule) == KEYS
    assert written.rule["author"] == "Watchward"
    assert written.rule["status"] == "test"
    assert len(written.rule["description"]) >= 60
    assert len(written.rule["references"]) >= 1
    assert all(reference.startswith("https://") for reference in written.rule["references"])
    assert len(written.rule["falsepositives"]) >= 1
    assert UUID(written.rule["id"]).version == 4


@each_rule
def test_a_rule_stands_where_its_platform_theme_and_title_say(written):
    platform, theme, name = written.name.split("/")
    assert name == snake(written.rule["title"])
    assert platform in {"windows", "linux", "cloud"}
    assert re.fullmatch(r"[a-z_]+", theme)


@each_rule
def test_a_rule_names_a_tactic_and_a_technique_of_attack(written):
    tags = [tag.removeprefix("attack.") for tag in written.rule["tags"]]
    techniques = [tag for tag in tags if re.fullmatch(r"t\d{4}(\.\d{3})?", tag)]
    assert techniques
    assert set(tags) - set(techniques)
    assert set(tags) - set(techniques) <= TACTICS
    for technique in techniques:
        assert (
            f"https://attack.mitre.org/techniques/{technique.upper().replace('.', '/')}/" in written.rule["references"]
        )


@each_rule
def test_a_rule_speaks_british_english(written):
    words = [written.rule["title"], written.rule["description"], *written.rule["falsepositives"]]
    assert not AMERICAN.findall("\n".join(words))


@each_rule
def test_each_part_of_a_detection_is_used_by_its_condition(written):
    condition = written.rule["detection"]["condition"]
    for part in set(written.rule["detection"]) - {"condition"}:
        wildcards = (pattern.rstrip("*") for pattern in re.findall(r"\b\w+_?\*", condition))
        named = re.search(rf"\b{part}\b", condition) or any(part.startswith(start) for start in wildcards)
        assert named or "of them" in condition, part


@each_rule
def test_a_rule_has_events_that_it_must_match_and_near_ones_that_it_must_not(written):
    cases = written.cases()
    assert set(cases) == {"matches", "misses"}
    assert cases["matches"]
    assert cases["misses"]
    assert all(isinstance(value, str) for events in cases.values() for event in events for value in event.values())


def test_no_two_rules_share_an_id_or_a_title():
    for key in ("id", "title"):
        assert [value for value, count in Counter(one.rule[key] for one in PACK).items() if count > 1] == []


def test_no_test_is_left_behind_by_its_rule():
    assert {path.relative_to(CASES).with_suffix("") for path in CASES.rglob("*.json")} == {
        one.path.relative_to(RULES).with_suffix("") for one in PACK
    }


def test_few_rules_shout():
    levels = Counter(one.rule["level"] for one in PACK)
    assert set(levels) == {"critical", "high", "medium", "low"}
    assert levels["critical"] <= 0.12 * len(PACK)
    assert levels["high"] <= 0.65 * len(PACK)


def test_the_starter_pack_is_found_from_a_checkout():
    assert starter_pack() == RULES
