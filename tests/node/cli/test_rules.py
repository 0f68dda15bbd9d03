import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from console.lakes import keep
from detect.builders import rule_text, write_rule
from watchward.detect.sigma import rules
from watchward.detect.sigma.pack import starter_pack
from watchward.node.cli import main
from watchward.node.home import Home

DETECTION = "s:\n  CommandLine|contains: vssadmin\ncondition: s"


IDENTIFIER = "6f6cf1f5-4f6e-4a36-9d8e-1a7e5a9c0077"
RULE = f"""
title: A rule whose title is so long that it would leave little room for anything else in a line of eighty characters
id: {IDENTIFIER}
level: low
logsource: {{product: windows, category: process_creation}}
detection:
  selection:
    CommandLine: x
  condition: selection
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    made = Home(tmp_path / "home")
    made.create()
    return made.path


def archive_of(path: Path, files: dict[str, str]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
    else:
        with tarfile.open(path, "w:gz") as archive:
            for name, text in files.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(text.encode())
                archive.addfile(entry, io.BytesIO(text.encode()))
    return path


def test_rules_check_prints_one_object(tmp_path, capsys):
    write_rule(tmp_path / "good.yml", DETECTION)
    (tmp_path / "bad.yml").write_text("title: [")

    code = main(["rules", "check", str(tmp_path), "--json"])
    report = json.loads(capsys.readouterr().out)

    assert (code, report["rules_loaded"]) == (0, 1)
    assert [(Path(one["file"]).name, one["line"], bool(one["reason"]), bool(one["advice"])) for one in report["rules_rejected"]] == [("bad.yml", 2, True, True)]  # fmt: skip  # noqa: E501
    assert report["rejected_by_kind"]["broken"] == 1


def test_rules_check_reads_several_folders_and_tells_people(tmp_path, capsys):
    write_rule(tmp_path / "one" / "good.yml", DETECTION)
    write_rule(tmp_path / "two" / "same.yml", DETECTION)

    assert main(["rules", "check", str(tmp_path / "one"), str(tmp_path / "two")]) == 0
    told = capsys.readouterr().out
    assert "same.yml:1: it has the same id as" in told
    assert "1 rule loads, 1 does not (1 copy of another)." in told


def test_rules_check_fails_on_a_rejected_rule_only_when_asked(tmp_path):
    (tmp_path / "bad.yml").write_text("title: [")

    assert main(["rules", "check", str(tmp_path), "--fail-on-rejected"]) == 1


def test_rules_check_of_a_missing_folder_is_bad_input(tmp_path, capsys):
    assert main(["rules", "check", str(tmp_path / "nowhere")]) == 2
    assert "no rule folder" in capsys.readouterr().err


def test_rules_list_prints_one_object_a_line(tmp_path, capsys):
    write_rule(tmp_path / "good.yml", DETECTION)

    assert main(["rules", "list", str(tmp_path), "--json"]) == 0
    assert [json.loads(line)["title"] for line in capsys.readouterr().out.splitlines()] == ["Backups Deleted"]


def test_rules_list_is_a_table_for_people(tmp_path, capsys):
    write_rule(tmp_path / "good.yml", DETECTION)

    assert main(["rules", "list", str(tmp_path)]) == 0
    assert "windows/process_creation" in capsys.readouterr().out


MANY = f"""
title: Many
correlation: {{type: event_count, rules: {IDENTIFIER}, timespan: 1h, condition: {{gte: 3}}}}
"""


def test_rules_list_shows_correlations_with_the_rules_that_they_read(tmp_path, capsys):
    (tmp_path / "one.yml").write_text(RULE)
    (tmp_path / "many.yml").write_text(MANY)

    assert main(["rules", "list", str(tmp_path), "--json"]) == 0
    _, correlation = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert main(["rules", "list", str(tmp_path)]) == 0

    assert (correlation["title"], correlation["reads"]) == ("Many", [IDENTIFIER])
    assert "1 rule and 1 correlation" in capsys.readouterr().out


FILTER = """
title: Backups
logsource: {product: windows}
filter:
  rules: [%s]
  selection: {User: svc}
  condition: selection
"""


def test_a_filter_for_a_rule_of_the_starter_pack_is_not_called_useless_where_the_pack_is_not_named(tmp_path, capsys):
    known = next(rule for rule in rules.load([starter_pack()]).rules if rule.logsource.product == "windows")
    (tmp_path / "f.yml").write_text(FILTER % known.id)
    (tmp_path / "g.yml").write_text(FILTER % "6f6cf1f5-4f6e-4a36-9d8e-1a7e5a9c0099")

    assert main(["rules", "check", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "f.yml" not in told
    assert "g.yml:2: it is for the rule '6f6cf1f5-4f6e-4a36-9d8e-1a7e5a9c0099', which is not there" in told


@pytest.mark.parametrize("options", [(), ("--attack",), ("--attack", "--json")])
def test_coverage_of_a_node_without_events_says_why_there_is_nothing(home, capsys, options):
    assert main(["rules", "coverage", "--home", str(home), *options]) == 2
    assert "This node keeps no events yet" in capsys.readouterr().err


def test_coverage_of_a_node_is_of_the_events_that_it_keeps(home, capsys):
    keep(home / "lake", "a", organisation="XT1", Image="a.exe", CommandLine="a")

    assert main(["rules", "coverage", "--home", str(home)]) == 0
    assert "windows/process_creation" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "cannot be read as a rule"),
        (("--days", "0"), "cannot look back 0 days"),
        (("--days", "99999999"), "cannot look back 99,999,999 days"),
        (("--seconds", "0"), "needs time"),
        (("--seconds", "nan"), "needs time"),
    ],
)
def test_look_back_refuses_what_makes_no_sense_and_says_what_to_give(home, tmp_path, capsys, options, said):
    (tmp_path / "rule.yml").write_bytes(b"\xd4\xff")

    assert main(["rules", "look-back", str(tmp_path / "rule.yml"), "--home", str(home), *options]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("started")
def test_look_back_refuses_an_organisation_that_is_none(watchward):
    told = watchward("rules", "look-back", IDENTIFIER, "--organisation", "XQ404")

    assert told.returncode == 2
    assert "There is no organisation 'XQ404'" in told.stderr


def files_of(home: Path) -> set[str]:
    found = (home / "rules").rglob("*.yml")
    return {str(path.relative_to(home / "rules")) for path in found if path.is_file()}


def test_rules_update_tries_what_is_new_and_keeps_the_release_before(started, tmp_path, watchward):
    old, changed = rule_text(DETECTION), rule_text(DETECTION.replace("vssadmin", "wbadmin"))
    first = archive_of(tmp_path / "sigma-r2026-01-01.zip", {"sigma/a.yml": old})
    second = archive_of(tmp_path / "sigma-r2026-02-01.tar.gz", {"sigma/a.yml": changed, "b.yml": RULE, "run.sh": "x"})

    assert "sigma r2026-01-01: 1 rule file in force or on trial" in watchward("rules", "update", first).stdout
    assert not (started / "rules" / "lives.json").read_text().count("trial")
    told = watchward("rules", "update", second).stdout
    assert "On trial: 1 new rule and 1 rule with another detection" in told
    assert files_of(started) == {
        "release/sigma/a.yml",
        "release/b.yml",
        ".release.previous/sigma/a.yml",
        f".release.earlier/{rules.load([started / 'rules' / 'release' / 'sigma']).rules[0].id}.yml",
    }
    assert watchward("rules", "promote", IDENTIFIER, "--reason", "It is quiet").returncode == 0
    assert IDENTIFIER not in (started / "rules" / "lives.json").read_text()

    assert watchward("rules", "update", "--previous").stdout == "sigma r2026-01-01 is back.\n"
    assert "trial" not in (started / "rules" / "lives.json").read_text()


def test_the_first_release_can_be_undone_and_brought_back(started, tmp_path, watchward):
    watchward("rules", "update", archive_of(tmp_path / "r.zip", {"a.yml": "x"}))

    assert watchward("rules", "update", "--previous").stdout == "The release before is back: no release.\n"
    assert files_of(started) == {".release.previous/a.yml"}
    assert watchward("rules", "update", "--previous").returncode == 0
    assert "release/a.yml" in files_of(started)


def test_a_further_set_stands_beside_the_main_one(started, tmp_path, watchward):
    archive = archive_of(tmp_path / "r.zip", {"a.yml": RULE})

    assert watchward("rules", "update", archive, "--set", "vendor").returncode == 0
    assert files_of(started) == {"release-vendor/a.yml"}
    assert watchward("rules", "update", archive, "--set", "../up").returncode == 2


def test_a_rule_that_is_not_there_cannot_be_switched_off(started, watchward):
    done = watchward("rules", "off", IDENTIFIER, "--reason", "Loud")

    assert started.is_dir()
    assert (done.returncode, "There is no such rule" in done.stderr) == (2, True)


def test_the_rules_of_a_node_are_listed_with_their_whole_identifiers(home, capsys):
    (home / "rules" / "own.yml").write_text(RULE)

    assert main(["rules", "list", "--home", str(home)]) == 0
    assert IDENTIFIER in capsys.readouterr().out
    assert main(["rules", "check", "--home", str(home.parent / "mistyped")]) == 2


def test_a_refused_expression_is_told_in_one_line_with_advice_of_its_own(tmp_path, capsys):
    (tmp_path / "own.yml").write_text(RULE.replace("CommandLine: x", "CommandLine|re: '(?=a)b'"))
    main(["rules", "check", str(tmp_path), "--json"])
    (refused,) = json.loads(capsys.readouterr().out)["rules_rejected"]

    assert refused["reason"] == "the regular expression '(?=a)b' cannot be run: invalid perl operator: (?="
    assert refused["advice"].startswith("Correct it. Looking ahead or behind")


def test_an_expression_that_would_explode_elsewhere_comes_to_an_end(tmp_path, capsys):
    (tmp_path / "own.yml").write_text(RULE.replace("CommandLine: x", "CommandLine|re: '(a+)+$'"))
    event = {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "CommandLine": "a" * 60_000 + "!"}
    (tmp_path / "events.ndjson").write_text(json.dumps(event))

    assert main(["scan", str(tmp_path / "events.ndjson"), "--rules", str(tmp_path / "own.yml"), "--json"]) == 0
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("given", [[], ["x.zip", "--previous"]])
def test_rules_update_says_what_it_needs(given, home):
    assert main(["rules", "update", *given, "--home", str(home)]) == 2


def test_a_release_before_the_first_is_asked_for_in_vain(started, watchward):
    assert started.is_dir()
    assert watchward("rules", "update", "--previous").returncode == 2


def test_correlations_and_filters_are_counted_beside_rules(tmp_path, capsys):
    correlation = "title: Many\nid: 0e95725d-7320-415d-80f7-004da920fc11\ncorrelation:\n  type: event_count\n"
    correlation += "  rules: 3f1c1d6e-0000-4000-8000-000000000001\n  timespan: 1h\n  condition:\n    gte: 2\n"
    (tmp_path / "a.yml").write_text(rule_text("s:\n  A: x\ncondition: s") + "---\n" + correlation)

    assert main(["rules", "check", str(tmp_path)]) == 0
    assert "Besides the rules, 1 correlation." in capsys.readouterr().out
    main(["rules", "check", str(tmp_path), "--json"])
    assert json.loads(capsys.readouterr().out)["correlations_loaded"] == 1


def test_rules_coverage_says_which_rules_can_see_and_what_the_others_lack(tmp_path, capsys):
    write_rule(tmp_path / "sees.yml", DETECTION)
    other = "s:\n  Company: x\ncondition: s"
    write_rule(tmp_path / "lacks.yml", other, id="3f1c1d6e-0000-4000-8000-000000000002")
    dns = RULE.replace("process_creation", "dns_query")
    (tmp_path / "blind.yml").write_text(dns)
    events = tmp_path / "events.ndjson"
    events.write_text(json.dumps({"ActionType": "ProcessCreated", "DeviceId": "a", "ProcessCommandLine": "x"}))
    asked = ["rules", "coverage", str(events), "--rules", str(tmp_path)]

    assert main([*asked, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    figures = [report[name] for name in ("whole", "part", "no_fields", "no_events")]
    assert figures == [1, 0, 1, 1]
    process, query = report["by_log_source"]
    assert process["missing"] == [{"fields": ["Company"], "rules": 1}]
    assert (query["log_source"], query["no_events"]) == ("windows/dns_query", 1)

    assert main(asked) == 0
    printed = capsys.readouterr().out
    assert "Company (1)" in printed
    assert "1 rule can see, 0 in part. For want of fields 1 cannot, for want of events of their kind 1." in printed


def test_rules_coverage_tells_it_by_technique_and_says_what_to_send(tmp_path, capsys):
    write_rule(tmp_path / "sees.yml", DETECTION)
    (tmp_path / "blind.yml").write_text(RULE.replace("process_creation", "ps_script") + "tags: [attack.t1059]\n")
    events = tmp_path / "events.ndjson"
    events.write_text(json.dumps({"ActionType": "ProcessCreated", "DeviceId": "a", "ProcessCommandLine": "x"}))
    asked = ["rules", "coverage", str(events), "--rules", str(tmp_path)]

    assert main([*asked, "--attack"]) == 0
    printed = capsys.readouterr().out
    assert "Impact: " in printed
    assert "Sending PowerShell script blocks at 1 organisation lets 1 more rule see." in printed

    assert main([*asked, "--csv", str(tmp_path / "out.csv"), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    sights = {one["technique"]: one["sight"] for one in report["techniques"]}
    assert sights == {"T1490": "seen", "T1059": "not seen"}
    assert (tmp_path / "out.csv").read_text().splitlines()[0] == "technique,name,tactics,sight,rules,whole,part"

    assert main([*asked, "--csv", str(tmp_path / "none" / "out.csv")]) == 2


def test_rules_coverage_needs_events(tmp_path, capsys):
    write_rule(tmp_path / "a.yml", DETECTION)
    assert main(["rules", "coverage", str(tmp_path / "none.ndjson"), "--rules", str(tmp_path)]) == 2
    assert "none.ndjson" in capsys.readouterr().err


@pytest.mark.usefixtures("started")
def test_rules_update_names_the_rules_that_a_release_drops(tmp_path, watchward):
    both = archive_of(tmp_path / "one.zip", {"a.yml": rule_text(DETECTION), "b.yml": RULE})
    watchward("rules", "update", both)
    told = watchward("rules", "update", archive_of(tmp_path / "two.zip", {"a.yml": rule_text(DETECTION)})).stdout

    assert "No longer there: 1 rule of the release before.\n" in told
    assert f"  {IDENTIFIER}  " in told
