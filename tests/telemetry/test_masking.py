import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.telemetry.masking import MASK, is_nhs_number, masked_event, masked_text


@pytest.mark.parametrize("text", ["9434765919", "943 476 5919", "943-476-5919"])
def test_an_nhs_number_is_hidden_as_it_is_written(text):
    assert masked_text(f"open record {text}.") == f"open record {MASK}."


@pytest.mark.parametrize("text", ["9434765918", "x9434765919", "99434765919", "943-476 5919"])
def test_what_is_not_an_nhs_number_stays(text):
    assert masked_text(text) == text


def test_only_free_text_is_masked():
    event = {"CommandLine": "type 9434765919.txt", "Image": r"C:\9434765919.exe", "Hashes": "MD5=9434765919"}

    assert masked_event(event) == {**event, "CommandLine": f"type {MASK}.txt"}


@given(st.text(alphabet="0123456789 -ab", max_size=60))
def test_nothing_shaped_like_an_nhs_number_is_left(text):
    again = masked_text(masked_text(text))

    assert again == masked_text(text)


@given(st.integers(0, 999_999_999))
def test_nine_digits_have_at_most_one_check_digit(number):
    nine = f"{number:09}"

    assert sum(is_nhs_number(nine + str(digit)) for digit in range(10)) <= 1
