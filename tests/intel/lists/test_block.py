"""What a list holds now."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intel.lists.builders import EVERY_KIND, NOW, a_block, listed, words
from watchward.intel.lists.block import one_line
from watchward.intel.never import Own
from watchward.intel.observable import Kind, observable


def values(found):
    return [one.value for one in found]


def test_what_has_not_begun_and_what_has_ended_is_not_held():
    early = a_block(Kind.DOMAIN, "early.example", since=NOW + timedelta(seconds=1))
    ended = a_block(Kind.DOMAIN, "ended.example", until=NOW)
    assert values(listed(early, ended, a_block(Kind.DOMAIN, "evil.example"))) == ["evil.example"]


def test_a_thing_stands_once_by_the_block_that_holds_longest():
    short = a_block(Kind.DOMAIN, "evil.example", 1, until=NOW + timedelta(days=1))
    long = a_block(Kind.DOMAIN, "evil.example", 2)
    assert [one.block for one in listed(short, long)] == [long]


@given(st.permutations(EVERY_KIND))
def test_the_order_in_which_blocks_came_makes_no_difference(blocks):
    assert listed(*blocks) == listed(*EVERY_KIND)


@given(st.sets(st.sampled_from(EVERY_KIND)), st.sampled_from(EVERY_KIND))
def test_a_further_block_moves_no_other(blocks, further):
    before, after = values(listed(*blocks)), values(listed(*blocks, further))
    assert [value for value in after if value in before] == before


@pytest.mark.parametrize(
    ("kind", "text", "gone"),
    [
        (Kind.DOMAIN, "evil.example", {"evil.example", "http://evil.example/a;b?c=(1)"}),
        (Kind.DOMAIN, "example", {
            "evil.example", "c2.worse.example", "http://evil.example/a;b?c=(1)", "https://shared.example:8443/x",
        }),
        (Kind.IPV4, "203.0.113.9", {"203.0.113.0/24"}),
        (Kind.NETWORK, "198.51.100.0/24", {"198.51.100.7"}),
        (Kind.MD5, "0123456789abcdef" * 2, {"0123456789abcdef" * 2}),
    ],
)  # fmt: skip
def test_an_exception_leaves_out_what_it_covers_and_nothing_else(kind, text, gone):
    held = values(listed(*EVERY_KIND, exceptions=[observable(kind, text)]))
    assert set(values(listed(*EVERY_KIND))) - set(held) == gone


def test_an_exception_under_a_blocked_name_leaves_the_name_and_lets_what_is_excepted_pass():
    (one,) = listed(EVERY_KIND[0], exceptions=[observable(Kind.DOMAIN, "lab.evil.example")])
    assert (one.under, one.excepted) == (False, ("lab.evil.example",))


def test_what_may_never_be_blocked_stands_in_no_list_whoever_decided_it():
    wrong = [a_block(Kind.DOMAIN, "nhs.uk"), a_block(Kind.NETWORK, "0.0.0.0/0"), a_block(Kind.IPV4, "10.1.2.3")]
    own = a_block(Kind.DOMAIN, "portal.care.example")
    assert values(listed(*wrong, own, EVERY_KIND[0], own=Own.of(domains=["care.example"]))) == ["evil.example"]


@given(words)
def test_words_of_people_become_one_line_of_plain_characters(text):
    line = one_line(text)
    assert line.isascii()
    assert line.isprintable() or not line
    assert not set(line) & set('\n\r\t";\\|')
    assert one_line(line) == line


def test_what_is_blocked_is_not_changed_by_who_reads_it():
    block = EVERY_KIND[0]
    assert listed(block)[0].block == replace(block)
