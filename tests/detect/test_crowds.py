"""Rules with very many texts: they mean what few texts mean, and take memory that is bounded by their number."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.builders import a_batch, rule_of
from watchward.detect.events import event_at
from watchward.detect.plan import plan
from watchward.detect.reference import matches
from watchward.detect.sigma.ir import ANYWHERE, How, Some, Text
from watchward.detect.texts import automaton

texts = st.text(alphabet="abAB.é", min_size=1, max_size=24)
leaves = st.builds(Text, st.sampled_from(["A", ANYWHERE]), st.sampled_from(How), texts)
HASHES = [f"{number * 0x9E3779B97F4A7C15 % (1 << 128):032x}" for number in range(20_000)]


def found(conditions, batch):
    matched = plan.compile([rule_of(condition, number) for number, condition in enumerate(conditions)]).match(batch)
    return list(zip(matched.rows.tolist(), matched.rules.tolist(), strict=True))


@settings(max_examples=200)
@given(conditions=st.lists(leaves, min_size=1, max_size=12), events=st.lists(texts, min_size=1, max_size=6))
def test_a_crowd_of_texts_finds_what_the_reference_finds(conditions, events):
    batch = a_batch(*({"A": event} for event in events))
    expected = [
        (row, number)
        for row in range(len(events))
        for number, condition in enumerate(conditions)
        if matches(condition, event_at(batch, row))
    ]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(automaton, "MOST_CELLS", 0)  # every text is one too many
        crowded = found(conditions, batch)

    assert crowded == expected == found(conditions, batch)


@pytest.mark.parametrize("how", How)
def test_twenty_thousand_texts_for_one_field_are_found_each_in_its_own_value(how):
    around = {How.CONTAINS: "x{}x", How.STARTS: "{}x", How.ENDS: "x{}", How.EQUALS: "{}"}[how]
    rules = [Some(tuple(Text("A", how, text) for text in HASHES)), Text("A", How.CONTAINS, HASHES[7])]
    batch = a_batch(*({"A": around.format(text.upper())} for text in HASHES[:50]), {"A": HASHES[3][:-1]})

    assert found(rules, batch) == sorted([(7, 1), *((row, 0) for row in range(50))])


def test_a_crowd_takes_memory_by_its_number_and_not_by_its_length():
    long = [Text("A", How.CONTAINS, f"{text}{'tail' * 20}") for text in HASHES]

    built = automaton.build({text: number for number, text in enumerate(long)})

    assert 10 * len(built.contains.parent) < sum(len(text.text) for text in long)
