"""The code with which a child joins: whole or refused, and never telling its secret by accident."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.base.errors import BadInputError
from watchward.link import code

UNTIL = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)


def a_code(address="https://region.example:8443"):
    return code.make(address, parent="ab" * 16, until=UNTIL)


@pytest.mark.parametrize(
    ("given_", "kept"),
    [
        ("https://region.example", "https://region.example"),
        (" https://region.example:8443/ ", "https://region.example:8443"),
        ("https://[::1]:8443", "https://[::1]:8443"),
    ],
)
def test_a_code_is_read_as_it_was_made(given_, kept):
    made = a_code(given_)

    assert made.address == kept
    assert code.read(made.text) == made
    assert code.read("\n  ".join([made.text[:30], made.text[30:60], made.text[60:]])) == made


@pytest.mark.parametrize(
    "address",
    ["http://region.example", "region.example", "https://", "https://a.example/path", "https://u:p@a.example",
     "https://a.example:99999", "https://a.example?x=1", "ftp://a.example", ""],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_refused(address):
    with pytest.raises(BadInputError, match="no address of a node"):
        a_code(address)


@given(st.data())
def test_a_slip_of_one_letter_is_found(data):
    text = a_code().text
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="ascii", categories=["L", "N"]).filter(lambda one: one != text[at]))
    with pytest.raises(BadInputError):
        code.read(text[:at] + other + text[at + 1 :])


@given(st.text(max_size=300))
def test_what_is_no_code_is_refused_in_words(text):
    for tried in (text, "watchward-join-1." + text):
        with pytest.raises(BadInputError):
            code.read(tried)


def test_only_whoever_holds_the_code_can_prove_it():
    made, other = a_code(), a_code()

    assert made.proves(made.proof(b"key"), b"key")
    assert not made.proves(made.proof(b"key"), b"another key")
    assert not made.proves(other.proof(b"key"), b"key")
    assert not made.proves("é", b"key")


def test_neither_its_name_nor_its_picture_tells_the_secret():
    made = a_code()

    assert made.secret.hex() not in repr(made)
    assert made.number not in made.secret.hex()
    assert made.number == code.read(made.text).number
    assert made.number != a_code().number
