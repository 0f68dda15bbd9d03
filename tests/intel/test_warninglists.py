"""What everybody visits is known."""

import json
import re
import tarfile
import zipfile
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.intel.errors import IntelError
from watchward.intel.observable import Kind, Observable, observable
from watchward.intel.warninglist_files import load
from watchward.intel.warninglists import How, WarninglistError, compile_lists, host_of, read

NAMES = ["domain", "hostname", "url", "domain|ip"]
ADDRESSES = ["ip-src", "ip-dst"]


def a_list(entries, *, type="hostname", attributes=NAMES, name="visited", **more):  # noqa: A002 - the word of the format
    said = {"name": name, "version": 3, "type": type, "list": entries, "matching_attributes": attributes}
    return json.dumps({**said, **more}).encode()


def compiled(*raw):
    return compile_lists([read(one) for one in raw])


def hows(lists, kind, text):
    return [hit.how for hit in lists.hits(observable(kind, text))]


def test_a_host_and_all_under_it_are_known_and_what_only_looks_like_it_is_not():
    lists = compiled(a_list([".portal.example", "news.example"]))
    assert hows(lists, Kind.DOMAIN, "portal.example") == [How.EQUAL]
    assert hows(lists, Kind.DOMAIN, "www.portal.example") == [How.UNDER]
    assert hows(lists, Kind.URL, "https://jo@news.example:8443/x") == [How.HOST]
    assert hows(lists, Kind.DOMAIN, "evilnews.example") == []
    assert hows(lists, Kind.DOMAIN, "news.example.evil.test") == []


def test_a_name_over_a_listed_one_is_known_because_a_block_would_reach_that():
    assert hows(compiled(a_list(["www.news.example"], type="string")), Kind.DOMAIN, "news.example") == [How.OVER]


def test_a_string_is_known_whole_and_whatever_its_case():
    lists = compiled(a_list(["News.Example"], type="string"))
    assert hows(lists, Kind.DOMAIN, "news.example") == [How.EQUAL]
    assert hows(lists, Kind.DOMAIN, "www.news.example") == []


def test_a_network_knows_the_addresses_in_it_and_the_networks_that_touch_it():
    lists = compiled(a_list(["198.51.100.0/25", "2001:db8::/48", "192.0.2.1"], type="cidr", attributes=ADDRESSES))
    assert hows(lists, Kind.IPV4, "198.51.100.9") == [How.WITHIN]
    assert hows(lists, Kind.IPV4, "198.51.100.200") == []
    assert hows(lists, Kind.IPV6, "2001:db8::9") == [How.WITHIN]
    assert hows(lists, Kind.NETWORK, "198.51.100.0/24") == [How.AROUND]
    assert hows(lists, Kind.URL, "http://192.0.2.1/x") == [How.HOST]


def test_texts_and_patterns_are_found_in_the_kinds_that_their_list_speaks_of():
    lists = compiled(
        a_list(["@throwaway.example"], type="substring", attributes=["email-src"], name="thrown away"),
        a_list([r"/^update\d+\.vendor\.example$/i", "/(?<=x)y/"], type="regex", name="vendor"),
    )
    assert hows(lists, Kind.EMAIL, "jo@throwaway.example") == [How.PART]
    assert hows(lists, Kind.DOMAIN, "update7.vendor.example") == [How.PATTERN]
    assert hows(lists, Kind.FILE_NAME, "update7.vendor.example") == []
    assert [refused[:7] for refused in lists.refused] == ["vendor:"]


def test_a_hit_says_which_list_which_edition_and_why():
    (hit,) = compiled(a_list(["news.example"], name="What is read")).hits(observable(Kind.DOMAIN, "www.news.example"))
    assert hit.why == "It is a name under a listed one: news.example (What is read, version 3)."


def test_a_list_without_attributes_speaks_of_everything_and_one_of_other_things_of_nothing():
    digest = observable(Kind.MD5, "0" * 32)
    assert compiled(a_list(["0" * 32], type="string", attributes=[])).hits(digest)
    assert not compiled(a_list(["0" * 32], type="string", attributes=["ssdeep"])).hits(digest)


def test_scanners_and_sinkholes_are_told_from_what_everybody_uses():
    lists = compiled(a_list(["news.example"], category="Known identifier"))
    assert lists.hits(observable(Kind.DOMAIN, "news.example"))[0].known_bad


def test_an_entry_that_is_nothing_is_told_and_disturbs_no_other():
    lists = compiled(a_list(["no network", "192.0.2.0/24", ""], type="cidr", attributes=ADDRESSES))
    assert len(lists.refused) == 2
    assert hows(lists, Kind.IPV4, "192.0.2.1") == [How.WITHIN]


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b"\xff", b'{"name":"x","type":"guess","list":[]}', a_list([7])])
def test_what_is_no_list_is_refused(raw):
    with pytest.raises(WarninglistError, match="no MISP warninglist"):
        read(raw)


@given(st.lists(st.tuples(st.ip_addresses(v=4), st.integers(1, 32)), max_size=20), st.ip_addresses(v=4))
def test_networks_are_found_as_a_plain_search_finds_them(networks, address):
    entries = [f"{start}/{length}" for start, length in networks]
    lists = compiled(a_list(entries, type="cidr", attributes=ADDRESSES))
    inside = any(address in ip_network(one, strict=False) for one in entries)
    assert bool(lists.hits(Observable(Kind.IPV4, str(address)))) == inside
    for one in entries:
        network = ip_network(one, strict=False)
        near = network.supernet() if network.prefixlen else network
        assert lists.hits(observable(Kind.NETWORK, str(near)))


words = st.text(alphabet="abc.", min_size=1, max_size=5)


@given(st.lists(words, max_size=20), st.text(alphabet="abc.", max_size=20))
def test_texts_are_found_as_a_plain_search_finds_them(entries, value):
    lists = compiled(a_list(entries, type="substring", attributes=[]))
    found = any(one in value for one in entries)
    assert bool(lists.hits(Observable(Kind.USER_AGENT, value))) == found


@given(st.from_regex(re.compile(r"([a-z]{1,5}\.){1,3}[a-z]{2,5}"), fullmatch=True), st.integers(1, 65535))
def test_the_host_of_a_url_is_found(host, port):
    assert host_of(f"https://user:secret@{host}:{port}/a@b:1?c=http://d/") == host
    assert host_of(f"http://{host}") == host


@pytest.fixture
def folder(tmp_path):
    for name, entries in (("news", ["news.example"]), ("mail", ["mail.example"])):
        (tmp_path / "lists" / name).mkdir(parents=True)
        (tmp_path / "lists" / name / "list.json").write_bytes(a_list(entries, name=name))
    (tmp_path / "lists" / "schema.json").write_text("{}")
    return tmp_path / "lists"


def test_lists_are_loaded_from_a_folder_and_from_archives_alike(folder, tmp_path):
    with zipfile.ZipFile(tmp_path / "lists.zip", "w") as archive:
        for file in folder.rglob("*.json"):
            archive.write(file, file.relative_to(tmp_path))
    with tarfile.open(tmp_path / "lists.tar.gz", "w:gz") as archive:
        archive.add(folder, "lists")
    for path in (folder, tmp_path / "lists.zip", tmp_path / "lists.tar.gz"):
        lists = load(path)
        assert lists.versions == {"mail": 3, "news": 3}
        assert "schema.json" in lists.refused[0]


def test_what_is_no_archive_is_refused(tmp_path):
    (tmp_path / "lists.zip").write_bytes(b"PK and no more")
    with pytest.raises(IntelError, match="no archive"):
        load(tmp_path / "lists.zip")


def test_the_published_lists_know_what_everybody_visits(shared_data):
    lists = load(shared_data / "open/intel/misp_warninglists")
    assert len(lists.lists) > 40
    assert len(lists.refused) < 5
    for kind, text in [
        (Kind.DOMAIN, "www.google.com"),
        (Kind.URL, "https://github.com/x"),
        (Kind.IPV4, "10.1.2.3"),
        (Kind.MD5, "d41d8cd98f00b204e9800998ecf8427e"),
        (Kind.EMAIL, "x@0-mail.com"),
    ]:
        assert lists.hits(observable(kind, text)), text
    assert not lists.hits(observable(Kind.DOMAIN, "a.new.and.evil.example"))
    for one in lists.lists:
        kinds = one.kinds & {Kind.DOMAIN} if one.type.value == "hostname" else ()
        for entry in one.entries if kinds else ():
            name = entry.strip("*.")
            if re.fullmatch(r"[a-z0-9.-]+", name) and not _is_address(name):
                assert lists.hits(observable(Kind.DOMAIN, name)), name


def _is_address(text):
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
