"""What is believed, and why."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchward.intel.decay import decay
from watchward.intel.errors import IntelError
from watchward.intel.observable import Kind
from watchward.intel.trust import (
    SUREST,
    Reliability,
    Report,
    Says,
    Scale,
    believe,
    confidence_of,
    in_words,
    worth,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def a_report(organisation="T1", **more):
    said = {"origin": organisation, "seen_at": NOW, "reliability": Reliability.B, "confidence": 80}
    return Report(organisation=organisation, **{**said, **more})


reports = st.builds(
    Report,
    organisation=st.sampled_from("ABCD"),
    origin=st.sampled_from("ABCDwxyz"),
    seen_at=st.integers(-10, 1200).map(lambda days: NOW - timedelta(days=days)),
    reliability=st.sampled_from(Reliability),
    confidence=st.none() | st.integers(0, 100),
    says=st.sampled_from(Says),
)
kinds = st.sampled_from(Kind)


def probability(kind, *several):
    return believe(kind, several, now=NOW).probability


def test_one_fresh_report_is_worth_its_source_and_its_confidence():
    assert probability(Kind.DOMAIN, a_report()) == pytest.approx(0.8 * 0.8)


def test_two_organisations_that_saw_it_themselves_are_believed_more_than_one():
    assert probability(Kind.DOMAIN, a_report("T1"), a_report("T2")) == pytest.approx(1 - 0.36**2)


def test_copies_of_one_origin_count_once_however_many_pass_them_on():
    copies = [a_report(f"T{number}", origin="feed") for number in range(100)]
    found = believe(Kind.DOMAIN, copies, now=NOW)
    assert found.probability == pytest.approx(0.64)
    assert (len(found.counted), found.copies) == (1, 99)


def test_an_organisation_that_makes_up_origins_counts_once():
    made_up = [a_report("T1", origin=f"somebody {number}") for number in range(100)]
    assert probability(Kind.DOMAIN, *made_up) == pytest.approx(0.64)


def test_an_organisations_own_sighting_counts_beside_a_feed_that_another_brought():
    several = [a_report("T1", origin="feed"), a_report("T2", origin="feed"), a_report("T2")]
    assert len(believe(Kind.DOMAIN, several, now=NOW).counted) == 2


def test_a_report_that_it_is_harmless_takes_away():
    both = [a_report("T1"), a_report("T2", says=Says.HARMLESS)]
    assert probability(Kind.DOMAIN, *both) == pytest.approx(0.64 * 0.36)


def test_what_is_believed_is_said_in_sentences():
    several = [a_report("T1", origin="feed", seen_at=NOW - timedelta(days=9)), a_report("T2", origin="feed")]
    assert believe(Kind.SHA256, several, now=NOW).reasons == (
        "feed (by T2), usually reliable, reports it; confidence 80, seen 0 days ago: 64%.",
        "1 more go back to the same origins or came through the same organisations.",
        "Together: 64%.",
    )


def test_nothing_said_is_nothing_believed():
    assert believe(Kind.DOMAIN, [], now=NOW).probability == 0


@given(kinds, st.lists(reports, max_size=8))
def test_a_belief_is_a_chance_that_is_never_certain(kind, several):
    assert 0 <= probability(kind, *several) <= SUREST


@given(kinds, st.lists(reports, max_size=8), reports)
def test_a_further_report_moves_belief_only_the_way_it_speaks(kind, several, further):
    before, after = probability(kind, *several), probability(kind, *several, further)
    assert after >= before - 1e-9 if further.says is Says.ATTACK else after <= before + 1e-9


@given(kinds, st.lists(reports, max_size=6), st.randoms())
def test_the_order_of_reports_makes_no_difference(kind, several, random):
    shuffled = random.sample(several, len(several))
    assert probability(kind, *shuffled) == pytest.approx(probability(kind, *several))


@given(kinds, st.lists(reports, max_size=6))
def test_a_report_said_twice_counts_once(kind, several):
    assert probability(kind, *several, *several) == pytest.approx(probability(kind, *several))


@given(kinds, reports, st.integers(0, 500), st.integers(0, 100))
def test_a_report_is_worth_less_when_older_and_more_when_surer(kind, report, days, confidence):
    older = replace(report, seen_at=report.seen_at - timedelta(days=days))
    assert worth(kind, older, now=NOW) <= worth(kind, report, now=NOW)
    one, other = sorted([confidence, report.confidence or 0])
    assert worth(kind, replace(report, confidence=one), now=NOW) <= worth(
        kind, replace(report, confidence=other), now=NOW
    )


def test_the_letters_of_the_admiralty_are_in_order_and_the_unknown_is_not_trusted():
    shares = [letter.share for letter in Reliability][:5]
    assert shares == sorted(shares, reverse=True)
    assert Reliability.E.share < Reliability.F.share < Reliability.D.share


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_grows_old_and_ends(kind):
    curve = decay(kind).curve()
    assert curve[0] == (timedelta(), 1.0)
    assert curve[-1][1] == 0
    worths = [left for _, left in curve]
    assert worths == sorted(worths, reverse=True)
    assert decay(kind).why


@given(kinds, st.floats(0.01, 0.99))
def test_the_end_that_is_foretold_is_when_so_much_is_left(kind, below):
    assert decay(kind).left(decay(kind).ends_at(NOW, below=below) - NOW) == pytest.approx(below, abs=1e-3)


@given(st.integers(0, 100), st.sampled_from(Scale))
def test_words_stand_for_the_confidence_that_they_were_chosen_for(confidence, scale):
    word = in_words(confidence, scale)
    assert in_words(confidence_of(word, scale), scale) == word


def test_a_word_that_is_in_no_scale_is_refused_with_those_that_are():
    with pytest.raises(IntelError, match="highly likely"):
        confidence_of("maybe", Scale.WEP)
