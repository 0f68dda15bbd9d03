"""A list that follows each change is the list that would be made of everything, for every control, at every moment."""

import asyncio
import gzip
import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from intel.lists.builders import EVERY_KIND, a_block
from lists.builders import NOW, a_control, excepted, placed
from watchward.base.clock import HeldClock
from watchward.intel.lists import defender, edl, explained, rpz, squid, stix, suricata, zeek
from watchward.intel.lists.block import in_force
from watchward.intel.observable import Kind
from watchward.lists.controls import Controls, written
from watchward.lists.forms import FORMS, Edition
from watchward.lists.published import Placed, Publication, append, publish, read
from watchward.lists.rendering import Renderings
from watchward.lists.state import Lists

HERE = a_control()
ELSEWHERE = a_control("c2", organisation="RJ2", within=("ENG", "RJ2"))
THINGS = (
    (Kind.DOMAIN, "evil.example"),
    (Kind.DOMAIN, "a.evil.example"),
    (Kind.DOMAIN, "b.a.evil.example"),
    (Kind.DOMAIN, "worse.example"),
    (Kind.DOMAIN, "nhs.uk"),
    (Kind.IPV4, "198.51.100.7"),
    (Kind.NETWORK, "198.51.100.0/24"),
    (Kind.URL, "http://a.evil.example/x"),
    (Kind.URL, "https://a.evil.example/x"),
    (Kind.URL, "http://198.51.100.7/y"),
    (Kind.SHA256, "ab" * 32),
    *((Kind.DOMAIN, f"n{number}.many.example") for number in range(12)),
)
times = st.sampled_from([None, NOW + timedelta(minutes=1), NOW + timedelta(minutes=2), NOW - timedelta(minutes=1)])
some_blocks = st.builds(
    lambda key, thing, where, since, until: placed(
        thing[1], thing[0], id=key, where=where, since=(since or NOW) - timedelta(hours=1), until=until
    ),
    st.integers(0, 20).map(str),
    st.sampled_from(THINGS),
    st.sampled_from([(), (), ("RJ1",), ("Y56", "RJ2")]),
    st.sampled_from([None, NOW + timedelta(minutes=61)]),
    times,
)
some_exceptions = st.builds(
    lambda thing, code, until: excepted(thing[1], thing[0], organisation=code, until=until),
    st.sampled_from([*THINGS[:8], (Kind.DOMAIN, "c.a.evil.example")]),
    st.sampled_from(["RJ1", "ENG", "RJ9"]),
    times,
)
steps = st.lists(
    st.fixed_dictionaries(
        {
            "changed": st.lists(some_blocks, max_size=6),
            "lifted": st.lists(st.integers(0, 20).map(str), max_size=3),
            "excepted": st.lists(some_exceptions, max_size=2),
            "ended": st.lists(some_exceptions.map(lambda one: one.id), max_size=1),
        }
    )
    | st.sampled_from([30, 60, 90]),
    max_size=8,
)


def all_of(folder, control, now):
    """The list as it is made of everything that is decided."""
    found = read(folder)
    blocks = [one.block for one in found.blocks if not one.where or set(one.where) & set(control.within)]
    exceptions = [
        one.observable
        for one in found.exceptions
        if one.organisation in control.within and (one.until is None or now < one.until)
    ]
    return in_force(blocks, now=now, exceptions=exceptions)


def node(folder, clock, *controls):
    file = folder / "controls.json"
    file.write_bytes(written(controls))
    return Lists(folder, Controls(file), clock=clock)


@settings(max_examples=150, deadline=None)
@given(steps)
def test_a_list_that_followed_each_change_is_the_list_of_everything(tmp_path_factory, told):
    folder, clock = tmp_path_factory.mktemp("lists"), HeldClock(at=NOW)
    lists = node(folder, clock, HERE, ELSEWHERE)
    for step in told:
        if isinstance(step, int):
            clock.advance(timedelta(seconds=step))
        else:
            append(folder, **step)
        lists.refresh()
        for control in (HERE, ELSEWHERE):
            expected = all_of(folder, control, clock.now())
            assert tuple(one.listed for one in lists.of(control).view) == expected
            said = {one.listed.value for one in lists.of(control).view if one.said and one.listed.kind is Kind.DOMAIN}
            kept = {line.strip(".") for line in squid.domains(expected).content.decode().splitlines()}
            assert kept == {one.value for one in expected if one.kind is Kind.DOMAIN} - said
    fresh = node(folder, clock, HERE, ELSEWHERE)
    fresh.refresh()
    for control in (HERE, ELSEWHERE):
        held, again = lists.of(control).view, fresh.of(control).view
        assert [one.items for one in again.chunks] == [one.items for one in held.chunks]


async def content_of(lists, control, name, folder):
    found = await Renderings(folder).content(lists.of(control).view, FORMS[name], Edition(zone="z", serial=7, tag=""))
    plain = b"".join(found.plain())
    assert gzip.decompress(found.gzipped()) == plain
    assert found.length == len(plain)
    return plain


WHOLE = {
    "rpz": lambda listed: rpz.rpz(listed, rpz.Zone(origin="z", serial=7)).content,
    "firewall/addresses": lambda listed: edl.addresses(listed).content,
    "firewall/domains": lambda listed: edl.domains(listed).content,
    "firewall/names": lambda listed: edl.domains(listed, under=False).content,
    "firewall/urls": lambda listed: edl.urls(listed).content,
    "firewall/urls-with-scheme": lambda listed: edl.urls(listed, scheme=True).content,
    "squid/addresses": lambda listed: squid.addresses(listed).content,
    "squid/domains": lambda listed: squid.domains(listed).content,
    "squid/urls": lambda listed: squid.urls(listed).content,
    "suricata/rules": lambda listed: suricata.rules(listed).content,
    "suricata/alert-rules": lambda listed: suricata.rules(listed, suricata.Action.ALERT).content,
    "suricata/domains.lst": lambda listed: suricata.dataset(listed, suricata.Set.DOMAINS).content,
    "suricata/addresses.lst": lambda listed: suricata.dataset(listed, suricata.Set.IPS).content,
    "suricata/md5.lst": lambda listed: suricata.dataset(listed, suricata.Set.MD5).content,
    "suricata/sha256.lst": lambda listed: suricata.dataset(listed, suricata.Set.SHA256).content,
    "zeek": lambda listed: zeek.zeek(listed).content,
}


@pytest.mark.parametrize("name", FORMS)
def test_each_form_made_of_chunks_reads_as_the_whole_list_does(tmp_path, name):
    many = [a_block(Kind.DOMAIN, f"n{number}.example", 20 + number) for number in range(300)]
    twins = [a_block(Kind.URL, "https://evil.example/a;b?c=(1)", 400), a_block(Kind.DOMAIN, "b.evil.example", 401)]
    blocks = [Placed(id=str(number), block=one) for number, one in enumerate([*EVERY_KIND, *many, *twins])]
    publish(tmp_path, Publication(blocks=tuple(blocks), exceptions=(excepted("lab.n7.example"),)))
    lists = node(tmp_path, HeldClock(at=NOW), HERE)
    lists.refresh()
    assert len(lists.of(HERE).view.chunks) > 1
    found = asyncio.run(content_of(lists, HERE, name, tmp_path))
    listed = all_of(tmp_path, HERE, NOW)
    if name in WHOLE:
        expected = WHOLE[name](listed)
        assert sorted(found.splitlines()) == sorted(expected.splitlines())
        assert found.splitlines()[:1] == expected.splitlines()[:1]
    elif name == "stix":
        assert json.loads(found)["objects"] == json.loads(stix.stix(listed).content)["objects"]
    elif name == "explained":
        assert found == explained.explained(listed)
    elif name == "defender":
        bodies = [json.loads(body)["Indicators"] for body in defender.defender(listed)[0]]
        assert json.loads(found)["Indicators"] == [one for body in bodies for one in body]
    else:
        assert found == suricata.dataset_rules("/var/lib/suricata/data/watchward")


def test_what_may_never_be_blocked_is_in_no_list_whoever_decided_it(tmp_path):
    publish(tmp_path, Publication(blocks=(placed("nhs.uk"), placed("lab.ours.example")), own_domains=("ours.example",)))
    lists = node(tmp_path, HeldClock(at=NOW), HERE)
    lists.refresh()
    assert (len(lists.of(HERE).view), lists.refused) == (0, 2)
    publish(tmp_path, Publication(blocks=(placed("nhs.uk"), placed("lab.ours.example"))))
    lists.refresh()
    assert (len(lists.of(HERE).view), lists.refused) == (1, 1)


def test_a_control_that_comes_later_is_held_its_own_list_at_once(tmp_path):
    append(tmp_path, changed=[placed("evil.example", where=["RJ2"]), placed("worse.example")])
    lists = node(tmp_path, HeldClock(at=NOW), HERE)
    lists.refresh()
    (tmp_path / "controls.json").write_bytes(written([HERE, ELSEWHERE]))
    lists._controls.refresh()
    lists.follow_controls()
    assert (len(lists.of(HERE).view), len(lists.of(ELSEWHERE).view)) == (1, 2)


def test_what_was_decided_goes_on_while_it_cannot_be_read(tmp_path):
    append(tmp_path, changed=[placed("evil.example")])
    lists = node(tmp_path, HeldClock(at=NOW), HERE)
    lists.refresh()
    (tmp_path / "current.json").write_bytes(b"{")
    with capture_logs() as logs:
        assert not lists.refresh()
        assert not lists.refresh()
    assert len(lists.of(HERE).view) == 1
    assert [one["event"] for one in logs] == ["blocks_unreadable"]
    (tmp_path / "current.json").unlink()
    lists.refresh()
    assert len(lists.of(HERE).view) == 0


def test_what_was_rendered_is_recalled_by_the_next_process(tmp_path):
    publish(tmp_path, Publication(blocks=tuple(placed(f"n{number}.example") for number in range(300))))
    lists = node(tmp_path, HeldClock(at=NOW), HERE)
    lists.refresh()
    first = Renderings(tmp_path / "cache")
    view, edition = lists.of(HERE).view, Edition(zone="z", serial=7, tag="")
    before = asyncio.run(first.content(view, FORMS["zeek"], edition))
    first.keep(lists.views)
    again = node(tmp_path, HeldClock(at=NOW), HERE)
    again.refresh()
    second = Renderings(tmp_path / "cache")
    second.recall()
    pieces = set(second._kept["zeek"])
    assert pieces == {one.digest for one in again.of(HERE).view.chunks}
    assert asyncio.run(second.content(again.of(HERE).view, FORMS["zeek"], edition)) == before
