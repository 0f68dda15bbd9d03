import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.detect.alerts.sentence import LONGEST, Phrase, spoken, what_happened

WINWORD = r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE"
POWERSHELL = r"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe"


@pytest.mark.parametrize(
    ("event", "category", "service", "expected"),
    [
        (
            {
                "Image": POWERSHELL,
                "ParentImage": WINWORD,
                "User": "WARD\\kim",
                "CommandLine": "powershell -enc SQBFAFgA",
            },
            "process_creation",
            "sysmon",
            (
                "powershell.exe was started by WINWORD.EXE on WS-7, as user WARD\\kim. "
                "Its command line was “powershell -enc SQBFAFgA”."
            ),
        ),
        ({"CommandLine": "id"}, "process_creation", "", "A program was started on WS-7. Its command line was “id”."),
        ({"Image": "/usr/bin/curl"}, "process_creation", "auditd", "curl was started on WS-7."),
        (
            {"EventID": "4625", "TargetUserName": "admin", "IpAddress": "-"},
            "",
            "security",
            "A sign-in as admin to WS-7 failed.",
        ),
        (
            {"EventID": "4624", "TargetUserName": "kim", "IpAddress": "::ffff:10.0.0.7", "LogonType": "10"},
            "",
            "security",
            "kim signed in to WS-7 from 10.0.0.7, by remote desktop.",
        ),
        (
            {"EventID": "4624", "TargetUserName": "kim", "LogonType": "77"},
            "",
            "security",
            "kim signed in to WS-7, log-on type 77.",
        ),
        (
            {"EventID": "4662", "SubjectUserName": "DC01$", "Properties": "%%7688 {1131f6aa}"},
            "",
            "security",
            "DC01$ acted on an entry of the directory at WS-7, with {1131f6aa}.",
        ),
        (
            {"EventID": "7045", "ServiceName": "PSEXESVC", "ImagePath": r"%SystemRoot%\PSEXESVC.exe"},
            "",
            "system",
            r"The service PSEXESVC was installed on WS-7, running %SystemRoot%\PSEXESVC.exe.",
        ),
        (
            {"Image": POWERSHELL, "DestinationIp": "192.0.2.7", "DestinationPort": "443"},
            "network_connection",
            "sysmon",
            "powershell.exe on WS-7 connected to 192.0.2.7, port 443.",
        ),
        ({"EventID": "9", "Channel": "Odd"}, "", "", "WS-7 recorded event 9 in its log Odd."),
        ({}, "", "", "Something happened on WS-7."),
    ],
)
def test_an_event_reads_as_a_sentence(event, category, service, expected):
    assert spoken(what_happened(event, device="WS-7", category=category, service=service)) == expected


def test_a_phrase_remembers_the_field_it_shows():
    phrases = what_happened({"Image": POWERSHELL}, device="WS-7", category="process_creation")

    assert Phrase(text="powershell.exe", field="Image") in phrases


@given(st.dictionaries(st.sampled_from(["Image", "CommandLine", "User", "EventID"]), st.text(max_size=2 * LONGEST)))
def test_whatever_an_event_holds_its_sentence_is_one_line_that_ends(event):
    sentence = spoken(what_happened(event, device="WS-7", category="process_creation", service="sysmon"))

    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) <= 4 * LONGEST + 100


def test_a_sentence_among_others_of_its_device_does_not_name_it():
    started = what_happened({"Image": POWERSHELL}, device="", category="process_creation")
    recorded = what_happened({"EventID": "9"}, device="")

    assert spoken(started) == "powershell.exe was started."
    assert spoken(recorded) == "This device recorded event 9."
