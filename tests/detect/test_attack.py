from watchward.detect.alerts.attack import TACTICS, in_plain_words, technique, technique_keys


def test_a_sub_technique_is_named_with_its_parent_and_explained():
    powershell = technique("t1059.001")

    assert powershell.name == "Command and Scripting Interpreter: PowerShell"
    assert powershell.explanation
    assert powershell.url == "https://attack.mitre.org/techniques/T1059/001/"


def test_an_unknown_sub_technique_is_known_by_its_parent_and_an_unknown_technique_by_its_number():
    assert technique("T1059.999").name == "Command and Scripting Interpreter"
    assert technique("T9999").name == "T9999"


def test_only_tags_of_techniques_count_as_techniques():
    assert technique_keys(["attack.t1003", "attack.impact", "attack.T1003", "cve.2021-44228"]) == ("T1003",)


def test_the_tactic_worst_for_patients_is_told():
    assert in_plain_words(["attack.execution", "attack.impact"]) == TACTICS[0].plain


def test_a_rule_without_tactics_still_has_plain_words():
    assert in_plain_words(["detection.threat_hunting"]) == "Something happened that attackers often do"
