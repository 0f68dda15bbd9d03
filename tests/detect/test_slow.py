"""What is slow to compare: wildcards, letter case, regular expressions, and two fields of one event."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detect.builders import a_batch, rule_of
from watchward.detect.events import event_at
from watchward.detect.plan import plan
from watchward.detect.reference import matches
from watchward.detect.sigma.ir import ANYWHERE, All, How, Not, Regex, SameAs, Some, Text, Wildcard
from watchward.detect.texts.literals import NOTHING, certain, literals, required
from watchward.detect.texts.regex import compiled
from watchward.telemetry.batch import joined

texts = st.text(alphabet="aAbB.?*\\é", max_size=7)
runs = st.text(alphabet="aAbB.?*\\é", max_size=3)
pieces = st.lists(st.lists(runs, min_size=1, max_size=3).map(tuple), min_size=1, max_size=4).map(tuple)
values = st.one_of(texts, texts, st.lists(texts, min_size=1, max_size=3).map(joined))
several_values = st.lists(values, min_size=1, max_size=12)
wildcards = st.builds(Wildcard, st.just("A"), pieces, st.booleans())
cased = st.builds(Text, st.just("A"), st.sampled_from(How), runs, cased=st.just(value=True))

EXPRESSIONS = [
    r"net\s+user",
    r":[^ \\]",
    r"[Rr][Uu][Nn]32(?:\.[Ee]xe)? \S+?\w:",
    r"(?i)(set).*&&\s?set.*(environment|invoke|\$\{?input)",
    r"^C:\\(?:Windows|Users)\\[a-z]{2,4}$",
    r"a{2,}b{0,2}c?d+|xy",
    r"(?:ab)?cd(?P<tail>ef|gh|)",
    r"\s-\s*<",
    r"(a|bc)*d",
    r"x{,2}y{3}[[:alpha:]]",
    r"(?:foo|bar(?:baz)+)qux",
    r"[a-z]#[^\]]",
    r"\.0x\x41",
    "É+k",
    "",
]
expressions = st.sampled_from(EXPRESSIONS)


def found(conditions, batch) -> list[tuple[int, int]]:
    matched = plan.compile([rule_of(condition, number) for number, condition in enumerate(conditions)]).match(batch)
    return list(zip(matched.rows.tolist(), matched.rules.tolist(), strict=True))


def expected(conditions, batch) -> list[tuple[int, int]]:
    return [
        (row, number)
        for row in range(batch.num_rows)
        for number, condition in enumerate(conditions)
        if matches(condition, event_at(batch, row))
    ]


@settings(max_examples=300)
@given(st.lists(st.one_of(wildcards, cased), min_size=1, max_size=4), several_values)
def test_a_wildcard_and_a_cased_text_fit_what_the_reference_fits(leaves, values_):
    batch = a_batch(*({"A": value} for value in values_))

    assert found(leaves, batch) == expected(leaves, batch)


@pytest.mark.parametrize(
    ("pieces_", "fitting", "others"),
    [
        ((("a", "c"),), ["abc", "A?C"], ["ac", "abbc", "aéé"]),
        ((("",), ("b?",), ("",)), ["ab?", "B?"], ["ab"]),
        ((("", ""), ("",)), ["a", "é", "ab"], [""]),
        ((("ab",), ("ba",)), ["abba", "ab-ba"], ["aba"]),
        ((("",), ("ab",), ("ab",), ("",)), ["xabab", "ab ab"], ["ab", "aab"]),
        ((("",),), [""], ["a"]),
        ((("",), ("",)), ["", "a", joined(["", "b"])], []),
        ((("", "x"), ("",)), ["éx", joined(["no", "ax"])], ["x"]),
    ],
)
def test_a_wildcard_fits_whole_values_only(pieces_, fitting, others):
    batch = a_batch(*({"A": value} for value in (*fitting, *others)))

    assert found([Wildcard("A", pieces_)], batch) == [(row, 0) for row in range(len(fitting))]


@st.composite
def text_matching(draw) -> str:
    return draw(values) + draw(st.from_regex(draw(expressions).replace("[[:alpha:]]", "[a-z]"))) + draw(texts)


@settings(max_examples=300)
@given(
    st.lists(st.builds(Regex, st.just("A"), expressions, st.sampled_from(["", "i"])), min_size=1, max_size=12),
    st.lists(st.one_of(text_matching(), values), min_size=1, max_size=6),
)
def test_expressions_looked_for_together_are_found_as_each_alone(leaves, values_):
    conditions = [*leaves, Some(tuple(leaves)), All((Not(leaves[0]), *leaves[1:]))]
    batch = a_batch(*({"A": value} for value in values_))

    assert found(conditions, batch) == expected(conditions, batch)


@settings(max_examples=500)
@given(expressions, st.sampled_from(["", "i"]), st.data())
def test_no_text_meets_an_expression_without_the_literals_that_it_requires(pattern, flags, data):
    text = data.draw(st.from_regex(re.compile(pattern.replace("[[:alpha:]]", "[a-z]"), re.IGNORECASE if flags else 0)))
    leaf = Regex("A", pattern, flags)

    if compiled(pattern, flags).search(text):
        assert matches(required(leaf), {"A": text})


@pytest.mark.parametrize(
    ("pattern", "sure"),
    [
        (r"net\s+user", ["net", "user"]),
        (r"[Rr][Uu][Nn]32(?:\.[Ee]xe)? \S", ["run32"]),
        (r"(?i)x(FOO|foo)y", []),
        (r":[^ \\]", [":"]),
        (r"a\.b*c", ["a."]),
    ],
)
def test_the_literals_of_an_expression_are_read_from_it(pattern, sure):
    assert [text.text for text in certain(literals("A", pattern))] == sure


@pytest.mark.parametrize("pattern", ["a|b", "ab|", r"\Qab\E", "(?=ab)", r"\x61bc", "a(b", "[ab", "ab\\"])
def test_an_expression_that_is_not_understood_requires_nothing(pattern):
    assert literals("A", pattern) == NOTHING


same = st.builds(SameAs, st.just("A"), st.just("B"), st.booleans(), st.booleans())


@settings(max_examples=300)
@given(same, st.lists(st.dictionaries(st.sampled_from("AB"), values), min_size=1, max_size=8))
def test_two_fields_are_the_same_where_the_reference_says_so(leaf, events):
    conditions = [leaf, Not(leaf), All((Text("A", How.CONTAINS, "a"), leaf)), Some((leaf, Text("B", How.ENDS, "b")))]
    batch = a_batch(*events)

    assert found(conditions, batch) == expected(conditions, batch)


def test_a_rule_that_a_field_and_a_keyword_point_at_is_found_once():
    condition = Some((Text("A", How.EQUALS, "word"), Text(ANYWHERE, How.CONTAINS, "word")))

    assert found([condition], a_batch({"A": "word"}, {"B": "words"}, {"B": "w"})) == [(0, 0), (1, 0)]
