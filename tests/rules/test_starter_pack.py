"""What every rule of the starter pack promises, whatever it looks for. Each test names the rules that break it."""

import re
from collections import Counter
from uuid import UUID

from rules import document_pack
from rules.starter import CASES, RULES, together, written
from watchward.detect.alerts.attack import technique
from watchward.detect.sigma.pack import starter_pack

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


def offenders(promise):
    return [one.name for one in PACK if not promise(one.rule)]


def techniques(rule):
    tags = [tag.removeprefix("attack.") for tag in rule["tags"]]
    return [tag for tag in tags if re.fullmatch(r"t\d{4}(\.\d{3})?", tag)]


def page(key):
    return f"https://attack.mitre.org/techniques/{key.upper().replace('.', '/')}/"


def unused_parts(rule):
    condition = rule["detection"]["condition"]
    starts = [pattern.rstrip("*") for pattern in re.findall(r"\b\w+\*", condition)]
    named = set(re.findall(r"\w+", condition))
    parts = set(rule["detection"]) - {"condition"}
    return {part for part in parts - named if not any(part.startswith(start) for start in starts)}


def test_the_pack_has_at_least_150_rules():
    assert len(PACK) >= 150


def test_a_rule_has_what_a_reader_needs_in_the_usual_order():
    assert offenders(lambda rule: list(rule) == KEYS) == []
    assert offenders(lambda rule: rule["author"] == "Watchward" and rule["status"] == "test") == []
    assert offenders(lambda rule: len(rule["description"]) >= 60) == []
    assert offenders(lambda rule: rule["falsepositives"]) == []
    assert offenders(lambda rule: UUID(rule["id"]).version == 4) == []


def test_a_rule_gives_its_sources():
    assert offenders(lambda rule: rule["references"]) == []
    assert offenders(lambda rule: all(one.startswith("https://") for one in rule["references"])) == []
    assert offenders(lambda rule: len(set(rule["references"])) == len(rule["references"])) == []
    assert offenders(lambda rule: {page(key) for key in techniques(rule)} <= set(rule["references"])) == []


def test_a_rule_stands_where_its_platform_theme_and_title_say():
    place = re.compile(r"(windows|linux|cloud)/[a-z_]+/([a-z0-9_]+)")
    names = {one.name: re.sub(r"[^a-z0-9]+", "_", one.rule["title"].lower()).strip("_") for one in PACK}
    assert [name for name, title in names.items() if not (found := place.fullmatch(name)) or found[2] != title] == []


def test_a_rule_names_a_tactic_and_a_technique_of_attack():
    assert offenders(techniques) == []
    assert offenders(lambda rule: all(technique(key) for key in techniques(rule))) == []
    others = {
        one.name: {tag.removeprefix("attack.") for tag in one.rule["tags"]} - set(techniques(one.rule)) for one in PACK
    }
    assert [name for name, tags in others.items() if not tags or not tags <= TACTICS] == []


def test_a_rule_speaks_british_english():
    texts = {one.name: [one.rule["title"], one.rule["description"], *one.rule["falsepositives"]] for one in PACK}
    assert {name: found for name, words in texts.items() if (found := AMERICAN.findall("\n".join(words)))} == {}


def test_each_part_of_a_detection_is_used_by_its_condition():
    unused = {one.name: unused_parts(one.rule) for one in PACK if "of them" not in one.rule["detection"]["condition"]}
    assert {name: parts for name, parts in unused.items() if parts} == {}


def test_no_two_rules_share_an_id_or_a_title():
    for key in ("id", "title"):
        assert [value for value, count in Counter(one.rule[key] for one in PACK).items() if count > 1] == []


def test_no_test_is_left_behind_by_its_rule():
    assert {path.relative_to(CASES).with_suffix("") for path in CASES.rglob("*.json")} == {
        one.path.relative_to(RULES).with_suffix("") for one in (*PACK, *together())
    }


def test_few_rules_shout():
    levels = Counter(one.rule["level"] for one in PACK)
    assert set(levels) == {"critical", "high", "medium", "low"}
    assert levels["critical"] <= 0.1 * len(PACK)
    assert levels["high"] <= 0.6 * len(PACK)


def test_the_starter_pack_is_found_from_a_checkout():
    assert starter_pack() == RULES


def test_the_page_about_the_pack_lists_the_rules_as_they_are():
    assert document_pack.PAGE.read_text() == document_pack.page(), (
        "PYTHONPATH=tests .venv/bin/python -m rules.document_pack writes it again"
    )
