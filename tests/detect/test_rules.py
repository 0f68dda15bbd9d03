import shutil
from pathlib import Path

import pytest

from detect.builders import rule_text, rule_with, write_rule
from watchward.base.errors import BadInputError
from watchward.detect.sigma import placeholders, rules
from watchward.detect.sigma.ir import (
    ANYWHERE,
    Absent,
    All,
    How,
    Network,
    Not,
    Number,
    Order,
    Part,
    Regex,
    SameAs,
    Some,
    Text,
    TimePart,
    Wildcard,
)
from watchward.detect.sigma.rule import Level, LogSource, Refusal

SHARED_FOLDERS = ["rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting"]


def condition_of(detection: str):
    return rule_with(detection).condition


def equals(field, text, *, cased=False):
    return Text(field, How.EQUALS, text, cased)


@pytest.mark.parametrize(
    ("item", "condition"),
    [
        ("Image: cmd.exe", Text("Image", How.EQUALS, "cmd.exe")),
        (r"Image|endswith: \cmd.exe", Text("Image", How.ENDS, r"\cmd.exe")),
        (r"Image|startswith: C:\Temp", Text("Image", How.STARTS, r"C:\Temp")),
        ("CommandLine|contains: ' -enc '", Text("CommandLine", How.CONTAINS, " -enc ")),
        ("CommandLine|contains|cased: Enc", Text("CommandLine", How.CONTAINS, "Enc", cased=True)),
        ("CommandLine: '*-e*'", Text("CommandLine", How.CONTAINS, "-e")),
        ("CommandLine: 'a*b?c'", Wildcard("CommandLine", (("a",), ("b", "c")))),
        ("CommandLine|endswith: '?x'", Wildcard("CommandLine", (("",), ("", "x")))),
        (r"CommandLine: 'a\*b'", Text("CommandLine", How.EQUALS, "a*b")),
        (r"CommandLine: 'a\\*'", Text("CommandLine", How.STARTS, "a\\")),
        ("CommandLine: ''", Text("CommandLine", How.EQUALS, "")),
        ("CommandLine: '*'", Not(Absent("CommandLine"))),
        ("CommandLine: null", Absent("CommandLine")),
        ("CommandLine: []", Absent("CommandLine")),
        ("CommandLine|exists: true", Not(Absent("CommandLine"))),
        ("CommandLine|exists: false", Absent("CommandLine")),
        ("EventID: 4688", Number("EventID", Order.EQUAL, 4688)),
        ("EventID: '4688'", Text("EventID", How.EQUALS, "4688")),
        ("Initiated: true", Text("Initiated", How.EQUALS, "true")),
        ("Port|lt: 1024", Number("Port", Order.LESS, 1024)),
        ("Port|lte: 1024", Number("Port", Order.AT_MOST, 1024)),
        ("Port|gt: 1.5", Number("Port", Order.MORE, 1.5)),
        ("Port|gte: 1024", Number("Port", Order.AT_LEAST, 1024)),
        ("Port|contains: 44", Text("Port", How.CONTAINS, "44")),
        ("Image|neq: cmd.exe", Not(Text("Image", How.EQUALS, "cmd.exe"))),
        ("Address|cidr: 10.0.0.0/8", Network("Address", "10.0.0.0/8")),
        ("Address|cidr: fe80::/10", Network("Address", "fe80::/10")),
        (r"CommandLine|re: '-[Ee]nc\s'", Regex("CommandLine", r"-[Ee]nc\s")),
        ("CommandLine|re|i|m|s: ab", Regex("CommandLine", "ab", "ims")),
        ("Image|fieldref: ParentImage", SameAs("Image", "ParentImage")),
        ("Image|fieldref|startswith: ParentImage", SameAs("Image", "ParentImage", starts=True)),
        ("UtcTime|hour: 3", TimePart("UtcTime", Part.HOUR, 3)),
        ("CommandLine|base64: 'ab'", Text("CommandLine", How.EQUALS, "YWI=")),
        ("CommandLine|utf16le: 'ab'", Text("CommandLine", How.EQUALS, "a\0b\0")),
        ("CommandLine|wide|base64: 'ab'", Text("CommandLine", How.EQUALS, "YQBiAA==")),
        ("CommandLine|utf16be: 'ab'", Text("CommandLine", How.EQUALS, "\0a\0b")),
        ("Date: 2026-03-01", Text("Date", How.EQUALS, "2026-03-01")),
        ("Time: 12:30:45", Text("Time", How.EQUALS, "12:30:45")),
        ("Enabled: yes", Text("Enabled", How.EQUALS, "yes")),
        ("Code: 010", Number("Code", Order.EQUAL, 10)),
        ("Mask: 0x1F", Number("Mask", Order.EQUAL, 31)),
        ("Count: 1_000", Text("Count", How.EQUALS, "1_000")),
        ("Handle: 9007199254740993", Text("Handle", How.EQUALS, "9007199254740993")),
    ],
)
def test_a_detection_item_means_what_sigma_says(item, condition):
    assert condition_of(f"sel:\n  {item}\ncondition: sel") == condition


@pytest.mark.parametrize("dash", ["-", "/", "–", "—", "―"])  # noqa: RUF001 - the dashes that Windows takes
def test_windash_means_each_dash_that_windows_takes(dash):
    condition = condition_of(f"sel:\n  CommandLine|contains|windash: ' {dash}x'\ncondition: sel")

    assert {leaf.text for leaf in condition.parts} == {" -x", " /x", " –x", " —x", " ―x"}  # noqa: RUF001


def test_base64offset_means_each_place_within_the_encoding():
    condition = condition_of("sel:\n  CommandLine|base64offset|contains: 'ping'\ncondition: sel")

    assert {leaf.text for leaf in condition.parts} == {"cGluZ", "Bpbm", "waW5n"}


@pytest.mark.parametrize(
    ("detection", "condition"),
    [
        ("sel: [a, b]\ncondition: sel", Some((Text(ANYWHERE, How.CONTAINS, "a"), Text(ANYWHERE, How.CONTAINS, "b")))),
        ("sel:\n  '|all': [a, b]\ncondition: sel", All((Text("", How.CONTAINS, "a"), Text("", How.CONTAINS, "b")))),
        ("sel: ['a*b']\ncondition: sel", Wildcard("", (("",), ("a",), ("b",), ("",)))),
        ("sel: [4625]\ncondition: sel", Text("", How.CONTAINS, "4625")),
        ("sel:\n  A: [x, y]\ncondition: sel", Some((equals("A", "x"), equals("A", "y")))),
        ("sel:\n  A|all: [x, y]\ncondition: sel", All((equals("A", "x"), equals("A", "y")))),
        ("sel:\n  A: x\n  B: y\ncondition: sel", All((equals("A", "x"), equals("B", "y")))),
        ("sel:\n  - A: x\n  - B: y\ncondition: sel", Some((equals("A", "x"), equals("B", "y")))),
        ("s1:\n  A: x\ns2:\n  B: y\ncondition: 1 of s*", Some((equals("A", "x"), equals("B", "y")))),
        ("s1:\n  A: x\ns2:\n  B: y\ncondition: all of them", All((equals("A", "x"), equals("B", "y")))),
        ("s1:\n  A: x\ns2:\n  B: y\ncondition: s1 and not s2", All((equals("A", "x"), Not(equals("B", "y"))))),
        ("s1:\n  A: x\ns2:\n  B: y\ncondition: [s1, s2]", Some((equals("A", "x"), equals("B", "y")))),
        (
            "s1:\n  A: x\ns2:\n  B: y\ns3:\n  C: z\ncondition: s1 and (s2 or not s3)",
            All((equals("A", "x"), Some((equals("B", "y"), Not(equals("C", "z")))))),
        ),
    ],
)
def test_a_condition_means_what_sigma_says(detection, condition):
    assert condition_of(detection) == condition


def test_a_rule_carries_what_its_author_wrote():
    rule = rule_with("sel:\n  A: x\ncondition: sel")

    assert (rule.title, rule.level, rule.status) == ("Backups Deleted", Level.HIGH, "experimental")
    assert rule.logsource == LogSource(product="windows", category="process_creation")
    assert rule.tags == ("attack.impact", "attack.t1490")


BROKEN = {
    "not_yaml": ("title: [unclosed\n", 2, "not YAML"),
    "tab": ("title: a\nlogsource:\n\tproduct: x\n", 3, "not YAML"),
    "key_twice": ("title: a\ntitle: b\n", 2, "twice"),
    "tag": ("title: !!int many\n", 1, "tag"),
    "tag_python": ("title: !!python/name:os.system\n", 1, "not YAML"),
    "key_list": ("title: a\n? [b]\n: c\n", 2, "plain text"),
    "alias": ("title: &a x\ndetection: {s: {A: &b [1]}, t: {B: *b}, condition: s}\n", 1, "alias"),
    "no_title": ("logsource: {product: windows}\n", 1, "no title"),
    "not_a_rule": ("- 1\n- 2\n", 1, "not a rule"),
    "no_detection": ("title: a\nlogsource: {product: windows}\n", 1, "no detection"),
    "filter": ("title: a\nfilter: {rules: []}\n", 2, "filter"),
    "level": (rule_text("s:\n  A: x\ncondition: s").replace("level: high", "level: awful"), 15, "awful"),
    "log_source": (rule_text("s:\n  A: x\ncondition: s").replace("product: windows", "product: [1]"), 8, "log source"),
    "modifier": (rule_text("s:\n  A: x\n  B|beginswith: x\ncondition: s"), 14, "beginswith"),
    "unknown_name": (rule_text("s:\n  A: x\ncondition: s and t"), 14, "'t' not defined"),
    "nothing_selected": (rule_text("s:\n  A: x\ncondition: 1 of t*"), 14, "t*"),
    "condition_syntax": (rule_text("s:\n  A: x\ncondition: s and"), 14, "text"),
    "condition_missing": (rule_text("s:\n  A: x"), 11, "condition"),
    "condition_deep": (rule_text(f"s:\n  A: x\ncondition: {'(' * 300}s{')' * 300}"), 14, "deep"),
    "pipe": (rule_text("s:\n  A: x\ncondition: s | count() > 5"), 14, "pipe"),
    "regex": (rule_text("s:\n  A|re: '(unclosed'\ncondition: s"), 13, "regular expression"),
    "regex_ahead": (rule_text("s:\n  A|re: '(?=(a+)+)+b'\ncondition: s"), 13, "regular expression"),
    "regex_long": (rule_text(f"s:\n  A|re: '{'a' * 5000}'\ncondition: s"), 13, "too long"),
    "text_long": (rule_text(f"s:\n  A: '{'a' * 5000}'\ncondition: s"), 11, "too long"),
    "cidr": (rule_text("s:\n  A|cidr: 10.0.0.0/99\ncondition: s"), 13, "CIDR"),
    "null_in_list": (rule_text("s:\n  A: x\n  B: [x, null]\ncondition: s"), 14, "null"),
    "hours_by_size": (rule_text("s:\n  A: x\n  B|hour|gte: 22\ncondition: s"), 14, "by size"),
    "number": (rule_text("s:\n  A|gt: many\ncondition: s"), 13, "incompatible"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_is_listed_with_its_line_and_advice(name, tmp_path):
    text, line, words = BROKEN[name]
    (tmp_path / "broken.yml").write_text(text)
    write_rule(tmp_path / "good.yml", "s:\n  A: x\ncondition: s")

    found = rules.load([tmp_path])

    assert len(found.rules) == 1
    assert [one.kind for one in found.rejected] == [Refusal.BROKEN]
    assert (words in found.rejected[0].reason, found.rejected[0].line) == (True, line), found.rejected[0]
    assert found.rejected[0].advice


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"title: \xff\xfe", "UTF-8"), (b"a" * 600_000, "bytes"), (b"[" * 400_000, "nested"), (b"\0", "not YAML")],
)
def test_a_file_that_is_no_rule_at_all_is_listed(content, words, tmp_path):
    (tmp_path / "odd.yml").write_bytes(content)

    assert [words in one.reason for one in rules.load([tmp_path]).rejected] == [True]


def test_a_placeholder_stands_for_any_of_the_sites_values(tmp_path):
    write_rule(tmp_path / "a.yml", "s:\n  User|expand: 'NHS\\\\%admins%'\n  B|expand: '\\%x%admins%'\ncondition: s")
    (tmp_path / "placeholders.yml").write_text("admins: [jo, 'adm*']\n")

    (rule,) = rules.load([tmp_path]).rules

    users = Some((equals("User", r"NHS\jo"), Text("User", How.STARTS, r"NHS\adm")))
    assert rule.condition == All((users, Some((equals("B", "%xjo"), Text("B", How.STARTS, "%xadm")))))


def test_the_sites_values_count_for_rules_that_are_kept(tmp_path):
    write_rule(tmp_path / "rules" / "a.yml", "s:\n  User|expand: '%admins%'\ncondition: s")
    values = tmp_path / "rules" / "placeholders.yml"

    found = []
    for text in ("", "admins: jo", "admins: sam", "other: jo", "admins: {a: b}"):
        values.write_text(text) if text else values.unlink(missing_ok=True)
        found.append(rules.load([tmp_path / "rules"], cache=tmp_path / "cache"))

    conditions = [[rule.condition for rule in one.rules] for one in found]
    assert conditions == [[], [equals("User", "jo")], [equals("User", "sam")], [], []]
    assert [[one.kind for one in other.rejected] for other in found] == [
        *([Refusal.PLACEHOLDER], [], [], [Refusal.PLACEHOLDER]),
        [Refusal.BROKEN, Refusal.PLACEHOLDER],
    ]


def test_placeholders_that_make_too_many_texts_are_refused(tmp_path):
    write_rule(tmp_path / "a.yml", "s:\n  User|expand: '%a%%a%%a%'\ncondition: s")
    (tmp_path / "placeholders.yml").write_text(f"a: {list(range(30))}\n")

    assert ["10,000" in one.reason for one in rules.load([tmp_path]).rejected] == [True]


def test_a_rule_that_needs_the_sites_values_is_counted_apart(tmp_path):
    write_rule(tmp_path / "a.yml", "s:\n  User|expand: '%admins%'\ncondition: s")

    assert [one.kind for one in rules.load([tmp_path]).rejected] == [Refusal.PLACEHOLDER]


def test_a_correlation_that_is_cut_off_is_refused_and_the_rules_beside_it_load(tmp_path):
    text = rule_text("s:\n  A: x\ncondition: s") + "---\ntitle: Many\ncorrelation:\n  type: event_count\n"
    (tmp_path / "a.yml").write_text(text)

    found = rules.load([tmp_path])

    assert len(found.rules) == 1
    assert [(one.kind, one.line) for one in found.rejected] == [(Refusal.CORRELATION, 20)]


def test_of_ten_thousand_copies_of_one_rule_one_loads(tmp_path):
    write_rule(tmp_path / "0.yml", "s:\n  A: x\ncondition: s")
    for number in range(1, 10_000):
        (tmp_path / f"{number}.yml").hardlink_to(tmp_path / "0.yml")

    found = rules.load([tmp_path])

    assert len(found.rules) == 1
    assert {one.kind for one in found.rejected} == {Refusal.DUPLICATE}
    assert len(found.rejected) == 9_999


def test_a_rule_without_an_id_gets_one_from_its_text(tmp_path):
    text = "\n".join(line for line in rule_text("s:\n  A: x\ncondition: s").splitlines() if not line.startswith("id:"))
    (tmp_path / "a.yml").write_text(text)

    assert rules.load([tmp_path]).rules[0].id == rules.load([tmp_path]).rules[0].id


def test_a_missing_folder_is_said_so(tmp_path):
    with pytest.raises(BadInputError, match="no rule folder"):
        rules.load([tmp_path / "nowhere"])


def test_what_the_cache_gives_is_what_parsing_gives(tmp_path):
    folder, cache = tmp_path / "rules", tmp_path / "cache"
    for number, detection in enumerate(["s:\n  A|re: x\ncondition: s", "s:\n  B: [1, '', 'a?b*']\ncondition: not s"]):
        write_rule(folder / f"{number}.yml", detection, id=f"r{number}")
    (folder / "broken.yml").write_text("title: [")

    first, second = rules.load([folder], cache=cache), rules.load([folder], cache=cache)

    assert first == second == rules.load([folder])


@pytest.mark.parametrize("content", [b"", b"watchward-cache\n", b"\x80" * 500])
def test_a_broken_cache_is_made_again(content, tmp_path):
    folder, cache = tmp_path / "rules", tmp_path / "cache"
    write_rule(folder / "a.yml", "s:\n  A: x\ncondition: s")
    expected = rules.load([folder], cache=cache)
    file = next(cache.iterdir())
    whole = file.read_bytes()
    file.write_bytes(content)

    assert rules.load([folder], cache=cache) == expected
    assert file.read_bytes() == whole


def test_a_folder_that_was_moved_is_read_from_the_cache_with_its_new_place(tmp_path):
    write_rule(tmp_path / "one" / "a.yml", "s:\n  A: x\ncondition: s")
    rules.load([tmp_path / "one"], cache=tmp_path / "cache")
    shutil.move(tmp_path / "one", tmp_path / "two")

    assert rules.load([tmp_path / "two"], cache=tmp_path / "cache").rules[0].path == tmp_path / "two" / "a.yml"


@pytest.mark.shared
def test_the_published_rules_load_but_for_those_that_need_a_sites_values(shared_data: Path):
    found = rules.load([shared_data / "sigma" / folder for folder in SHARED_FOLDERS])
    broken = [one for one in found.rejected if one.kind is not Refusal.PLACEHOLDER]

    assert len(broken) <= 0.005 * (len(found.rules) + len(broken)), broken
    assert len(found.rules) > 3_700


@pytest.mark.parametrize("given", ["x" * 101, '"a\\0b"', '"a\\nb"'], ids=["too long", "NUL", "two lines"])
def test_an_identifier_that_no_database_would_keep_is_refused(tmp_path, given):
    rule = f"title: A\nid: {given}\nlogsource: {{product: windows}}\ndetection: {{a: {{Image: b}}, condition: a}}\n"
    (tmp_path / "rule.yml").write_text(rule)

    found = rules.load([tmp_path])

    assert not found.rules
    assert "its id is no name" in found.rejected[0].reason


@pytest.mark.parametrize(
    ("item", "condition"),
    [
        ("A|contains: 00000429", Text("A", How.CONTAINS, "00000429")),
        ("A|endswith: 1.10", Text("A", How.ENDS, "1.10")),
        ("A|startswith: 0x1F", Text("A", How.STARTS, "0x1F")),
        ("A|re: 007", Regex("A", "007")),
        ("A: 0x1F", Number("A", Order.EQUAL, 31)),
        ("A|gte: 010", Number("A", Order.AT_LEAST, 10)),
    ],
)
def test_digits_are_looked_for_in_texts_as_they_are_written(item, condition):
    assert rule_with(f"s:\n  {item}\ncondition: s").condition == condition


def test_a_keyword_of_digits_is_looked_for_as_it_is_written():
    assert rule_with("s: [00000429]\ncondition: s").condition == Text("", How.CONTAINS, "00000429")


def test_the_sites_values_are_texts_as_rules_have_them(tmp_path):
    (tmp_path / placeholders.FILE).write_text("Countries: [NO, GB]\nNumbers: [007, 12:30]\n")

    assert placeholders.read([tmp_path]).values == {"Countries": ("NO", "GB"), "Numbers": ("007", "12:30")}


@pytest.mark.parametrize(
    "content",
    [
        "!!int ",
        "a: &x [b]\nc: *x",
        "? [a]\n: b",
        "a: [b",
        "[" * 1000,
        "a: {b: c}",
        "a: b\na: c",
        "",
        "a: b\n---\nc: d",
        "\xff",
    ],
)
def test_a_file_of_placeholders_that_makes_no_sense_is_told_and_stops_nothing(tmp_path, content):
    (tmp_path / placeholders.FILE).write_bytes(content.encode("latin-1"))
    write_rule(tmp_path / "rule.yml", "s:\n  A: x\ncondition: s")

    found = rules.load([tmp_path])
    assert (len(found.rules), [one.path.name for one in found.rejected]) == (1, [placeholders.FILE])
